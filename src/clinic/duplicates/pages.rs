//! The panel beside the registration form, while typing and when it is sent.

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::Response;
use jiff::Zoned;
use jiff::civil::Date;
use serde_json::json;

use super::model::{Candidate, Probe, Reason};
use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::app::App;
use crate::clinic::patients::pages::{Advice, NewForm, Question};
use crate::clinic::patients::{self, Details, Here, Needs, Patient, PatientId, RegisterInNeed, View};
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Form, Page, words};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/patients/new", post_with(register, op("pages.patients.register", "Register a patient")))
        .api_route(
            "/patients/duplicates",
            post_with(panel, op("pages.patients.duplicates", "Who looks like the person on the form")),
        )
}

/// What people look for look-alikes for.
#[derive(Debug, Clone, Copy)]
pub enum Purpose<'a> {
    /// To register somebody new; the form is `#register`.
    Register,
    /// To say who this patient is; the form is `#identify`. Whoever looks alike may be merged with.
    Identify(&'a Patient),
}

impl Purpose<'_> {
    fn exclude(self) -> Option<PatientId> {
        match self {
            Self::Register => None,
            Self::Identify(patient) => Some(patient.id),
        }
    }
}

/// What the form says about look-alikes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Answer<'a> {
    /// Go on although somebody looks alike.
    pub anyway: bool,
    pub reason: &'a str,
    pub note: &'a str,
}

impl<'a> From<&'a NewForm> for Answer<'a> {
    fn from(form: &'a NewForm) -> Self {
        Self { anyway: form.anyway == "1", reason: &form.anyway_reason, note: &form.anyway_note }
    }
}

/// One who looks alike.
struct Row {
    href: String,
    name: Name,
    code: String,
    born: String,
    phone: Option<MaskedPhone>,
    visited: Option<When>,
    reason: String,
}

/// What the link to somebody does, what is asked, what is done anyway, and what that button says meanwhile.
struct Words {
    link: &'static str,
    question: &'static str,
    act: &'static str,
    busy: &'static str,
}

const REGISTERING: Words = Words {
    link: "This is the patient",
    question: "Why register anyway",
    act: "Register anyway",
    busy: "Registering…",
};
const IDENTIFYING: Words = Words {
    link: "Merge into this record",
    question: "Why this is somebody else",
    act: "Identify anyway",
    busy: "Identifying…",
};

/// The panel. Its controls belong to the form whose id is `form`.
#[derive(Template)]
#[template(path = "clinic/duplicates/pages/panel.html")]
pub struct Panel {
    form: &'static str,
    words: Words,
    rows: Vec<Row>,
    /// There is something to decide before this is registered.
    asks: bool,
    /// One of them is the same by paper.
    needs_reason: bool,
    /// What was chosen and typed before.
    reason: String,
    note: String,
    /// What is wrong with that.
    fault: Option<&'static str>,
}

impl HtmlSafe for Panel {}

impl Panel {
    /// What to show and ask; blank if nobody looks alike.
    #[must_use]
    pub fn new(candidates: &[Candidate], answer: &Answer<'_>, purpose: Purpose<'_>, now: &Zoned) -> Self {
        let (form, words) = match purpose {
            Purpose::Register => ("register", REGISTERING),
            Purpose::Identify(_) => ("identify", IDENTIFYING),
        };
        Self {
            form,
            words,
            rows: candidates.iter().map(|candidate| Row::new(candidate, purpose, now)).collect(),
            asks: super::is_worth_asking(candidates),
            needs_reason: candidates.iter().any(|candidate| candidate.found.exact),
            reason: answer.reason.to_owned(),
            note: answer.note.to_owned(),
            fault: None,
        }
    }
}

impl Row {
    fn new(candidate: &Candidate, purpose: Purpose<'_>, now: &Zoned) -> Self {
        Self {
            href: match purpose {
                Purpose::Register => format!("/patients/{}", candidate.id),
                Purpose::Identify(patient) => {
                    format!("/patients/{}/merge?with={}", candidate.id, patient.code)
                }
            },
            name: Name::new(candidate.name()),
            code: candidate.code.clone(),
            born: born(candidate, now.date()),
            phone: candidate.phone.as_deref().and_then(MaskedPhone::new),
            visited: candidate
                .last_visited_at
                .map(|at| When::day(&at.to_zoned(now.time_zone().clone()), now.date()).inline()),
            reason: candidate.found.reason(),
        }
    }
}

/// A computed day is never shown as a birthday.
fn born(candidate: &Candidate, today: Date) -> String {
    match candidate.dob {
        None if candidate.is_withheld => "not shown".to_owned(),
        None => "birth not known".to_owned(),
        Some(dob) if candidate.dob_unknown => format!("born about {}", dob.year()),
        Some(dob) => format!("born {} ({})", words::date(dob), words::age(dob, today)),
    }
}

