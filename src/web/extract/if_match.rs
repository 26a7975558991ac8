//! The version that the caller last saw.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{HeaderStyle, Operation, Parameter, ReferenceOr};
use aide::operation::add_parameters;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::IF_MATCH;
use axum::http::request::Parts;

use crate::kernel::{AppError, Problem};
use crate::web::openapi;

use super::parameter_data;

/// The version that the caller last saw, from `If-Match: "7"`; `None` without the header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IfMatch(pub Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        let Some(value) = parts.headers.get(IF_MATCH) else { return Ok(Self(None)) };
        let version = value.to_str().ok().map(str::trim).and_then(|tag| {
            // Proxies that compress make a tag weak; the version in it is still the version.
            tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?.parse().ok()
        });
        match version {
            Some(version) => Ok(Self(Some(version))),
            None => Err(Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "precondition_failed",
                "If-Match must repeat the ETag that you were given.",
            )
            .into()),
        }
    }
}

impl OperationInput for IfMatch {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let json_schema = ctx.schema.subschema_for::<String>();
        let description = "The ETag of the version that you changed; 412 if it is no longer the newest.";
        let header = Parameter::Header {
            parameter_data: parameter_data("If-Match", Some(description), false, json_schema),
            style: HeaderStyle::Simple,
        };
        let known = |p: &ReferenceOr<Parameter>| {
            p.as_item().is_some_and(|p| p.parameter_data_ref().name == "If-Match")
        };
        if !operation.parameters.iter().any(known) {
            add_parameters(ctx, operation, [header]);
        }
        openapi::add_problem(operation, StatusCode::PRECONDITION_FAILED);
    }
}
