//! Registering at the desk: one plain form.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{PatientNewPage, born};
use crate::access::{self, Audit, Authorized, Frame, TenantTx};
use crate::clinic::patients::birth::Birth;
use crate::clinic::patients::input::{Given, PatientFields};
use crate::clinic::patients::model::{Details, Origin, RegisteredAs};
use crate::clinic::patients::parse::Needs;
use crate::clinic::patients::why::{Answer, ConsentKind, Source, Why};
use crate::clinic::patients::{self, PatientId, RegisterInNeed, Registered};
use crate::kernel::ids::new_uuid;
use crate::kernel::problem::FieldError;
use crate::kernel::{AppError, Problem};
use crate::web::layout::{FormState, Toast};
use crate::web::{Form, Page, PageWithStatus, SeeOther};

/// What stands beside a registration before it is written: the check for duplicates, which patients does not know.
pub trait Advice: Sync {
    /// Stands beside the form.
    type Panel: Template + HtmlSafe + Send;

    /// What to show and ask before this person is registered; `None` to go on.
    fn before(
        &self,
        tx: &TenantTx,
        details: &Details,
        form: &NewForm,
    ) -> impl Future<Output = Result<Option<Question<Self::Panel>>, AppError>> + Send;

    /// Once the patient is registered: what belongs into the audit.
    fn after(
        &self,
        tx: &TenantTx,
        id: PatientId,
        details: &Details,
        form: &NewForm,
    ) -> impl Future<Output = Result<Option<serde_json::Value>, AppError>> + Send;
}

/// A panel beside the form, and what is wrong with the answer given in it.
#[derive(Debug)]
pub struct Question<P> {
    pub panel: P,
    pub sentence: String,
    /// How many patients the panel shows.
    pub shown: usize,
}

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct NewForm {
    /// Made when the form was shown: the same form sent twice registers one patient.
    form_key: String,
    first_name: String,
    last_name: String,
    gender: String,
    /// A birthday, an age, or the word unknown.
    pub born: String,
    phone_primary: String,
    city: String,
    email: String,
    /// The whole name in another script.
    name_alternate: String,
    phone_is_landline: Option<String>,
    /// Why there is no phone: `NONE`, `NOT_GIVEN`.
    no_phone_reason: String,
    /// Why there is no address: `NONE`, `NOT_GIVEN`.
    no_address_reason: String,
    /// `true` agreed, `false` declined, blank not asked.
    consent_sms: String,
    consent_email: String,
    /// Register although somebody looks alike.
    pub anyway: String,
    pub anyway_reason: String,
    pub anyway_note: String,
    /// `1`: an emergency, so neither the limit nor a missing field nor a look-alike stops it.
    emergency: String,
}

impl NewForm {
    /// Made when the form was shown.
    #[must_use]
    pub fn key(&self) -> Option<Uuid> {
        self.form_key.parse().ok()
    }

    /// The fields that tell people apart, as far as they are understood by now.
    #[must_use]
    pub fn so_far(&self, today: Date) -> Option<(PatientFields, Option<Birth>)> {
        let birth = born::parse(&self.born, today).ok();
        (!self.first_name.trim().is_empty()).then(|| (self.fields(), birth))
    }

    /// The form as it was typed.
    #[must_use]
    pub fn state(&self) -> FormState {
        FormState::new()
            .with("form_key", self.form_key.clone())
            .with("first_name", self.first_name.clone())
            .with("last_name", self.last_name.clone())
            .with("gender", self.gender.clone())
            .with("born", self.born.clone())
            .with("phone_primary", self.phone_primary.clone())
            .with("city", self.city.clone())
            .with("email", self.email.clone())
            .with("name_alternate", self.name_alternate.clone())
            .with_tick("phone_is_landline", self.phone_is_landline.is_some())
            .with("no_phone_reason", self.no_phone_reason.clone())
            .with("no_address_reason", self.no_address_reason.clone())
            .with("consent_sms", self.consent_sms.clone())
            .with("consent_email", self.consent_email.clone())
    }

