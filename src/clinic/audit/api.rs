//! `/audit` and `/patients/{id}/audit`.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::transform::TransformOperation;
use axum::extract::State;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::View;
use super::domain::attempts::Gatehouse;
use super::domain::export;
use super::input::{AttemptsQuery, TrailQuery, TurnQuery};
use super::model::{DeniedAttempt, Event, EventId, FailedSignIn};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::patients::PatientId;
use crate::kernel::ids::UserId;
use crate::kernel::paging::LongPage;
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{header, op, refuses};
use crate::web::{CsvFile, Json, Path, Query, deeds};

/// Lines of a page where none is named.
const PAGE_SIZE: i64 = 50;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/audit", get_with(list, lists))
        .api_route("/audit/export/csv", get_with(csv, saves))
        .api_route("/audit/failed-sign-ins", get_with(failed, fails))
        .api_route("/audit/denied-attempts", get_with(denied, denies))
        .api_route("/patients/{patient_id}/audit", get_with(of_patient, looks))
}

fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("audit.list", "Who did what to which record, newest first")(operation).description(
        "Days are the hospital's. The count stops at 10,000, and says so: narrow the list to reach older lines. `detail` \
         holds ids, names of fields and counts, never a value of a record. Reading this is on the trail itself. Also who \
         signed in and out or changed how they sign in, and what the platform did with this hospital, with its reason: by \
         `HMS platform`, with no id and no address. Filtered by a patient, it holds the hospital's own lines alone.",
    )
}

fn saves(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("audit.export_csv", "The audit trail as CSV"), &["audit.too_many", "rate_limited"])(operation)
        .with(header(200, "Content-Disposition", "`attachment`, with a name like `audit_2026-03-14.csv`."))
        .description(
            "The list with the same filters, all pages of it (`page` and `page_size` have no effect), at most 100,000 \
             lines: name days. UTF-8 with a byte order mark, RFC 4180; a text that a spreadsheet would run has an \
             apostrophe before it. It is sent while it is read: an answer that breaks off is not the whole file.",
        )
}

fn fails(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("audit.failed_sign_ins", "Who gave a wrong password, newest first")(operation)
        .description("For accounts of this hospital. The count stops at 10,000.")
}

fn denies(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("audit.denied_attempts", "Who tried what they may not do, newest first")(operation)
        .description("Refusals of people of this hospital: route and time, nothing of what they sent. The count stops at 10,000.")
}

fn looks(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("audit.of_patient", "Who looked at a patient's record, or changed it, newest first")(operation).description(
        "Also what was done with records that became part of this one. A list in which the patient stood is not among it. \
         A restricted record need not be opened for this.",
    )
}

/// One line of the audit.
#[derive(Serialize, JsonSchema)]
struct AuditLine {
    id: EventId,
    at: Timestamp,
    /// Null: a task of the house itself, named in `action`, or the platform.
    actor_id: Option<UserId>,
    /// Null for somebody who is not on the staff any more; `HMS platform` for what the platform did with the hospital.
    actor_name: Option<String>,
    /// The verb, for programs.
    kind: String,
    /// The verb, for people.
    what: String,
    /// The kind of thing, for programs.
    entity: Option<String>,
    entity_id: Option<Uuid>,
    /// Whose record it was about.
    patient_id: Option<PatientId>,
    patient_code: Option<String>,
    /// Method and route, or the name of a task.
    action: String,
    /// From where.
    #[schemars(with = "Option<String>")]
    ip: Option<std::net::IpAddr>,
    request_id: Option<String>,
    /// Ids, names of fields and counts.
    detail: Option<Map<String, Value>>,
}

impl From<Event> for AuditLine {
    fn from(event: Event) -> Self {
        Self {
            id: event.id,
            at: event.at,
            actor_id: event.actor,
            actor_name: event.actor_name,
            what: deeds::verb(&event.kind),
            kind: event.kind,
            entity: event.entity,
            entity_id: event.entity_id,
            patient_id: event.patient,
            patient_code: event.patient_code,
            action: event.action,
            ip: event.ip,
            request_id: event.request_id,
            detail: event.detail,
        }
    }
}

