//! The plan of a day, a column for each doctor, and of a doctor's week, a column for each day.

mod grid;

use std::collections::BTreeSet;

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _, Zoned};
use schemars::JsonSchema;
use serde::Deserialize;

use super::parts::{any_day, bookable_doctors, department_choices, doctor_choices, user_from};
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::appointments::model::{Appointment, Busy, Status};
use crate::clinic::appointments::{self, View, is_pure_doctor};
use crate::clinic::availability::{self, Stretch};
use crate::clinic::departments::DepartmentId;
use crate::clinic::doctors::{self, Doctor};
use crate::clinic::patients;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::layout::*;
use crate::web::{Page, Query, words};
use grid::{Cell, Column, Plan};

/// So many columns of a day are drawn; more are narrowed by department.
const MOST_COLUMNS: usize = 24;

/// `GET /appointments/day`, `GET /appointments/week`
#[derive(Template)]
#[template(path = "clinic/appointments/pages/plan.html")]
struct PlanPage {
    shell: Shell,
    /// `day`, `week`
    view: &'static str,
    facts: String,
    caption: String,
    previous: String,
    today: String,
    next: String,
    form: FormState,
    doctors: Vec<Choice>,
    departments: Vec<Choice>,
    tiles: Tiles,
    plan: Plan,
    /// More doctors than columns.
    more: usize,
    may_book: bool,
    may_move: bool,
    /// Nobody is there that day and nothing is booked.
    empty: bool,
    /// The day's list on paper.
    paper: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct DayQuery {
    /// `2026-03-14`; today if left out.
    date: String,
    department: String,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct WeekQuery {
    /// A day of the week; today if left out.
    date: String,
    doctor: String,
}

pub(super) fn start_of(day: Date, now: &Zoned) -> Result<Timestamp, AppError> {
    Ok(day.to_zoned(now.time_zone().clone()).map_err(AppError::internal)?.timestamp())
}

pub(super) fn shifted(day: Date, days: i64) -> Date {
    day.checked_add(days.days()).unwrap_or(day)
}

/// Everything that is drawn of a stretch of days.
struct Gathered {
    appointments: Vec<Appointment>,
    stretches: Vec<Stretch>,
    busy: Vec<Busy>,
}

impl Gathered {
    /// Then the usual times are offered, and booking says what does not fit.
    fn nobody_has_hours(&self) -> bool {
        self.stretches.is_empty()
    }
}

async fn gather(
    tx: &Authorized<View>,
    doctors: &[UserId],
    only: bool,
    (from, until): (Timestamp, Timestamp),
) -> Result<Gathered, AppError> {
    let appointments = appointments::between(tx, only.then_some(doctors), from, until).await?;
    let mut all: BTreeSet<UserId> = doctors.iter().copied().collect();
    all.extend(appointments.iter().map(|appointment| appointment.doctor));
    let all: Vec<UserId> = all.into_iter().collect();
    let stretches = availability::open(tx, &all, from, until).await?;
    let busy = appointments::busy(tx, &all, from, until).await?;
    Ok(Gathered { appointments, stretches, busy })
}

/// Counts of a day in words of the board.
fn tiles(appointments: &[Appointment], now: &Zoned, href: &str) -> Tiles {
    let of = |status: Status| appointments.iter().filter(|one| one.status == status).count();
    let number = |n: usize| words::count(i64::try_from(n).unwrap_or(i64::MAX));
    let tile = |icon, label, n: usize| Tile::new(icon, label, number(n)).leads_to(href);
    let ahead = appointments
        .iter()
        .filter(|one| one.status == Status::Scheduled && one.scheduled_at > now.timestamp())
        .count();
    Tiles(vec![
        tile(Icon("calendar-event"), "Booked", appointments.len())
            .note(format!("{} still to come", number(ahead))),
        tile(Icon("door-enter"), "Arrived", of(Status::CheckedIn)),
        tile(Icon("stethoscope"), "With the doctor", of(Status::InConsultation)),
        tile(Icon("check"), "Completed", of(Status::Completed)),
    ])
}

/// `GET /appointments/day`
pub(super) async fn day(
    tx: Authorized<View>,
    frame: Frame,
    Query(query): Query<DayQuery>,
) -> Result<Response, AppError> {
    let now = patients::hospital_now(&tx);
    let date = any_day(&query.date, &now);
    let department: Option<DepartmentId> = query.department.trim().parse().ok();
    let span = (start_of(date, &now)?, start_of(shifted(date, 1), &now)?);
    let fits = |id: DepartmentId| department.is_none_or(|wanted| wanted == id);
    let known = bookable_doctors(&tx).await?;
    let ids: Vec<UserId> =
        known.iter().filter(|doctor| fits(doctor.department_id)).map(|doctor| doctor.user_id).collect();
    let mut all = gather(&tx, &ids, false, span).await?;
    all.appointments.retain(|appointment| fits(appointment.department));
    let mut there: BTreeSet<UserId> = all.stretches.iter().map(|stretch| stretch.doctor).collect();
    if all.nobody_has_hours() {
        there.extend(&ids);
    }
    there.retain(|doctor| ids.contains(doctor));
    there.extend(all.appointments.iter().map(|appointment| appointment.doctor));
    let there: Vec<UserId> = there.into_iter().collect();
    let mut doctors = doctors::some(&tx, &there).await?;
    let more = doctors.len().saturating_sub(MOST_COLUMNS);
    doctors.truncate(MOST_COLUMNS);
    let (may_book, may_move) = rights(&tx);
    let columns: Vec<Column> =
        doctors.iter().map(|doctor| Column::of_doctor(doctor, date, &all, &now)).collect();
    let base = |day: Date| match department {
        Some(department) => format!("/appointments/day?date={day}&department={department}"),
        None => format!("/appointments/day?date={day}"),
    };
    let heading = date.to_zoned(now.time_zone().clone()).map_err(AppError::internal)?;
    let facts = format!(
        "{}, {}",
        words::long_day(&heading),
        words::counted(i64::try_from(doctors.len() + more).unwrap_or(0), "doctor", "doctors")
    );
    let listed = all.appointments.len();
    let of = department.map(|id| format!("&department={id}")).unwrap_or_default();
    let page = PlanPage {
        shell: frame.shell(tx.actor()),
        view: "day",
        paper: (listed > 0).then(|| format!("/appointments/paper?date={date}{of}")),
        caption: format!("Appointments by doctor, in steps of 15 minutes, {facts}"),
        facts,
        previous: base(shifted(date, -1)),
        today: base(now.date()),
        next: base(shifted(date, 1)),
        form: FormState::new()
            .with("date", date.to_string())
            .with("department", department.map(|id| id.to_string()).unwrap_or_default()),
        doctors: Vec::new(),
        departments: department_choices(&tx, "All departments").await?,
        tiles: tiles(&all.appointments, &now, "/appointments"),
        empty: columns.is_empty(),
        plan: Plan::new(columns, &now, may_book),
        more,
        may_book,
        may_move,
    };
    Ok(tx.commit(Audit::listed("appointment", listed), Page(page)).await?.into_response())
}

/// `GET /appointments/week`
pub(super) async fn week(
    tx: Authorized<View>,
    frame: Frame,
    Query(query): Query<WeekQuery>,
) -> Result<Response, AppError> {
    let now = patients::hospital_now(&tx);
    let date = any_day(&query.date, &now);
    let monday = shifted(date, -i64::from(date.weekday().to_monday_zero_offset()));
    let span = (start_of(monday, &now)?, start_of(shifted(monday, 7), &now)?);
    let known = bookable_doctors(&tx).await?;
    let me = Some(tx.actor().user).filter(|_| is_pure_doctor(&tx));
    let first = known.first().map(|doctor| doctor.user_id);
    let chosen = user_from(&query.doctor).or(me).or(first);
    let doctor = match chosen {
        Some(id) => Some(doctors::named(&tx, id).await?),
        None => None,
    };
    let ids: Vec<UserId> = doctor.iter().map(|doctor| doctor.user_id).collect();
    let all = gather(&tx, &ids, true, span).await?;
    let (may_book, may_move) = rights(&tx);
    let columns: Vec<Column> = match &doctor {
        Some(doctor) => (0..7).map(|day| Column::of_day(doctor, shifted(monday, day), &all, &now)).collect(),
        None => Vec::new(),
    };
    let base = |day: Date| {
        let doctor = ids.first().map(|id| format!("&doctor={id}")).unwrap_or_default();
        format!("/appointments/week?date={day}{doctor}")
    };
    let facts = format!(
        "{}, {} to {}",
        doctor.as_ref().map_or("No doctor", |doctor| doctor.name.as_str()),
        words::date(monday),
        words::date(shifted(monday, 6))
    );
    let listed = all.appointments.len();
    let page = PlanPage {
        shell: frame.shell(tx.actor()),
        view: "week",
        paper: None,
        caption: format!("Appointments by day, in steps of 15 minutes, {facts}"),
        facts,
        previous: base(shifted(monday, -7)),
        today: base(now.date()),
        next: base(shifted(monday, 7)),
        form: FormState::new()
            .with("date", date.to_string())
            .with("doctor", ids.first().map(ToString::to_string).unwrap_or_default()),
        doctors: doctor_choices(&known, "Choose a doctor"),
        departments: Vec::new(),
        tiles: Tiles(Vec::new()),
        empty: columns.is_empty(),
        plan: Plan::new(columns, &now, may_book),
        more: 0,
        may_book,
        may_move,
    };
    Ok(tx.commit(Audit::listed("appointment", listed), Page(page)).await?.into_response())
}

/// May book, may move.
fn rights(tx: &Authorized<View>) -> (bool, bool) {
    let person = tx.actor();
    let moves = person.holds("appointments:update_status") && appointments::may_run_desk(tx).is_ok();
    (person.holds("appointments:create"), moves)
}

impl Column {
    fn of_doctor(doctor: &Doctor, date: Date, all: &Gathered, now: &Zoned) -> Self {
        let room = doctor.room.as_ref().map(|room| format!(", {room}")).unwrap_or_default();
        let head = (doctor.name.clone(), format!("{}{room}", doctor.department));
        Self::new(head, doctor, date, all, now)
    }

    fn of_day(doctor: &Doctor, date: Date, all: &Gathered, now: &Zoned) -> Self {
        let head = (date.strftime("%A").to_string(), words::day(date, now.date()));
        Self::new(head, doctor, date, all, now)
    }
}
