//! Where HMS meets the network: how long and how often anybody may ask, and who looks on from outside.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::read::Reader;

/// Shorter ones can be guessed in the time that a server runs.
const MIN_TOKEN_BYTES: usize = 16;

/// Limits of time and number.
#[derive(Debug, Clone)]
pub struct Edges {
    /// Requests a minute of one client address; none: unlimited.
    pub per_address: Option<u32>,
    /// Requests a minute of one signed-in person; none: unlimited.
    pub per_user: Option<u32>,
    /// From a request's head to the first byte of its answer.
    pub request_timeout: Duration,
    /// From a connection's begin to the end of its first request's head.
    pub header_timeout: Duration,
    /// Between two requests of a connection, the second one's head included.
    pub keep_alive: Duration,
}

/// Who looks on from outside.
#[derive(Debug, Clone)]
pub struct Observers {
    /// Opens `/metrics`; without it, only this machine may read them.
    pub metrics_token: Option<SecretString>,
    pub traces: Option<Traces>,
}

/// Where traces go.
#[derive(Debug, Clone)]
pub struct Traces {
    /// The collector's address of traces, `…/v1/traces`.
    pub endpoint: Url,
    /// `name=value` each, for the collector.
    pub headers: Vec<(String, SecretString)>,
    pub service: String,
}

pub(super) fn edges(r: &mut Reader<'_>) -> Edges {
    let seconds = |r: &mut Reader<'_>, name, max| Duration::from_secs(r.number(name, 1, max));
    let limit = |n: u32| (n > 0).then_some(n);
    Edges {
        per_address: limit(r.number("RATE_LIMIT_PER_ADDRESS", 0, 10_000_000)),
        per_user: limit(r.number("RATE_LIMIT_PER_USER", 0, 10_000_000)),
        request_timeout: seconds(r, "REQUEST_TIMEOUT_SECONDS", 600),
        header_timeout: seconds(r, "HEADER_TIMEOUT_SECONDS", 300),
        keep_alive: seconds(r, "KEEP_ALIVE_SECONDS", 3600),
    }
}

pub(super) fn observers(r: &mut Reader<'_>) -> Observers {
    let allowed = format!("at least {MIN_TOKEN_BYTES} plain characters without spaces");
    let metrics_token = r.parsed("METRICS_TOKEN", &allowed, |text| {
        let text = text.trim();
        (text.len() >= MIN_TOKEN_BYTES && text.bytes().all(|b| b.is_ascii_graphic()))
            .then(|| SecretString::from(text))
    });
    Observers { metrics_token, traces: traces(r) }
}

fn traces(r: &mut Reader<'_>) -> Option<Traces> {
    let allowed = "the http:// or https:// address of a collector, for example http://localhost:4318";
    let endpoint = r.parsed("OTEL_EXPORTER_OTLP_ENDPOINT", allowed, |text| {
        let base = text.trim_end_matches('/');
        Url::parse(&format!("{base}/v1/traces"))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none())
    });
    let headers = r.parsed("OTEL_EXPORTER_OTLP_HEADERS", "name=value, comma between them", |text| {
        let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
        pairs.map(|pair| pair.split_once('=').and_then(|(name, value)| header(name, value))).collect()
    });
    let service = r.string("OTEL_SERVICE_NAME").unwrap_or_default();
    endpoint.map(|endpoint| Traces { endpoint, headers: headers.unwrap_or_default(), service })
}

/// A header that can be sent.
fn header(name: &str, value: &str) -> Option<(String, SecretString)> {
    let name = axum::http::HeaderName::try_from(name.trim()).ok()?;
    let value = SecretString::from(value.trim());
    axum::http::HeaderValue::try_from(value.expose_secret()).ok()?;
    Some((name.as_str().to_owned(), value))
}
