//! Our own PostgreSQL: found on the machine, initialised, started, watched and stopped by `hms` itself.
//!
//! Used when no `DATABASE_URL` is given. Everything lives in one folder (`home`):
//!
//! ```text
//! owner.lock   held by the one process that runs the server; further processes attach to it
//! secrets/     one 0600 file per login, readable only by the user who runs hms
//! data/        the cluster (data.new while it is being made)
//! run/         0700, the Unix socket: the server never listens on a network
//! log/         one file per weekday, so at most a week
//! start.log    what the server said before its log was open
//! ```
//!
//! Invariants, and who keeps them:
//! - one server per home: the `flock` on `owner.lock` (the kernel frees it however a process ends);
//! - no half-made cluster: `initdb` works in `data.new`, which is renamed when it is complete;
//! - no server outlives its owner: the kernel sends SIGINT to it (`PR_SET_PDEATHSIG`) when the supervisor
//!   thread ends, so that thread lives as long as the server;
//! - the server never runs as root, and sees nothing of our environment (it holds secrets).
//!
//! Linux only: it reads `/proc`. Logins, databases and migrations are elsewhere (`db`).

mod account;
mod cluster;
mod error;
mod find;
mod postmaster;
mod supervise;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Instant;

use cluster::Cluster;
pub use error::EmbeddedError;

const SUPERUSER: &str = "postgres";

/// What to run and where. The environment is read by `config` only, so every value of it arrives here.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder that holds everything; see the module's text.
    pub home: PathBuf,
    /// The only folder to look for `postgres` and `initdb` in (`HMS_PG_BIN`).
    pub bin: Option<PathBuf>,
    /// The user that root hands the server to (`HMS_PG_USER`); ignored when we are not root.
    pub user: Option<String>,
    /// `PATH`: the first place to look for binaries.
    pub path: Option<OsString>,
    pub max_connections: u32,
    /// More server settings, applied last. A process that attaches gets the owner's settings.
    pub extra: Vec<(String, String)>,
}

impl Options {
    pub fn new(home: impl Into<PathBuf>) -> Self {
        let (bin, user, path) = (None, None, None);
        Self { home: home.into(), bin, user, path, max_connections: 100, extra: Vec::new() }
    }
}

/// Where a home belongs: `/var/lib/hms` for root (`/root` is closed to the user the server runs as), else the
/// user's data folder. Takes the values of `XDG_DATA_HOME` and `HOME`.
pub fn default_home(xdg_data_home: Option<OsString>, home: Option<OsString>) -> PathBuf {
    if rustix::process::geteuid().is_root() {
        return PathBuf::from("/var/lib/hms");
    }
    // The XDG specification: a relative path is to be ignored.
    let absolute = |value: Option<OsString>| value.map(PathBuf::from).filter(|path| path.is_absolute());
    absolute(xdg_data_home)
        .or_else(|| absolute(home).map(|home| home.join(".local/share")))
        .map_or_else(|| PathBuf::from("var/hms"), |data| data.join("hms"))
}

/// A running PostgreSQL, kept running for as long as this value lives.
///
/// Dropping it stops the server if this process owns it and does nothing if it only attached. When the owner
/// ends while we are attached, we become the owner and start the server again: connections made before break
/// once, as they do when a server restarts.
pub struct Server {
    cluster: Arc<Cluster>,
    password: String,
    owned: Arc<AtomicBool>,
    stop: mpsc::Sender<()>,
    supervisor: Option<JoinHandle<()>>,
}

impl Server {
    /// Start the server of this home, or attach to the one that another process runs. Blocks until it takes
    /// connections: about a second the first time, a tenth of it later, a millisecond to attach.
    ///
    /// # Errors
    /// [`EmbeddedError`]; its text tells the operator what to do.
    pub fn start_or_attach(options: Options) -> Result<Server, EmbeddedError> {
        let begun = Instant::now();
        let cluster = Arc::new(Cluster::prepare(options)?);
        let owned = Arc::new(AtomicBool::new(false));
        let (stop, stopped) = mpsc::channel();
        let (report, reported) = mpsc::channel();
        let thread = {
            let (cluster, owned) = (Arc::clone(&cluster), Arc::clone(&owned));
            std::thread::Builder::new().name("postgres-supervisor".into()).spawn(move || {
                supervise::run(&cluster, &owned, &report, &stopped);
            })
        };
        let supervisor = thread.map_err(EmbeddedError::Thread)?;
        let password = reported.recv().unwrap_or(Err(EmbeddedError::SupervisorDied))?;
        let server = Server { cluster, password, owned, stop, supervisor: Some(supervisor) };
        tracing::info!(
            home = %server.cluster.home.display(), major = server.major(), owned = server.owned(),
            milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            "embedded PostgreSQL is ready"
        );
        Ok(server)
    }

    /// The folder of the Unix socket: the `host` of a connection.
    pub fn socket_dir(&self) -> &Path {
        &self.cluster.socket_dir
    }

    /// Always the same: it only names the socket, inside a folder of our own.
    pub fn port(&self) -> u16 {
        cluster::PORT
    }

    pub fn superuser(&self) -> &str {
        SUPERUSER
    }

    pub fn password(&self) -> &str {
        &self.password
    }

    /// A random password that is kept in `<home>/secrets/<name>` (0600) and made on first use. Processes that
    /// ask at the same time get the same one.
    ///
    /// # Errors
    /// [`EmbeddedError::SecretName`] unless `name` is lower-case letters, digits and `_`;
    /// [`EmbeddedError::Unusable`] if the file cannot be read or written.
    pub fn secret(&self, name: &str) -> Result<String, EmbeddedError> {
        self.cluster.secret(name)
    }

    /// Whether the server is this process's own. Becomes true when an attached process takes over.
    pub fn owned(&self) -> bool {
        self.owned.load(Ordering::Acquire)
    }

    /// The major version, as in 15.
    pub fn major(&self) -> u32 {
        self.cluster.binaries.major
    }

    /// The folder of the binaries, for `psql` and `pg_dump` of the same version (not every package has them).
    pub fn bin(&self) -> &Path {
        &self.cluster.binaries.dir
    }

    /// Stop the server (if it is ours) and wait for it: sessions are cut, data is on disk.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails only when the supervisor is gone already; then there is nothing to stop.
        let _ = self.stop.send(());
        if let Some(supervisor) = self.supervisor.take() {
            let _ = supervisor.join();
        }
    }
}
