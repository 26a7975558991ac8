//! Looking at members of staff: one statement in the hospital's schema for each part, at most two on the platform,
//! however many people there are.

use std::collections::BTreeMap;

use super::office::Office;
use crate::clinic::departments::DepartmentId;
use crate::clinic::staff::model::{Member, Profile, Role, StaffError, Standing, State, Wanted};
use crate::clinic::staff::store::{self, accounts};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::Page;

impl Office {
    /// One page of those who are wanted.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers.
    pub async fn list(&mut self, wanted: &Wanted) -> Result<Page<Member>, AppError> {
        let (hospital, now) = (self.facts.id, self.platform().now());
        let (only, without) = match wanted.standing {
            Standing::Everybody => (None, Vec::new()),
            Standing::Present => {
                (None, accounts::in_state(self.platform(), hospital, State::Inactive, now).await?)
            }
            Standing::Only(state) => {
                (Some(accounts::in_state(self.platform(), hospital, state, now).await?), Vec::new())
            }
        };
        let (profiles, total) = store::page(self.tenant(), wanted, only.as_deref(), &without).await?;
        let members = self.with_accounts(profiles).await?;
        Ok(wanted.page.envelope(members, total))
    }

    /// The member of staff with this id.
    ///
    /// # Errors
    /// [`StaffError::NotFound`].
    pub async fn find(&mut self, id: UserId) -> Result<Member, AppError> {
        let profile = store::find(self.tenant(), id).await?.ok_or(StaffError::NotFound)?;
        let found = self.with_accounts(vec![profile]).await?;
        found.into_iter().next().ok_or_else(|| StaffError::NotFound.into())
    }

    /// Their roles and accounts. Whose account is gone is left out.
    async fn with_accounts(&mut self, profiles: Vec<Profile>) -> Result<Vec<Member>, AppError> {
        if profiles.is_empty() {
            return Ok(Vec::new());
        }
        let people: Vec<UserId> = profiles.iter().map(|profile| profile.id).collect();
        let mut roles: BTreeMap<UserId, Vec<Role>> = BTreeMap::new();
        for (id, role) in store::held(self.tenant(), &people).await? {
            roles.entry(id).or_default().push(role);
        }
        let hospital = self.facts.id;
        let found = accounts::accounts(self.platform(), hospital, &people).await?;
        let mut accounts: BTreeMap<UserId, _> = found.into_iter().collect();
        let members = profiles.into_iter().filter_map(|profile| {
            let account = accounts.remove(&profile.id)?;
            let roles = roles.remove(&profile.id).unwrap_or_default();
            Some(Member { profile, account, roles })
        });
        Ok(members.collect())
    }

    /// Every role of the hospital.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers.
    pub async fn roles(&mut self) -> Result<Vec<Role>, AppError> {
        Ok(store::roles(self.tenant(), false).await?)
    }

    /// Departments that staff belong to.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers.
    pub async fn departments(&mut self) -> Result<Vec<(DepartmentId, String)>, AppError> {
        Ok(store::departments(self.tenant()).await?)
    }
}
