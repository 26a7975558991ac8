//! A transaction in one hospital's schema or on the platform's tables.
//!
//! A connection is taken with the first statement, so a handler that is still being sent its body holds none; BEGIN,
//! role and path travel in the same flight. The connection goes back only after an acknowledged COMMIT or ROLLBACK;
//! with a query still in flight it is closed instead.

use std::marker::PhantomData;
use std::sync::{Arc, PoisonError};

use futures_util::future::join;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use super::audit::{self, Audit, RowValues};
use super::context::Origin;
use super::core::{Core, platform_context, tenant_context};
use crate::app::App;
use crate::config::Config;
use crate::db::lanes::{StatementKey, tag};
use crate::db::statement::Plan;
use crate::db::{Conn, Platform, Scope, Stmt, Tenant};
use crate::identity::actor::{Actor, TenantFacts};
use crate::kernel::ids::new_uuid;
use crate::kernel::{AppError, DbError};
use crate::web::Outcome;

/// A transaction in one hospital's schema.
pub type TenantTx = Tx<Tenant>;
/// A transaction on the platform's tables.
pub type PlatformTx = Tx<Platform>;
type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A transaction of scope `S`. Only this module opens one.
///
/// A statement of its own scope:
/// ```
/// async fn right(tx: &hms::access::TenantTx, stmt: &hms::db::Stmt<hms::db::Tenant>) {
///     let _ = tx.rows(stmt, &[]).await;
/// }
/// ```
/// One of the other side does not compile:
/// ```compile_fail,E0308
/// async fn wrong(tx: &hms::access::PlatformTx, stmt: &hms::db::Stmt<hms::db::Tenant>) {
///     let _ = tx.rows(stmt, &[]).await;
/// }
/// ```
pub struct Tx<S: Scope> {
    pub(super) core: Arc<Core>,
    facts: Option<Arc<TenantFacts>>,
    scope: PhantomData<S>,
}

/// A transaction in a hospital's schema. It takes a connection, and sends BEGIN, with its first statement.
pub(super) fn tenant(app: &App, facts: Arc<TenantFacts>, origin: Origin) -> TenantTx {
    let context = tenant_context(app.db.isolation(), &facts.schema);
    let core = Core::begin(app, Some(Arc::clone(&facts)), &context, origin);
    Tx::over(Arc::new(core), Some(facts))
}

/// A transaction on the platform's tables. It takes a connection, and sends BEGIN, with its first statement.
pub(super) fn platform(app: &App, origin: Origin) -> PlatformTx {
    let core = Core::begin(app, None, &platform_context(app.db.isolation()), origin);
    Tx::over(Arc::new(core), None)
}

impl<S: Scope> Tx<S> {
    pub(super) fn over(core: Arc<Core>, facts: Option<Arc<TenantFacts>>) -> Self {
        Self { core, facts, scope: PhantomData }
    }

    /// The same with its connection taken already.
    ///
    /// # Errors
    /// When no connection gets free in time.
    pub(super) async fn taken(self) -> Result<Self, AppError> {
        self.core.conn("connect").await?;
        Ok(self)
    }

