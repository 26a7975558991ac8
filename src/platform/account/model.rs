//! An account as its owner sees it, and the words for a device.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::kernel::ids::{SessionId, UserId};
use crate::problem;

/// Who is signed in.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: UserId,
    pub email: String,
    /// Waits for its link to be opened.
    pub pending_email: Option<String>,
    pub first_name: String,
    pub last_name: String,
    pub department: Option<String>,
    /// None for an operator of the platform.
    pub tenant_name: Option<String>,
}

/// One sign-in on one device.
#[derive(Debug, Clone)]
pub struct OwnSession {
    pub id: SessionId,
    /// The one that asks.
    pub current: bool,
    /// Of a program, which has no screen.
    pub is_program: bool,
    /// "Firefox on Windows"
    pub device: String,
    pub ip: Option<IpAddr>,
    pub created_at: Timestamp,
    /// To some minutes.
    pub seen_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What cannot be done with one's own account.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("This session was not found.")]
    SessionUnknown,
    #[error("The password is wrong.")]
    PasswordWrong,
    #[error(
        "This link is not valid any more, or it belongs to another account. Enter the new address again."
    )]
    LinkInvalid,
    #[error("This address belongs to another account by now. Enter a different one.")]
    EmailTaken,
}

problem!(AccountError {
    SessionUnknown => NOT_FOUND "account.session_not_found",
    PasswordWrong => BAD_REQUEST "account.password_wrong" at "password",
    LinkInvalid => BAD_REQUEST "account.link_invalid" at "token",
    EmailTaken => CONFLICT "account.email_taken" at "token",
});

/// By what a program calls itself, first match first: most browsers name others as well.
const PROGRAMS: [(&str, &str); 14] = [
    ("edg", "Edge"),
    ("opr/", "Opera"),
    ("samsungbrowser", "Samsung Internet"),
    ("firefox", "Firefox"),
    ("fxios", "Firefox"),
    ("crios", "Chrome"),
    ("chrome", "Chrome"),
    ("safari", "Safari"),
    ("curl", "curl"),
    ("python", "Python"),
    ("postman", "Postman"),
    ("okhttp", "Android app"),
    ("dart", "Mobile app"),
    ("axios", "Node.js"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("android", "Android"),
    ("windows", "Windows"),
    ("; cros", "ChromeOS"),
    ("mac os", "Mac"),
    ("linux", "Linux"),
];

/// "Chrome on Android" from what a program says about itself. Only words of ours: it may say anything.
pub(super) fn device(user_agent: Option<&str>, is_program: bool) -> String {
    let said = user_agent.unwrap_or_default().to_lowercase();
    let known = |list: &[(&str, &'static str)]| {
        list.iter().find(|(mark, _)| said.contains(mark)).map(|(_, word)| *word)
    };
    match (known(&PROGRAMS), known(&SYSTEMS)) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(program), None) => program.to_owned(),
        (None, Some(system)) => format!("A program on {system}"),
        (None, None) if is_program => "A program".to_owned(),
        (None, None) => "A browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn devices_are_told_in_a_few_words_of_ours() {
        for (said, words) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
                "Firefox on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36",
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7) AppleWebKit/605.1.15 Version/18 Safari/605.1",
                "Safari on Mac",
            ),
            ("curl/8.5.0", "curl"),
            ("<script>alert(1)</script>", "A browser"),
            ("", "A browser"),
        ] {
            assert_eq!(device(Some(said), false), words, "{said}");
        }
        assert_eq!(device(None, true), "A program");
    }
}
