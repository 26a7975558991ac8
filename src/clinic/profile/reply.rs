//! A logo as an answer: never kept by a browser, never taken for anything but a PNG.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as ResponseDoc, SchemaObject};
use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use indexmap::IndexMap;

const MIME: &str = "image/png";

/// The bytes of a PNG.
pub(super) struct Png(pub Bytes);

impl IntoResponse for Png {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_TYPE, MIME),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (CACHE_CONTROL, "private, no-store"),
            (CONTENT_DISPOSITION, "inline; filename=\"logo.png\""),
        ];
        (headers, self.0).into_response()
    }
}

impl OperationOutput for Png {
    type Inner = ();

    fn operation_response(_: &mut GenContext, _: &mut Operation) -> Option<ResponseDoc> {
        let json_schema =
            schemars::json_schema!({ "type": "string", "format": "binary", "contentMediaType": MIME });
        let schema = Some(SchemaObject { json_schema, example: None, external_docs: None });
        Some(ResponseDoc {
            description: "The logo.".to_owned(),
            content: IndexMap::from_iter([(MIME.to_owned(), MediaType { schema, ..MediaType::default() })]),
            ..ResponseDoc::default()
        })
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, ResponseDoc)> {
        Self::operation_response(ctx, operation).map(|doc| (Some(200), doc)).into_iter().collect()
    }
}
