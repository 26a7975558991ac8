//! The question before a set is entered in error.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::list::Row;
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::patients;
use crate::clinic::vitals::api::audit_of_end;
use crate::clinic::vitals::domain::asked;
use crate::clinic::vitals::model::VitalsId;
use crate::clinic::vitals::{self, Record};
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther};

/// `GET /vitals/{id}/entered-in-error`, and the 4xx answers to what is sent there.
#[derive(Template)]
#[template(path = "clinic/vitals/pages/end.html")]
struct EndPage {
    shell: Shell,
    banner: Banner,
    /// `/patients/{id}`
    patient_href: String,
    row: Row,
    form: FormState,
}

async fn page(
    tx: &Authorized<Record>,
    frame: &Frame,
    id: VitalsId,
    form: FormState,
) -> Result<(EndPage, Audit), AppError> {
    let (set, patient) = vitals::show(tx, id).await?;
    let now = patients::hospital_now(tx);
    let tables = asked::tables(tx).await?;
    let names = patients::staff_names(tx, &[set.recorded_by]).await?;
    let name = |id| names.get(&id).cloned().unwrap_or_else(|| "somebody who left".to_owned());
    let page = EndPage {
        shell: frame.shell(tx.actor()),
        banner: patients::pages::banner(&patient, &now, Vec::new()),
        patient_href: patients::pages::href(&patient),
        row: Row::of(&set, &now, &tables, name),
        form,
    };
    Ok((page, Audit::viewed(id).with(json!({ "patient_id": patient.id }))))
}

/// `GET /vitals/{vitals_id}/entered-in-error`
pub(super) async fn ask(
    tx: Authorized<Record>,
    frame: Frame,
    Path(id): Path<VitalsId>,
) -> Result<Response, AppError> {
    let (page, audit) = page(&tx, &frame, id, FormState::new()).await?;
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}

/// What the form sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct EndForm {
    reason: String,
    /// `true`: the right values are typed next.
    again: String,
}

/// `POST /vitals/{vitals_id}/entered-in-error`
pub(super) async fn end(
    tx: Authorized<Record>,
    frame: Frame,
    Path(id): Path<VitalsId>,
    Form(form): Form<EndForm>,
) -> Result<Response, AppError> {
    let ended = async {
        let mut errors = FieldErrors::default();
        let reason = text::required("reason", Some(&form.reason), 500, &mut errors);
        vitals::end(&tx, id, &errors.finish_with(reason)?, None).await
    };
    match tx.attempt(ended).await {
        Ok(ended) => {
            let patient = ended.set.patient;
            let next = match form.again.as_str() {
                "true" => format!("/patients/{patient}/vitals/new?replaces={id}&done=ended"),
                _ => format!("/patients/{patient}/vitals?done=ended"),
            };
            Ok(tx.commit(audit_of_end(&ended), SeeOther(next)).await?.into_response())
        }
        Err(AppError::Problem(problem))
            if ![StatusCode::NOT_FOUND, StatusCode::FORBIDDEN].contains(&problem.status) =>
        {
            let state = FormState::new()
                .with("reason", form.reason)
                .with("again", form.again)
                .refused(&problem.errors, problem.detail);
            let (page, audit) = page(&tx, &frame, id, state).await?;
            Ok(tx.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}
