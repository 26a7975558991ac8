//! An image as an answer: never kept by a browser, never taken for anything but what it is.
//!
//! What it shows is a type, so that the API's description knows it: `struct Logo;`, an [`ImageKind`], and
//! `Result<Image<Logo>, AppError>`.

use std::marker::PhantomData;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as ResponseDoc, SchemaObject};
use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use indexmap::IndexMap;

/// What an image shows, and as what.
pub trait ImageKind: Send + 'static {
    /// `image/jpeg`
    const MIME: &'static str;
    /// `inline; filename="patient.jpg"`: the same for everybody, so that the name of a saved file tells nothing.
    const SAVED_AS: &'static str;
    /// `The picture.`
    const ABOUT: &'static str;
}

/// The bytes of an image.
#[derive(Debug, Clone)]
pub struct Image<K> {
    bytes: Bytes,
    kind: PhantomData<fn() -> K>,
}

impl<K: ImageKind> Image<K> {
    #[must_use]
    pub fn new(bytes: Bytes) -> Self {
        Self { bytes, kind: PhantomData }
    }
}

impl<K: ImageKind> IntoResponse for Image<K> {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_TYPE, K::MIME),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (CACHE_CONTROL, "private, no-store"),
            (CONTENT_DISPOSITION, K::SAVED_AS),
        ];
        (headers, self.bytes).into_response()
    }
}

impl<K: ImageKind> OperationOutput for Image<K> {
    type Inner = ();

    fn operation_response(_: &mut GenContext, _: &mut Operation) -> Option<ResponseDoc> {
        let json_schema =
            schemars::json_schema!({ "type": "string", "format": "binary", "contentMediaType": K::MIME });
        let schema = Some(SchemaObject { json_schema, example: None, external_docs: None });
        Some(ResponseDoc {
            description: K::ABOUT.to_owned(),
            content: IndexMap::from_iter([(
                K::MIME.to_owned(),
                MediaType { schema, ..MediaType::default() },
            )]),
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