    /// When this transaction began: one instant for all that it writes.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.core.now
    }

    /// Who is behind it.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.core.origin
    }

    /// How this HMS is set up.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.core.app().config
    }

    /// The person behind it, with their rights; none behind a task.
    #[must_use]
    pub fn person(&self) -> Option<&Actor> {
        self.core.origin.person.as_deref()
    }

    /// Something sensitive was read: whatever the handler says it was, its audit row is durable, and `detail` is in
    /// it. Said twice, the greater text stays.
    pub fn read_sensitive(&self, detail: Map<String, Value>) {
        let mut said = self.core.sensitive.lock().unwrap_or_else(PoisonError::into_inner);
        let said = said.get_or_insert_default();
        for (name, value) in detail {
            if said.get(&name).is_none_or(|before| before.as_str() < value.as_str()) {
                said.insert(name, value);
            }
        }
    }

    /// Execute with the hot or the unnamed plan. A cached statement whose result type changed under it (0A000) is
    /// forgotten, and tried again if it was the transaction's first.
    async fn call<T>(
        &self,
        stmt: &Stmt<S>,
        params: Params<'_>,
        rows: impl Fn(Vec<Row>, u64) -> T,
        wants_rows: bool,
    ) -> Result<T, DbError> {
        let info = &stmt.info;
        debug_assert_eq!(info.params.len(), params.len(), "{}", info.name);
        let conn = self.core.conn(info.name).await?;
        if info.plan == Plan::Once || !conn.prepares() {
            let typed: Vec<_> = params.iter().copied().zip(info.params.iter().cloned()).collect();
            return if wants_rows {
                let work = async { conn.client().query_typed(info.sql, &typed).await };
                self.core.run(&conn, info.name, work).await.map(|found| rows(found, 0))
            } else {
                let work = async { conn.client().execute_typed(info.sql, &typed).await };
                self.core.run(&conn, info.name, work).await.map(|n| rows(Vec::new(), n))
            };
        }
        let key = self.key_of(stmt);
        let first = self.core.is_unopened();
        let work = async {
            let statement = match conn.prepared(key) {
                Some(statement) => statement,
                None => conn.prepare(key, &self.text_of(stmt)).await?,
            };
            execute(&conn, &statement, params, wants_rows).await
        };
        let result = match self.core.run(&conn, info.name, work).await {
            Err(error) if error.sqlstate == SqlState::FEATURE_NOT_SUPPORTED.code() => {
                conn.forget(key);
                if !first {
                    return Err(error);
                }
                self.core.reopen(&conn).await?;
                let again = async {
                    let statement = conn.prepare(key, &self.text_of(stmt)).await?;
                    execute(&conn, &statement, params, wants_rows).await
                };
                self.core.run(&conn, info.name, again).await
            }
            other => other,
        };
        result.map(|(found, n)| rows(found, n))
    }

    fn key_of(&self, stmt: &Stmt<S>) -> StatementKey {
        StatementKey::new(self.facts.as_ref().map(|facts| &facts.schema), stmt.info.sql)
    }

    /// Its text with the hospital's tag, so that a pooler which caches by text keeps one plan for each.
    fn text_of(&self, stmt: &Stmt<S>) -> String {
        let tag = tag(self.facts.as_ref().map(|facts| &facts.schema));
        tag + stmt.info.sql
    }

    /// All rows.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers; the transaction is poisoned then.
    pub async fn rows(&self, stmt: &Stmt<S>, params: Params<'_>) -> Result<Vec<Row>, DbError> {
        self.call(stmt, params, |rows, _| rows, true).await
    }

    /// The row, if there is one.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers; the transaction is poisoned then.
    pub async fn row_opt(&self, stmt: &Stmt<S>, params: Params<'_>) -> Result<Option<Row>, DbError> {
        Ok(self.rows(stmt, params).await?.into_iter().next())
    }

    /// The one row that must be there.
    ///
    /// # Errors
    /// `no_row` if it is not, or whatever PostgreSQL answers.
    pub async fn row(&self, stmt: &Stmt<S>, params: Params<'_>) -> Result<Row, DbError> {
        self.row_opt(stmt, params).await?.ok_or(DbError::word("no_row", stmt.info.name))
    }

    /// How many rows were changed.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers; the transaction is poisoned then.
    pub async fn execute(&self, stmt: &Stmt<S>, params: Params<'_>) -> Result<u64, DbError> {
        self.call(stmt, params, |_, n| n, false).await
    }

    /// Do `work`; if it fails in the database, undo only that, so that the transaction can go on (for example to
    /// answer a constraint's refusal with a look at who took the place).
    ///
    /// # Errors
    /// The error of `work`.
    pub async fn attempt<T>(
        &self,
        work: impl Future<Output = Result<T, AppError>> + Send,
    ) -> Result<T, AppError> {
        self.core.batch("savepoint attempt", "savepoint").await?;
        let result = work.await;
        if result.is_err() {
            self.core.forgive();
            self.core
                .batch("rollback to savepoint attempt; release savepoint attempt", "rollback to savepoint")
                .await?;
        } else {
            self.core.batch("release savepoint attempt", "release savepoint").await?;
        }
        result
    }

    /// COMMIT without audit: for the gate's own bookkeeping and for jobs.
    pub(super) async fn finish(self) -> Result<(), AppError> {
        self.core.batch("commit", "commit").await?;
        self.core.release();
        Ok(())
    }

    /// The same for a note that a crash may lose, and that waits for no standby.
    pub(super) async fn finish_loosely(self) -> Result<(), AppError> {
        self.core.batch("set local synchronous_commit to off; commit", "commit").await?;
        self.core.release();
        Ok(())
    }

    /// Have the statement prepared: one that still had to be would be executed after a COMMIT sent beside it. (An
    /// unnamed one is sent whole, before it.)
    async fn ready(&self, stmt: &Stmt<S>) -> Result<(), DbError> {
        let conn = self.core.conn(stmt.info.name).await?;
        let key = self.key_of(stmt);
        if !conn.prepares() || conn.prepared(key).is_some() {
            return Ok(());
        }
        let sql = self.text_of(stmt);
        self.core.run(&conn, stmt.info.name, conn.prepare(key, &sql)).await.map(|_| ())
    }

    fn audit_row(&self, audit: Audit) -> RowValues {
        let origin = &self.core.origin;
        RowValues {
            id: new_uuid(),
            at: self.core.now,
            action: origin.action.clone(),
            actor: origin.actor_id.or(audit.by),
            ip: origin.ip,
            request_id: origin.request_id.clone(),
            audit,
        }
    }

    /// One flight: audit row, stored reply, COMMIT. Each answer is looked at, because a COMMIT after a failed
    /// statement reports success and rolls back.
    async fn conclude<O: Outcome>(
        self,
        insert: &Stmt<S>,
        store: &Stmt<S>,
        audit: Audit,
        outcome: O,
    ) -> Result<O, AppError> {
        let pending = self.core.pending.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(pending) = pending {
            pending.store(&self, store, &outcome).await?;
        }
        let sensitive = self.core.sensitive.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut audit = match sensitive {
            Some(more) => audit.durably(more),
            None => audit,
        };
        for row in std::mem::take(&mut audit.also).into_iter().filter(|row| !row.is_told) {
            self.execute(insert, &self.audit_row(row).params()).await?;
        }
        if audit.is_told {
            let committed = self.core.batch("commit", "commit").await;
            committed.map_err(|error| DbError { in_doubt: error.is_broken_off(), ..error })?;
            self.core.release();
            return Ok(outcome);
        }
        let writes = !audit.lossy;
        let end = if audit.lossy { "set local synchronous_commit to off; commit" } else { "commit" };
        let row = self.audit_row(audit);
        let params = row.params();
        self.ready(insert).await?;
        let (recorded, committed) = join(self.execute(insert, &params), self.core.batch(end, "commit")).await;
        // They travel together: if the connection broke, COMMIT may have been carried out without its answer. What
        // PostgreSQL refuses in the first, it rolls back in the second. A mere look leaves no doubt that matters.
        recorded.map_err(|error| {
            let in_doubt = writes && error.is_unanswered();
            DbError { in_doubt, ..error }
        })?;
        committed.map_err(|error| {
            let in_doubt = writes && error.is_broken_off();
            DbError { in_doubt, ..error }
        })?;
        self.core.release();
        Ok(outcome)
    }
}

