//! Looking up who a session belongs to, and hearing when that changes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::poll_fn;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use tokio_postgres::{AsyncMessage, Row};

use super::frame::start;
use super::system::SystemTask;
use super::tx::{self, PlatformTx, TenantTx};
use crate::app::App;
use crate::db::SchemaName;
use crate::identity::actor::{Actor, MfaPolicy, Role, SessionKind, Standing, TenantFacts, TenantStatus};
use crate::identity::registry::Change;
use crate::kernel::ids::{SessionId, TenantId, UserId};
use crate::kernel::manner::{Hours, Locale, Manner};
use crate::kernel::{AppError, Ceiling, DbError};

pub(super) mod platform {
    crate::statements! { Platform;
        /// A session with its user and hospital.
        hot SESSION(UUID) =
            "select s.id as session_id, s.kind, s.secret_hash, s.expires_at, s.revoked_at is not null as revoked, s.locked_at is not null as locked,
                    s.seen_at,
                    u.id as user_id, u.email, u.display_name, u.status as user_status, u.is_active, u.is_deleted,
                    u.is_super_admin, u.must_change_password,
                    exists (select from public.mfa_secrets m where m.user_id = u.id and m.confirmed_at is not null) as second_factor,
                    t.id as tenant_id, t.name as tenant_name, t.status as tenant_status, t.schema_name, t.time_zone,
                    t.currency, t.country, t.locale, t.clock_hours,
                    t.profile_confirmed_at is not null and t.country is not null as profile_confirmed, t.max_users, t.users_raised_to, t.users_raised_until, t.max_patients,
                    t.patients_raised_to, t.patients_raised_until, t.address, t.contact_phone, t.contact_email,
                    t.restricted_at is not null as restricted, t.users_told, t.patients_told, n.version as schema_version
               from public.sessions s
               join public.users u on u.id = s.user_id
               left join public.tenants t on t.id = u.tenant_id
               left join public.tenant_schemas n on n.name = t.schema_name
              where s.id = $1";
        /// Unless another instance was here a moment ago.
        SEEN(UUID, TIMESTAMPTZ) =
            "update public.sessions set seen_at = $2 where id = $1 and seen_at < $2::timestamptz - interval '1 minute'";
        /// A stretch of hospitals in the order of their ids; `$1` is the last one of the stretch before. One that is
        /// behind this binary's version is left out.
        HOSPITALS(UUID, INT4) =
            "select t.id as tenant_id, t.name as tenant_name, t.status as tenant_status, t.schema_name, t.time_zone,
                    t.currency, t.country, t.locale, t.clock_hours,
                    t.profile_confirmed_at is not null and t.country is not null as profile_confirmed, t.max_users,
                    t.users_raised_to, t.users_raised_until, t.max_patients, t.patients_raised_to, t.patients_raised_until, t.address, t.contact_phone, t.contact_email, t.restricted_at is not null as restricted,
                    t.users_told, t.patients_told, n.version as schema_version
               from public.tenants t
               join public.tenant_schemas n on n.name = t.schema_name and n.version >= $2
              where t.id > $1 order by t.id limit 100";
    }
}

pub(super) mod tenant {
    crate::statements! { Tenant;
        hot STAFF(UUID) =
            "select s.first_name, s.last_name, d.name as department, d.is_for_patients as sees_patients,
                    coalesce((select c.row_rules from care_rules c), false) as row_rules, h.logo, h.mfa_policy
               from staff s join departments d on d.id = s.department_id
               left join hospital_settings h on true
              where s.user_id = $1";
        /// Tell every instance that alarms changed; see `identity::registry`.
        RING(TEXT) = "select pg_notify('hms_registry', $1)::text";
        /// Only active roles grant.
        hot ROLES(UUID) =
            "select r.name, r.system_key,
                    coalesce(r.works_as, case when r.system_key in ('DOCTOR', 'NURSE') then r.system_key end) as works_as,
                    array(select p.permission_code from role_permissions p where p.role_id = r.id
                                   order by p.permission_code) as permissions
               from user_roles ur join roles r on r.id = ur.role_id and r.is_active
              where ur.user_id = $1 order by r.name";
    }
}

/// How old the note of a session's last use may get. A session that is used is looked up more often than that.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(4);

/// What a super-admin may do; no role can grant it.
const SUPER_ADMIN_PERMISSIONS: [&str; 3] = ["tenants:manage", "dashboard:view", "platform_audit:view"];

