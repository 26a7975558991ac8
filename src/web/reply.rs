//! What a handler answers with. Its body is made when it is made, that is, before COMMIT: it can be
//! stored beside the Idempotency-Key, and a view that cannot be written as JSON changes nothing.

use std::marker::PhantomData;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as ResponseDoc, SchemaObject};
use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LINK, LOCATION, SET_COOKIE, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;

use crate::kernel::{AppError, Problem};

use super::extract::Json;
use super::layers::HoldsSecret;

/// What a handler answers with: known before COMMIT, so that it can be stored with the Idempotency-Key.
pub trait Outcome: IntoResponse {
    /// What to store for a replay; `None` if the answer is not worth keeping (a page).
    fn stored(&self) -> Option<StoredReply>;
}

/// An answer as it is kept beside its Idempotency-Key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredReply {
    pub status: u16,
    pub content_type: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The answer held a secret: it was told once, body and headers are not kept.
    pub withheld: bool,
}

impl StoredReply {
    fn plain(status: StatusCode) -> Self {
        Self {
            status: status.as_u16(),
            content_type: String::new(),
            headers: Vec::new(),
            body: Vec::new(),
            withheld: false,
        }
    }

    fn withheld(status: StatusCode) -> Self {
        Self { withheld: true, ..Self::plain(status) }
    }
}

/// The same answer again, marked as such.
impl IntoResponse for StoredReply {
    fn into_response(self) -> Response {
        if self.withheld {
            return Problem::conflict(
                "idempotency.reply_withheld",
                "This was already done. The answer held a secret and is told only once.",
            )
            .into_response();
        }
        let Ok(status) = StatusCode::from_u16(self.status) else {
            return AppError::internal("a stored reply has no valid status").into_response();
        };
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.append(name, value);
            }
        }
        if let Ok(value) = HeaderValue::try_from(self.content_type)
            && !value.is_empty()
        {
            headers.insert(CONTENT_TYPE, value);
        }
        headers.insert(HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true"));
        response
    }
}

/// JSON with a status that OpenAPI knows, and headers. `Reply::new(view).etag(view_version)`.
#[must_use]
#[derive(Debug, Clone)]
pub struct Reply<T, const STATUS: u16 = 200> {
    body: Bytes,
    headers: HeaderMap,
    secret: bool,
    view: PhantomData<fn() -> T>,
}

/// 201, with `location`.
pub type Created<T> = Reply<T, 201>;
/// 202: it will happen.
pub type Accepted<T> = Reply<T, 202>;

impl<T: Serialize, const STATUS: u16> Reply<T, STATUS> {
    /// # Panics
    /// If the view cannot be written as JSON (a map whose keys are not text). The caller's
    /// transaction is still open then, and rolls back.
    pub fn new(view: T) -> Self {
        let body = serde_json::to_vec(&view).expect("a view is plain data, so it has a JSON form");
        Self { body: body.into(), headers: HeaderMap::new(), secret: false, view: PhantomData }
    }
}

impl<T, const STATUS: u16> Reply<T, STATUS> {
    /// The version of what is shown, for `If-Match`.
    pub fn etag(self, version: impl Into<i64>) -> Self {
        self.header(ETAG, &format!("\"{}\"", version.into()))
    }

    /// Where the new thing lives.
    pub fn location(self, path: &str) -> Self {
        self.header(LOCATION, path)
    }

    /// How many there are in all, for a bare array that shows only some.
    pub fn total(self, count: i64) -> Self {
        self.header(HeaderName::from_static("x-total-count"), &count.to_string())
    }

    /// Where the next or previous part of a list is: `.link("next", "/api/v1/…?page=2")`.
    pub fn link(self, relation: &str, path: &str) -> Self {
        self.header(LINK, &format!("<{path}>; rel=\"{relation}\""))
    }

    /// A header; a value that HTTP does not allow is left out.
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        match HeaderValue::from_str(value) {
            Ok(value) => {
                self.headers.append(name, value);
            }
            Err(_) => tracing::error!(header = name.as_str(), "a header was left out: not a header value"),
        }
        self
    }

    /// The body holds a token or password: told once, never stored, never compressed.
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        self
    }

    fn status() -> StatusCode {
        const { assert!(STATUS >= 200 && STATUS < 300, "a reply is a success") };
        StatusCode::from_u16(STATUS).unwrap_or(StatusCode::OK)
    }
}

impl<T, const STATUS: u16> IntoResponse for Reply<T, STATUS> {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = Self::status();
        *response.headers_mut() = self.headers;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.secret {
            response.extensions_mut().insert(HoldsSecret);
        }
        response
    }
}

impl<T, const STATUS: u16> Outcome for Reply<T, STATUS> {
    fn stored(&self) -> Option<StoredReply> {
        if self.secret || self.headers.contains_key(SET_COOKIE) {
            return Some(StoredReply::withheld(Self::status()));
        }
        Some(StoredReply {
            content_type: "application/json".to_owned(),
            headers: texts(&self.headers),
            body: self.body.to_vec(),
            ..StoredReply::plain(Self::status())
        })
    }
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
            }
            Err(e) => AppError::internal(format_args!("a reply has no JSON form: {e}")).into_response(),
        }
    }
}

