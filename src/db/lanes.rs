//! Lanes: which of our few connections a request gets.
//!
//! A backend keeps plans and catalogue entries of every hospital that it has served, so a hospital always uses the
//! same two of our connections (the shorter queue of the two wins; when both are deep, the emptiest lane). Each lane
//! is a pool of one connection, so that waiting, recycling and replacement are deadpool's.
//!
//! No hospital has all lanes at a time (see `turns`), and nobody is sent behind a slow statement while a lane is free.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts};
use lru::LruCache;
use tokio_postgres::Statement;

use super::turns::{Turn, Turns};
use super::{SchemaName, Target};
use crate::kernel::DbError;
use crate::observe::metrics::{self, Cache};

/// A request waits no longer than this for a connection; then it is told that the house is full (503).
pub(super) const WAIT: Duration = Duration::from_secs(10);
/// A connection attempt may take longer: the server may just be starting.
const CONNECT: Duration = Duration::from_secs(10);
/// A queue this long sends the request to the emptiest lane instead.
const DEEP: usize = 4;
/// A connection that has been out for so long, in milliseconds, is counted as a queue of that length.
const SLOW: u64 = 50;
/// A backend that has served this many hospitals is replaced: PostgreSQL never frees their catalogue entries.
const MAX_TENANTS_SEEN: usize = 300;
const MAX_AGE: Duration = Duration::from_secs(30 * 60);

/// All connections that serve requests.
pub struct Lanes {
    lanes: Vec<Arc<Lane>>,
    turns: Arc<Turns>,
    hasher: RandomState,
}

impl std::fmt::Debug for Lanes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lanes").field("count", &self.lanes.len()).finish_non_exhaustive()
    }
}

struct Lane {
    pool: Pool,
    /// Requests that hold or wait for the connection.
    depth: AtomicUsize,
    /// When its connection was handed out, in milliseconds since `begun`; 0 while it is at home.
    out_since: AtomicU64,
    begun: Instant,
    /// Prepared statements kept, about 40 kB each in the backend; none: each is sent unnamed.
    keeps: Option<NonZeroUsize>,
    memory: Mutex<Memory>,
}

/// What the lane's present connection holds.
struct Memory {
    /// Dropping one closes it on the server.
    statements: LruCache<StatementKey, Statement>,
    tenants: HashSet<[u8; 16]>,
    since: Instant,
}

impl Memory {
    fn new(since: Instant, keeps: Option<NonZeroUsize>) -> Self {
        let statements = LruCache::new(keeps.unwrap_or(NonZeroUsize::MIN));
        Self { statements, tenants: HashSet::new(), since }
    }
}

impl Lanes {
    /// `count` connections, opened when first needed; each keeps so many prepared statements.
    #[must_use]
    pub fn new(target: &Target, count: u16, statements: u16) -> Self {
        let keeps = NonZeroUsize::new(statements.into());
        let lanes = (0..count.max(1))
            .map(|_| {
                let mut config = target.app.clone();
                config.application_name("hms");
                let manager = Manager::from_config(
                    config,
                    target.tls(),
                    ManagerConfig { recycling_method: RecyclingMethod::Fast },
                );
                let pool = Pool::builder(manager)
                    .max_size(1)
                    .runtime(Runtime::Tokio1)
                    .timeouts(Timeouts { wait: Some(WAIT), create: Some(CONNECT), recycle: Some(WAIT) })
                    .build()
                    .expect("a runtime is given, which timeouts need");
                Arc::new(Lane {
                    pool,
                    depth: AtomicUsize::new(0),
                    out_since: AtomicU64::new(0),
                    begun: Instant::now(),
                    keeps,
                    memory: Mutex::new(Memory::new(Instant::now(), keeps)),
                })
            })
            .collect();
        Self { lanes, turns: Arc::new(Turns::new(count)), hasher: RandomState::new() }
    }

