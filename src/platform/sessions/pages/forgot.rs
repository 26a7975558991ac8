//! Asking for a link to choose a new password. The answer is the same for every address.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::{Frame, Public};
use crate::app::App;
use crate::kernel::AppError;
use crate::platform::sessions::{self, MailRequest};
use crate::web::layout::{FormState, Public as PublicFrame, filters};
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus};

const LABELS: &[(&str, &str)] = &[("email", "E-mail address")];

/// `GET /forgot-password`, and what posting it answers. Field: `email`.
#[derive(Debug, Template)]
#[template(path = "platform/sessions/pages/forgot.html")]
struct ForgotPage {
    public: PublicFrame,
    form: FormState,
    /// The request was taken, whether or not there is such an account.
    asked: bool,
}

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/forgot-password", get_with(show, op("pages.sessions.forgot_form", "Forgotten password")))
        .api_route(
            "/forgot-password",
            post_with(ask, op("pages.sessions.forgot", "Ask for a link to choose a new one")),
        )
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ForgotForm {
    email: String,
}

async fn show(_public: Public, frame: Frame) -> Page<ForgotPage> {
    Page(ForgotPage { public: frame.public(), form: FormState::new(), asked: false })
}

async fn ask(public: Public, frame: Frame, Form(form): Form<ForgotForm>) -> Result<Response, AppError> {
    let state = FormState::new().with("email", form.email.trim());
    match sessions::ask_for_mail(&public, MailRequest::ResetPassword, &form.email).await {
        Ok(()) => Ok(Page(ForgotPage { public: frame.public(), form: state, asked: true }).into_response()),
        Err(AppError::Problem(problem)) => {
            let state = state.refused(&problem.errors, problem.detail.clone());
            let status =
                if problem.errors.is_empty() { problem.status } else { StatusCode::UNPROCESSABLE_ENTITY };
            let page = ForgotPage { public: frame.public(), form: state, asked: false };
            Ok(PageWithStatus(status, page).into_response())
        }
        Err(other) => Err(other),
    }
}
