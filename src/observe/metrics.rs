//! The numbers of `/metrics`: every name, every label, and when it counts.
//!
//! One recorder for the process; what is counted before it is installed is lost. Gauges are set when somebody looks
//! (`server/metrics.rs`).

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::Method;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Seconds. One scale for all: from a statement that was ready to a request that was stopped.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// Begin to count; once for the process.
pub fn install() {
    RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).expect("there are buckets");
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::error!("somebody else counts already: /metrics stays empty");
        }
        describe();
        handle
    });
}

/// Everything that was counted, as Prometheus reads it.
#[must_use]
pub fn render() -> String {
    RECORDER.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// Put samples into their buckets. Without it (every few seconds), those that nobody fetches pile up.
pub fn tidy() {
    if let Some(handle) = RECORDER.get() {
        handle.run_upkeep();
    }
}

fn describe() {
    describe_counter!("hms_http_requests_total", "Requests by route template and class of status");
    describe_gauge!("hms_http_requests_running", "Requests that are not answered yet, this one included");
    describe_histogram!(
        "hms_http_request_duration_seconds",
        Unit::Seconds,
        "Time to the first byte of an answer"
    );
    describe_counter!("hms_connections_refused_total", "Network connections closed by us, by reason");
    describe_counter!("hms_braked_total", "Attempts answered with 429, by limit");
    describe_histogram!("hms_lane_wait_seconds", Unit::Seconds, "Waiting for a database connection");
    describe_counter!("hms_lane_refused_total", "Requests that got no database connection");
    describe_gauge!("hms_lane_depth", "Requests that hold or wait for the connection of a lane");
    describe_gauge!("hms_lane_connected", "1 if the lane's connection is open");
    describe_gauge!("hms_lane_statements", "Prepared statements that the lane's connection keeps");
    describe_gauge!("hms_tenants_open", "Hospitals whose plans some connection keeps");
    describe_counter!("hms_statement_cache_total", "Prepared statements: hit, miss, evicted");
    describe_counter!("hms_db_connections_closed_total", "Database connections closed by us, by reason");
    describe_gauge!("hms_db_up", "1 if the database answered while this was read");
    describe_gauge!("hms_registry_live", "1 if changes on other instances are heard");
    describe_gauge!("hms_sessions_cached", "Sessions in the registry's cache");
    describe_gauge!("hms_schemas", "Schemas in store or behind, by state");
    describe_counter!("hms_jobs_total", "Jobs that ended on this instance, by task and outcome");
    describe_gauge!("hms_jobs", "Jobs in the queue: waiting, or failed for good");
    describe_counter!("hms_mails_total", "Mails that left this instance or did not, by outcome");
    describe_gauge!("hms_mails", "Mails in the outbox: waiting, or failed for good");
    describe_counter!("hms_trace_batches_total", "Batches of traces for the collector, by outcome");
    describe_gauge!("hms_passwords", "Password hashes: waiting for their turn, or running");
    describe_histogram!(
        "hms_password_wait_seconds",
        Unit::Seconds,
        "Waiting for the turn of a password hash"
    );
    describe_gauge!("hms_build_info", "1, with the version of this HMS");
    describe_gauge!("process_resident_memory_bytes", "Memory of this process");
}

/// A request runs until this is dropped, also if its client goes away.
#[derive(Debug)]
pub struct Running(());

impl Running {
    #[must_use]
    pub fn begin() -> Self {
        gauge!("hms_http_requests_running").increment(1.0);
        Self(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        gauge!("hms_http_requests_running").decrement(1.0);
    }
}

/// A request was answered.
pub fn answered(method: &Method, route: &str, status: u16, took: Duration) {
    let method = match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        // Anybody may invent methods.
        _ => "other",
    };
    let status = match status / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    counter!("hms_http_requests_total", "method" => method, "route" => route.to_owned(), "status" => status)
        .increment(1);
    histogram!("hms_http_request_duration_seconds", "method" => method, "route" => route.to_owned())
        .record(took);
}

/// A network connection was closed because of this.
pub fn connection_refused(reason: &'static str) {
    counter!("hms_connections_refused_total", "reason" => reason).increment(1);
}

/// Somebody was told to slow down, by this limit.
pub fn braked(limit: &'static str) {
    counter!("hms_braked_total", "limit" => limit).increment(1);
}

/// A request waited so long for a database connection, and got one or not.
pub fn lane_wait(waited: Duration, got: bool) {
    histogram!("hms_lane_wait_seconds").record(waited);
    if !got {
        counter!("hms_lane_refused_total").increment(1);
    }
}

/// What the statement cache did.
#[derive(Debug, Clone, Copy)]
pub enum Cache {
    Hit,
    Miss,
    Evicted,
}

pub fn statement(what: Cache) {
    let what = match what {
        Cache::Hit => "hit",
        Cache::Miss => "miss",
        Cache::Evicted => "evicted",
    };
    counter!("hms_statement_cache_total", "what" => what).increment(1);
}

/// A database connection was closed: `worn` or `in_flight`.
pub fn db_connection_closed(reason: &'static str) {
    counter!("hms_db_connections_closed_total", "reason" => reason).increment(1);
}

/// A job ended.
pub fn job(task: &'static str, done: bool) {
    let outcome = if done { "done" } else { "failed" };
    counter!("hms_jobs_total", "task" => task, "outcome" => outcome).increment(1);
}

/// A mail `sent`, to be tried `again`, or `failed` for good.
pub fn mail(outcome: &'static str) {
    counter!("hms_mails_total", "outcome" => outcome).increment(1);
}

/// A batch of traces reached the collector or did not.
pub fn traces_sent(arrived: bool) {
    let outcome = if arrived { "sent" } else { "failed" };
    counter!("hms_trace_batches_total", "outcome" => outcome).increment(1);
}

/// A password hash waited so long for its turn.
pub fn password_wait(waited: Duration) {
    histogram!("hms_password_wait_seconds").record(waited);
}

/// Set a gauge without labels.
pub fn set(name: &'static str, value: f64) {
    gauge!(name).set(value);
}

/// Set a gauge with one label; `of` comes from a short list.
pub fn set_of(name: &'static str, label: &'static str, of: impl Into<metrics::SharedString>, value: f64) {
    gauge!(name, label => of.into()).set(value);
}
