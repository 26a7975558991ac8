//! What the database must be like before the first request: roles, rights, extensions.
//!
//! Checks first and changes only what differs, under an advisory lock, because several instances boot at once.
//! Each safeguard is reported as on, or as not possible here and why. Only a missing extension stops the boot.

mod roles;

use anyhow::{Context as _, bail};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::pooler::{self, Pooler};
use super::target::{OWNER_ROLE, Target};
use crate::config::TenantRoles;

/// What keeps hospitals apart inside the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Each transaction takes the hospital's role and its path.
    Roles,
    /// Only its path: for databases whose login may not make roles.
    PathOnly,
}

/// One safeguard and whether it holds here.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Safeguard {
    pub name: &'static str,
    pub on: bool,
    /// Why not, or what exactly.
    pub note: String,
}

/// What the boot found and made.
#[derive(Debug, Clone)]
pub struct BootReport {
    pub isolation: Isolation,
    pub pooler: Pooler,
    pub server_version: String,
    pub safeguards: Vec<Safeguard>,
}

impl BootReport {
    fn add(&mut self, name: &'static str, result: Result<String, String>) {
        let (on, note) = match result {
            Ok(note) => (true, note),
            Err(why) => (false, why),
        };
        self.safeguards.push(Safeguard { name, on, note });
    }
}

/// Make logins and database on a server of our own. Does nothing where they are there.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn create_database(
    target: &Target,
    server_password: impl Fn(&str) -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    let Some(superuser) = &target.superuser else { return Ok(()) };
    let database = superuser.get_dbname().unwrap_or("hms").to_owned();
    let own = target.database("postgres");
    let admin = own.connect(own.superuser.as_ref().unwrap_or(superuser)).await.map_err(|error| match error.code() {
        Some(&SqlState::INVALID_PASSWORD) => anyhow::anyhow!(
            "the password in postgres/secrets/postgres of HMS_HOME is not that of this database: put that file back from your backup"
        ),
        _ => error.into(),
    })?;
    admin.batch_execute("select pg_advisory_lock(hashtextextended('hms boot', 0))").await?;
    for (role, attributes, login) in
        [(OWNER_ROLE, "login createrole", &own.owner), ("hms_app", "login noinherit", &own.app)]
    {
        let verb = if !exists(&admin, "select from pg_roles where rolname = $1", role).await? {
            "create"
        } else if own.connect(login).await.is_err_and(|e| e.code() == Some(&SqlState::INVALID_PASSWORD)) {
            // Its secret was lost and made anew, or is that of a backup.
            "alter"
        } else {
            continue;
        };
        // A random password of ours: letters, digits, - and _ only.
        let password = server_password(role)?;
        anyhow::ensure!(
            password.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
            "unexpected password form"
        );
        let attributes = if verb == "create" { attributes } else { "" };
        admin.batch_execute(&format!("{verb} role {role} {attributes} password '{password}'")).await?;
    }
    if !exists(&admin, "select from pg_database where datname = $1", &database).await? {
        admin.batch_execute(&format!("create database \"{database}\" owner {OWNER_ROLE}")).await?;
    }
    Ok(())
}