/// The actor behind a session, from the cache or the database. `None`: there is no such session.
pub(super) async fn actor(app: &App, session: SessionId) -> Result<Option<Arc<Actor>>, AppError> {
    if let Some(actor) = app.registry.get(session) {
        return Ok(Some(actor));
    }
    let generation = app.registry.generation();
    let origin = SystemTask("look up session").origin();
    let lookup = tx::platform(app, origin.clone());
    let row = lookup.row_opt(&platform::SESSION, &[&session]).await?;
    lookup.finish().await?;
    let Some(row) = row else { return Ok(None) };
    let mut actor = actor_of(&row)?;
    if app.clock.now().duration_since(row.get("seen_at")) > SEEN_EVERY && !actor.revoked {
        // Nobody waits for it.
        tokio::spawn(seen(app.clone(), session));
    }
    actor.owes_second_factor = actor.super_admin && app.config.operator_mfa && !actor.second_factor;
    if let Some(facts) =
        actor.tenant.clone().filter(|t| t.schema_version >= crate::db::migrate::tenant_version())
    {
        let lookup = tx::tenant(app, Arc::new(facts), origin);
        let staff = lookup.row_opt(&tenant::STAFF, &[&actor.user]).await?;
        let roles = lookup.rows(&tenant::ROLES, &[&actor.user]).await?;
        lookup.finish().await?;
        if let Some(staff) = staff {
            actor.first_name = staff.get("first_name");
            actor.last_name = staff.get("last_name");
            actor.department = staff.get("department");
            actor.department_sees_patients = staff.get("sees_patients");
            actor.row_rules = staff.get("row_rules");
            actor.roles = roles
                .iter()
                .map(|r| Role {
                    name: r.get("name"),
                    system_key: r.get("system_key"),
                    works_as: r.get("works_as"),
                    permissions: r.get("permissions"),
                })
                .collect();
            actor.permissions = actor.roles.iter().flat_map(|r| r.permissions.iter().cloned()).collect();
            let policy = staff.get::<_, Option<&str>>("mfa_policy").and_then(MfaPolicy::by_code);
            actor.owes_second_factor =
                !actor.second_factor && policy.unwrap_or_default().demands(&actor.permissions);
            if let Some(tenant) = &mut actor.tenant {
                tenant.logo = staff.get("logo");
            }
        }
    }
    let actor = Arc::new(actor);
    app.registry.keep(generation, Arc::clone(&actor));
    Ok(Some(actor))
}

/// Note that the session is in use.
async fn seen(app: App, session: SessionId) {
    let tx = tx::platform(&app, SystemTask("look up session").origin());
    let now = tx.now();
    let noted = async {
        tx.execute(&platform::SEEN, &[&session, &now]).await?;
        tx.finish_loosely().await
    };
    if let Err(error) = noted.await {
        tracing::warn!(%error, "the last use of a session could not be noted");
    }
}

/// Where whoever just signed in is led.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn start_of(app: &App, session: SessionId) -> Result<&'static str, AppError> {
    // Their next request asks for the same person, and finds them in the cache.
    Ok(actor(app, session).await?.map_or("/sign-in", |actor| start(&actor)))
}

fn actor_of(row: &Row) -> Result<Actor, AppError> {
    let super_admin: bool = row.get("is_super_admin");
    let tenant = match row.get::<_, Option<TenantId>>("tenant_id") {
        Some(id) => Some(facts_of(id, row)?),
        None => None,
    };
    let standing = match (
        row.get::<_, bool>("is_deleted"),
        row.get::<_, bool>("is_active"),
        row.get::<_, &str>("user_status"),
    ) {
        (true, ..) => Standing::Deleted,
        (_, false, _) | (.., "INACTIVE") => Standing::Inactive,
        (.., "LOCKED") => Standing::Locked,
        _ => Standing::Active,
    };
    let roles = if super_admin {
        vec![Role {
            name: "SUPER_ADMIN".to_owned(),
            system_key: None,
            works_as: None,
            permissions: SUPER_ADMIN_PERMISSIONS.map(str::to_owned).into(),
        }]
    } else {
        Vec::new()
    };
    Ok(Actor {
        session: row.get("session_id"),
        kind: if row.get::<_, &str>("kind") == "web" { SessionKind::Web } else { SessionKind::Api },
        secret_hash: row.get("secret_hash"),
        expires_at: row.get("expires_at"),
        revoked: row.get("revoked"),
        locked: row.get("locked"),
        user: row.get::<_, UserId>("user_id"),
        email: row.get("email"),
        first_name: row.get("display_name"),
        last_name: String::new(),
        department: None,
        department_sees_patients: false,
        row_rules: false,
        permissions: roles.iter().flat_map(|r: &Role| r.permissions.iter().cloned()).collect(),
        roles,
        standing,
        must_change_password: row.get("must_change_password"),
        second_factor: row.get("second_factor"),
        owes_second_factor: false,
        super_admin,
        tenant,
    })
}

