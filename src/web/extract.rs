//! What a request brings: our extractors, which refuse with a [`Problem`] and describe themselves.
//!
//! Texts are left as they came (`kernel::text` judges them); here it is only about shape. A message
//! names the field and what it must be, and never repeats the value.

use std::num::NonZeroUsize;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{
    HeaderStyle, MediaType, Operation, Parameter, ParameterData, ParameterSchemaOrContent, PathStyle,
    ReferenceOr, RequestBody, SchemaObject,
};
use aide::operation::{ParamLocation, add_parameters, parameters_from_schema, set_body};
use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use indexmap::IndexMap;
use schemars::{JsonSchema, Schema};
use serde::de::{DeserializeOwned, Deserializer, Visitor};

use crate::kernel::{AppError, FieldErrors, Problem};

use super::layers::BodyLimit;
use super::openapi;

/// A JSON body, or a JSON reply with status 200.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

/// A JSON body that may be left out altogether, or be `null`.
#[derive(Debug, Clone, Copy, Default)]
pub struct OptionalJson<T>(pub Option<T>);

/// The fields of a posted HTML form. Blank inputs arrive as `""`: declare them as text and parse.
#[derive(Debug, Clone, Copy, Default)]
pub struct Form<T>(pub T);

/// The query string. A parameter without a value counts as absent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

/// The variable parts of the path. What does not parse does not exist: 404.
#[derive(Debug, Clone, Copy, Default)]
pub struct Path<T>(pub T);

/// The version that the caller last saw, from `If-Match: "7"`; `None` without the header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IfMatch(pub Option<i64>);

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
        Ok(Self(parse_json(&bytes)?))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &S) -> Result<Self, AppError> {
        const FORM: &str = "application/x-www-form-urlencoded";
        let bytes = body_of(request, |content_type| content_type == FORM, FORM).await?;
        let text = utf8_body(&bytes)?;
        Ok(Self(parse_pairs(text, Blank::Kept, "The form is not encoded correctly.")?))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(parse_pairs(query, Blank::Absent, "The address is not encoded correctly.")?))
    }
}

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

async fn body_of(
    request: Request,
    accepts: impl FnOnce(&str) -> bool,
    wanted: &'static str,
) -> Result<axum::body::Bytes, AppError> {
    if !accepts(&content_type(request.headers())) {
        return Err(unsupported(wanted));
    }
    read(request).await
}

fn unsupported(wanted: &'static str) -> AppError {
    let detail = format!("Send the body as {wanted}.");
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail).into()
}