/// `POST /patients/duplicates`: the form as it stands, for htmx. Nothing to say is a blank panel.
async fn panel(tx: Authorized<View>, Form(form): Form<NewForm>) -> Result<Page<Panel>, AppError> {
    let now = patients::hospital_now(&tx);
    let candidates = match typed(&form, &patients::here(&tx)) {
        Some(probe) => super::find(&tx, &probe).await?,
        None => Vec::new(),
    };
    let panel = Panel::new(&candidates, &Answer::from(&form), Purpose::Register, &now);
    tx.commit(Audit::listed("patient", candidates.len()), Page(panel)).await
}

/// What can be compared of a form that is not finished: a field that is not understood yet is left out.
#[must_use]
pub fn typed(form: &NewForm, here: &Here) -> Option<Probe> {
    let (fields, birth) = form.so_far(here.today())?;
    let only = |keep: fn(&mut patients::PatientFields, patients::PatientFields)| {
        let mut some =
            patients::PatientFields { first_name: fields.first_name.clone(), ..Default::default() };
        keep(&mut some, fields.clone());
        Details::parse(some, Needs::Name, here).ok()
    };
    let mut probe = Probe::of(&only(|_, _| ())?);
    probe.last_name = only(|some, all| some.last_name = all.last_name).and_then(|d| d.last_name);
    probe.phone = only(|some, all| some.phone_primary = all.phone_primary).and_then(|d| d.phone_primary);
    if let Some(patients::Birth::On(date)) = birth {
        probe.birthday = Some(date);
    }
    Some(probe)
}

/// `POST /patients/new`
async fn register(
    tx: Authorized<RegisterInNeed>,
    frame: Frame,
    Form(form): Form<NewForm>,
) -> Result<Response, AppError> {
    let may_see = tx.actor().holds("patients:view");
    patients::pages::register(tx, frame, form, &LookAlikes { may_see }).await
}

/// Asks before somebody who looks alike is registered again.
struct LookAlikes {
    /// Who may not see patients is not shown any, so not asked either.
    may_see: bool,
}

impl Advice for LookAlikes {
    type Panel = Panel;

    async fn before(
        &self,
        tx: &TenantTx,
        details: &Details,
        form: &NewForm,
    ) -> Result<Option<Question<Panel>>, AppError> {
        if !self.may_see {
            return Ok(None);
        }
        let asked = ask(tx, details, &Answer::from(form), Purpose::Register).await?;
        // In this order: whoever the first of two equal forms registered is found, and so is its key.
        if asked.is_some() && patients::is_sent_again(tx, form.key()).await? {
            return Ok(None);
        }
        Ok(asked)
    }

    async fn after(
        &self,
        tx: &TenantTx,
        id: PatientId,
        details: &Details,
        form: &NewForm,
    ) -> Result<Option<serde_json::Value>, AppError> {
        if !self.may_see {
            return Ok(None);
        }
        keep_answer(tx, id, details, &Answer::from(form)).await
    }
}

/// What to ask before this is written, if it has to be asked and is not answered yet.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn ask(
    tx: &TenantTx,
    details: &Details,
    answer: &Answer<'_>,
    purpose: Purpose<'_>,
) -> Result<Option<Question<Panel>>, AppError> {
    let probe = Probe { exclude: purpose.exclude(), ..Probe::of(details) };
    let candidates = super::find(tx, &probe).await?;
    if !super::is_worth_asking(&candidates) {
        return Ok(None);
    }
    let mut panel = Panel::new(&candidates, answer, purpose, &patients::hospital_now(tx));
    let answered = Reason::from_code(answer.reason).is_some();
    panel.fault = match (answer.anyway, note(answer)) {
        (true, Err(sentence)) => Some(sentence),
        (true, Ok(_)) if panel.needs_reason && !answered => Some("Choose why this is another person."),
        (true, Ok(_)) => return Ok(None),
        (false, _) => None,
    };
    let sentence = panel.fault.map_or_else(|| super::DuplicateError::LooksAlike.to_string(), str::to_owned);
    Ok(Some(Question { panel, sentence, shown: candidates.len() }))
}

/// Keep that this was written although somebody looks alike: what belongs into the audit, if it was so.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn keep_answer(
    tx: &TenantTx,
    id: PatientId,
    details: &Details,
    answer: &Answer<'_>,
) -> Result<Option<serde_json::Value>, AppError> {
    if !answer.anyway {
        return Ok(None);
    }
    let probe = Probe { exclude: Some(id), ..Probe::of(details) };
    let candidates = super::find(tx, &probe).await?;
    if !super::is_worth_asking(&candidates) {
        return Ok(None);
    }
    let seen: Vec<PatientId> = candidates.iter().map(|candidate| candidate.id).collect();
    let reason = Reason::from_code(answer.reason);
    let note = note(answer).ok().flatten();
    super::keep_decision(tx, id, &seen, reason, note.as_deref()).await?;
    Ok(Some(json!({ "although": seen, "reason": reason.map(Reason::code) })))
}

fn note(answer: &Answer<'_>) -> Result<Option<String>, &'static str> {
    let mut errors = FieldErrors::default();
    text::optional("anyway_note", Some(answer.note), 500, &mut errors)
        .map_err(|_| "Use at most 500 characters, without hidden control characters, for the note.")
}
