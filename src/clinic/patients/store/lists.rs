//! SQL between the two texts of a patient and the lists that they show: see `texts`.
//!
//! Whoever changes a list holds the patient's row (`patients::lock`), so that nobody marks "none known" beside an entry
//! that another one is adding, and ends with [`render`], so that text and list are never apart.

use jiff::Timestamp;

use super::super::author;
use super::super::model::{Details, PatientId};
use super::super::texts::{Answer, Changes, EntryId, Line, List, View};
use super::super::why::Action;
use super::super::{Values, note_change};
use crate::access::TenantTx;
use crate::kernel::ids::new_uuid;
use crate::kernel::{AppError, DbError};
use crate::statements;
use serde_json::json;

statements! { Tenant;
    /// Active entries in the order of the text.
    LINES(UUID, TEXT) =
        "select id, line from chart_entries where patient_id = $1 and list = $2 and is_active
          order by is_urgent desc, created_at, id";
    ANSWER(UUID, TEXT) =
        "select answer from chart_reviews where patient_id = $1 and list = $2
          order by recorded_at desc, id desc limit 1";
    /// New entries of a text: a line each, confirmed by nobody.
    ADD(UUID, TEXT, UUID_ARRAY, TEXT_ARRAY, UUID, TIMESTAMPTZ) =
        "with added as (
             insert into chart_entries (id, patient_id, list, version, line, is_active, is_urgent, created_at)
             select n.id, $1, $2, 1, n.line, true, false, $6 from unnest($3::uuid[], $4::text[]) as n (id, line)
             returning id, line
         )
         insert into chart_versions (entry_id, version, list, text, verification, clinical_status, source, told_at,
                                     recorded_by_id, recorded_at)
         select id, 1, $2, line, case $2 when 'ALLERGY' then 'UNCONFIRMED' end,
                case $2 when 'CONDITION' then 'ACTIVE' end, 'RECORD', $6, $5, $6 from added";
    /// One more version of each, which says that it was entered in error; all else stays as it was.
    END(UUID_ARRAY, TEXT, UUID, UUID, TIMESTAMPTZ) =
        "with ended as (
             update chart_entries set version = version + 1, is_active = false where id = any ($1) returning id, version
         )
         insert into chart_versions (entry_id, version, list, text, code, code_system, category, kind, criticality,
                                     reaction, severity, verification, clinical_status, onset_on, onset_precision, note,
                                     source, told_at, recorded_by_id, recorded_at, error_reason, replaced_by_id)
         select v.entry_id, ended.version, v.list, v.text, v.code, v.code_system, v.category, v.kind, v.criticality,
                v.reaction, v.severity, v.verification, v.clinical_status, v.onset_on, v.onset_precision, v.note,
                v.source, v.told_at, $4, $5, $2, $3
           from ended join chart_versions v on v.entry_id = ended.id and v.version = ended.version - 1";
    /// Just after the newest: whoever waited for the patient's lock began before the one who held it.
    ANSWERED(UUID, UUID, TEXT, TEXT, TIMESTAMPTZ, UUID, TIMESTAMPTZ) =
        "insert into chart_reviews (id, patient_id, list, answer, asked_at, recorded_by_id, recorded_at)
         values ($1, $2, $3, $4, $5, $6,
                 greatest($7, (select max(r.recorded_at) + interval '1 microsecond' from chart_reviews r
                                where r.patient_id = $2 and r.list = $3)))";
    RENDER(UUID, TEXT, TEXT, UUID, TIMESTAMPTZ) =
        "with was as (
             select case $2 when 'ALLERGY' then known_allergies else chronic_conditions end as text from patients where id = $1
         )
         update patients set known_allergies = case $2 when 'ALLERGY' then $3 else known_allergies end,
                             chronic_conditions = case $2 when 'CONDITION' then $3 else chronic_conditions end,
                             updated_by_id = $4, updated_at = $5, version = version + 1
          where id = $1 returning (select text from was) as was";
}

async fn lines(tx: &TenantTx, patient: PatientId, list: List) -> Result<Vec<Line>, DbError> {
    let rows = tx.rows(&LINES, &[&patient, &list.code()]).await?;
    Ok(rows.iter().map(|row| Line { entry: row.get("id"), text: row.get("line") }).collect())
}

