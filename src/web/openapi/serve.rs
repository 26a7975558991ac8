//! The description's addresses: the file itself and its two readers.

use aide::openapi::OpenApi;
use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use super::to_json;

/// `/openapi.json`, Swagger UI at `/docs`, ReDoc at `/redoc`. `asset` gives the public path of a
/// built asset (`web::assets::path`).
pub fn routes<S>(api: &OpenApi, asset: impl Fn(&'static str) -> String) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let json: &'static [u8] = to_json(api).into_bytes().leak();
    let digest = Sha256::digest(json);
    let tag: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let tag = HeaderValue::from_str(&format!("\"{tag}\"")).expect("hex digits are a header value");
    let swagger = reader(
        "/docs",
        &asset("mark.svg"),
        &[&asset("swagger-ui.css"), &asset("docs.css")],
        &[&asset("swagger-ui-bundle.js"), &asset("docs.js")],
    );
    let redoc = reader(
        "/redoc",
        &asset("mark.svg"),
        &[&asset("docs.css")],
        &[&asset("redoc.standalone.js"), &asset("docs.js")],
    );
    Router::new()
        .route("/openapi.json", get(async move |headers: HeaderMap| spec(&headers, json, tag)))
        .route("/docs", get(async move || page(swagger, DOCS_CSP)))
        .route("/redoc", get(async move || page(redoc, REDOC_CSP)))
}

fn spec(headers: &HeaderMap, json: &'static [u8], tag: HeaderValue) -> Response {
    let fresh = headers.get(IF_NONE_MATCH).and_then(|v| v.to_str().ok()).is_some_and(|known| {
        known.split(',').any(|known| known.trim().trim_start_matches("W/").as_bytes() == tag.as_bytes())
    });
    let caching = [(ETAG, tag), (CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    if fresh {
        (StatusCode::NOT_MODIFIED, caching).into_response()
    } else {
        (caching, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], json).into_response()
    }
}

const DOCS_CSP: &str = crate::web::layers::STRICT_CSP;

/// ReDoc adds two style elements: an empty one, whose rules it then writes by script, and one that is always the same
/// in a version of ReDoc. Both are allowed by their hashes, so that no other is. It searches in a worker made from a
/// blob. (A test in a browser hears of a style that is refused.)
const REDOC_CSP: &str = "default-src 'none'; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' \
    'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='; script-src 'self'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src blob:; \
    form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

fn page(html: String, csp: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(csp)),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, html).into_response()
}

/// The page of a reader, with the way to the others.
fn reader(address: &str, icon: &str, styles: &[&str], scripts: &[&str]) -> String {
    const READERS: [(&str, &str); 3] =
        [("/docs", "Swagger UI"), ("/redoc", "ReDoc"), ("/docs/errors", "Error codes")];
    let styles: String =
        styles.iter().map(|href| format!("<link rel=\"stylesheet\" href=\"{href}\">")).collect();
    let scripts: String = scripts.iter().map(|src| format!("<script src=\"{src}\"></script>")).collect();
    let links: String = READERS
        .iter()
        .map(|(href, name)| {
            let current = if *href == address { " aria-current=\"page\"" } else { "" };
            format!("<a href=\"{href}\"{current}>{name}</a>")
        })
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>API reference · HMS</title>\
         <link rel=\"icon\" href=\"{icon}\" type=\"image/svg+xml\">{styles}</head>\n<body>\
         <nav class=\"docs-bar\" aria-label=\"Main\"><a class=\"home\" href=\"/\">HMS</a>{links}</nav>\
         <div id=\"reader\" data-spec=\"/openapi.json\"></div>\
         <noscript>This page needs JavaScript. The description itself is at \
         <a href=\"/openapi.json\">/openapi.json</a>.</noscript>{scripts}</body>\n</html>\n"
    )
}
