//! Transactions without a person: jobs and the command line. The name of the task is what the audit says.

use std::ops::Deref;
use std::sync::Arc;

use super::context::Origin;
use super::tx::{self, Tx};
use crate::app::App;
use crate::db::{Platform, Scope, Tenant};
use crate::identity::actor::TenantFacts;
use crate::kernel::AppError;

/// What acts: a job or a command, by name.
#[derive(Debug, Clone, Copy)]
pub struct SystemTask(pub &'static str);

impl SystemTask {
    /// Who acts, for audit rows.
    #[must_use]
    pub fn origin(self) -> Origin {
        let action = self.0.to_owned();
        Origin { actor_id: None, person: None, tenant: None, action, ip: None, request_id: None }
    }
}

/// A transaction of a task. Unlike a person's, it may end without an audit row: what it changes says so itself.
pub struct SystemTx<S: Scope>(Tx<S>);

impl<S: Scope> SystemTx<S> {
    /// COMMIT.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers; nothing was kept then.
    pub async fn done(self) -> Result<(), AppError> {
        self.0.finish().await
    }

    /// The transaction itself, to commit it with an audit row.
    #[must_use]
    pub fn audited(self) -> Tx<S> {
        self.0
    }
}

impl SystemTx<Platform> {
    /// Does the database answer, with the rights that requests need?
    ///
    /// # Errors
    /// Whatever PostgreSQL answers.
    pub async fn ping(self) -> Result<(), AppError> {
        self.0.row(&PING, &[]).await?;
        self.done().await
    }
}

crate::statements! { Platform;
    PING() = "select count(*) from (select from public.tenants limit 1) t";
}

impl<S: Scope> Deref for SystemTx<S> {
    type Target = Tx<S>;
    fn deref(&self) -> &Tx<S> {
        &self.0
    }
}

/// The platform's tables for a task.
///
/// # Errors
/// When no connection gets free in time.
pub async fn platform(app: &App, task: SystemTask) -> Result<SystemTx<Platform>, AppError> {
    tx::platform(app, task.origin()).taken().await.map(SystemTx)
}

/// One hospital's schema for a task.
///
/// # Errors
/// When no connection gets free in time.
pub async fn tenant(app: &App, task: SystemTask, facts: TenantFacts) -> Result<SystemTx<Tenant>, AppError> {
    tx::tenant(app, Arc::new(facts), task.origin()).taken().await.map(SystemTx)
}
