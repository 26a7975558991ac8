//! One list with all that was ever on it, the form to add, and "none known" in one click.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::form::{EntryForm, Offered, at_page};
use super::parts::{Row, State, Words};
use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::clinic::chart::api::audit_of_none;
use crate::clinic::chart::views::Shape;
use crate::clinic::chart::{self, Entry, Facts};
use crate::clinic::patients::{self, Patient, PatientId, Update, View};
use crate::identity::actor::Actor;
use crate::kernel::{AppError, Problem};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther};

/// `GET /patients/{id}/allergies`, and the 422 and 409 answers to what is sent there.
#[derive(Template)]
#[template(path = "clinic/chart/pages/list.html")]
struct ListPage {
    shell: Shell,
    banner: Banner,
    tabs: Vec<Tab>,
    words: &'static Words,
    /// `/patients/{id}`
    patient_href: String,
    state: State,
    active: Vec<Row>,
    /// Refuted, inactive or over.
    over: Vec<Row>,
    /// Entered in error.
    ended: Vec<Row>,
    /// The form shows its details, because there is something in them.
    is_open: bool,
    form: FormState,
    offered: Offered,
    may_update: bool,
}

/// `GET /patients/{patient_id}/allergies`
pub(super) async fn show<S: Shape>(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<PatientId>,
) -> Result<Response, AppError> {
    let patient = patients::show(&tx, id).await?;
    if patient.id != id {
        return Ok(SeeOther(format!("/patients/{}/{}", patient.id, S::PATH)).into_response());
    }
    let page = page::<S>(&tx, &frame, tx.actor(), &patient, EntryForm::default().state()).await?;
    let audit = Audit::viewed(id).with(serde_json::json!({ "list": S::PATH }));
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}

async fn page<S: Shape>(
    tx: &TenantTx,
    frame: &Frame,
    actor: &Actor,
    patient: &Patient,
    form: FormState,
) -> Result<ListPage, AppError> {
    let now = patients::hospital_now(tx);
    let asked = chart::asked(tx, patient.id, S::LIST).await?;
    let (mut active, mut over, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    for versions in chart::history(tx, patient.id, S::LIST).await? {
        let [newest, earlier @ ..] = versions.as_slice() else { continue };
        let row = Row { earlier: rows(earlier, &now), ..Row::of(newest, &now) };
        match (&newest.ended, newest.is_active()) {
            (Some(_), _) => ended.push(row),
            (None, true) => active.push(row),
            (None, false) => over.push(row),
        }
    }
    Ok(ListPage {
        shell: frame.shell(actor),
        banner: patients::pages::banner(patient, &now, Vec::new()),
        tabs: patients::pages::tabs(patient, frame, actor),
        words: Words::of(S::LIST),
        patient_href: patients::pages::href(patient),
        state: State::of(!active.is_empty(), asked.as_ref(), &now),
        active,
        over,
        ended,
        is_open: Words::of(S::LIST).is_detailed(&form),
        form,
        offered: Offered::all(),
        may_update: actor.holds("patients:update"),
    })
}

fn rows(entries: &[Entry], now: &jiff::Zoned) -> Vec<Row> {
    entries.iter().map(|entry| Row::of(entry, now)).collect()
}

/// `POST /patients/{patient_id}/allergies`
pub(super) async fn add<S: Shape>(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Form(form): Form<EntryForm>,
) -> Result<Response, AppError> {
    let moment = chart::moment(&tx);
    let (told, faults) = form.told(S::LIST, None, &patients::hospital_now(&tx));
    let added = match Facts::parse(S::LIST, told, moment) {
        Ok(facts) if faults.is_empty() => chart::add(&tx, id, &facts).await,
        Ok(_) => Err(refused(faults)),
        Err(error) => Err(with_faults(error, faults)),
    };
    match added {
        Ok(entry) => {
            let audit = Audit::created(S::id(entry.id)).with(serde_json::json!({ "patient_id": id }));
            let next = SeeOther(format!("/patients/{id}/{}?done=listed", S::PATH));
            Ok(tx.commit(audit, next).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            again::<S>(tx, &frame, id, form.state(), problem).await
        }
        Err(other) => Err(other),
    }
}

/// `POST /patients/{patient_id}/allergies/none-known`
pub(super) async fn none_known<S: Shape>(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<PatientId>,
) -> Result<Response, AppError> {
    match chart::none_known(&tx, id, S::LIST, tx.now()).await {
        Ok(()) => {
            let next = SeeOther(format!("/patients/{id}/{}?done=none_known", S::PATH));
            Ok(tx.commit(audit_of_none::<S>(id), next).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            again::<S>(tx, &frame, id, EntryForm::default().state(), problem).await
        }
        Err(other) => Err(other),
    }
}

/// The list as it stands now, with what is wrong.
async fn again<S: Shape>(
    tx: Authorized<Update>,
    frame: &Frame,
    id: PatientId,
    form: FormState,
    problem: Problem,
) -> Result<Response, AppError> {
    let patient = patients::show(&tx, id).await?;
    let (status, errors) = (problem.status, at_page(problem.errors));
    let form = form.refused(&errors, problem.detail);
    let page = page::<S>(&tx, frame, tx.actor(), &patient, form).await?;
    Ok(tx.commit(Audit::viewed(patient.id), PageWithStatus(status, page)).await?.into_response())
}

pub(super) fn refused(errors: Vec<crate::kernel::problem::FieldError>) -> AppError {
    let mut problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "validation_failed", "");
    problem.errors = errors;
    problem.into()
}

/// What is wrong with texts that only pages have, beside all else.
pub(super) fn with_faults(error: AppError, faults: Vec<crate::kernel::problem::FieldError>) -> AppError {
    match error {
        AppError::Problem(mut problem) => {
            problem.errors.extend(faults);
            problem.into()
        }
        other => other,
    }
}