    /// What it says, but for the birth.
    #[must_use]
    pub fn fields(&self) -> PatientFields {
        PatientFields {
            first_name: Given::Value(self.first_name.clone()),
            last_name: Given::typed(&self.last_name),
            gender: Given::typed(&self.gender),
            phone_primary: Given::typed(&self.phone_primary),
            city: Given::typed(&self.city),
            email: Given::typed(&self.email),
            name_alternate: Given::typed(&self.name_alternate),
            phone_is_landline: self.phone_is_landline.as_ref().map(|_| true).into(),
            no_phone_reason: Given::typed(&self.no_phone_reason),
            no_address_reason: Given::typed(&self.no_address_reason),
            consent_sms: answered(&self.consent_sms).into(),
            consent_email: answered(&self.consent_email).into(),
            ..PatientFields::default()
        }
    }

    /// What was asked at the desk, a "no" too.
    #[must_use]
    pub fn why(&self, now: Timestamp) -> Why {
        let asked = [(ConsentKind::Sms, &self.consent_sms), (ConsentKind::Email, &self.consent_email)];
        let answers = asked.into_iter().filter_map(|(kind, typed)| {
            let given = answered(typed)?;
            Some(Answer { kind, given, source: Source::Desk, note: None, asked_at: now })
        });
        Why { answers: answers.collect(), ..Why::desk() }
    }
}

/// A question with three states.
fn answered(typed: &str) -> Option<bool> {
    match typed {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// What a typed birth is read as, while it is typed.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct BornForm {
    born: String,
}

/// One sentence. `POST /patients/born`
#[derive(Debug, Template)]
#[template(ext = "html", source = "{{ text }}")]
pub(super) struct Understood {
    text: String,
}

/// `POST /patients/born`: touches no table.
pub(super) async fn understood(
    tx: Authorized<RegisterInNeed>,
    Form(form): Form<BornForm>,
) -> Page<Understood> {
    let today = patients::hospital_now(&tx).date();
    let text = match form.born.trim() {
        "" => BORN_HINT.to_owned(),
        typed => match born::parse(typed, today) {
            Ok(birth) => born::in_full(&birth, today),
            Err(sentence) => sentence.to_owned(),
        },
    };
    Page(Understood { text })
}

/// What can be typed.
pub(super) const BORN_HINT: &str = "14/03/1992, 34y, 8m, 6d or unknown. Day first.";

/// `GET /patients/new`
pub(super) async fn form(tx: Authorized<RegisterInNeed>, frame: Frame) -> Result<Response, AppError> {
    let form = FormState::new().with("form_key", new_uuid().to_string());
    let page = PatientNewPage::<Toast> { shell: frame.shell(tx.actor()), form, is_full: false, panel: None };
    Ok(Page(page).into_response())
}

/// What was searched for and not found.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Sought {
    search: String,
}

impl Sought {
    /// The text at the field that it most likely belongs to: a number, or a name as people write it.
    fn fields(&self) -> Vec<(&'static str, &str)> {
        let text = self.search.trim();
        let is_number = text.chars().filter(char::is_ascii_digit).count() >= 7
            && text.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
        match text.rsplit_once(' ') {
            _ if is_number => vec![("phone_primary", text)],
            Some((first, last)) => vec![("first_name", first.trim()), ("last_name", last)],
            None => vec![("first_name", text)],
        }
    }
}

/// `POST /patients/new/from`: nobody was found, so the same text begins the form. Posted, because it may name a patient.
pub(super) async fn form_from(
    tx: Authorized<RegisterInNeed>,
    frame: Frame,
    Form(sought): Form<Sought>,
) -> Result<Response, AppError> {
    let form = FormState::new().with("form_key", new_uuid().to_string());
    let form = sought.fields().into_iter().fold(form, |form, (name, text)| form.with(name, text));
    let page = PatientNewPage::<Toast> { shell: frame.shell(tx.actor()), form, is_full: false, panel: None };
    Ok(Page(page).into_response())
}