    /// A connection for this hospital, or any for the platform (`None`).
    ///
    /// # Errors
    /// `pool` when none got free in time, or what PostgreSQL answered to the connection attempt.
    pub async fn checkout(&self, tenant: Option<&SchemaName>) -> Result<Conn, DbError> {
        let asked = Instant::now();
        let turn = match tenant {
            Some(tenant) => Some(Turn::take(&self.turns, tenant).await.inspect_err(|_| {
                metrics::lane_wait(asked.elapsed(), false);
            })?),
            None => None,
        };
        let with = turn.as_ref().map_or(0, Turn::with);
        let ticket = Ticket::take(Arc::clone(self.choose(tenant, with)), turn);
        let lane = &ticket.lane;
        #[expect(clippy::disallowed_methods, reason = "the one place that takes a request's connection")]
        let object = lane.pool.get().await;
        metrics::lane_wait(asked.elapsed(), object.is_ok());
        let object = object.map_err(|error| match &error {
            deadpool_postgres::PoolError::Backend(e) => {
                DbError { sqlstate: "pool".into(), ..DbError::of(e, "connect") }
            }
            _ => DbError::word("pool", "connect"),
        })?;
        ticket.lane.out_since.store(ticket.lane.millis(), Ordering::Relaxed);
        {
            let mut memory = ticket.lane.memory.lock().unwrap_or_else(PoisonError::into_inner);
            let opened = Object::metrics(&object).created;
            if memory.since != opened {
                // deadpool opened a new connection: what we remember of the old one is gone.
                *memory = Memory::new(opened, ticket.lane.keeps);
            }
            if let Some(tenant) = tenant {
                memory.tenants.insert(tenant.tail());
            }
        }
        Ok(Conn { object: Some(object), ticket })
    }

    /// `with` so many of the same hospital's requests at work already: its own two lanes are theirs.
    fn choose(&self, tenant: Option<&SchemaName>, with: usize) -> &Arc<Lane> {
        let emptiest = || self.lanes.iter().min_by_key(|lane| lane.queue()).unwrap_or(&self.lanes[0]);
        let Some(tenant) = tenant else { return emptiest() };
        let hash = self.hasher.hash_one(tenant);
        let count = self.lanes.len() as u64;
        let first = hash % count;
        let second = (first + 1 + (hash >> 32) % count.saturating_sub(1).max(1)) % count;
        let (a, b) = (&self.lanes[first as usize], &self.lanes[second as usize]);
        let shorter = if b.queue() < a.queue() { b } else { a };
        if shorter.queue() >= DEEP || with >= 2 { emptiest() } else { shorter }
    }

    /// How many requests hold or wait for a connection, lane by lane.
    #[must_use]
    pub fn depths(&self) -> Vec<usize> {
        self.lanes.iter().map(|lane| lane.depth()).collect()
    }

    /// How all of them are now.
    #[must_use]
    pub fn look(&self) -> LanesNow {
        let mut tenants = HashSet::new();
        let lanes = self.lanes.iter().map(|lane| {
            let memory = lane.memory.lock().unwrap_or_else(PoisonError::into_inner);
            let connected = lane.pool.status().size > 0;
            if connected {
                tenants.extend(memory.tenants.iter().copied());
            }
            let statements = if connected { memory.statements.len() } else { 0 };
            LaneNow { depth: lane.depth(), connected, statements }
        });
        LanesNow { lanes: lanes.collect(), tenants_open: tenants.len() }
    }

    /// Close all connections; waiting requests are refused.
    pub fn close(&self) {
        self.lanes.iter().for_each(|lane| lane.pool.close());
    }
}

impl Lane {
    /// At least 1: 0 means that the connection is at home.
    fn millis(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX).max(1)
    }

    /// How long it takes to be served here, in requests.
    fn queue(&self) -> usize {
        let since = self.out_since.load(Ordering::Relaxed);
        let slow = since != 0 && self.millis().saturating_sub(since) > SLOW;
        self.depth() + if slow { DEEP } else { 0 }
    }

    fn depth(&self) -> usize {
        self.depth.load(Ordering::Relaxed)
    }
}

/// The lanes at one moment, for those who watch.
#[derive(Debug)]
pub struct LanesNow {
    pub lanes: Vec<LaneNow>,
    /// Hospitals whose plans some connection keeps.
    pub tenants_open: usize,
}

