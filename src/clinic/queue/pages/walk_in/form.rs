//! The one form: who it is, why they come, whom they see.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Sought;
use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::clinic::appointments::Priority;
use crate::clinic::duplicates::{self, Answer, Panel};
use crate::clinic::patients::pages::{self as patient_pages, NewForm, at_page, banner, fault, parse_birth};
use crate::clinic::patients::{self, Details, Lack, Needs, PatientId, View};
use crate::clinic::queue::domain::walk_in::alike;
use crate::clinic::queue::model::{NewWalkIn, WalkInPerson};
use crate::clinic::queue::pages::parts::Choices;
use crate::clinic::queue::parse::TypedWalkIn;
use crate::clinic::queue::{self, WalkIn};
use crate::kernel::ids::new_uuid;
use crate::kernel::problem::FieldError;
use crate::kernel::wall_clock::{Fold, comes_twice};
use crate::kernel::{AppError, FieldErrors, Problem};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther, words};

/// What can be typed for a birth.
const BORN_HINT: &str = "14/03/1992, 34y, 8m, 6d or unknown. Day first.";

const LABELS: &[(&str, &str)] = &[
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("gender", "Sex"),
    ("born", "Born, or age"),
    ("phone_primary", "Phone"),
    ("city", "City or village"),
    ("reason", "Why the patient comes"),
    ("whom", "To see"),
    ("no_phone_reason", "No phone"),
    ("no_address_reason", "No address"),
    ("consent_sms", "Text messages"),
    ("priority", "Turn"),
    ("priority_reason", "Why before others"),
    ("arrived_at", "Came at"),
];

/// `POST /walk-ins/new`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(in crate::clinic::queue::pages) struct WalkInForm {
    /// Of who is registered already; blank for somebody new.
    patient_id: String,
    /// `doctor:…` or `department:…`
    whom: String,
    reason: String,
    priority: String,
    priority_reason: String,
    /// On the hospital's clock; blank: now.
    arrived_at: String,
    /// `first` or `second`, of a time that the clock shows twice.
    arrived_fold: String,
    /// `1`: an emergency after all, said where the hospital takes nobody new.
    urgent: String,
    #[serde(flatten)]
    person: NewForm,
}

impl WalkInForm {
    fn priority(&self) -> &str {
        if self.urgent == "1" { Priority::Emergency.code() } else { &self.priority }
    }

    fn typed<'a>(&'a self, key: &'a str) -> TypedWalkIn<'a> {
        let of = |kind: &str| self.whom.strip_prefix(kind);
        TypedWalkIn {
            doctor: of("doctor:"),
            department: of("department:"),
            reason: Some(&self.reason),
            priority: Some(self.priority()),
            priority_reason: Some(&self.priority_reason),
            arrived_at: Some(&self.arrived_at),
            arrived_fold: Fold::from_code(&self.arrived_fold),
            key: Some(key),
        }
    }

    fn state(&self) -> FormState {
        self.person
            .state()
            .with("patient_id", self.patient_id.clone())
            .with("whom", self.whom.clone())
            .with("reason", self.reason.clone())
            .with("priority", self.priority())
            .with("priority_reason", self.priority_reason.clone())
            .with("arrived_at", self.arrived_at.clone())
            .with("arrived_fold", self.arrived_fold.clone())
    }
}

/// The form, before and after it was sent.
#[derive(Template)]
#[template(path = "clinic/queue/pages/walk_in.html")]
struct WalkInPage<P: Template + HtmlSafe> {
    shell: Shell,
    form: FormState,
    /// Who is registered already.
    banner: Option<Banner>,
    /// The text by which they were found: somebody else may be meant.
    sought: Option<String>,
    whom: Vec<Choice>,
    /// The hospital takes nobody new for the time: only an emergency goes on.
    is_full: bool,
    /// The time that was typed comes twice that night.
    is_twice: bool,
    panel: Option<P>,
}

impl<P: Template + HtmlSafe> WalkInPage<P> {
    fn lacks() -> Vec<Choice> {
        let reasons = Lack::ALL.map(|lack| Choice::new(lack.code(), words::lack(lack.code())));
        std::iter::once(Choice::new("", "There is one")).chain(reasons).collect()
    }

    fn priorities() -> Vec<Choice> {
        [Priority::Routine, Priority::Priority, Priority::Emergency]
            .map(|one| Choice::new(one.code(), one.word()))
            .into()
    }

