//! What goes onto every reply, and how it is packed.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_MATCH, IF_NONE_MATCH, LINK, LOCATION, REFERRER_POLICY, RETRY_AFTER, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{BadOrigin, X_REQUEST_ID};

/// No inline script or style, nothing from elsewhere (`data:` is for Tabler's own icons).
pub const STRICT_CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// The strict defaults; a reply that set one of these itself keeps it.
pub async fn security_headers(State(https): State<bool>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut default = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    default(CONTENT_SECURITY_POLICY, STRICT_CSP);
    default(X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Not `no-referrer`: browsers then send `Origin: null` with a form, and the CSRF check refuses it.
    default(REFERRER_POLICY, "same-origin");
    default(
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    );
    default(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    default(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    default(CACHE_CONTROL, "no-store");
    if https {
        default(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

/// Other sites that may call the API with a bearer token. Cookies are never shared.
///
/// # Errors
/// [`BadOrigin`]
pub fn cors(origins: &[String]) -> Result<CorsLayer, BadOrigin> {
    let allowed = if origins.iter().any(|o| o == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().map(|o| origin(o)).collect::<Result<Vec<_>, _>>()?)
    };
    Ok(CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            ACCEPT,
            AUTHORIZATION,
            CONTENT_TYPE,
            IF_MATCH,
            IF_NONE_MATCH,
            HeaderName::from_static("idempotency-key"),
            X_REQUEST_ID,
        ])
        .expose_headers([
            ETAG,
            LINK,
            LOCATION,
            RETRY_AFTER,
            CONTENT_DISPOSITION,
            HeaderName::from_static("x-total-count"),
            HeaderName::from_static("idempotency-replayed"),
            HeaderName::from_static("ratelimit"),
            HeaderName::from_static("ratelimit-policy"),
            X_REQUEST_ID,
        ])
        .max_age(Duration::from_secs(600)))
}

fn origin(text: &str) -> Result<HeaderValue, BadOrigin> {
    let bad = || BadOrigin(text.to_owned());
    let url = url::Url::parse(text).map_err(|_| bad())?;
    let origin = url.origin();
    if !origin.is_tuple() || !matches!(url.path(), "" | "/") {
        return Err(bad());
    }
    HeaderValue::from_str(&origin.ascii_serialization()).map_err(|_| bad())
}

/// On a reply that holds a secret of ours: it is not compressed. The length of a compressed reply tells whether what
/// the sender put into it occurs in it a second time (BREACH), and so, byte by byte, the secret.
#[derive(Debug, Clone, Copy)]
pub struct HoldsSecret;

/// gzip or brotli, except for what is compressed already, tiny, a stream of events, or holds a secret.
#[must_use]
pub fn compression() -> CompressionLayer<impl Predicate> {
    let predicate = SizeAbove::new(512)
        .and(NotForContentType::SSE)
        .and(NotForContentType::const_new("image/png"))
        .and(NotForContentType::const_new("image/jpeg"))
        .and(NotForContentType::const_new("font/"))
        .and(NotForContentType::const_new("application/pdf"))
        .and(NotForContentType::const_new("application/zip"))
        .and(NotForContentType::const_new("application/vnd.openxmlformats"))
        .and(holds_no_secret);
    CompressionLayer::new().compress_when(predicate)
}

fn holds_no_secret(_: StatusCode, _: Version, headers: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<HoldsSecret>().is_none() && !headers.contains_key(SET_COOKIE)
}
