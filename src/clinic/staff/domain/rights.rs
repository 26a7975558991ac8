//! Who may do what to whom: nobody gives what they lack, nobody changes who holds more, one administrator stays.

use super::office::Office;
use crate::clinic::departments::DepartmentId;
use crate::clinic::roles::RoleId;
use crate::clinic::staff::model::{Member, Role, StaffError};
use crate::clinic::staff::parse::Pick;
use crate::clinic::staff::store::{self, accounts};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;

impl Office {
    /// Somebody else whom this person may change. Behind [`Office::lock`].
    ///
    /// # Errors
    /// [`StaffError::NotFound`], [`StaffError::OwnAccount`], [`StaffError::Outranked`].
    pub(super) async fn other(&mut self, id: UserId) -> Result<Member, AppError> {
        let member = self.find(id).await?;
        if self.is_me(id) {
            return Err(StaffError::OwnAccount.into());
        }
        self.not_outranked(&member)?;
        Ok(member)
    }

    /// May this person change that one's roles or standing, as far as the gate knew it?
    ///
    /// # Errors
    /// [`StaffError::OwnAccount`], [`StaffError::Outranked`].
    pub fn may_act_on(&self, member: &Member) -> Result<(), StaffError> {
        if self.is_me(member.profile.id) { Err(StaffError::OwnAccount) } else { self.not_outranked(member) }
    }

    /// A person whose rights this one does not hold is changed by those who do.
    ///
    /// # Errors
    /// [`StaffError::Outranked`].
    pub fn not_outranked(&self, member: &Member) -> Result<(), StaffError> {
        match member.codes().iter().all(|code| self.codes.contains(*code)) {
            true => Ok(()),
            false => Err(StaffError::Outranked),
        }
    }

    /// The roles that are meant, with those that `held` has already taken as they are.
    ///
    /// # Errors
    /// [`StaffError::RoleUnknown`]; for a role that is new to the person [`StaffError::RoleDisabled`] and
    /// [`StaffError::GrantsMore`].
    pub(super) fn meant(&self, all: &[Role], picks: &[Pick], held: &[Role]) -> Result<Vec<Role>, StaffError> {
        let mut meant: Vec<Role> = Vec::new();
        for pick in picks {
            let is_it = |role: &&Role| match pick {
                Pick::Id(id) => role.id == *id,
                Pick::Name(name) => role.name.to_lowercase() == name.to_lowercase(),
            };
            let role = all.iter().find(is_it).ok_or(StaffError::RoleUnknown)?;
            if meant.iter().any(|other| other.id == role.id) {
                continue;
            }
            if held.iter().all(|other| other.id != role.id) {
                self.may_give(role)?;
            }
            meant.push(role.clone());
        }
        Ok(meant)
    }

    /// May this person give the role to somebody?
    ///
    /// # Errors
    /// [`StaffError::RoleDisabled`], [`StaffError::GrantsMore`].
    pub fn may_give(&self, role: &Role) -> Result<(), StaffError> {
        if !role.is_active {
            return Err(StaffError::RoleDisabled(role.name.clone()));
        }
        match role.beyond(&self.codes) {
            Some(code) => Err(StaffError::GrantsMore { role: role.name.clone(), code: code.to_owned() }),
            None => Ok(()),
        }
    }

    /// The department of this name, if staff belong there.
    ///
    /// # Errors
    /// [`StaffError::DepartmentUnknown`].
    pub(super) async fn department(&mut self, name: &str) -> Result<DepartmentId, AppError> {
        let all = self.departments().await?;
        let found = all.into_iter().find(|(_, known)| known.to_lowercase() == name.to_lowercase());
        found.map(|(id, _)| id).ok_or_else(|| StaffError::DepartmentUnknown.into())
    }

    /// Whoever else is an administrator and can sign in: without one of them, `member` stays as they are.
    ///
    /// # Errors
    /// [`StaffError::LastAdministrator`].
    pub(super) async fn not_the_last(&mut self, member: &Member) -> Result<(), AppError> {
        if !member.is_administrator() || !member.account.is_open() {
            return Ok(());
        }
        let others = store::other_administrators(self.tenant(), member.profile.id).await?;
        let hospital = self.facts.id;
        if accounts::any_open(self.platform(), hospital, &others).await? {
            return Ok(());
        }
        Err(StaffError::LastAdministrator.into())
    }
}

/// Ids of roles in `of` that are not in `but`.
pub(super) fn ids_without(of: &[Role], but: &[Role]) -> Vec<RoleId> {
    of.iter().map(|role| role.id).filter(|id| but.iter().all(|role| role.id != *id)).collect()
}
