//! SQL of merges.

pub(super) mod moves;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::model::{Merge, MergeId, Record, Undone};
use crate::access::TenantTx;
use crate::clinic::patients::{self, Confidentiality, Look, PatientId, RESTRICTED, Sight, Viewer};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::statements;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select m.id, m.survivor_id, m.duplicate_id, m.reason, m.before, m.after, m.moved, m.merged_by_id,
                    m.merged_at, m.undone_by_id, m.undone_at, m.undo_reason, s.patient_code as survivor_code,
                    d.patient_code as duplicate_code, s.confidentiality as survivor_level,
                    s.created_by_id as survivor_by, d.confidentiality as duplicate_level,
                    d.created_by_id as duplicate_by,
                    concat_ws(' ', s.first_name, s.middle_name, s.last_name) as survivor_name,
                    concat_ws(' ', d.first_name, d.middle_name, d.last_name) as duplicate_name
               from merges m join patients s on s.id = m.survivor_id join patients d on d.id = m.duplicate_id ",
            $rest
        )
    };
}
/// Of this patient, if `$1` names one, and none that this viewer (`$2`, `$3`) may not know of.
macro_rules! known {
    () => {
        "where ($1::uuid is null or $1 in (m.survivor_id, m.duplicate_id))
           and ($2 or ((s.confidentiality <> 'V' or s.created_by_id = $3) and (d.confidentiality <> 'V' or d.created_by_id = $3)))"
    };
}
/// Every column of `model::GROUPS`; a test compares them.
macro_rules! columns {
    () => {
        "first_name, middle_name, last_name, name_alternate, former_names, gender, dob, dob_unknown, dob_precision,
         age_only, age_told_on, phone_primary, phone_typed, phone_e164, phone_is_landline, no_phone_reason,
         phone_alternate, email, address_line1, address_line2, city, state, country, postal_code, no_address_reason,
         emergency_contact_name, emergency_contact_relation, emergency_contact_phone, national_id_number,
         national_id_type, blood_group, marital_status, preferred_language, known_allergies, chronic_conditions,
         clinical_notes, photo_path, is_dnr, is_deceased, date_of_death, died_at, death_certified_by,
         confidentiality, mother_id, birth_order, birth_count, born_at, is_unidentified, consent_sms, consent_email, last_visited_at"
    };
}

