//! How operations describe their refusals.

use aide::generate::GenContext;
use aide::openapi::{
    MediaType, Operation, ReferenceOr, Response as ResponseDoc, SchemaObject, StatusCode as StatusDoc,
};
use axum::http::StatusCode;
use indexmap::IndexMap;

use crate::web::problem::{PROBLEM_JSON, ProblemBody};

/// The refusals that operations share, each described once under `components.responses`.
pub(super) const PROBLEMS: [(StatusCode, &str); 13] = [
    (StatusCode::BAD_REQUEST, "The request cannot be read."),
    (StatusCode::UNAUTHORIZED, "Not signed in, or the session has ended."),
    (StatusCode::FORBIDDEN, "Signed in, but not allowed."),
    (StatusCode::NOT_FOUND, "Not there, or not for this hospital."),
    (StatusCode::REQUEST_TIMEOUT, "The body took too long to arrive."),
    (StatusCode::CONFLICT, "Does not fit with what is already recorded."),
    (StatusCode::PRECONDITION_FAILED, "Somebody else changed it in the meantime."),
    (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is of another type."),
    (StatusCode::UNPROCESSABLE_ENTITY, "Some fields need attention."),
    (StatusCode::TOO_MANY_REQUESTS, "Too many attempts; see `Retry-After`."),
    (StatusCode::INTERNAL_SERVER_ERROR, "A fault of ours."),
    (StatusCode::SERVICE_UNAVAILABLE, "Not available for a moment; see `Retry-After`."),
];

/// This operation may refuse with `status`. Nothing happens if it already says so.
pub fn add_problem(operation: &mut Operation, status: StatusCode) {
    let responses = &mut operation.responses.get_or_insert_default().responses;
    responses
        .entry(StatusDoc::Code(status.as_u16()))
        .or_insert_with(|| ReferenceOr::ref_(&format!("#/components/responses/{}", component_of(status))));
}

/// This operation may refuse or fail in ways that it does not list.
pub fn add_default_problem(operation: &mut Operation) {
    let responses = operation.responses.get_or_insert_default();
    responses
        .default
        .get_or_insert_with(|| ReferenceOr::ref_(&format!("#/components/responses/{ANY_PROBLEM}")));
}

/// A refusal with words of its own, for `OperationInput` and `OperationOutput`.
pub fn problem_response(ctx: &mut GenContext, status: StatusCode, description: &str) -> ResponseDoc {
    let words =
        if description.is_empty() { status.canonical_reason().unwrap_or("Refused.") } else { description };
    problem_doc(ctx.schema.subschema_for::<ProblemBody<'static>>(), words)
}

pub(super) const ANY_PROBLEM: &str = "Problem";

pub(super) fn component_of(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or(ANY_PROBLEM).replace(' ', "")
}

/// What a status means, as the shared responses say it.
pub(super) fn words(status: StatusCode) -> &'static str {
    PROBLEMS.iter().find(|(known, _)| *known == status).map_or("Refused, or failed.", |(_, words)| *words)
}

/// A response with a problem, by reference to its schema.
pub(super) fn refer(description: &str) -> ResponseDoc {
    problem_doc(schemars::json_schema!({ "$ref": "#/components/schemas/Problem" }), description)
}

pub(super) fn problem_doc(json_schema: schemars::Schema, description: &str) -> ResponseDoc {
    let content = MediaType {
        schema: Some(SchemaObject { json_schema, example: None, external_docs: None }),
        ..MediaType::default()
    };
    ResponseDoc {
        description: description.to_owned(),
        content: IndexMap::from_iter([(PROBLEM_JSON.to_owned(), content)]),
        ..ResponseDoc::default()
    }
}
