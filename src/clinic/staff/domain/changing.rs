//! Changing a member of staff: profile, roles, standing.

use super::office::Office;
use super::rights::ids_without;
use crate::access::Audit;
use crate::clinic::staff::model::{Member, Profile, Role, StaffError, Status};
use crate::clinic::staff::parse::Changes;
use crate::clinic::staff::store::{self, accounts};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::platform::mfa::{self, MfaError};
use crate::platform::sessions;

/// Somebody after a change, and the names of the fields in it (none: everything was already so).
#[derive(Debug)]
pub struct Changed {
    pub member: Member,
    pub fields: Vec<&'static str>,
}

impl Office {
    /// Change some fields. `expected` holds the versions that the caller believes to be the newest; none: no check.
    ///
    /// # Errors
    /// [`StaffError`], or 403 where a right is missing.
    pub async fn change(&mut self, id: UserId, to: &Changes, expected: &[i64]) -> Result<Changed, AppError> {
        self.lock().await?;
        let before = self.find(id).await?;
        self.not_outranked(&before)?;
        if expected.iter().any(|version| *version != i64::from(before.profile.version)) {
            return Err(StaffError::VersionConflict.into());
        }
        let address = to.email.as_deref().filter(|email| *email != before.profile.email);
        if address.is_some() && !self.never_came(&before).await? {
            return Err(StaffError::EmailIsTheirs.into());
        }
        let mut fields: Vec<&'static str> = address.map(|_| "email").into_iter().collect();
        let profile = self.changed_profile(&before.profile, to, &mut fields).await?;
        let roles = self.changed_roles(&before, to, &mut fields).await?;
        let status = to.status.filter(|status| !stands_so(&before, *status));
        fields.extend(status.map(|_| "status"));
        let is_own = self.is_me(id);
        if is_own && (roles.is_some() || status.is_some() || fields.contains(&"department")) {
            return Err(StaffError::OwnAccount.into());
        }
        // Somebody without the role cannot sign in as an administrator, whatever their standing.
        let demoted = roles.as_ref().is_some_and(|roles| !roles.iter().any(|role| role.is_administrator));
        if demoted || matches!(status, Some(Status::Inactive | Status::Locked)) {
            self.not_the_last(&before).await?;
        }
        if fields.is_empty() {
            return Ok(Changed { member: before, fields });
        }
        if let Some(email) = address {
            self.readdress(&before, email).await?;
        }
        let by = self.me;
        store::update(self.tenant(), &profile, by).await?;
        if let Some(roles) = &roles {
            store::take(self.tenant(), id, &ids_without(&before.roles, roles)).await?;
            store::give(self.tenant(), id, &ids_without(roles, &before.roles)).await?;
        }
        if let Some(status) = status {
            self.set_status(id, status).await?;
        }
        // Name and department stand in what every request knows of a person, too.
        self.announce(id).await?;
        Ok(Changed { member: self.find(id).await?, fields })
    }

