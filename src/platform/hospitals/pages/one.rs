//! One hospital: what it uses and may use, who administers it, what was done to it.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::LIST;
use crate::access::{Audit, Frame, PlatformAuthorized};
use crate::app::App;
use crate::db::migrate;
use crate::kernel::ids::TenantId;
use crate::kernel::{AppError, FieldErrors};
use crate::platform::hospitals::views::{EventRow, HospitalPage, HospitalResetPage, HospitalRow};
use crate::platform::hospitals::{self, Hospital, Limit, Limits, Manage};
use crate::web::layout::{Choice, FormState, When};
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther, words};

/// How many acts the page shows.
const EVENTS: i64 = 20;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/console/hospitals/{id}", get_with(show, op("pages.hospitals.show", "One hospital")))
        .api_route(
            "/console/hospitals/{id}/limits",
            post_with(save_limits, op("pages.hospitals.limits", "Save a hospital's limits")),
        )
        .api_route(
            "/console/hospitals/{id}/reset-admin-password",
            get_with(ask_to_reset, op("pages.hospitals.ask_to_reset", "Ask before mailing a password link"))
                .post_with(reset, op("pages.hospitals.reset", "Mail an administrator a password link")),
        )
}

async fn show(
    tx: PlatformAuthorized<Manage>,
    frame: Frame,
    Path(id): Path<TenantId>,
) -> Result<Page<HospitalPage>, AppError> {
    let page = page(&tx, &frame, id, None).await?;
    tx.commit(Audit::viewed(id), Page(page)).await
}

/// `form`: as it was typed, where it was refused. What it does not say stands as it is.
pub(super) async fn page(
    tx: &PlatformAuthorized<Manage>,
    frame: &Frame,
    id: TenantId,
    form: Option<FormState>,
) -> Result<HospitalPage, AppError> {
    let now = tx.now().to_zoned(TimeZone::UTC);
    let hospital = hospitals::find(tx, id).await?;
    let moment = |at: jiff::Timestamp| When::moment(&at.to_zoned(TimeZone::UTC), now.date());
    let mut form = form.unwrap_or_default();
    for (field, limit) in [("max_users", hospital.max_users), ("max_patients", hospital.max_patients)] {
        if !form.holds(field) {
            form = form.with_some(field, limit.most.map(|most| most.to_string()));
        }
    }
    Ok(HospitalPage {
        shell: frame.shell(tx.actor()),
        row: HospitalRow::new(&hospital, &now),
        signed_in: hospitals::signed_in(tx, id).await?,
        administrators: hospitals::administrators(tx, id)
            .await?
            .into_iter()
            .map(|person| person.email)
            .collect(),
        events: hospitals::events(tx, id, EVENTS)
            .await?
            .iter()
            .map(|event| EventRow::new(event, &now))
            .collect(),
        newest_schema: migrate::tenant_version(),
        restricted_since: hospital.restricted.as_ref().map(|restriction| moment(restriction.since).inline()),
        measured: hospital.storage.map(|storage| moment(storage.measured_at)),
        raises: raises(&hospital, &moment),
        form: form.with("version", hospital.version.to_string()),
        hospital,
    })
}

/// The raises that hold, in sentences.
fn raises(hospital: &Hospital, moment: &impl Fn(jiff::Timestamp) -> When) -> Vec<String> {
    [(hospital.max_users, "accounts"), (hospital.max_patients, "patients")]
        .into_iter()
        .filter_map(|(limit, what)| {
            let raise = limit.raise_at(hospital.read_at)?;
            let until = moment(raise.until).inline().text;
            Some(format!("Raised to {} {what} until {until}.", words::count(i64::from(raise.to))))
        })
        .collect()
}

#[derive(Debug, Deserialize, JsonSchema)]
struct LimitsForm {
    max_users: Option<String>,
    max_patients: Option<String>,
    /// What the page showed; another version by now refuses.
    version: Option<String>,
}

async fn save_limits(
    tx: PlatformAuthorized<Manage>,
    frame: Frame,
    Path(id): Path<TenantId>,
    Form(form): Form<LimitsForm>,
) -> Result<Response, AppError> {
    let mut errors = FieldErrors::default();
    let limits = Limits {
        users: Limit::typed("max_users", form.max_users.as_deref(), &mut errors),
        patients: Limit::typed("max_patients", form.max_patients.as_deref(), &mut errors),
        hours: None,
    };
    let seen = form.version.as_ref().and_then(|version| version.parse().ok());
    let done = match errors.finish() {
        Ok(()) => hospitals::set_limits(&tx, id, seen, limits).await,
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok((_, audit)) => {
            Ok(tx.commit(audit, SeeOther(format!("{LIST}/{id}?done=limits"))).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            let typed = FormState::new()
                .with_some("max_users", form.max_users)
                .with_some("max_patients", form.max_patients)
                .refused(&problem.errors, problem.detail.clone());
            let page = page(&tx, &frame, id, Some(typed)).await?;
            Ok(PageWithStatus(problem.status, page).into_response())
        }
        Err(error) => Err(error),
    }
}

async fn ask_to_reset(
    tx: PlatformAuthorized<Manage>,
    frame: Frame,
    Path(id): Path<TenantId>,
) -> Result<Page<HospitalResetPage>, AppError> {
    let page = reset_page(&tx, &frame, id, FormState::new()).await?;
    tx.commit(Audit::viewed(id), Page(page)).await
}

async fn reset_page(
    tx: &PlatformAuthorized<Manage>,
    frame: &Frame,
    id: TenantId,
    form: FormState,
) -> Result<HospitalResetPage, AppError> {
    let hospital = hospitals::find(tx, id).await?;
    let administrators = hospitals::administrators(tx, id).await?.into_iter();
    Ok(HospitalResetPage {
        shell: frame.shell(tx.actor()),
        hospital: HospitalRow::new(&hospital, &tx.now().to_zoned(TimeZone::UTC)),
        administrators: administrators
            .map(|person| Choice::new(person.email.clone(), person.email))
            .collect(),
        temporary_password: None,
        form,
    })
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ResetForm {
    admin_email: Option<String>,
}

async fn reset(
    tx: PlatformAuthorized<Manage>,
    State(app): State<App>,
    frame: Frame,
    Path(id): Path<TenantId>,
    Form(form): Form<ResetForm>,
) -> Result<Response, AppError> {
    let email = form.admin_email.as_deref().map(str::trim).filter(|email| !email.is_empty());
    match hospitals::reset_password(&app, &tx, id, email).await {
        Ok((reset, audit)) => {
            let Some(password) = reset.temporary_password else {
                let to = SeeOther(format!("{LIST}/{id}?done=reset-mailed"));
                return Ok(tx.commit(audit, to).await?.into_response());
            };
            let form = FormState::new().with("admin_email", reset.email);
            let mut page = reset_page(&tx, &frame, id, form).await?;
            page.temporary_password = Some(password.expose_secret().to_owned());
            Ok(tx.commit(audit, Page(page)).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            let form = FormState::new()
                .refused(&problem.errors, problem.detail.clone())
                .with_some("admin_email", form.admin_email);
            let page = reset_page(&tx, &frame, id, form).await?;
            Ok(PageWithStatus(problem.status, page).into_response())
        }
        Err(error) => Err(error),
    }
}
