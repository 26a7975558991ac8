//! Taking the second step of signing in from an administrator who lost phone and codes: asked for before it is done.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use super::LIST;
use crate::access::{Audit, Frame, PlatformAuthorized};
use crate::app::App;
use crate::kernel::ids::TenantId;
use crate::kernel::{AppError, FieldErrors};
use crate::platform::hospitals::views::{HospitalRow, HospitalSecondStepPage};
use crate::platform::hospitals::{self, Asked, Manage};
use crate::web::layout::{Choice, FormState};
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new().api_route(
        "/console/hospitals/{id}/reset-admin-mfa",
        get_with(
            ask,
            op("pages.hospitals.ask_to_reset_mfa", "Ask before an administrator's two-step sign-in is reset"),
        )
        .post_with(reset, op("pages.hospitals.reset_mfa", "Reset an administrator's two-step sign-in")),
    )
}

async fn ask(
    tx: PlatformAuthorized<Manage>,
    frame: Frame,
    Path(id): Path<TenantId>,
) -> Result<Page<HospitalSecondStepPage>, AppError> {
    let page = page(&tx, &frame, id, FormState::new()).await?;
    tx.commit(Audit::viewed(id), Page(page)).await
}

async fn page(
    tx: &PlatformAuthorized<Manage>,
    frame: &Frame,
    id: TenantId,
    form: FormState,
) -> Result<HospitalSecondStepPage, AppError> {
    let hospital = hospitals::find(tx, id).await?;
    let administrators = hospitals::administrators(tx, id).await?.into_iter();
    Ok(HospitalSecondStepPage {
        shell: frame.shell(tx.actor()),
        hospital: HospitalRow::new(&hospital, &tx.now().to_zoned(TimeZone::UTC)),
        administrators: administrators
            .filter(|person| person.second_factor)
            .map(|person| Choice::new(person.email.clone(), person.email))
            .collect(),
        form,
    })
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SecondStepForm {
    admin_email: String,
    reason: String,
}

async fn reset(
    tx: PlatformAuthorized<Manage>,
    State(app): State<App>,
    frame: Frame,
    Path(id): Path<TenantId>,
    Form(form): Form<SecondStepForm>,
) -> Result<Response, AppError> {
    let email = Some(form.admin_email.trim()).filter(|email| !email.is_empty());
    let mut errors = FieldErrors::default();
    let asked = Asked::with_reason(None, Some(&form.reason), &mut errors);
    let done = match errors.finish() {
        Ok(()) => hospitals::reset_second_factor(&app, &tx, id, email, &asked).await,
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok((_, audit)) => {
            let to = SeeOther(format!("{LIST}/{id}?done=second-step-reset"));
            Ok(tx.commit(audit, to).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            let form = FormState::new()
                .refused(&problem.errors, problem.detail.clone())
                .with("admin_email", form.admin_email)
                .with("reason", form.reason);
            let page = page(&tx, &frame, id, form).await?;
            Ok(PageWithStatus(problem.status, page).into_response())
        }
        Err(error) => Err(error),
    }
}
