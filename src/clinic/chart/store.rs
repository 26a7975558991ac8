//! SQL of the charts. What a written text changes in them is in `patients::lists`.

use tokio_postgres::Row;

use super::model::{
    AllergyKind, Asked, Category, ClinicalStatus, Criticality, Ended, Entry, Facts, Onset, Recorded,
    Severity, Source, Verification,
};
use crate::access::TenantTx;
use crate::clinic::patients::texts::{Answer, EntryId, List};
use crate::clinic::patients::{PatientId, Precision};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

macro_rules! versions {
    ($join:literal, $rest:literal) => {
        concat!(
            "select e.id, e.patient_id, v.version, v.list, v.text, v.code, v.code_system, v.category, v.kind,
                    v.criticality, v.reaction, v.severity, v.verification, v.clinical_status, v.onset_on,
                    v.onset_precision, v.note, v.source, v.told_at, v.recorded_by_id, v.recorded_at, v.error_reason,
                    v.replaced_by_id, s.first_name || ' ' || s.last_name as recorded_by_name
               from chart_entries e join chart_versions v on v.entry_id = e.id ",
            $join,
            " left join staff s on s.user_id = v.recorded_by_id ",
            $rest
        )
    };
}

statements! { Tenant;
    /// Both lists as they stand, for a look at the whole patient.
    hot ACTIVE(UUID) = versions!(
        "and v.version = e.version",
        "where e.patient_id = $1 and e.is_active order by e.list, e.is_urgent desc, e.created_at, e.id"
    );
    /// One list; with `$3` also what was entered in error. Active ones first.
    LIST(UUID, TEXT, BOOL, INT8) = versions!(
        "and v.version = e.version",
        "where e.patient_id = $1 and e.list = $2 and ($3 or v.error_reason is null)
          order by e.is_active desc, e.is_urgent desc, e.created_at, e.id limit $4"
    );
    /// Every version of every entry of a list, the newest of each first.
    VERSIONS(UUID, TEXT, INT8) = versions!(
        "",
        "where e.patient_id = $1 and e.list = $2
          order by e.is_active desc, e.is_urgent desc, e.created_at, e.id, v.version desc limit $3"
    );
    /// Every version of one entry, the newest first.
    ONE(UUID, UUID, TEXT) =
        versions!("", "where e.id = $1 and e.patient_id = $2 and e.list = $3 order by v.version desc");
    COUNT(UUID, TEXT, BOOL) =
        "select count(*) as total from chart_entries e join chart_versions v on v.entry_id = e.id and v.version = e.version
          where e.patient_id = $1 and e.list = $2 and ($3 or v.error_reason is null)";
    hot ASKED(UUID) =
        "select distinct on (r.list) r.list, r.answer, r.asked_at, r.recorded_by_id, r.recorded_at,
                s.first_name || ' ' || s.last_name as recorded_by_name
           from chart_reviews r left join staff s on s.user_id = r.recorded_by_id
          where r.patient_id = $1 order by r.list, r.recorded_at desc, r.id desc";
    ADD(UUID, UUID, TEXT, TEXT, BOOL, BOOL, UUID, TIMESTAMPTZ, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT,
        TEXT, DATE, TEXT, TEXT, TEXT, TIMESTAMPTZ) =
        "with added as (
             insert into chart_entries (id, patient_id, list, version, line, is_active, is_urgent, created_at)
             values ($1, $2, $3, 1, $4, $5, $6, $8) returning id
         )
         insert into chart_versions (entry_id, version, list, recorded_by_id, recorded_at, text, code, code_system,
                                     category, kind, criticality, reaction, severity, verification, clinical_status,
                                     onset_on, onset_precision, note, source, told_at)
         select id, 1, $3, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23 from added";
    CHANGE(UUID, UUID, TEXT, TEXT, BOOL, BOOL, UUID, TIMESTAMPTZ, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT,
           TEXT, DATE, TEXT, TEXT, TEXT, TIMESTAMPTZ) =
        "with changed as (
             update chart_entries set version = version + 1, line = $4, is_active = $5, is_urgent = $6
              where id = $1 and patient_id = $2 returning id, version
         )
         insert into chart_versions (entry_id, version, list, recorded_by_id, recorded_at, text, code, code_system,
                                     category, kind, criticality, reaction, severity, verification, clinical_status,
                                     onset_on, onset_precision, note, source, told_at)
         select id, version, $3, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23
           from changed";
}

fn recorded(row: &Row) -> Recorded {
    let name = row.get::<_, Option<&str>>("recorded_by_name").map(|name| name.trim().to_owned());
    Recorded { by: row.get("recorded_by_id"), name, at: row.get("recorded_at") }
}

