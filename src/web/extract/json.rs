//! JSON bodies. Reads exactly what the type says, and names the field where it does not fit.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use axum::extract::{FromRequest, Request};
use schemars::JsonSchema;
use serde::de::{DeserializeOwned, Deserializer, Visitor};

use crate::kernel::{AppError, Problem};

use super::body::{body_of, content_type, document_body, read, unsupported, utf8_body};
use super::shape::wrong_shape;

/// A JSON body, or a JSON reply with status 200.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

/// A JSON body that may be left out altogether, or be `null`.
#[derive(Debug, Clone, Copy, Default)]
pub struct OptionalJson<T>(pub Option<T>);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &S) -> Result<Self, AppError> {
        let bytes = body_of(request, is_json, "application/json").await?;
        Ok(Self(parse_json(&bytes)?))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &S) -> Result<Self, AppError> {
        let content_type = content_type(request.headers());
        let bytes = read(request).await?;
        if bytes.is_empty() {
            return Ok(Self(None));
        }
        if !is_json(&content_type) {
            return Err(unsupported("application/json"));
        }
        // Not as `Option<T>`: inside an option an array would be read as a struct.
        Ok(Self(if bytes.trim_ascii() == b"null" { None } else { Some(parse_json(&bytes)?) }))
    }
}

impl<T: JsonSchema> OperationInput for Json<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = ctx.schema.subschema_for::<T>();
        document_body(ctx, operation, "application/json", schema, true);
    }
}

impl<T: JsonSchema> OperationInput for OptionalJson<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let body = ctx.schema.subschema_for::<T>();
        let schema = schemars::json_schema!({ "anyOf": [body, { "type": "null" }] });
        document_body(ctx, operation, "application/json", schema, false);
    }
}

pub(super) fn is_json(content_type: &str) -> bool {
    content_type == "application/json"
        || (content_type.starts_with("application/") && content_type.ends_with("+json"))
}

fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, AppError> {
    let text = utf8_body(bytes)?;
    let mut json = serde_json::Deserializer::from_str(text);
    let value = match serde_path_to_error::deserialize(ByName(&mut json)) {
        Ok(value) => value,
        Err(e) => {
            let path = e.path().clone();
            let inner = e.into_inner();
            let message = inner.to_string();
            // serde_json calls a number where an enum should be "expected value", a fault of syntax.
            let no_variant = message.starts_with("expected value")
                && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
            return Err(if no_variant {
                wrong_shape(&path, "unknown variant")
            } else if inner.is_data() {
                wrong_shape(&path, &message)
            } else {
                malformed_json(text, &inner)
            });
        }
    };
    json.end().map_err(|e| malformed_json(text, &e))?;
    Ok(value)
}

/// Serde reads `["Asha", 5]` as a struct too, field by field in their order: not as a body of ours.
struct ByName<D>(D);

macro_rules! as_it_is {
    ($($method:ident($($name:ident: $type:ty),*)),+ $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method($($name,)* visitor)
        }
    )+};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ByName<D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    as_it_is! {
        deserialize_any(),
        deserialize_option(),
        deserialize_newtype_struct(name: &'static str),
        deserialize_enum(name: &'static str, variants: &'static [&'static str]),
        deserialize_unit_struct(name: &'static str),
        deserialize_tuple(len: usize),
        deserialize_tuple_struct(name: &'static str, len: usize),
        deserialize_i128(),
        deserialize_u128(),
        deserialize_bytes(),
        deserialize_byte_buf(),
        deserialize_ignored_any(),
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string unit seq map identifier
    }
}

/// Where the JSON breaks, without a word of what it says.
fn malformed_json(text: &str, error: &serde_json::Error) -> AppError {
    let detail = if text.trim().is_empty() {
        "The request body is empty where JSON was expected.".to_owned()
    } else {
        format!("The request body is not valid JSON (line {}, column {}).", error.line(), error.column())
    };
    Problem::bad_request("malformed_json", detail).into()
}
