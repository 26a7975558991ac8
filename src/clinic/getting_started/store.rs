//! SQL of the checklist: whether a line is done, and what is put off.

use crate::access::TenantTx;
use crate::db::{Stmt, Tenant};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

statements! { Tenant;
    LATER() = "select line from checklist_later";
    PUT_OFF(TEXT, UUID, TIMESTAMPTZ) =
        "insert into checklist_later (line, put_off_by_id, put_off_at) values ($1, $2, $3) on conflict (line) do nothing";
    BRING_BACK(TEXT) = "delete from checklist_later where line = $1";
}

/// Ask the statement of a line: one row, one column.
pub(super) async fn is_done(tx: &TenantTx, statement: &'static Stmt<Tenant>) -> Result<bool, DbError> {
    Ok(tx.row(statement, &[]).await?.get("done"))
}

/// Keys of the lines that are put off.
pub(super) async fn later(tx: &TenantTx) -> Result<Vec<String>, DbError> {
    Ok(tx.rows(&LATER, &[]).await?.iter().map(|row| row.get("line")).collect())
}

pub(super) async fn put_off(tx: &TenantTx, line: &str, by: UserId) -> Result<(), DbError> {
    tx.execute(&PUT_OFF, &[&line, &by, &tx.now()]).await.map(|_| ())
}

pub(super) async fn bring_back(tx: &TenantTx, line: &str) -> Result<(), DbError> {
    tx.execute(&BRING_BACK, &[&line]).await.map(|_| ())
}
