//! The cache of who is who, kept true by notifications.
//!
//! Invariant: a right that was taken away stops within a second on every instance. Each change notifies the channel
//! `hms_registry`; while nobody listens (the listener's connection is down), the cache is bypassed altogether. A
//! connection can also die without a word (a lost network, a server that hangs), so the listener asks something over
//! it all the time: what it hears is trusted for [`TRUST`] after the last question that was answered.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use moka::sync::Cache;

use super::actor::Actor;
use crate::kernel::ids::{SessionId, TenantId, new_uuid};

/// Sessions kept in memory, about 1 kB each.
const MAX_SESSIONS: u64 = 20_000;
/// A backstop only; truth comes by notification.
const TTL: Duration = Duration::from_secs(300);
/// How long a listener that answered once is believed to hear.
const TRUST: Duration = Duration::from_secs(1);

/// What changed, as the payload of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Session(uuid::Uuid),
    User(uuid::Uuid),
    Tenant(uuid::Uuid),
    /// Alarms of a hospital: raised, answered, said again or closed.
    Alarms(uuid::Uuid),
    All,
}

impl Change {
    /// The payload: kind and id, never more.
    #[must_use]
    pub fn payload(&self) -> String {
        match self {
            Self::Session(id) => format!("session:{id}"),
            Self::User(id) => format!("user:{id}"),
            Self::Tenant(id) => format!("tenant:{id}"),
            Self::Alarms(id) => format!("alarms:{id}"),
            Self::All => "all".to_owned(),
        }
    }

    /// What a payload says; anything that we do not understand invalidates everything.
    #[must_use]
    pub fn parse(payload: &str) -> Self {
        let known = payload.split_once(':').and_then(|(kind, id)| {
            let id = id.parse().ok()?;
            match kind {
                "session" => Some(Self::Session(id)),
                "user" => Some(Self::User(id)),
                "tenant" => Some(Self::Tenant(id)),
                "alarms" => Some(Self::Alarms(id)),
                _ => None,
            }
        });
        known.unwrap_or(Self::All)
    }
}

/// Actors by session.
#[derive(Debug)]
pub struct Registry {
    sessions: Cache<SessionId, Arc<Actor>>,
    live: AtomicBool,
    generation: AtomicU64,
    begun: Instant,
    /// In milliseconds after `begun`.
    trusted_until: AtomicU64,
    /// Of this start of this instance.
    name: uuid::Uuid,
    /// How often anything may have changed unheard.
    gaps: AtomicU64,
    /// How often alarms of a hospital changed.
    alarms: Mutex<HashMap<uuid::Uuid, u64>>,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            sessions: Cache::builder()
                .max_capacity(MAX_SESSIONS)
                .time_to_live(TTL)
                .support_invalidation_closures()
                .build(),
            live: AtomicBool::new(false),
            generation: AtomicU64::new(0),
            begun: Instant::now(),
            trusted_until: AtomicU64::new(0),
            name: new_uuid(),
            gaps: AtomicU64::new(0),
            alarms: Mutex::default(),
        }
    }
}

impl Registry {
    /// The cached actor, if the cache may be trusted at the moment.
    #[must_use]
    pub fn get(&self, session: SessionId) -> Option<Arc<Actor>> {
        if self.is_live() { self.sessions.get(&session) } else { None }
    }

    /// To be read before a look-up and handed to `keep` after it.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Keep what a look-up found, unless something changed since it began.
    pub fn keep(&self, generation: u64, actor: Arc<Actor>) {
        if self.is_live() && self.generation() == generation {
            self.sessions.insert(actor.session, actor);
            // A change may have come between the check and the insert.
            if self.generation() != generation {
                self.sessions.invalidate_all();
            }
        }
    }

