//! The next version of an entry, and the question before one is entered in error.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::form::{EntryForm, Offered, at_page};
use super::list::{refused, with_faults};
use super::parts::{Row, Words};
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::chart::api::{audit_of, audit_of_end};
use crate::clinic::chart::views::Shape;
use crate::clinic::chart::{self, ChartError, Entry, given};
use crate::clinic::patients::texts::EntryId;
use crate::clinic::patients::{self, PatientId, Update};
use crate::kernel::ids::Entity as _;
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther};

/// `GET /patients/{id}/allergies/{id}/edit`, and the 422, 409 and 412 answers to what is sent there.
#[derive(Template)]
#[template(path = "clinic/chart/pages/edit.html")]
struct EditPage {
    shell: Shell,
    banner: Banner,
    words: &'static Words,
    /// `/patients/{id}`
    patient_href: String,
    row: Row,
    /// The form shows its details.
    is_open: bool,
    form: FormState,
    offered: Offered,
    /// Somebody changed it meanwhile: what is saved now is shown.
    is_stale: bool,
}

/// `GET /patients/{id}/allergies/{id}/entered-in-error`, and the 422, 409 and 412 answers to what is sent there.
#[derive(Template)]
#[template(path = "clinic/chart/pages/end.html")]
struct EndPage {
    shell: Shell,
    words: &'static Words,
    code: String,
    /// `/patients/{id}`
    patient_href: String,
    row: Row,
    form: FormState,
}

type Ids<S> = (PatientId, <S as Shape>::Id);

/// The entry of a record that stands; one that was merged leads on.
async fn found<S: Shape>(
    tx: &Authorized<Update>,
    (id, entry): Ids<S>,
) -> Result<(patients::Patient, Entry), AppError> {
    let patient = patients::show(tx, id).await?;
    let known = chart::show(tx, patient.id, S::LIST, EntryId(entry.uuid())).await?;
    Ok((patient, known.entry))
}

/// A look at an entry is one at its patient, whose banner stands above it.
fn looked<S: Shape>(entry: S::Id, patient: PatientId) -> Audit {
    Audit::viewed(entry).with(json!({ "patient_id": patient }))
}

async fn edit_page<S: Shape>(
    tx: &Authorized<Update>,
    frame: &Frame,
    ids: Ids<S>,
    form: Option<FormState>,
) -> Result<(EditPage, Audit), AppError> {
    let (patient, entry) = found::<S>(tx, ids).await?;
    let now = patients::hospital_now(tx);
    let form = match form {
        Some(form) => form.with("version", entry.version.to_string()),
        None => EntryForm::of(&entry).state(),
    };
    let page = EditPage {
        shell: frame.shell(tx.actor()),
        banner: patients::pages::banner(&patient, &now, Vec::new()),
        words: Words::of(S::LIST),
        patient_href: patients::pages::href(&patient),
        row: Row::of(&entry, &now),
        is_open: true,
        form,
        offered: Offered::all(),
        is_stale: false,
    };
    Ok((page, looked::<S>(ids.1, patient.id)))
}

/// `GET /patients/{patient_id}/allergies/{allergy_id}/edit`
pub(super) async fn form<S: Shape>(
    tx: Authorized<Update>,
    frame: Frame,
    Path(ids): Path<Ids<S>>,
) -> Result<Response, AppError> {
    let (page, audit) = edit_page::<S>(&tx, &frame, ids, None).await?;
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}

/// `POST /patients/{patient_id}/allergies/{allergy_id}/edit`
pub(super) async fn save<S: Shape>(
    tx: Authorized<Update>,
    frame: Frame,
    Path(ids): Path<Ids<S>>,
    Form(form): Form<EntryForm>,
) -> Result<Response, AppError> {
    let (patient, entry) = found::<S>(&tx, ids).await?;
    let moment = chart::moment(&tx);
    let (mut told, faults) = form.told(S::LIST, entry.facts.onset, &patients::hospital_now(&tx));
    if form.told_text(S::LIST) == entry.facts.text {
        // Came with a text, and is longer than what may be typed here: it stays.
        told.text = patients::Given::Absent;
    }
    let saved = if faults.is_empty() {
        chart::change(&tx, patient.id, (S::LIST, entry.id), told, &[form.version()]).await
    } else {
        match entry.facts.changed(told, moment) {
            Ok(_) => Err(refused(faults)),
            Err(error) => Err(with_faults(error, faults)),
        }
    };
    match saved {
        Ok(changed) => {
            let next = SeeOther(format!("/patients/{}/{}?done=saved", patient.id, S::PATH));
            Ok(tx.commit(audit_of::<S>(patient.id, &changed), next).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            let (mut page, audit) = edit_page::<S>(&tx, &frame, ids, Some(form.state())).await?;
            let (status, errors) = (problem.status, at_page(problem.errors));
            page.is_stale = status == StatusCode::PRECONDITION_FAILED;
            page.form = page.form.refused(&errors, problem.detail);
            Ok(tx.commit(audit, PageWithStatus(status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}

async fn end_page<S: Shape>(
    tx: &Authorized<Update>,
    frame: &Frame,
    ids: Ids<S>,
    form: FormState,
) -> Result<(EndPage, Audit), AppError> {
    let (patient, entry) = found::<S>(tx, ids).await?;
    let page = EndPage {
        shell: frame.shell(tx.actor()),
        words: Words::of(S::LIST),
        patient_href: patients::pages::href(&patient),
        code: patient.code.clone(),
        row: Row::of(&entry, &patients::hospital_now(tx)),
        form: form.with("version", entry.version.to_string()),
    };
    Ok((page, looked::<S>(ids.1, patient.id)))
}

/// `GET /patients/{patient_id}/allergies/{allergy_id}/entered-in-error`
pub(super) async fn ask<S: Shape>(
    tx: Authorized<Update>,
    frame: Frame,
    Path(ids): Path<Ids<S>>,
) -> Result<Response, AppError> {
    let (page, audit) = end_page::<S>(&tx, &frame, ids, FormState::new()).await?;
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}

/// What the question sends.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct EndForm {
    reason: String,
    version: String,
}

/// `POST /patients/{patient_id}/allergies/{allergy_id}/entered-in-error`
pub(super) async fn end<S: Shape>(
    tx: Authorized<Update>,
    frame: Frame,
    Path(ids): Path<Ids<S>>,
    Form(form): Form<EndForm>,
) -> Result<Response, AppError> {
    let (patient, entry) = found::<S>(&tx, ids).await?;
    let mut errors = FieldErrors::default();
    let reason = given::reason(&form.reason, &mut errors);
    let ended = match errors.finish_with(reason) {
        // A version that is no number fits none.
        Ok(_) if form.version.trim().parse() != Ok(entry.version) => Err(ChartError::VersionConflict.into()),
        Ok(reason) => {
            let of = (S::LIST, entry.id);
            chart::end(&tx, patient.id, of, &reason, None, &[i64::from(entry.version)]).await
        }
        Err(error) => Err(error),
    };
    match ended {
        Ok(entry) => {
            let next = SeeOther(format!("/patients/{}/{}?done=ended", patient.id, S::PATH));
            Ok(tx.commit(audit_of_end::<S>(patient.id, &entry), next).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            let (status, form) = (problem.status, FormState::new().with("reason", form.reason));
            let form = form.refused(&problem.errors, problem.detail);
            let (page, audit) = end_page::<S>(&tx, &frame, ids, form).await?;
            Ok(tx.commit(audit, PageWithStatus(status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}