/// Check and repair. See the module's header.
///
/// # Errors
/// When the database cannot be reached, is older than 15, misses an extension, or `TENANT_ROLES=on` cannot be met.
pub async fn check(target: &Target, wanted: TenantRoles) -> anyhow::Result<BootReport> {
    // Nothing is in front of a server of our own.
    let pooler = if target.superuser.is_some() { Pooler::None } else { pooler::find(target).await? };
    let admin = target
        .connect(target.superuser.as_ref().unwrap_or(&target.owner))
        .await
        .context("the database cannot be reached")?;
    admin
        .batch_execute(
            "set client_min_messages = warning; select pg_advisory_lock(hashtextextended('hms boot', 0))",
        )
        .await?;
    let version: i32 =
        admin.query_one("select current_setting('server_version_num')::int4", &[]).await?.get(0);
    if version < 150_000 {
        bail!("PostgreSQL 15 or newer is needed; this server is {}.", version / 10_000);
    }
    let me: &str = &admin.query_one("select current_user::text", &[]).await?.get::<_, String>(0);
    let facts = admin.query_one("select rolsuper, rolcreaterole, rolsuper or rolcreaterole from pg_roles where rolname = current_user", &[]).await?;
    let (superuser, can_make_roles): (bool, bool) = (facts.get(0), facts.get(2));

    let hindrance = if !can_make_roles {
        Some(format!("the login {me} may not create roles (CREATEROLE)"))
    } else if version >= 160_000 && !superuser && !roles::may_hand_on(&admin, target).await? {
        Some(format!(
            "another login made this server's roles of HMS, and has to grant them to {me} with admin option"
        ))
    } else {
        None
    };
    let isolation = match (wanted, &hindrance) {
        (TenantRoles::Off, _) => Isolation::PathOnly,
        (_, None) => Isolation::Roles,
        (TenantRoles::Auto, Some(_)) => Isolation::PathOnly,
        (TenantRoles::On, Some(why)) => bail!("TENANT_ROLES=on, but {why}."),
    };
    let mut report = BootReport {
        isolation,
        pooler,
        server_version: format!("{}.{}", version / 10_000, version % 10_000),
        safeguards: Vec::new(),
    };
    report.add(
        "two logins",
        if target.two_logins {
            Ok("requests use a login that owns nothing".into())
        } else if superuser {
            Err("requests use a superuser; let DATABASE_URL name a login that owns nothing".into())
        } else {
            Err("requests use the login that owns everything; let DATABASE_URL name one that owns nothing"
                .into())
        },
    );
    report.add(
        "what was recorded stays",
        match isolation {
            Isolation::Roles => Ok("no role of a request may change or remove it".into()),
            Isolation::PathOnly => {
                Err("the login that serves requests could change a hospital's audit".into())
            }
        },
    );
    report.add("nobody listens in", target.unheard().map(str::to_owned).map_err(str::to_owned));
    report.add("every statement is our own", Ok(pooler.note().into()));

    if isolation == Isolation::Roles {
        roles::make(&admin, target, version).await.context("preparing the roles failed")?;
    }
    let owner_role = if isolation == Isolation::Roles && !target.two_logins {
        OWNER_ROLE
    } else {
        target.owner.get_user().unwrap_or(me)
    };
    let database: String = admin.query_one("select current_database()::text", &[]).await?.get(0);
    let ddl = format!(
        "grant create, temp on database \"{database}\" to \"{owner_role}\"; grant usage, create on schema public to \"{owner_role}\""
    );
    if !has_privilege(&admin, "has_database_privilege($1, current_database(), 'CREATE') and has_schema_privilege($1, 'public', 'CREATE')", owner_role).await? {
        admin.batch_execute(&ddl).await.context("the owner may not create schemas in this database")?;
    }
    extensions(&admin, target, isolation, owner_role, superuser).await?;
    report.add("search in every script", Ok("pg_trgm splits Devanagari".into()));
    report.add("no shortcut around the role", set_config(&admin, superuser, owner_role).await?);
    report.add("no temporary tables for requests", temp(&admin, &database).await?);
    report.add("schema public closed", public_schema(&admin, target, isolation).await?);
    // Last, because a database's owner gives away rights on schema public by inheritance.
    let apart = match (isolation, wanted, hindrance) {
        (Isolation::Roles, ..) => roles::inherit_nothing(&admin, target, version).await?,
        (_, TenantRoles::Off, _) => Err("switched off by TENANT_ROLES".into()),
        (.., why) => Err(format!("{}; the search path alone keeps hospitals apart", why.unwrap_or_default())),
    };
    report.add("a role per hospital", apart);
    Ok(report)
}

async fn exists(client: &Client, sql: &str, name: &str) -> anyhow::Result<bool> {
    Ok(client.query_opt(sql, &[&name]).await?.is_some())
}

