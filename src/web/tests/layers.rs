//! The layers around every route: ids, headers, other sites, compression, the log.

use axum::Router;
use axum::routing::get;
use tower::ServiceExt;

use crate::web::layers;

use super::client::{assert_problem, fetch, request, send};

#[tokio::test]
async fn a_harmless_request_id_is_kept_and_any_other_is_replaced() {
    for (theirs, kept) in [
        ("abcDEF-12345", true),
        ("short", false),
        ("has spaces in it", false),
        ("semi;colon-123", false),
        (&*"x".repeat(65), false),
    ] {
        let answer = send(request("GET", "/api/v1/patients", &[("x-request-id", theirs)], "")).await;
        assert_eq!(answer.header("x-request-id") == theirs, kept, "{theirs}");
        assert!(answer.header("x-request-id").len() >= 8);
    }
}

#[tokio::test]
async fn security_headers_are_on_everything_and_a_reply_may_choose_its_own() {
    for uri in ["/api/v1/patients", "/nowhere", "/api/v1/panics", "/style.css"] {
        let answer = fetch(uri).await;
        assert_eq!(answer.header("content-security-policy"), layers::STRICT_CSP, "{uri}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
        let caching = if uri == "/style.css" { "max-age=9" } else { "no-store" };
        assert_eq!(answer.header("cache-control"), caching, "{uri}");
    }
    assert!(fetch("/redoc").await.header("content-security-policy").contains("worker-src blob:"));
}

#[tokio::test]
async fn other_sites_may_call_only_if_listed() {
    let preflight = |origin: &'static str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,idempotency-key"),
        ];
        send(request("OPTIONS", "/api/v1/patients", &headers, ""))
    };
    let listed = preflight("https://app.example.org").await;
    assert_eq!(listed.header("access-control-allow-origin"), "https://app.example.org");
    assert!(listed.header("access-control-allow-headers").contains("idempotency-key"));
    assert_eq!(preflight("https://evil.example").await.header("access-control-allow-origin"), "");

    let headers = [("origin", "https://app.example.org")];
    let refused = send(request("GET", "/api/v1/denied", &headers, "")).await;
    assert_problem(&refused, 401, "auth.unauthenticated");
    assert_eq!(refused.header("access-control-allow-origin"), "https://app.example.org");
    for name in ["etag", "x-total-count", "link", "retry-after", "x-request-id"] {
        assert!(refused.header("access-control-expose-headers").contains(name), "{name}");
    }
    for bad in ["app.example.org", "https://a.example/path", "null", ""] {
        assert!(layers::cors(&[bad.to_owned()]).is_err(), "{bad}");
    }
    assert!(layers::cors(&["http://localhost:3000/".to_owned()]).is_ok());
}

#[tokio::test]
async fn large_texts_are_compressed_and_event_streams_are_not() {
    let gzip = [("accept-encoding", "gzip, br")];
    let css = send(request("GET", "/style.css", &gzip, "")).await;
    assert_eq!(css.header("content-encoding"), "br");
    assert!(css.body.len() < 1000);
    assert_eq!(send(request("GET", "/api/v1/patients", &gzip, "")).await.header("content-encoding"), "");

    let events = Router::new()
        .route("/", get(async || ([("content-type", "text/event-stream")], "data: x\n\n".repeat(400))))
        .layer(layers::compression());
    let answer = events.oneshot(request("GET", "/", &gzip, "")).await.expect("infallible");
    assert!(!answer.headers().contains_key("content-encoding"));
}

/// Collects what is logged, as text.
#[derive(Clone, Default)]
struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("unpoisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_names_the_template_and_the_cause_but_no_path_query_or_value() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    // tracing caches "nobody listens" for all threads while only one subscriber is alive.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let guard = tracing::subscriber::set_default(subscriber);
    fetch("/api/v1/patients?search=Asha").await;
    fetch("/api/v1/patients/Asha").await;
    fetch("/api/v1/Asha?Asha=1").await;
    let request_id = fetch("/api/v1/db/23505").await.header("x-request-id").to_owned();
    drop(guard);
    let text = String::from_utf8(log.0.lock().expect("unpoisoned").clone()).expect("text");
    assert!(!text.contains("Asha"), "{text}");
    assert!(text.contains(r#"route="/api/v1/patients/{patient_id}""#), "{text}");
    assert!(text.contains(r#"route="-""#));
    assert!(text.contains("status=404") && text.contains("latency_ms="));
    let warning = text.lines().find(|line| line.contains("WARN")).expect("a warning");
    assert!(warning.contains(r#"constraint="patients_name""#) && warning.contains("23505"), "{warning}");
    assert!(warning.contains(&request_id));
    assert_eq!(text.lines().filter(|line| line.contains("23505")).count(), 1, "{text}");
}
