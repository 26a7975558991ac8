//! One transaction on one connection: where it stands, and what becomes of the connection.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::context::Origin;
use super::idempotency::Pending;
use crate::app::App;
use crate::db::{Conn, Isolation, SchemaName};
use crate::identity::actor::TenantFacts;
use crate::kernel::DbError;

/// The lines that give a transaction its rights. Names are checked identifiers, never values.
pub(super) fn tenant_context(isolation: Isolation, schema: &SchemaName) -> String {
    let role =
        if isolation == Isolation::Roles { format!("set local role {schema}; ") } else { String::new() };
    format!("{role}set local search_path to {schema}, extensions")
}

pub(super) fn platform_context(isolation: Isolation) -> String {
    let role = if isolation == Isolation::Roles { "set local role hms_platform; " } else { "" };
    format!("{role}set local search_path to extensions")
}

const LIMITS: &str = "set local statement_timeout to '15s'; set local lock_timeout to '5s'; set local idle_in_transaction_session_timeout to '60s'";

/// A ROLLBACK that is not answered within this time never will be: the connection is closed, its lane gets a new one.
const ROLLBACK: Duration = Duration::from_secs(5);

const OPEN: u8 = 0;
const POISONED: u8 = 1;
const DONE: u8 = 2;

/// What both kinds share: the connection and where the transaction stands.
pub(super) struct Core {
    app: App,
    /// Whose lanes the connection comes from; none: any.
    hospital: Option<Arc<TenantFacts>>,
    /// Taken by the first statement.
    conn: Mutex<Option<Arc<Conn>>>,
    /// Held while one is taken: statements that are sent side by side take one between them.
    taking: tokio::sync::Mutex<()>,
    /// BEGIN and the first context.
    begin: String,
    /// Sent ahead of the next statement: BEGIN and the context, or a change of context.
    opening: Mutex<Option<String>>,
    state: AtomicU8,
    /// Statements sent and not answered. A cancelled one is never counted down.
    in_flight: AtomicUsize,
    pub(super) now: Timestamp,
    pub(super) origin: Origin,
    pub(super) pending: Mutex<Option<Pending>>,
    /// What the audit row must say and may not lose.
    pub(super) sensitive: Mutex<Option<Map<String, Value>>>,
}

impl Core {
    pub(super) fn begin(
        app: &App,
        hospital: Option<Arc<TenantFacts>>,
        context: &str,
        origin: Origin,
    ) -> Self {
        let begin = format!("begin; {context}; {LIMITS}");
        Self {
            app: app.clone(),
            hospital,
            conn: Mutex::new(None),
            taking: tokio::sync::Mutex::new(()),
            opening: Mutex::new(Some(begin.clone())),
            begin,
            state: AtomicU8::new(OPEN),
            in_flight: AtomicUsize::new(0),
            now: app.clock.now(),
            origin,
            pending: Mutex::new(None),
            sensitive: Mutex::new(None),
        }
    }

    pub(super) fn app(&self) -> &App {
        &self.app
    }

    /// How role and path are set on this database.
    pub(super) fn isolation(&self) -> Isolation {
        self.app.db.isolation()
    }

    /// Change role and path with the next statement (the bridge only).
    pub(super) fn switch(&self, context: &str) {
        let mut opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        *opening = Some(match opening.take() {
            Some(begin) => format!("{begin}; {context}"),
            None => context.to_owned(),
        });
    }

    /// The connection of this transaction, taken now if this is its first statement.
    pub(super) async fn conn(&self, statement: &'static str) -> Result<Arc<Conn>, DbError> {
        if let Some(conn) = self.held(statement)? {
            return Ok(conn);
        }
        let _turn = self.taking.lock().await;
        if let Some(conn) = self.held(statement)? {
            return Ok(conn);
        }
        let schema = self.hospital.as_ref().map(|hospital| &hospital.schema);
        let conn = Arc::new(self.app.db.lanes.checkout(schema).await?);
        *self.conn.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&conn));
        Ok(conn)
    }

    fn held(&self, statement: &'static str) -> Result<Option<Arc<Conn>>, DbError> {
        match self.state.load(Ordering::Acquire) {
            OPEN => {}
            POISONED => return Err(DbError::word("poisoned", statement)),
            _ => return Err(DbError::word("finished", statement)),
        }
        Ok(self.conn.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Send `work`, ahead of it what must come first, and poison the transaction if either fails.
    pub(super) async fn run<T>(
        &self,
        conn: &Conn,
        statement: &'static str,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, DbError> {
        let opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        let result = match opening {
            Some(sql) => {
                let (opened, result) = join(conn.client().batch_execute(&sql), work).await;
                opened.and(result)
            }
            None => work.await,
        };
        self.in_flight.fetch_sub(1, Ordering::AcqRel);
        result.map_err(|error| {
            let _ = self.state.compare_exchange(OPEN, POISONED, Ordering::AcqRel, Ordering::Acquire);
            DbError::of(&error, statement)
        })
    }

    pub(super) fn is_unopened(&self) -> bool {
        let opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        opening.as_deref() == Some(self.begin.as_str())
    }

    /// Roll back and begin again in the same context.
    pub(super) async fn reopen(&self, conn: &Conn) -> Result<(), DbError> {
        let sql = format!("rollback; {}", self.begin);
        conn.client().batch_execute(&sql).await.map_err(|e| DbError::of(&e, "reopen"))?;
        self.state.store(OPEN, Ordering::Release);
        Ok(())
    }

    pub(super) async fn batch(&self, sql: &str, statement: &'static str) -> Result<(), DbError> {
        let conn = self.conn(statement).await?;
        self.run(&conn, statement, conn.client().batch_execute(sql)).await
    }

    /// A savepoint is about to undo what failed.
    pub(super) fn forgive(&self) {
        let _ = self.state.compare_exchange(POISONED, OPEN, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Mark as over after an acknowledged COMMIT or ROLLBACK and give the connection back.
    pub(super) fn release(&self) {
        self.state.store(DONE, Ordering::Release);
        self.conn.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        let Some(conn) = self.conn.get_mut().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let Some(conn) = Arc::into_inner(conn) else { return };
        let never_began =
            self.opening.get_mut().is_ok_and(|o| o.as_ref().is_some_and(|sql| sql.starts_with(&self.begin)));
        if never_began {
            return;
        }
        let quiet = *self.in_flight.get_mut() == 0 && !conn.client().is_closed();
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) if quiet => {
                runtime.spawn(async move {
                    let answer =
                        tokio::time::timeout(ROLLBACK, conn.client().batch_execute("rollback")).await;
                    if !matches!(answer, Ok(Ok(()))) {
                        conn.discard();
                    }
                });
            }
            _ => conn.discard(),
        }
    }
}
