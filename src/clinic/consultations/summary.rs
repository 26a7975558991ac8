//! What a visit came to, on paper: who, when, with whom, what was found and what was signed.

use std::borrow::Cow;

use axum::body::Bytes;
use serde::Serialize;
use serde_json::json;

use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::diagnoses::{self, Diagnosis};
use crate::clinic::encounters::{self, Encounter, EncounterId, View};
use crate::clinic::notes::{self, Note};
use crate::clinic::patients::pages::written_birth;
use crate::clinic::patients::{Gender, Patient, Viewer};
use crate::clinic::profile::{House, Letterhead};
use crate::kernel::AppError;
use crate::paper::{self, Template, written};
use crate::web::{NoContent, PdfFile, words};

static VISIT: Template = Template::new(include_str!("visit.typ"));

#[derive(Serialize)]
struct Data<'a> {
    house: House<'a>,
    about: String,
    printed: String,
    parts: Vec<Part<'a>>,
}

#[derive(Serialize)]
struct Part<'a> {
    heading: Cow<'a, str>,
    text: Cow<'a, str>,
}

/// Everything that goes onto the paper, read before it is made.
struct Sheet {
    head: Letterhead,
    logo: Option<Bytes>,
    by: String,
    patient: Patient,
    encounter: Encounter,
    diagnoses: Vec<Diagnosis>,
    notes: Vec<Note>,
    /// There is a note that the reader may not read.
    is_withheld: bool,
}

/// The paper of a visit; that it was taken away is on record before it is made.
pub(super) async fn pdf(tx: Authorized<View>, app: &App, id: EncounterId) -> Result<PdfFile, AppError> {
    let (encounter, patient) = encounters::show(&tx, id).await?;
    let me = Viewer::of(&tx).user;
    let may_read = encounters::may_read_texts(&tx, patient.id).await?;
    let signed = notes::of_encounter(&tx, id).await?;
    let stands = |note: &Note| note.signed.is_some() && note.ended.is_none();
    let (shown, withheld): (Vec<Note>, Vec<Note>) =
        signed.into_iter().filter(stands).partition(|note| may_read || note.author == me);
    let mut sheet = Sheet {
        head: Letterhead::read(&tx).await?,
        logo: None,
        by: tx.actor().name(),
        diagnoses: diagnoses::of_encounter(&tx, id, false).await?,
        notes: shown,
        is_withheld: !withheld.is_empty(),
        patient,
        encounter,
    };
    let audit = Audit::exported("encounter", "pdf", 1).with(json!({
        "patient_id": sheet.patient.id, "encounter_id": id, "count": 1, "format": "pdf",
    }));
    tx.commit(audit, NoContent).await?;
    sheet.logo = sheet.head.logo(app).await;
    Ok(PdfFile::new("visit.pdf", paper::make(move || sheet.pdf()).await?))
}

impl Sheet {
    fn pdf(&self) -> Result<Vec<u8>, AppError> {
        let data = Data {
            house: self.head.house(),
            about: self.about(),
            printed: format!(
                "Printed by {}, {}",
                written(&self.by),
                self.head.moment(self.head.now.timestamp())
            ),
            parts: self.parts(),
        };
        VISIT.pdf(&data, self.logo.as_deref())
    }

    /// Two identifiers and more: nobody takes another person's paper.
    fn about(&self) -> String {
        let details = &self.patient.details;
        let birth = written_birth(&details.birth);
        let sex = words::sex(details.gender.map_or("", Gender::code)).0;
        format!("{}, {}, born {birth}, {sex}", written(&self.patient.name()), self.patient.code)
    }

    fn parts(&self) -> Vec<Part<'_>> {
        let encounter = &self.encounter;
        let mut visit = format!(
            "{}, {}\n{}",
            written(&encounter.department_name),
            written(&encounter.doctor_name),
            self.head.moment(encounter.started_at)
        );
        if let Some(ended) = encounter.ended_at {
            visit = format!("{visit} to {}", self.head.moment(ended));
        }
        let mut parts = vec![Part { heading: "Visit".into(), text: visit.into() }];
        let mut part = |heading: &'static str, text: String| {
            if !text.is_empty() {
                parts.push(Part { heading: heading.into(), text: text.into() });
            }
        };
        let wrong = encounter.error_reason.as_deref().map(written).unwrap_or_default();
        part("Entered in error", wrong.into_owned());
        let details = &self.patient.details;
        let allergies = details.known_allergies.as_deref().unwrap_or("Not asked yet");
        part("Allergies", written(allergies).into_owned());
        part("Diagnoses", self.diagnoses.iter().map(said).collect::<Vec<_>>().join("\n"));
        if self.is_withheld {
            part("Note", "What was written is for who treats this patient.".to_owned());
        }
        for note in &self.notes {
            for (heading, text) in note.texts().said() {
                part(heading, written(text).into_owned());
            }
            if let Some(signed) = &note.signed {
                let who = signed.by_name.as_deref().unwrap_or("somebody who left");
                let amended = if signed.version > 1 { ", amended" } else { "" };
                part("Signed", format!("{}, {}{amended}", written(who), self.head.moment(signed.at)));
            }
        }
        parts
    }
}

/// `Asthma (J45.909), confirmed`
fn said(diagnosis: &Diagnosis) -> String {
    let sure = diagnosis.certainty.word().to_lowercase();
    match &diagnosis.code {
        Some((code, _)) => format!("{} ({code}), {sure}", written(&diagnosis.text)),
        None => format!("{}, {sure}", written(&diagnosis.text)),
    }
}
