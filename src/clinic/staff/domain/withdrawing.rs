//! An invitation that went wrong: taken back, or sent to another address. Only while its person never came; afterwards
//! what they did keeps their name, and their address is theirs.

use super::office::Office;
use crate::access::Audit;
use crate::clinic::staff::model::{Member, StaffError};
use crate::clinic::staff::store::{self, accounts};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;

impl Office {
    /// Take an invitation back: the account is removed, its place and its address are free, and the link leads nowhere.
    /// The audit row to commit with.
    ///
    /// # Errors
    /// [`StaffError::HasCome`], [`StaffError::InUse`], or that this person may not.
    pub async fn withdraw(&mut self, id: UserId) -> Result<Audit, AppError> {
        self.lock().await?;
        let member = self.other(id).await?;
        if !self.never_came(&member).await? {
            return Err(StaffError::HasCome.into());
        }
        self.not_the_last(&member).await?;
        let tx = self.tenant();
        let removed = tx.attempt(async { Ok(store::remove(tx, id).await?) }).await;
        removed.map_err(|error| match error.constraint() {
            Some(name) if name.ends_with("_fkey") => StaffError::InUse.into(),
            _ => error,
        })?;
        let hospital = self.facts.id;
        if !accounts::remove(self.platform(), hospital, id).await? {
            return Err(StaffError::HasCome.into());
        }
        self.announce(id).await?;
        Ok(Audit::did("invitation_withdrawn", id))
    }

    /// Has this person neither signed in nor chosen a password, ever?
    ///
    /// # Errors
    /// Whatever PostgreSQL answers.
    pub async fn never_came(&mut self, member: &Member) -> Result<bool, AppError> {
        if !member.account.is_invited() {
            return Ok(false);
        }
        let hospital = self.facts.id;
        Ok(accounts::never_came(self.platform(), hospital, member.profile.id).await?)
    }

    /// The right address of somebody who never came. A new link goes there, and those before lead nowhere.
    pub(super) async fn readdress(&mut self, member: &Member, email: &str) -> Result<(), AppError> {
        let (id, hospital) = (member.profile.id, self.facts.id);
        self.app.throttles.import(self.me, 1)?;
        let tx = self.platform();
        let moved = tx.attempt(async { Ok(accounts::set_email(tx, hospital, id, email).await?) }).await;
        let moved = moved.map_err(|error| match error.constraint() {
            Some("users_email_unique") => StaffError::EmailTaken.into(),
            _ => error,
        })?;
        if !moved {
            return Err(StaffError::EmailIsTheirs.into());
        }
        store::set_email(self.tenant(), id, email).await?;
        if member.account.is_open() {
            self.send_link(id, email).await?;
        }
        Ok(())
    }
}