async fn answer(tx: &TenantTx, patient: PatientId, list: List) -> Result<Option<Answer>, DbError> {
    let row = tx.row_opt(&ANSWER, &[&patient, &list.code()]).await?;
    Ok(row.map(|row| Answer::from_code(row.get("answer"))))
}

/// The text of a list as it stands.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn text(tx: &TenantTx, patient: PatientId, list: List) -> Result<Option<String>, AppError> {
    Ok(View::of(&lines(tx, patient, list).await?, answer(tx, patient, list).await?).text())
}

/// Write a list's text anew after the list changed. It counts as a change of the patient, and is in her history.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn render(tx: &TenantTx, patient: PatientId, list: List) -> Result<(), AppError> {
    let text = text(tx, patient, list).await?;
    let row = tx.row(&RENDER, &[&patient, &list.code(), &text, &author(tx), &tx.now()]).await?;
    let was: Option<String> = row.get("was");
    if was == text {
        return Ok(());
    }
    let of = |text: Option<String>| Values::from_iter([(list.column().to_owned(), json!(text))]);
    note_change(tx, patient, Action::Update, None, (of(was), of(text))).await
}

/// Note what was answered when somebody asked, at `asked_at`.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn answered(
    tx: &TenantTx,
    patient: PatientId,
    list: List,
    answer: Answer,
    asked_at: Timestamp,
) -> Result<(), AppError> {
    let (id, by, now) = (new_uuid(), author(tx), tx.now());
    tx.execute(&ANSWERED, &[&id, &patient, &list.code(), &answer.code(), &asked_at, &by, &now]).await?;
    Ok(())
}

/// Mark entries as entered in error.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn end(
    tx: &TenantTx,
    entries: &[EntryId],
    reason: &str,
    replaced_by: Option<EntryId>,
) -> Result<(), AppError> {
    tx.execute(&END, &[&entries, &reason, &replaced_by, &author(tx), &tx.now()]).await?;
    Ok(())
}

/// What a written text is worth, until the patient's row is there to refer to.
pub(in crate::clinic::patients) struct Written(Vec<(List, Changes)>);

/// The lists of a patient who is about to be registered. The texts become what the lists will show.
pub(in crate::clinic::patients) fn begin(details: &mut Details) -> Result<Written, AppError> {
    let mut written = Vec::new();
    for list in List::ALL {
        let Some(text) = details.text_of(list) else { continue };
        let changes = View::of(&[], None).changes(list, Some(text))?;
        details.set_text_of(list, View::of(&changes.adds, changes.answer).text());
        written.push((list, changes));
    }
    Ok(Written(written))
}

pub(in crate::clinic::patients) async fn keep(
    tx: &TenantTx,
    patient: PatientId,
    written: Written,
) -> Result<(), AppError> {
    for (list, changes) in &written.0 {
        apply(tx, patient, *list, changes).await?;
    }
    Ok(())
}

/// Change the lists whose text was changed, and the texts to what the lists then show. A text that is as it was asks
/// for nothing.
pub(in crate::clinic::patients) async fn reconcile(
    tx: &TenantTx,
    patient: PatientId,
    before: &Details,
    details: &mut Details,
) -> Result<(), AppError> {
    for list in List::ALL {
        if before.text_of(list) == details.text_of(list) {
            continue;
        }
        let mut lines = lines(tx, patient, list).await?;
        let standing = answer(tx, patient, list).await?;
        let changes = View::of(&lines, standing).changes(list, details.text_of(list))?;
        apply(tx, patient, list, &changes).await?;
        lines.retain(|line| !changes.ends.contains(&line.entry));
        lines.extend(changes.adds);
        details.set_text_of(list, View::of(&lines, changes.answer.or(standing)).text());
    }
    Ok(())
}

async fn apply(tx: &TenantTx, patient: PatientId, list: List, changes: &Changes) -> Result<(), AppError> {
    if !changes.ends.is_empty() {
        end(tx, &changes.ends, "removed from the text", None).await?;
    }
    if !changes.adds.is_empty() {
        let (ids, texts): (Vec<EntryId>, Vec<&str>) =
            changes.adds.iter().map(|line| (line.entry, line.text.as_str())).unzip();
        tx.execute(&ADD, &[&patient, &list.code(), &ids, &texts, &author(tx), &tx.now()]).await?;
    }
    if let Some(answer) = changes.answer {
        answered(tx, patient, list, answer, tx.now()).await?;
    }
    Ok(())
}
