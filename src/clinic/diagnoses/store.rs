//! SQL of diagnoses.

pub(super) mod codes;

use tokio_postgres::Row;

use super::model::{Certainty, Diagnosis, DiagnosisId, Ended, Status};
use crate::access::TenantTx;
use crate::clinic::encounters::EncounterId;
use crate::clinic::patients::PatientId;
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

macro_rules! diagnoses {
    ($rest:literal) => {
        concat!(
            "select x.id, x.encounter_id, x.patient_id, x.text, x.icd10_code, x.icd10_edition, x.certainty, x.rank, x.status,
                    x.recorded_by_id, x.recorded_at, x.ended_reason, x.ended_by_id, x.ended_at, x.replaced_by_id, e.started_at,
                    s.first_name || ' ' || s.last_name as recorded_by_name
               from diagnoses x
               join encounters e on e.id = x.encounter_id
               left join staff s on s.user_id = x.recorded_by_id ",
            $rest
        )
    };
}

statements! { Tenant;
    /// Of an encounter; with `$2` also what does not hold any more.
    hot OF_ENCOUNTER(UUID, BOOL) = diagnoses!(
        "where x.encounter_id = $1 and ($2 or x.status = 'ACTIVE') order by x.status, x.rank, x.recorded_at, x.id"
    );
    /// Of several encounters, what holds.
    OF_ENCOUNTERS(UUID_ARRAY) =
        diagnoses!("where x.encounter_id = any ($1) and x.status = 'ACTIVE' order by x.rank, x.recorded_at, x.id");
    /// Of a patient, the latest first; with `$2` also what does not hold any more.
    OF_PATIENT(UUID, BOOL, INT8, INT8) = diagnoses!(
        "where x.patient_id = $1 and ($2 or x.status = 'ACTIVE') order by x.recorded_at desc, x.id desc limit $3 offset $4"
    );
    COUNT(UUID, BOOL) =
        "select count(*) as total from diagnoses where patient_id = $1 and ($2 or status = 'ACTIVE')";
    ONE(UUID) = diagnoses!("where x.id = $1");
    HELD(UUID) = diagnoses!("where x.id = $1 for update of x");
    /// The patient is that of the encounter, which is held. Without a rank it comes after the others.
    INSERT(UUID, UUID, TEXT, TEXT, TEXT, TEXT, INT2, UUID, TIMESTAMPTZ) =
        "insert into diagnoses (id, encounter_id, patient_id, text, icd10_code, icd10_edition, certainty, rank, recorded_by_id,
                                recorded_at)
         select $1, e.id, e.patient_id, $3, $4, $5, $6,
                coalesce($7::smallint,
                         (select least(100, coalesce(max(o.rank), 0) + 1) from diagnoses o
                           where o.encounter_id = e.id and o.status = 'ACTIVE')),
                $8, $9
           from encounters e where e.id = $2";
    END(UUID, TEXT, TEXT, UUID, TIMESTAMPTZ) =
        "update diagnoses set status = $2, ended_reason = $3, ended_by_id = $4, ended_at = $5
          where id = $1 and status = 'ACTIVE'";
    /// `$6` holds in its place.
    REPLACE(UUID, TEXT, TEXT, UUID, TIMESTAMPTZ, UUID) =
        "update diagnoses set status = $2, ended_reason = $3, ended_by_id = $4, ended_at = $5, replaced_by_id = $6
          where id = $1";
}

fn diagnosis(row: &Row) -> Diagnosis {
    let code: Option<String> = row.get("icd10_code");
    let ended_at: Option<jiff::Timestamp> = row.get("ended_at");
    Diagnosis {
        id: row.get("id"),
        encounter: row.get("encounter_id"),
        patient: row.get("patient_id"),
        text: row.get("text"),
        code: code.zip(row.get("icd10_edition")),
        certainty: Certainty::from_code(row.get("certainty")).unwrap_or(Certainty::Provisional),
        rank: row.get("rank"),
        status: Status::from_code(row.get("status")).unwrap_or(Status::EnteredInError),
        recorded_by: row.get("recorded_by_id"),
        recorded_by_name: row.get::<_, Option<&str>>("recorded_by_name").map(|name| name.trim().to_owned()),
        recorded_at: row.get("recorded_at"),
        about: row.get("started_at"),
        ended: ended_at.map(|at| Ended {
            reason: row.get("ended_reason"),
            by: row.get("ended_by_id"),
            at,
            replaced_by: row.get("replaced_by_id"),
        }),
    }
}

pub(super) async fn of_encounter(
    tx: &TenantTx,
    id: EncounterId,
    with_ended: bool,
) -> Result<Vec<Diagnosis>, DbError> {
    Ok(tx.rows(&OF_ENCOUNTER, &[&id, &with_ended]).await?.iter().map(diagnosis).collect())
}

pub(super) async fn of_encounters(tx: &TenantTx, ids: &[EncounterId]) -> Result<Vec<Diagnosis>, DbError> {
    Ok(tx.rows(&OF_ENCOUNTERS, &[&ids]).await?.iter().map(diagnosis).collect())
}

/// One page, and how many there are.
pub(super) async fn of_patient(
    tx: &TenantTx,
    patient: PatientId,
    with_ended: bool,
    page: crate::kernel::paging::PageRequest,
) -> Result<(Vec<Diagnosis>, i64), DbError> {
    let total = tx.row(&COUNT, &[&patient, &with_ended]).await?.get("total");
    let rows = tx.rows(&OF_PATIENT, &[&patient, &with_ended, &page.page_size, &page.offset()]).await?;
    Ok((rows.iter().map(diagnosis).collect(), total))
}

pub(super) async fn one(tx: &TenantTx, id: DiagnosisId) -> Result<Option<Diagnosis>, DbError> {
    Ok(tx.row_opt(&ONE, &[&id]).await?.as_ref().map(diagnosis))
}

pub(super) async fn held(tx: &TenantTx, id: DiagnosisId) -> Result<Option<Diagnosis>, DbError> {
    Ok(tx.row_opt(&HELD, &[&id]).await?.as_ref().map(diagnosis))
}

/// What is written down, with its code and edition.
pub(super) struct Entry<'a> {
    pub id: DiagnosisId,
    pub encounter: EncounterId,
    pub text: &'a str,
    pub code: Option<(&'a str, &'a str)>,
    pub certainty: Certainty,
    pub rank: Option<i16>,
    pub by: UserId,
}

pub(super) async fn insert(tx: &TenantTx, entry: &Entry<'_>) -> Result<(), DbError> {
    let Entry { id, encounter, text, code, certainty, rank, by } = entry;
    let (code, edition) = code.unzip();
    tx.execute(&INSERT, &[id, encounter, text, &code, &edition, &certainty.code(), rank, by, &tx.now()])
        .await
        .map(|_| ())
}

/// False if it did not hold any more.
pub(super) async fn end(
    tx: &TenantTx,
    id: DiagnosisId,
    status: Status,
    reason: Option<&str>,
    by: UserId,
) -> Result<bool, DbError> {
    Ok(tx.execute(&END, &[&id, &status.code(), &reason, &by, &tx.now()]).await? == 1)
}

/// What holds in its place is there already.
pub(super) async fn replace(
    tx: &TenantTx,
    (old, new): (DiagnosisId, DiagnosisId),
    status: Status,
    reason: Option<&str>,
    by: UserId,
) -> Result<(), DbError> {
    tx.execute(&REPLACE, &[&old, &status.code(), &reason, &by, &tx.now(), &new]).await.map(|_| ())
}
