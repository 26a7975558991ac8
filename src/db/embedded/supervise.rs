//! The life of a server, on one thread: start it or attach to it, keep it running, stop it.
//!
//! One thread does all of it because the kernel ties the parent-death signal to the thread that started the
//! server, and because then no signal can reach a process number that was just given to somebody else.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::SUPERUSER;
use super::cluster::{Cluster, OwnerLock};
use super::error::EmbeddedError;
use super::postmaster::{Postmaster, is_serving};

/// How soon a dead server, or an owner that went away, is noticed.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The owner may be making the cluster or recovering it.
const OWNER_READY_WITHIN: Duration = Duration::from_secs(120);
/// A server that lived for less is failing, not unlucky: wait longer before each further start.
const HEALTHY_AFTER: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

enum Role {
    Owner(OwnerLock),
    Guest,
}

/// Runs until `stop` gets a message or its sender is gone. Reports the superuser's password once the server takes
/// connections, or why it does not; in that case it ends.
pub(super) fn run(
    cluster: &Cluster,
    owned: &AtomicBool,
    report: &Sender<Result<String, EmbeddedError>>,
    stop: &Receiver<()>,
) {
    let begun = begin(cluster);
    let (password, mut own) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            // The receiver waits for exactly this.
            let _ = report.send(Err(error));
            return;
        }
    };
    owned.store(own.is_some(), Ordering::Release);
    let _ = report.send(Ok(password));
    if own.is_none() {
        own = wait_for_ownership(cluster, stop).map(|lock| (lock, None));
    }
    if let Some((lock, postmaster)) = own {
        owned.store(true, Ordering::Release);
        keep_running(cluster, postmaster, stop);
        // Only now may another process start its own.
        drop(lock);
    }
}

type Own = (OwnerLock, Option<Postmaster>);

fn begin(cluster: &Cluster) -> Result<(String, Option<Own>), EmbeddedError> {
    match join(cluster)? {
        Role::Guest => Ok((cluster.secret(SUPERUSER)?, None)),
        Role::Owner(lock) => {
            let password = cluster.superuser_password()?;
            cluster.init_if_new()?;
            let postmaster = Postmaster::start(cluster)?;
            Ok((password, Some((lock, Some(postmaster)))))
        }
    }
}

/// Own the home if nobody does, else wait until its owner's server is ready. An owner that dies meanwhile is
/// succeeded.
fn join(cluster: &Cluster) -> Result<Role, EmbeddedError> {
    let begun = Instant::now();
    loop {
        if let Some(lock) = cluster.try_own()? {
            return Ok(Role::Owner(lock));
        }
        if is_serving(cluster) {
            return Ok(Role::Guest);
        }
        if begun.elapsed() > OWNER_READY_WITHIN {
            let seconds = OWNER_READY_WITHIN.as_secs();
            return Err(EmbeddedError::OwnerNotReady { lock: cluster.lock_path(), seconds });
        }
        sleep(Duration::from_millis(10));
    }
}

/// For a guest: the lock when its owner has gone (`hms migrate` ended, `hms serve` goes on), nothing when told to
/// stop first.
fn wait_for_ownership(cluster: &Cluster, stop: &Receiver<()>) -> Option<OwnerLock> {
    while !told_to_stop(stop, LOOK_EVERY) {
        match cluster.try_own() {
            Ok(Some(lock)) => {
                tracing::info!("the owner of the embedded PostgreSQL has ended: this process takes over");
                return Some(lock);
            }
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "cannot take over the embedded PostgreSQL"),
        }
    }
    None
}

/// Start the server again whenever it ends, until told to stop; then stop it.
fn keep_running(cluster: &Cluster, mut running: Option<Postmaster>, stop: &Receiver<()>) {
    let mut pause = Duration::ZERO;
    while !told_to_stop(stop, if running.is_some() { LOOK_EVERY } else { pause }) {
        if let Some(postmaster) = &mut running {
            let Some(status) = postmaster.ended() else { continue };
            let log = postmaster.last_words(cluster);
            tracing::warn!(%status, log, "the embedded PostgreSQL has ended: starting it again");
            let failing = postmaster.age() < HEALTHY_AFTER;
            pause = if failing { longer(pause) } else { Duration::ZERO };
            running = None;
            continue;
        }
        match Postmaster::spawn(cluster) {
            Ok(postmaster) => running = Some(postmaster),
            Err(error) => {
                tracing::error!(%error, "the embedded PostgreSQL does not start");
                pause = longer(pause);
            }
        }
    }
    if let Some(mut postmaster) = running {
        postmaster.stop();
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).clamp(LOOK_EVERY, LONGEST_PAUSE)
}

fn told_to_stop(stop: &Receiver<()>, patience: Duration) -> bool {
    stop.recv_timeout(patience) != Err(RecvTimeoutError::Timeout)
}