/// `POST /patients/new`, for the capability that advises.
///
/// # Errors
/// Whatever is not for the person at the form.
pub async fn register<A: Advice>(
    tx: Authorized<RegisterInNeed>,
    frame: Frame,
    form: NewForm,
    advice: &A,
) -> Result<Response, AppError> {
    let here = patients::here(&tx);
    let mut fields = form.fields();
    let typed = if form.born.trim().is_empty() { None } else { Some(born::parse(&form.born, here.today())) };
    let mut faults = match typed {
        Some(Ok(birth)) => {
            fields.birth = Some(birth);
            Vec::new()
        }
        Some(Err(sentence)) => vec![fault("born", sentence)],
        None => Vec::new(),
    };
    let is_emergency = form.emergency == "1";
    let parsed = Details::parse(fields, if is_emergency { Needs::Name } else { Needs::Desk }, &here);
    let advised = parsed.as_ref().ok().cloned();
    // The form is open in a restricted hospital too: for an emergency it goes on.
    let may_grow = if is_emergency { Ok(()) } else { access::may_grow(tx.hospital()) };
    let registered = match (parsed, may_grow) {
        (_, Err(error)) => Err(error),
        (Ok(details), _) if faults.is_empty() => {
            if !is_emergency && let Some(asked) = advice.before(&tx, &details, &form).await? {
                let state = form.state().with_fault(asked.sentence);
                let (shell, panel) = (frame.shell(tx.actor()), Some(asked.panel));
                let page = PatientNewPage { shell, form: state, is_full: false, panel };
                let page = PageWithStatus(StatusCode::CONFLICT, page);
                return Ok(tx.commit(Audit::listed("patient", asked.shown), page).await?.into_response());
            }
            let key = form.key().unwrap_or_else(new_uuid);
            let registered_as = if is_emergency { RegisteredAs::Emergency } else { RegisteredAs::default() };
            let origin = Origin { registered_as, ..Origin::default() };
            patients::register_as_once(&tx, details, origin, key, &form.why(tx.now())).await
        }
        (Ok(_), _) => Err(AppError::Problem(refused(Vec::new()))),
        (Err(error), _) => Err(error),
    };
    match registered {
        Ok(Registered::Now(id)) => {
            let next = SeeOther(format!("/patients/{id}?done=registered"));
            let audit = match advised {
                Some(details) => advice.after(&tx, id, &details, &form).await?,
                None => None,
            };
            let audit = match audit {
                _ if is_emergency => patients::audit_of_arrival(&patients::show(&tx, id).await?),
                Some(detail) => Audit::created(id).with(detail),
                None => Audit::created(id),
            };
            Ok(tx.commit(audit, next).await?.into_response())
        }
        Ok(Registered::Before(id)) => {
            let next = SeeOther(format!("/patients/{id}?done=registered"));
            Ok(tx.commit(Audit::did("registered_again", id), next).await?.into_response())
        }
        Err(AppError::Problem(problem)) => {
            let has_born = !faults.is_empty();
            faults.extend(at_page(problem.errors).filter(|error| !(has_born && error.field == "born")));
            let state = form.state().refused(&faults, problem.detail);
            let is_full = matches!(problem.code, "patients.limit_reached" | "hospital_restricted");
            let shell = frame.shell(tx.actor());
            let page = PatientNewPage::<A::Panel> { shell, form: state, is_full, panel: None };
            Ok(PageWithStatus(problem.status, page).into_response())
        }
        Err(other) => Err(other),
    }
}

/// What is wrong with one field of a form.
#[must_use]
pub fn fault(field: &str, sentence: &str) -> FieldError {
    FieldError { field: field.to_owned(), message: sentence.to_owned() }
}

pub(super) fn refused(errors: Vec<FieldError>) -> Problem {
    let mut problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "validation_failed", "");
    problem.errors = errors;
    problem
}

/// Errors at the fields of the page: it has one for the birth where the API has three.
pub fn at_page(errors: Vec<FieldError>) -> impl Iterator<Item = FieldError> {
    errors.into_iter().map(|error| match error.field.as_str() {
        "dob" | "age_only" | "dob_unknown" => FieldError { field: "born".to_owned(), ..error },
        _ => error,
    })
}
