//! Schemas for hospitals: roles made in blocks, schemas made ahead, names that nobody can inject.

use std::fmt;

use anyhow::Context as _;
use tokio::sync::Semaphore;
use tokio_postgres::Client;

use super::{Isolation, Target, migrate};

/// Name of a hospital's schema and of its role: `t_` and 16 lower-case letters or digits.
/// Only made at random or read from `public.tenant_schemas`, so it is safe inside SQL text.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SchemaName(String);

impl SchemaName {
    /// A name as the platform's table holds it.
    ///
    /// # Errors
    /// When it has another form: then it is not ours, whoever wrote it.
    pub fn parse(name: &str) -> Result<Self, InvalidSchemaName> {
        let tail = name.strip_prefix("t_").ok_or(InvalidSchemaName)?;
        if tail.len() == 16 && tail.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidSchemaName)
        }
    }

    fn random() -> Self {
        use rand::RngExt as _;
        const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let mut rng = rand::rng();
        let tail: String = (0..16).map(|_| char::from(ALPHABET[rng.random_range(0..36)])).collect();
        Self(format!("t_{tail}"))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What tells it from all others, without the prefix.
    #[must_use]
    pub fn tail(&self) -> [u8; 16] {
        self.0.as_bytes()[2..].try_into().expect("checked by parse")
    }
}

impl fmt::Display for SchemaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not a schema name of ours.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("This is not the name of a hospital's schema.")]
pub struct InvalidSchemaName;

/// How many roles one transaction makes. Each CREATE ROLE or GRANT costs every backend a rebuild of its
/// membership cache, so they come in blocks and not one by one.
pub const ROLE_BLOCK: usize = 100;

/// Make `count` roles and note them as reserved.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn reserve(
    owner: &mut Client,
    isolation: Isolation,
    app_login: &str,
    count: usize,
) -> anyhow::Result<()> {
    let names: Vec<SchemaName> = (0..count).map(|_| SchemaName::random()).collect();
    let tx = owner.transaction().await?;
    if isolation == Isolation::Roles {
        // From 16 on it is the grant that says whether a right is had without taking the role; before, the login.
        let since_16 = "select current_setting('server_version_num')::int4 >= 160000";
        let only_taken =
            if tx.query_one(since_16, &[]).await?.get(0) { " with inherit false, set true" } else { "" };
        let mut ddl = String::new();
        for name in &names {
            ddl.push_str(&format!(
                "create role {name} nologin; grant {name} to \"{app_login}\"{only_taken}; grant hms_tenant to {name};"
            ));
        }
        // Two processes that change role memberships at once fail with "tuple concurrently updated".
        tx.batch_execute(ROLE_LOCK).await?;
        tx.batch_execute(&ddl).await?;
    }
    let names: Vec<&str> = names.iter().map(SchemaName::as_str).collect();
    tx.execute(
        "insert into public.tenant_schemas (name, state) select unnest($1::text[]), 'reserved'",
        &[&names],
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Held while roles or their memberships change.
pub const ROLE_LOCK: &str = "select pg_advisory_xact_lock(hashtextextended('hms roles', 0))";

/// Schemas built at the same time by one process: more would only take the processors from requests.
static BUILDING: Semaphore = Semaphore::const_new(2);

/// Build one schema from a reserved role: CREATE SCHEMA, rights, migrations. It is `ready` afterwards.
///
/// # Errors
/// When a step fails; the row is then `failed`, with the reason, for the reaper.
pub async fn build_one(target: &Target, isolation: Isolation) -> anyhow::Result<SchemaName> {
    let (owner, name) = build_at(target, isolation, None).await?;
    let made = owner
        .execute(
            "update public.tenant_schemas set state = 'ready', version = $2, changed_at = now()
              where name = $1 and state = 'building'",
            &[&name.as_str(), &migrate::tenant_version()],
        )
        .await?;
    anyhow::ensure!(made == 1, "{name} took so long that it was taken for abandoned");
    Ok(name)
}

/// Build a schema of this version that stays `building`, so that no sign-up takes it: a restore loads it.
///
/// # Errors
/// As [`build_one`].
pub async fn build_for_restore(
    target: &Target,
    isolation: Isolation,
    version: i32,
) -> anyhow::Result<SchemaName> {
    build_at(target, isolation, Some(version)).await.map(|(_, name)| name)
}

async fn build_at(
    target: &Target,
    isolation: Isolation,
    version: Option<i32>,
) -> anyhow::Result<(Client, SchemaName)> {
    let _turn = BUILDING.acquire().await?;
    let mut owner = target.connect(&target.owner_with_path("extensions", isolation)).await?;
    let name = loop {
        let row = owner
            .query_opt(
                "update public.tenant_schemas set state = 'building', changed_at = now() where name = (
                   select name from public.tenant_schemas where state = 'reserved' order by name limit 1 for update skip locked
                 ) returning name",
                &[],
            )
            .await?;
        match row {
            Some(row) => break SchemaName::parse(row.get(0))?,
            None => reserve(&mut owner, isolation, target.app_login(), ROLE_BLOCK).await?,
        }
    };
    let built = build(target, &owner, isolation, &name, version).await;
    match built {
        Ok(()) => Ok((owner, name)),
        Err(error) => {
            owner
                .execute(
                    "update public.tenant_schemas set state = 'failed', error = $2, changed_at = now()
                      where name = $1 and state = 'building'",
                    &[&name.as_str(), &format!("{error:#}").chars().take(500).collect::<String>()],
                )
                .await?;
            Err(error)
        }
    }
}

async fn build(
    target: &Target,
    owner: &Client,
    isolation: Isolation,
    name: &SchemaName,
    version: Option<i32>,
) -> anyhow::Result<()> {
    owner.batch_execute(&format!("create schema {name}")).await.context("CREATE SCHEMA failed")?;
    if isolation == Isolation::Roles {
        owner
            .batch_execute(&format!(
                "grant usage on schema {name} to {name};
                 alter default privileges in schema {name} grant select, insert, update, delete on tables to {name};
                 alter default privileges in schema {name} grant usage on sequences to {name};"
            ))
            .await
            .context("granting the schema to its role failed")?;
    } else if target.two_logins {
        let app = target.app_login();
        owner
            .batch_execute(&format!(
                "grant usage on schema {name} to \"{app}\";
                 alter default privileges in schema {name} grant select, insert, update, delete on tables to \"{app}\";"
            ))
            .await?;
    }
    match version {
        Some(version) => migrate::tenant_to(target, isolation, name, version).await,
        None => migrate::tenant(target, isolation, name).await.map(|_| ()),
    }
}

/// Keep `wanted` schemas ready, and drop what a crash or a failure left behind. Safe to run on several instances.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn keep_warm(target: &Target, isolation: Isolation, wanted: usize) -> anyhow::Result<usize> {
    let owner = target.connect(&target.owner_with_path("extensions", isolation)).await?;
    let locked: bool =
        owner.query_one("select pg_try_advisory_lock(hashtextextended('hms warm', 0))", &[]).await?.get(0);
    if !locked {
        return Ok(0);
    }
    reap(&owner).await?;
    let ready: i64 = owner
        .query_one(
            "select count(*) from public.tenant_schemas where state = 'ready' and version = $1",
            &[&migrate::tenant_version()],
        )
        .await?
        .get(0);
    let missing = wanted.saturating_sub(usize::try_from(ready).unwrap_or(0));
    for _ in 0..missing {
        build_one(target, isolation).await?;
    }
    Ok(missing)
}

