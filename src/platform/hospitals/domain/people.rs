//! A hospital's administrators: mails to them, and a way back in for one who lost the password.

use secrecy::SecretString;

use crate::access::{Audit, PlatformTx};
use crate::app::App;
use crate::config::Environment;
use crate::identity::{Purpose, temporary_password};
use crate::kernel::AppError;
use crate::kernel::ids::TenantId;
use crate::mail::templates;
use crate::platform::hospitals::{Administrator, Event, Hospital, HospitalError, find, store};
use crate::platform::{messages, sessions};

/// Those who administer a hospital and can sign in, the oldest account first.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn administrators(tx: &PlatformTx, id: TenantId) -> Result<Vec<Administrator>, AppError> {
    Ok(store::administrators(tx, id).await?)
}

/// What was done on the platform to a hospital, newest first, without mere looks.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn events(tx: &PlatformTx, id: TenantId, at_most: i64) -> Result<Vec<Event>, AppError> {
    Ok(store::events(tx, id, at_most).await?)
}

/// Mail this to a hospital's administrators; to its own address if it has none.
pub(super) async fn tell(
    tx: &PlatformTx,
    hospital: &Hospital,
    (what, lines): (&str, &[&str]),
    reason: Option<&str>,
) -> Result<(), AppError> {
    let mail = templates::hospital_notice(&hospital.name, what, lines, reason)?;
    let mut addresses: Vec<String> =
        administrators(tx, hospital.id).await?.into_iter().map(|person| person.email).collect();
    if addresses.is_empty() {
        addresses.push(hospital.contact_email.clone());
    }
    for address in addresses {
        messages::queue(tx, Some(hospital.id), "hospital_notice", &address, &mail).await?;
    }
    Ok(())
}

/// Whose password is chosen anew.
#[derive(Debug)]
pub struct Reset {
    pub email: String,
    /// Development and mail sandbox only: there the mail may reach nobody.
    pub temporary_password: Option<SecretString>,
}

/// Mail an administrator a link to choose a new password: the one with this address, or the first one. Whoever asks
/// does not see the link.
///
/// # Errors
/// [`HospitalError::NotFound`], [`HospitalError::NoAdministrator`].
pub async fn reset_password(
    app: &App,
    tx: &PlatformTx,
    id: TenantId,
    email: Option<&str>,
) -> Result<(Reset, Audit), AppError> {
    let tell = app.config.env == Environment::Development || app.mailer.is_sandbox();
    let temporary = if tell {
        let password = temporary_password();
        // Before the first statement, so that no connection waits for it.
        let hash = app.passwords.hash(&password).await?;
        Some((password, hash))
    } else {
        None
    };
    let hospital = find(tx, id).await?;
    let found = administrators(tx, id).await?.into_iter();
    let mut fitting =
        found.filter(|person| email.is_none_or(|email| person.email.eq_ignore_ascii_case(email.trim())));
    let person = fitting.next().ok_or(HospitalError::NoAdministrator)?;
    if let Some((_, hash)) = &temporary {
        store::set_temporary_password(tx, person.id, hash).await?;
        sessions::end_sessions(tx, person.id, None).await?;
    }
    let link = sessions::password_link(app, tx, person.id).await?;
    let mail = templates::set_password(&hospital.name, &link, Purpose::SetPassword.lifetime_hours())?;
    messages::queue(tx, Some(id), "set_password", &person.email, &mail).await?;
    let audit = Audit::did("admin_password_reset", id).with(serde_json::json!({ "user_id": person.id }));
    let temporary_password = temporary.map(|(password, _)| password);
    Ok((Reset { email: person.email, temporary_password }, audit))
}
