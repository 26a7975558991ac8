//! Changing what the desk knows of a patient. Two people at once: the second one sees both and decides.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::PatientEditPage;
use super::edit_form::{EditForm, needs_reason};
use super::new::{at_page, fault, refused};
use super::parts::{banner, href};
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::patients::api::audit_of;
use crate::clinic::patients::model::PatientId;
use crate::clinic::patients::{self, Update, Viewer, Why};
use crate::kernel::AppError;
use crate::web::layout::{Conflict, When};
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther};

/// `GET /patients/{patient_id}/edit`
pub(super) async fn form(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<PatientId>,
) -> Result<Response, AppError> {
    let patient = patients::show(&tx, id).await?;
    let page = PatientEditPage {
        shell: frame.shell(tx.actor()),
        banner: banner(&patient, &patients::hospital_now(&tx), Vec::new()),
        href: href(&patient),
        form: EditForm::of(&patient).state(),
        conflict: None,
        may_restrict: Viewer::of(&tx).all,
    };
    Ok(tx.commit(Audit::viewed(patient.id), Page(page)).await?.into_response())
}

const WHY: &str = "Say why, for a change of name, sex, birth, identity document or confidentiality.";

/// `POST /patients/{patient_id}/edit`
pub(super) async fn save(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Form(form): Form<EditForm>,
) -> Result<Response, AppError> {
    let now = patients::hospital_now(&tx);
    let patient = patients::show(&tx, id).await?;
    // A version that is no number fits none.
    let version = form.version.trim().parse().unwrap_or(-1);
    let saved = match form.birth(&patient.details.birth, now.date()) {
        _ if version != i64::from(patient.version) => Err(patients::PatientError::VersionConflict.into()),
        Ok(birth) => {
            let fields = form.fields(&patient, birth);
            match patient.details.changed(fields.clone(), &patients::here(&tx)) {
                Ok(after) if fields.reason().is_none() && needs_reason(&patient.details, &after) => {
                    Err(AppError::Problem(refused(vec![fault("change_reason", WHY)])))
                }
                Ok(_) => tx.attempt(patients::update_with(&tx, id, fields, &[version], &Why::desk())).await,
                Err(error) => Err(error),
            }
        }
        Err(sentence) => {
            let mut errors = vec![fault("born", sentence)];
            if let Err(AppError::Problem(more)) =
                patient.details.changed(form.fields(&patient, None), &patients::here(&tx))
            {
                errors.extend(more.errors);
            }
            Err(AppError::Problem(refused(errors)))
        }
    };
    let problem = match saved {
        Ok(changed) => {
            let next = SeeOther(format!("{}?done=saved", href(&changed.patient)));
            return Ok(tx.commit(audit_of(id, &changed), next).await?.into_response());
        }
        Err(AppError::Problem(problem)) => problem,
        Err(other) => return Err(other),
    };
    // What is saved now: at a conflict that is what the other person wrote.
    let patient = patients::show(&tx, id).await?;
    let mut page = PatientEditPage {
        shell: frame.shell(tx.actor()),
        banner: banner(&patient, &now, Vec::new()),
        href: href(&patient),
        form: form.state(),
        conflict: None,
        may_restrict: Viewer::of(&tx).all,
    };
    if problem.status == StatusCode::PRECONDITION_FAILED {
        let names = patients::staff_names(&tx, &[patient.updated_by]).await?;
        let who = names.get(&patient.updated_by).cloned().unwrap_or_else(|| "Somebody".to_owned());
        let changed_at = patient.updated_at.to_zoned(now.time_zone().clone());
        page.conflict = Some(Conflict {
            who,
            when: When::moment(&changed_at, now.date()),
            differences: form.differences(&patient).into(),
        });
        // Saving again is then a decision over this version.
        page.form = page.form.with("version", patient.version.to_string());
    } else {
        let errors: Vec<_> = at_page(problem.errors).collect();
        page.form = page.form.refused(&errors, problem.detail);
    }
    let audit = Audit::viewed(patient.id);
    Ok(tx.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
}