async fn has_privilege(client: &Client, expression: &str, name: &str) -> anyhow::Result<bool> {
    Ok(client.query_one(&format!("select {expression}"), &[&name]).await?.get(0))
}

/// Functions of ours beside the extensions, by name.
const FUNCTIONS: [(&str, &str); 2] = [
    // unaccent() is only STABLE because its dictionary may change; ours does not, and an index needs IMMUTABLE.
    (
        "fold",
        "create function extensions.fold(text) returns text language sql immutable strict parallel safe
         as $$ select lower(extensions.unaccent('extensions.unaccent'::regdictionary, $1)) $$",
    ),
    // Each character and each two in a row: what an index of a search for one or two letters is made of. Twenty
    // microseconds a name, so the planner has to know that it is dear.
    (
        "grams",
        "create function extensions.grams(text) returns text[] language sql immutable strict parallel safe cost 100
         as $$ select array(select substr($1, at, size) from generate_series(1, length($1)) at, generate_series(1, 2) size) $$",
    ),
];

/// btree_gist, pg_trgm and unaccent in a schema of their own, and [`FUNCTIONS`] on top of them.
async fn extensions(
    admin: &Client,
    target: &Target,
    isolation: Isolation,
    owner_role: &str,
    superuser: bool,
) -> anyhow::Result<()> {
    if !exists(admin, "select from pg_namespace where nspname = $1", "extensions").await? {
        let authorization =
            if superuser { format!(" authorization \"{owner_role}\"") } else { String::new() };
        admin.batch_execute(&format!("create schema extensions{authorization}")).await?;
    }
    for name in ["btree_gist", "pg_trgm", "unaccent"] {
        if !exists(admin, "select from pg_extension where extname = $1", name).await? {
            admin.batch_execute(&format!("create extension {name} schema extensions")).await.with_context(
                || format!("the PostgreSQL extension {name} is missing and could not be created"),
            )?;
        }
    }
    let devanagari: bool = admin
        .query_one("select cardinality(extensions.show_trgm('आशा')) > 0", &[])
        .await
        .context("pg_trgm is not in schema extensions")?
        .get(0);
    if !devanagari {
        bail!(
            "The database's locale (LC_CTYPE) is C, so names outside Latin cannot be searched. Create it with C.UTF-8 or another UTF-8 locale."
        );
    }
    const FUNCTION: &str =
        "select from pg_proc where proname = $1 and pronamespace = 'extensions'::regnamespace";
    for (name, definition) in FUNCTIONS {
        if !exists(admin, FUNCTION, name).await? {
            admin.batch_execute(definition).await?;
        }
    }
    let users = match isolation {
        Isolation::Roles => "hms_tenant, hms_platform".to_owned(),
        Isolation::PathOnly => format!("\"{}\"", target.app_login()),
    };
    let user = if isolation == Isolation::Roles { "hms_tenant" } else { target.app_login() };
    if !has_privilege(admin, "has_schema_privilege($1, 'extensions', 'USAGE')", user).await? {
        admin.batch_execute(&format!("grant usage on schema extensions to {users}")).await?;
    }
    if !has_privilege(admin, "has_schema_privilege($1, 'extensions', 'USAGE')", owner_role).await? {
        admin.batch_execute(&format!("grant usage, create on schema extensions to \"{owner_role}\"")).await?;
    }
    Ok(())
}

/// `set_config('role', …)` inside a query would leave the hospital's role; only the owner keeps the function
/// (its pg_dump calls it).
async fn set_config(
    admin: &Client,
    superuser: bool,
    owner_role: &str,
) -> anyhow::Result<Result<String, String>> {
    let open: bool = admin
        .query_one(
            "select has_function_privilege('public', 'pg_catalog.set_config(text,text,boolean)', 'EXECUTE')",
            &[],
        )
        .await?
        .get(0);
    if !open {
        return Ok(Ok("set_config is revoked from PUBLIC".into()));
    }
    if !superuser {
        return Ok(Err("only a superuser can revoke set_config from PUBLIC".into()));
    }
    admin
        .batch_execute(&format!(
            "grant execute on function pg_catalog.set_config(text,text,boolean) to \"{owner_role}\";
             revoke execute on function pg_catalog.set_config(text,text,boolean) from public;"
        ))
        .await?;
    Ok(Ok("set_config is revoked from PUBLIC".into()))
}

