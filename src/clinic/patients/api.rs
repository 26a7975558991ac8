//! `/patients`: list, register, show, change.

mod profile;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, patch_with, post_with};
use aide::transform::TransformOperation;
use axum::http::header::CONTENT_LOCATION;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Deserializer};
use serde_json::json;
use uuid::Uuid;

use super::filter::{PatientFilter, Period, Search, Visits, Whose};
use super::input::PatientFields;
use super::model::{Details, Gender, Origin, Patient, PatientId, RegisteredAs};
use super::parse::Needs;
use super::view::{PatientType, PatientView};
use super::{Register, RegisterInNeed, Update, View, Why};
use crate::access::{Audit, Authorized, TenantTx};
use crate::app::App;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{header, op, refuses};
use crate::web::{Created, IfMatch, Json, Path, Query, Reply};

const ETAG: &str = "The patient's version, for `If-Match`.";
const DEFAULT_PAGE_SIZE: i64 = 20;

pub(super) fn router() -> ApiRouter<App> {
    const QUICK: &str = "Register a patient with what the front desk asks";
    ApiRouter::new()
        .api_route("/patients", get_with(list, op("patients.list", "List and search patients")))
        .api_route("/patients", post_with(register, creates("patients.create", "Register a patient")))
        .api_route(
            "/patients/quick-register",
            post_with(quick_register, creates("patients.quick_register", QUICK)),
        )
        .api_route("/patients/emergency", post_with(emergency, in_an_emergency))
        .api_route("/patients/{patient_id}", get_with(show, one))
        .api_route("/patients/{patient_id}", patch_with(update, changes))
        .api_route("/patients/{patient_id}/profile", patch_with(profile::update, profile::describe))
}

/// Why a new patient is refused.
const REFUSED_NEW: &[&str] =
    &["patients.limit_reached", "patients.may_not_restrict", "patients.name_in_use", "patients.list_full"];
/// Why a change is refused.
const REFUSED_CHANGE: &[&str] = &[
    "patients.version_conflict",
    "patients.merged",
    "patients.may_not_restrict",
    "patients.may_not_undo_death",
    "patients.name_in_use",
    "patients.list_full",
    "patients.list_longer_than_text",
];

fn creates(
    id: &'static str,
    summary: &'static str,
) -> impl for<'t> FnOnce(TransformOperation<'t>) -> TransformOperation<'t> {
    move |o| {
        refuses(op(id, summary), REFUSED_NEW)(o).with(header(201, "ETag", ETAG)).with(header(
            201,
            "Location",
            "The new patient.",
        ))
    }
}

fn in_an_emergency(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    let known = "Register a patient who is known by name in an emergency";
    creates("patients.emergency", known)(operation).description(
        "Only a first name is needed, and nobody is refused for the hospital's limit: an overrun is kept as \
         `over_limit` and told to the platform. For a patient whom nobody knows: `/patients/unidentified`.",
    )
}

fn shows(
    id: &'static str,
    summary: &'static str,
) -> impl for<'t> FnOnce(TransformOperation<'t>) -> TransformOperation<'t> {
    move |o| op(id, summary)(o).with(header(200, "ETag", ETAG))
}

fn one(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const WHERE: &str =
        "Only if the id is that of a merged record: the patient it became part of, who is shown.";
    shows("patients.show", "Show a patient")(operation).with(header(200, "Content-Location", WHERE))
}

fn changes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(shows("patients.update", "Change some fields of a patient"), REFUSED_CHANGE)(operation)
        .description(CHANGES)
}

const CHANGES: &str = "A field that is left out stays; `null` clears it. With `If-Match` or `version` nothing is written \
    over a newer version (412); with neither there is no check. Each change is in the record's history. 403: \
    `patients.confidential`, `patients.not_linked` (give a reason first), `patients.may_not_restrict` (`confidentiality` takes \
    `patients:restrict`), `patients.may_not_undo_death` (`is_deceased: false` takes `settings:update`).";