    /// Is something said, or wrong, in the part that is folded at first?
    fn has_more(&self) -> bool {
        let folded = ["no_phone_reason", "no_address_reason", "priority_reason", "arrived_at", "consent_sms"];
        let urgent = !matches!(self.form.value("priority"), "" | "ROUTINE");
        let asked = ["phone_primary", "city", "priority"];
        urgent
            || self.is_full
            || folded.iter().any(|name| !self.form.value(name).is_empty())
            || folded.iter().chain(&asked).any(|name| self.form.error(name).is_some())
    }

    /// The first field that is still blank takes the focus.
    fn starts_at(&self, field: &str) -> bool {
        let order = ["first_name", "gender", "born", "phone_primary", "city"];
        let first = match self.banner {
            Some(_) => "reason",
            None => order.into_iter().find(|name| self.form.value(name).is_empty()).unwrap_or("reason"),
        };
        first == field
    }
}

async fn page<P: Template + HtmlSafe>(
    tx: &TenantTx,
    frame: &Frame,
    form: FormState,
) -> Result<WalkInPage<P>, AppError> {
    let Some(actor) = tx.person() else { return Err(AppError::internal("a page has a reader")) };
    let whom = Choices::read(tx).await?.whom();
    Ok(WalkInPage {
        shell: frame.shell(actor),
        is_twice: comes_twice(form.value("arrived_at"), &tx.hospital().zone),
        form,
        banner: None,
        sought: None,
        whom,
        is_full: false,
        panel: None,
    })
}

fn blank() -> FormState {
    FormState::new().with("form_key", new_uuid().to_string()).with("priority", Priority::Routine.code())
}

/// The form for somebody new, begun with what was looked for.
pub(super) async fn of_new(
    tx: Authorized<WalkIn>,
    frame: &Frame,
    sought: &Sought,
) -> Result<Response, AppError> {
    let form = sought.fields().into_iter().fold(blank(), |form, (name, text)| form.with(name, text));
    let page = page::<Toast>(&tx, frame, form).await?;
    let audit = Audit::listed("department", page.whom.len());
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}

/// The form for who is registered already.
pub(super) async fn of_known(
    tx: Authorized<WalkIn>,
    frame: &Frame,
    id: PatientId,
    sought: Option<&Sought>,
) -> Result<Response, AppError> {
    let patient = patients::show(&tx, id).await?;
    let form = blank().with("patient_id", patient.id.to_string());
    let mut page = page::<Toast>(&tx, frame, form).await?;
    page.banner = Some(banner(&patient, &patients::hospital_now(&tx), Vec::new()));
    page.sought = sought.map(|sought| sought.search.clone());
    Ok(tx.commit(Audit::viewed(patient.id), Page(page)).await?.into_response())
}

/// `GET /patients/{patient_id}/walk-in`
pub(in crate::clinic::queue::pages) async fn chosen(
    tx: Authorized<WalkIn>,
    frame: Frame,
    Path(id): Path<PatientId>,
) -> Result<Response, AppError> {
    patients::also::<View>(&tx)?;
    of_known(tx, &frame, id, None).await
}

/// `POST /walk-ins/register`: somebody new, begun with the text that found nobody.
pub(in crate::clinic::queue::pages) async fn register(
    tx: Authorized<WalkIn>,
    frame: Frame,
    Form(sought): Form<Sought>,
) -> Result<Response, AppError> {
    of_new(tx, &frame, &sought).await
}

/// Who it is, and what is wrong with what was typed of them.
fn person(
    tx: &TenantTx,
    form: &WalkInForm,
    urgent: bool,
    faults: &mut Vec<FieldError>,
) -> Option<WalkInPerson> {
    if !form.patient_id.trim().is_empty() {
        let id = form.patient_id.trim().parse().ok();
        if id.is_none() {
            faults.push(fault("patient_id", "This is not an id."));
        }
        return id.map(WalkInPerson::Known);
    }
    let here = patients::here(tx);
    let mut fields = form.person.fields();
    let mut born = None;
    if !form.person.born.trim().is_empty() {
        match parse_birth(&form.person.born, here.today()) {
            Ok(birth) => fields.birth = Some(birth),
            Err(sentence) => born = Some(fault("born", sentence)),
        }
    }
    let needs = if urgent { Needs::Name } else { Needs::Desk };
    let parsed = Details::parse(fields, needs, &here);
    let is_born_wrong = born.is_some();
    faults.extend(born);
    match parsed {
        Ok(details) => Some(WalkInPerson::New { details: Box::new(details), why: form.person.why(tx.now()) }),
        Err(error) => {
            let problem = Problem::from_error(error);
            faults.extend(at_page(problem.errors).filter(|error| !(is_born_wrong && error.field == "born")));
            None
        }
    }
}