/// A temporary table would shadow a hospital's table of the same name.
async fn temp(admin: &Client, database: &str) -> anyhow::Result<Result<String, String>> {
    let open = "select exists (select from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
                 where d.datname = current_database() and a.grantee = 0 and a.privilege_type in ('TEMPORARY', 'CREATE'))";
    let is_open: bool = admin.query_one(open, &[]).await?.get(0);
    if is_open {
        // Not being the owner is a warning in PostgreSQL, not an error: look again.
        let _ =
            admin.batch_execute(&format!("revoke temp, create on database \"{database}\" from public")).await;
        if admin.query_one(open, &[]).await?.get(0) {
            return Ok(Err("only the database's owner can revoke TEMP and CREATE from PUBLIC".into()));
        }
    }
    Ok(Ok("TEMP and CREATE are revoked from PUBLIC".into()))
}

async fn public_schema(
    admin: &Client,
    target: &Target,
    isolation: Isolation,
) -> anyhow::Result<Result<String, String>> {
    let open = "select exists (select from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
                 where n.nspname = 'public' and a.grantee = 0)";
    if admin.query_one(open, &[]).await?.get(0) {
        let _ = admin.batch_execute("revoke all on schema public from public").await;
    }
    let (probe, users) = match isolation {
        Isolation::Roles => ("hms_platform", "hms_platform, hms_tenant".to_owned()),
        Isolation::PathOnly => (target.app_login(), format!("\"{}\"", target.app_login())),
    };
    if !has_privilege(admin, "has_schema_privilege($1, 'public', 'USAGE')", probe).await? {
        admin.batch_execute(&format!("grant usage on schema public to {users}")).await?;
    }
    if admin.query_one(open, &[]).await?.get(0) {
        return Ok(Err("only the database's owner can close schema public".into()));
    }
    Ok(Ok("nobody but the platform's role may use it".into()))
}

/// Rights on the platform's tables: everything but changing what was recorded. After each platform migration.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn grant_platform(owner: &Client, target: &Target, isolation: Isolation) -> anyhow::Result<()> {
    let (platform, tenant) = match isolation {
        Isolation::Roles => ("hms_platform".to_owned(), "hms_platform, hms_tenant".to_owned()),
        Isolation::PathOnly => (format!("\"{}\"", target.app_login()), format!("\"{}\"", target.app_login())),
    };
    if isolation == Isolation::PathOnly && !target.two_logins {
        return Ok(());
    }
    owner
        .batch_execute(&format!(
            "begin; {lock};
             grant select, insert, update, delete on all tables in schema public to {platform};
             revoke update, delete on public.audit_events, public.denied_attempts, public.failed_sign_ins from {platform};
             revoke all on public.refinery_schema_history from {platform};
             grant select on public.refinery_schema_history to {platform};
             grant execute on function public.jobs_standing() to {platform};
             grant execute on function public.administrators_of(uuid) to {platform};
             grant execute on function public.patients_here(uuid, timestamptz) to {platform};
             grant execute on function public.enqueue_mail_request(uuid) to {platform};
             grant execute on function public.forget_failed_sign_ins() to {platform};
             grant execute on function public.enqueue_demo(uuid) to {platform};
             grant execute on function public.enqueue(text, json) to {tenant};
             grant execute on function public.note_patients(text, bigint) to {tenant};
             grant execute on function public.note_appointments(text, bigint) to {tenant};
             grant execute on function public.audit_of_hospital(text, timestamptz, timestamptz, uuid, text, text[], text, uuid,
                 text, timestamptz, uuid, bigint, boolean) to {tenant};
             commit;",
            lock = super::schemas::ROLE_LOCK,
        ))
        .await?;
    Ok(())
}
