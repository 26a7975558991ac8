//! Sign-up of a hospital: row, schema, roles, departments, administrator and mail, all or nothing.
//!
//! Invariants: everything is one transaction on one connection (`access::Bridge`). The schema was made ahead by the
//! warm-schema job; if none is left, it is made on the spot, outside of that transaction, and claimed like the others.
//! Opening the page of the mailed link changes nothing: whoever confirms there knows the password that was chosen at the
//! sign-up, so that nobody gets an account under somebody else's address by their click. A sign-up that nobody confirms
//! is removed after some days (`domain::removing`), and holds neither its licence number nor its address any longer.

mod api;
mod domain;
mod model;
mod pages;
mod store;

pub use domain::removing::{forget_unconfirmed, reject};
pub use model::{NewHospital, RegisterHospital, Registered, SignupError, Verified};
pub use store::STATEMENTS;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::access::{self, Audit, Bridge, Module, Origin, PlatformTx, Public, SystemTask};
use crate::app::App;
use crate::clinic::roles::SystemRole;
use crate::clinic::{departments, roles, staff};
use crate::config::Environment;
use crate::db::{SchemaName, migrate, schemas};
use crate::identity::actor::{TenantFacts, TenantStatus};
use crate::identity::registry::Change;
use crate::identity::{Purpose, SingleUse, temporary_password};
use crate::kernel::ids::{TenantId, UserId};
use crate::kernel::manner::Manner;
use crate::kernel::{AppError, Ceiling, Problem};
use crate::mail::templates;
use crate::platform::messages;
use crate::platform::sessions::{self, MailRequest, MailRequestId, SessionError};
use crate::web::NoContent;

/// How often a sign-up makes a schema itself before it gives up: others may take what it made.
const ATTEMPTS: usize = 5;

/// This capability, for the registry.
pub const MODULE: Module = Module {
    statements: &[STATEMENTS],
    problems: &[SignupError::CODES],
    docs: sessions::MODULE.docs,
    api: Some(api::router),
    pages: Some(pages::router),
    ..Module::named("signup")
};

/// Sign a hospital up, as somebody who is not signed in. What they signed up before under the same address makes room.
///
/// # Errors
/// As [`register`], or 429.
async fn sign_up(public: &Public, new: NewHospital) -> Result<Registered, AppError> {
    let before = own_before(public, &new).await?;
    make(&public.app, &public.origin(), new, before).await
}

/// Make a hospital with its administrator, and send the confirmation link.
///
/// # Errors
/// [`SignupError::LicenceTaken`], [`SignupError::EmailTaken`]; nothing was made then.
pub async fn register(app: &App, origin: Origin, new: NewHospital) -> Result<Registered, AppError> {
    make(app, &origin, new, None).await
}

/// `before` is the sign-up that it replaces.
async fn make(
    app: &App,
    origin: &Origin,
    new: NewHospital,
    before: Option<TenantId>,
) -> Result<Registered, AppError> {
    let tell = app.config.env == Environment::Development || app.mailer.is_sandbox();
    let temporary = (new.admin_password.is_none() && tell).then(temporary_password);
    let password_hash = match new.admin_password.as_ref().or(temporary.as_ref()) {
        Some(password) => Some(app.passwords.hash(password).await?),
        None => None,
    };
    let (mut bridge, facts, admin) =
        begin(app, origin, &new, password_hash.clone(), temporary.is_some(), before).await?;
    let id = facts.id;
    let tx = bridge.platform();
    let created_at = tx.now();
    send_confirmation(app, tx, id, &new.name, admin, &new.email).await?;
    if password_hash.is_none() {
        sessions::invite(app, tx, (id, &new.name), admin, &new.email).await?;
    }
    access::enqueue(tx, "schemas.warm", &serde_json::json!({})).await?;
    let made = Audit::created(id);
    let audit = match before {
        Some(before) => made.and(Audit::did("sign_up_replaced", before)),
        None => made,
    };
    bridge.commit(audit, NoContent).await?;
    Ok(Registered { id, hospital: new, temporary_password: temporary, created_at })
}

/// The sign-up that waits for its confirmation under this address, if it was made with the same password: whoever
/// mistyped something signs up again. The licence number alone says nothing about whose it is. A wrong password counts
/// like one at the sign-in, and an account that rests makes no room.
async fn own_before(public: &Public, new: &NewHospital) -> Result<Option<TenantId>, AppError> {
    let Some(password) = &new.admin_password else { return Ok(None) };
    let tx = public.platform().await?;
    let waiting = store::in_the_way(&tx, &new.email).await?;
    // argon2 runs with no transaction open.
    drop(tx);
    let Some((id, admin)) = waiting else { return Ok(None) };
    match sessions::prove(public, &new.email, password).await {
        Ok(user) => Ok((user == admin).then_some(id)),
        Err(AppError::Problem(problem)) if problem.code == "auth.wrong_credentials" => Ok(None),
        Err(error) => Err(error),
    }
}

