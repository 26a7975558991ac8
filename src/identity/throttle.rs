//! Brakes on guessing and flooding, per process and in bounded memory.
//!
//! Keys are kept as 64-bit hashes with a random seed: no address and no e-mail lies in memory, and
//! nobody can aim for a collision. When a table is full, newcomers share [`CROWD`] slots: still
//! braked, memory still bounded.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::client::network;
use crate::config::Edges;
use crate::kernel::Problem;
use crate::kernel::ids::UserId;
use crate::observe::metrics;

/// Slots that newcomers share when a table is full.
const CROWD: u64 = 4096;
/// Checks between two sweeps of keys that have recovered.
const SWEEP_EVERY: u64 = 4096;
const MAX_KEYS: usize = 100_000;

/// A limit per key: `burst` at once, then one per refill interval.
pub struct Throttle<C: Clock = DefaultClock> {
    limiter: RateLimiter<u64, DashMapStateStore<u64>, C, StateInformationMiddleware>,
    clock: C,
    seed: RandomState,
    max_keys: usize,
    checks: AtomicU64,
}

impl Throttle {
    /// `burst` (at least 1) at once, all of it back after `window`.
    #[must_use]
    pub fn new(burst: u32, window: Duration) -> Self {
        Self::with_clock(burst, window, MAX_KEYS, DefaultClock::default())
    }
}

impl<C: Clock> std::fmt::Debug for Throttle<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Throttle").field("max_keys", &self.max_keys).finish_non_exhaustive()
    }
}

impl<C: Clock + Clone> Throttle<C> {
    fn with_clock(burst: u32, window: Duration, max_keys: usize, clock: C) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let interval = (window / burst.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(interval).expect("the interval is at least 1 ns").allow_burst(burst);
        Self {
            limiter: RateLimiter::dashmap_with_clock(quota, clock.clone())
                .with_middleware::<StateInformationMiddleware>(),
            clock,
            seed: RandomState::new(),
            max_keys,
            checks: AtomicU64::new(0),
        }
    }

    /// Count one attempt of `key`.
    ///
    /// # Errors
    /// Seconds (at least 1) after which the next attempt would pass.
    pub fn check(&self, key: &impl Hash) -> Result<(), u32> {
        self.count(key).map(|_| ())
    }

    /// Count one attempt of `key`; how many more would pass now.
    ///
    /// # Errors
    /// As [`Throttle::check`].
    pub fn count(&self, key: &impl Hash) -> Result<u32, u32> {
        let slot = self.slot(key);
        let counted = self.limiter.check_key(&slot).map(|state| state.remaining_burst_capacity());
        counted.map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1)
        })
    }

    /// Where `key` is counted.
    fn slot(&self, key: &impl Hash) -> u64 {
        if self.checks.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.sweep();
        }
        let hash = self.seed.hash_one(key);
        if self.limiter.len() < self.max_keys { hash } else { hash % CROWD }
    }

    /// Count `many` (at least 1, at most the burst) attempts of `key` at once: all of them, or none.
    ///
    /// # Errors
    /// Seconds after which as many would pass.
    pub fn check_many(&self, key: &impl Hash, many: NonZeroU32) -> Result<(), u32> {
        let slot = self.slot(key);
        match self.limiter.check_key_n(&slot, many) {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(not_until)) => {
                let wait = not_until.wait_time_from(self.clock.now());
                Err(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1))
            }
            // More than ever pass at once.
            Err(_) => Err(u32::MAX),
        }
    }

    /// Forget keys that have recovered. Runs by itself every few thousand checks.
    pub fn sweep(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }

    /// Keys remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.limiter.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.limiter.is_empty()
    }
}

/// What is left of a limit on requests, for the headers of the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// `address` or `user`.
    pub limit: &'static str,
    pub per_minute: u32,
    pub remaining: u32,
}

/// A limit on all requests of somebody. Generous: it stops floods and runaway programs, not people.
#[derive(Debug)]
struct Requests {
    limit: &'static str,
    per_minute: u32,
    throttle: Throttle,
}

impl Requests {
    fn new(limit: &'static str, per_minute: u32) -> Self {
        Self { limit, per_minute, throttle: Throttle::new(per_minute, Duration::from_secs(60)) }
    }

