//! Signing in, and choosing a password by the link in a mail.

mod forgot;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::extract::State;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{Device, Opened};
use crate::access::{self, Frame, MaybeSignedIn, Public, SignedIn};
use crate::app::App;
use crate::identity::password::RULES;
use crate::kernel::{AppError, Problem};
use crate::platform::demo;
use crate::web::layout::{FormState, Public as PublicFrame, filters};
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus, Query, SeeOther};

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
    pub public: PublicFrame,
    pub form: FormState,
    pub reason: SignInReason,
    /// In demo mode only: who may look around, hospital by hospital.
    pub demo: Vec<(demo::Place, Vec<demo::Account>)>,
}

impl SignInPage {
    fn new(app: &App, frame: &Frame, form: FormState, reason: SignInReason) -> Self {
        let demo = if app.config.demo.mode { demo::offered() } else { Vec::new() };
        Self { public: frame.public(), form, reason, demo }
    }
}

/// `GET /set-password?token=…`, `GET /reset-password?token=…` and their 422 answers. Fields: `token`, `password`.
///
/// The page asks not to send a referrer, because its address holds the token.
#[derive(Debug, Template)]
#[template(path = "platform/sessions/pages/set_password.html")]
pub struct SetPasswordPage {
    pub public: PublicFrame,
    pub form: FormState,
    pub state: SetPassword,
    pub password_rules: &'static str,
}

/// `GET /change-password` and its 422 answer: whoever signed in with a temporary password. Field: `password`.
#[derive(Debug, Template)]
#[template(path = "platform/sessions/pages/change_password.html")]
pub struct ChangePasswordPage {
    pub public: PublicFrame,
    pub form: FormState,
    pub email: String,
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
        .api_route("/home", get_with(home, op("pages.sessions.home", "To one's own start page")))
        .api_route("/sign-in", get_with(sign_in_form, op("pages.sessions.sign_in_form", "Sign-in form")))
        .api_route("/sign-in", post_with(sign_in, op("pages.sessions.sign_in", "Sign in")))
        .api_route("/sign-out", post_with(sign_out, op("pages.sessions.sign_out", "Sign out")))
        .api_route(
            "/set-password",
            get_with(password_form, op("pages.sessions.password_form", "Choose a password by link")),
        )
        .api_route(
            "/set-password",
            post_with(set_password, op("pages.sessions.set_password", "Save that password")),
        )
        .api_route(
            "/reset-password",
            get_with(password_form, op("pages.sessions.reset_form", "Choose a new password by link")),
        )
        .api_route(
            "/reset-password",
            post_with(set_password, op("pages.sessions.reset_password", "Save that new password")),
        )
        .merge(forgot::router())
        .api_route(
            "/change-password",
            get_with(own_form, op("pages.sessions.own_form", "Choose one's own password")),
        )
        .api_route(
            "/change-password",
            post_with(own_password, op("pages.sessions.own_password", "Save one's own password")),
        )
}

