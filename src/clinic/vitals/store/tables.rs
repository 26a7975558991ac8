//! SQL of a hospital's own tables and of the signatures below them.

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::Row;

use crate::access::TenantTx;
use crate::clinic::vitals::keeping::{Kept, NewTable};
use crate::clinic::vitals::model::TableId;
use crate::clinic::vitals::tables::{Name, Origin};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::{Page, PageRequest};
use crate::statements;

/// A version, without its values.
macro_rules! versions {
    ($rest:literal) => {
        concat!(
            "select t.id, t.name, t.version, t.source, t.body is null as is_built_in, t.made_by_id, t.made_at, t.signed_by_id,
                    t.signed_at
               from vitals_tables t ",
            $rest
        )
    };
}

statements! { Tenant;
    /// Of each table the version that was signed last. None: the one that HMS comes with, unsigned.
    hot IN_USE() =
        "select distinct on (name) name, version, source, body, signed_by_id, signed_at from vitals_tables
          where signed_at is not null order by name, signed_at desc, id desc";
    /// Of each of these tables its `$2` newest, however many another one has.
    NEWEST(TEXT_ARRAY, INT8) = concat!(
        "select v.id, v.name, v.version, v.source, v.is_built_in, v.made_by_id, v.made_at, v.signed_by_id, v.signed_at
           from unnest($1::text[]) as wanted (name) cross join lateral (",
        versions!("where t.name = wanted.name order by t.made_at desc, t.id desc limit $2"),
        ") v order by v.name, v.made_at desc, v.id desc"
    );
    /// Of one table, or of all.
    PAGE(TEXT, INT8, INT8) = versions!(
        "where $1::text is null or t.name = $1 order by t.made_at desc, t.id desc limit $2 offset $3"
    );
    COUNT(TEXT) = "select count(*) as total from vitals_tables where $1::text is null or name = $1";
    /// Held, because it is signed once.
    HOLD(TEXT, TEXT) = versions!("where t.name = $1 and t.version = $2 for update of t");
    INSERT(UUID, TEXT, TEXT, TEXT, JSONB, UUID, TIMESTAMPTZ, UUID, TIMESTAMPTZ) =
        "insert into vitals_tables (id, name, version, source, body, made_by_id, made_at, signed_by_id, signed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    SIGN(UUID, UUID, TIMESTAMPTZ) = "update vitals_tables set signed_by_id = $2, signed_at = $3 where id = $1";
}

/// A version that somebody signed and that counts.
pub(in crate::clinic::vitals) struct InUse {
    pub name: Name,
    pub origin: Origin,
    /// None: the values that HMS comes with.
    pub body: Option<Value>,
    pub signed: (Timestamp, UserId),
}

pub(in crate::clinic::vitals) async fn in_use(tx: &TenantTx) -> Result<Vec<InUse>, DbError> {
    let rows = tx.rows(&IN_USE, &[]).await?;
    let of = |row: &Row| {
        Some(InUse {
            name: Name::from_code(row.get("name"))?,
            origin: origin(row),
            body: row.get("body"),
            signed: (row.get("signed_at"), row.get("signed_by_id")),
        })
    };
    Ok(rows.iter().filter_map(of).collect())
}

/// `most` of each table, by name, the newest first.
pub(in crate::clinic::vitals) async fn newest(
    tx: &TenantTx,
    names: &[Name],
    most: i64,
) -> Result<Vec<Kept>, DbError> {
    let names: Vec<&str> = names.iter().map(|name| name.code()).collect();
    Ok(tx.rows(&NEWEST, &[&names, &most]).await?.iter().filter_map(kept).collect())
}

/// The newest first.
pub(in crate::clinic::vitals) async fn versions(
    tx: &TenantTx,
    name: Option<Name>,
    page: PageRequest,
) -> Result<Page<Kept>, DbError> {
    let name = name.map(Name::code);
    let rows = tx.rows(&PAGE, &[&name, &page.page_size, &page.offset()]).await?;
    let total = tx.row(&COUNT, &[&name]).await?.get("total");
    Ok(page.envelope(rows.iter().filter_map(kept).collect(), total))
}

pub(in crate::clinic::vitals) async fn hold(
    tx: &TenantTx,
    name: Name,
    version: &str,
) -> Result<Option<Kept>, DbError> {
    let name = name.code();
    Ok(tx.row_opt(&HOLD, &[&name, &version]).await?.as_ref().and_then(kept))
}

/// `signed`: by whoever writes it, at once.
pub(in crate::clinic::vitals) async fn insert(
    tx: &TenantTx,
    name: Name,
    new: &NewTable,
    by: UserId,
    signed: bool,
) -> Result<TableId, DbError> {
    let (id, now, name) = (TableId::new(), tx.now(), name.code());
    let (signed_by, signed_at) = (signed.then_some(by), signed.then_some(now));
    tx.execute(
        &INSERT,
        &[&id, &name, &new.version, &new.source, &new.body, &by, &now, &signed_by, &signed_at],
    )
    .await?;
    Ok(id)
}

pub(in crate::clinic::vitals) async fn sign(tx: &TenantTx, id: TableId, by: UserId) -> Result<(), DbError> {
    let now = tx.now();
    tx.execute(&SIGN, &[&id, &by, &now]).await.map(|_| ())
}

fn origin(row: &Row) -> Origin {
    Origin { version: row.get("version"), source: row.get("source") }
}

fn kept(row: &Row) -> Option<Kept> {
    let signed_at: Option<Timestamp> = row.get("signed_at");
    Some(Kept {
        id: row.get("id"),
        name: Name::from_code(row.get("name"))?,
        origin: origin(row),
        is_built_in: row.get("is_built_in"),
        made_by: row.get("made_by_id"),
        made_at: row.get("made_at"),
        signed: signed_at.zip(row.get("signed_by_id")),
    })
}