    async fn changed_profile(
        &mut self,
        before: &Profile,
        to: &Changes,
        fields: &mut Vec<&'static str>,
    ) -> Result<Profile, AppError> {
        let mut after = before.clone();
        if let Some(name) = &to.first_name {
            after.first_name.clone_from(name);
        }
        if let Some(name) = &to.last_name {
            after.last_name.clone_from(name);
        }
        if let Some(phone) = &to.phone {
            after.phone.clone_from(phone);
        }
        if let Some(specialization) = &to.specialization {
            after.specialization.clone_from(specialization);
        }
        // One that takes no staff any more is left by who leaves it, and not by who changes a phone number.
        if let Some(name) = to.department.as_ref().filter(|name| **name != before.department) {
            after.department_id = self.department(name).await?;
        }
        let differs = [
            ("first_name", after.first_name != before.first_name),
            ("last_name", after.last_name != before.last_name),
            ("phone", after.phone != before.phone),
            ("specialization", after.specialization != before.specialization),
            ("department", after.department_id != before.department_id),
        ];
        fields.extend(differs.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field));
        Ok(after)
    }

    /// The roles of afterwards, if they are others.
    async fn changed_roles(
        &mut self,
        before: &Member,
        to: &Changes,
        fields: &mut Vec<&'static str>,
    ) -> Result<Option<Vec<Role>>, AppError> {
        let Some(picks) = &to.roles else { return Ok(None) };
        let all = store::roles(self.tenant(), true).await?;
        let roles = self.meant(&all, picks, &before.roles)?;
        let same =
            ids_without(&roles, &before.roles).is_empty() && ids_without(&before.roles, &roles).is_empty();
        if same {
            return Ok(None);
        }
        self.demand("users:assign_roles")?;
        fields.push("roles");
        Ok(Some(roles))
    }

    async fn set_status(&mut self, id: UserId, status: Status) -> Result<(), AppError> {
        // A new password is part of "change staff"; anything else stops somebody, or lets them in again.
        if status != Status::PasswordExpired {
            self.demand("users:deactivate")?;
        }
        let hospital = self.facts.id;
        let tx = self.platform();
        match status {
            Status::PasswordExpired => accounts::expire_password(tx, hospital, id).await?,
            status => {
                accounts::set_status(tx, hospital, id, status).await?;
                store::set_active(self.tenant(), id, status != Status::Inactive).await?;
            }
        }
        Ok(())
    }

    /// Set somebody's standing alone. `wanted` says which one, seeing them as they are.
    ///
    /// # Errors
    /// [`StaffError`], or 403 where a right is missing.
    pub async fn set_standing(
        &mut self,
        id: UserId,
        wanted: impl FnOnce(&Member) -> Status,
    ) -> Result<Changed, AppError> {
        self.lock().await?;
        let before = self.other(id).await?;
        let status = wanted(&before);
        if stands_so(&before, status) {
            return Ok(Changed { member: before, fields: Vec::new() });
        }
        if matches!(status, Status::Inactive | Status::Locked) {
            self.not_the_last(&before).await?;
        }
        if status == Status::PasswordExpired && !before.account.is_open() {
            return Err(StaffError::Inactive.into());
        }
        self.set_status(id, status).await?;
        let by = self.me;
        store::touch(self.tenant(), id, by).await?;
        self.announce(id).await?;
        Ok(Changed { member: self.find(id).await?, fields: vec!["status"] })
    }

    /// End the rest after too many wrong passwords, and a lock that was set by hand.
    ///
    /// # Errors
    /// [`StaffError`], or 403 where a right is missing.
    pub async fn unlock(&mut self, id: UserId) -> Result<Changed, AppError> {
        self.lock().await?;
        let before = self.other(id).await?;
        let by_hand = before.account.status == Status::Locked;
        let rests = before.account.locked_until.is_some();
        if !by_hand && !rests {
            return Ok(Changed { member: before, fields: Vec::new() });
        }
        if by_hand {
            self.set_status(id, Status::Active).await?;
        }
        sessions::forget_failures(self.platform(), id).await?;
        let by = self.me;
        store::touch(self.tenant(), id, by).await?;
        self.announce(id).await?;
        Ok(Changed { member: self.find(id).await?, fields: vec!["locked"] })
    }

    /// Take the second step of signing in from somebody who lost the device: all their sessions end, and the password
    /// alone signs them in. The audit row to commit with.
    ///
    /// # Errors
    /// [`StaffError`], [`MfaError::NotOn`], or 403 where a right is missing.
    pub async fn reset_second_factor(&mut self, id: UserId) -> Result<Audit, AppError> {
        self.lock().await?;
        self.other(id).await?;
        let app = self.app.clone();
        if !mfa::reset(&app, self.platform(), id).await? {
            return Err(MfaError::NotOn.into());
        }
        self.announce(id).await?;
        Ok(Audit::did("second_factor_reset", id))
    }
}

/// Is nothing to be done for this standing?
fn stands_so(member: &Member, status: Status) -> bool {
    let account = &member.account;
    match status {
        Status::Active => account.is_open(),
        Status::Inactive => !account.is_active || account.status == Status::Inactive,
        Status::Locked => account.is_active && account.status == Status::Locked,
        // Asked for again, it ends the sessions again.
        Status::PasswordExpired => false,
    }
}
