//! The few acts that must write both sides at once: sign-up, creating a user, limits.
//!
//! One connection, one transaction; each step takes the role and path of its side. Who may use it is a list in the
//! architecture test.

use std::sync::Arc;

use super::audit::Audit;
use super::context::Origin;
use super::core::{Core, platform_context, tenant_context};
use super::directory::announce;
use super::gate::Authorized;
use super::tx::{PlatformTx, TenantTx, Tx};
use crate::app::App;
use crate::db::Isolation;
use crate::identity::actor::TenantFacts;
use crate::identity::registry::Change;
use crate::kernel::AppError;
use crate::web::Outcome;

/// A transaction that can stand on either side, one at a time.
pub struct Bridge {
    core: Arc<Core>,
    isolation: Isolation,
    platform: PlatformTx,
    tenant: Option<TenantTx>,
    on_platform: bool,
}

impl Bridge {
    /// Open on the platform's side.
    ///
    /// # Errors
    /// When no connection gets free in time.
    pub async fn open(app: &App, origin: Origin) -> Result<Self, AppError> {
        let isolation = app.db.isolation();
        let core = Arc::new(Core::begin(app, None, &platform_context(isolation), origin));
        core.conn("connect").await?;
        let platform = Tx::over(Arc::clone(&core), None);
        Ok(Self { core, isolation, platform, tenant: None, on_platform: true })
    }

    /// Go on with the transaction of whoever was let in: the same connection, and the same Idempotency-Key, whose reply
    /// is stored by [`commit_in`](Self::commit_in). Stands in the hospital.
    #[must_use]
    pub fn of<P>(tx: Authorized<P>) -> Self {
        let tenant = tx.into_tx();
        let core = Arc::clone(&tenant.core);
        let platform = Tx::over(Arc::clone(&core), None);
        Self { isolation: core.isolation(), core, platform, tenant: Some(tenant), on_platform: false }
    }

    /// Step to the platform's side. The borrow ends before the next step can begin.
    pub fn platform(&mut self) -> &PlatformTx {
        if !self.on_platform {
            self.core.switch(&platform_context(self.isolation));
            self.on_platform = true;
        }
        &self.platform
    }

    /// Step into a hospital's schema: the same one for the whole act.
    pub fn tenant(&mut self, facts: &TenantFacts) -> &TenantTx {
        let other = self.tenant.as_ref().is_none_or(|t| t.hospital().schema != facts.schema);
        if self.on_platform || other {
            self.core.switch(&tenant_context(self.isolation, &facts.schema));
            self.on_platform = false;
        }
        if other {
            self.tenant = None;
        }
        self.tenant.get_or_insert_with(|| Tx::over(Arc::clone(&self.core), Some(Arc::new(facts.clone()))))
    }

    /// Audit in the hospital's schema and COMMIT both: for what a hospital's own people did.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers; nothing was kept on either side then.
    pub async fn commit_in<O: Outcome>(
        mut self,
        facts: &TenantFacts,
        audit: Audit,
        outcome: O,
    ) -> Result<O, AppError> {
        let _ = self.tenant(facts);
        let tenant = self.tenant.take().ok_or_else(|| AppError::internal("the bridge has no hospital"))?;
        tenant.commit(audit, outcome).await
    }

    /// Audit on the platform's side and COMMIT both.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers; nothing was kept on either side then.
    pub async fn commit<O: Outcome>(mut self, audit: Audit, outcome: O) -> Result<O, AppError> {
        let _ = self.platform();
        self.tenant = None;
        self.platform.commit(audit, outcome).await
    }
}

/// Audit and COMMIT in the hospital's schema, and on the way, in the same transaction, step to the platform's side to tell
/// every instance that what is known about this hospital's people changed. This instance knows it at once.
///
/// # Errors
/// Whatever PostgreSQL answers; nothing was kept and nobody was told then.
pub(super) async fn commit_and_announce<O: Outcome>(
    tx: TenantTx,
    audit: Audit,
    outcome: O,
) -> Result<O, AppError> {
    let change = Change::Tenant(tx.hospital().id.0);
    let app = tx.core.app().clone();
    let isolation = tx.core.isolation();
    tx.core.switch(&platform_context(isolation));
    let platform: PlatformTx = Tx::over(Arc::clone(&tx.core), None);
    announce(&platform, &change).await?;
    drop(platform);
    tx.core.switch(&tenant_context(isolation, &tx.hospital().schema));
    let outcome = tx.commit(audit, outcome).await?;
    app.registry.invalidate(&change);
    Ok(outcome)
}
