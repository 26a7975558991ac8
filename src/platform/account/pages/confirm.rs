//! The link in the mail to a new address. Opening it changes nothing yet: programs that look at mails open links, too.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::{Frame, MaybeSignedIn, SignedIn};
use crate::app::App;
use crate::kernel::AppError;
use crate::platform::account;
use crate::web::layout::Public as PublicFrame;
use crate::web::openapi::op;
use crate::web::{Form, PageWithStatus, Query, SeeOther};

/// What the link leads to.
enum Found {
    /// Not signed in; where the sign-in leads back to.
    SignIn { next: String },
    /// It would make this address theirs.
    Open { email: String, token: String },
    /// Used, expired, unknown or somebody else's.
    Closed,
    /// Somebody else has the address by now.
    Taken,
}

/// `GET /confirm-email?token=…`, and what a refused confirmation answers.
#[derive(Template)]
#[template(path = "platform/account/pages/confirm.html")]
struct ConfirmPage {
    public: PublicFrame,
    found: Found,
}

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/confirm-email",
            get_with(show, op("pages.account.confirm_form", "Confirm a new e-mail address")),
        )
        .api_route(
            "/confirm-email",
            post_with(confirm, op("pages.account.confirm", "Sign in with it from now on")),
        )
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Link {
    token: String,
}

async fn show(
    MaybeSignedIn(me): MaybeSignedIn,
    frame: Frame,
    Query(link): Query<Link>,
) -> Result<Response, AppError> {
    // A locked screen shows nothing of its person.
    let found = match me.filter(|me| !me.actor.locked) {
        None => Found::SignIn { next: sign_in_and_back(&link.token) },
        Some(me) => match account::email_of_link(&me, &link.token).await {
            Ok(email) => Found::Open { email, token: link.token },
            Err(AppError::Problem(problem)) if problem.code == "account.link_invalid" => Found::Closed,
            Err(other) => return Err(other),
        },
    };
    Ok(page(&frame, found))
}

fn page(frame: &Frame, found: Found) -> Response {
    let status = match found {
        Found::SignIn { .. } | Found::Open { .. } => StatusCode::OK,
        Found::Closed => StatusCode::BAD_REQUEST,
        Found::Taken => StatusCode::CONFLICT,
    };
    PageWithStatus(status, ConfirmPage { public: frame.public(), found }).into_response()
}

fn sign_in_and_back(token: &str) -> String {
    let token: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
    let next: String =
        url::form_urlencoded::byte_serialize(format!("/confirm-email?token={token}").as_bytes()).collect();
    format!("/sign-in?next={next}")
}

async fn confirm(me: SignedIn, frame: Frame, Form(link): Form<Link>) -> Result<Response, AppError> {
    match account::confirm_email(&me, &link.token).await {
        Ok(()) => Ok(SeeOther("/account?done=email-changed".to_owned()).into_response()),
        Err(AppError::Problem(problem)) if problem.code == "account.link_invalid" => {
            Ok(page(&frame, Found::Closed))
        }
        Err(AppError::Problem(problem)) if problem.code == "account.email_taken" => {
            Ok(page(&frame, Found::Taken))
        }
        Err(other) => Err(other),
    }
}
