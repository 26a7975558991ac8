//! A patient's visits: each encounter with what was found and what was written.

use std::collections::BTreeMap;

use crate::access::TenantTx;
use crate::clinic::diagnoses::{self, Diagnosis};
use crate::clinic::encounters::{self, Encounter, EncounterId};
use crate::clinic::notes::{self, Note};
use crate::clinic::patients::{PatientId, Viewer};
use crate::kernel::AppError;
use crate::kernel::paging::{Page, PageRequest};

/// One visit.
#[derive(Debug)]
pub struct Visit {
    pub encounter: Encounter,
    /// What holds, the main one first.
    pub diagnoses: Vec<Diagnosis>,
    /// What was signed, as far as the reader may read it: see `may_read`.
    pub notes: Vec<Note>,
}

/// Visits with whether their signed texts may be read by whoever asks. One's own always may.
#[derive(Debug)]
pub struct Visits {
    pub page: Page<Visit>,
    pub may_read: bool,
    pub reader: crate::kernel::ids::UserId,
}

impl Visits {
    /// May this note's text be shown?
    #[must_use]
    pub fn shows(&self, note: &Note) -> bool {
        self.may_read || note.author == self.reader
    }
}

/// One page of the visits of a patient whose record the caller has opened, the latest first.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn visits(tx: &TenantTx, patient: PatientId, page: PageRequest) -> Result<Visits, AppError> {
    let found = encounters::of_patient(tx, patient, page).await?;
    let mut parts = Parts::read(tx, &found.items).await?;
    let page = found.map(|encounter| parts.visit(encounter));
    Ok(Visits { page, may_read: encounters::may_read_texts(tx, patient).await?, reader: Viewer::of(tx).user })
}

/// The latest visits but one, for who sits before that patient.
pub(super) async fn before(
    tx: &TenantTx,
    patient: PatientId,
    but: EncounterId,
    most: i64,
) -> Result<Vec<Visit>, AppError> {
    // Some more: those in which nobody was seen, or the wrong one, were no visits.
    let found = encounters::latest(tx, patient, most * 3 + 1).await?;
    let is_visit = |one: &Encounter| one.id != but && one.status != encounters::Status::EnteredInError;
    let most = usize::try_from(most).unwrap_or(0);
    let found: Vec<Encounter> = found.into_iter().filter(is_visit).take(most).collect();
    let mut parts = Parts::read(tx, &found).await?;
    Ok(found.into_iter().map(|encounter| parts.visit(encounter)).collect())
}

/// What was found and written in some encounters, each read once for all.
#[derive(Default)]
struct Parts {
    diagnoses: BTreeMap<EncounterId, Vec<Diagnosis>>,
    notes: BTreeMap<EncounterId, Vec<Note>>,
}

impl Parts {
    async fn read(tx: &TenantTx, of: &[Encounter]) -> Result<Self, AppError> {
        let ids: Vec<EncounterId> = of.iter().map(|encounter| encounter.id).collect();
        let mut parts = Self::default();
        for diagnosis in diagnoses::of_encounters(tx, &ids).await? {
            parts.diagnoses.entry(diagnosis.encounter).or_default().push(diagnosis);
        }
        for note in notes::of_encounters(tx, &ids).await? {
            parts.notes.entry(note.encounter).or_default().push(note);
        }
        Ok(parts)
    }

    fn visit(&mut self, encounter: Encounter) -> Visit {
        Visit {
            diagnoses: self.diagnoses.remove(&encounter.id).unwrap_or_default(),
            notes: self.notes.remove(&encounter.id).unwrap_or_default(),
            encounter,
        }
    }
}