/// What a list is narrowed by.
#[derive(Deserialize, JsonSchema)]
pub struct ListQuery {
    /// Part of the name in any script and order, of a phone number, the code or the national id.
    search: Option<String>,
    #[schemars(with = "Option<Gender>")]
    gender: Option<String>,
    /// With an appointment there that is neither cancelled nor missed, or a consultation. Takes `appointments:view`.
    department_id: Option<Uuid>,
    /// The same with this doctor; together with `department_id`, one visit is both.
    doctor_user_id: Option<Uuid>,
    patient_type: Option<PatientType>,
    visit_type: Option<VisitType>,
    /// First day or instant of the last visit.
    date_from: Option<String>,
    /// Last day or instant of the last visit.
    date_to: Option<String>,
    /// First day or instant of registration.
    registered_from: Option<String>,
    /// Last day or instant of registration.
    registered_to: Option<String>,
    /// For doctors and nurses of a hospital that shows them their own patients first: `all` adds the others, to a doctor
    /// as lines that are withheld. `mine` if left out. A search for a whole name or code finds others in any case.
    whose: Option<Whose>,
    /// `visit_flags` adds `has_active_admission` and `next_eligible_opd_appointment_at`.
    include: Option<String>,
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 20 if left out.
    page_size: Option<i64>,
}

/// What kind of visit a patient could have now.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum VisitType {
    Opd,
    OpdEligible,
    Ipd,
}

impl ListQuery {
    /// The narrowing alone, for who reads all pages.
    ///
    /// # Errors
    /// What is wrong with the fields, page numbers included.
    pub fn filter(self, tx: &TenantTx) -> Result<PatientFilter, AppError> {
        self.parse(tx).map(|(filter, _)| filter)
    }

    fn parse(self, tx: &TenantTx) -> Result<(PatientFilter, PageRequest), AppError> {
        let mut errors = FieldErrors::default();
        let zone = &tx.hospital().zone;
        let mut period = |names: (&str, &str), from: Option<String>, to: Option<String>| {
            Period::parse(names, (from.as_deref(), to.as_deref()), zone, &mut errors)
        };
        let registered =
            period(("registered_from", "registered_to"), self.registered_from, self.registered_to);
        let last_visit = period(("date_from", "date_to"), self.date_from, self.date_to);
        let gender = self.gender.and_then(|code| {
            let found = Gender::from_code(&code);
            if found.is_none() {
                errors.add("gender", "Use one of: MALE, FEMALE, OTHER, UNKNOWN.");
            }
            found
        });
        let search = self.search.and_then(|typed| Search::parse(&typed, &mut errors));
        let page = PageRequest::parse(self.page, self.page_size, DEFAULT_PAGE_SIZE, &mut errors);
        let visits = Visits { department: self.department_id, doctor: self.doctor_user_id };
        let nobody = self.patient_type == Some(PatientType::Ipd) || self.visit_type == Some(VisitType::Ipd);
        let whose = self.whose.unwrap_or_default();
        let filter = PatientFilter { search, gender, registered, last_visit, visits, whose, nobody };
        errors.finish_with(Some((filter, page)))
    }
}

async fn list(
    tx: Authorized<View>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<PatientView>>, AppError> {
    let flags =
        query.include.as_deref().is_some_and(|parts| parts.split(',').any(|p| p.trim() == "visit_flags"));
    let (filter, page) = query.parse(&tx)?;
    let found = super::list(&tx, &filter, page).await?;
    let found = if flags {
        let ids: Vec<Uuid> = found.items.iter().map(|patient| patient.id.0).collect();
        let ahead = super::ahead(&tx, &ids).await?;
        found.map(|patient| PatientView::from(patient).with_visit_flags(&ahead))
    } else {
        found.map(PatientView::from)
    };
    tx.commit(Audit::listed("patient", found.items.len()), Json(found)).await
}

/// Everything about a new patient; only a first name is needed.
#[derive(JsonSchema)]
#[schemars(transform = for_registering)]
struct RegisterPatient(PatientFields);

impl<'de> Deserialize<'de> for RegisterPatient {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        PatientFields::deserialize(deserializer).map(Self)
    }
}

fn for_registering(schema: &mut Schema) {
    schema.insert("required".to_owned(), json!(["first_name"]));
}

async fn register(
    tx: Authorized<Register>,
    Json(RegisterPatient(body)): Json<RegisterPatient>,
) -> Result<Created<PatientView>, AppError> {
    let why = Why { reason: body.reason(), ..Why::default() };
    let details = Details::parse(body, Needs::Name, &super::here(&tx))?;
    let patient = super::register_with(&tx, details, &why).await?;
    tx.commit(Audit::created(patient.id), created(patient)).await
}

/// A new patient, with its version and where it is.
pub fn created(patient: Patient) -> Created<PatientView> {
    let (location, version) = (format!("/api/v1/patients/{}", patient.id), patient.version);
    Reply::new(patient.into()).etag(version).location(&location)
}

