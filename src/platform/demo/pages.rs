//! The operators' page of the demo: its hospitals, its three acts, and how far the one is that goes on.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;

use super::{Action, DEFAULT_DAYS, DemoHospital, Manage, PAGE, PASSWORD, Status, Task};
use crate::access::{Audit, Frame, PlatformAuthorized};
use crate::app::App;
use crate::kernel::{AppError, Problem};
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{NoContent, Page, PageWithStatus, SeeOther, words};

const PROGRESS: &str = "/console/demo/progress";
const RESET: &str = "/console/demo/reset";

/// One hospital of the demo.
#[derive(Debug)]
pub struct HospitalLine {
    pub href: String,
    pub name: Name,
    pub licence: String,
    pub patients: String,
    /// The day that it shows as today.
    pub day: String,
}

/// An act that is over or goes on.
#[derive(Debug)]
pub struct TaskLine {
    pub label: &'static str,
    pub badge: Badge,
    pub asked: When,
    /// What it did, or why it did not.
    pub told: String,
}

/// `GET /console/demo`, and the 409 answer to its forms.
#[derive(Debug, Template)]
#[template(path = "platform/demo/pages/demo.html")]
pub struct DemoPage {
    pub shell: Shell,
    pub form: FormState,
    /// Whether the installation is in demo mode.
    pub is_on: bool,
    pub hospitals: Vec<HospitalLine>,
    pub progress: Option<Progress>,
    pub tasks: Vec<TaskLine>,
    pub password: &'static str,
}

/// `GET /console/demo/reset`; the POST to the same address does it.
#[derive(Debug, Template)]
#[template(path = "platform/demo/pages/reset.html")]
pub struct ResetPage {
    pub shell: Shell,
    pub patients: i64,
}

impl ResetPage {
    fn question(&self) -> Confirm<'_> {
        let made_up = words::counted(self.patients, "patient", "patients");
        Confirm {
            ask: "Remove",
            what: Name::new("the demo"),
            consequences: vec![
                (
                    Icon("trash"),
                    format!("The demo's patients go, with everything recorded for them: {made_up} at present, theirs among them."),
                ),
                (
                    Icon("shield-check"),
                    "Patients and people that somebody added stay, and so does the hospital that holds them. One that holds nothing but the demo goes too.".to_owned(),
                ),
                (Icon("refresh"), "Filling the demo again takes some seconds.".to_owned()),
            ],
            note: String::new(),
            fields: Vec::new(),
            action: RESET.to_owned(),
            back: (PAGE, "Keep the demo"),
            verb: "Remove demo",
            busy: "Removing…",
            icon: Icon("trash"),
            danger: true,
        }
    }
}

pub(super) fn router() -> ApiRouter<App> {
    let resetting = get_with(ask_to_reset, op("pages.demo.ask_to_reset", "Ask before removing the demo"))
        .post_with(reset, op("pages.demo.reset", "Remove the demo"));
    ApiRouter::new()
        .api_route(PAGE, get_with(show, op("pages.demo.show", "Demo data")))
        .api_route(PROGRESS, get_with(progress, op("pages.demo.progress", "How far an act is")))
        .api_route("/console/demo/seed", post_with(seed, op("pages.demo.seed", "Fill the demo hospitals")))
        .api_route(
            "/console/demo/freshen",
            post_with(freshen, op("pages.demo.freshen", "Bring the demo to today")),
        )
        .api_route(RESET, resetting)
}

async fn show(
    tx: PlatformAuthorized<Manage>,
    State(app): State<App>,
    frame: Frame,
) -> Result<Page<DemoPage>, AppError> {
    let page = page_of(&app, &tx, &frame, FormState::new()).await?;
    tx.commit(Audit::listed("hospital", page.hospitals.len()), Page(page)).await
}

/// The bar alone, for the page that shows it. Once the act is over, and without a script, the whole page, which then says
/// what came of it.
async fn progress(tx: PlatformAuthorized<Manage>, frame: Frame) -> Result<Response, AppError> {
    let (tasks, _) = super::look(&tx).await?;
    let audit = Audit::listed("demo_task", tasks.len());
    match tasks.first().filter(|task| !task.status.is_over()) {
        Some(task) if frame.htmx => Ok(tx.commit(audit, Page(bar(task))).await?.into_response()),
        _ if frame.htmx => {
            tx.commit(audit, NoContent).await?;
            Ok([("hx-redirect", PAGE)].into_response())
        }
        _ => Ok(tx.commit(audit, SeeOther(PAGE.to_owned())).await?.into_response()),
    }
}

