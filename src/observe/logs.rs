//! The log: one line for each request and for each event that an operator should know.
//!
//! Invariant: whatever LOG_LEVEL says, only HMS itself speaks below `warn`. Drivers and frameworks print statements,
//! parameters, payloads and bodies there, and those hold names.

use std::io::IsTerminal as _;

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::traces::{self, Tracing};
use crate::config::{Config, LogFormat};

/// Log to standard error (results go to standard output), and send traces if a collector is configured. Call it inside
/// the runtime, and keep what it returns until the end.
pub fn install(config: &Config) -> Tracing {
    let (spans, tracing) = traces::layer(config);
    let log = match config.log_format {
        LogFormat::Json => json(std::io::stderr).boxed(),
        LogFormat::Pretty => {
            let colours = std::io::stderr().is_terminal();
            let layer = tracing_subscriber::fmt::layer().with_ansi(colours).with_target(false);
            layer.with_writer(std::io::stderr).boxed()
        }
    };
    let log = log.with_filter(level(&config.log_level)).with_filter(filter_fn(speaks));
    if tracing_subscriber::registry().with(spans).with(log).try_init().is_err() {
        eprintln!("hms: another logger is installed already");
    }
    tracing
}

/// Lines of JSON: `fields` of the event, `span` of its request.
pub fn json<S, W>(writer: W) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> tracing_subscriber::fmt::MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer().json().with_span_list(false).with_writer(writer)
}

/// The filter of LOG_LEVEL.
#[must_use]
pub fn level(text: &str) -> EnvFilter {
    EnvFilter::try_new(text).unwrap_or_else(|_| EnvFilter::default().add_directive(LevelFilter::INFO.into()))
}

/// May this be logged at all?
#[must_use]
pub fn speaks(event: &Metadata<'_>) -> bool {
    let target = event.target();
    if target == "hms" || target.starts_with("hms::") {
        return true;
    }
    // hyper warns of each idle connection that it closes.
    let loudest = if target.starts_with("hyper") { Level::ERROR } else { Level::WARN };
    *event.level() <= loudest
}
