//! A picture as an answer: never kept by a browser, never taken for anything but a JPEG.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as ResponseDoc, SchemaObject};
use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use indexmap::IndexMap;

const MIME: &str = "image/jpeg";

/// The bytes of a JPEG.
pub(super) struct Jpeg(pub Bytes);

impl IntoResponse for Jpeg {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_TYPE, MIME),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (CACHE_CONTROL, "private, no-store"),
            // The same for everybody: the name of a saved file tells nothing.
            (CONTENT_DISPOSITION, "inline; filename=\"patient.jpg\""),
        ];
        (headers, self.0).into_response()
    }
}

impl OperationOutput for Jpeg {
    type Inner = ();

    fn operation_response(_: &mut GenContext, _: &mut Operation) -> Option<ResponseDoc> {
        let json_schema =
            schemars::json_schema!({ "type": "string", "format": "binary", "contentMediaType": MIME });
        let schema = Some(SchemaObject { json_schema, example: None, external_docs: None });
        Some(ResponseDoc {
            description: "The picture.".to_owned(),
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
