//! Problems on the wire (RFC 9457), and what a failure of the database means to a caller.
//!
//! A response carries its [`Problem`] in its extensions until it leaves the house: the layers
//! `finish_problems` and `render_errors` rebuild the body from it, nothing ever parses a body back.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as ResponseDoc};
use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::Serialize;

use crate::kernel::problem::FieldError;
use crate::kernel::{AppError, Code, DbError, Problem};

use super::layers::HoldsSecret;
use super::openapi;

pub const PROBLEM_JSON: &str = "application/problem+json";

/// What every refusal and failure looks like.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct ProblemBody<'a> {
    /// Where people read what this is: `/docs/errors#` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The name of the HTTP status.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// One plain sentence for people.
    detail: &'a str,
    /// Stable for programs, for example `patients.limit_reached`.
    code: &'a str,
    /// What is wrong with which field; empty when it is not about a field.
    errors: &'a [FieldError],
    /// Quote this when you report a fault.
    request_id: Option<&'a str>,
    /// With `auth.mfa_required` only: for `POST /api/v1/auth/login/mfa`.
    #[serde(skip_serializing_if = "Option::is_none")]
    mfa_token: Option<&'a str>,
}

/// Why we answered as we did, for the log: never shown to the caller.
#[derive(Debug, Clone)]
pub enum Cause {
    Db(DbError),
    Internal(String),
}

impl Cause {
    /// Log once, at the boundary: SQLSTATE and names, never values.
    pub fn log(&self, request_id: Option<&str>, status: StatusCode) {
        let request_id = request_id.unwrap_or("-");
        let status = status.as_u16();
        match self {
            Self::Db(e) => {
                let (sqlstate, statement) = (e.sqlstate.as_ref(), e.statement);
                match e.constraint() {
                    Some(constraint) if status == 409 => tracing::warn!(
                        request_id,
                        sqlstate,
                        statement,
                        constraint,
                        "a constraint has no sentence of its own: map it where the statement is called"
                    ),
                    constraint if status == 500 => {
                        tracing::error!(request_id, sqlstate, statement, constraint, "the database refused");
                    }
                    _ => {
                        tracing::warn!(request_id, sqlstate, statement, status, "the database did not serve")
                    }
                }
            }
            Self::Internal(what) => tracing::error!(request_id, what, "a fault of ours"),
        }
    }
}

fn something_went_wrong() -> Problem {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "Something went wrong on our side; nothing was changed.",
    )
}

/// What a failure of the database means to the caller.
#[must_use]
pub fn of_database(error: &DbError) -> Problem {
    if error.in_doubt {
        let detail = "The connection broke while this was being saved, so it may or may not have been kept. Look before you send it again.";
        return Problem { code: "outcome_unknown", ..Problem::unavailable(detail, 2) };
    }
    if error.is_outage() {
        return Problem::unavailable("The service is not available for a moment. Try again shortly.", 2);
    }
    let unreadable = |detail| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "validation_failed", detail);
    match error.sqlstate.as_ref() {
        "40001" | "40P01" => {
            let mut problem = Problem::conflict(
                "conflict.retry",
                "Somebody else changed the same thing at the same moment. Try again.",
            );
            problem.retry_after = Some(1);
            problem
        }
        _ if error.is_contention() => {
            Problem::unavailable("This took too long and was stopped; nothing was changed. Try again.", 2)
        }
        "22021" | "22P05" => unreadable("A text in the request has a character that cannot be stored."),
        "22001" => unreadable("A text in the request is too long."),
        "22003" => unreadable("A number in the request is too large or too small."),
        "22007" | "22008" => unreadable("A date or time in the request is not possible."),
        "23505" => Problem::conflict("conflict", "The same is already recorded."),
        "23503" => Problem::conflict(
            "conflict",
            "This points to something that is not there, or something else still needs it.",
        ),
        "23514" | "23P01" => {
            Problem::conflict("conflict", "This does not fit with what is already recorded.")
        }
        _ => something_went_wrong(),
    }
}

impl Problem {
    /// The JSON of this problem.
    #[must_use]
    pub fn to_json(&self, request_id: Option<&str>) -> Vec<u8> {
        let body = ProblemBody {
            kind: Code::address(self.code),
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            errors: &self.errors,
            request_id,
            mfa_token: self.mfa_token.as_ref().map(ExposeSecret::expose_secret),
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.mfa_token.is_some() {
            response.extensions_mut().insert(HoldsSecret);
        }
        set_body(&mut response, PROBLEM_JSON, self.to_json(None));
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let (problem, cause) = match self {
            Self::Problem(problem) => return problem.into_response(),
            Self::Db(error) => (of_database(&error), Cause::Db(error)),
            Self::Internal(what) => (something_went_wrong(), Cause::Internal(what)),
        };
        let mut response = problem.into_response();
        response.extensions_mut().insert(cause);
        response
    }
}

/// Any operation may fail: documented once, as the default response.
impl OperationOutput for AppError {
    type Inner = Self;

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<ResponseDoc> {
        Some(openapi::problem_response(ctx, StatusCode::INTERNAL_SERVER_ERROR, "Refused or failed."))
    }

    fn inferred_responses(_: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, ResponseDoc)> {
        openapi::add_default_problem(operation);
        Vec::new()
    }
}

/// Replace the body, and the headers that speak of it.
pub(super) fn set_body(response: &mut Response, content_type: &'static str, body: Vec<u8>) {
    *response.body_mut() = Body::from(body);
    response.headers_mut().remove(CONTENT_LENGTH);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
}
