//! Everything that a running HMS has: handed to handlers, jobs and commands as one cheap clone.

mod checklist;

pub use checklist::{ChecklistLine, Done};

use std::ops::Deref;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::db::Db;
use crate::files::Files;
use crate::identity::cookie::SessionCookie;
use crate::identity::csrf::CsrfGuard;
use crate::identity::password::Passwords;
use crate::identity::registry::Registry;
use crate::identity::seal::Seals;
use crate::identity::seen::Seen;
use crate::identity::throttle::Throttles;
use crate::identity::token::TokenKeys;
use crate::kernel::Clock;
use crate::mail::Mailer;
use crate::web::nav::{ActEntry, NavEntry, RecordLink};

/// The state of the router. Clones share everything.
#[derive(Clone)]
pub struct App(Arc<Parts>);

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}

/// What an [`App`] is made of.
pub struct Parts {
    pub config: Config,
    pub clock: Clock,
    pub db: Db,
    pub files: Files,
    pub keys: TokenKeys,
    pub passwords: Passwords,
    /// What must not lie readable in the database.
    pub seals: Seals,
    pub mailer: Mailer,
    /// `__Host-` and Secure wherever the public address is https.
    pub cookie: SessionCookie,
    pub csrf: CsrfGuard,
    pub registry: Registry,
    /// Hospitals whose activity was noted lately.
    pub seen: Seen,
    pub throttles: Throttles,
    /// Entries of both side bars, from the registry.
    pub nav: Vec<NavEntry>,
    /// What a patient's record offers, from the registry.
    pub record_links: Vec<RecordLink>,
    /// Lines of the getting-started checklist, from the registry.
    pub checklist: Vec<ChecklistLine>,
    /// What the palette offers, from the registry.
    pub acts: Vec<ActEntry>,
    /// Cancelled when the process is asked to stop.
    pub shutdown: CancellationToken,
}

impl App {
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