statements! { Tenant;
    BOTH(UUID_ARRAY) =
        "select id, patient_code, version, merged_into, to_jsonb(p) as record from patients p where id = any ($1)";
    /// Locked in the order of their ids, so that two merges of the same two wait for each other.
    LOCK_BOTH(UUID_ARRAY) =
        "select id, patient_code, version, merged_into, to_jsonb(p) as record from patients p where id = any ($1)
          order by id for update";
    /// The columns named in `$2` get its values, all others stay.
    WRITE(UUID, JSONB, UUID, TIMESTAMPTZ) =
        concat!("update patients p set (", columns!(), ") = (select ", columns!(), " from jsonb_populate_record(p, $2)),
                        updated_by_id = $3, updated_at = $4, version = version + 1
                  where id = $1");
    MARK(UUID, UUID, UUID, TIMESTAMPTZ) =
        "update patients set merged_into = $2, updated_by_id = $3, updated_at = $4, version = version + 1 where id = $1";
    /// One patient less or more than before. An undo is never refused for the hospital's limit.
    COUNT(INT8) = "update counters set value = value + $1 where name = 'patients' returning value";
    NOTE(TEXT, INT8) = "select public.note_patients($1, $2)::text";
    INSERT(UUID, UUID, UUID, TEXT, JSONB, JSONB, JSONB, UUID, TIMESTAMPTZ) =
        "insert into merges (id, survivor_id, duplicate_id, reason, before, after, moved, merged_by_id, merged_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    SHOW(UUID) = select!("where m.id = $1");
    UNDONE(UUID, UUID, TIMESTAMPTZ, TEXT) =
        "update merges set undone_by_id = $2, undone_at = $3, undo_reason = $4 where id = $1 and undone_at is null";
    PAGE(UUID, BOOL, UUID, INT8, INT8) =
        concat!(select!(""), known!(), " order by m.merged_at desc, m.id desc limit $4 offset $5");
    TOTAL(UUID, BOOL, UUID) =
        concat!("select count(*) as total from merges m join patients s on s.id = m.survivor_id
                   join patients d on d.id = m.duplicate_id ", known!());
}

/// A patient's row, whole.
pub(super) struct Whole {
    pub id: PatientId,
    pub code: String,
    pub version: i32,
    pub merged_into: Option<PatientId>,
    pub record: Record,
}

fn record(value: Value) -> Record {
    match value {
        Value::Object(record) => record,
        _ => Record::new(),
    }
}

fn whole(row: &Row) -> Whole {
    Whole {
        id: row.get("id"),
        code: row.get("patient_code"),
        version: row.get("version"),
        merged_into: row.get("merged_into"),
        record: record(row.get("record")),
    }
}

fn merge(row: &Row, look: &Look) -> Merge {
    let is_whole = |id: &str, level: &str, by: &str| {
        let level = Confidentiality::from_code(row.get(level));
        look.sight(row.get(id), level, row.get(by)) == Sight::Whole
    };
    let survivor = is_whole("survivor_id", "survivor_level", "survivor_by");
    let duplicate = is_whole("duplicate_id", "duplicate_level", "duplicate_by");
    let both = survivor && duplicate;
    let text = |column: &str, is_whole: bool| {
        if is_whole { row.get::<_, String>(column) } else { RESTRICTED.to_owned() }
    };
    let undone =
        row.get::<_, Option<UserId>>("undone_by_id").zip(row.get::<_, Option<Timestamp>>("undone_at"));
    // One person as long as it stands: the stricter level holds for both names.
    let (survivor, duplicate) = if undone.is_none() { (both, both) } else { (survivor, duplicate) };
    Merge {
        id: row.get("id"),
        survivor: row.get("survivor_id"),
        survivor_code: row.get("survivor_code"),
        survivor_name: text("survivor_name", survivor),
        duplicate: row.get("duplicate_id"),
        duplicate_code: row.get("duplicate_code"),
        duplicate_name: text("duplicate_name", duplicate),
        reason: text("reason", both),
        before: record(row.get("before")),
        after: record(row.get("after")),
        moved: serde_json::from_value(row.get("moved")).unwrap_or_default(),
        merged_by: row.get("merged_by_id"),
        merged_at: row.get("merged_at"),
        undone: undone.map(|(by, at)| Undone { by, at, reason: text("undo_reason", both) }),
    }
}

/// Two patients; fewer if one is not there.
pub(super) async fn both(tx: &TenantTx, ids: [PatientId; 2], lock: bool) -> Result<Vec<Whole>, DbError> {
    let statement = if lock { &LOCK_BOTH } else { &BOTH };
    Ok(tx.rows(statement, &[&ids.as_slice()]).await?.iter().map(whole).collect())
}

pub(super) async fn write(tx: &TenantTx, id: PatientId, values: &Record, by: UserId) -> Result<(), DbError> {
    let values = Value::Object(values.clone());
    tx.execute(&WRITE, &[&id, &values, &by, &tx.now()]).await.map(|_| ())
}

pub(super) async fn mark(
    tx: &TenantTx,
    duplicate: PatientId,
    survivor: Option<PatientId>,
    by: UserId,
) -> Result<(), DbError> {
    tx.execute(&MARK, &[&duplicate, &survivor, &by, &tx.now()]).await.map(|_| ())
}

/// Count the hospital's patients again after one more or less, and tell the platform.
pub(super) async fn count(tx: &TenantTx, more: i64) -> Result<(), DbError> {
    let total: i64 = tx.row(&COUNT, &[&more]).await?.get("value");
    tx.row(&NOTE, &[&tx.hospital().schema.as_str(), &total]).await.map(|_| ())
}

/// A merge as it is written.
pub(super) struct NewMerge<'a> {
    pub id: MergeId,
    pub survivor: PatientId,
    pub duplicate: PatientId,
    pub reason: &'a str,
    pub before: &'a Record,
    pub after: &'a Record,
    pub moved: &'a BTreeMap<String, Vec<String>>,
    pub by: UserId,
}

pub(super) async fn insert(tx: &TenantTx, new: &NewMerge<'_>) -> Result<(), DbError> {
    let (before, after) = (Value::Object(new.before.clone()), Value::Object(new.after.clone()));
    let moved: Value =
        new.moved.iter().map(|(name, keys)| (name.clone(), Value::from(keys.clone()))).collect();
    let at = tx.now();
    tx.execute(
        &INSERT,
        &[&new.id, &new.survivor, &new.duplicate, &new.reason, &before, &after, &moved, &new.by, &at],
    )
    .await
    .map(|_| ())
}

pub(super) async fn show(tx: &TenantTx, id: MergeId) -> Result<Option<Merge>, DbError> {
    let rows = tx.rows(&SHOW, &[&id]).await?;
    Ok(merges(tx, &rows).await?.pop())
}

/// As far as whoever asks may know of both.
async fn merges(tx: &TenantTx, rows: &[Row]) -> Result<Vec<Merge>, DbError> {
    let both = |row: &Row| [row.get("survivor_id"), row.get("duplicate_id")];
    let ids: Vec<PatientId> = rows.iter().flat_map(both).collect();
    let look = patients::look(tx, &ids).await?;
    Ok(rows.iter().map(|row| merge(row, &look)).collect())
}

/// False if it was undone already.
pub(super) async fn undone(tx: &TenantTx, id: MergeId, by: UserId, reason: &str) -> Result<bool, DbError> {
    Ok(tx.execute(&UNDONE, &[&id, &by, &tx.now(), &reason]).await? == 1)
}

pub(super) async fn page(
    tx: &TenantTx,
    patient: Option<PatientId>,
    page: PageRequest,
) -> Result<(Vec<Merge>, i64), DbError> {
    let viewer = Viewer::of(tx);
    let total = tx.row(&TOTAL, &[&patient, &viewer.all, &viewer.user]).await?.get("total");
    let params: [&(dyn ToSql + Sync); 5] =
        [&patient, &viewer.all, &viewer.user, &page.page_size, &page.offset()];
    let rows = tx.rows(&PAGE, &params).await?;
    Ok((merges(tx, &rows).await?, total))
}
