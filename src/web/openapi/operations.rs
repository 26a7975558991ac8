//! Helpers that describe one operation.

use aide::openapi::{
    Header, HeaderStyle, MediaType, Operation, ParameterSchemaOrContent, ReferenceOr, Response, SchemaObject,
    StatusCode as StatusDoc,
};
use aide::transform::TransformOperation;
use axum::http::StatusCode;
use indexmap::IndexMap;

use super::problems::add_problem;
use super::{BEARER, COOKIE};

/// Id, summary and tag of an operation: `get_with(list, op("patients.list", "List patients"))`.
/// The tag is the noun before the dot.
pub fn op(
    id: &'static str,
    summary: &'static str,
) -> impl for<'t> FnOnce(TransformOperation<'t>) -> TransformOperation<'t> {
    move |operation| {
        let tag = id.split('.').next().unwrap_or(id);
        operation.id(id).summary(summary).tag(tag)
    }
}

/// Who may call this: signed in, and holding `permission` if there is one. Called by the gate, so
/// that what is described is what is checked.
pub fn add_security(operation: &mut Operation, permission: Option<&str>) {
    for scheme in [BEARER, COOKIE] {
        let requirement = IndexMap::from_iter([(scheme.to_owned(), Vec::new())]);
        if !operation.security.contains(&requirement) {
            operation.security.push(requirement);
        }
    }
    if let Some(permission) = permission {
        operation.extensions.insert("x-permission".to_owned(), permission.into());
    }
    add_problem(operation, StatusCode::UNAUTHORIZED);
    add_problem(operation, StatusCode::FORBIDDEN);
}

/// A file as an answer, in its own type.
#[must_use]
pub fn file(mime: &str, about: &str) -> Response {
    let json_schema = schemars::json_schema!({ "type": "string", "contentMediaType": mime });
    let schema = Some(SchemaObject { json_schema, example: None, external_docs: None });
    Response {
        description: about.to_owned(),
        content: IndexMap::from_iter([(mime.to_owned(), MediaType { schema, ..MediaType::default() })]),
        ..Response::default()
    }
}

/// A header of the reply with `status`: `op(…)(o).with(header(200, "ETag", "Version, for If-Match."))`.
pub fn header(
    status: u16,
    name: &'static str,
    description: &'static str,
) -> impl for<'t> FnOnce(TransformOperation<'t>) -> TransformOperation<'t> {
    move |mut operation| {
        let responses = operation.inner_mut().responses.get_or_insert_default();
        if let Some(ReferenceOr::Item(response)) = responses.responses.get_mut(&StatusDoc::Code(status)) {
            let json_schema = schemars::json_schema!({ "type": "string" });
            let schema = SchemaObject { json_schema, example: None, external_docs: None };
            let header = Header {
                description: Some(description.to_owned()),
                style: HeaderStyle::Simple,
                required: false,
                deprecated: None,
                format: ParameterSchemaOrContent::Schema(schema),
                example: None,
                examples: IndexMap::new(),
                extensions: IndexMap::new(),
            };
            response.headers.insert(name.to_owned(), ReferenceOr::Item(header));
        }
        operation
    }
}
