//! SQL of the history.

use serde_json::{Map, Value, json};
use tokio_postgres::Row;

use super::model::Entry;
use crate::access::TenantTx;
use crate::clinic::patients::{self, Action, Confidentiality, Look, PatientId, Sight};
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
    /// Newest first. Of a merge, what `merges` knows of it, and the levels of both records.
    PAGE(UUID, INT8, INT8) =
        concat!("select c.id, c.patient_id, p.patient_code, c.action, c.reason, c.old_values, c.new_values,
                        c.changed_by_id, c.changed_at, g.before, g.after, g.undone_at is null as stands,
                        case c.action when 'UNMERGE' then g.undo_reason else g.reason end as merge_reason,
                        p.confidentiality as level, p.created_by_id as made_by, g.duplicate_id as other_id,
                        d.confidentiality as other_level, d.created_by_id as other_made_by
                   from patient_changes c join patients p on p.id = c.patient_id
                   left join merges g on g.id = (c.new_values ->> 'merge_id')::uuid
                   left join patients d on d.id = g.duplicate_id
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
    let both = |row: &Row| [Some(row.get("patient_id")), row.get("other_id")];
    let ids: Vec<PatientId> = rows.iter().flat_map(both).flatten().collect();
    let look = patients::look(tx, &ids).await?;
    Ok((rows.iter().map(|row| entry(row, &look)).collect(), total))
}

fn entry(row: &Row, look: &Look) -> Entry {
    let entry = Entry {
        id: row.get("id"),
        patient: row.get("patient_id"),
        code: row.get("patient_code"),
        action: Action::from_code(row.get("action")),
        reason: row.get("reason"),
        is_withheld: false,
        old: values(row.get("old_values")),
        new: values(row.get("new_values")),
        by: row.get("changed_by_id"),
        at: row.get("changed_at"),
    };
    match entry.action {
        Action::Merge | Action::Unmerge => of_merge(entry, row, look),
        _ => entry,
    }
}

/// What a merge wrote is, if it was a mistake, another person's: its values are told while it stands, and like its
/// reason to those alone who may see both records. An entry of before merges were named in it tells its fields.
fn of_merge(entry: Entry, row: &Row, look: &Look) -> Entry {
    let is_whole = |id: &str, level: &str, by: &str| {
        let known =
            row.get::<_, Option<PatientId>>(id).zip(row.get::<_, Option<&str>>(level)).zip(row.get(by));
        known.is_some_and(|((id, level), by)| {
            look.sight(id, Confidentiality::from_code(level), by) == Sight::Whole
        })
    };
    let may_know =
        is_whole("patient_id", "level", "made_by") && is_whole("other_id", "other_level", "other_made_by");
    let reason = row.get::<_, Option<String>>("merge_reason").filter(|_| may_know);
    if may_know && row.get("stands") {
        let [old, new] = ["before", "after"].map(|column| without_file(values(row.get(column))));
        return Entry { reason, old, new, ..entry };
    }
    let named = entry.new.get("fields").and_then(Value::as_array);
    let fields: Vec<String> = match named {
        Some(fields) => fields.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => entry.old.keys().chain(entry.new.keys()).cloned().collect(),
    };
    let blank: Map<String, Value> = fields.into_iter().map(|field| (field, Value::Null)).collect();
    let is_withheld = !may_know || !blank.is_empty();
    Entry { reason, is_withheld, old: blank.clone(), new: blank, ..entry }
}

/// Of a picture only that there is one.
fn without_file(mut values: Map<String, Value>) -> Map<String, Value> {
    if let Some(picture) = values.get_mut("photo_path").filter(|picture| !picture.is_null()) {
        *picture = json!(true);
    }
    values
}

fn values(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(values) => values,
        _ => Map::new(),
    }
}