async fn emergency(
    tx: Authorized<RegisterInNeed>,
    Json(RegisterPatient(body)): Json<RegisterPatient>,
) -> Result<Created<PatientView>, AppError> {
    let details = Details::parse(body, Needs::Name, &super::here(&tx))?;
    let origin = Origin { registered_as: RegisteredAs::Emergency, ..Origin::default() };
    let patient = super::register_as(&tx, details, origin).await?;
    tx.commit(audit_of_arrival(&patient), created(patient)).await
}

/// A registration beside the usual way: how, and whether the limit was passed.
#[must_use]
pub fn audit_of_arrival(patient: &Patient) -> Audit {
    let Origin { registered_as, over_limit, .. } = patient.origin;
    Audit::created(patient.id).with(json!({ "registered_as": registered_as, "over_limit": over_limit }))
}

/// What the front desk asks. Birthday, age or "unknown": one of them is needed.
#[derive(Deserialize, JsonSchema)]
struct QuickRegister {
    #[schemars(required, length(min = 1, max = 200))]
    first_name: Option<String>,
    #[schemars(required)]
    phone_primary: Option<String>,
    #[schemars(required, with = "Option<Gender>")]
    gender: Option<String>,
    #[schemars(required, length(min = 2, max = 80))]
    city: Option<String>,
    #[schemars(length(max = 200))]
    last_name: Option<String>,
    #[schemars(with = "Option<jiff::civil::Date>")]
    dob: Option<String>,
    dob_unknown: Option<bool>,
    /// Age in full years instead of a birthday.
    #[schemars(range(min = 0, max = 130))]
    age_only: Option<i64>,
    #[schemars(email)]
    email: Option<String>,
    /// Asked, never assumed: false if left out.
    consent_sms: Option<bool>,
    consent_email: Option<bool>,
    /// Of no effect: a profile can always be completed later.
    #[serde(rename = "complete_profile_later")]
    _complete_profile_later: Option<bool>,
}

impl From<QuickRegister> for PatientFields {
    fn from(quick: QuickRegister) -> Self {
        Self {
            first_name: quick.first_name.into(),
            phone_primary: quick.phone_primary.into(),
            gender: quick.gender.into(),
            city: quick.city.into(),
            last_name: quick.last_name.into(),
            dob: quick.dob.into(),
            dob_unknown: quick.dob_unknown.into(),
            age_only: quick.age_only.into(),
            email: quick.email.into(),
            consent_sms: quick.consent_sms.into(),
            consent_email: quick.consent_email.into(),
            ..Self::default()
        }
    }
}

async fn quick_register(
    tx: Authorized<Register>,
    Json(body): Json<QuickRegister>,
) -> Result<Created<PatientView>, AppError> {
    let details = Details::parse(body.into(), Needs::Essentials, &super::here(&tx))?;
    let patient = super::register(&tx, details).await?;
    tx.commit(Audit::created(patient.id), created(patient)).await
}

async fn show(tx: Authorized<View>, Path(id): Path<PatientId>) -> Result<Reply<PatientView>, AppError> {
    let patient = super::show(&tx, id).await?;
    let (found, location) = (patient.id, format!("/api/v1/patients/{}", patient.id));
    let reply = shown(patient);
    // The id of a merged record: say whose record this is.
    let reply = if found == id { reply } else { reply.header(CONTENT_LOCATION, &location) };
    tx.commit(Audit::viewed(found), reply).await
}

/// A patient, with its version.
pub fn shown(patient: Patient) -> Reply<PatientView> {
    let version = patient.version;
    Reply::new(patient.into()).etag(version)
}

/// The fields to change.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
struct UpdatePatient(PatientFields);

async fn update(
    tx: Authorized<Update>,
    Path(id): Path<PatientId>,
    IfMatch(tag): IfMatch,
    Json(UpdatePatient(fields)): Json<UpdatePatient>,
) -> Result<Reply<PatientView>, AppError> {
    let expected = expected(tag, &fields);
    let changed = super::update(&tx, id, fields, &expected).await?;
    tx.commit(audit_of(id, &changed), shown(changed.patient)).await
}

/// Versions that the caller believes to be the newest.
fn expected(tag: Option<i64>, fields: &PatientFields) -> Vec<i64> {
    [tag, fields.version.clone().value()].into_iter().flatten().collect()
}

/// A change names its fields; a change of nothing is a look.
pub(super) fn audit_of(id: PatientId, changed: &super::Changed) -> Audit {
    if changed.fields.is_empty() {
        Audit::viewed(id)
    } else {
        Audit::updated(id).with(json!({ "fields": changed.fields }))
    }
}
