//! Failed sign-ins and denied attempts of a hospital's own people.

use std::collections::BTreeMap;

use crate::access::{Audit, Authorized, Bridge};
use crate::app::App;
use crate::clinic::audit::model::{DeniedAttempt, FailedSignIn, WantedAttempts};
use crate::clinic::audit::{View, store};
use crate::clinic::patients;
use crate::identity::actor::TenantFacts;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::{LongPage, MOST_COUNTED, PageRequest};
use crate::web::Outcome;

/// The platform's rows about the people of whoever was let in, and the hospital's names for them, in one transaction.
pub(in crate::clinic::audit) struct Gatehouse {
    bridge: Bridge,
    facts: TenantFacts,
}

impl Gatehouse {
    /// # Errors
    /// When no connection gets free in time.
    pub(in crate::clinic::audit) async fn open(app: &App, tx: Authorized<View>) -> Result<Self, AppError> {
        let (origin, facts) = (tx.origin().clone(), tx.hospital().clone());
        // A request never holds two connections.
        drop(tx);
        Ok(Self { bridge: Bridge::open(app, origin).await?, facts })
    }

    /// One page of the failed sign-ins, newest first.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers.
    pub(in crate::clinic::audit) async fn failed(
        &mut self,
        wanted: &WantedAttempts,
        page: PageRequest,
    ) -> Result<LongPage<FailedSignIn>, AppError> {
        let platform = self.bridge.platform();
        let (mut items, counted) =
            store::attempts::failed(platform, self.facts.id, wanted, page, MOST_COUNTED + 1).await?;
        let names = self.names(items.iter().map(|item| item.user)).await?;
        items.iter_mut().for_each(|item| item.name = names.get(&item.user).cloned());
        Ok(page.long(items, counted))
    }

    /// One page of the denied attempts, newest first.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers.
    pub(in crate::clinic::audit) async fn denied(
        &mut self,
        wanted: &WantedAttempts,
        page: PageRequest,
    ) -> Result<LongPage<DeniedAttempt>, AppError> {
        let platform = self.bridge.platform();
        let (mut items, counted) =
            store::attempts::denied(platform, self.facts.id, wanted, page, MOST_COUNTED + 1).await?;
        let names = self.names(items.iter().map(|item| item.user)).await?;
        items.iter_mut().for_each(|item| item.name = names.get(&item.user).cloned());
        Ok(page.long(items, counted))
    }

    async fn names(
        &mut self,
        people: impl Iterator<Item = UserId>,
    ) -> Result<BTreeMap<UserId, String>, AppError> {
        let people: Vec<UserId> = people.collect();
        patients::staff_names(self.bridge.tenant(&self.facts), &people).await
    }

    /// COMMIT, on record at the hospital.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers.
    pub(in crate::clinic::audit) async fn seen<O: Outcome>(
        self,
        audit: Audit,
        outcome: O,
    ) -> Result<O, AppError> {
        self.bridge.commit_in(&self.facts, audit, outcome).await
    }
}
