//! Pages of the hospital's settings: profile, opening hours, holidays, paper, security. Each is one form; two people who change the
//! hospital at once, on whichever page, see both versions and decide.

mod holidays;
mod hours;
mod paper;
mod profile;
mod security;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::{Hospital, Office};
use crate::app::App;
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Page, PageWithStatus, SeeOther};

const PROFILE: &str = "/settings/hospital";
const HOURS: &str = "/settings/hospital/hours";
const HOLIDAYS: &str = "/settings/hospital/holidays";
const PAPER: &str = "/settings/hospital/paper";
const SECURITY: &str = "/settings/hospital/security";

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(PROFILE, get_with(profile::form, op("pages.hospital.form", "Hospital profile")))
        .api_route(PROFILE, post_with(profile::save, op("pages.hospital.save", "Save the profile")))
        .api_route(HOURS, get_with(hours::form, op("pages.hospital.hours", "Opening hours")))
        .api_route(HOURS, post_with(hours::save, op("pages.hospital.save_hours", "Save the hours")))
        .api_route(HOLIDAYS, get_with(holidays::form, op("pages.hospital.holidays", "Holidays")))
        .api_route(
            HOLIDAYS,
            post_with(holidays::save, op("pages.hospital.save_holidays", "Save the holidays")),
        )
        .api_route(PAPER, get_with(paper::form, op("pages.hospital.paper", "How the paper looks")))
        .api_route(PAPER, post_with(paper::save, op("pages.hospital.save_paper", "Save how it looks")))
        .api_route(
            "/settings/hospital/logo",
            post_with(paper::give_logo, op("pages.hospital.give_logo", "Give the hospital a logo"))
                .layer(super::domain::logo::LIMITS.layers()),
        )
        .api_route(
            "/settings/hospital/logo/remove",
            post_with(paper::remove_logo, op("pages.hospital.remove_logo", "Remove the logo")),
        )
        .api_route(SECURITY, get_with(security::form, op("pages.hospital.security", "Who signs in how")))
        .api_route(
            SECURITY,
            post_with(security::save, op("pages.hospital.save_security", "Save who signs in how")),
        )
}

fn tabs(current: &str) -> Vec<Tab> {
    [
        ("Profile", PROFILE),
        ("Opening hours", HOURS),
        ("Holidays", HOLIDAYS),
        ("Paper", PAPER),
        ("Security", SECURITY),
        ("Who sees whom", "/settings/care"),
    ]
    .map(|(label, href)| Tab { label, href: href.to_owned(), count: None, current: href == current })
    .into()
}

/// One of the pages, of a hospital as it is now.
struct Shown<'a> {
    shell: Shell,
    hospital: &'a Hospital,
    now: jiff::Zoned,
    may_change: bool,
    form: FormState,
    conflict: Option<Conflict>,
}

/// Commit a change and go on, or show the form again with what is wrong. `differences` compares a hospital with what
/// was typed, `page` makes the page.
async fn conclude<P: askama::Template>(
    mut office: Office,
    app: &App,
    (shell, at): (Shell, jiff::Timestamp),
    outcome: Result<super::Changed, AppError>,
    (href, form): (&'static str, FormState),
    differences: impl FnOnce(&Hospital) -> Vec<Difference>,
    page: impl FnOnce(Shown<'_>) -> P,
) -> Result<Response, AppError> {
    let problem = match outcome {
        Ok(changed) => {
            let next = SeeOther(format!("{href}?done=saved"));
            return Ok(office.saved(app, &changed.fields, next).await?.into_response());
        }
        Err(AppError::Problem(problem)) => problem,
        Err(other) => return Err(other),
    };
    let hospital = office.hospital().await?;
    let now = hospital.here(at);
    let (form, conflict) = if problem.status == StatusCode::PRECONDITION_FAILED {
        let changed_at = hospital.updated_at.to_zoned(now.time_zone().clone());
        let conflict = Conflict {
            who: office.changed_by(&hospital).await?,
            when: When::moment(&changed_at, now.date()),
            differences: differences(&hospital).into(),
        };
        // Saving again is then a decision over this version.
        (form.with("version", hospital.version.to_string()), Some(conflict))
    } else {
        (form.refused(&problem.errors, problem.detail), None)
    };
    let shown = Shown { shell, hospital: &hospital, now, may_change: true, form, conflict };
    Ok(office.looked(PageWithStatus(problem.status, page(shown))).await?.into_response())
}

/// The page as it is now, for who only looks.
async fn look<P: askama::Template>(
    mut office: Office,
    (shell, at): (Shell, jiff::Timestamp),
    may_change: bool,
    form: impl FnOnce(&Hospital) -> FormState,
    page: impl FnOnce(Shown<'_>) -> P,
) -> Result<Response, AppError> {
    let hospital = office.hospital().await?;
    let form = form(&hospital).with("version", hospital.version.to_string());
    let now = hospital.here(at);
    let shown = Shown { shell, hospital: &hospital, now, may_change, form, conflict: None };
    Ok(office.looked(Page(page(shown))).await?.into_response())
}

/// A version that is no number fits none.
fn version(typed: &str) -> i64 {
    typed.trim().parse().unwrap_or(-1)
}