fn facts_of(id: TenantId, row: &Row) -> Result<TenantFacts, AppError> {
    let zone_name: String = row.get("time_zone");
    let locale = Locale::by_code(row.get("locale")).unwrap_or(Manner::default().locale);
    Ok(TenantFacts {
        id,
        name: row.get("tenant_name"),
        status: TenantStatus::from_code(row.get("tenant_status")),
        schema: SchemaName::parse(row.get("schema_name")).map_err(AppError::internal)?,
        schema_version: row.get("schema_version"),
        zone: TimeZone::get(&zone_name).unwrap_or(TimeZone::UTC),
        zone_name,
        currency: row.get("currency"),
        country: row.get::<_, Option<&str>>("country").and_then(|code| code.parse().ok()),
        manner: Manner { hours: Hours::from_number(row.get("clock_hours")), locale },
        profile_confirmed: row.get("profile_confirmed"),
        max_users: Ceiling::new(
            row.get("max_users"),
            row.get("users_raised_to"),
            row.get("users_raised_until"),
        ),
        max_patients: Ceiling::new(
            row.get("max_patients"),
            row.get("patients_raised_to"),
            row.get("patients_raised_until"),
        ),
        address: row.get("address"),
        contact_phone: row.get("contact_phone"),
        contact_email: row.get("contact_email"),
        restricted: row.get("restricted"),
        users_told: row.get("users_told"),
        patients_told: row.get("patients_told"),
        logo: None,
    })
}

/// The next hundred hospitals after `last`, for a task that goes through all of them; those that can be served by this
/// binary, whatever their status.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn hospitals(
    app: &App,
    task: SystemTask,
    last: Option<TenantId>,
) -> Result<Vec<TenantFacts>, AppError> {
    let tx = tx::platform(app, task.origin());
    let after = last.unwrap_or(TenantId(uuid::Uuid::nil()));
    let rows = tx.rows(&platform::HOSPITALS, &[&after, &crate::db::migrate::tenant_version()]).await?;
    tx.finish().await?;
    rows.iter().map(|row| facts_of(row.get("tenant_id"), row)).collect()
}

/// One round through all of them for a task: what `act` gave at each. A hospital that fails does not keep the others
/// waiting; `failed` is what the log says of it.
///
/// # Errors
/// When the list of hospitals cannot be read.
pub async fn each_hospital<T, Acting>(
    app: &App,
    task: SystemTask,
    failed: &'static str,
    act: impl Fn(TenantFacts) -> Acting,
) -> Result<Vec<T>, AppError>
where
    Acting: Future<Output = Result<T, AppError>>,
{
    let (mut given, mut last) = (Vec::new(), None);
    loop {
        let stretch = hospitals(app, task, last).await?;
        let Some(end) = stretch.last() else { return Ok(given) };
        last = Some(end.id);
        for hospital in stretch {
            match act(hospital).await {
                Ok(of_one) => given.push(of_one),
                Err(error) => tracing::warn!(%error, "{failed}"),
            }
        }
    }
}

/// Tell every instance, as part of the transaction that makes the change.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn announce(tx: &PlatformTx, change: &Change) -> Result<(), DbError> {
    tx.row(&tx::platform::ANNOUNCE, &[&change.payload()]).await.map(|_| ())
}

/// Tell every instance that alarms of this hospital changed, as part of the transaction that changes them.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn ring(tx: &TenantTx) -> Result<(), DbError> {
    let change = Change::Alarms(tx.hospital().id.0);
    tx.row(&tenant::RING, &[&change.payload()]).await.map(|_| ())
}

/// How often the listener's connection is asked whether it is still there.
const BEAT: Duration = Duration::from_millis(300);
/// Without an answer for so long, the connection is given up and another one made.
const SILENT: Duration = Duration::from_secs(10);

/// Hear changes until shut-down, on a connection of its own. While it is down or silent, the cache is bypassed.
pub async fn listen(app: App) {
    while !app.shutdown.is_cancelled() {
        let lost = tokio::select! {
            // Requests that still run are not served from a cache that hears nothing any more.
            () = app.shutdown.cancelled() => Ok(()),
            lost = hear(&app) => lost,
        };
        app.registry.set_live(false);
        if let Err(error) = lost {
            tracing::warn!(sqlstate = %error.sqlstate, "the change listener lost its connection");
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// Listen until the connection is lost. Whatever is asked is answered only while its messages are driven, so both
/// happen side by side.
#[expect(clippy::disallowed_methods, reason = "the listener drives its own connection to see notifications")]
async fn hear(app: &App) -> Result<(), DbError> {
    let mut config = app.db.listener().clone();
    config.application_name("hms-listener");
    let (client, mut connection) = answered(config.connect(app.db.target.tls())).await?;
    let mut messages = poll_fn(move |cx| connection.poll_message(cx));
    let hearing = async {
        while let Some(message) = messages.next().await {
            if let AsyncMessage::Notification(n) = message.map_err(|error| DbError::of(&error, "listen"))? {
                app.registry.invalidate(&Change::parse(n.payload()));
            }
        }
        Ok(())
    };
    let asking = async {
        answered(client.batch_execute("listen hms_registry")).await?;
        app.registry.set_live(true);
        loop {
            let asked = Instant::now();
            answered(client.batch_execute("")).await?;
            app.registry.heard(asked);
            tokio::time::sleep(BEAT).await;
        }
    };
    tokio::select! {
        lost = hearing => lost,
        lost = asking => lost,
    }
}

async fn answered<T>(asked: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, DbError> {
    match tokio::time::timeout(SILENT, asked).await {
        Ok(answer) => answer.map_err(|error| DbError::of(&error, "listen")),
        Err(_) => Err(DbError::word("closed", "listen")),
    }
}