async fn list(
    tx: Authorized<View>,
    Query(query): Query<TrailQuery>,
) -> Result<Json<LongPage<AuditLine>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = query.page(PAGE_SIZE, &mut errors);
    let wanted = query.wanted(&tx.hospital().zone, &mut errors);
    errors.finish()?;
    let found = super::list(&tx, &wanted, page).await?.map(AuditLine::from);
    tx.commit(wanted.seen(found.items.len()), Json(found)).await
}

async fn csv(
    tx: Authorized<View>,
    app: State<App>,
    Query(query): Query<TrailQuery>,
) -> Result<CsvFile, AppError> {
    let mut errors = FieldErrors::default();
    // Of no effect, and refused all the same if they are nonsense.
    let _ = query.page(PAGE_SIZE, &mut errors);
    let wanted = query.wanted(&tx.hospital().zone, &mut errors);
    errors.finish()?;
    export::csv(tx, app, wanted).await
}

async fn of_patient(
    tx: Authorized<View>,
    Path(id): Path<PatientId>,
    Query(query): Query<TurnQuery>,
) -> Result<Json<LongPage<AuditLine>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = query.page(PAGE_SIZE, &mut errors);
    errors.finish()?;
    let (sealed, _) = super::record(&tx, id).await?;
    let found = super::of_patient(&tx, sealed.id, page).await?.map(AuditLine::from);
    tx.commit(audit_of(sealed.id), Json(found)).await
}

/// Somebody asked who looked.
pub(super) fn audit_of(patient: PatientId) -> Audit {
    Audit::did("read_audit", patient)
}

/// A wrong password.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FailedSignIn")]
struct FailedSignInView {
    at: Timestamp,
    user_id: UserId,
    /// Null for somebody who is not on the staff any more.
    user_name: Option<String>,
    email: String,
    reason: String,
    #[schemars(with = "Option<String>")]
    ip: Option<std::net::IpAddr>,
    /// What the browser or program called itself.
    user_agent: Option<String>,
}

impl From<FailedSignIn> for FailedSignInView {
    fn from(failed: FailedSignIn) -> Self {
        let FailedSignIn { at, user, name, email, reason, ip, user_agent } = failed;
        Self { at, user_id: user, user_name: name, email, reason, ip, user_agent }
    }
}

async fn failed(
    tx: Authorized<View>,
    State(app): State<App>,
    Query(query): Query<AttemptsQuery>,
) -> Result<Json<LongPage<FailedSignInView>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = query.page(PAGE_SIZE, &mut errors);
    let wanted = query.wanted(&tx.hospital().zone, &mut errors);
    errors.finish()?;
    let mut gatehouse = Gatehouse::open(&app, tx).await?;
    let found = gatehouse.failed(&wanted, page).await?.map(FailedSignInView::from);
    gatehouse.seen(Audit::listed("failed_sign_in", found.items.len()), Json(found)).await
}

/// Something that a person may not do.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeniedAttempt")]
struct DeniedAttemptView {
    at: Timestamp,
    user_id: UserId,
    /// Null for somebody who is not on the staff any more.
    user_name: Option<String>,
    /// Method and route.
    action: String,
    /// Status of the answer.
    status_code: i16,
    #[schemars(with = "Option<String>")]
    ip: Option<std::net::IpAddr>,
    request_id: Option<String>,
}

impl From<DeniedAttempt> for DeniedAttemptView {
    fn from(denied: DeniedAttempt) -> Self {
        let DeniedAttempt { at, user, name, action, status, ip, request_id } = denied;
        Self { at, user_id: user, user_name: name, action, status_code: status, ip, request_id }
    }
}

async fn denied(
    tx: Authorized<View>,
    State(app): State<App>,
    Query(query): Query<AttemptsQuery>,
) -> Result<Json<LongPage<DeniedAttemptView>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = query.page(PAGE_SIZE, &mut errors);
    let wanted = query.wanted(&tx.hospital().zone, &mut errors);
    errors.finish()?;
    let mut gatehouse = Gatehouse::open(&app, tx).await?;
    let found = gatehouse.denied(&wanted, page).await?.map(DeniedAttemptView::from);
    gatehouse.seen(Audit::listed("denied_attempt", found.items.len()), Json(found)).await
}
