//! SQL of the history.

use serde_json::{Map, Value};
use tokio_postgres::Row;

use super::model::Entry;
use crate::access::TenantTx;
use crate::clinic::patients::{Action, PatientId};
use crate::kernel::DbError;
use crate::kernel::paging::PageRequest;
use crate::statements;

/// The record and those that became part of it.
macro_rules! whose {
    () => {
        "c.patient_id = any (array(select m.id from patients m where m.id = $1 or m.merged_into = $1))"
    };
}

statements! { Tenant;
    /// Newest first.
    PAGE(UUID, INT8, INT8) =
        concat!("select c.id, c.patient_id, p.patient_code, c.action, c.reason, c.old_values, c.new_values,
                        c.changed_by_id, c.changed_at
                   from patient_changes c join patients p on p.id = c.patient_id
                  where ", whose!(), " order by c.changed_at desc, c.id desc limit $2 offset $3");
    TOTAL(UUID) = concat!("select count(*) as total from patient_changes c where ", whose!());
}

pub(super) async fn page(
    tx: &TenantTx,
    patient: PatientId,
    page: PageRequest,
) -> Result<(Vec<Entry>, i64), DbError> {
    let total = tx.row(&TOTAL, &[&patient]).await?.get("total");
    let rows = tx.rows(&PAGE, &[&patient, &page.page_size, &page.offset()]).await?;
    Ok((rows.iter().map(entry).collect(), total))
}

fn entry(row: &Row) -> Entry {
    Entry {
        id: row.get("id"),
        patient: row.get("patient_id"),
        code: row.get("patient_code"),
        action: Action::from_code(row.get("action")),
        reason: row.get("reason"),
        old: values(row.get("old_values")),
        new: values(row.get("new_values")),
        by: row.get("changed_by_id"),
        at: row.get("changed_at"),
    }
}

fn values(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(values) => values,
        _ => Map::new(),
    }
}
