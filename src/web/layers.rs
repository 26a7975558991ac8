//! The layers around every route, outermost first:
//! request id, trace, security headers, CORS, compression, error pages, problems, timeout, body
//! limit, panics. Rate limits, CSRF and sessions belong to other houses and go inside these.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Extension, MatchedPath, Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, COOKIE, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use futures_util::FutureExt;
use tracing::Instrument;
use tracing::field::{Empty, display};

use crate::kernel::ids::TenantId;
use crate::kernel::{AppError, Problem, ids};
use crate::observe::{metrics, traces};

mod headers;

pub use headers::{HoldsSecret, STRICT_CSP, compression, cors, security_headers};

use super::problem::{self, Cause};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const HX_REQUEST: HeaderName = HeaderName::from_static("hx-request");

/// Most bytes that are read of a body. Laid over a route, it replaces the limit of the house.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit(pub usize);

impl Default for BodyLimit {
    fn default() -> Self {
        Self(2 * 1024 * 1024)
    }
}

/// Turns a refusal into a page.
pub type RenderProblem = Arc<dyn Fn(&Problem, &RequestInfo) -> Html<String> + Send + Sync>;

/// What the layers need to know.
#[derive(Clone)]
pub struct Settings {
    /// Origins of other sites that may call the API, for example `https://app.example.org`; `*` for any.
    pub origins: Vec<String>,
    /// Served over https: browsers are told to stay there.
    pub https: bool,
    pub timeout: Duration,
    pub body_limit: BodyLimit,
    /// How a browser sees a problem; without it, it sees JSON.
    pub render: Option<RenderProblem>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            https: false,
            timeout: Duration::from_secs(30),
            body_limit: BodyLimit::default(),
            render: None,
        }
    }
}

/// An entry of `BACKEND_CORS_ORIGINS` is not `scheme://host[:port]`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an origin like https://app.example.org")]
pub struct BadOrigin(pub String);

/// Answer unknown paths and methods with problems. Before any layer, so that all of them are around these answers too.
pub fn refuse_unknown<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.fallback(not_found).method_not_allowed_fallback(method_not_allowed)
}

/// All layers in their order.
///
/// # Errors
/// [`BadOrigin`]
pub fn wrap(router: Router, settings: &Settings) -> Result<Router, BadOrigin> {
    let wrapped = router
        .layer(from_fn(catch_panic))
        .layer(body_limit(settings.body_limit))
        .layer(from_fn_with_state(settings.timeout, timeout))
        .layer(from_fn(finish_problems));
    let wrapped = match &settings.render {
        Some(render) => wrapped.layer(from_fn_with_state(Arc::clone(render), render_errors)),
        None => wrapped,
    };
    Ok(wrapped
        .layer(compression())
        .layer(cors(&settings.origins)?)
        .layer(from_fn_with_state(settings.https, security_headers))
        .layer(from_fn(trace))
        .layer(from_fn(request_id)))
}

// ---------------------------------------------------------------------------------- request id

/// Names one request in logs, replies and audit rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The caller's own id if it is harmless (8 to 64 letters, digits, hyphens), else a new one.
    fn of(headers: &HeaderMap) -> Self {
        let theirs = headers.get(X_REQUEST_ID).and_then(|v| v.to_str().ok()).filter(|id| {
            (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
        Self(theirs.map_or_else(|| ids::new_uuid().to_string().into(), Into::into))
    }
}

/// Give the request its id (extension [`RequestId`]) and the reply the same one.
pub async fn request_id(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    let header = HeaderValue::from_str(id.as_str()).ok();
    request.extensions_mut().insert(id);
    let mut response = next.run(request).await;
    if let Some(header) = header {
        response.headers_mut().insert(X_REQUEST_ID, header);
    }
    response
}

/// On a reply: the hospital that asked, once it is known.
#[derive(Debug, Clone, Copy)]
pub struct OfTenant(pub TenantId);

/// One span, one line and one count per request. The route is the template: paths and queries hold ids and names.
pub async fn trace(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("-", MatchedPath::as_str);
    let id = request.extensions().get::<RequestId>().map_or("-", RequestId::as_str);
    // The gate records the hospital as soon as it knows.
    let span = tracing::info_span!("request", %method, route, request_id = id, tenant = Empty);
    let sent = traces::span(&method, route, id);
    async {
        let _running = metrics::Running::begin();
        let started = Instant::now();
        let response = next.run(request).await;
        let (status, took) = (response.status().as_u16(), started.elapsed());
        let tenant = response.extensions().get::<OfTenant>().map(|of| of.0.0);
        let latency_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        // Nothing new since the page asked last, which it does all the time.
        if method == Method::GET && status == StatusCode::NO_CONTENT.as_u16() {
            tracing::debug!(status, latency_ms, "answered");
        } else {
            tracing::info!(status, latency_ms, "answered");
        }
        metrics::answered(&method, route, status, took);
        traces::ended(&sent, status, tenant);
        response
    }
    .instrument(span)
    .await
}

/// Name the hospital in every later line of this request.
pub fn note_tenant(tenant: TenantId) {
    tracing::Span::current().record("tenant", display(tenant.0));
}

// ---------------------------------------------------------------------------- what can go wrong

/// Stop a request that takes too long. The time a stream takes after its first byte is its own.
pub async fn timeout(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let mut problem = Problem::unavailable("This took too long and was stopped. Try again.", 2);
            problem.code = "timeout";
            problem.into_response()
        }
    }
}

