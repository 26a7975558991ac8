//! One file, sent by a form or a program.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, RequestBody, SchemaObject};
use aide::operation::set_body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, Extension, FromRequest, Multipart, Request};
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt as _;
use indexmap::IndexMap;
use sha2::{Digest as _, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::kernel::{AppError, FieldErrors, Problem};
use crate::web::layers::{BodyLimit, body_limit};
use crate::web::openapi;

use super::body::{BODY_PROBLEMS, announced, content_type, unsupported};
use super::shape::MAX_NAME;

const MULTIPART: &str = "multipart/form-data";
/// Name of the part that holds the file.
const FILE: &str = "file";
const MEGABYTE: usize = 1024 * 1024;
/// What the names and boundaries around a file may take.
const WRAPPING: usize = 16 * 1024;

/// Megabytes of files that are in memory at the same time, being received or worked on.
const IN_MEMORY: usize = 64;
static MEMORY: Semaphore = Semaphore::const_new(IN_MEMORY);
/// How long a file waits for its place.
const PATIENCE: Duration = Duration::from_secs(5);
/// So much of a file that is too large is still read and dropped: a browser shows our words only if it could send all.
const DROPPED: usize = 48 * MEGABYTE;

/// Exactly one file, in the part `file` of a multipart form: its bytes as they came. Its name and its announced type say
/// nothing about what it is, so they are not even kept. The route has [`FileLimits`].
///
/// Reading takes its time: ask for it together with `Permitted`, which holds no connection meanwhile. The file counts
/// towards the memory for all files until it is dropped.
#[derive(Debug)]
pub struct Upload {
    pub bytes: Vec<u8>,
    _memory: SemaphorePermit<'static>,
}

/// Hash of the file's bytes, known once [`Upload`] has read them. The boundary around them is another one each time.
#[derive(Debug, Clone, Default)]
pub struct FileDigest(Arc<OnceLock<[u8; 32]>>);

impl FileDigest {
    #[must_use]
    pub fn get(&self) -> Option<[u8; 32]> {
        self.0.get().copied()
    }
}

/// Does the body say that it is a multipart form?
#[must_use]
pub fn is_multipart(headers: &HeaderMap) -> bool {
    content_type(headers) == MULTIPART
}

/// What a route lays over itself if it takes a file.
#[derive(Debug, Clone, Copy)]
pub struct FileLimits {
    pub bytes: usize,
    /// The file has to be here within this time. The request as a whole has 30 seconds.
    pub arrival: Duration,
}

/// Layers for one route; see [`FileLimits`].
pub type FileLayers = ((Extension<BodyLimit>, DefaultBodyLimit), Extension<FileLimits>);

impl FileLimits {
    pub fn layers(self) -> FileLayers {
        (body_limit(BodyLimit(self.bytes + WRAPPING)), Extension(self))
    }

    fn too_large(self) -> AppError {
        let detail = format!("The file has more than {} MB. Choose a smaller one.", self.bytes / MEGABYTE);
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail).at_field(FILE).into()
    }
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AppError> {
        if !is_multipart(request.headers()) {
            return Err(unsupported(MULTIPART));
        }
        let limits = request.extensions().get::<FileLimits>().copied();
        let limits =
            limits.ok_or_else(|| AppError::internal("a route takes a file and has no FileLimits"))?;
        let longest = limits.bytes + WRAPPING;
        let digest = request.extensions().get::<FileDigest>().cloned();
        let announced = announced(request.headers());
        tokio::time::timeout(limits.arrival, async {
            if announced.is_some_and(|bytes| bytes > longest) {
                drop_body(request, announced).await;
                return Err(limits.too_large());
            }
            let most = announced.unwrap_or(longest);
            let place = MEMORY.acquire_many(u32::try_from(most.div_ceil(MEGABYTE)).unwrap_or(u32::MAX));
            let memory = tokio::time::timeout(PATIENCE, place).await.map_err(|_| {
                Problem::unavailable(
                    "Many files are being sent at the moment. Try again in half a minute.",
                    30,
                )
            })?;
            let memory = memory.map_err(AppError::internal)?;
            let form = Multipart::from_request(request, state).await;
            let form = form.map_err(|_| Problem::bad_request("malformed_body", NOT_READABLE))?;
            let bytes = file_of(form, most, limits).await?;
            if bytes.len() > limits.bytes {
                return Err(limits.too_large());
            }
            if let Some(digest) = digest {
                let _ = digest.0.set(Sha256::digest(&bytes).into());
            }
            Ok(Self { bytes, _memory: memory })
        })
        .await
        .unwrap_or_else(|_| Err(too_slow()))
    }
}

