//! Changing what the desk knows of a patient. Two people at once: the second one sees both and decides.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::new::{at_page, fault, refused};
use super::parts::{banner, href};
use super::{Conflict, LABELS, PatientEditPage, born};
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::patients::api::audit_of;
use crate::clinic::patients::birth::Birth;
use crate::clinic::patients::input::{Given, PatientFields};
use crate::clinic::patients::model::{Gender, Patient, PatientId};
use crate::clinic::patients::{self, Update};
use crate::kernel::AppError;
use crate::web::layout::{FormState, When};
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther, words};

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct EditForm {
    /// Of the patient as the form showed it.
    version: String,
    first_name: String,
    last_name: String,
    gender: String,
    /// A birthday, an age, or the word unknown.
    born: String,
    phone_primary: String,
    email: String,
    address_line1: String,
    city: String,
    consent_sms: Option<String>,
    consent_email: Option<String>,
}

impl EditForm {
    /// The form as it shows a patient.
    fn of(patient: &Patient) -> Self {
        let d = &patient.details;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let tick = |ticked: bool| ticked.then(|| "true".to_owned());
        Self {
            version: patient.version.to_string(),
            first_name: d.first_name.clone(),
            last_name: text(&d.last_name),
            gender: d.gender.map_or("", Gender::code).to_owned(),
            born: born::written(&d.birth),
            phone_primary: text(&d.phone_primary),
            email: text(&d.email),
            address_line1: text(&d.address_line1),
            city: text(&d.city),
            consent_sms: tick(d.consent_sms),
            consent_email: tick(d.consent_email),
        }
    }

    fn state(&self) -> FormState {
        let state =
            self.texts().into_iter().fold(FormState::new(), |state, (name, text)| state.with(name, text));
        state
            .with("version", self.version.clone())
            .with_tick("consent_sms", self.consent_sms.is_some())
            .with_tick("consent_email", self.consent_email.is_some())
    }

    fn texts(&self) -> [(&'static str, &str); 8] {
        [
            ("first_name", &self.first_name),
            ("last_name", &self.last_name),
            ("gender", &self.gender),
            ("born", &self.born),
            ("phone_primary", &self.phone_primary),
            ("email", &self.email),
            ("address_line1", &self.address_line1),
            ("city", &self.city),
        ]
    }

    /// As people read it, for the comparison of two versions.
    fn readable(&self) -> Vec<(&'static str, String)> {
        let yes = |ticked: bool| if ticked { "Agreed" } else { "Not agreed" }.to_owned();
        let mut readable: Vec<_> = self
            .texts()
            .into_iter()
            .map(|(name, text)| match name {
                "gender" if !text.is_empty() => (name, words::sex(text).0.to_owned()),
                _ => (name, text.trim().to_owned()),
            })
            .collect();
        readable.push(("consent_sms", yes(self.consent_sms.is_some())));
        readable.push(("consent_email", yes(self.consent_email.is_some())));
        readable
    }

    fn fields(&self, birth: Option<Birth>) -> PatientFields {
        PatientFields {
            first_name: Given::Value(self.first_name.clone()),
            last_name: Given::typed(&self.last_name),
            gender: Given::typed(&self.gender),
            phone_primary: Given::typed(&self.phone_primary),
            email: Given::typed(&self.email),
            address_line1: Given::typed(&self.address_line1),
            city: Given::typed(&self.city),
            consent_sms: Given::Value(self.consent_sms.is_some()),
            consent_email: Given::Value(self.consent_email.is_some()),
            birth,
            ..PatientFields::default()
        }
    }

    /// What the one text about the birth says, if it says something else than is recorded.
    fn birth(&self, recorded: &Birth, today: jiff::civil::Date) -> Result<Option<Birth>, &'static str> {
        let typed = self.born.trim();
        if typed == born::written(recorded) {
            Ok(None)
        } else if typed.is_empty() {
            Err("Write a birthday, an age, or the word unknown.")
        } else {
            born::parse(typed, today).map(Some)
        }
    }
}

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
    };
    Ok(tx.commit(Audit::viewed(id), Page(page)).await?.into_response())
}

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
        Ok(birth) => patients::update(&tx, id, form.fields(birth), &[version]).await,
        Err(sentence) => {
            let mut errors = vec![fault("born", sentence)];
            if let Err(AppError::Problem(more)) =
                patient.details.changed(form.fields(None), &patients::here(&tx))
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
    };
    if problem.status == StatusCode::PRECONDITION_FAILED {
        let names = patients::staff_names(&tx, &[patient.updated_by]).await?;
        let who = names.get(&patient.updated_by).cloned().unwrap_or_else(|| "Somebody".to_owned());
        let changed_at = patient.updated_at.to_zoned(now.time_zone().clone());
        page.conflict = Some(Conflict {
            who,
            when: When::moment(&changed_at, now.date()),
            differences: differences(&patient, &form),
        });
        // Saving again is then a decision over this version.
        page.form = page.form.with("version", patient.version.to_string());
    } else {
        let errors: Vec<_> = at_page(problem.errors).collect();
        page.form = page.form.with_errors(&errors);
        if errors.is_empty() {
            page.form = page.form.with_fault(problem.detail);
        }
    }
    Ok(tx.commit(Audit::viewed(id), PageWithStatus(problem.status, page)).await?.into_response())
}

/// Label, what is saved now, what was typed: only what differs.
fn differences(patient: &Patient, typed: &EditForm) -> Vec<(&'static str, String, String)> {
    let theirs = EditForm::of(patient).readable();
    let label = |name| LABELS.iter().find(|(field, _)| *field == name).map_or(name, |(_, label)| *label);
    let pairs = theirs.into_iter().zip(typed.readable());
    pairs
        .filter(|((_, theirs), (_, yours))| theirs != yours)
        .map(|((name, theirs), (_, yours))| (label(name), theirs, yours))
        .collect()
}
