//! Pages of the hospital's settings: profile, opening hours, holidays, paper, security. Each is one form; two people who change the
//! hospital at once, on whichever page, see both versions and decide.

mod holidays;
mod hours;
mod paper;
mod profile;
mod security;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::{Hospital, Office, ProfileFields, Update, View};
use crate::access::{Authorized, Frame};
use crate::app::App;
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus, SeeOther};
use holidays::HolidaysForm;
use hours::HoursForm;
use paper::PaperForm;
use profile::ProfileForm;
use security::SecurityForm;

const PROFILE: &str = "/settings/hospital";
const HOURS: &str = "/settings/hospital/hours";
const HOLIDAYS: &str = "/settings/hospital/holidays";
const PAPER: &str = "/settings/hospital/paper";
const SECURITY: &str = "/settings/hospital/security";

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(PROFILE, get_with(form::<ProfileForm>, op("pages.hospital.form", "Hospital profile")))
        .api_route(PROFILE, post_with(save::<ProfileForm>, op("pages.hospital.save", "Save the profile")))
        .api_route(HOURS, get_with(form::<HoursForm>, op("pages.hospital.hours", "Opening hours")))
        .api_route(HOURS, post_with(save::<HoursForm>, op("pages.hospital.save_hours", "Save the hours")))
        .api_route(HOLIDAYS, get_with(form::<HolidaysForm>, op("pages.hospital.holidays", "Holidays")))
        .api_route(
            HOLIDAYS,
            post_with(save::<HolidaysForm>, op("pages.hospital.save_holidays", "Save the holidays")),
        )
        .api_route(PAPER, get_with(form::<PaperForm>, op("pages.hospital.paper", "How the paper looks")))
        .api_route(PAPER, post_with(save::<PaperForm>, op("pages.hospital.save_paper", "Save how it looks")))
        .api_route(
            "/settings/hospital/logo",
            post_with(paper::give_logo, op("pages.hospital.give_logo", "Give the hospital a logo"))
                .layer(super::domain::logo::LIMITS.layers()),
        )
        .api_route(
            "/settings/hospital/logo/remove",
            post_with(paper::remove_logo, op("pages.hospital.remove_logo", "Remove the logo")),
        )
        .api_route(
            SECURITY,
            get_with(form::<SecurityForm>, op("pages.hospital.security", "Who signs in how")),
        )
        .api_route(
            SECURITY,
            post_with(save::<SecurityForm>, op("pages.hospital.save_security", "Save who signs in how")),
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

/// One of the forms, and the page around it.
trait SettingsForm {
    const PATH: &'static str;
    type Page: askama::Template;

    /// The form as it shows a hospital.
    fn shown(hospital: &Hospital) -> FormState;
    /// The form as it was filled in, version included.
    fn state(&self) -> FormState;
    /// Of the hospital as the form showed it.
    fn version(&self) -> &str;
    /// What was typed, understood as far as the form does that itself.
    fn fields(&self) -> Result<ProfileFields, AppError>;
    /// What of this hospital differs from what was typed, as people read it.
    fn differences(&self, hospital: &Hospital) -> Vec<Difference>;
    fn page(shown: Shown<'_>) -> Self::Page;
}

/// `GET` of each: the hospital as it is now.
async fn form<F: SettingsForm>(tx: Authorized<View>, frame: Frame) -> Result<Response, AppError> {
    let (shell, at) = (frame.shell(tx.actor()), tx.now());
    let may_change = tx.actor().holds("settings:update");
    let mut office = Office::of(tx);
    let hospital = office.hospital().await?;
    let form = F::shown(&hospital).with("version", hospital.version.to_string());
    let now = hospital.here(at);
    let shown = Shown { shell, hospital: &hospital, now, may_change, form, conflict: None };
    Ok(office.looked(Page(F::page(shown))).await?.into_response())
}

/// `POST` of each: save it and go on, or show the form again with what is wrong.
async fn save<F: SettingsForm>(
    tx: Authorized<Update>,
    State(app): State<App>,
    frame: Frame,
    Form(typed): Form<F>,
) -> Result<Response, AppError> {
    let (shell, at) = (frame.shell(tx.actor()), tx.now());
    let mut office = Office::of(tx);
    let outcome = match typed.fields() {
        Ok(fields) => office.change(fields, &[version(typed.version())]).await,
        Err(error) => Err(error),
    };
    let problem = match outcome {
        Ok(changed) => {
            let next = SeeOther(format!("{}?done=saved", F::PATH));
            return Ok(office.saved(&app, &changed.fields, next).await?.into_response());
        }
        Err(AppError::Problem(problem)) => problem,
        Err(other) => return Err(other),
    };
    let hospital = office.hospital().await?;
    let now = hospital.here(at);
    let form = typed.state();
    let (form, conflict) = if problem.status == StatusCode::PRECONDITION_FAILED {
        let changed_at = hospital.updated_at.to_zoned(now.time_zone().clone());
        let conflict = Conflict {
            who: office.changed_by(&hospital).await?,
            when: When::moment(&changed_at, now.date()),
            differences: typed.differences(&hospital).into(),
        };
        // Saving again is then a decision over this version.
        (form.with("version", hospital.version.to_string()), Some(conflict))
    } else {
        (form.refused(&problem.errors, problem.detail), None)
    };
    let shown = Shown { shell, hospital: &hospital, now, may_change: true, form, conflict };
    Ok(office.looked(PageWithStatus(problem.status, F::page(shown))).await?.into_response())
}

/// A version that is no number fits none.
fn version(typed: &str) -> i64 {
    typed.trim().parse().unwrap_or(-1)
}
