//! Traces: one span for each request, sent to an OpenTelemetry collector if one is configured (feature `otel`).
//!
//! Nothing leaves but what [`span`] and [`ended`] list: the log's other spans and lines have another target.

use axum::http::Method;
use tracing::Span;
use tracing::field::{Empty, display};

/// Of the spans that are sent; nothing else has it, and the log leaves it out.
#[cfg(feature = "otel")]
const TARGET: &str = "hms_traces";

/// The span of a request; disabled, and so for nothing, if no collector is configured.
#[must_use]
pub fn span(method: &Method, route: &str, request_id: &str) -> Span {
    tracing::info_span!(
        target: "hms_traces",
        "request",
        otel.name = format_args!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = %method,
        http.route = route,
        http.response.status_code = Empty,
        hms.request_id = request_id,
        hms.tenant_id = Empty,
    )
}

/// The request was answered; `tenant` is the opaque id of the hospital that asked.
pub fn ended(span: &Span, status: u16, tenant: Option<uuid::Uuid>) {
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
    if let Some(tenant) = tenant {
        span.record("hms.tenant_id", display(tenant));
    }
}

#[cfg(feature = "otel")]
pub use with_otel::{Tracing, layer};
#[cfg(not(feature = "otel"))]
pub use without::{Tracing, layer};

/// Nothing is sent.
#[cfg(not(feature = "otel"))]
mod without {
    use crate::config::Config;

    #[derive(Debug)]
    pub struct Tracing;

    impl Tracing {
        pub fn stop(self) {}
    }

    pub fn layer(_: &Config) -> (Option<tracing_subscriber::layer::Identity>, Tracing) {
        (None, Tracing)
    }
}

#[cfg(feature = "otel")]
mod with_otel {
    use opentelemetry::KeyValue;
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use secrecy::ExposeSecret as _;
    use tracing::Subscriber;
    use tracing_subscriber::filter::filter_fn;
    use tracing_subscriber::layer::Layer;
    use tracing_subscriber::registry::LookupSpan;

    use crate::config::{Config, Traces};
    use crate::observe::collector::Collector;

    /// Sends traces until it is stopped.
    #[derive(Debug)]
    pub struct Tracing(Option<SdkTracerProvider>);

    impl Tracing {
        /// Send what is still here; waits for the collector, some seconds at most. Not on a thread of the runtime,
        /// which has to go on meanwhile.
        pub fn stop(self) {
            if let Some(provider) = self.0
                && provider.shutdown().is_err()
            {
                tracing::warn!("some traces did not reach the collector");
            }
        }
    }

    /// The layer that sends spans, if a collector is configured. One that is away costs nothing but its traces.
    pub fn layer<S>(config: &Config) -> (Option<Box<dyn Layer<S> + Send + Sync>>, Tracing)
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let Some(traces) = &config.observers.traces else { return (None, Tracing(None)) };
        let provider = match provider(traces) {
            Ok(provider) => provider,
            Err(error) => {
                eprintln!("hms: no traces are sent: {error}");
                return (None, Tracing(None));
            }
        };
        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("hms"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_filter(filter_fn(|meta| meta.target() == super::TARGET));
        (Some(layer.boxed()), Tracing(Some(provider)))
    }

    fn provider(traces: &Traces) -> anyhow::Result<SdkTracerProvider> {
        let headers = traces.headers.iter();
        let headers = headers.map(|(name, value)| (name.clone(), value.expose_secret().to_owned())).collect();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new()?)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(traces.endpoint.as_str())
            .with_headers(headers)
            .build()?;
        let service = Resource::builder()
            .with_service_name(traces.service.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(service).build())
    }
}
