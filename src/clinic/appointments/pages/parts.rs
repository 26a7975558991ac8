//! What several pages show of appointments.

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};

use crate::access::TenantTx;
use crate::clinic::appointments::model::{Appointment, Status};
use crate::clinic::appointments::{departments, free_times};
use crate::clinic::doctors::{self, Doctor, Wanted};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::web::layout::{Badge, Choice, Icon, Kind, Name, When};
use crate::web::words;

/// Where an appointment's page is.
pub(super) fn href(appointment: &Appointment) -> String {
    format!("/appointments/{}", appointment.id)
}

/// How it stands: icon, word and colour.
pub(super) fn badge(appointment: &Appointment) -> Badge {
    let (kind, icon) = look(appointment.status);
    Badge::new(kind, icon, appointment.status.word())
}

pub(super) fn look(status: Status) -> (Kind, Icon) {
    match status {
        Status::Scheduled => (Kind::Neutral, Icon("calendar-event")),
        Status::CheckedIn => (Kind::Info, Icon("door-enter")),
        Status::InConsultation => (Kind::Active, Icon("stethoscope")),
        Status::Completed => (Kind::Ok, Icon("check")),
        Status::Cancelled => (Kind::Neutral, Icon("x")),
        Status::NoShow => (Kind::Warn, Icon("user-off")),
    }
}

/// One line of a list.
pub(super) struct Row {
    pub href: String,
    pub patient: Name,
    pub code: String,
    pub is_open: bool,
    pub at: When,
    pub minutes: i64,
    pub doctor: String,
    pub department: String,
    pub room: Option<String>,
    pub token: Option<String>,
    pub kind: &'static str,
    pub reason: Option<String>,
    pub status: Badge,
}

impl Row {
    pub fn new(appointment: &Appointment, now: &Zoned) -> Self {
        let names = &appointment.names;
        Self {
            href: href(appointment),
            patient: Name::new(names.patient.clone()),
            code: names.patient_code.clone(),
            is_open: appointment.is_open(),
            at: When::exactly(appointment.scheduled_at, now),
            minutes: appointment.minutes(),
            doctor: names.doctor.clone(),
            department: names.department.clone(),
            room: names.room.clone(),
            token: appointment.token.as_ref().map(ToString::to_string),
            kind: appointment.kind.word(),
            reason: appointment.reason.clone(),
            status: badge(appointment),
        }
    }
}

/// Doctors who can be chosen: so many at most.
const MOST_DOCTORS: i64 = 500;

pub(super) async fn bookable_doctors(tx: &TenantTx) -> Result<Vec<Doctor>, AppError> {
    let wanted = Wanted { accepts_bookings: Some(true), ..Wanted::default() };
    let page = PageRequest { page: 1, page_size: MOST_DOCTORS };
    Ok(doctors::list(tx, &wanted, page).await?.items)
}

/// "Dr. N. Rao, Cardiology" for each, after a first choice.
pub(super) fn doctor_choices(doctors: &[Doctor], first: &'static str) -> Vec<Choice> {
    let choice = |doctor: &Doctor| {
        Choice::new(doctor.user_id.to_string(), format!("{}, {}", doctor.name, doctor.department))
    };
    std::iter::once(Choice::new("", first)).chain(doctors.iter().map(choice)).collect()
}

pub(super) async fn department_choices(tx: &TenantTx, first: &'static str) -> Result<Vec<Choice>, AppError> {
    let all = departments(tx).await?;
    let choices = all.into_iter().map(|(id, name)| Choice::new(id.to_string(), name));
    Ok(std::iter::once(Choice::new("", first)).chain(choices).collect())
}

/// A time to choose.
pub(super) struct TimeChoice {
    /// An instant, which means one moment also where the clock shows it twice.
    pub value: String,
    pub label: String,
}

/// The free times of a day, and why there are none.
#[derive(Default)]
pub(super) struct Times {
    pub choices: Vec<TimeChoice>,
    pub why: Option<String>,
}

pub(super) async fn times_of(
    tx: &TenantTx,
    doctor: &Doctor,
    day: Date,
    now: &Zoned,
) -> Result<Times, AppError> {
    let found = free_times(tx, doctor, day).await?;
    let choice = |at: &Timestamp| TimeChoice {
        value: at.to_string(),
        label: words::clock(&at.to_zoned(now.time_zone().clone())),
    };
    Ok(Times { choices: found.times.iter().map(choice).collect(), why: found.why })
}

/// A day that somebody chose; today where there is none, or one before today.
pub(super) fn day_from(typed: &str, now: &Zoned) -> Date {
    typed
        .trim()
        .parse()
        .ok()
        .filter(|day: &Date| *day >= now.date() && day.year() <= 2200)
        .unwrap_or_else(|| now.date())
}

/// Any day that somebody chose; today where there is none.
pub(super) fn any_day(typed: &str, now: &Zoned) -> Date {
    let sensible = |day: &Date| (1970..=2200).contains(&day.year());
    typed.trim().parse().ok().filter(sensible).unwrap_or_else(|| now.date())
}

pub(super) fn user_from(typed: &str) -> Option<UserId> {
    typed.trim().parse().ok()
}
