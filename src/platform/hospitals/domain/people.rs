//! A hospital's administrators: mails to them, and a way back in for one who lost the password or the second step.

use secrecy::SecretString;

use crate::access::{Audit, PlatformTx};
use crate::app::App;
use crate::config::Environment;
use crate::identity::{Purpose, temporary_password};
use crate::kernel::ids::TenantId;
use crate::kernel::{AppError, FieldErrors};
use crate::mail::templates;
use crate::platform::hospitals::{Administrator, Asked, Event, Hospital, HospitalError, find, store};
use crate::platform::mfa::{self, MfaError};
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

/// Take the second step of signing in from an administrator who lost the device and the codes: the one with this address,
/// or the only one who has one. All their sessions end, and all administrators have a mail. Whose it was, and the audit row.
///
/// # Errors
/// [`HospitalError::NotFound`], [`HospitalError::NoAdministrator`], [`MfaError::NotOn`], or 422 where the address is needed.
pub async fn reset_second_factor(
    app: &App,
    tx: &PlatformTx,
    id: TenantId,
    email: Option<&str>,
    asked: &Asked,
) -> Result<(String, Audit), AppError> {
    let hospital = find(tx, id).await?;
    let person = chosen(administrators(tx, id).await?, email)?;
    if !mfa::reset(app, tx, person.id).await? {
        return Err(MfaError::NotOn.into());
    }
    let reason = asked.reason.as_deref();
    let whose = format!(
        "It was the one of {}. All sessions of this account end, and its password alone signs in.",
        person.email
    );
    let lines = &[
        whose.as_str(),
        "If none of you asked for it, choose another password for this account at once and tell the platform.",
    ];
    tell(tx, &hospital, ("has no two-step sign-in for an administrator any more", lines), reason).await?;
    let detail = serde_json::json!({ "user_id": person.id, "reason": reason });
    Ok((person.email, Audit::did("admin_second_factor_reset", id).with(detail)))
}

/// The administrator with this address, or the only one who has a second step.
fn chosen(all: Vec<Administrator>, email: Option<&str>) -> Result<Administrator, AppError> {
    if all.is_empty() {
        return Err(HospitalError::NoAdministrator.into());
    }
    let mut people = all.into_iter();
    if let Some(email) = email {
        let named = people.find(|person| person.email.eq_ignore_ascii_case(email.trim()));
        return named.ok_or_else(|| HospitalError::NoAdministrator.into());
    }
    let mut with = people.filter(|person| person.second_factor);
    let first = with.next().ok_or(MfaError::NotOn)?;
    if with.next().is_some() {
        let mut errors = FieldErrors::default();
        errors.add("admin_email", "Say whose: several administrators have two-step sign-in.");
        errors.finish()?;
    }
    Ok(first)
}
