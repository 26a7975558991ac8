//! The page of one's own account, and the one that confirms a new address.

mod confirm;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::{Account, OwnSession};
use crate::access::{Frame, Public, SignedIn};
use crate::app::App;
use crate::identity::password::RULES;
use crate::kernel::ids::SessionId;
use crate::kernel::problem::FieldError;
use crate::kernel::{AppError, Problem};
use crate::platform::sessions;
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther};

/// Labels of the fields of both forms, for the summary of errors.
const LABELS: &[(&str, &str)] = &[
    ("new_email", "New e-mail address"),
    ("password", "Your password"),
    ("old_password", "Present password"),
    ("new_password", "New password"),
];

/// `GET /account` and the 422 answers to its forms.
#[derive(Template)]
#[template(path = "platform/account/pages/account.html")]
struct AccountPage {
    shell: Shell,
    account: Account,
    name: Name,
    /// Of both forms: only one of them is ever sent.
    form: FormState,
    devices: Vec<Device>,
    rules: &'static str,
}

/// One session in the list.
struct Device {
    words: String,
    is_program: bool,
    current: bool,
    ip: String,
    since: When,
    seen: When,
    /// `/account/sessions/{id}/end`
    end: String,
}

impl AccountPage {
    fn others(&self) -> usize {
        self.devices.iter().filter(|device| !device.current).count()
    }
}

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/account", get_with(show, op("pages.account.show", "One's own account")))
        .api_route(
            "/account/email",
            post_with(ask_email, op("pages.account.ask_email", "Ask for another e-mail address")),
        )
        .api_route(
            "/account/password",
            post_with(password, op("pages.account.password", "Change one's own password")),
        )
        .api_route(
            "/account/sessions/end-others",
            post_with(end_others, op("pages.account.end_others", "Sign out everywhere else")),
        )
        .api_route(
            "/account/sessions/{session_id}/end",
            post_with(end, op("pages.account.end_session", "Sign out one device")),
        )
        .merge(confirm::router())
}

async fn show(me: SignedIn, frame: Frame) -> Result<Page<AccountPage>, AppError> {
    Ok(Page(page(&me, &frame, FormState::new()).await?))
}

async fn page(me: &SignedIn, frame: &Frame, form: FormState) -> Result<AccountPage, AppError> {
    let account = super::show(me).await?;
    let zone = me.actor.tenant.as_ref().map_or(TimeZone::UTC, |tenant| tenant.zone.clone());
    let today = me.app.clock.in_zone(&zone).date();
    let device = |session: OwnSession| Device {
        end: format!("/account/sessions/{}/end", session.id),
        words: session.device,
        is_program: session.is_program,
        current: session.current,
        ip: session.ip.map(|ip| ip.to_string()).unwrap_or_default(),
        since: When::moment(&session.created_at.to_zoned(zone.clone()), today),
        seen: When::moment(&session.seen_at.to_zoned(zone.clone()), today),
    };
    let mut devices: Vec<Device> = super::own_sessions(me).await?.into_iter().map(device).collect();
    // The one in front of them first.
    devices.sort_by_key(|device| !device.current);
    let name = me.actor.name();
    Ok(AccountPage {
        shell: frame.shell(&me.actor),
        name: Name::new(if name.is_empty() { account.email.clone() } else { name }),
        account,
        form,
        devices,
        rules: RULES,
    })
}

/// The page again, with what is wrong at its fields.
async fn again(
    me: &SignedIn,
    frame: &Frame,
    problem: Problem,
    typed: FormState,
) -> Result<Response, AppError> {
    if problem.status == StatusCode::FORBIDDEN {
        return Err(problem.into());
    }
    let status = if problem.errors.is_empty() { problem.status } else { StatusCode::UNPROCESSABLE_ENTITY };
    let form = typed.refused(&problem.errors, problem.detail);
    Ok(PageWithStatus(status, page(me, frame, form).await?).into_response())
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct EmailForm {
    new_email: String,
    password: String,
}

async fn ask_email(
    public: Public,
    me: SignedIn,
    frame: Frame,
    Form(form): Form<EmailForm>,
) -> Result<Response, AppError> {
    match super::ask_email(&public, &me, &form.new_email, &SecretString::from(form.password)).await {
        Ok(()) => Ok(SeeOther("/account?done=email-asked".to_owned()).into_response()),
        Err(AppError::Problem(problem)) => {
            again(&me, &frame, problem, FormState::new().with("new_email", form.new_email)).await
        }
        Err(other) => Err(other),
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PasswordForm {
    old_password: String,
    new_password: String,
}

async fn password(
    public: Public,
    me: SignedIn,
    frame: Frame,
    Form(form): Form<PasswordForm>,
) -> Result<Response, AppError> {
    me.sign_in_is_complete()?;
    if form.old_password.is_empty() {
        let message = "Enter your present password.".to_owned();
        let mut problem =
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "validation_failed", message.clone());
        problem.errors.push(FieldError { field: "old_password".to_owned(), message });
        return again(&me, &frame, problem, FormState::new()).await;
    }
    let (old, new) = (SecretString::from(form.old_password), SecretString::from(form.new_password));
    match sessions::change_password(&public, &me, Some(&old), &new).await {
        Ok(()) => Ok(SeeOther("/account?done=password".to_owned()).into_response()),
        Err(AppError::Problem(problem)) => again(&me, &frame, problem, FormState::new()).await,
        Err(other) => Err(other),
    }
}

async fn end(me: SignedIn, Path(id): Path<SessionId>) -> Result<SeeOther, AppError> {
    super::end_session(&me, id).await?;
    // Whoever ends the one in front of them is signed out, and says so by the next page.
    let next =
        if id == me.actor.session { "/sign-in?done=signed-out" } else { "/account?done=session-ended" };
    Ok(SeeOther(next.to_owned()))
}

async fn end_others(me: SignedIn) -> Result<SeeOther, AppError> {
    super::end_others(&me).await?;
    Ok(SeeOther("/account?done=others-ended".to_owned()))
}
