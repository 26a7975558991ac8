//! What is kept beside a patient's row: the history of its changes, and what the patient was asked and answered.

use serde_json::{Map, Value};

use crate::access::TenantTx;
use crate::clinic::patients::input::{Given, PatientFields};
use crate::clinic::patients::model::{Details, PatientId};
use crate::clinic::patients::store::kept;
use crate::clinic::patients::why::{Action, Answer, ConsentKind, KeptAnswer, Why, answers as answers_of};
use crate::clinic::patients::{Changed, author, update_with};
use crate::kernel::AppError;

/// Fields and their values.
pub type Values = Map<String, Value>;

/// Keep what became of a patient's record, with the old and new values of the fields that changed. For every
/// capability that writes fields of a patient, in the transaction in which it does.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn note_change(
    tx: &TenantTx,
    patient: PatientId,
    action: Action,
    reason: Option<&str>,
    (old, new): (Values, Values),
) -> Result<(), AppError> {
    let (old, new) = (without_files(old), without_files(new));
    Ok(kept::change(tx, kept::Change { patient, action, reason, old, new, by: author(tx) }).await?)
}

/// Of a picture only that there is one: the name of its file is nobody's to know.
fn without_files(mut values: Values) -> Values {
    if let Some(picture) = values.get_mut("photo_path").filter(|picture| !picture.is_null()) {
        *picture = Value::Bool(true);
    }
    values
}

/// A new patient: everything that was said.
pub(in crate::clinic::patients) async fn note_created(
    tx: &TenantTx,
    id: PatientId,
    details: &Details,
    why: &Why,
) -> Result<(), AppError> {
    let blank = Details::blank();
    let said = blank.differences(details);
    let new = said.iter().map(|field| ((*field).to_owned(), details.value_of(field))).collect();
    note_change(tx, id, Action::Create, why.reason.as_deref(), (Values::new(), new)).await?;
    for answer in answers_of(&blank, details, why, tx.now()) {
        kept::answer(tx, id, &answer, author(tx)).await?;
    }
    Ok(())
}

/// A change: the fields that it names, and the answers that it gives or ends.
pub(in crate::clinic::patients) async fn note_updated(
    tx: &TenantTx,
    id: PatientId,
    before: &Details,
    after: &Details,
    fields: &[&str],
    why: &Why,
) -> Result<(), AppError> {
    if !fields.is_empty() {
        let values = |details: &Details| {
            fields.iter().map(|field| ((*field).to_owned(), details.value_of(field))).collect::<Values>()
        };
        let both = (values(before), values(after));
        let action = why.action.unwrap_or_else(|| Action::of(before, after));
        note_change(tx, id, action, why.reason.as_deref(), both).await?;
    }
    for answer in answers_of(before, after, why, tx.now()) {
        kept::answer(tx, id, &answer, author(tx)).await?;
    }
    Ok(())
}

/// Write down what the patient answered; the field that shows it follows.
///
/// # Errors
/// 404, or 422 at the field (`consent_sms`, `consent_email`) for a yes without a number or an address.
pub async fn answer(tx: &TenantTx, id: PatientId, answer: Answer) -> Result<Changed, AppError> {
    let given = Given::Value(answer.given);
    let fields = match answer.kind {
        ConsentKind::Sms => PatientFields { consent_sms: given, ..PatientFields::default() },
        ConsentKind::Email => PatientFields { consent_email: given, ..PatientFields::default() },
    };
    let why = Why { source: answer.source, answers: vec![answer], ..Why::default() };
    update_with(tx, id, fields, &[], &why).await
}

/// What the patient answered, newest first, at most `limit`.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn answers(tx: &TenantTx, id: PatientId, limit: i64) -> Result<Vec<KeptAnswer>, AppError> {
    Ok(kept::answers(tx, id, limit).await?)
}
