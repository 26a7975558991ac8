//! SQL of patients.

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::filter::Search;
use super::model::{Details, Origin, Patient, PatientId};
use super::rows::{Columns, patient};
use super::sight::Viewer;
use crate::access::TenantTx;
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

/// What people write, in the order of `detail_params`.
macro_rules! details {
    () => {
        "first_name, middle_name, last_name, name_alternate, gender, dob, dob_unknown, dob_precision, age_only, age_told_on,
         phone_primary, phone_typed, phone_e164, phone_is_landline, no_phone_reason, phone_alternate, email,
         address_line1, address_line2, city, state, country, postal_code, no_address_reason,
         emergency_contact_name, emergency_contact_relation, emergency_contact_phone, blood_group, marital_status,
         preferred_language, known_allergies, chronic_conditions, clinical_notes, national_id_type, national_id_number,
         is_dnr, is_deceased, date_of_death, died_at, death_certified_by, confidentiality, consent_sms, consent_email"
    };
}
macro_rules! values {
    () => {
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
         $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43"
    };
}
macro_rules! columns {
    () => {
        concat!(
            details!(),
            ", id, patient_code, registered_as, over_limit, is_unidentified, former_names, mother_id, birth_order,
             birth_count, born_at, photo_path, last_visited_at, created_by_id, updated_by_id, created_at, updated_at,
             version, (select m.confidentiality from patients m where m.id = patients.mother_id) as mother_level,
             (select m.created_by_id from patients m where m.id = patients.mother_id) as mother_by_id"
        )
    };
}
macro_rules! select {
    ($columns:expr, $rest:expr $(, $more:expr)*) => {
        concat!(
            "select ", columns!(), $columns, " from patients ", $rest $(, $more)*
        )
    };
}
/// Until when it lies open to `$2`, who gave a reason: for any, and for one that opens a secret.
macro_rules! opened {
    () => {
        ", (select array[max(g.expires_at), max(g.expires_at) filter (where g.kind = 'CONFIDENTIAL')] from break_glass g
             where g.patient_id = patients.id and g.user_id = $2 and g.expires_at > $3) as opened_until "
    };
}
/// A list's rows for `sight::Viewer`: what is very restricted is not among them.
macro_rules! not_hidden {
    ($all:literal, $me:literal) => {
        concat!("(confidentiality <> 'V' or ", $all, " or created_by_id = ", $me, ")")
    };
}
/// The pattern of texts that hold a word. Wildcards are escaped after folding, because folding may make some (a
/// full-width percent sign).
macro_rules! holding {
    ($word:literal) => {
        concat!(
            "'%' || replace(replace(replace(extensions.fold(",
            $word,
            r"), '\', '\\'), '%', '\%'), '_', '\_') || '%'"
        )
    };
}
macro_rules! contains {
    ($word:literal) => {
        concat!(" and search_text like ", holding!($word))
    };
}
macro_rules! ordered {
    () => {
        " order by last_visited_at desc nulls last, created_at desc, id desc "
    };
}

pub(super) mod ahead;
pub(super) mod care;
pub(super) mod family;
pub(super) mod kept;
pub mod lists;
pub(super) mod search;
pub(super) mod viewed;

