//! What lies between HMS and PostgreSQL: nothing, or a pooler that lends its connections for one transaction at a time.
//!
//! Asked at boot and not configured, because a wrong answer is dangerous: behind a pooler that does not follow prepared
//! statements, one of ours is another client's statement of the same name as soon as the connection changes.
//!
//! Role, path and limits of a request are `SET LOCAL`, so they hold behind any pooler. What needs a session (LISTEN,
//! advisory locks, migrations, the job queue) goes by the owner's connections, which have to be direct.

use anyhow::{Context as _, bail, ensure};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config as PgConfig};

use super::Target;
use super::target::{APP_URL, OWNER_URL};

/// How requests reach PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooler {
    /// A connection of ours is one of PostgreSQL.
    None,
    /// Through a pooler that brings prepared statements along (PgBouncer from 1.21 on, with `max_prepared_statements`).
    Follows,
    /// Through one that does not: nothing may be prepared, every statement is sent whole.
    Forgets,
}

impl Pooler {
    /// Whether a statement that was prepared on a connection is there the next time.
    #[must_use]
    pub fn keeps_statements(self) -> bool {
        self != Self::Forgets
    }

    pub(super) fn note(self) -> &'static str {
        match self {
            Self::None => "requests have connections of their own",
            Self::Follows => "a pooler brings prepared statements along from connection to connection",
            Self::Forgets => {
                "a pooler lends connections and forgets prepared statements, so none is prepared (slower; PgBouncer 1.21 or newer with max_prepared_statements keeps them)"
            }
        }
    }
}

/// Try both ways.
///
/// # Errors
/// When either cannot be reached, when the owner's is not direct, or when they lead to different databases.
pub async fn find(target: &Target) -> anyhow::Result<Pooler> {
    let one_url = target.app == target.owner;
    let (owner, direct) = open(target, &target.owner, if one_url { APP_URL } else { OWNER_URL }).await?;
    if !direct {
        bail!(
            "{} leads through a connection pooler. Migrations, jobs and the news between instances need PostgreSQL itself: let DATABASE_OWNER_URL lead there directly; DATABASE_URL may go on using the pooler.",
            if one_url { APP_URL } else { OWNER_URL }
        );
    }
    if one_url {
        return Ok(Pooler::None);
    }
    let (app, direct) = open(target, &target.app, APP_URL).await?;
    ensure!(
        place(&owner).await? == place(&app).await?,
        "DATABASE_URL and DATABASE_OWNER_URL lead to different databases."
    );
    Ok(match direct {
        true => Pooler::None,
        false if follows(&app).await => Pooler::Follows,
        false => Pooler::Forgets,
    })
}

/// A connection, and whether a setting that was given with it arrived at PostgreSQL: a pooler cannot pass one on, since
/// its connections are shared.
async fn open(target: &Target, config: &PgConfig, url: &'static str) -> anyhow::Result<(Client, bool)> {
    let mut probing = config.clone();
    probing.options(format!("{} -c hms.probe=arrived", config.get_options().unwrap_or_default()));
    match target.connect(&probing).await {
        Ok(client) => {
            let row = client
                .query_typed("select coalesce(current_setting('hms.probe', true), '') = 'arrived'", &[])
                .await
                .with_context(|| format!("{url} leads to a database that does not answer"))?;
            let arrived = row.first().is_some_and(|row| row.get(0));
            Ok((client, arrived))
        }
        // Refused by what answered: perhaps for the setting alone.
        Err(error) if error.as_db_error().is_some() => {
            let client = target.reach(config, url).await?;
            Ok((client, false))
        }
        Err(error) => Err(super::target::explain(error, url)),
    }
}

/// Which database of which server.
async fn place(client: &Client) -> anyhow::Result<(u32, f64)> {
    let rows = client
        .query_typed(
            "select oid, extract(epoch from pg_postmaster_start_time())::float8 from pg_database
              where datname = current_database()",
            &[],
        )
        .await?;
    let row = rows.first().context("a database without a name")?;
    Ok((row.get(0), row.get(1)))
}

/// A pooler that follows a statement gives it a name of its own on PostgreSQL's side: two clients may call theirs alike.
async fn follows(client: &Client) -> bool {
    let mark = uuid::Uuid::new_v4().simple().to_string();
    let asked = async {
        client.batch_execute("begin").await?;
        let statement = client.prepare_typed(&format!("select '{mark}'"), &[]).await?;
        let rows = client
            .query_typed(
                "select count(*) filter (where name !~ '^s[0-9]+$'), count(*) from pg_prepared_statements
                  where strpos(statement, $1) > 0",
                &[(&mark, Type::TEXT)],
            )
            .await?;
        // Before the end of the transaction, so that it is closed where it is.
        drop(statement);
        client.batch_execute("commit").await?;
        Ok::<bool, tokio_postgres::Error>(
            rows.first().is_some_and(|row| (row.get::<_, i64>(0), row.get::<_, i64>(1)) == (1, 1)),
        )
    };
    asked.await.unwrap_or(false)
}