    fn count(&self, key: &impl Hash) -> (Left, Result<(), Problem>) {
        let counted = self.throttle.count(key);
        let remaining = *counted.as_ref().unwrap_or(&0);
        let left = Left { limit: self.limit, per_minute: self.per_minute, remaining };
        (left, counted.map(|_| ()).map_err(|wait| braked(self.limit, Problem::too_many_requests(wait))))
    }
}

/// The limits of the public routes, of acts that cost much, and of requests altogether.
#[derive(Debug)]
pub struct Throttles {
    sign_up: Throttle,
    sign_in_pair: Throttle,
    sign_in_address: Throttle,
    export: Throttle,
    address: Option<Requests>,
    probe: Option<Requests>,
    user: Option<Requests>,
    code: Throttle,
    import: Throttle,
}

impl Throttles {
    /// Sign-ups: as configured, per address. Sign-ins: 10 in 5 minutes per account and address, and
    /// 300 in 5 minutes per address (a hospital's staff may share one). Exports: 10, records asked for
    /// by their code: 30 a minute per user. Lines of tables of people: 5000 an hour per user.
    /// Requests: as configured; what asks whether we are ready has an account of its own, so that a
    /// busy address is not taken for an instance that is down.
    #[must_use]
    pub fn new(signups_per_hour: u32, edges: &Edges) -> Self {
        let five_minutes = Duration::from_secs(300);
        Self {
            sign_up: Throttle::new(signups_per_hour, Duration::from_secs(3600)),
            sign_in_pair: Throttle::new(10, five_minutes),
            sign_in_address: Throttle::new(300, five_minutes),
            export: Throttle::new(10, Duration::from_secs(60)),
            address: edges.per_address.map(|n| Requests::new("address", n)),
            probe: edges.per_address.map(|n| Requests::new("address", n)),
            user: edges.per_user.map(|n| Requests::new("user", n)),
            code: Throttle::new(30, Duration::from_secs(60)),
            import: Throttle::new(5000, Duration::from_secs(3600)),
        }
    }

    /// One request of this address; nothing is left to tell of where there is no limit.
    #[must_use]
    pub fn request_from(&self, client: IpAddr) -> Option<(Left, Result<(), Problem>)> {
        self.address.as_ref().map(|requests| requests.count(&network(client)))
    }

    /// One question of this address whether we are ready.
    #[must_use]
    pub fn probe_from(&self, client: IpAddr) -> Option<(Left, Result<(), Problem>)> {
        self.probe.as_ref().map(|requests| requests.count(&network(client)))
    }

    /// One request of this person.
    #[must_use]
    pub fn request_of(&self, user: UserId) -> Option<(Left, Result<(), Problem>)> {
        self.user.as_ref().map(|requests| requests.count(&user))
    }

    /// One sign-up from this address.
    ///
    /// # Errors
    /// 429 with Retry-After.
    pub fn sign_up(&self, client: IpAddr) -> Result<(), Problem> {
        self.sign_up.check(&network(client)).map_err(|wait| braked("sign_up", Problem::too_many(wait)))
    }

    /// One attempt to sign in (or to ask for a new password) as `email`. Counts whether or not the
    /// account exists, before the password is looked at.
    ///
    /// # Errors
    /// 429 with Retry-After.
    pub fn sign_in(&self, email: &str, client: IpAddr) -> Result<(), Problem> {
        let (network, account) = (network(client), email.trim().to_lowercase());
        // The address first: one that is stopped cannot fill the other table with made-up accounts.
        self.sign_in_address
            .check(&network)
            .and_then(|()| self.sign_in_pair.check(&(account, network)))
            .map_err(|wait| braked("sign_in", Problem::too_many(wait)))
    }

    /// One file asked for by this user.
    ///
    /// # Errors
    /// 429 with Retry-After.
    pub fn export(&self, user: UserId) -> Result<(), Problem> {
        self.export.check(&user).map_err(|wait| braked("export", Problem::too_many(wait)))
    }

    /// One record asked for by its code by this user: codes follow each other, and some are in no list.
    ///
    /// # Errors
    /// 429 with Retry-After.
    pub fn code(&self, user: UserId) -> Result<(), Problem> {
        self.code.check(&user).map_err(|wait| braked("code", Problem::too_many(wait)))
    }

    /// A table with this many people from this user, whether they are invited or only looked at: each line that is
    /// refused tells something about an address.
    ///
    /// # Errors
    /// 429 with Retry-After.
    pub fn import(&self, user: UserId, lines: usize) -> Result<(), Problem> {
        let lines = u32::try_from(lines).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        self.import.check_many(&user, lines).map_err(|wait| braked("import", Problem::too_many(wait)))
    }

