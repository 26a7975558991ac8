//! The locked screen: who it is of, the password, or somebody else's turn. It says nothing about the page behind it.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use crate::access::{EvenLocked, Frame, Public, SignedIn};
use crate::app::App;
use crate::kernel::AppError;
use crate::kernel::text::initials;
use crate::web::layout::{FormState, Name, Public as PublicFrame, filters};
use crate::web::openapi::op;
use crate::web::{Form, NoContent, Page, PageWithStatus, Query, SeeOther};

const LABELS: &[(&str, &str)] = &[("password", "Password")];

/// `GET /lock`, and the 401, 422 and 429 answers to `POST /unlock`. Fields: `password`, `next`, `person`.
///
/// `lock.js` shows the part marked `data-lock` in the place of a page with text that is not saved.
#[derive(Debug, Template)]
#[template(path = "platform/lock/pages/lock.html")]
struct LockPage {
    public: PublicFrame,
    form: FormState,
    name: Name,
    initials: String,
    email: String,
    /// The hospital; blank for operators.
    place: String,
}

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/lock", get_with(show, op("pages.lock.show", "The locked screen")))
        .api_route("/lock", post_with(lock, op("pages.lock.lock", "Lock the screen")))
        .api_route("/unlock", post_with(unlock, op("pages.lock.unlock", "Unlock the screen")))
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Way {
    /// A local path to go to afterwards.
    next: String,
}

async fn show(
    EvenLocked(me): EvenLocked,
    frame: Frame,
    Query(way): Query<Way>,
) -> Result<Response, AppError> {
    if !super::is_locked(&me).await? {
        // The script only asks whether it is.
        return Ok(if frame.htmx {
            NoContent.into_response()
        } else {
            SeeOther(back(&way.next)).into_response()
        });
    }
    Ok(Page(page(&me, &frame, FormState::new().with("next", back(&way.next)))).into_response())
}

async fn lock(EvenLocked(me): EvenLocked, Form(way): Form<Way>) -> Result<SeeOther, AppError> {
    super::lock(&me).await?;
    Ok(SeeOther(super::address(&way.next)))
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct UnlockForm {
    password: String,
    next: String,
    /// Whose screen was locked. Somebody else may have signed in meanwhile, in another window.
    person: String,
}

async fn unlock(
    public: Public,
    EvenLocked(me): EvenLocked,
    frame: Frame,
    Form(form): Form<UnlockForm>,
) -> Result<Response, AppError> {
    let next = back(&form.next);
    if form.person != me.actor.user.to_string() {
        return Ok(SeeOther("/home".to_owned()).into_response());
    }
    if super::is_locked(&me).await?
        && let Err((status, sentence)) = opened(&public, &me, form.password).await?
    {
        let state = FormState::new().with("next", next).with_error("password", sentence);
        return Ok(PageWithStatus(status, page(&me, &frame, state)).into_response());
    }
    // The script has kept the page: it needs no other.
    Ok(if frame.htmx { NoContent.into_response() } else { SeeOther(next).into_response() })
}

/// Unlock, or what to say at the field.
async fn opened(
    public: &Public,
    me: &SignedIn,
    password: String,
) -> Result<Result<(), (StatusCode, String)>, AppError> {
    if password.is_empty() {
        return Ok(Err((StatusCode::UNPROCESSABLE_ENTITY, "Enter your password.".to_owned())));
    }
    match super::unlock(public, me, &SecretString::from(password)).await {
        Ok(()) => Ok(Ok(())),
        Err(AppError::Problem(problem)) if problem.status == StatusCode::UNAUTHORIZED => {
            Ok(Err((problem.status, "The password is wrong.".to_owned())))
        }
        Err(AppError::Problem(problem)) => Ok(Err((problem.status, problem.detail.into_owned()))),
        Err(other) => Err(other),
    }
}

fn page(me: &SignedIn, frame: &Frame, form: FormState) -> LockPage {
    let actor = &me.actor;
    let name = if actor.name().is_empty() { actor.email.clone() } else { actor.name() };
    LockPage {
        public: frame.public(),
        form: form.with("person", actor.user.to_string()),
        initials: initials(&name),
        name: Name::new(name),
        email: actor.email.clone(),
        place: actor.tenant.as_ref().map(|tenant| tenant.name.clone()).unwrap_or_default(),
    }
}

/// The page to go back to. What was done before is not told a second time.
fn back(next: &str) -> String {
    let (path, query) = next.split_once('?').unwrap_or((next, ""));
    if !path.starts_with('/') || matches!(path, "/lock" | "/unlock") {
        return "/home".to_owned();
    }
    let query: Vec<&str> =
        query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("done=")).collect();
    let next = if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) };
    if SeeOther::is_ours(&next) { next } else { "/home".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::back;

    #[test]
    fn the_way_back_is_a_page_of_ours_and_tells_nothing_twice() {
        for (next, way) in [
            ("/patients?gender=MALE&page=2", "/patients?gender=MALE&page=2"),
            ("/patients/1?done=saved", "/patients/1"),
            ("/console/hospitals?done=suspended&status=ACTIVE", "/console/hospitals?status=ACTIVE"),
            ("", "/home"),
            ("/lock?next=/lock", "/home"),
            ("https://evil.example", "/home"),
            ("//evil.example", "/home"),
            ("/\\evil.example", "/home"),
            ("/\t/evil.example", "/home"),
            ("javascript:alert(1)", "/home"),
        ] {
            assert_eq!(back(next), way, "{next}");
        }
    }
}
