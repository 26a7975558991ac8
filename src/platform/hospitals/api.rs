//! `/platform/tenants`: the contract's words for hospitals.

mod details;
mod limits;
mod reset;
mod second_step;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, patch_with, post_with};
use aide::transform::TransformOperation;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Asked, Hospital, Manage, Sort, Wanted, search_text};
use crate::access::{Audit, PlatformAuthorized};
use crate::app::App;
use crate::identity::actor::TenantStatus;
use crate::kernel::ids::TenantId;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, FieldErrors, Raise};
use crate::web::openapi::{header, op, refuses};
use crate::web::{IfMatch, Json, NoContent, OptionalJson, Path, Query, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/platform/tenants", get_with(list, op("hospitals.list", "List hospitals")))
        .api_route(
            "/platform/tenants/{id}/details",
            get_with(details::show, op("hospitals.details", "One hospital, with what it uses")),
        )
        .api_route(
            "/platform/tenants/{id}/suspend",
            patch_with(suspend, change("hospitals.suspend", "Suspend a hospital", SUSPEND, BACK)),
        )
        .api_route(
            "/platform/tenants/{id}/activate",
            patch_with(activate, change("hospitals.activate", "Activate a hospital", ACTIVATE, BACK)),
        )
        .api_route(
            "/platform/tenants/{id}/restrict",
            patch_with(restrict, change("hospitals.restrict", "Restrict a hospital", RESTRICT, WAITS)),
        )
        .api_route(
            "/platform/tenants/{id}/lift",
            patch_with(lift, change("hospitals.lift", "Lift a restriction", LIFT, WAITS)),
        )
        .api_route(
            "/platform/tenants/{id}/reject",
            post_with(reject, |operation| {
                refuses(op("hospitals.reject", "Reject a sign-up"), REJECT)(operation).description(GONE)
            }),
        )
        .api_route(
            "/platform/tenants/{id}/limits",
            patch_with(
                limits::set,
                change("hospitals.limits", "Set or lift limits", limits::CODES, limits::ABOUT),
            ),
        )
        .api_route(
            "/platform/tenants/{id}/reset-admin-password",
            post_with(
                reset::reset,
                refuses(
                    op("hospitals.reset_admin_password", "Mail an administrator a link to a new password"),
                    reset::CODES,
                ),
            ),
        )
        .api_route(
            "/platform/tenants/{id}/reset-admin-mfa",
            post_with(second_step::reset, |o| {
                let summary = "Reset an administrator's two-step sign-in";
                refuses(op("hospitals.reset_admin_mfa", summary), second_step::CODES)(o)
                    .description(second_step::ABOUT)
            }),
        )
}

const SUSPEND: &[&str] = &["hospitals.already_suspended", "hospitals.inactive", "precondition_failed"];
const ACTIVATE: &[&str] = &["hospitals.already_active", "precondition_failed"];
const RESTRICT: &[&str] = &["hospitals.already_restricted", "hospitals.not_active", "precondition_failed"];
const LIFT: &[&str] = &["hospitals.not_restricted", "precondition_failed"];

const REJECT: &[&str] = &["signup.confirmed", "precondition_failed"];

const GONE: &str = "Only of a hospital whose e-mail address was never confirmed: it is removed, and its licence number and \
                    address are free. Nobody is written to. What nobody confirms within a week is removed by itself.";
const BACK: &str = "A suspended hospital that is activated goes back to where it stood before: one whose e-mail address is \
                    not confirmed stays PENDING. Its administrators have a mail about it, with the reason.";
const WAITS: &str = "A restricted hospital stays ACTIVE. It goes on with those who are there, and takes no new patients, \
                     bookings, accounts, departments, roles and shares (403 `hospital_restricted`), but for emergencies \
                     and births. Its administrators have a mail about it, with the reason.";

fn change(
    id: &'static str,
    summary: &'static str,
    codes: &'static [&'static str],
    about: &'static str,
) -> impl for<'t> FnOnce(TransformOperation<'t>) -> TransformOperation<'t> {
    move |operation| {
        refuses(op(id, summary), codes)(operation)
            .with(header(200, "ETag", "Version of the hospital, for `If-Match`."))
            .description(about)
    }
}