async fn read(request: Request) -> Result<axum::body::Bytes, AppError> {
    let limit = request.extensions().get::<BodyLimit>().copied().unwrap_or_default();
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > limit.0) {
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
fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_json(content_type: &str) -> bool {
    content_type == "application/json"
        || (content_type.starts_with("application/") && content_type.ends_with("+json"))
}

fn utf8_body(bytes: &[u8]) -> Result<&str, AppError> {
    std::str::from_utf8(bytes).map_err(|_| {
        Problem::bad_request("malformed_body", "The request body is not valid UTF-8 text.").into()
    })
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

enum Blank {
    Kept,
    Absent,
}

fn parse_pairs<T: DeserializeOwned>(
    encoded: &str,
    blank: Blank,
    malformed: &'static str,
) -> Result<T, AppError> {
    if !is_percent_encoded_utf8(encoded) {
        return Err(Problem::bad_request("malformed_encoding", malformed).into());
    }
    let tidy = match blank {
        Blank::Kept => std::borrow::Cow::Borrowed(encoded),
        Blank::Absent => url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(
                url::form_urlencoded::parse(encoded.as_bytes()).filter(|(_, value)| !value.is_empty()),
            )
            .finish()
            .into(),
    };
    let pairs = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(tidy.as_bytes()));
    serde_path_to_error::deserialize(pairs)
        .map_err(|e| wrong_shape(&e.path().clone(), &e.into_inner().to_string()))
}

/// True if every `%` starts a byte and the bytes are UTF-8. (The usual parser replaces what is not.)
fn is_percent_encoded_utf8(encoded: &str) -> bool {
    let mut bytes = encoded.bytes();
    let mut decoded = Vec::with_capacity(encoded.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let digit =
            |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        let (Some(high), Some(low)) = (digit(bytes.next()), digit(bytes.next())) else { return false };
        decoded.push(high << 4 | low);
    }
    std::str::from_utf8(&decoded).is_ok()
}

/// A name longer than this in a reply is cut: it is the caller's own, but need not come back whole.
const MAX_NAME: usize = 120;

/// Turn serde's message into a sentence at a field. Serde repeats values; we keep what was expected.
fn wrong_shape(path: &serde_path_to_error::Path, message: &str) -> AppError {
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let expected =
        message.rsplit_once(", expected ").map(|(_, rest)| rest.split(" at line ").next().unwrap_or(rest));
    let at = path.to_string();
    let mut field = if at == "." { String::new() } else { at };
    let mut go_into = |name: &str| {
        if !field.is_empty() && field.rsplit(['.', '[']).next() != Some(name) {
            field.push('.');
            field.push_str(name);
        } else if field.is_empty() {
            field.push_str(name);
        }
    };
    let sentence = if message.starts_with("missing field") {
        go_into(quoted);
        "This is needed.".to_owned()
    } else if message.starts_with("unknown field") {
        go_into(quoted);
        "There is no such field.".to_owned()
    } else if message.starts_with("duplicate field") {
        go_into(quoted);
        "This is given twice.".to_owned()
    } else if message.starts_with("unknown variant") {
        one_of(message)
    } else if message.starts_with("invalid value: integer") || message.starts_with("number too ") {
        "This number is out of range.".to_owned()
    } else if let Some(expected) = expected {
        format!("This must be {}.", in_plain_words(expected))
    } else if message.starts_with("UUID parsing failed") {
        "This must be an id.".to_owned()
    } else if message.starts_with("invalid digit") || message.starts_with("cannot parse integer") {
        "This must be a whole number.".to_owned()
    } else if message.contains("float literal") || message.starts_with("cannot parse float") {
        "This must be a number.".to_owned()
    } else if message.starts_with("provided string was not") {
        "This must be true or false.".to_owned()
    } else {
        "This is not in the expected form.".to_owned()
    };
    if field.is_empty() {
        field.push_str("body");
    }
    if field.chars().count() > MAX_NAME {
        field = field.chars().take(MAX_NAME).collect();
    }
    let mut errors = FieldErrors::default();
    errors.add(&field, sentence);
    AppError::Problem(errors.into())
}

/// The choices of an enum, from serde's list of them; the unknown value stays out.
fn one_of(message: &str) -> String {
    let choices = message.rsplit_once(", expected ").map_or("", |(_, choices)| choices);
    let choices: Vec<&str> = choices.split('`').skip(1).step_by(2).collect();
    match choices.as_slice() {
        [] => "This is not one of the possible values.".to_owned(),
        [one] => format!("This must be {one}."),
        many => format!("Use one of: {}.", many.join(", ")),
    }
}

fn in_plain_words(expected: &str) -> &str {
    match expected {
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        "f32" | "f64" => "a number",
        "a string" | "string" | "str" => "text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        "string or map" => "one of the possible values",
        _ if expected.starts_with("struct ") => "an object",
        _ if expected.contains("UUID") => "an id",
        _ if expected.starts_with("tuple ") || expected.starts_with("an array") => "a list",
        _ if expected.contains("enum ") => "one of the possible values",
        _ if expected.contains(['`', ':']) => "in the expected form",
        _ => expected.strip_suffix(" string").unwrap_or(expected),
    }
}

// ------------------------------------------------------------------ their description in OpenAPI

const BODY_PROBLEMS: [StatusCode; 4] = [
    StatusCode::BAD_REQUEST,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    StatusCode::UNPROCESSABLE_ENTITY,
];

fn document_body<T: JsonSchema>(
    ctx: &mut GenContext,
    operation: &mut Operation,
    media_type: &str,
    required: bool,
) {
    let json_schema = ctx.schema.subschema_for::<T>();
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

impl<T: JsonSchema> OperationInput for Json<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        document_body::<T>(ctx, operation, "application/json", true);
    }
}

impl<T: JsonSchema> OperationInput for OptionalJson<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        document_body::<T>(ctx, operation, "application/json", false);
    }
}

impl<T: JsonSchema> OperationInput for Form<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        document_body::<T>(ctx, operation, "application/x-www-form-urlencoded", true);
    }
}

impl<T: JsonSchema> OperationInput for Query<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = ctx.schema.subschema_for::<T>();
        let parameters = parameters_from_schema(ctx, schema, ParamLocation::Query);
        add_parameters(ctx, operation, parameters);
        openapi::add_problem(operation, StatusCode::BAD_REQUEST);
        openapi::add_problem(operation, StatusCode::UNPROCESSABLE_ENTITY);
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

pub(super) fn parameter_data(
    name: &str,
    description: Option<&str>,
    required: bool,
    json_schema: Schema,
) -> ParameterData {
    ParameterData {
        name: name.to_owned(),
        description: description.map(str::to_owned),
        required,
        deprecated: None,
        format: ParameterSchemaOrContent::Schema(SchemaObject {
            json_schema,
            example: None,
            external_docs: None,
        }),
        example: None,
        examples: IndexMap::new(),
        explode: None,
        extensions: IndexMap::new(),
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
