//! The start page of staff: what happened today, and the next act.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use super::Dashboard;
use super::day::day;
use super::next::{NextPanel, next};
use crate::access::{Audit, Authorized, Frame};
use crate::app::App;
use crate::clinic::confidential;
use crate::clinic::getting_started;
use crate::clinic::patients;
use crate::clinic::patients::pages::PatientRow;
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Page, words};

/// How many of the newest patients the page shows.
const LATEST: i64 = 8;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new().api_route("/today", get_with(show, op("pages.today.show", "Start page of staff")))
}

/// `GET /today`
async fn show(tx: Authorized<Dashboard>, State(app): State<App>, frame: Frame) -> Result<Response, AppError> {
    let now = patients::hospital_now(&tx);
    let mut today = TodayPage {
        shell: frame.shell(tx.actor()),
        date: words::long_day(&now),
        limits: limits(&tx),
        day: day(&tx).await?,
        getting_started: None,
        next: None,
        patients: None,
        to_review: 0,
        can_register: tx.actor().holds("patients:create"),
    };
    let mut looked = today.day.is_some().then(|| Audit::listed("dashboard", 1));
    if tx.actor().holds("settings:view") {
        let list = getting_started::checklist(&app, &tx, tx.actor()).await?;
        looked = Some(Audit::listed("checklist_line", list.items().len()));
        today.getting_started = getting_started::Panel::of(&list);
    }
    if !tx.actor().holds("patients:view") {
        return match looked {
            Some(audit) => Ok(tx.commit(audit, Page(today)).await?.into_response()),
            // No table was touched, so there is nothing to record.
            None => Ok(Page(today).into_response()),
        };
    }
    today.next = next(&tx).await?;
    let counts = patients::counts(&tx).await?;
    let latest = patients::registered_last(&tx, LATEST).await?;
    if tx.actor().holds("patients:restrict") {
        today.to_review = confidential::to_review(&tx).await?;
    }
    today.patients = Some(TodayPatients {
        registered_today: counts.today,
        registered_yesterday: counts.yesterday,
        total: counts.total,
        own: counts.own,
        limit: tx.hospital().max_patients.at(tx.now()).map(i64::from).filter(|_| !counts.own),
        latest: latest.iter().map(|patient| PatientRow::new(patient, &now)).collect(),
    });
    let audit = Audit::listed("patient", latest.len());
    let audit = match &today.next {
        Some(next) => audit.and(Audit::listed("appointment", next.shown())),
        None => audit,
    };
    Ok(tx.commit(audit, Page(today)).await?.into_response())
}

/// What whoever runs the hospital should know of its limits before it stands at one.
fn limits(tx: &Authorized<Dashboard>) -> Vec<Notice> {
    if !tx.actor().holds("settings:view") {
        return Vec::new();
    }
    let hospital = tx.hospital();
    [
        (hospital.users_told, hospital.max_users.at(tx.now()), "accounts"),
        (hospital.patients_told, hospital.max_patients.at(tx.now()), "patients"),
    ]
    .into_iter()
    .filter_map(|(told, limit, what)| {
        let limit = limit.filter(|_| told > 0)?;
        let text = format!(
            "At least {told} % of the {} {what} that the platform allows are used. Ask the platform for more in time.",
            words::count(i64::from(limit))
        );
        let kind = if told >= 95 { Kind::Danger } else { Kind::Warn };
        Some(Notice::new(kind, text))
    })
    .collect()
}

/// `GET /today`
#[derive(Debug, Template)]
#[template(path = "clinic/today/pages/today.html")]
pub struct TodayPage {
    pub shell: Shell,
    /// [`words::long_day`] of the hospital: "Sunday, 22 Nov 2026".
    pub date: String,
    /// Limits that are nearly used up, for people who see the settings.
    pub limits: Vec<Notice>,
    /// What waits today for somebody with these roles; absent for people who may not see appointments.
    pub day: Option<Tiles>,
    /// Until all of it is done or put off, for people who see the settings.
    pub getting_started: Option<getting_started::Panel>,
    /// For doctors and nurses who may see patients.
    pub next: Option<NextPanel>,
    /// Absent for people who may not see patients.
    pub patients: Option<TodayPatients>,
    /// Records that others opened with a reason, about which nobody has said a word yet.
    pub to_review: i64,
    pub can_register: bool,
}

#[derive(Debug)]
pub struct TodayPatients {
    pub registered_today: i64,
    /// The same weekday's usual number would compare better; until there is history, yesterday.
    pub registered_yesterday: i64,
    pub total: i64,
    /// Of the reader's own patients alone.
    pub own: bool,
    /// How many the hospital may register, if that is limited.
    pub limit: Option<i64>,
    /// Registered last, at most 8, newest first.
    pub latest: Vec<PatientRow>,
}

impl TodayPatients {
    fn tiles(&self) -> Tiles {
        let over = self.limit.map(|limit| self.total - limit).filter(|over| *over > 0);
        let note = match (self.limit, over) {
            (Some(limit), Some(over)) => {
                format!("of {} allowed, {} over", words::count(limit), words::count(over))
            }
            (Some(limit), None) => format!("of {} allowed", words::count(limit)),
            (None, _) if self.own => "whom you care for".to_owned(),
            (None, _) => "registered at this hospital".to_owned(),
        };
        let label = if self.own { "Your patients" } else { "Patients in all" };
        let total = Tile::new(Icon("users"), label, words::count(self.total));
        // Nobody is refused in an emergency, so there may be more than the limit.
        let total = if over.is_some() { total.warns() } else { total };
        Tiles(vec![
            Tile::new(Icon("user-plus"), "Registered today", words::count(self.registered_today))
                .note(format!("{} yesterday", words::count(self.registered_yesterday)))
                .leads_to("/patients?registered=today"),
            total.note(note).leads_to("/patients"),
        ])
    }
}