/// Make a hospital that nobody has to confirm: it is active at once and nobody is mailed. `password_hash` is its
/// administrator's. The caller marks it for what it is, adds people, and commits: all of it or nothing.
///
/// # Errors
/// [`SignupError::LicenceTaken`], [`SignupError::EmailTaken`].
pub async fn establish(
    app: &App,
    origin: &Origin,
    new: &NewHospital,
    password_hash: String,
) -> Result<(Bridge, TenantFacts), AppError> {
    let (mut bridge, facts, _) = begin(app, origin, new, Some(password_hash), false, None).await?;
    activate(bridge.platform(), facts.id).await?;
    Ok((bridge, facts))
}

/// A hospital with its departments, roles and administrator, not committed yet. `instead` is the sign-up that it replaces.
async fn begin(
    app: &App,
    origin: &Origin,
    new: &NewHospital,
    password_hash: Option<String>,
    must_change_password: bool,
    instead: Option<TenantId>,
) -> Result<(Bridge, TenantFacts, UserId), AppError> {
    let id = TenantId::new();
    let (mut bridge, schema) = claim(app, origin, id).await?;
    if let Some(before) = instead {
        domain::removing::remove(bridge.platform(), before).await?;
    }
    store::insert_tenant(bridge.platform(), id, &schema, new).await.map_err(|e| match e.constraint() {
        Some("tenants_license_unique") => SignupError::LicenceTaken.into(),
        _ => AppError::from(e),
    })?;
    let facts = facts(id, schema, new);
    departments::seed(bridge.tenant(&facts)).await?;
    roles::seed(bridge.tenant(&facts)).await?;
    let admin = staff::NewPerson {
        first_name: new.admin_first_name.clone(),
        last_name: new.admin_last_name.clone(),
        email: new.email.clone(),
        phone: new.phone.as_ref().map(|phone| phone.digits.clone()),
        department: departments::ADMINISTRATION.to_owned(),
        role: SystemRole::HospitalAdmin,
        password_hash,
        must_change_password,
    };
    let admin = staff::join(&mut bridge, &facts, &admin).await.map_err(|e| match e.constraint() {
        Some("users_email_unique") => SignupError::EmailTaken.into(),
        _ => e,
    })?;
    Ok((bridge, facts, admin))
}

/// A transaction that holds a ready schema.
async fn claim(app: &App, origin: &Origin, id: TenantId) -> Result<(Bridge, SchemaName), AppError> {
    for _ in 0..ATTEMPTS {
        let mut bridge = Bridge::open(app, origin.clone()).await?;
        if let Some(schema) = store::claim_schema(bridge.platform(), id, migrate::tenant_version()).await? {
            return Ok((bridge, schema));
        }
        // The connection goes back before the schema is built: a request never holds two.
        drop(bridge);
        schemas::build_one(&app.db.target, app.db.isolation()).await.map_err(AppError::internal)?;
    }
    let mut problem = Problem::from_error(SignupError::NoSchema);
    problem.retry_after = Some(30);
    Err(problem.into())
}

fn facts(id: TenantId, schema: SchemaName, new: &NewHospital) -> TenantFacts {
    TenantFacts {
        id,
        name: new.name.clone(),
        status: TenantStatus::Pending,
        schema,
        schema_version: migrate::tenant_version(),
        zone: new.zone.clone(),
        zone_name: new.time_zone.clone(),
        currency: new.currency.to_owned(),
        country: new.country.and_then(|country| country.code.parse().ok()),
        manner: Manner { locale: new.locale(), ..Manner::default() },
        profile_confirmed: false,
        max_users: Ceiling::default(),
        max_patients: Ceiling::default(),
        address: new.address.clone(),
        contact_phone: new.phone.as_ref().map(|phone| phone.digits.clone()),
        contact_email: new.email.clone(),
        restricted: false,
        users_told: 0,
        patients_told: 0,
        logo: None,
    }
}

async fn send_confirmation(
    app: &App,
    tx: &PlatformTx,
    tenant: TenantId,
    hospital: &str,
    admin: UserId,
    email: &str,
) -> Result<(), AppError> {
    let link = sessions::issue_link(app, tx, admin, Purpose::VerifyEmail, "/verify").await?;
    let mail = templates::verify_hospital_email(hospital, &link, Purpose::VerifyEmail.lifetime_hours())?;
    messages::queue(tx, Some(tenant), "verify_hospital", email, &mail).await?;
    Ok(())
}

/// What a confirmation link is about. Nothing is changed.
///
/// # Errors
/// As [`verify`].
async fn asked(public: &Public, token: &str) -> Result<Link, AppError> {
    let token = SingleUse::parse(Purpose::VerifyEmail, token).ok_or(SignupError::LinkUnknown)?;
    let tx = public.platform().await?;
    let link = store::link(&tx, &token).await?.ok_or(SignupError::LinkUnknown)?;
    match (link.used, link.status) {
        (true, TenantStatus::Active) => Ok(link),
        (true, _) => Err(SignupError::LinkUsed.into()),
        (false, _) if link.expires_at <= tx.now() => Err(SignupError::LinkExpired.into()),
        (false, _) => Ok(link),
    }
}

