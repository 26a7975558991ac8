//! What all bodies have in common: their type, their limit, and how they are described.

use std::num::NonZeroUsize;

use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, RequestBody, SchemaObject};
use aide::operation::set_body;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use indexmap::IndexMap;
use schemars::Schema;

use crate::kernel::{AppError, Problem};
use crate::web::layers::BodyLimit;
use crate::web::openapi;

pub(super) async fn body_of(
    request: Request,
    accepts: impl FnOnce(&str) -> bool,
    wanted: &'static str,
) -> Result<axum::body::Bytes, AppError> {
    if !accepts(&content_type(request.headers())) {
        return Err(unsupported(wanted));
    }
    read(request).await
}

pub(super) fn unsupported(wanted: &'static str) -> AppError {
    let detail = format!("Send the body as {wanted}.");
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail).into()
}

pub(super) async fn read(request: Request) -> Result<axum::body::Bytes, AppError> {
    let limit = request.extensions().get::<BodyLimit>().copied().unwrap_or_default();
    if announced(request.headers()).is_some_and(|bytes| bytes > limit.0) {
        return Err(too_large(limit).into());
    }
    axum::body::to_bytes(request.into_body(), limit.0).await.map_err(|e| {
        if std::error::Error::source(&e)
            .is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>)
        {
            too_large(limit).into()
        } else {
            Problem::bad_request("incomplete_body", "The request ended before its body was complete.").into()
        }
    })
}

/// The length of the body, if it is told beforehand.
pub(super) fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok())
}

fn too_large(BodyLimit(bytes): BodyLimit) -> Problem {
    let limit = match NonZeroUsize::new(bytes / (1024 * 1024)) {
        Some(megabytes) => format!("{megabytes} MB"),
        None => format!("{bytes} bytes"),
    };
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        format!("The request is too large; at most {limit} are read."),
    )
}

/// The media type without its parameters, in lower case.
pub(super) fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

pub(super) fn utf8_body(bytes: &[u8]) -> Result<&str, AppError> {
    std::str::from_utf8(bytes).map_err(|_| {
        Problem::bad_request("malformed_body", "The request body is not valid UTF-8 text.").into()
    })
}

pub(super) const BODY_PROBLEMS: [StatusCode; 4] = [
    StatusCode::BAD_REQUEST,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    StatusCode::UNPROCESSABLE_ENTITY,
];

pub(super) fn document_body(
    ctx: &mut GenContext,
    operation: &mut Operation,
    media_type: &str,
    json_schema: Schema,
    required: bool,
) {
    let content = MediaType {
        schema: Some(SchemaObject { json_schema, example: None, external_docs: None }),
        ..MediaType::default()
    };
    let body = RequestBody {
        content: IndexMap::from_iter([(media_type.to_owned(), content)]),
        required,
        ..RequestBody::default()
    };
    set_body(ctx, operation, body);
    for status in BODY_PROBLEMS {
        openapi::add_problem(operation, status);
    }
}
