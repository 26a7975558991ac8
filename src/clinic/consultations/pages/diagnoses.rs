//! Diagnoses on the page of a consultation: the part that htmx swaps.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::page::{Typed, again};
use super::parts::Found;
use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::clinic::diagnoses::{
    self, Certainty, DiagnosisId, MAX_TEXT, TypedDiagnosis, audit_of_end, audit_of_new,
};
use crate::clinic::encounters::{self, EncounterId, Record};
use crate::kernel::{AppError, FieldErrors, Problem, text};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther};

/// `_diagnoses.html`: `#dx`.
#[derive(Template)]
#[template(path = "clinic/consultations/pages/_diagnoses.html")]
pub(super) struct DiagnosesPart {
    /// `/consultations/{id}/diagnoses`
    action: String,
    pub lines: Vec<Found>,
    /// What was revised or entered in error.
    ended: Vec<(Found, &'static str, Option<String>)>,
    may_write: bool,
    form: FormState,
    /// Why an act on one of them was refused.
    fault: Option<String>,
}

impl HtmlSafe for DiagnosesPart {}

impl DiagnosesPart {
    fn certainties() -> Vec<Choice> {
        Certainty::ALL.iter().map(|sure| Choice::new(sure.code(), sure.word())).collect()
    }

    fn max() -> usize {
        MAX_TEXT
    }

    pub(super) async fn read(
        tx: &TenantTx,
        id: EncounterId,
        may_write: bool,
        form: FormState,
    ) -> Result<Self, AppError> {
        let (mut lines, mut ended) = (Vec::new(), Vec::new());
        for diagnosis in diagnoses::of_encounter(tx, id, true).await? {
            let found = Found::of(&diagnosis);
            match &diagnosis.ended {
                None => lines.push(found),
                Some(end) => ended.push((found, diagnosis.status.word(), end.reason.clone())),
            }
        }
        Ok(Self {
            action: format!("/consultations/{id}/diagnoses"),
            lines,
            ended,
            may_write,
            form,
            fault: None,
        })
    }
}

/// What the form of a new one sends.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct NewForm {
    text: String,
    /// Of the code that was chosen; blank: none.
    icd10_code: String,
    certainty: String,
}

impl NewForm {
    /// A chosen code says what it is; a typed one is looked up; everything else is words.
    async fn typed(&self, tx: &TenantTx) -> Result<TypedDiagnosis, AppError> {
        let certainty = Some(self.certainty.clone());
        let typed = match diagnoses::icd10_code(&self.text) {
            Some(code) if self.icd10_code.is_empty() => diagnoses::codes::find(tx, &code).await?,
            _ => None,
        };
        let chosen =
            typed.map(|code| code.code).or_else(|| Some(self.icd10_code.clone()).filter(|c| !c.is_empty()));
        Ok(match chosen {
            Some(code) => TypedDiagnosis { icd10_code: Some(code), certainty, ..TypedDiagnosis::default() },
            None => TypedDiagnosis { text: Some(self.text.clone()), certainty, ..TypedDiagnosis::default() },
        })
    }
}

/// `POST /consultations/{encounter_id}/diagnoses`
pub(super) async fn add(
    tx: Authorized<Record>,
    frame: Frame,
    Path(id): Path<EncounterId>,
    Form(form): Form<NewForm>,
) -> Result<Response, AppError> {
    let work = async {
        let typed = form.typed(&tx).await?;
        let mut errors = FieldErrors::default();
        let new = typed.parse(&mut errors);
        let new = errors.finish_with(new)?;
        diagnoses::add(&tx, id, &new).await
    };
    match tx.attempt(work).await {
        Ok(made) => done(tx, &frame, id, audit_of_new(&made)).await,
        Err(error) => {
            let state = FormState::new().with("text", form.text).with("certainty", form.certainty);
            refused(tx, &frame, id, error, state).await
        }
    }
}

/// The part again, or the page.
async fn done(
    tx: Authorized<Record>,
    frame: &Frame,
    id: EncounterId,
    audit: Audit,
) -> Result<Response, AppError> {
    if !frame.htmx {
        let next = SeeOther(format!("/consultations/{id}?done=saved"));
        return Ok(tx.commit(audit, next).await?.into_response());
    }
    let part = DiagnosesPart::read(&tx, id, true, FormState::new()).await?;
    Ok(tx.commit(audit, Page(part)).await?.into_response())
}

async fn refused(
    tx: Authorized<Record>,
    frame: &Frame,
    id: EncounterId,
    error: AppError,
    state: FormState,
) -> Result<Response, AppError> {
    let AppError::Problem(problem) = error else { return Err(error) };
    let passes = [StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY];
    if !passes.contains(&problem.status) {
        return Err(problem.into());
    }
    let Problem { status, errors, detail, .. } = problem;
    if !frame.htmx {
        let typed = Typed { form: Some(FormState::new().refused(&errors, detail)), both: None };
        return again(tx, frame, id, status, typed).await;
    }
    let (_, patient) = encounters::show(&tx, id).await?;
    let mut part = DiagnosesPart::read(&tx, id, true, state).await?;
    part.fault = Some(errors.first().map_or_else(|| detail.into_owned(), |error| error.message.clone()));
    let audit = Audit::viewed(id).with(json!({ "patient_id": patient.id }));
    Ok(tx.commit(audit, PageWithStatus(status, part)).await?.into_response())
}

/// What the form of a line sends.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct LineForm {
    certainty: String,
    reason: String,
}

/// `POST /diagnoses/{diagnosis_id}/revise`
pub(super) async fn revise(
    tx: Authorized<Record>,
    frame: Frame,
    Path(id): Path<DiagnosisId>,
    Form(form): Form<LineForm>,
) -> Result<Response, AppError> {
    let encounter = diagnoses::show(&tx, id).await?.encounter;
    let work = async {
        let mut errors = FieldErrors::default();
        let certainty = Certainty::from_code(&form.certainty);
        if certainty.is_none() {
            errors.add("certainty", "Choose how sure it is.");
        }
        let certainty = errors.finish_with(certainty)?;
        diagnoses::revise(&tx, id, Some(certainty), None).await
    };
    match tx.attempt(work).await {
        Ok(now) => {
            let audit = Audit::did("revised", id).with(json!({
                "patient_id": now.patient, "encounter_id": now.encounter, "replaced_by_id": now.id,
            }));
            done(tx, &frame, encounter, audit).await
        }
        Err(error) => refused(tx, &frame, encounter, error, FormState::new()).await,
    }
}

/// `POST /diagnoses/{diagnosis_id}/entered-in-error`
pub(super) async fn end(
    tx: Authorized<Record>,
    frame: Frame,
    Path(id): Path<DiagnosisId>,
    Form(form): Form<LineForm>,
) -> Result<Response, AppError> {
    let encounter = diagnoses::show(&tx, id).await?.encounter;
    let work = async {
        let mut errors = FieldErrors::default();
        let reason = text::required("reason", Some(&form.reason), 500, &mut errors);
        let reason = errors.finish_with(reason)?;
        diagnoses::end(&tx, id, &reason, None).await
    };
    match tx.attempt(work).await {
        Ok(old) => done(tx, &frame, encounter, audit_of_end(&old)).await,
        Err(error) => refused(tx, &frame, encounter, error, FormState::new()).await,
    }
}