/// Follow a confirmation link as the person who signed up: by the password that was chosen then. A wrong one counts like
/// one at the sign-in. Where none was chosen yet, the link to do so went to the same address.
///
/// # Errors
/// As [`verify`]; [`SessionError::WrongCredentials`], or 429.
async fn confirm(public: &Public, token: &str, password: &SecretString) -> Result<Verified, AppError> {
    let link = asked(public, token).await?;
    if link.has_password && !link.used && sessions::prove(public, &link.email, password).await? != link.user {
        return Err(SessionError::WrongCredentials.into());
    }
    verify(public, token).await
}

/// Whoever reads the mail says that they signed nothing up: the hospital is removed.
///
/// # Errors
/// [`SignupError::LinkUnknown`], [`SignupError::LinkUsed`], [`SignupError::LinkExpired`].
async fn disown(public: &Public, token: &str) -> Result<(), AppError> {
    let token = SingleUse::parse(Purpose::VerifyEmail, token).ok_or(SignupError::LinkUnknown)?;
    let tx = public.platform().await?;
    let link = store::link(&tx, &token).await?.ok_or(SignupError::LinkUnknown)?;
    if link.used {
        return Err(SignupError::LinkUsed.into());
    }
    if link.expires_at <= tx.now() {
        return Err(SignupError::LinkExpired.into());
    }
    let gone = domain::removing::remove(&tx, link.tenant).await?.ok_or(SignupError::LinkUsed)?;
    tx.commit(Audit::did("sign_up_disowned", link.tenant).with(gone.detail()), NoContent).await?;
    Ok(())
}

/// Follow a confirmation link: the hospital becomes active. A second click says that it already is.
///
/// # Errors
/// [`SignupError::LinkUnknown`], [`SignupError::LinkUsed`], [`SignupError::LinkExpired`].
pub async fn verify(public: &Public, token: &str) -> Result<Verified, AppError> {
    let token = SingleUse::parse(Purpose::VerifyEmail, token).ok_or(SignupError::LinkUnknown)?;
    let tx = public.platform().await?;
    let link = store::link(&tx, &token).await?.ok_or(SignupError::LinkUnknown)?;
    let verified =
        |status, already| Verified { tenant: link.tenant, hospital: link.hospital.clone(), status, already };
    if link.used {
        return match link.status {
            TenantStatus::Active => Ok(verified(TenantStatus::Active, true)),
            _ => Err(SignupError::LinkUsed.into()),
        };
    }
    if link.expires_at <= tx.now() {
        return Err(SignupError::LinkExpired.into());
    }
    store::use_link(&tx, &token, link.user).await?;
    let status = activate(&tx, link.tenant).await?;
    tx.commit(Audit::did("verified", link.tenant), NoContent).await?;
    Ok(verified(status, false))
}

/// A hospital whose administrator proved the address is active, unless the platform stopped it.
async fn activate(tx: &PlatformTx, tenant: TenantId) -> Result<TenantStatus, AppError> {
    let status = store::activate(tx, tenant).await?;
    access::announce(tx, &Change::Tenant(tenant.0)).await?;
    Ok(status)
}

/// Ask for the confirmation link again. Neither its words nor its time tell whether the address is known: a job answers.
///
/// # Errors
/// What is no e-mail address, too many attempts, or the database.
pub async fn resend(public: &Public, email: &str) -> Result<(), AppError> {
    sessions::ask_for_mail(public, MailRequest::VerifyHospital, email).await
}

/// Answer one such request, if a hospital waits under its address.
///
/// # Errors
/// Whatever PostgreSQL answers; the request waits for the next attempt then.
pub async fn answer_resend(app: &App, id: MailRequestId) -> Result<(), AppError> {
    let tx = access::system_platform(app, SystemTask("mail.asked")).await?;
    let email = sessions::take_request(&tx, id, MailRequest::VerifyHospital).await?;
    let Some(email) = email else { return tx.done().await };
    let Some(waiting) = store::waiting(&tx, &email, domain::removing::horizon(tx.now())).await? else {
        return tx.done().await;
    };
    send_confirmation(app, &tx, waiting.tenant, &waiting.hospital, waiting.admin, &email).await?;
    tx.audited().commit(Audit::did("confirmation_resent", waiting.tenant), NoContent).await?;
    Ok(())
}

/// A confirmation link that was looked up.
struct Link {
    tenant: TenantId,
    hospital: String,
    status: TenantStatus,
    user: UserId,
    /// They sign in with it.
    email: String,
    has_password: bool,
    expires_at: Timestamp,
    used: bool,
}

/// A hospital that has not confirmed its address.
struct Waiting {
    tenant: TenantId,
    hospital: String,
    admin: UserId,
}