statements! { Tenant;
    /// One more patient, if the limit allows. The row's lock makes racers wait for each other.
    hot TAKE_PLACE(INT8) =
        "update counters set value = value + 1 where name = 'patients' and ($1::int8 is null or value < $1) returning value";
    hot NEXT_CODE() = "update counters set value = value + 1 where name = 'patient_code' returning value";
    NEXT_PRACTICE_CODE() = "update counters set value = value + 1 where name = 'practice_code' returning value";
    hot NOTE_TOTAL(TEXT, INT8) = "select public.note_patients($1, $2)::text";
    hot TOTAL() = "select value from counters where name = 'patients'";
    hot INSERT(TEXT, TEXT, TEXT, TEXT, TEXT, DATE, BOOL, TEXT, INT2, DATE, TEXT, TEXT, TEXT, BOOL, TEXT, TEXT, TEXT,
           TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT,
           TEXT, TEXT, TEXT, BOOL, BOOL, DATE, TIMESTAMPTZ, TEXT, TEXT, BOOL, BOOL, UUID, TEXT, UUID,
           TIMESTAMPTZ, UUID, TEXT, BOOL, BOOL, BOOL, UUID, INT2, INT2, TIMESTAMPTZ) =
        concat!("insert into patients (", details!(), ", id, patient_code, created_by_id, updated_by_id, created_at,
                                       updated_at, registration_key, registered_as, over_limit, is_practice,
                                       is_unidentified, mother_id, birth_order, birth_count, born_at)
                 values (", values!(), ", $44, $45, $46, $46, $47, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56)");
    UPDATE(TEXT, TEXT, TEXT, TEXT, TEXT, DATE, BOOL, TEXT, INT2, DATE, TEXT, TEXT, TEXT, BOOL, TEXT, TEXT, TEXT,
           TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT,
           TEXT, TEXT, TEXT, BOOL, BOOL, DATE, TIMESTAMPTZ, TEXT, TEXT, BOOL, BOOL, UUID, UUID,
           TIMESTAMPTZ) =
        concat!("update patients set (", details!(), ") = (", values!(), "), updated_by_id = $45, updated_at = $46,
                        version = version + 1
                  where id = $44");
    /// Beside an update that changes the name.
    RENAMED(UUID, TEXT) = "update patients set former_names = $2 where id = $1";
    SET_PICTURE(UUID, TEXT, UUID, TIMESTAMPTZ) =
        "update patients set photo_path = $2, updated_by_id = $3, updated_at = $4, version = version + 1 where id = $1";
    /// A visit is no change of the record: its version stays.
    hot VISITED(UUID, TIMESTAMPTZ) =
        "update patients set last_visited_at = greatest(last_visited_at, $2) where id = $1";
    /// Those of one mother, the latest birth first.
    CHILDREN(UUID) = select!("", "where mother_id = $1 and merged_into is null
                              order by born_at desc nulls last, birth_order, id limit 50");
    /// A merged record leads to the one it became part of. `$2`, `$3`: who looks and when, for a reason given before.
    hot SHOW(UUID, UUID, TIMESTAMPTZ) =
        select!(opened!(), "where id = coalesce((select m.merged_into from patients m where m.id = $1), $1)");
    /// The code of a record that was merged, as on an old wristband, leads there as well.
    BY_OLD_CODE(TEXT) =
        select!("", "where id = (select m.merged_into from patients m where m.patient_code = upper($1))");
    /// Whom people practise with now.
    PRACTICE() = select!("", "where is_practice and practice_retired_at is null and mother_id is null");
    /// The same and children who were born for practice, if each of these words is in name or code.
    PRACTICE_FOUND(TEXT, TEXT, TEXT_ARRAY) =
        select!("", "where is_practice and practice_retired_at is null", contains!("$1"), contains!("$2"),
                " and not exists (select from unnest($3::text[]) as w (word)
                                   where strpos(search_text, extensions.fold(w.word)) = 0)
                  order by id limit 20");
    RETIRE_PRACTICE(TIMESTAMPTZ, UUID) =
        "update patients set practice_retired_at = $1, updated_at = $1, updated_by_id = $2, version = version + 1
          where is_practice and practice_retired_at is null returning id";
    /// For the checklist.
    ANYBODY() = "select value > 0 as done from counters where name = 'patients'";
    ID_OF_CODE(TEXT) = "select id from patients where patient_code = upper($1)";
    /// The same, held against other changes until the transaction ends.
    LOCK(UUID, UUID, TIMESTAMPTZ) = select!(opened!(), "where id = $1 and merged_into is null for update");
    BY_REGISTRATION_KEY(UUID) = "select id from patients where registration_key = $1";
    hot PAGE(BOOL, UUID, INT8, INT8) =
        select!("", "where merged_into is null and not is_practice and ", not_hidden!("$1", "$2"), ordered!(), "limit $3 offset $4");
    /// How many very restricted ones this viewer may not know of.
    HIDDEN(UUID) =
        "select count(*) as n from patients
          where confidentiality = 'V' and created_by_id <> $1 and merged_into is null and not is_practice";
    hot REGISTERED_LAST(BOOL, UUID, INT8) =
        select!("", "where merged_into is null and not is_practice and ", not_hidden!("$1", "$2"),
                " order by created_at desc, id desc limit $3");
    /// Registered in two following periods, for example yesterday and today.
    hot REGISTERED(BOOL, UUID, TIMESTAMPTZ, TIMESTAMPTZ, TIMESTAMPTZ) =
        concat!("select count(*) filter (where created_at < $4) as earlier, count(*) filter (where created_at >= $4) as later
                   from patients where merged_into is null and not is_practice and created_at >= $3 and created_at < $5 and ",
                not_hidden!("$1", "$2"));
    /// Who is behind an id of the staff, for "registered by".
    STAFF_NAMES(UUID_ARRAY) =
        "select user_id, first_name || ' ' || last_name as name from staff where user_id = any ($1)";
}

/// A patient to be written.
pub(super) struct NewRow<'a> {
    pub id: PatientId,
    pub code: &'a str,
    pub by: UserId,
    pub at: Timestamp,
    pub key: Option<Uuid>,
    pub origin: &'a Origin,
}

pub(super) async fn take_place(tx: &TenantTx, limit: Option<i64>) -> Result<Option<i64>, DbError> {
    Ok(tx.row_opt(&TAKE_PLACE, &[&limit]).await?.map(|row| row.get("value")))
}

pub(super) async fn next_code(tx: &TenantTx) -> Result<i64, DbError> {
    Ok(tx.row(&NEXT_CODE, &[]).await?.get("value"))
}

pub(super) async fn note_total(tx: &TenantTx, total: i64) -> Result<(), DbError> {
    tx.row(&NOTE_TOTAL, &[&tx.hospital().schema.as_str(), &total]).await.map(|_| ())
}

pub(super) async fn next_practice_code(tx: &TenantTx) -> Result<i64, DbError> {
    Ok(tx.row(&NEXT_PRACTICE_CODE, &[]).await?.get("value"))
}

pub(super) async fn practice(tx: &TenantTx) -> Result<Option<Patient>, DbError> {
    Ok(tx.row_opt(&PRACTICE, &[]).await?.as_ref().map(patient))
}

pub(super) async fn practice_found(tx: &TenantTx, search: &Search) -> Result<Vec<Patient>, DbError> {
    let found = tx.rows(&PRACTICE_FOUND, &[&search.first, &search.second, &search.rest]).await?;
    Ok(found.iter().map(patient).collect())
}

pub(super) async fn retire_practice(tx: &TenantTx, by: UserId) -> Result<Vec<PatientId>, DbError> {
    let rows = tx.rows(&RETIRE_PRACTICE, &[&tx.now(), &by]).await?;
    Ok(rows.iter().map(|row| row.get("id")).collect())
}

pub(super) async fn insert(tx: &TenantTx, details: &Details, new: &NewRow<'_>) -> Result<(), DbError> {
    let columns = Columns::of(details);
    let mut params = columns.params(details);
    let (origin, practice) = (new.origin, new.origin.is_practice());
    let registered_as = origin.registered_as.code();
    params.extend::<[&(dyn ToSql + Sync); 13]>([
        &new.id,
        &new.code,
        &new.by,
        &new.at,
        &new.key,
        &registered_as,
        &origin.over_limit,
        &practice,
        &origin.is_unidentified,
        &origin.mother,
        &origin.birth_order,
        &origin.birth_count,
        &origin.born_at,
    ]);
    tx.execute(&INSERT, &params).await.map(|_| ())
}

pub(super) async fn update(
    tx: &TenantTx,
    id: PatientId,
    details: &Details,
    by: UserId,
    at: Timestamp,
) -> Result<(), DbError> {
    let columns = Columns::of(details);
    let mut params = columns.params(details);
    params.extend::<[&(dyn ToSql + Sync); 3]>([&id, &by, &at]);
    tx.execute(&UPDATE, &params).await.map(|_| ())
}

pub(super) async fn set_picture(
    tx: &TenantTx,
    id: PatientId,
    picture: Option<&str>,
    by: UserId,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(&SET_PICTURE, &[&id, &picture, &by, &at]).await.map(|_| ())
}

pub(super) async fn visited(tx: &TenantTx, id: PatientId, at: Timestamp) -> Result<(), DbError> {
    tx.execute(&VISITED, &[&id, &at]).await.map(|_| ())
}

pub(super) async fn renamed(tx: &TenantTx, id: PatientId, former: Option<&str>) -> Result<(), DbError> {
    tx.execute(&RENAMED, &[&id, &former]).await.map(|_| ())
}

pub(super) async fn children(tx: &TenantTx, mother: PatientId) -> Result<Vec<Patient>, DbError> {
    Ok(tx.rows(&CHILDREN, &[&mother]).await?.iter().map(patient).collect())
}

/// A patient, and until when the record lies open to this viewer for a reason.
pub(super) struct Found {
    pub patient: Patient,
    /// For any reason.
    pub opened_until: Option<Timestamp>,
    /// For one that opens what is confidential.
    pub secret_opened_until: Option<Timestamp>,
}

fn found(row: &Row) -> Found {
    let until: Vec<Option<Timestamp>> = row.get("opened_until");
    Found {
        patient: patient(row),
        opened_until: until.first().copied().flatten(),
        secret_opened_until: until.get(1).copied().flatten(),
    }
}

pub(super) async fn show(tx: &TenantTx, id: PatientId, viewer: Viewer) -> Result<Option<Found>, DbError> {
    Ok(tx.row_opt(&SHOW, &[&id, &viewer.user, &tx.now()]).await?.as_ref().map(found))
}

pub(super) async fn by_old_code(tx: &TenantTx, code: &str) -> Result<Option<Patient>, DbError> {
    Ok(tx.row_opt(&BY_OLD_CODE, &[&code]).await?.as_ref().map(patient))
}

pub(super) async fn id_of_code(tx: &TenantTx, code: &str) -> Result<Option<PatientId>, DbError> {
    Ok(tx.row_opt(&ID_OF_CODE, &[&code]).await?.map(|row| row.get("id")))
}

pub(super) async fn lock(tx: &TenantTx, id: PatientId, viewer: Viewer) -> Result<Option<Found>, DbError> {
    Ok(tx.row_opt(&LOCK, &[&id, &viewer.user, &tx.now()]).await?.as_ref().map(found))
}

pub(super) async fn by_registration_key(tx: &TenantTx, key: Uuid) -> Result<Option<PatientId>, DbError> {
    Ok(tx.row_opt(&BY_REGISTRATION_KEY, &[&key]).await?.map(|row| row.get("id")))
}

/// How many patients there are, as far as this viewer may know.
pub(super) async fn total(tx: &TenantTx, viewer: Viewer) -> Result<i64, DbError> {
    let total: i64 = tx.row(&TOTAL, &[]).await?.get("value");
    if viewer.all {
        return Ok(total);
    }
    let hidden: i64 = tx.row(&HIDDEN, &[&viewer.user]).await?.get("n");
    Ok(total - hidden)
}

pub(super) async fn registered_last(
    tx: &TenantTx,
    count: i64,
    viewer: Viewer,
) -> Result<Vec<Patient>, DbError> {
    let rows = tx.rows(&REGISTERED_LAST, &[&viewer.all, &viewer.user, &count]).await?;
    Ok(rows.iter().map(patient).collect())
}

/// How many were registered from `start` to `middle`, and from there to `end`.
pub(super) async fn registered(
    tx: &TenantTx,
    (start, middle, end): (Timestamp, Timestamp, Timestamp),
    viewer: Viewer,
) -> Result<(i64, i64), DbError> {
    let row = tx.row(&REGISTERED, &[&viewer.all, &viewer.user, &start, &middle, &end]).await?;
    Ok((row.get("earlier"), row.get("later")))
}

pub(super) async fn staff_names(tx: &TenantTx, ids: &[UserId]) -> Result<Vec<(UserId, String)>, DbError> {
    let rows = tx.rows(&STAFF_NAMES, &[&ids]).await?;
    Ok(rows.iter().map(|row| (row.get("user_id"), row.get::<_, &str>("name").trim().to_owned())).collect())
}
