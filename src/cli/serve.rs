//! `hms serve`

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::start::{self, Running};
use crate::app::App;
use crate::config::Config;
use crate::db::{migrate, schemas};
use crate::identity::temporary_password;
use crate::platform::demo::PASSWORD;
use crate::platform::operators;
use crate::server;

/// How long requests and jobs may still run when HMS is asked to stop. Most hosts kill what is there after 30 seconds.
const LAST_CALL: Duration = Duration::from_secs(25);

/// Serve the API and the pages until stopped.
///
/// In development, and with a database of its own, it also migrates and makes a first super-admin.
#[derive(clap::Args)]
pub struct Serve {}

impl Serve {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let address = SocketAddr::new(config.bind, config.port);
        let own_database = config.database_url.is_none();
        let production = config.is_production();
        // Before the database: a port in use should not start and stop a server.
        let listener =
            TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
        let running = start::app(config).await?;
        let served = serve(&running, listener, own_database || !production).await;
        running.stop().await;
        served
    }
}

async fn serve(running: &Running, listener: TcpListener, prepare: bool) -> anyhow::Result<()> {
    let app = &running.app;
    let mut sign_in = None;
    if prepare {
        let failed = start::migrate_all(app, |_| {}).await?;
        if failed > 0 {
            tracing::error!(failed, "some hospitals could not be updated; see hms migrate --status");
        }
        schemas::keep_warm(&app.db.target, app.db.isolation(), usize::from(app.config.warm_schemas)).await?;
        sign_in = first_super_admin(app).await?;
    } else {
        let owner = app.db.target.connect(&app.db.target.owner).await?;
        migrate::must_be_current(&owner).await?;
    }
    app.files.check()?;
    let jobs = start::background(app);
    let router = server::router(app)?;
    greet(app, sign_in.as_ref());
    tokio::spawn(stop_signal(app.clone()));
    let finishing = async {
        server::listen::serve(listener, router, &app.config.edges, app.shutdown.clone()).await;
        jobs.await
    };
    let last_call = async {
        app.shutdown.cancelled().await;
        tokio::time::sleep(LAST_CALL).await;
    };
    tokio::select! {
        finished = finishing => finished?,
        () = last_call => tracing::warn!("what still runs is cut off: it did not end in time"),
    }
    tracing::info!("stopped");
    Ok(())
}

/// In development there is always a way in: made once, its password kept beside the database's secrets.
async fn first_super_admin(app: &App) -> anyhow::Result<Option<(String, SecretString)>> {
    if let Some(admin) = &app.config.super_admin {
        if !operators::any(app).await? {
            operators::ensure(app, &admin.email, &admin.password).await?;
        }
        return Ok(None);
    }
    if app.config.is_production() {
        return Ok(None);
    }
    let (email, file) = ("super@hms.localhost".to_owned(), app.config.home.join("super-admin"));
    if let Ok(kept) = std::fs::read_to_string(&file)
        && operators::any(app).await?
    {
        return Ok(Some((email, SecretString::from(kept.trim()))));
    }
    let password = temporary_password();
    super::setup::write_private(&file, password.expose_secret())?;
    operators::ensure(app, &email, &password).await?;
    Ok(Some((email, password)))
}

fn greet(app: &App, sign_in: Option<&(String, SecretString)>) {
    println!("HMS is running at {}", app.config.public_origin());
    if let Some((email, password)) = sign_in {
        println!(
            "  platform console   {}   {email}   {}",
            app.config.link("/sign-in"),
            password.expose_secret()
        );
        println!("  register a hospital {}", app.config.link("/sign-up"));
    }
    if app.config.demo.mode {
        println!(
            "  look around         {}   doctor1@demo-tenant-a.hms   {}",
            app.config.link("/sign-in"),
            PASSWORD
        );
    }
    if app.mailer.files().is_some() && !app.config.is_production() {
        println!("  mail it would send  {}", app.config.link("/dev/mail"));
    }
    println!("  API reference       {}", app.config.link("/docs"));
}

/// SIGTERM and Ctrl-C: no new requests, the running ones finish.
async fn stop_signal(app: App) {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: running requests finish first");
    app.shutdown.cancel();
}