async fn home(me: SignedIn) -> SeeOther {
    SeeOther(access::start(&me.actor).to_owned())
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SignInQuery {
    /// A local path to go to afterwards.
    next: String,
    done: String,
}

async fn sign_in_form(
    State(app): State<App>,
    frame: Frame,
    Query(query): Query<SignInQuery>,
) -> Page<SignInPage> {
    let reason = match (query.done.as_str(), query.next.as_str()) {
        ("signed-out", _) => SignInReason::SignedOut,
        ("password", _) => SignInReason::PasswordSet,
        (_, "" | "/home" | "/today" | "/getting-started") => SignInReason::None,
        _ if frame.has_session => SignInReason::SessionEnded,
        _ => SignInReason::None,
    };
    let form = FormState::new().with("next", local(&query.next));
    Page(SignInPage::new(&app, &frame, form, reason))
}

/// Only a path of ours: anything else would send people to a stranger's page.
fn local(next: &str) -> &str {
    let ours = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') && next.is_ascii();
    if ours { next } else { "" }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SignInForm {
    username: String,
    password: String,
    next: String,
    shared: Option<String>,
    /// In demo mode: the address of an account of the demo, in place of address and password.
    demo: Option<String>,
}

async fn sign_in(public: Public, frame: Frame, Form(form): Form<SignInForm>) -> Result<Response, AppError> {
    let device = Device::Browser { shared: form.shared.is_some() };
    let offered = form.demo.as_deref().filter(|_| public.app.config.demo.mode).and_then(demo::account);
    let (username, password) = match offered {
        Some(address) => (address, demo::PASSWORD.to_owned()),
        None => (form.username, form.password),
    };
    match super::open(&public, &username, &SecretString::from(password), device).await {
        Ok(opened) => arrive(&public.app, &opened, &form.next).await,
        // `platform::mfa` asks for the code; the cookie names this sign-in, and this browser.
        Err(AppError::Problem(Problem { mfa_token: Some(owed), .. })) => {
            let next: String = url::form_urlencoded::byte_serialize(local(&form.next).as_bytes()).collect();
            let place = if next.is_empty() {
                "/sign-in/code".to_owned()
            } else {
                format!("/sign-in/code?next={next}")
            };
            Ok(([(SET_COOKIE, public.app.cookie.owe_code(owed.expose_secret()))], SeeOther(place))
                .into_response())
        }
        Err(AppError::Problem(problem)) => {
            let state = FormState::new()
                .with("username", username)
                .with("next", local(&form.next))
                .with_fault(problem.detail.clone());
            let page = SignInPage::new(&public.app, &frame, state, SignInReason::None);
            Ok(PageWithStatus(problem.status, page).into_response())
        }
        Err(other) => Err(other),
    }
}

/// The browser of whoever just signed in gets its cookie, and is led to where they wanted to go.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn arrive(app: &App, opened: &Opened, next: &str) -> Result<Response, AppError> {
    let next = match local(next) {
        _ if opened.must_change_password => "/change-password",
        next if opened.super_admin || next.is_empty() => access::start_of(app, opened.session).await?,
        next => next,
    };
    let cookie = app.cookie.set(opened.session, &opened.secret, opened.max_age_seconds);
    Ok(([(SET_COOKIE, cookie)], SeeOther(next.to_owned())).into_response())
}

/// Works whatever state the session is in: the cookie goes in any case.
async fn sign_out(public: Public, MaybeSignedIn(me): MaybeSignedIn) -> Result<Response, AppError> {
    if let Some(me) = me {
        super::close(&me).await?;
    }
    Ok(([(SET_COOKIE, public.app.cookie.clear())], SeeOther("/sign-in?done=signed-out".to_owned()))
        .into_response())
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PasswordForm {
    token: String,
    password: String,
}

async fn password_form(
    public: Public,
    frame: Frame,
    Query(query): Query<PasswordForm>,
) -> Result<Response, AppError> {
    password_page(&public, &frame, &query.token, None).await
}

async fn set_password(
    public: Public,
    frame: Frame,
    Form(form): Form<PasswordForm>,
) -> Result<Response, AppError> {
    match super::set_password_by_link(&public, &form.token, &SecretString::from(form.password)).await {
        Ok(()) => Ok((
            StatusCode::SEE_OTHER,
            [
                (LOCATION, HeaderValue::from_static("/sign-in?done=password")),
                (SET_COOKIE, public.app.cookie.clear()),
            ],
        )
            .into_response()),
        Err(AppError::Problem(problem)) => {
            let message = problem.errors.first().map_or(problem.detail.to_string(), |e| e.message.clone());
            password_page(&public, &frame, &form.token, Some(message)).await
        }
        Err(other) => Err(other),
    }
}

async fn password_page(
    public: &Public,
    frame: &Frame,
    token: &str,
    fault: Option<String>,
) -> Result<Response, AppError> {
    let state = match super::email_of_link(public, token).await {
        Ok(email) => SetPassword::Open { email },
        Err(AppError::Problem(_)) => SetPassword::Closed,
        Err(other) => return Err(other),
    };
    let mut status =
        if matches!(state, SetPassword::Closed) { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let mut form = FormState::new().with("token", token);
    if let Some(message) = fault {
        form = form.with_error("password", message);
        status = StatusCode::UNPROCESSABLE_ENTITY;
    }
    let page = SetPasswordPage { public: frame.public(), form, state, password_rules: RULES };
    Ok(PageWithStatus(status, page).into_response())
}

/// Only a temporary password is changed here: one's own is changed on the page of the account, where the old one is
/// asked for.
async fn own_form(me: SignedIn, frame: Frame) -> Result<Response, AppError> {
    if !me.actor.must_change_password {
        return Ok(SeeOther("/account".to_owned()).into_response());
    }
    Ok(Page(own_page(&me, &frame, FormState::new())).into_response())
}

async fn own_password(
    public: Public,
    me: SignedIn,
    frame: Frame,
    Form(form): Form<PasswordForm>,
) -> Result<Response, AppError> {
    match super::change_password(&public, &me, None, &SecretString::from(form.password)).await {
        Ok(()) => Ok(SeeOther("/home?done=password".to_owned()).into_response()),
        Err(AppError::Problem(problem)) => {
            let message = problem.errors.first().map_or(problem.detail.to_string(), |e| e.message.clone());
            let page = own_page(&me, &frame, FormState::new().with_error("password", message));
            Ok(PageWithStatus(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(other) => Err(other),
    }
}

fn own_page(me: &SignedIn, frame: &Frame, form: FormState) -> ChangePasswordPage {
    ChangePasswordPage { public: frame.public(), form, email: me.actor.email.clone(), password_rules: RULES }
}