#[derive(Debug, Clone, Copy)]
pub struct LaneNow {
    /// Requests that hold or wait for the connection.
    pub depth: usize,
    pub connected: bool,
    pub statements: usize,
}

/// Counts a request in its lane's queue for as long as it holds or waits for the connection.
struct Ticket {
    lane: Arc<Lane>,
    /// Given back with it.
    _turn: Option<Turn>,
}

impl Ticket {
    fn take(lane: Arc<Lane>, turn: Option<Turn>) -> Self {
        lane.depth.fetch_add(1, Ordering::Relaxed);
        Self { lane, _turn: turn }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.lane.depth.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Changes when a statement has to be prepared anew. It is part of the text from then on: a pooler that follows
/// statements by their text would hand out the old one again.
static EDITION: AtomicU64 = AtomicU64::new(0);

/// What stands before a hot statement: whose it is, and which edition.
#[must_use]
pub fn tag(tenant: Option<&SchemaName>) -> String {
    match (tenant, EDITION.load(Ordering::Relaxed)) {
        (None, 0) => String::new(),
        (None, edition) => format!("/*{edition:x}*/ "),
        (Some(tenant), 0) => format!("/*{tenant}*/ "),
        (Some(tenant), edition) => format!("/*{tenant} {edition:x}*/ "),
    }
}

/// A prepared statement of a connection: whose (`None`: the platform's), and which text, by its place in the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatementKey {
    tenant: Option<[u8; 16]>,
    text: (usize, usize),
}

impl StatementKey {
    #[must_use]
    pub fn new(tenant: Option<&SchemaName>, sql: &'static str) -> Self {
        Self { tenant: tenant.map(SchemaName::tail), text: (sql.as_ptr().addr(), sql.len()) }
    }
}

/// A connection on loan. Dropping it gives it back to its lane, so its transaction must be over; see `discard`.
pub struct Conn {
    object: Option<Object>,
    ticket: Ticket,
}

impl Conn {
    /// The connection itself.
    pub fn client(&self) -> &Object {
        self.object.as_ref().expect("only discard and drop take it")
    }

    /// Whether statements are prepared here; if not, all are sent unnamed.
    #[must_use]
    pub fn prepares(&self) -> bool {
        self.ticket.lane.keeps.is_some()
    }

    /// The prepared statement, if this connection has it.
    #[must_use]
    pub fn prepared(&self, key: StatementKey) -> Option<Statement> {
        let found = self.memory().statements.get(&key).cloned();
        if found.is_some() {
            metrics::statement(Cache::Hit);
        }
        found
    }

    /// Prepare `sql` in the present context and keep it; the least used one goes when there are too many.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers.
    pub async fn prepare(&self, key: StatementKey, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        let statement = self.client().prepare(sql).await?;
        metrics::statement(Cache::Miss);
        let replaced = self.memory().statements.push(key, statement.clone());
        if replaced.is_some_and(|(other, _)| other != key) {
            metrics::statement(Cache::Evicted);
        }
        Ok(statement)
    }

    /// Forget a prepared statement: its result type changed under it (SQLSTATE 0A000).
    pub fn forget(&self, key: StatementKey) {
        EDITION.store(uuid::Uuid::new_v4().as_u64_pair().1, Ordering::Relaxed);
        self.memory().statements.pop(&key);
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.ticket.lane.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Close the connection instead of giving it back: something is still in flight on it, and a late
    /// cancellation would hit the next hospital.
    pub fn discard(mut self) {
        if let Some(object) = self.object.take() {
            metrics::db_connection_closed("in_flight");
            drop(Object::take(object));
        }
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        self.ticket.lane.out_since.store(0, Ordering::Relaxed);
        let Some(object) = self.object.take() else { return };
        let worn = {
            let memory = self.memory();
            memory.tenants.len() > MAX_TENANTS_SEEN || memory.since.elapsed() > MAX_AGE
        };
        if worn {
            metrics::db_connection_closed("worn");
            drop(Object::take(object));
        }
    }
}
