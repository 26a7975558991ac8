//! A file as an answer.

use std::marker::PhantomData;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as ResponseDoc};
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};

use super::format::Format;
use crate::web::openapi::{add_problem, file};
use crate::web::{Outcome, StoredReply};

/// A file to be saved.
#[derive(Debug)]
pub(super) struct Download<F> {
    disposition: String,
    bytes: Vec<u8>,
    format: PhantomData<fn() -> F>,
}

impl<F> Download<F> {
    /// `name` is plain ASCII without quotes.
    pub(super) fn new(name: &str, bytes: Vec<u8>) -> Self {
        Self { disposition: format!("attachment; filename=\"{name}\""), bytes, format: PhantomData }
    }
}

impl<F: Format> IntoResponse for Download<F> {
    fn into_response(self) -> Response {
        let headers: [(HeaderName, String); 3] = [
            (CONTENT_TYPE, F::MIME.to_owned()),
            (CONTENT_DISPOSITION, self.disposition),
            (CACHE_CONTROL, "no-store".to_owned()),
        ];
        (headers, Body::from(self.bytes)).into_response()
    }
}

impl<F: Format> OperationOutput for Download<F> {
    type Inner = ();

    fn operation_response(_: &mut GenContext, _: &mut Operation) -> Option<ResponseDoc> {
        Some(file(F::MIME, "The file."))
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, ResponseDoc)> {
        add_problem(operation, StatusCode::UNPROCESSABLE_ENTITY);
        add_problem(operation, StatusCode::TOO_MANY_REQUESTS);
        add_problem(operation, StatusCode::SERVICE_UNAVAILABLE);
        Self::operation_response(ctx, operation).map(|doc| (Some(200), doc)).into_iter().collect()
    }
}

/// The export is on record; the file itself is made afterwards and never stored.
pub(super) struct Recorded;

impl IntoResponse for Recorded {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl Outcome for Recorded {
    fn stored(&self) -> Option<StoredReply> {
        None
    }
}