/// Everything that was typed, or all that is wrong with it.
fn read(tx: &TenantTx, form: &WalkInForm) -> Result<(WalkInPerson, NewWalkIn), Vec<FieldError>> {
    let mut errors = FieldErrors::default();
    let key = form.person.key().unwrap_or_else(new_uuid).to_string();
    let zone = tx.hospital().zone.clone();
    let new = form.typed(&key).parse(tx.now(), &zone, &mut errors);
    let mut faults = Vec::new();
    let who = person(tx, form, form.priority() == Priority::Emergency.code(), &mut faults);
    let visit = Problem::from(errors).errors.into_iter().map(|error| match error.field.as_str() {
        // One control for both.
        "doctor_user_id" | "department_id" => FieldError { field: "whom".to_owned(), ..error },
        _ => error,
    });
    faults.extend(visit);
    match (who, new) {
        (Some(who), Some(new)) if faults.is_empty() => Ok((who, new)),
        _ => Err(faults),
    }
}

/// `POST /walk-ins/new`
pub(in crate::clinic::queue::pages) async fn save(
    tx: Authorized<WalkIn>,
    frame: Frame,
    Form(form): Form<WalkInForm>,
) -> Result<Response, AppError> {
    let (who, new) = match read(&tx, &form) {
        Ok(read) => read,
        Err(faults) => {
            let state = form.state().refused(&faults, "Some fields need attention.");
            return refused(tx, &frame, &form, StatusCode::UNPROCESSABLE_ENTITY, state, false).await;
        }
    };
    let answer = Answer::from(&form.person);
    let details = match &who {
        WalkInPerson::New { details, .. } => Some(details.clone()),
        WalkInPerson::Known(_) => None,
    };
    if let Some(details) = details.as_deref().filter(|_| new.priority != Priority::Emergency)
        && let Some(question) = alike(&tx, details, &answer, new.key).await?
    {
        let state = form.state().with_fault(question.sentence);
        let mut page = page::<Panel>(&tx, &frame, state).await?;
        page.panel = Some(question.panel);
        let audit = Audit::listed("patient", question.shown);
        return Ok(tx.commit(audit, PageWithStatus(StatusCode::CONFLICT, page)).await?.into_response());
    }
    match tx.attempt(queue::walk_in(&tx, who, &new)).await {
        Ok(walked) => {
            let although = match &details {
                Some(details) if walked.registered => {
                    duplicates::keep_answer(&tx, walked.appointment.patient, details, &answer).await?
                }
                _ => None,
            };
            let next = SeeOther(format!("/walk-ins/{}", walked.appointment.id));
            Ok(tx.commit(walked.audit(although), next).await?.into_response())
        }
        Err(AppError::Problem(problem))
            if problem.asks_at.is_none() && problem.status != StatusCode::NOT_FOUND =>
        {
            let is_full = matches!(problem.code, "patients.limit_reached" | "hospital_restricted");
            let errors: Vec<FieldError> = at_page(problem.errors)
                .map(|error| match error.field.as_str() {
                    "doctor_user_id" | "department_id" => FieldError { field: "whom".to_owned(), ..error },
                    _ => error,
                })
                .collect();
            let state = form.state().refused(&errors, problem.detail);
            refused(tx, &frame, &form, problem.status, state, is_full).await
        }
        Err(other) => Err(other),
    }
}

/// The form again, with everything that was typed.
async fn refused(
    tx: Authorized<WalkIn>,
    frame: &Frame,
    form: &WalkInForm,
    status: StatusCode,
    state: FormState,
    is_full: bool,
) -> Result<Response, AppError> {
    let mut page = page::<Toast>(&tx, frame, state).await?;
    page.is_full = is_full;
    let mut audit = None;
    if let Ok(id) = form.patient_id.trim().parse::<PatientId>() {
        let patient = patients::show(&tx, id).await?;
        page.banner = Some(banner(&patient, &patients::hospital_now(&tx), Vec::new()));
        audit = Some(Audit::viewed(patient.id));
    }
    let page = PageWithStatus(status, page);
    Ok(match audit {
        Some(audit) => tx.commit(audit, page).await?.into_response(),
        None => page.into_response(),
    })
}