impl Tx<Tenant> {
    /// The hospital.
    #[must_use]
    pub fn hospital(&self) -> &TenantFacts {
        self.facts.as_ref().expect("a tenant transaction is made with its facts")
    }

    /// Audit, store the reply for its Idempotency-Key, COMMIT: one transaction. `outcome` is sent only afterwards.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers; nothing was kept then.
    pub async fn commit<O: Outcome>(self, audit: Audit, outcome: O) -> Result<O, AppError> {
        self.conclude(&audit::tenant::INSERT, &super::idempotency::tenant::STORE, audit, outcome).await
    }
}

impl Tx<Platform> {
    /// Audit, store the reply for its Idempotency-Key, COMMIT: one transaction. `outcome` is sent only afterwards.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers; nothing was kept then.
    pub async fn commit<O: Outcome>(self, audit: Audit, outcome: O) -> Result<O, AppError> {
        self.conclude(&audit::platform::INSERT, &super::idempotency::platform::STORE, audit, outcome).await
    }
}

async fn execute(
    conn: &Conn,
    statement: &Statement,
    params: Params<'_>,
    wants_rows: bool,
) -> Result<(Vec<Row>, u64), tokio_postgres::Error> {
    if wants_rows {
        conn.client().query(statement, params).await.map(|found| (found, 0))
    } else {
        conn.client().execute(statement, params).await.map(|n| (Vec::new(), n))
    }
}

/// Ask for work after COMMIT. Payloads hold ids only: the queue logs them.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn enqueue(
    tx: &PlatformTx,
    task: &'static str,
    payload: &serde_json::Value,
) -> Result<(), DbError> {
    tx.row(&platform::ENQUEUE, &[&task, &payload]).await.map(|_| ())
}

pub(super) mod platform {
    crate::statements! { Platform;
        ENQUEUE(TEXT, JSON) = "select public.enqueue($1, $2)::text";
        /// Tell every instance what changed; see `identity::registry`.
        ANNOUNCE(TEXT) = "select pg_notify('hms_registry', $1)::text";
    }
}
