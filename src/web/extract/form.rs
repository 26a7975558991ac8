//! Posted HTML forms.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use axum::extract::{FromRequest, Request};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::kernel::AppError;

use super::body::{body_of, document_body, utf8_body};
use super::pairs::{Blank, parse_pairs};

/// The fields of a posted HTML form. Blank inputs arrive as `""`: declare them as text and parse.
#[derive(Debug, Clone, Copy, Default)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &S) -> Result<Self, AppError> {
        const FORM: &str = "application/x-www-form-urlencoded";
        let bytes = body_of(request, |content_type| content_type == FORM, FORM).await?;
        let text = utf8_body(&bytes)?;
        Ok(Self(parse_pairs(text, Blank::Kept, "The form is not encoded correctly.")?))
    }
}

impl<T: JsonSchema> OperationInput for Form<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = ctx.schema.subschema_for::<T>();
        document_body(ctx, operation, "application/x-www-form-urlencoded", schema, true);
    }
}