/// Made twice if it is stored; a POST that is replayed often is better answered by a [`Reply`].
impl<T: Serialize> Outcome for Json<T> {
    fn stored(&self) -> Option<StoredReply> {
        Some(StoredReply {
            content_type: "application/json".to_owned(),
            body: serde_json::to_vec(&self.0).ok()?,
            ..StoredReply::plain(StatusCode::OK)
        })
    }
}

/// 204: done, nothing to say.
#[derive(Debug, Clone, Copy)]
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl Outcome for NoContent {
    fn stored(&self) -> Option<StoredReply> {
        Some(StoredReply::plain(StatusCode::NO_CONTENT))
    }
}

// ------------------------------------------------------------------------------------ pages

/// A page, 200.
#[derive(Debug)]
pub struct Page<T>(pub T);

/// A page with another status: a form with errors is a 422.
#[derive(Debug)]
pub struct PageWithStatus<T>(pub StatusCode, pub T);

impl<T: askama::Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        PageWithStatus(StatusCode::OK, self.0).into_response()
    }
}

impl<T: askama::Template> IntoResponse for PageWithStatus<T> {
    fn into_response(self) -> Response {
        match self.1.render() {
            Ok(html) => (
                self.0,
                [
                    (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
                    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
                    (VARY, HeaderValue::from_static("HX-Request")),
                ],
                html,
            )
                .into_response(),
            Err(e) => AppError::internal(format_args!("a page could not be rendered: {e}")).into_response(),
        }
    }
}

/// Pages are shown again by asking again.
impl<T: askama::Template> Outcome for Page<T> {
    fn stored(&self) -> Option<StoredReply> {
        None
    }
}

impl<T: askama::Template> Outcome for PageWithStatus<T> {
    fn stored(&self) -> Option<StoredReply> {
        None
    }
}

/// 303 to a path of ours, after a form was done. Anything else becomes `/`, so that a `next`
/// parameter can be handed over as it came.
#[derive(Debug, Clone)]
pub struct SeeOther(pub String);

impl SeeOther {
    fn target(&self) -> &str {
        if Self::is_ours(&self.0) { &self.0 } else { "/" }
    }

    /// Is this a path of ours? Anything else would send people to a stranger's page.
    #[must_use]
    pub fn is_ours(path: &str) -> bool {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains('\\')
            && path.bytes().all(|b| b.is_ascii_graphic())
    }
}

impl IntoResponse for SeeOther {
    fn into_response(self) -> Response {
        let location = HeaderValue::from_str(self.target()).unwrap_or(HeaderValue::from_static("/"));
        (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
    }
}

impl Outcome for SeeOther {
    fn stored(&self) -> Option<StoredReply> {
        Some(StoredReply {
            headers: vec![(LOCATION.as_str().to_owned(), self.target().to_owned())],
            ..StoredReply::plain(StatusCode::SEE_OTHER)
        })
    }
}

// ------------------------------------------------------------------ their description in OpenAPI

fn json_of<T: JsonSchema>(ctx: &mut GenContext, status: u16) -> ResponseDoc {
    let json_schema = ctx.schema.subschema_for::<T>();
    let described = ctx
        .resolve_schema(&json_schema)
        .get("description")
        .and_then(|d| d.as_str())
        .and_then(|d| d.lines().next())
        .map(str::to_owned);
    let content = MediaType {
        schema: Some(SchemaObject { json_schema, example: None, external_docs: None }),
        ..MediaType::default()
    };
    ResponseDoc {
        description: described.unwrap_or_else(|| match status {
            201 => "Created.".to_owned(),
            202 => "Accepted.".to_owned(),
            _ => "Done.".to_owned(),
        }),
        content: IndexMap::from_iter([("application/json".to_owned(), content)]),
        ..ResponseDoc::default()
    }
}

macro_rules! documented_json {
    ($([$($generics:tt)*] $type:ty => $status:expr;)+) => {$(
        impl<$($generics)*> OperationOutput for $type {
            type Inner = T;

            fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<ResponseDoc> {
                Some(json_of::<T>(ctx, $status))
            }

            fn inferred_responses(
                ctx: &mut GenContext,
                _: &mut Operation,
            ) -> Vec<(Option<u16>, ResponseDoc)> {
                vec![(Some($status), json_of::<T>(ctx, $status))]
            }
        }
    )+};
}

documented_json! {
    [T: JsonSchema] Json<T> => 200;
    [T: JsonSchema, const STATUS: u16] Reply<T, STATUS> => STATUS;
}

impl OperationOutput for NoContent {
    type Inner = ();

    fn operation_response(_: &mut GenContext, _: &mut Operation) -> Option<ResponseDoc> {
        Some(ResponseDoc { description: "Done.".to_owned(), ..ResponseDoc::default() })
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, ResponseDoc)> {
        Self::operation_response(ctx, operation).map(|doc| (Some(204), doc)).into_iter().collect()
    }
}

// Pages have no schema: their description says only who may open them.
impl<T> OperationOutput for Page<T> {
    type Inner = ();
}
impl<T> OperationOutput for PageWithStatus<T> {
    type Inner = ();
}
impl OperationOutput for SeeOther {
    type Inner = ();
}