const NOT_READABLE: &str = "The form with the file cannot be read.";

async fn file_of(mut form: Multipart, most: usize, limits: FileLimits) -> Result<Vec<u8>, AppError> {
    let broken = |error: MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => limits.too_large(),
        _ => Problem::bad_request("malformed_body", NOT_READABLE).into(),
    };
    let mut errors = FieldErrors::default();
    let mut file = None;
    while let Some(mut part) = form.next_field().await.map_err(broken)? {
        let is_file = part.name() == Some(FILE);
        // A file that a page's form offers to choose and nobody chose.
        let is_blank = is_file && part.file_name().is_some_and(str::is_empty);
        let is_text = part.file_name().is_none();
        if is_file && !is_blank && !is_text && file.is_none() {
            let mut bytes = Vec::with_capacity(most);
            while let Some(chunk) = part.chunk().await.map_err(broken)? {
                bytes.extend_from_slice(&chunk);
            }
            file = Some(bytes);
            continue;
        }
        let content = skip(&mut part).await.map_err(broken)?;
        match (is_file, is_text) {
            (true, false) if is_blank && content == 0 => {}
            (true, true) => errors.add(FILE, "This must be a file, not text."),
            (true, false) => errors.add(FILE, "Send one file only."),
            (false, _) => errors.add(&shown(part.name()), "There is no such field."),
        }
    }
    if file.is_none() && errors.is_empty() {
        errors.add(FILE, "Choose a file.");
    }
    errors.finish_with(file)
}

/// Read the part to its end; how many bytes it had.
async fn skip(part: &mut Field<'_>) -> Result<usize, MultipartError> {
    let mut bytes = 0;
    while let Some(chunk) = part.chunk().await? {
        bytes += chunk.len();
    }
    Ok(bytes)
}

/// A part's name as a refusal names it: the caller's own, but it need not come back whole.
fn shown(name: Option<&str>) -> String {
    name.filter(|name| !name.is_empty()).unwrap_or("body").chars().take(MAX_NAME).collect()
}

async fn drop_body(request: Request, announced: Option<usize>) {
    if announced.is_some_and(|bytes| bytes > DROPPED) {
        return;
    }
    let mut body = request.into_body().into_data_stream();
    let mut dropped = 0;
    while let Some(Ok(chunk)) = body.next().await {
        dropped += chunk.len();
        if dropped > DROPPED {
            return;
        }
    }
}

fn too_slow() -> AppError {
    let detail = "The file took too long to arrive. Try again with a better connection or a smaller file.";
    Problem::new(StatusCode::REQUEST_TIMEOUT, "too_slow", detail).at_field(FILE).into()
}

impl OperationInput for Upload {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let json_schema = schemars::json_schema!({
            "type": "object",
            "required": [FILE],
            "properties": {
                FILE: { "type": "string", "format": "binary", "contentMediaType": "application/octet-stream" },
            },
        });
        let content = MediaType {
            schema: Some(SchemaObject { json_schema, example: None, external_docs: None }),
            ..MediaType::default()
        };
        let body = RequestBody {
            content: IndexMap::from_iter([(MULTIPART.to_owned(), content)]),
            required: true,
            ..RequestBody::default()
        };
        set_body(ctx, operation, body);
        for status in BODY_PROBLEMS {
            openapi::add_problem(operation, status);
        }
        openapi::add_problem(operation, StatusCode::REQUEST_TIMEOUT);
        openapi::add_problem(operation, StatusCode::SERVICE_UNAVAILABLE);
    }
}
