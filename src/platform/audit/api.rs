//! `/platform/audit`.

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
use super::domain::export;
use super::input::PlatformTrailQuery;
use super::model::{OperatorRefusal, PlatformEvent, PlatformFailure};
use crate::access::{Audit, PlatformAuthorized};
use crate::app::App;
use crate::kernel::ids::{TenantId, UserId};
use crate::kernel::paging::LongPage;
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{header, op, refuses};
use crate::web::{CsvFile, Json, Query, deeds};

/// Lines of a page where none is named.
const PAGE_SIZE: i64 = 50;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/platform/audit", get_with(list, lists))
        .api_route("/platform/audit/export/csv", get_with(csv, saves))
        .api_route("/platform/audit/failed-sign-ins", get_with(failed, fails))
        .api_route("/platform/audit/denied-attempts", get_with(refused, refuses_operators))
}

fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("platform_audit.list", "What was done on the platform, newest first")(operation).description(
        "Days are those of UTC. The count stops at 10,000, and says so. What was done inside a hospital is on its own \
         trail, which no operator reads.",
    )
}

fn saves(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(
        op("platform_audit.export_csv", "The platform's audit as CSV"),
        &["platform_audit.too_many", "rate_limited"],
    )(operation)
    .with(header(200, "Content-Disposition", "`attachment`, with a name like `platform_audit_2026-03-14.csv`."))
    .description(
        "The list with the same filters, all pages of it, at most 100,000 lines: name days. A text that a spreadsheet \
         would run has an apostrophe before it. It is sent while it is read: an answer that breaks off is not the whole \
         file.",
    )
}

fn fails(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("platform_audit.failed_sign_ins", "Who gave a wrong password, newest first")(operation).description(
        "Over all hospitals and operators, narrowed by `from`, `to` and `tenant_id`. Without `user_id`: there is no such \
         account.",
    )
}

fn refuses_operators(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("platform_audit.denied_attempts", "What operators tried and may not do, newest first")(operation)
        .description("Narrowed by `from` and `to`.")
}

/// One line of the platform's audit.
#[derive(Serialize, JsonSchema)]
struct PlatformAuditLine {
    id: Uuid,
    at: Timestamp,
    /// Null: a task, or somebody who was not signed in yet.
    actor_id: Option<UserId>,
    actor_email: Option<String>,
    /// The verb, for programs.
    kind: String,
    /// The verb, for people.
    what: String,
    /// The kind of thing, for programs.
    entity: Option<String>,
    entity_id: Option<Uuid>,
    /// The account that it was about, or whose session it was.
    subject_email: Option<String>,
    /// The hospital that it was about, or whose people did it.
    tenant_id: Option<TenantId>,
    tenant_name: Option<String>,
    /// Method and route, or the name of a task.
    action: String,
    /// From where.
    #[schemars(with = "Option<String>")]
    ip: Option<std::net::IpAddr>,
    request_id: Option<String>,
    detail: Option<Map<String, Value>>,
}

impl From<PlatformEvent> for PlatformAuditLine {
    fn from(event: PlatformEvent) -> Self {
        Self {
            id: event.id,
            at: event.at,
            actor_id: event.actor,
            actor_email: event.actor_email,
            what: deeds::verb(&event.kind),
            kind: event.kind,
            entity: event.entity,
            entity_id: event.entity_id,
            subject_email: event.subject_email,
            tenant_id: event.hospital,
            tenant_name: event.hospital_name,
            action: event.action,
            ip: event.ip,
            request_id: event.request_id,
            detail: event.detail,
        }
    }
}

async fn list(
    tx: PlatformAuthorized<View>,
    Query(query): Query<PlatformTrailQuery>,
) -> Result<Json<LongPage<PlatformAuditLine>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = query.page(PAGE_SIZE, &mut errors);
    let wanted = query.wanted(&mut errors);
    errors.finish()?;
    let found = super::list(&tx, &wanted, page).await?.map(PlatformAuditLine::from);
    tx.commit(Audit::listed("audit_event", found.items.len()), Json(found)).await
}

async fn csv(
    tx: PlatformAuthorized<View>,
    app: State<App>,
    Query(query): Query<PlatformTrailQuery>,
) -> Result<CsvFile, AppError> {
    let mut errors = FieldErrors::default();
    // Of no effect, and refused all the same if they are nonsense.
    let _ = query.page(PAGE_SIZE, &mut errors);
    let wanted = query.wanted(&mut errors);
    errors.finish()?;
    export::csv(tx, app, wanted).await
}

/// A wrong password.
#[derive(Serialize, JsonSchema)]
struct PlatformFailedSignIn {
    at: Timestamp,
    /// Null: there is no such account.
    user_id: Option<UserId>,
    email: Option<String>,
    tenant_id: Option<TenantId>,
    tenant_name: Option<String>,
    reason: String,
    #[schemars(with = "Option<String>")]
    ip: Option<std::net::IpAddr>,
    /// What the browser or program called itself.
    user_agent: Option<String>,
}

impl From<PlatformFailure> for PlatformFailedSignIn {
    fn from(failed: PlatformFailure) -> Self {
        let PlatformFailure { at, user, email, hospital, hospital_name, reason, ip, user_agent } = failed;
        Self {
            at,
            user_id: user,
            email,
            tenant_id: hospital,
            tenant_name: hospital_name,
            reason,
            ip,
            user_agent,
        }
    }
}

async fn failed(
    tx: PlatformAuthorized<View>,
    Query(query): Query<PlatformTrailQuery>,
) -> Result<Json<LongPage<PlatformFailedSignIn>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = query.page(PAGE_SIZE, &mut errors);
    let wanted = query.wanted(&mut errors);
    errors.finish()?;
    let found = super::failed(&tx, &wanted, page).await?.map(PlatformFailedSignIn::from);
    tx.commit(Audit::listed("failed_sign_in", found.items.len()), Json(found)).await
}

/// What an operator may not do.
#[derive(Serialize, JsonSchema)]
struct DeniedOperator {
    at: Timestamp,
    user_id: UserId,
    email: Option<String>,
    /// Method and route.
    action: String,
    /// Status of the answer.
    status_code: i16,
    #[schemars(with = "Option<String>")]
    ip: Option<std::net::IpAddr>,
    request_id: Option<String>,
}

impl From<OperatorRefusal> for DeniedOperator {
    fn from(refusal: OperatorRefusal) -> Self {
        let OperatorRefusal { at, user, email, action, status, ip, request_id } = refusal;
        Self { at, user_id: user, email, action, status_code: status, ip, request_id }
    }
}

async fn refused(
    tx: PlatformAuthorized<View>,
    Query(query): Query<PlatformTrailQuery>,
) -> Result<Json<LongPage<DeniedOperator>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = query.page(PAGE_SIZE, &mut errors);
    let wanted = query.wanted(&mut errors);
    errors.finish()?;
    let found = super::refused(&tx, &wanted, page).await?.map(DeniedOperator::from);
    tx.commit(Audit::listed("denied_attempt", found.items.len()), Json(found)).await
}
