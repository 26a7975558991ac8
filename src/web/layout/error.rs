//! The page for when it did not work, with words for every status.

use askama::Template;

use super::frames::Public;
use crate::kernel::Problem;

/// The page for a refusal or a fault. Says what happened, what is safe, what to do.
#[derive(Debug, Template)]
#[template(path = "web/layout/error.html")]
pub struct ErrorPage {
    pub public: Public,
    pub status: u16,
    pub title: &'static str,
    /// One sentence: the problem's `detail`.
    pub detail: String,
    /// What to do next.
    pub advice: &'static str,
    pub acts: Vec<(&'static str, &'static str)>,
    pub request_id: Option<String>,
}

impl ErrorPage {
    /// The page for a problem, with the guide's words around its sentence.
    #[must_use]
    pub fn new(public: Public, problem: &Problem, request_id: Option<String>) -> Self {
        let status = problem.status.as_u16();
        let locked = problem.code == "auth.locked";
        let stopped = problem.code == "auth.hospital_not_active";
        let (title, advice): (_, &str) = match status {
            403 if stopped => (
                "HMS is closed to your hospital for now",
                "Nothing is deleted. Your hospital's administrator can ask those who run this platform.",
            ),
            403 if problem.code == "hospital_restricted" => (
                "This waits while your hospital is restricted",
                "Nothing was saved. Your hospital's administrator has a mail that says why, and can ask those who run this platform.",
            ),
            403 if problem.code == "auth.tenant_required" => (
                "This page belongs to hospitals",
                "Operators of the platform see hospitals, and never their patients.",
            ),
            401 if locked => (
                "Your screen is locked",
                "Nothing of this was saved. Unlock it with your password, go back and send it again.",
            ),
            401 => (
                "Sign in to see this page",
                "Your session has ended or was never there. Nothing you saved is lost.",
            ),
            403 if problem.asks_at.is_some() => (
                "This record asks for a reason first",
                "Nothing was saved. Go back, open the record with a reason, and do it again.",
            ),
            403 => (
                "You do not have the right for this",
                "Ask your administrator for it. The attempt changed nothing.",
            ),
            404 => (
                "There is nothing here",
                "The address may be mistyped, or the thing belongs to another hospital. Go back and search for it.",
            ),
            405 => ("This page cannot do that", "Go back and use the buttons of the page."),
            409 | 412 => (
                "Somebody was quicker",
                "Nothing of yours was saved over theirs. Go back, compare and save again.",
            ),
            413 => ("That is too large", "Nothing was saved. Send less at once."),
            422 | 400 => (
                "Something in this request cannot be read",
                "Nothing was saved. Go back, correct it and send it again.",
            ),
            429 => {
                ("Too many attempts", "This protects accounts from guessing. Wait a minute, then try again.")
            }
            503 if ["outcome_unknown", "timeout"].contains(&problem.code) => (
                "HMS cannot tell whether this was saved",
                "If you were saving something, look whether it is there before you enter it again. What was saved before is safe.",
            ),
            503 => (
                "HMS is not available right now",
                "Nothing was saved by this attempt. It usually takes less than a minute; then load the page again.",
            ),
            400..500 => ("This did not work", "Nothing was saved. Go back and try again."),
            _ => (
                "This is our fault",
                "The fault was recorded. What you saved before is safe; this attempt changed nothing.",
            ),
        };
        let home = public.home.map_or(("/", "Go to the start page"), |home| (home, "Go to your start page"));
        let acts = match status {
            // Their own start page is closed to them too.
            403 if stopped => vec![("/sign-in", "Sign in with another account")],
            401 if locked => vec![("/lock", "Unlock")],
            401 => vec![("/", "Go to the start page"), ("/sign-in", "Sign in")],
            _ => vec![home],
        };
        Self { public, status, title, detail: problem.detail.clone().into_owned(), advice, acts, request_id }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[test]
    fn every_status_has_words() {
        for status in [400, 401, 403, 404, 405, 409, 412, 413, 422, 429, 500, 503, 418, 502] {
            let status = StatusCode::from_u16(status).unwrap();
            let problem = Problem::new(status, "code", "The patient was not found.");
            let page = ErrorPage::new(Public::default(), &problem, Some("req-1".to_owned()));
            let html = page.render().expect("renders");
            assert!(html.contains("The patient was not found.") && html.contains("req-1"), "{status}");
        }
    }

    #[test]
    fn nobody_is_told_that_nothing_was_saved_where_it_is_not_known() {
        let page = |code| {
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, "…");
            ErrorPage::new(Public::default(), &problem, None)
        };
        assert!(page("unavailable").advice.starts_with("Nothing was saved"));
        for code in ["outcome_unknown", "timeout"] {
            assert!(
                page(code).title.contains("cannot tell") && !page(code).advice.contains("Nothing"),
                "{code}"
            );
        }
    }
}
