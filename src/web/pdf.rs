//! A PDF file as an answer: opened in the browser, never kept by it.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as ResponseDoc};
use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};

use super::openapi::{add_problem, file};

const MIME: &str = "application/pdf";

/// The bytes of a PDF file.
#[derive(Debug)]
pub struct PdfFile {
    name: &'static str,
    bytes: Vec<u8>,
}

impl PdfFile {
    /// `name` is the same for everybody, so that the name of a saved file tells nothing.
    #[must_use]
    pub fn new(name: &'static str, bytes: Vec<u8>) -> Self {
        Self { name, bytes }
    }
}

impl IntoResponse for PdfFile {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_TYPE, MIME.to_owned()),
            (CONTENT_DISPOSITION, format!("inline; filename=\"{}\"", self.name)),
            (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
            (CACHE_CONTROL, "private, no-store".to_owned()),
        ];
        (headers, Body::from(self.bytes)).into_response()
    }
}

impl OperationOutput for PdfFile {
    type Inner = ();

    fn operation_response(_: &mut GenContext, _: &mut Operation) -> Option<ResponseDoc> {
        Some(file(MIME, "The paper."))
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, ResponseDoc)> {
        add_problem(operation, StatusCode::SERVICE_UNAVAILABLE);
        Self::operation_response(ctx, operation).map(|doc| (Some(200), doc)).into_iter().collect()
    }
}
