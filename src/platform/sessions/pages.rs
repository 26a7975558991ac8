//! Signing in, and choosing a password by the link in a mail.

use aide::axum::ApiRouter;
use askama::Template;

use crate::app::App;
use crate::web::layout::*;

/// Labels of the fields, for the summary of errors.
const LABELS: &[(&str, &str)] = &[("username", "E-mail address"), ("password", "Password")];

/// Why the visitor is here, said above the form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SignInReason {
    #[default]
    None,
    /// After `POST /sign-out`.
    SignedOut,
    /// The session ended; `next` leads back.
    SessionEnded,
    /// After choosing a password.
    PasswordSet,
}

/// `GET /sign-in`; also 401, 403 and 429 answers to `POST /sign-in`.
///
/// Fields: `username`, `password`, `next`. What went wrong goes into [`FormState::with_fault`]: "The
/// e-mail address or the password is not right.", "Your hospital is suspended. …"
#[derive(Debug, Template)]
#[template(path = "platform/sessions/pages/sign_in.html")]
pub struct SignInPage {
    pub public: Public,
    pub form: FormState,
    pub reason: SignInReason,
}

/// `GET /set-password?token=…` and its 422 answer. Fields: `token`, `password`.
///
/// The page asks not to send a referrer, because its address holds the token.
#[derive(Debug, Template)]
#[template(path = "platform/sessions/pages/set_password.html")]
pub struct SetPasswordPage {
    pub public: Public,
    pub form: FormState,
    pub state: SetPassword,
    pub password_rules: &'static str,
}

/// Whether the link still works.
#[derive(Debug)]
pub enum SetPassword {
    /// `form` has `token`; the account is that of `email`.
    Open { email: String },
    /// Expired, used or unknown: ask the administrator for a new one.
    Closed,
}

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
}
