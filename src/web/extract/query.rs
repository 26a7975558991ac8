//! The query string.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Parameter};
use aide::operation::{ParamLocation, add_parameters, parameters_from_schema};
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::kernel::AppError;
use crate::web::openapi;

use super::pairs::{Blank, parse_pairs};

/// The query string. A parameter without a value counts as absent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(parse_pairs(query, Blank::Absent, "The address is not encoded correctly.")?))
    }
}

impl<T: JsonSchema> OperationInput for Query<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = ctx.schema.subschema_for::<T>();
        let mut parameters = parameters_from_schema(ctx, schema, ParamLocation::Query);
        for parameter in &mut parameters {
            // Not aide's own field: it is written under a name that nobody reads.
            if let Parameter::Query { parameter_data, .. } = parameter
                && !parameter_data.required
            {
                parameter_data.extensions.insert("allowEmptyValue".to_owned(), true.into());
            }
        }
        add_parameters(ctx, operation, parameters);
        openapi::add_problem(operation, StatusCode::BAD_REQUEST);
        openapi::add_problem(operation, StatusCode::UNPROCESSABLE_ENTITY);
    }
}