    /// Forget what has recovered (an hourly job may call this; each table also sweeps itself).
    pub fn sweep(&self) {
        let requests = [&self.address, &self.probe, &self.user].into_iter().flatten();
        let acts = [
            &self.sign_up,
            &self.sign_in_pair,
            &self.sign_in_address,
            &self.export,
            &self.code,
            &self.import,
        ];
        acts.into_iter().chain(requests.map(|requests| &requests.throttle)).for_each(Throttle::sweep);
    }
}

fn braked(limit: &'static str, problem: Problem) -> Problem {
    metrics::braked(limit);
    problem
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_burst_passes_then_the_wait_is_told_and_enough() {
        let clock = FakeRelativeClock::default();
        let throttle = Throttle::with_clock(3, Duration::from_secs(30), 100, clock.clone());
        assert!((0..3).all(|_| throttle.check(&"a").is_ok()));
        let wait = throttle.check(&"a").unwrap_err();
        assert!((10..=11).contains(&wait), "{wait}");
        assert!(throttle.check(&"b").is_ok(), "others are not held up");
        clock.advance(Duration::from_secs(u64::from(wait)));
        assert!(throttle.check(&"a").is_ok());
        assert!(throttle.check(&"a").is_err());
    }

    #[test]
    fn memory_is_bounded_and_a_flood_is_still_braked() {
        let clock = FakeRelativeClock::default();
        let throttle = Throttle::with_clock(2, Duration::from_secs(60), 1000, clock.clone());
        let passed = (0..100_000).filter(|n| throttle.check(n).is_ok()).count();
        let bound = 1000 + usize::try_from(CROWD).unwrap();
        assert!(throttle.len() <= bound, "{}", throttle.len());
        assert!(passed <= 2 * bound, "{passed}");
        clock.advance(Duration::from_secs(120));
        throttle.sweep();
        assert!(throttle.is_empty());
    }

    #[test]
    fn sign_ins_count_per_account_and_address_and_per_address() {
        let none = Edges {
            per_address: None,
            per_user: Some(2),
            request_timeout: Duration::ZERO,
            header_timeout: Duration::ZERO,
            keep_alive: Duration::ZERO,
        };
        let throttles = Throttles::new(2, &none);
        let (home, away) = (ip("198.51.100.7"), ip("198.51.100.8"));
        assert!((0..10).all(|_| throttles.sign_in("ana@a.org", home).is_ok()));
        let problem = throttles.sign_in(" ANA@a.org", home).unwrap_err();
        assert!(problem.retry_after.is_some_and(|s| s > 0) && problem.status.as_u16() == 429);
        assert!(throttles.sign_in("ana@a.org", away).is_ok(), "an attacker does not lock the owner out");
        assert!((0..400).filter(|n| throttles.sign_in(&format!("{n}@a.org"), home).is_ok()).count() < 300);

        let inviter = UserId::new();
        assert!((0..10).all(|_| throttles.import(inviter, 500).is_ok()));
        assert!(throttles.import(inviter, 500).unwrap_err().retry_after.is_some_and(|wait| wait > 300));
        assert!(throttles.import(UserId::new(), 500).is_ok());

        let (a, b) = (ip("2001:db8:1:2::1"), ip("2001:db8:1:2:ffff::9"));
        assert!(throttles.sign_up(a).is_ok() && throttles.sign_up(b).is_ok());
        assert!(throttles.sign_up(a).is_err(), "one IPv6 customer is one client");
        assert!(throttles.sign_up(ip("2001:db8:1:3::1")).is_ok());

        let (asha, meera) = (UserId::new(), UserId::new());
        let of = |user| throttles.request_of(user).unwrap();
        assert_eq!([of(asha).0.remaining, of(asha).0.remaining], [1, 0]);
        let (left, refused) = of(asha);
        assert_eq!((left.limit, left.per_minute, left.remaining), ("user", 2, 0));
        let refused = refused.unwrap_err();
        assert_eq!(refused.code, "too_many_requests");
        assert!(refused.retry_after.is_some_and(|wait| (1..=31).contains(&wait)));
        assert!(of(meera).1.is_ok(), "one person's program does not stop the others");
        assert!(throttles.request_from(home).is_none(), "switched off");
    }
}
