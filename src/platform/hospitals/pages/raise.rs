//! Raising a hospital's limits for some hours, from its page. They fall back by themselves.

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::LIST;
use super::one::page;
use crate::access::{Frame, PlatformAuthorized};
use crate::app::App;
use crate::kernel::ids::TenantId;
use crate::kernel::{AppError, FieldErrors, Problem};
use crate::platform::hospitals::{self, Limit, Limits, Manage, raise_hours};
use crate::web::layout::FormState;
use crate::web::openapi::op;
use crate::web::{Form, PageWithStatus, Path, SeeOther};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new().api_route(
        "/console/hospitals/{id}/raise",
        post_with(raise, op("pages.hospitals.raise", "Raise a hospital's limits for some hours")),
    )
}

/// What the form sends: blank numbers stay as they are.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RaiseForm {
    raise_users: String,
    raise_patients: String,
    hours: String,
    /// What the page showed; another version by now refuses.
    version: String,
}

/// The limits that are asked for; what is wrong stands at the fields of this form.
fn asked(form: &RaiseForm) -> Result<Limits, AppError> {
    let mut errors = FieldErrors::default();
    let mut to = |field: &str, typed: &str| match typed.trim() {
        "" => Limit::Kept,
        typed => Limit::typed(field, Some(typed), &mut errors),
    };
    let (users, patients) =
        (to("raise_users", &form.raise_users), to("raise_patients", &form.raise_patients));
    let hours = raise_hours(Some(form.hours.trim().parse().unwrap_or(0)), &mut errors);
    let limits = Limits { users, patients, hours };
    if errors.is_empty() && (users, patients) == (Limit::Kept, Limit::Kept) {
        errors.add("raise_users", "Say which limit is raised, and up to how many.");
    }
    errors.finish()?;
    Ok(limits)
}

/// A refusal names the fields of the API; here they are called otherwise.
fn at_its_fields(mut problem: Problem) -> Problem {
    for error in &mut problem.errors {
        match error.field.as_str() {
            "max_users" => "raise_users".clone_into(&mut error.field),
            "max_patients" => "raise_patients".clone_into(&mut error.field),
            _ => {}
        }
    }
    problem
}

async fn raise(
    tx: PlatformAuthorized<Manage>,
    frame: Frame,
    Path(id): Path<TenantId>,
    Form(form): Form<RaiseForm>,
) -> Result<Response, AppError> {
    let done = match asked(&form) {
        Ok(limits) => hospitals::set_limits(&tx, id, form.version.parse().ok(), limits).await,
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok((_, audit)) => {
            Ok(tx.commit(audit, SeeOther(format!("{LIST}/{id}?done=raised"))).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            let problem = at_its_fields(problem);
            let typed = FormState::new()
                .with("raise_users", form.raise_users)
                .with("raise_patients", form.raise_patients)
                .with("hours", form.hours)
                .refused(&problem.errors, problem.detail.clone());
            let page = page(&tx, &frame, id, Some(typed)).await?;
            Ok(PageWithStatus(problem.status, page).into_response())
        }
        Err(error) => Err(error),
    }
}