/// Limit for our extractors and for axum's (multipart, bytes); may be laid over one route too.
pub fn body_limit(limit: BodyLimit) -> (Extension<BodyLimit>, DefaultBodyLimit) {
    (Extension(limit), DefaultBodyLimit::max(limit.0))
}

/// A panic is a fault of ours: 500, and the transaction of the request is gone with it.
pub async fn catch_panic(request: Request, next: Next) -> Response {
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => {
            AppError::internal("a handler panicked; the line before this one says where").into_response()
        }
    }
}

/// Log panics as one event with their place. A message that was put together at run time may hold
/// somebody's data, so only fixed texts are shown. Call once, in `main`.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "-".to_owned(), ToString::to_string);
        let payload: &(dyn Any + Send) = panic.payload();
        let said = payload.downcast_ref::<&str>().copied().unwrap_or("(withheld)");
        tracing::error!(place, said, "panic");
    }));
}

async fn not_found() -> Problem {
    Problem::not_found("What you asked for")
}

async fn method_not_allowed() -> Problem {
    of_status(StatusCode::METHOD_NOT_ALLOWED)
}

/// A sentence for refusals that a library wrote as plain text, or not at all.
fn of_status(status: StatusCode) -> Problem {
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => return Problem::not_found("What you asked for"),
        StatusCode::METHOD_NOT_ALLOWED => ("method_not_allowed", "This cannot be done here."),
        StatusCode::PAYLOAD_TOO_LARGE => ("body_too_large", "The request is too large."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            ("unsupported_media_type", "The body is not of a type that is read here.")
        }
        StatusCode::UPGRADE_REQUIRED => ("upgrade_required", "Connect with a WebSocket here."),
        _ if status.is_client_error() => ("bad_request", "The request is not understood."),
        StatusCode::SERVICE_UNAVAILABLE => {
            return Problem::unavailable("The service is not available for a moment. Try again shortly.", 2);
        }
        _ => ("internal", "Something went wrong on our side; nothing was changed."),
    };
    Problem::new(status, code, detail)
}

/// Log the cause of a failure, once, and complete the problem with the request's id.
pub async fn finish_problems(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let id = id.as_ref().map(RequestId::as_str);
    let mut response = next.run(request).await;
    if let Some(cause) = response.extensions_mut().remove::<Cause>() {
        cause.log(id, response.status());
    } else if response.status().is_server_error() && response.extensions().get::<Problem>().is_none() {
        Cause::Internal("an answer without a problem".to_owned()).log(id, response.status());
    }
    if is_bare_refusal(&response) {
        let problem = of_status(response.status());
        response.extensions_mut().insert(problem);
    }
    if let Some(problem) = response.extensions().get::<Problem>() {
        let json = problem.to_json(id);
        problem::set_body(&mut response, problem::PROBLEM_JSON, json);
    }
    response
}

/// Refused by a library: no problem, and no body but plain text.
fn is_bare_refusal(response: &Response) -> bool {
    let status = response.status();
    (status.is_client_error() || status.is_server_error())
        && response.extensions().get::<Problem>().is_none()
        && response.headers().get(CONTENT_TYPE).is_none_or(|v| v.as_bytes().starts_with(b"text/plain"))
}

/// What an error page may know about the request it answers.
#[derive(Debug, Clone)]
pub struct RequestInfo {
    pub request_id: String,
    pub method: Method,
    /// The path without its query, for "sign in and come back". Never log it.
    pub path: String,
    /// Asked by htmx: answer with a block instead of a page.
    pub htmx: bool,
    /// Of the headers, those with cookies. Never log them.
    pub cookies: HeaderMap,
}

/// Show problems to browsers as pages; status and headers stay. A browser is who asks for HTML, or
/// for htmx, outside of `/api`.
pub async fn render_errors(State(render): State<RenderProblem>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let htmx = headers.get(HX_REQUEST).is_some_and(|v| v == "true");
    let accepts_html = headers
        .get_all(ACCEPT)
        .iter()
        .any(|v| v.to_str().is_ok_and(|v| v.to_ascii_lowercase().contains("text/html")));
    let path = request.uri().path();
    if path.starts_with("/api/") {
        return next.run(request).await;
    }
    let info = (accepts_html || htmx).then(|| RequestInfo {
        request_id: request.extensions().get::<RequestId>().map_or("-", RequestId::as_str).to_owned(),
        method: request.method().clone(),
        path: path.to_owned(),
        htmx,
        cookies: headers.get_all(COOKIE).iter().map(|cookie| (COOKIE, cookie.clone())).collect(),
    });
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions().get::<Problem>() else { return response };
    // What htmx was refused for want of a session is shown nowhere: the script reads why.
    if let Some(info) = info.filter(|info| !(info.htmx && problem.status == StatusCode::UNAUTHORIZED)) {
        let Html(page) = render(problem, &info);
        problem::set_body(&mut response, "text/html; charset=utf-8", page.into_bytes());
    }
    response.headers_mut().append(VARY, HeaderValue::from_static("Accept, HX-Request"));
    response
}
