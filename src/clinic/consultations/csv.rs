//! A patient's treatment history as a file.

use axum::body::Bytes;
use futures_util::stream;
use jiff::Timestamp;

use super::visits::{Visit, Visits, visits};
use crate::access::TenantTx;
use crate::clinic::diagnoses::Diagnosis;
use crate::clinic::notes::Note;
use crate::clinic::patients::{self, PatientId};
use crate::kernel::AppError;
use crate::kernel::paging::PageRequest;
use crate::problem;
use crate::web::{CsvFile, csv};

/// Visits in one file.
const MOST: i64 = 2_000;
/// Visits that are read at once.
const PIECE: i64 = 500;

const HEADS: [&str; 12] = [
    "Started at",
    "Ended at",
    "Department",
    "Doctor",
    "Status",
    "Diagnoses",
    "What the patient says",
    "What was found",
    "Assessment",
    "Plan",
    "Signed by",
    "Closing note",
];

/// Why there is no file.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum VisitsError {
    #[error("There are more than 2,000 visits. Read them in pages instead.")]
    TooMany,
}

problem!(VisitsError {
    TooMany => CONFLICT "visits.too_many",
});

/// The file, and how many visits are in it.
pub(super) async fn of_patient(tx: &TenantTx, patient: PatientId) -> Result<(CsvFile, usize), AppError> {
    let (mut pieces, mut count): (Vec<Result<Bytes, AppError>>, usize) = (Vec::new(), 0);
    for number in 1.. {
        let found = visits(tx, patient, PageRequest { page: number, page_size: PIECE }).await?;
        if found.page.total > MOST {
            return Err(VisitsError::TooMany.into());
        }
        count += found.page.items.len();
        pieces.push(csv::lines(found.page.items.iter().map(|visit| line(tx, &found, visit))));
        if !found.page.has_next() {
            break;
        }
    }
    let file = CsvFile::new("visits.csv", HEADS, stream::iter(pieces))?;
    Ok((file, count))
}

fn line(tx: &TenantTx, all: &Visits, visit: &Visit) -> [String; 12] {
    let zone = patients::hospital_now(tx).time_zone().clone();
    let written = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    let encounter = &visit.encounter;
    let shown: Vec<&Note> =
        visit.notes.iter().filter(|note| note.ended.is_none() && all.shows(note)).collect();
    let part = |at: usize| {
        let texts = shown.iter().map(|note| note.texts().parts());
        let texts = texts.map(|parts| parts.get(at).copied().unwrap_or_default().to_owned());
        texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
    };
    let names = shown.iter().filter_map(|note| note.signed.as_ref()?.by_name.clone());
    [
        written(encounter.started_at),
        encounter.ended_at.map(written).unwrap_or_default(),
        encounter.department_name.clone(),
        encounter.doctor_name.clone(),
        encounter.status.word().to_owned(),
        visit.diagnoses.iter().map(said).collect::<Vec<_>>().join("; "),
        part(0),
        part(1),
        part(2),
        part(3),
        names.collect::<Vec<_>>().join(", "),
        encounter.closure_note.clone().unwrap_or_default(),
    ]
}

/// `Asthma (J45.909, confirmed)`
fn said(diagnosis: &Diagnosis) -> String {
    let sure = diagnosis.certainty.word().to_lowercase();
    match &diagnosis.code {
        Some((code, _)) => format!("{} ({code}, {sure})", diagnosis.text),
        None => format!("{} ({sure})", diagnosis.text),
    }
}
