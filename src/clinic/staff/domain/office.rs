//! The office of a hospital's staff: both sides, open in one transaction, for one person who was let in.

use std::collections::BTreeSet;

use crate::access::{self, Audit, Authorized, Bridge, Permission, PlatformTx, TenantTx};
use crate::app::App;
use crate::clinic::staff::store::{self, accounts};
use crate::identity::actor::TenantFacts;
use crate::identity::registry::Change;
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, Problem};
use crate::web::Outcome;

/// A hospital's staff, open to one of its people.
pub struct Office {
    pub(super) app: App,
    pub(super) bridge: Bridge,
    pub(super) facts: TenantFacts,
    /// Who acts.
    pub(super) me: UserId,
    /// What they may do: as the gate knew it, and behind [`Office::lock`] as it is.
    pub(super) codes: BTreeSet<String>,
    needed: &'static str,
    changed: Vec<UserId>,
}

impl Office {
    /// Open it to whoever was let in by `tx`, on the same connection.
    #[must_use]
    pub fn of<P: Permission>(app: &App, tx: Authorized<P>) -> Self {
        Self {
            app: app.clone(),
            facts: tx.hospital().clone(),
            me: tx.actor().user,
            codes: tx.actor().permissions.clone(),
            needed: P::CODE,
            changed: Vec::new(),
            bridge: Bridge::of(tx),
        }
    }

    pub(super) fn platform(&mut self) -> &PlatformTx {
        self.bridge.platform()
    }

    pub(super) fn tenant(&mut self) -> &TenantTx {
        self.bridge.tenant(&self.facts)
    }

    /// Is this the person who acts?
    #[must_use]
    pub fn is_me(&self, id: UserId) -> bool {
        self.me == id
    }

    /// One at a time from here on, with rights as they are now: of two administrators who take each other's account
    /// away, the second one has none any more. How many accounts the hospital may have.
    ///
    /// # Errors
    /// 403 for who lost their account or right while they waited.
    pub(super) async fn lock(&mut self) -> Result<Option<i32>, AppError> {
        let (hospital, me) = (self.facts.id, self.me);
        let max_users = accounts::lock(self.platform(), hospital).await?;
        if !accounts::acts(self.platform(), hospital, me).await? {
            let detail = "This account is inactive. Ask your administrator.";
            return Err(Problem::forbidden("auth.inactive", detail).into());
        }
        self.codes = store::codes(self.tenant(), me).await?.into_iter().collect();
        self.demand(self.needed)?;
        Ok(max_users)
    }

    /// A right beside the one that the gate asked for.
    ///
    /// # Errors
    /// 403 with the contract's words.
    pub(super) fn demand(&self, code: &str) -> Result<(), AppError> {
        if self.codes.contains(code) {
            return Ok(());
        }
        let detail = format!("Insufficient permissions. Required: {code}");
        Err(Problem::forbidden("auth.permission_missing", detail).into())
    }

    /// Somebody's rights or standing changed: told to every instance with COMMIT.
    pub(super) async fn announce(&mut self, id: UserId) -> Result<(), AppError> {
        access::announce(self.platform(), &Change::User(id.0)).await?;
        self.changed.push(id);
        Ok(())
    }

    /// COMMIT, recorded at the hospital. This instance knows what changed at once.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers; nothing was kept then.
    pub async fn commit<O: Outcome>(self, audit: Audit, outcome: O) -> Result<O, AppError> {
        let outcome = self.bridge.commit_in(&self.facts, audit, outcome).await?;
        for id in self.changed {
            self.app.registry.invalidate(&Change::User(id.0));
        }
        Ok(outcome)
    }
}
