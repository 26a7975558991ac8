//! What a file says about each patient, the same in each format.

use std::borrow::Cow;

use axum::body::Bytes;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, Zoned};

use crate::clinic::patients::{Ahead, Birth, Gender, Patient, PatientFilter, PatientId, Period, Precision};
use crate::clinic::profile::Letterhead;
use crate::web::words;

/// Heads of the columns: the contract's.
pub(super) const HEADS: [&str; 14] = [
    "Patient Code",
    "First Name",
    "Last Name",
    "DOB",
    "Gender",
    "Phone",
    "Email",
    "City",
    "Patient Type",
    "Last Visited",
    "Upcoming Appointment Date",
    "Upcoming Appointment Doctor",
    "Upcoming Appointment Department",
    "Created At",
];

/// Everything that goes into one file.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) head: Letterhead,
    /// The bytes of a PNG.
    pub(super) logo: Option<Bytes>,
    /// `Asia/Kolkata`: the zone of all its times.
    pub(super) zone: String,
    /// What it was narrowed by, for people.
    pub(super) filters: String,
    pub(super) by: String,
    pub(super) lines: Vec<Line>,
}

impl Sheet {
    /// `12,480 patients`
    pub(super) fn counted(&self) -> String {
        words::counted(i64::try_from(self.lines.len()).unwrap_or(i64::MAX), "patient", "patients")
    }

    /// `22 Nov 2026, 10:41`
    pub(super) fn at_in_words(&self) -> String {
        self.head.moment(self.head.now.timestamp())
    }
}

/// One patient.
#[derive(Debug)]
pub(super) struct Line {
    pub id: PatientId,
    pub code: String,
    pub first_name: String,
    pub last_name: Option<String>,
    pub birth: Birth,
    pub gender: Option<Gender>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub city: Option<String>,
    pub last_visited: Option<Zoned>,
    pub created: Zoned,
    /// The next time that is booked, with whom and where.
    pub ahead: Option<(Zoned, String, String)>,
}

/// What a cell holds.
pub(super) enum Cell<'a> {
    Empty,
    Text(Cow<'a, str>),
    Day(Date),
    Moment(&'a Zoned),
}

impl<'a> From<Option<&'a str>> for Cell<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Cell::Empty, |text| Cell::Text(text.into()))
    }
}

impl Line {
    pub(super) fn new(patient: Patient, now: &Zoned) -> Self {
        let here = |at: Timestamp| at.to_zoned(now.time_zone().clone());
        Self {
            id: patient.id,
            code: patient.code,
            first_name: patient.details.first_name,
            last_name: patient.details.last_name,
            birth: patient.details.birth,
            gender: patient.details.gender,
            phone: patient.details.phone_primary,
            email: patient.details.email,
            city: patient.details.city,
            last_visited: patient.last_visited_at.map(here),
            created: here(patient.created_at),
            ahead: None,
        }
    }

    /// What is booked, at the hospital's time.
    pub(super) fn with(&mut self, ahead: Option<Ahead>) {
        let zone = self.created.time_zone().clone();
        self.ahead = ahead.map(|next| (next.at.to_zoned(zone), next.doctor, next.department));
    }

    /// In the order of [`HEADS`]. There are no admissions yet.
    pub(super) fn cells(&self) -> [Cell<'_>; 14] {
        let (next, doctor, department) = match &self.ahead {
            None => (Cell::Empty, Cell::Empty, Cell::Empty),
            Some((at, doctor, department)) => {
                (Cell::Moment(at), Some(doctor.as_str()).into(), Some(department.as_str()).into())
            }
        };
        [
            Some(self.code.as_str()).into(),
            Some(self.first_name.as_str()).into(),
            self.last_name.as_deref().into(),
            self.born(),
            self.gender.map(Gender::code).into(),
            self.phone.as_deref().into(),
            self.email.as_deref().into(),
            self.city.as_deref().into(),
            Some("OPD").into(),
            self.last_visited.as_ref().map_or(Cell::Empty, Cell::Moment),
            next,
            doctor,
            department,
            Cell::Moment(&self.created),
        ]
    }

    /// The birthday, or as much of it as is known (`1992-03`, `1992`: ISO 8601): an age is no birthday.
    pub(super) fn born(&self) -> Cell<'_> {
        match self.birth {
            Birth::NotRecorded | Birth::Unknown => Cell::Empty,
            Birth::On(date) | Birth::About { date, precision: Precision::Day, .. } => Cell::Day(date),
            Birth::About { date, precision: Precision::Month, .. } => {
                Cell::Text(date.strftime("%Y-%m").to_string().into())
            }
            Birth::About { date, precision: Precision::Year, .. } => {
                Cell::Text(date.strftime("%Y").to_string().into())
            }
        }
    }
}

/// What a list was narrowed by, as people say it.
pub(super) fn in_words(filter: &PatientFilter, zone: &TimeZone) -> String {
    let mut parts = Vec::new();
    if let Some(search) = &filter.search {
        let mut searched = vec![search.first.as_str()];
        if search.second != search.first {
            searched.push(&search.second);
        }
        searched.extend(search.rest.iter().map(String::as_str));
        parts.push(format!("search \u{201c}{}\u{201d}", searched.join(" ")));
    }
    if let Some(gender) = filter.gender {
        parts.push(format!("sex {}", words::sex(gender.code()).0));
    }
    parts.extend(period("registered", filter.registered, zone));
    parts.extend(period("last visit", filter.last_visit, zone));
    for (what, of) in [("department", filter.visits.department), ("doctor", filter.visits.doctor)] {
        parts.extend(of.map(|_| format!("with a visit to one {what}")));
    }
    if filter.nobody {
        parts.push("admitted".to_owned());
    }
    if parts.is_empty() { "All patients".to_owned() } else { format!("Narrowed by: {}", parts.join("; ")) }
}

fn period(what: &str, period: Period, zone: &TimeZone) -> Option<String> {
    let day = |at: Timestamp| words::date(at.to_zoned(zone.clone()).date());
    // The end itself does not count, so the day before it is the last one.
    let last = period.until.map(|end| day(end.checked_sub(1.microsecond()).unwrap_or(end)));
    match (period.from.map(day), last) {
        (None, None) => None,
        (Some(first), None) => Some(format!("{what} since {first}")),
        (None, Some(last)) => Some(format!("{what} until {last}")),
        (Some(first), Some(last)) if first == last => Some(format!("{what} {first}")),
        (Some(first), Some(last)) => Some(format!("{what} {first} to {last}")),
    }
}