fn entry(row: &Row) -> Entry {
    fn word<T>(row: &Row, column: &str, read: fn(&str) -> Option<T>) -> Option<T> {
        row.get::<_, Option<&str>>(column).and_then(read)
    }
    let onset = row.get::<_, Option<jiff::civil::Date>>("onset_on").map(|on| Onset {
        on,
        precision: row
            .get::<_, Option<&str>>("onset_precision")
            .map_or(Precision::Year, Precision::from_code),
    });
    let facts = Facts {
        list: List::from_code(row.get("list")),
        text: row.get("text"),
        code: row.get("code"),
        code_system: row.get("code_system"),
        category: word(row, "category", Category::from_code),
        kind: word(row, "kind", AllergyKind::from_code),
        criticality: word(row, "criticality", Criticality::from_code),
        reaction: row.get("reaction"),
        severity: word(row, "severity", Severity::from_code),
        verification: word(row, "verification", Verification::from_code),
        clinical_status: word(row, "clinical_status", ClinicalStatus::from_code),
        onset,
        note: row.get("note"),
        source: word(row, "source", Source::from_code).unwrap_or(Source::Record),
        told_at: row.get("told_at"),
    };
    let ended = row
        .get::<_, Option<String>>("error_reason")
        .map(|reason| Ended { reason, replaced_by: row.get("replaced_by_id") });
    Entry {
        id: row.get("id"),
        patient: row.get("patient_id"),
        version: row.get("version"),
        facts,
        recorded: recorded(row),
        ended,
    }
}

pub(super) async fn active(tx: &TenantTx, patient: PatientId) -> Result<Vec<Entry>, DbError> {
    Ok(tx.rows(&ACTIVE, &[&patient]).await?.iter().map(entry).collect())
}

/// At most `limit` entries.
pub(super) async fn list(
    tx: &TenantTx,
    patient: PatientId,
    list: List,
    with_ended: bool,
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    Ok(tx.rows(&LIST, &[&patient, &list.code(), &with_ended, &limit]).await?.iter().map(entry).collect())
}

pub(super) async fn count(
    tx: &TenantTx,
    patient: PatientId,
    list: List,
    with_ended: bool,
) -> Result<i64, DbError> {
    Ok(tx.row(&COUNT, &[&patient, &list.code(), &with_ended]).await?.get("total"))
}

/// At most `limit` versions.
pub(super) async fn versions(
    tx: &TenantTx,
    patient: PatientId,
    list: List,
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    Ok(tx.rows(&VERSIONS, &[&patient, &list.code(), &limit]).await?.iter().map(entry).collect())
}

pub(super) async fn one(
    tx: &TenantTx,
    patient: PatientId,
    list: List,
    id: EntryId,
) -> Result<Vec<Entry>, DbError> {
    Ok(tx.rows(&ONE, &[&id, &patient, &list.code()]).await?.iter().map(entry).collect())
}

/// The newest answer for each list that was asked about.
pub(super) async fn asked(tx: &TenantTx, patient: PatientId) -> Result<Vec<(List, Asked)>, DbError> {
    let rows = tx.rows(&ASKED, &[&patient]).await?;
    let asked = |row: &Row| Asked {
        answer: Answer::from_code(row.get("answer")),
        asked_at: row.get("asked_at"),
        recorded: recorded(row),
    };
    Ok(rows.iter().map(|row| (List::from_code(row.get("list")), asked(row))).collect())
}

/// Which entry to write, and whose.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub id: EntryId,
    pub patient: PatientId,
    pub by: UserId,
    /// A first version, or one more.
    pub is_new: bool,
}

pub(super) async fn write(tx: &TenantTx, slot: Slot, facts: &Facts) -> Result<(), DbError> {
    let statement = if slot.is_new { &ADD } else { &CHANGE };
    let onset = facts.onset;
    tx.execute(
        statement,
        &[
            &slot.id,
            &slot.patient,
            &facts.list.code(),
            &facts.line(),
            &facts.is_active(),
            &facts.is_urgent(),
            &slot.by,
            &tx.now(),
            &facts.text,
            &facts.code,
            &facts.code_system,
            &facts.category.map(Category::code),
            &facts.kind.map(AllergyKind::code),
            &facts.criticality.map(Criticality::code),
            &facts.reaction,
            &facts.severity.map(Severity::code),
            &facts.verification.map(Verification::code),
            &facts.clinical_status.map(ClinicalStatus::code),
            &onset.map(|onset| onset.on),
            &onset.map(|onset| onset.precision.code()),
            &facts.note,
            &facts.source.code(),
            &facts.told_at,
        ],
    )
    .await
    .map(|_| ())
}
