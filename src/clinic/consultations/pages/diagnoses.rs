//! Diagnoses on the page of a consultation: the part that htmx swaps.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::page::{Known, Typed, again, state as state_of};
use super::parts::{Charted, Found};
use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::clinic::chart::Told;
use crate::clinic::chart::pages::typed_since;
use crate::clinic::diagnoses::{
    self, Certainty, Diagnosis, DiagnosisId, MAX_TEXT, Status, TypedDiagnosis, audit_of_chart, audit_of_end,
    audit_of_new,
};
use crate::clinic::encounters::{self, Encounter, EncounterId, Record, View};
use crate::clinic::patients::{self, Patient, Update, Viewer};
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
    /// What does not hold here, and still stands in the chart.
    still: Vec<Still>,
    may_write: bool,
    form: FormState,
    /// Why an act on one of them was refused.
    fault: Option<String>,
    /// What came of an act that needs words.
    told: Option<&'static str>,
    /// Beside the part: what the page says of the patient, after an act that changes it.
    banner: Option<Banner>,
}

impl HtmlSafe for DiagnosesPart {}

/// A condition of the chart that a diagnosis said too, which does not hold any more.
struct Still {
    text: String,
    /// "entered in error", "refuted"
    word: &'static str,
    /// The chart's conditions.
    href: String,
}

/// What the reader may do with the diagnoses of a visit.
#[derive(Debug, Clone, Copy)]
pub(super) struct May {
    write: bool,
    chart: bool,
}

impl May {
    pub(super) fn of(tx: &TenantTx, encounter: &Encounter, patient: &Patient) -> Self {
        let holds = |code: &str| tx.person().is_some_and(|person| person.holds(code));
        let is_open = encounter.status != encounters::Status::EnteredInError;
        let is_theirs = !patient.details.is_deceased || encounter.doctor == Viewer::of(tx).user;
        Self {
            write: is_open && is_theirs && holds("encounters:record"),
            chart: is_open && holds("patients:update") && holds("patients:view"),
        }
    }
}

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
        may: May,
        form: FormState,
    ) -> Result<Self, AppError> {
        let all = diagnoses::of_encounter(tx, id, true).await?;
        let conditions = match all.first() {
            Some(any) => diagnoses::chart::conditions(tx, any.patient).await?,
            None => Vec::new(),
        };
        let holds = |diagnosis: &Diagnosis| {
            diagnosis.status == Status::Active && diagnosis.certainty != Certainty::Refuted
        };
        let same = |diagnosis: &Diagnosis| diagnoses::chart::same(&conditions, diagnosis);
        let held: Vec<_> =
            all.iter().filter(|one| holds(one)).filter_map(same).map(|entry| entry.id).collect();
        let (mut lines, mut ended, mut still) = (Vec::new(), Vec::new(), Vec::<Still>::new());
        for diagnosis in &all {
            let condition = same(diagnosis);
            let href = format!("/patients/{}/conditions", diagnosis.patient);
            let word = match (diagnosis.status, diagnosis.certainty) {
                (Status::EnteredInError, _) => Some("entered in error"),
                (Status::Active, Certainty::Refuted) => Some("refuted"),
                _ => None,
            };
            if let Some((word, entry)) = word.zip(condition.filter(|entry| !held.contains(&entry.id)))
                && !still.iter().any(|other| other.text == entry.facts.text)
            {
                still.push(Still { text: entry.facts.text.clone(), word, href: href.clone() });
            }
            let found = Found::of(diagnosis);
            match &diagnosis.ended {
                None => {
                    let charted = match condition {
                        Some(_) => Charted::There(href),
                        None if may.chart && holds(diagnosis) => Charted::Offered,
                        None => Charted::Unknown,
                    };
                    lines.push(Found { charted, ..found });
                }
                Some(end) => ended.push((found, diagnosis.status.word(), end.reason.clone())),
            }
        }
        Ok(Self {
            action: format!("/consultations/{id}/diagnoses"),
            lines,
            ended,
            still,
            may_write: may.write,
            form,
            fault: None,
            told: None,
            banner: None,
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
async fn done<P>(
    tx: Authorized<P>,
    frame: &Frame,
    id: EncounterId,
    audit: Audit,
) -> Result<Response, AppError> {
    done_and_told(tx, frame, id, audit, ("saved", None)).await
}

/// The same with the code of what the page says afterwards, and the words of the part.
async fn done_and_told<P>(
    tx: Authorized<P>,
    frame: &Frame,
    id: EncounterId,
    audit: Audit,
    (code, told): (&str, Option<&'static str>),
) -> Result<Response, AppError> {
    if !frame.htmx {
        let next = SeeOther(format!("/consultations/{id}?done={code}"));
        return Ok(tx.commit(audit, next).await?.into_response());
    }
    let (encounter, patient) = encounters::show(&tx, id).await?;
    let may = May::of(&tx, &encounter, &patient);
    let banner = told.map(|_| patients::pages::banner(&patient, &patients::hospital_now(&tx), Vec::new()));
    let part = DiagnosesPart { told, banner, ..DiagnosesPart::read(&tx, id, may, FormState::new()).await? };
    Ok(tx.commit(audit, Page(part)).await?.into_response())
}

async fn refused<P>(
    tx: Authorized<P>,
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
    let fault = errors.first().map_or_else(|| detail.into_owned(), |error| error.message.clone());
    if !frame.htmx {
        // The note beside it stays as it is saved.
        let known = Known::read(&tx, id).await?;
        let me = Viewer::of(&tx).user;
        let draft = known.notes.iter().find(|note| note.author == me && note.is_draft());
        let typed = Typed { form: Some(state_of(draft).with_fault(fault)), both: None };
        return again(tx, frame, id, status, typed).await;
    }
    let (encounter, patient) = encounters::show(&tx, id).await?;
    let may = May::of(&tx, &encounter, &patient);
    let mut part = DiagnosesPart::read(&tx, id, may, state).await?;
    part.fault = Some(fault);
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

/// What the form of the chart sends.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ChartForm {
    /// Since when, as people type it; blank: not told.
    onset: String,
}

/// `POST /diagnoses/{diagnosis_id}/chart-condition`
pub(super) async fn add_to_chart(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<DiagnosisId>,
    Form(form): Form<ChartForm>,
) -> Result<Response, AppError> {
    let encounter = diagnoses::show(&tx, id).await?.encounter;
    patients::also::<View>(&tx)?;
    let work = async {
        let mut errors = FieldErrors::default();
        let since = typed_since(&form.onset, patients::hospital_now(&tx).date());
        let since = since.map_err(|fault| errors.add("onset", fault)).ok();
        let since = errors.finish_with(since)?;
        diagnoses::chart::add(&tx, id, Told { since: Some(since), ..Told::default() }).await
    };
    match tx.attempt(work).await {
        Ok(charted) => {
            let said = if charted.was_listed {
                ("listed-before", Some("The chart's conditions say this already. Nothing was added."))
            } else {
                ("listed", Some("Added to the chart's conditions."))
            };
            done_and_told(tx, &frame, encounter, audit_of_chart(&charted), said).await
        }
        Err(error) => refused(tx, &frame, encounter, error, FormState::new()).await,
    }
}
