//! Inviting one person, and inviting them again.

use secrecy::SecretString;

use super::office::Office;
use crate::app::App;
use crate::clinic::staff::model::{Member, StaffError, State};
use crate::clinic::staff::parse::NewMember;
use crate::clinic::staff::store::{self, Joining, accounts};
use crate::identity::{Purpose, temporary_password};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::mail::templates;
use crate::platform::messages;
use crate::platform::sessions::{self, NewUser};

/// How a new person gets in.
#[derive(Debug)]
pub struct Entrance {
    /// To be changed at the first sign-in; none: only the link leads in.
    pub password_hash: Option<String>,
    /// Told once to who invites: mail is not what it seems in sandbox mode.
    pub told: Option<SecretString>,
    /// Sent by mail: the way to choose a password.
    pub link: bool,
}

impl Entrance {
    /// By link alone: without a password, and without the work of hashing one.
    pub const LINK: Self = Self { password_hash: None, told: None, link: true };

    /// With the password that was given, or a temporary one where mail goes to a test recipient. Hashes, so it is
    /// called before any transaction.
    ///
    /// # Errors
    /// 503 if too many passwords are worked on.
    pub async fn prepare(app: &App, given: Option<&SecretString>) -> Result<Self, AppError> {
        let told = (given.is_none() && app.mailer.is_sandbox()).then(temporary_password);
        let password_hash = match given.or(told.as_ref()) {
            Some(password) => Some(app.passwords.hash(password).await?),
            None => None,
        };
        Ok(Self { password_hash, told, link: given.is_none() })
    }
}

impl Office {
    /// Make an account for somebody.
    ///
    /// # Errors
    /// [`StaffError::LimitReached`], [`StaffError::EmailTaken`], an unknown department, or a role that this person may
    /// not give.
    pub async fn invite(&mut self, new: &NewMember, entrance: &Entrance) -> Result<Member, AppError> {
        // Each answer tells whether an address has an account somewhere.
        self.app.throttles.import(self.me, 1)?;
        let max_users = self.lock().await?;
        if !new.roles.is_empty() {
            self.demand("users:assign_roles")?;
        }
        let all = store::roles(self.tenant(), true).await?;
        let roles = self.meant(&all, &new.roles, &[])?;
        let department = self.department(&new.department).await?;
        let hospital = self.facts.id;
        let accounts = accounts::count(self.platform(), hospital).await?;
        if let Some(most) = max_users.filter(|most| accounts >= i64::from(*most)) {
            return Err(StaffError::LimitReached(most).into());
        }
        let id = UserId::new();
        let user = NewUser {
            id,
            tenant: hospital,
            email: &new.email,
            password_hash: entrance.password_hash.as_deref(),
            must_change_password: entrance.password_hash.is_some(),
        };
        let tx = self.platform();
        let made = tx.attempt(async { Ok(sessions::insert_user(tx, &user).await?) }).await;
        made.map_err(|error| match error.constraint() {
            Some("users_email_unique") => StaffError::EmailTaken.into(),
            _ => error,
        })?;
        let joining = Joining { id, new, department, roles: roles.iter().map(|role| role.id).collect() };
        let by = self.me;
        store::insert_all(self.tenant(), &[joining], by).await?;
        if entrance.link {
            self.send_link(id, &new.email).await?;
        }
        self.find(id).await
    }

    /// Send the link by which a person chooses a password; older ones die.
    pub(super) async fn send_link(&mut self, id: UserId, address: &str) -> Result<(), AppError> {
        let (app, hospital, name) = (self.app.clone(), self.facts.id, self.facts.name.clone());
        let tx = self.platform();
        let link = sessions::password_link(&app, tx, id).await?;
        let mail = templates::set_password(&name, &link, Purpose::SetPassword.lifetime_hours())?;
        messages::queue(tx, Some(hospital), "set_password", address, &mail).await?;
        Ok(())
    }

    /// Invite somebody again who has not come yet.
    ///
    /// # Errors
    /// [`StaffError::AlreadyJoined`], [`StaffError::Inactive`], or that this person may not.
    pub async fn invite_again(&mut self, id: UserId, entrance: &Entrance) -> Result<Member, AppError> {
        self.lock().await?;
        let member = self.other(id).await?;
        let now = self.platform().now();
        if member.account.state(now) == State::Inactive {
            return Err(StaffError::Inactive.into());
        }
        if !member.account.is_invited() {
            return Err(StaffError::AlreadyJoined.into());
        }
        if let Some(hash) = &entrance.password_hash {
            let hospital = self.facts.id;
            accounts::give_password(self.platform(), hospital, id, hash).await?;
            self.announce(id).await?;
        }
        self.send_link(id, &member.profile.email).await?;
        self.find(id).await
    }
}
