//! `GET /metrics`, as Prometheus reads it, and who may.
//!
//! The numbers say nothing about patients or hospitals, but how busy the house is and where it hurts is not for
//! everybody. With METRICS_TOKEN: whoever sends it. Without: programs on this machine, but nothing that came through a
//! reverse proxy, for which everybody is a neighbour.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

use crate::access::{self, SystemTask};
use crate::app::App;
use crate::kernel::{AppError, Problem};
use crate::observe::metrics;
use crate::platform::health::{self, Health};

/// Who watches learns that the database is away, instead of waiting for it.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn show(State(app): State<App>, request: Request) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
    if let Err(problem) = may_read(&app, peer, request.headers()) {
        return problem.into_response();
    }
    look(&app).await;
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics::render()).into_response()
}

fn may_read(app: &App, peer: Option<SocketAddr>, headers: &HeaderMap) -> Result<(), Problem> {
    if let Some(token) = &app.config.observers.metrics_token {
        let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.split_once(' '));
        let sent =
            sent.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, sent)| sent.trim());
        let is_it = sent.is_some_and(|sent| sent.as_bytes().ct_eq(token.expose_secret().as_bytes()).into());
        return if is_it { Ok(()) } else { Err(Problem::unauthenticated("Not authenticated")) };
    }
    let forwarded =
        ["x-forwarded-for", "forwarded", "x-real-ip", "via"].iter().any(|name| headers.contains_key(*name));
    let near = peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    if near && !forwarded && app.config.trusted_proxies == 0 {
        return Ok(());
    }
    Err(Problem::not_found("What you asked for"))
}

/// Set the gauges to what holds now.
async fn look(app: &App) {
    let lanes = app.db.lanes.look();
    for (n, lane) in lanes.lanes.iter().enumerate() {
        metrics::set_of("hms_lane_depth", "lane", n.to_string(), number(lane.depth));
        metrics::set_of("hms_lane_connected", "lane", n.to_string(), f64::from(u8::from(lane.connected)));
        metrics::set_of("hms_lane_statements", "lane", n.to_string(), number(lane.statements));
    }
    metrics::set("hms_tenants_open", number(lanes.tenants_open));
    let (waiting, running) = app.passwords.queue();
    metrics::set_of("hms_passwords", "state", "waiting", number(waiting));
    metrics::set_of("hms_passwords", "state", "running", number(running));
    metrics::set("hms_registry_live", f64::from(u8::from(app.registry.is_live())));
    metrics::set("hms_sessions_cached", app.registry.size() as f64);
    metrics::set_of("hms_build_info", "version", env!("CARGO_PKG_VERSION"), 1.0);
    if let Some(bytes) = resident_bytes() {
        metrics::set("process_resident_memory_bytes", bytes as f64);
    }
    let health = tokio::time::timeout(PATIENCE, ask(app)).await.ok().and_then(Result::ok);
    metrics::set("hms_db_up", f64::from(u8::from(health.is_some())));
    // What is not known is no number, rather than the last one.
    let of = |count: fn(&Health) -> i64| health.as_ref().map_or(f64::NAN, |health| count(health) as f64);
    metrics::set_of("hms_schemas", "state", "ready", of(|h| h.schemas_ready));
    metrics::set_of("hms_schemas", "state", "behind", of(|h| h.schemas_behind));
    metrics::set_of("hms_schemas", "state", "failed", of(|h| h.schemas_failed));
    metrics::set_of("hms_mails", "state", "waiting", of(|h| h.mails_waiting));
    metrics::set_of("hms_mails", "state", "failed", of(|h| h.mails_failed));
    metrics::set_of("hms_jobs", "state", "waiting", of(|h| h.jobs_waiting));
    metrics::set_of("hms_jobs", "state", "failed", of(|h| h.jobs_failed));
}

async fn ask(app: &App) -> Result<Health, AppError> {
    let tx = access::system_platform(app, SystemTask("metrics")).await?;
    let health = health::look(app, &tx).await?;
    tx.done().await?;
    Ok(health)
}

/// Of this process, where the system tells it.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

fn number(count: usize) -> f64 {
    count as f64
}