/// Drop a schema that serves nobody; its name may be used again.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn discard(owner: &Client, name: &SchemaName) -> anyhow::Result<()> {
    owner.batch_execute(&format!("drop schema if exists {name} cascade")).await?;
    owner
        .execute(
            "update public.tenant_schemas set state = 'reserved', version = 0, error = null, kept_of = null, changed_at = now()
              where name = $1 and state <> 'claimed'",
            &[&name.as_str()],
        )
        .await?;
    Ok(())
}

/// Drop schemas whose making was cut off. One DROP SCHEMA per transaction: each takes a lock per object.
async fn reap(owner: &Client) -> anyhow::Result<()> {
    let rows = owner
        .query(
            "select name from public.tenant_schemas
              where state = 'failed' or (state = 'building' and changed_at < now() - interval '10 minutes')",
            &[],
        )
        .await?;
    for row in rows {
        let name = SchemaName::parse(row.get(0))?;
        // It was read as abandoned, perhaps only because a clock jumped: from here on whoever makes it can no longer
        // call it ready, so that no hospital gets a schema that is being dropped.
        let abandoned = owner
            .execute(
                "update public.tenant_schemas set state = 'failed', changed_at = now() where name = $1
                    and (state = 'failed' or (state = 'building' and changed_at < now() - interval '10 minutes'))",
                &[&name.as_str()],
            )
            .await?;
        if abandoned == 0 {
            continue;
        }
        discard(owner, &name).await?;
        tracing::info!(schema = %name, "dropped a half-made schema");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_form_is_a_schema_name() {
        assert!(SchemaName::parse(SchemaName::random().as_str()).is_ok());
        for bad in [
            "",
            "public",
            "t_",
            "t_short",
            "t_0123456789abcdeF",
            "t_0123456789abcde;",
            "t_0123456789abcdef, public",
            "T_0123456789abcdef",
        ] {
            assert!(SchemaName::parse(bad).is_err(), "{bad}");
        }
    }
}