/// A hospital with its counts.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HospitalView {
    id: TenantId,
    name: String,
    address: Option<String>,
    contact_email: String,
    contact_phone: Option<String>,
    license_number: String,
    status: TenantStatus,
    /// It is ACTIVE, and takes nobody and nothing new for the time.
    restricted: bool,
    restricted_at: Option<Timestamp>,
    restricted_reason: Option<String>,
    /// Always null: where a hospital's data lies is nobody's business. Kept for clients that read the key.
    schema_name: Option<String>,
    /// Null is unlimited.
    max_users: Option<i32>,
    /// Null is unlimited.
    max_patients: Option<i32>,
    /// While the limit of accounts is raised.
    users_raise: Option<LimitRaise>,
    /// While the limit of patients is raised.
    patients_raise: Option<LimitRaise>,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// Accounts that are not deleted.
    user_count: i64,
    patient_count: i64,
    /// Patients beyond what is allowed now: nobody is refused in an emergency or at a birth.
    patients_over_limit: i64,
    /// When somebody of it was last seen, give or take a few minutes.
    last_active_at: Option<Timestamp>,
    /// Tables and files; null until they were measured.
    storage_bytes: Option<i64>,
    /// When they were measured.
    storage_measured_at: Option<Timestamp>,
    /// Of its tables.
    schema_version: i32,
    time_zone: String,
    currency: String,
    /// ISO 3166 code.
    country: Option<String>,
    /// For `If-Match`.
    version: i32,
    /// Always null here; only signing up tells it.
    admin_email: Option<String>,
    /// Always null here; only signing up tells it.
    admin_temp_password: Option<String>,
}

/// Above the limit until then; afterwards the limit holds again by itself.
#[derive(Debug, Serialize, JsonSchema)]
struct LimitRaise {
    to: i32,
    until: Timestamp,
}

impl From<Raise> for LimitRaise {
    fn from(raise: Raise) -> Self {
        Self { to: raise.to, until: raise.until }
    }
}

impl From<Hospital> for HospitalView {
    fn from(h: Hospital) -> Self {
        Self {
            id: h.id,
            name: h.name,
            address: h.address,
            contact_email: h.contact_email,
            contact_phone: h.contact_phone,
            license_number: h.license_number,
            status: h.status,
            restricted: h.restricted.is_some(),
            restricted_at: h.restricted.as_ref().map(|restriction| restriction.since),
            restricted_reason: h.restricted.and_then(|restriction| restriction.reason),
            schema_name: None,
            max_users: h.max_users.most,
            max_patients: h.max_patients.most,
            users_raise: h.max_users.raise_at(h.read_at).map(LimitRaise::from),
            patients_raise: h.max_patients.raise_at(h.read_at).map(LimitRaise::from),
            created_at: h.created_at,
            updated_at: h.updated_at,
            user_count: h.users,
            patient_count: h.patients,
            patients_over_limit: h
                .max_patients
                .at(h.read_at)
                .map_or(0, |max| (h.patients - i64::from(max)).max(0)),
            last_active_at: h.last_active_at,
            storage_bytes: h.storage.map(|storage| storage.bytes()),
            storage_measured_at: h.storage.map(|storage| storage.measured_at),
            schema_version: h.schema_version,
            time_zone: h.time_zone,
            currency: h.currency,
            country: h.country,
            version: h.version,
            admin_email: None,
            admin_temp_password: None,
        }
    }
}

/// Where a hospital stands; a restricted one is ACTIVE besides.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum StandingFilter {
    Pending,
    Verified,
    Active,
    /// As `restricted=true`.
    Restricted,
    Suspended,
    Inactive,
}

