//! A name is known: it becomes the patient's, or the record is merged into the one that was there already.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::access::{Audit, Authorized, Frame};
use crate::clinic::duplicates::{self, Answer, Panel, Probe, Purpose};
use crate::clinic::patients::pages::{
    NewForm, answers, at_page, banner, fault, href, parse_birth, sexes, written_birth,
};
use crate::clinic::patients::{self, Birth, ConsentKind, Gender, Patient, PatientId, Update, View, Why};
use crate::clinic::unidentified::{self, api::audit_of};
use crate::kernel::problem::FieldError;
use crate::kernel::{AppError, Problem};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther};

/// `GET /patients/{id}/identify` and the 409, 412 and 422 answers to its POST.
#[derive(Template)]
#[template(path = "clinic/unidentified/pages/identify.html")]
struct IdentifyPage {
    shell: Shell,
    banner: Banner,
    /// `/patients/{id}`
    href: String,
    form: FormState,
    panel: Option<Panel>,
}

impl IdentifyPage {
    fn new(tx: &Authorized<Update>, frame: &Frame, patient: &Patient, form: FormState) -> Self {
        Self {
            shell: frame.shell(tx.actor()),
            banner: banner(patient, &patients::hospital_now(tx), Vec::new()),
            href: href(patient),
            form: form.with("version", patient.version.to_string()),
            panel: None,
        }
    }

    fn sexes() -> Vec<Choice> {
        sexes()
    }

    fn answers() -> Vec<Choice> {
        answers()
    }
}

const LABELS: &[(&str, &str)] = patients::pages::LABELS;

/// What the form sends: the fields of a registration.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct IdentifyForm {
    /// Of the patient as the form showed it.
    version: String,
    #[serde(flatten)]
    who: NewForm,
}

/// What is known so far; the made-up name is no start for a real one.
fn known(patient: &Patient) -> FormState {
    let d = &patient.details;
    FormState::new()
        .with("gender", d.gender.map_or("", Gender::code))
        .with("born", written_birth(&d.birth))
        .with_some("phone_primary", d.phone_primary.clone())
        .with_some("city", d.city.clone())
        .with_some("email", d.email.clone())
        .with("consent_sms", if d.consent_sms { "true" } else { "" })
        .with("consent_email", if d.consent_email { "true" } else { "" })
}

/// `GET /patients/{patient_id}/identify`
pub(super) async fn form(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<PatientId>,
) -> Result<Response, AppError> {
    let patient = patients::show(&tx, id).await?;
    if patient.id != id || !patient.origin.is_unidentified {
        return Ok(SeeOther(href(&patient)).into_response());
    }
    let page = IdentifyPage::new(&tx, &frame, &patient, known(&patient));
    Ok(tx.commit(Audit::viewed(id), Page(page)).await?.into_response())
}

/// What the one text about the birth says, if it says something else than is recorded.
fn birth(typed: &str, patient: &Patient, today: jiff::civil::Date) -> Result<Option<Birth>, FieldError> {
    let typed = typed.trim();
    if typed.is_empty() || typed == written_birth(&patient.details.birth) {
        return Ok(None);
    }
    parse_birth(typed, today).map(Some).map_err(|sentence| fault("born", sentence))
}

/// What was asked, a "no" too; a yes that stood there already was not asked again.
fn answered(who: &NewForm, patient: &Patient, now: Timestamp) -> Why {
    let d = &patient.details;
    let mut why = who.why(now);
    why.answers.retain(|answer| {
        let stands = match answer.kind {
            ConsentKind::Sms => d.consent_sms,
            ConsentKind::Email => d.consent_email,
        };
        !(answer.given && stands)
    });
    why
}

/// `POST /patients/{patient_id}/identify`
pub(super) async fn save(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Form(typed): Form<IdentifyForm>,
) -> Result<Response, AppError> {
    let (patient, here) = (patients::show(&tx, id).await?, patients::here(&tx));
    let who = &typed.who;
    let mut fields = who.fields();
    let mut faults = Vec::new();
    match birth(&who.born, &patient, here.today()) {
        Ok(birth) => fields.birth = birth,
        Err(fault) => faults.push(fault),
    }
    let answer = Answer::from(who);
    let parsed = patient.details.changed(fields.clone(), &here).ok().filter(|_| faults.is_empty());
    if let Some(details) = parsed.as_ref().filter(|_| tx.actor().holds("patients:view"))
        && patient.origin.is_unidentified
        && let Some(asked) = duplicates::ask(&tx, details, &answer, Purpose::Identify(&patient)).await?
    {
        let form = who.state().with_fault(asked.sentence);
        let mut page = IdentifyPage::new(&tx, &frame, &patient, form);
        page.panel = Some(asked.panel);
        let page = PageWithStatus(StatusCode::CONFLICT, page);
        return Ok(tx.commit(Audit::listed("patient", asked.shown), page).await?.into_response());
    }
    let saved = match (faults.is_empty(), patient.details.changed(fields.clone(), &here)) {
        (true, _) => {
            // A version that is no number fits none.
            let version = typed.version.trim().parse().unwrap_or(-1);
            tx.attempt(unidentified::identify(
                &tx,
                id,
                fields,
                &[version],
                answered(who, &patient, here.now.timestamp()),
            ))
            .await
        }
        (false, Err(more)) => Err(more),
        (false, Ok(_)) => Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "validation_failed", "").into()),
    };
    match saved {
        Ok(changed) => {
            let kept = match parsed {
                Some(details) => duplicates::keep_answer(&tx, id, &details, &answer).await?,
                None => None,
            };
            let audit = match kept {
                Some(kept) => {
                    Audit::did("identified", id).with(json!({ "fields": changed.fields, "duplicates": kept }))
                }
                None => audit_of(id, &changed),
            };
            let next = SeeOther(format!("{}?done=identified", href(&changed.patient)));
            Ok(tx.commit(audit, next).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            faults.extend(at_page(problem.errors));
            let form = who.state().refused(&faults, problem.detail);
            let page = PageWithStatus(problem.status, IdentifyPage::new(&tx, &frame, &patient, form));
            Ok(tx.commit(Audit::viewed(patient.id), page).await?.into_response())
        }
        Err(other) => Err(other),
    }
}

/// `POST /patients/{patient_id}/identify/alike`: the form as it stands, for htmx. Nothing to say is a blank panel.
pub(super) async fn alike(
    tx: Authorized<View>,
    Path(id): Path<PatientId>,
    Form(typed): Form<IdentifyForm>,
) -> Result<Page<Panel>, AppError> {
    let patient = patients::show(&tx, id).await?;
    let candidates = match duplicates::typed(&typed.who, &patients::here(&tx)) {
        Some(probe) => duplicates::find(&tx, &Probe { exclude: Some(patient.id), ..probe }).await?,
        None => Vec::new(),
    };
    let (answer, now) = (Answer::from(&typed.who), patients::hospital_now(&tx));
    let panel = Panel::new(&candidates, &answer, Purpose::Identify(&patient), &now);
    tx.commit(Audit::listed("patient", candidates.len()), Page(panel)).await
}