/// How far an act is that goes on.
fn bar(task: &Task) -> Progress {
    Progress {
        id: "demo-task",
        title: task.message.clone().unwrap_or_else(|| task.action.label().to_owned()),
        done: i64::from(task.progress),
        total: 100,
        is_percentage: true,
        state: ProgressState::Running { poll: PROGRESS.to_owned(), page: PAGE.to_owned() },
    }
}

async fn page_of(
    app: &App,
    tx: &PlatformAuthorized<Manage>,
    frame: &Frame,
    form: FormState,
) -> Result<DemoPage, AppError> {
    let now = tx.now().to_zoned(TimeZone::UTC);
    let (tasks, hospitals) = super::look(tx).await?;
    let running = tasks.first().filter(|task| !task.status.is_over()).map(bar);
    let line = |task: &Task| TaskLine {
        label: task.action.label(),
        badge: match task.status {
            Status::Pending => Badge::new(Kind::Neutral, Icon("clock"), "Waiting"),
            Status::Running => Badge::new(Kind::Active, Icon("refresh"), "Going on"),
            Status::Completed => Badge::new(Kind::Ok, Icon("circle-check"), "Done"),
            Status::Failed => Badge::new(Kind::Danger, Icon("alert-circle"), "Failed"),
        },
        asked: When::moment(&task.created_at.to_zoned(TimeZone::UTC), now.date()),
        told: task.error.clone().or_else(|| task.message.clone()).unwrap_or_default(),
    };
    Ok(DemoPage {
        shell: frame.shell(tx.actor()),
        form,
        is_on: app.config.demo.mode,
        hospitals: hospitals.iter().map(|hospital| hospital_line(hospital, now.date())).collect(),
        progress: running,
        tasks: tasks.iter().map(line).collect(),
        password: PASSWORD,
    })
}

fn hospital_line(hospital: &DemoHospital, today: jiff::civil::Date) -> HospitalLine {
    HospitalLine {
        href: format!("/console/hospitals/{}", hospital.id),
        name: Name::new(&hospital.name),
        licence: hospital.licence.clone(),
        patients: words::count(hospital.patients),
        day: hospital.day.map_or_else(|| "Not filled yet".to_owned(), |day| words::day(day, today)),
    }
}

async fn seed(
    tx: PlatformAuthorized<Manage>,
    State(app): State<App>,
    frame: Frame,
) -> Result<Response, AppError> {
    act(tx, &app, &frame, Action::Seed).await
}

async fn freshen(
    tx: PlatformAuthorized<Manage>,
    State(app): State<App>,
    frame: Frame,
) -> Result<Response, AppError> {
    act(tx, &app, &frame, Action::Freshen).await
}

async fn reset(
    tx: PlatformAuthorized<Manage>,
    State(app): State<App>,
    frame: Frame,
) -> Result<Response, AppError> {
    act(tx, &app, &frame, Action::Reset).await
}

/// Back to the page, where the bar moves; or the page with what is wrong. Outside of demo mode no page offers it.
async fn act(
    tx: PlatformAuthorized<Manage>,
    app: &App,
    frame: &Frame,
    action: Action,
) -> Result<Response, AppError> {
    if !app.config.demo.mode {
        return Err(Problem::not_found("This page").into());
    }
    match super::start(app, &tx, action, DEFAULT_DAYS).await {
        Ok((_, audit)) => Ok(tx.commit(audit, SeeOther(PAGE.to_owned())).await?.into_response()),
        Err(AppError::Problem(problem)) => {
            let form = FormState::new().refused(&problem.errors, problem.detail.clone());
            let page = page_of(app, &tx, frame, form).await?;
            Ok(PageWithStatus(problem.status, page).into_response())
        }
        Err(error) => Err(error),
    }
}

async fn ask_to_reset(
    tx: PlatformAuthorized<Manage>,
    State(app): State<App>,
    frame: Frame,
) -> Result<Page<ResetPage>, AppError> {
    if !app.config.demo.mode {
        return Err(Problem::not_found("This page").into());
    }
    let (_, hospitals) = super::look(&tx).await?;
    let patients = hospitals.iter().map(|hospital| hospital.patients).sum();
    let page = ResetPage { shell: frame.shell(tx.actor()), patients };
    tx.commit(Audit::listed("hospital", hospitals.len()), Page(page)).await
}