impl StandingFilter {
    /// Nothing for `RESTRICTED`, which is no status.
    fn status(self) -> Option<TenantStatus> {
        match self {
            Self::Pending => Some(TenantStatus::Pending),
            Self::Verified => Some(TenantStatus::Verified),
            Self::Active => Some(TenantStatus::Active),
            Self::Restricted => None,
            Self::Suspended => Some(TenantStatus::Suspended),
            Self::Inactive => Some(TenantStatus::Inactive),
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ListHospitals {
    status_filter: Option<StandingFilter>,
    /// Only those that are restricted, or only the others.
    restricted: Option<bool>,
    /// Part of the name, licence number or e-mail address, at most 120 characters; any script, case and accents do
    /// not matter.
    search: Option<String>,
    sort: Option<Sort>,
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 50 if absent.
    page_size: Option<i64>,
}

impl Wanted {
    fn parse(query: &ListHospitals) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let search = search_text(query.search.as_deref(), &mut errors);
        let page = PageRequest::parse(query.page, query.page_size, 50, &mut errors);
        let status = query.status_filter.and_then(StandingFilter::status);
        let wants_restricted = query.status_filter.is_some() && status.is_none();
        if wants_restricted && query.restricted == Some(false) {
            errors.add("restricted", "This says the opposite of `status_filter`.");
        }
        errors.finish()?;
        Ok(Self {
            status,
            restricted: if wants_restricted { Some(true) } else { query.restricted },
            search,
            sort: query.sort.unwrap_or_default(),
            page,
        })
    }
}

async fn list(
    tx: PlatformAuthorized<Manage>,
    Query(query): Query<ListHospitals>,
) -> Result<Json<Page<HospitalView>>, AppError> {
    let wanted = Wanted::parse(&query)?;
    let page = super::list(&tx, &wanted).await?.map(HospitalView::from);
    tx.commit(Audit::listed("hospital", page.items.len()), Json(page)).await
}

/// Why a hospital is suspended, restricted or let back in.
#[derive(Debug, Default, Deserialize, JsonSchema)]
struct ChangeHospital {
    /// One line, at most 500 characters; mailed to its administrators, and kept in the platform's audit.
    reason: Option<String>,
}

fn asked(IfMatch(seen): IfMatch, body: Option<ChangeHospital>) -> Result<Asked, AppError> {
    let mut errors = FieldErrors::default();
    let asked = Asked::parse(seen, body.unwrap_or_default().reason.as_deref(), &mut errors);
    errors.finish()?;
    Ok(asked)
}

async fn suspend(
    tx: PlatformAuthorized<Manage>,
    Path(id): Path<TenantId>,
    seen: IfMatch,
    OptionalJson(body): OptionalJson<ChangeHospital>,
) -> Result<Reply<HospitalView>, AppError> {
    let (hospital, audit) = super::suspend(&tx, id, &asked(seen, body)?).await?;
    tx.commit(audit, shown(hospital)).await
}

async fn reject(
    tx: PlatformAuthorized<Manage>,
    Path(id): Path<TenantId>,
    IfMatch(seen): IfMatch,
    Json(body): Json<ChangeHospital>,
) -> Result<NoContent, AppError> {
    let mut errors = FieldErrors::default();
    let asked = Asked::with_reason(seen, body.reason.as_deref(), &mut errors);
    errors.finish()?;
    let (_, audit) = super::reject(&tx, id, &asked).await?;
    tx.commit(audit, NoContent).await
}

async fn activate(
    tx: PlatformAuthorized<Manage>,
    Path(id): Path<TenantId>,
    seen: IfMatch,
    OptionalJson(body): OptionalJson<ChangeHospital>,
) -> Result<Reply<HospitalView>, AppError> {
    let (hospital, audit) = super::activate(&tx, id, &asked(seen, body)?).await?;
    tx.commit(audit, shown(hospital)).await
}

async fn restrict(
    tx: PlatformAuthorized<Manage>,
    Path(id): Path<TenantId>,
    seen: IfMatch,
    OptionalJson(body): OptionalJson<ChangeHospital>,
) -> Result<Reply<HospitalView>, AppError> {
    let (hospital, audit) = super::restrict(&tx, id, &asked(seen, body)?).await?;
    tx.commit(audit, shown(hospital)).await
}

async fn lift(
    tx: PlatformAuthorized<Manage>,
    Path(id): Path<TenantId>,
    seen: IfMatch,
    OptionalJson(body): OptionalJson<ChangeHospital>,
) -> Result<Reply<HospitalView>, AppError> {
    let (hospital, audit) = super::lift(&tx, id, &asked(seen, body)?).await?;
    tx.commit(audit, shown(hospital)).await
}

fn shown(hospital: Hospital) -> Reply<HospitalView> {
    let version = hospital.version;
    Reply::new(hospital.into()).etag(version)
}
