//! A body that a program sends as it has it: JSON, or a table as text.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, ReferenceOr, SchemaObject};
use axum::extract::{FromRequest, Request};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::kernel::AppError;

use super::body::{content_type, document_body, read, unsupported, utf8_body};
use super::json::{Json, is_json};

const CSV: &str = "text/csv";

/// JSON, or the text of a `text/csv` body: it is not read as a table here.
#[derive(Debug, Clone)]
pub enum JsonOrCsv<T> {
    Json(T),
    Csv(String),
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonOrCsv<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AppError> {
        let kind = content_type(request.headers());
        if is_json(&kind) {
            let Json(body) = Json::from_request(request, state).await?;
            return Ok(Self::Json(body));
        }
        if kind != CSV {
            return Err(unsupported("application/json or text/csv"));
        }
        let bytes = read(request).await?;
        Ok(Self::Csv(utf8_body(&bytes)?.to_owned()))
    }
}

impl<T: JsonSchema> OperationInput for JsonOrCsv<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = ctx.schema.subschema_for::<T>();
        document_body(ctx, operation, "application/json", schema, true);
        if let Some(ReferenceOr::Item(body)) = &mut operation.request_body {
            let json_schema = schemars::json_schema!({ "type": "string" });
            let schema = Some(SchemaObject { json_schema, example: None, external_docs: None });
            body.content.insert(CSV.to_owned(), MediaType { schema, ..MediaType::default() });
        }
    }
}
