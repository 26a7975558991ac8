//! From configuration to a running [`App`]: the same for every command that needs the database.

use std::time::Duration;

use anyhow::Context as _;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::{App, Parts};
use crate::config::{Config, load_or_create_dev_secret};
use crate::db::embedded::{Options, Server};
use crate::db::{self, Db, Target};
use crate::files::Files;
use crate::identity::password::Cost;
use crate::identity::registry::Registry;
use crate::identity::seen::Seen;
use crate::identity::{CsrfGuard, Passwords, Seals, SessionCookie, Throttles, TokenKeys};
use crate::kernel::Clock;
use crate::mail::Mailer;
use crate::observe::metrics;
use crate::{access, jobs, modules};

/// An app with what must outlive it.
pub struct Running {
    pub app: App,
    server: Option<Server>,
}

impl Running {
    /// Stop what was started: our own server last.
    pub async fn stop(self) {
        self.app.shutdown.cancel();
        self.app.db.lanes.close();
        if let Some(server) = self.server {
            let _ = tokio::task::spawn_blocking(move || server.stop()).await;
        }
    }
}

/// The database that the configuration names, or one of our own.
///
/// # Errors
/// When it cannot be started or reached.
pub async fn target(config: &Config) -> anyhow::Result<(Target, Option<Server>)> {
    if let Some(url) = &config.database_url {
        return Ok((Target::external(url, config.database_owner_url.as_ref())?, None));
    }
    let options = Options {
        bin: config.pg_bin.clone(),
        user: config.pg_user.clone(),
        path: config.path.clone(),
        ..Options::new(config.home.join("postgres"))
    };
    let server = tokio::task::spawn_blocking(move || Server::start_or_attach(options)).await??;
    let target = Target::embedded(&server, "hms")?;
    db::boot::create_database(&target, |name| Ok(server.secret(name)?)).await?;
    Ok((target, Some(server)))
}

/// Boot checks, then everything that a request or a job needs. Migrates nothing.
///
/// # Errors
/// When the database or the configuration does not allow it.
pub async fn app(config: Config) -> anyhow::Result<Running> {
    let (target, server) = target(&config).await?;
    let db = Db::open(&config, target).await?;
    for safeguard in &db.report.safeguards {
        if safeguard.on {
            tracing::info!("on: {} ({})", safeguard.name, safeguard.note);
        } else {
            tracing::warn!("not possible here: {}: {}", safeguard.name, safeguard.note);
        }
    }
    let app = assemble(config, db, Clock::default(), Cost::STANDARD)?;
    Ok(Running { app, server })
}

/// Put the parts together (tests bring their own clock and a cheap password cost).
///
/// # Errors
/// When no secret can be kept or the mail transport cannot be made.
pub fn assemble(config: Config, db: Db, clock: Clock, cost: Cost) -> anyhow::Result<App> {
    metrics::install();
    let secret = match &config.secret_key {
        Some(secret) => secret.clone(),
        None => load_or_create_dev_secret(&config.home)
            .context("the development secret cannot be kept in HMS_HOME")?,
    };
    Ok(App::new(Parts {
        clock,
        files: Files::at(config.files.clone()),
        keys: TokenKeys::new(&secret, &config.previous_secret_keys, config.access_token_minutes),
        passwords: Passwords::new(cost)?,
        seals: Seals::new(&secret, &config.previous_secret_keys),
        mailer: Mailer::from_config(&config)?,
        cookie: SessionCookie::new(&config.public_url),
        csrf: CsrfGuard::new(&config.public_url),
        registry: Registry::default(),
        seen: Seen::default(),
        throttles: Throttles::new(config.signups_per_hour, &config.edges),
        nav: modules::navigation(),
        record_links: modules::record_links(),
        checklist: modules::checklist(),
        acts: modules::acts(),
        shutdown: CancellationToken::new(),
        db,
        config,
    }))
}

/// Platform tables, job queue, then every schema that is behind. Returns how many schemas failed.
///
/// # Errors
/// When the platform's own migration fails.
pub async fn migrate_all(
    app: &App,
    progress: impl FnMut(&db::migrate::TenantOutcome),
) -> anyhow::Result<usize> {
    let (target, isolation) = (&app.db.target, app.db.isolation());
    jobs::migrate(target, isolation).await.context("preparing the job queue failed")?;
    db::migrate::platform(target, isolation).await?;
    let workers = std::thread::available_parallelism().map_or(2, |n| n.get() * 2);
    let outcomes = db::migrate::tenants(target, isolation, workers, progress).await?;
    Ok(outcomes.iter().filter(|outcome| outcome.result.is_err()).count())
}

/// The tasks beside the server: the change listener and the job runner. The job runner is the one to wait for: it ends
/// when shut-down was asked for and its jobs are finished or put back.
pub fn background(app: &App) -> JoinHandle<()> {
    tokio::spawn(access::listen(app.clone()));
    tokio::spawn(async {
        loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            metrics::tidy();
        }
    });
    let app = app.clone();
    tokio::spawn(async move {
        while !app.shutdown.is_cancelled() {
            if let Err(error) = jobs::run(app.clone()).await {
                tracing::error!(error = %format!("{error:#}"), "the job runner stopped; it starts again in 5 seconds");
            }
            tokio::select! {
                () = app.shutdown.cancelled() => {}
                () = tokio::time::sleep(Duration::from_secs(5)) => {}
            }
        }
    })
}
