//! One table out of the database into a file, and back.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::pin::pin;

use anyhow::{Context as _, ensure};
use axum::body::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use futures_util::{SinkExt as _, TryStreamExt as _};
use tokio_postgres::Transaction;

use super::manifest::TableFile;
use super::rows::{Hashing, RowReader, Rows};
use crate::kernel::DbError;

/// Values are written the same way whatever the server's and the login's settings, and no limit of theirs cuts a long
/// backup off.
const PLAIN: &str =
    "set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres'; set local timezone = 'UTC';
    set local bytea_output = 'hex'; set local extra_float_digits = 1; set local statement_timeout = 0;
    set local lock_timeout = 0; set local idle_in_transaction_session_timeout = 0";

/// See [`PLAIN`].
pub(super) async fn plain(tx: &Transaction<'_>) -> anyhow::Result<()> {
    tx.batch_execute(PLAIN).await?;
    // Since PostgreSQL 17.
    if tx.query_opt("select 1 from pg_settings where name = 'transaction_timeout'", &[]).await?.is_some() {
        tx.batch_execute("set local transaction_timeout = 0").await?;
    }
    Ok(())
}

/// What PostgreSQL answered, without the values of the row that it stumbled over.
pub(super) fn told(what: &'static str) -> impl Fn(tokio_postgres::Error) -> anyhow::Error {
    move |error| anyhow::Error::new(DbError::of(&error, what)).context(format!("{what} failed"))
}

/// Is this how we name tables and columns? Only such names reach SQL text.
pub(super) fn is_name(text: &str) -> bool {
    let first = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    first
        && text.len() <= 63
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Columns in their order: all but those that the database computes.
pub(super) async fn columns(tx: &Transaction<'_>, schema: &str, table: &str) -> anyhow::Result<Vec<String>> {
    let rows = tx
        .query(
            "select a.attname::text from pg_attribute a
              where a.attrelid = format('%I.%I', $1::text, $2::text)::regclass and a.attnum > 0
                and not a.attisdropped and a.attgenerated = '' order by a.attnum",
            &[&schema, &table],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Tables of a schema, those that others refer to first. A table may refer to itself: one COPY is one statement.
pub(super) async fn in_order(tx: &Transaction<'_>, schema: &str) -> anyhow::Result<Vec<String>> {
    let rows = tx
        .query(
            "select c.relname::text, array(
                    select distinct r.relname::text from pg_constraint k join pg_class r on r.oid = k.confrelid
                     where k.contype = 'f' and k.conrelid = c.oid and r.oid <> c.oid and r.relnamespace = c.relnamespace)
               from pg_class c join pg_namespace n on n.oid = c.relnamespace
              where n.nspname = $1 and c.relkind = 'r' order by 1",
            &[&schema],
        )
        .await?;
    let mut waiting: Vec<(String, Vec<String>)> = rows
        .iter()
        .map(|row| (row.get::<_, String>(0), row.get::<_, Vec<String>>(1)))
        .filter(|(name, _)| !super::NOT_KEPT.contains(&name.as_str()) && !super::swap::is_staged(name))
        .collect();
    let mut ordered: Vec<String> = Vec::new();
    while !waiting.is_empty() {
        let (free, bound): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(_, needs)| needs.iter().all(|need| ordered.contains(need)));
        ensure!(!free.is_empty(), "tables of {schema} refer to each other in a circle");
        ordered.extend(free.into_iter().map(|(name, _)| name));
        waiting = bound;
    }
    Ok(ordered)
}

/// `select a, b from t`: what is written of a table.
pub(super) fn select(table: &str, columns: &[String]) -> String {
    format!("select {} from {table}", columns.join(", "))
}

/// Write the rows of `query` to a new file.
pub(super) async fn out(
    tx: &Transaction<'_>,
    table: &str,
    columns: Vec<String>,
    query: &str,
    path: &Path,
) -> anyhow::Result<TableFile> {
    let file = BufWriter::new(Hashing::new(create_private(path)?));
    let mut file = GzEncoder::new(file, Compression::fast());
    let mut stream =
        pin!(tx.copy_out(&format!("copy ({query}) to stdout")).await.map_err(told("reading a table"))?);
    let mut rows = RowReader::default();
    while let Some(piece) = stream.try_next().await.map_err(told("reading a table"))? {
        rows.read(&piece);
        file.write_all(&piece).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let inner = file.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    let (file, _, sha256) = inner.finish();
    file.sync_all()?;
    let Rows { count, digest } = rows.finish();
    Ok(TableFile { table: table.to_owned(), columns, rows: count, digest, sha256 })
}

/// The rows that `query` gives.
pub(super) async fn digest(tx: &Transaction<'_>, query: &str) -> anyhow::Result<Rows> {
    let mut stream =
        pin!(tx.copy_out(&format!("copy ({query}) to stdout")).await.map_err(told("reading back"))?);
    let mut rows = RowReader::default();
    while let Some(piece) = stream.try_next().await.map_err(told("reading back"))? {
        rows.read(&piece);
    }
    Ok(rows.finish())
}

/// Load a file into `table`, read the table back and compare. The table must have been empty.
pub(super) async fn into(
    tx: &Transaction<'_>,
    table: &str,
    file: &TableFile,
    path: &Path,
) -> anyhow::Result<()> {
    let copy = format!("copy {table} ({}) from stdin", file.columns.join(", "));
    let what = || format!("loading {} failed", file.table);
    let mut sink = pin!(tx.copy_in::<_, Bytes>(&copy).await.map_err(told("loading")).with_context(what)?);
    let mut reader = GzDecoder::new(BufReader::new(File::open(path)?));
    loop {
        let mut piece = vec![0; 64 * 1024];
        let read = reader.read(&mut piece)?;
        if read == 0 {
            break;
        }
        piece.truncate(read);
        sink.send(Bytes::from(piece)).await.map_err(told("loading")).with_context(what)?;
    }
    sink.finish().await.map_err(told("loading")).with_context(what)?;
    let found = digest(tx, &select(table, &file.columns)).await?;
    ensure!(
        found.count == file.rows && found.digest == file.digest,
        "{} reads back differently from what was loaded",
        file.table
    );
    Ok(())
}

/// A new file that only we read.
pub(super) fn create_private(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options.open(path).with_context(|| format!("{} cannot be written", path.display()))
}

/// The same with this content, on disk when it returns.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = create_private(path)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .with_context(|| format!("{} cannot be written", path.display()))
}
