//! What the link in the mail leads to. Opening it asks and changes nothing: programs that look into mail open links too. The
//! answer is posted, with the password of the sign-up.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::{LABELS, sent_page};
use crate::access::{Frame, Public};
use crate::app::App;
use crate::kernel::{AppError, FieldErrors, text};
use crate::platform::signup::{self, Link as Found};
use crate::web::layout::{FormState, Name, Public as PublicFrame, filters};
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus, Query};

/// What the link in the mail led to.
#[derive(Debug)]
pub enum Verified {
    /// Is it yours? Fields: `password` (if one was chosen), `token`.
    Asked {
        hospital_name: Name,
        email: String,
        has_password: bool,
    },
    /// The hospital is active now.
    Now {
        hospital_name: Name,
    },
    /// It was active before.
    Already,
    /// It was nobody's who reads this mail.
    Removed,
    Expired,
    /// Not one of ours, or used up by a newer one.
    Unknown,
}

/// `GET /verify?token=…` and the answers of `POST /verify/confirm` and `POST /verify/remove`; also the 422 answer of
/// `POST /verify` (field `email`: send a new link), which answers the page of the sign-up with `again`, whether the address
/// is known or not.
#[derive(Debug, Template)]
#[template(path = "platform/signup/pages/verify.html")]
pub struct VerifyPage {
    pub public: PublicFrame,
    pub outcome: Verified,
    pub form: FormState,
}

impl VerifyPage {
    fn expired(&self) -> bool {
        matches!(self.outcome, Verified::Expired)
    }
}

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/verify", get_with(verify, op("pages.signup.verify", "Confirmation link")))
        .api_route("/verify/confirm", post_with(confirm, op("pages.signup.confirm", "Confirm a hospital")))
        .api_route(
            "/verify/remove",
            post_with(remove, op("pages.signup.remove", "Remove a hospital that somebody else signed up")),
        )
        .api_route(
            "/verify",
            post_with(resend, op("pages.signup.resend", "Send the confirmation link again")),
        )
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Link {
    token: String,
}

async fn verify(public: Public, frame: Frame, Query(link): Query<Link>) -> Result<Response, AppError> {
    let outcome = match signup::asked(&public, &link.token).await {
        Ok(asked) if asked.used => Verified::Already,
        Ok(asked) => question(&asked),
        Err(error) => refused_link(error)?,
    };
    let form = FormState::new().with("token", link.token);
    Ok(told(&frame, outcome, form))
}

fn question(asked: &Found) -> Verified {
    Verified::Asked {
        hospital_name: Name::new(asked.hospital.clone()),
        email: asked.email.clone(),
        has_password: asked.has_password,
    }
}

/// A link that leads nowhere is a page; anything else is an error.
fn refused_link(error: AppError) -> Result<Verified, AppError> {
    match error {
        AppError::Problem(problem) if problem.code == "signup.link_expired" => Ok(Verified::Expired),
        AppError::Problem(problem) if problem.status == StatusCode::BAD_REQUEST => Ok(Verified::Unknown),
        other => Err(other),
    }
}

fn told(frame: &Frame, outcome: Verified, form: FormState) -> Response {
    let status = match outcome {
        Verified::Expired | Verified::Unknown => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    PageWithStatus(status, VerifyPage { public: frame.public(), outcome, form }).into_response()
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ConfirmForm {
    token: String,
    /// The one of the sign-up.
    password: String,
}

async fn confirm(public: Public, frame: Frame, Form(form): Form<ConfirmForm>) -> Result<Response, AppError> {
    let state = FormState::new().with("token", form.token.clone());
    let asked = match signup::asked(&public, &form.token).await {
        Ok(asked) => asked,
        Err(error) => return Ok(told(&frame, refused_link(error)?, state)),
    };
    let again = |status: StatusCode, sentence: String| {
        let form = state.clone().with_error("password", sentence);
        let page = VerifyPage { public: frame.public(), outcome: question(&asked), form };
        Ok(PageWithStatus(status, page).into_response())
    };
    if asked.has_password && !asked.used && form.password.is_empty() {
        return again(StatusCode::UNPROCESSABLE_ENTITY, "Enter your password.".to_owned());
    }
    match signup::confirm(&public, &form.token, &SecretString::from(form.password)).await {
        Ok(verified) if verified.already => Ok(told(&frame, Verified::Already, state)),
        Ok(verified) => {
            Ok(told(&frame, Verified::Now { hospital_name: Name::new(verified.hospital) }, state))
        }
        Err(AppError::Problem(problem)) if problem.status == StatusCode::UNAUTHORIZED => {
            again(problem.status, "The password is wrong.".to_owned())
        }
        Err(AppError::Problem(problem)) if problem.status == StatusCode::TOO_MANY_REQUESTS => {
            again(problem.status, problem.detail.into_owned())
        }
        Err(error) => Ok(told(&frame, refused_link(error)?, state)),
    }
}

async fn remove(public: Public, frame: Frame, Form(link): Form<Link>) -> Result<Response, AppError> {
    let outcome = match signup::disown(&public, &link.token).await {
        Ok(()) => Verified::Removed,
        Err(error) => refused_link(error)?,
    };
    Ok(told(&frame, outcome, FormState::new()))
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ResendForm {
    email: String,
    hospital_name: String,
}

async fn resend(public: Public, frame: Frame, Form(form): Form<ResendForm>) -> Result<Response, AppError> {
    let mut errors = FieldErrors::default();
    let email = text::email("email", Some(&form.email), &mut errors);
    let Ok(email) = errors.finish_with(email) else {
        let form = FormState::new()
            .with("email", &form.email)
            .with_error("email", "Enter an e-mail address like name@hospital.org.");
        let page = VerifyPage { public: frame.public(), outcome: Verified::Unknown, form };
        return Ok(PageWithStatus(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    signup::resend(&public, &email).await?;
    Ok(Page(sent_page(&frame, &form.hospital_name, &email, true)).into_response())
}