    /// Something changed, here or on another instance.
    pub fn invalidate(&self, change: &Change) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        let matching: Result<_, _> = match *change {
            Change::Session(id) => {
                self.sessions.invalidate(&SessionId(id));
                return;
            }
            Change::User(id) => self.sessions.invalidate_entries_if(move |_, actor| actor.user.0 == id),
            Change::Tenant(id) => self
                .sessions
                .invalidate_entries_if(move |_, actor| actor.tenant.as_ref().is_some_and(|t| t.id.0 == id)),
            Change::Alarms(id) => {
                *self.alarms().entry(id).or_default() += 1;
                return;
            }
            Change::All => {
                self.gaps.fetch_add(1, Ordering::AcqRel);
                self.sessions.invalidate_all();
                return;
            }
        };
        if matching.is_err() {
            self.sessions.invalidate_all();
        }
    }

    fn alarms(&self) -> MutexGuard<'_, HashMap<uuid::Uuid, u64>> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A word for the alarms of a hospital as they are known here: the same word means that nothing was announced since.
    /// To be read before they are looked up. None while nothing is heard.
    #[must_use]
    pub fn alarms_of(&self, tenant: TenantId) -> Option<String> {
        let (gaps, rung) = (self.gaps.load(Ordering::Acquire), self.alarms().get(&tenant.0).copied());
        self.is_live().then(|| format!("{}-{gaps}-{}", self.name.simple(), rung.unwrap_or(0)))
    }

    /// Sessions in memory, roughly.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.sessions.entry_count()
    }

    /// The listener hears changes again (`true`) or does not (`false`).
    pub fn set_live(&self, live: bool) {
        self.invalidate(&Change::All);
        self.live.store(live, Ordering::Release);
    }

    /// The listener's connection answered what was asked at `asked`. Whatever was announced before that has been heard:
    /// it comes over the same connection, in order.
    pub fn heard(&self, asked: Instant) {
        let until = (asked + TRUST).saturating_duration_since(self.begun).as_millis();
        self.trusted_until.store(u64::try_from(until).unwrap_or(u64::MAX), Ordering::Release);
    }

    /// Changes are heard at the moment.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.live.load(Ordering::Acquire)
            && self.begun.elapsed().as_millis() < u128::from(self.trusted_until.load(Ordering::Acquire))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_believed_only_while_it_answers() {
        let registry = Registry::default();
        registry.set_live(true);
        assert!(!registry.is_live(), "it has answered nothing yet");
        registry.heard(Instant::now());
        assert!(registry.is_live());
        registry.heard(Instant::now().checked_sub(TRUST).unwrap());
        assert!(!registry.is_live(), "its last answer is too old");
        registry.heard(Instant::now());
        registry.set_live(false);
        assert!(!registry.is_live());
    }

    #[test]
    fn a_word_for_alarms_changes_with_those_of_its_hospital_and_after_each_gap() {
        let registry = Registry::default();
        let (here, there) = (TenantId(uuid::Uuid::from_u128(1)), TenantId(uuid::Uuid::from_u128(2)));
        assert_eq!(registry.alarms_of(here), None, "nothing is heard");
        registry.set_live(true);
        registry.heard(Instant::now());
        let (first, other) = (registry.alarms_of(here), registry.alarms_of(there));
        assert!(first.is_some() && first == registry.alarms_of(here));
        registry.invalidate(&Change::Alarms(here.0));
        let second = registry.alarms_of(here);
        assert!(second != first && registry.alarms_of(there) == other);
        registry.set_live(true);
        assert!(registry.alarms_of(here).is_some_and(|word| Some(word) != second));
    }

    #[test]
    fn payloads_round_trip_and_nonsense_means_everything() {
        let id = uuid::Uuid::from_u128(7);
        for change in
            [Change::Session(id), Change::User(id), Change::Tenant(id), Change::Alarms(id), Change::All]
        {
            assert_eq!(Change::parse(&change.payload()), change);
        }
        assert_eq!(Change::parse("user:not-an-id"), Change::All);
        assert_eq!(Change::parse("drop table"), Change::All);
    }
}
