//! A diagnosis as a condition of the patient's chart, where it is what the patient lives with from now on.
//!
//! The list belongs to `clinic::chart`, and so do its rules. Here is only what of a diagnosis goes there, and when the chart
//! says it already: by the same code, or in the same words. Nothing ties the two afterwards. A diagnosis that is entered in
//! error takes nothing out of the chart, where others may have written on: it is said that the condition stands there.

use crate::access::TenantTx;
use crate::clinic::chart::{self, Entry, Facts, Source, Told};
use crate::clinic::diagnoses::model::{Certainty, Diagnosis, DiagnosisError, DiagnosisId, Status};
use crate::clinic::diagnoses::show;
use crate::clinic::encounters;
use crate::clinic::patients::texts::{List, key};
use crate::clinic::patients::{self, Given, PatientId, View};
use crate::kernel::AppError;
use crate::web::words;

/// What the chart says of a diagnosis now.
#[derive(Debug)]
pub struct Charted {
    pub diagnosis: Diagnosis,
    pub condition: Entry,
    /// It was there already: nothing was added.
    pub was_listed: bool,
}

/// The condition that says the same as a diagnosis.
#[must_use]
pub fn same<'a>(conditions: &'a [Entry], diagnosis: &Diagnosis) -> Option<&'a Entry> {
    let code = diagnosis.code.as_ref().map(|(code, _)| code);
    let text = key(&diagnosis.text);
    let by_code = conditions.iter().find(|entry| code.is_some() && entry.facts.code.as_ref() == code);
    by_code.or_else(|| conditions.iter().find(|entry| key(&entry.facts.text) == text))
}

/// The active conditions of a patient whose record the caller has opened; none for who may not see patients.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn conditions(tx: &TenantTx, patient: PatientId) -> Result<Vec<Entry>, AppError> {
    if patients::also::<View>(tx).is_err() {
        return Ok(Vec::new());
    }
    Ok(chart::standing(tx, patient).await?.conditions)
}

/// Write a diagnosis into the chart of its patient, as a condition. `told` adds what a diagnosis does not say: since when.
///
/// # Errors
/// 404, 403 (`encounters:view` is needed too), `patients.merged`, [`DiagnosisError`], or what the chart refuses.
pub async fn add(tx: &TenantTx, id: DiagnosisId, told: Told) -> Result<Charted, AppError> {
    let found = show(tx, id).await?;
    patients::also::<encounters::View>(tx)?;
    let facts = facts(tx, &found, told)?;
    // Whoever changes the list holds the patient: of two who add the same, the second finds it there. The diagnosis is
    // read again afterwards, and not held: those who end one hold the patient before.
    patients::lock(tx, found.patient).await?;
    let diagnosis = show(tx, id).await?;
    if diagnosis.status != Status::Active {
        return Err(DiagnosisError::Ended.into());
    }
    if diagnosis.certainty == Certainty::Refuted {
        return Err(DiagnosisError::Refuted.into());
    }
    let listed = chart::standing(tx, diagnosis.patient).await?.conditions;
    if let Some(condition) = same(&listed, &diagnosis).cloned() {
        return Ok(Charted { diagnosis, condition, was_listed: true });
    }
    let condition = chart::add(tx, diagnosis.patient, &facts).await?;
    Ok(Charted { diagnosis, condition, was_listed: false })
}

/// Its words and code; how sure it was, and when it was found, is the note.
fn facts(tx: &TenantTx, diagnosis: &Diagnosis, told: Told) -> Result<Facts, AppError> {
    let found_on = diagnosis.about.to_zoned(tx.hospital().zone.clone()).date();
    let told = Told {
        text: Given::Value(diagnosis.text.clone()),
        code: diagnosis.code.as_ref().map_or(Given::Absent, |(code, _)| Given::Value(code.clone())),
        note: Given::Value(format!("{} diagnosis of {}", diagnosis.certainty.word(), words::date(found_on))),
        source: Given::Value(Source::Clinician.code().to_owned()),
        told_at: Given::Value(diagnosis.about.min(tx.now()).to_string()),
        ..told
    };
    Facts::parse(List::Conditions, told, chart::moment(tx)).map_err(|error| match error {
        AppError::Problem(problem) => match problem.errors.iter().find(|fault| fault.field == "text") {
            Some(fault) => DiagnosisError::NotForChart(fault.message.clone()).into(),
            None => problem.into(),
        },
        other => other,
    })
}
