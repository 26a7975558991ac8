//! The variable parts of the path.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Parameter, PathStyle};
use aide::operation::{ParamLocation, add_parameters, parameters_from_schema};
use axum::extract::FromRequestParts;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::http::StatusCode;
use axum::http::request::Parts;
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;

use crate::kernel::{AppError, Problem};
use crate::web::openapi;

use super::parameter_data;

/// The variable parts of the path. What does not parse does not exist: 404.
#[derive(Debug, Clone, Copy, Default)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = AppError;

    #[expect(clippy::disallowed_types, reason = "this is the wrapper")]
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(e)) => Err(match e.kind() {
                ErrorKind::InvalidUtf8InPathParam { .. } => {
                    Problem::bad_request("malformed_path", "The address is not encoded correctly.").into()
                }
                ErrorKind::WrongNumberOfParameters { .. } | ErrorKind::UnsupportedType { .. } => {
                    AppError::internal("a handler's Path does not fit its route")
                }
                _ => Problem::not_found("What you asked for").into(),
            }),
            Err(_) => Err(AppError::internal("a handler asks for a Path on a route without one")),
        }
    }
}

impl<T: JsonSchema> OperationInput for Path<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = ctx.schema.subschema_for::<T>();
        let named = parameters_from_schema(ctx, schema.clone(), ParamLocation::Path);
        let parameters = if named.is_empty() { by_position(ctx, &schema) } else { named };
        add_parameters(ctx, operation, parameters);
        openapi::add_problem(operation, StatusCode::NOT_FOUND);
    }
}

/// `Path<PatientId>` and `Path<(A, B)>` do not know their names: `openapi::document` gives them
/// those of the route.
fn by_position(ctx: &GenContext, schema: &Schema) -> Vec<Parameter> {
    let resolved = ctx.resolve_schema(schema);
    let items = match resolved.get("prefixItems").and_then(serde_json::Value::as_array) {
        Some(items) => items.iter().filter_map(|item| Schema::try_from(item.clone()).ok()).collect(),
        None => vec![schema.clone()],
    };
    items
        .into_iter()
        .enumerate()
        .map(|(index, json_schema)| Parameter::Path {
            parameter_data: parameter_data(&openapi::unnamed(index), None, true, json_schema),
            style: PathStyle::Simple,
        })
        .collect()
}
