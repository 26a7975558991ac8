//! SQL of a hospital's own tables and of the signatures below them.

use serde_json::Value;
use tokio_postgres::Row;

use crate::access::TenantTx;
use crate::clinic::vitals::keeping::{Kept, NewTable};
use crate::clinic::vitals::model::TableId;
use crate::clinic::vitals::tables::{Name, Origin};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

statements! { Tenant;
    /// Of each table the version that was signed last. None: the one that HMS comes with, unsigned.
    hot IN_USE() =
        "select distinct on (name) name, version, source, body from vitals_tables where signed_at is not null
          order by name, signed_at desc, id desc";
    ALL() =
        "select id, name, version, source, body, made_by_id, made_at, signed_by_id, signed_at from vitals_tables
          order by name, made_at desc, id desc limit 200";
    /// Held, because it is signed once.
    HOLD(TEXT, TEXT) =
        "select id, name, version, source, body, made_by_id, made_at, signed_by_id, signed_at from vitals_tables
          where name = $1 and version = $2 for update";
    INSERT(UUID, TEXT, TEXT, TEXT, JSONB, UUID, TIMESTAMPTZ, UUID, TIMESTAMPTZ) =
        "insert into vitals_tables (id, name, version, source, body, made_by_id, made_at, signed_by_id, signed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    SIGN(UUID, UUID, TIMESTAMPTZ) = "update vitals_tables set signed_by_id = $2, signed_at = $3 where id = $1";
}

/// A table that counts instead of the one that HMS comes with.
pub(in crate::clinic::vitals) struct InUse {
    pub name: Name,
    pub origin: Origin,
    pub body: Option<Value>,
}

pub(in crate::clinic::vitals) async fn in_use(tx: &TenantTx) -> Result<Vec<InUse>, DbError> {
    let rows = tx.rows(&IN_USE, &[]).await?;
    let of = |row: &Row| {
        let origin = Origin { version: row.get("version"), source: row.get("source") };
        Some(InUse { name: Name::from_code(row.get("name"))?, origin, body: row.get("body") })
    };
    Ok(rows.iter().filter_map(of).collect())
}

pub(in crate::clinic::vitals) async fn all(tx: &TenantTx) -> Result<Vec<Kept>, DbError> {
    Ok(tx.rows(&ALL, &[]).await?.iter().filter_map(kept).collect())
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

fn kept(row: &Row) -> Option<Kept> {
    let signed_at: Option<jiff::Timestamp> = row.get("signed_at");
    Some(Kept {
        id: row.get("id"),
        name: Name::from_code(row.get("name"))?,
        new: NewTable { version: row.get("version"), source: row.get("source"), body: row.get("body") },
        made_by: row.get("made_by_id"),
        made_at: row.get("made_at"),
        signed: signed_at.zip(row.get("signed_by_id")),
    })
}
