//! The search for a free time: by doctor, or by department or specialisation, from a day on.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;

use super::list::{department_choices, specialization_choices};
use super::{FreeTime, LIST, about};
use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::clinic::slots::{self, Free, MOST_DAYS_OF_MANY, View, Wanted, model};
use crate::clinic::{availability, doctors, patients};
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::*;
use crate::web::{Page, PageWithStatus, Query, words};

/// Days that are shown at once.
const DAYS: i32 = 7;

/// One doctor's free times.
struct Found {
    href: String,
    name: Name,
    /// "Cardiology, room 3"
    facts: String,
    accepts: bool,
    days: Vec<DayTimes>,
}

struct DayTimes {
    /// "Monday, 2 Mar 2026"
    day: String,
    times: Vec<FreeTime>,
}

/// `GET /doctors/slots`
#[derive(Template)]
#[template(path = "clinic/slots/pages/search.html")]
pub(super) struct SearchPage {
    shell: Shell,
    form: FormState,
    doctors: Vec<Choice>,
    departments: Vec<Choice>,
    specializations: Vec<Choice>,
    found: Vec<Found>,
    /// "2 Mar 2026 to 8 Mar 2026"
    range: String,
    /// The seven days before and behind.
    earlier: Option<String>,
    later: Option<String>,
    more: i64,
    may_book: bool,
}

impl SearchPage {
    fn is_nothing(&self) -> bool {
        self.found.iter().all(|found| found.days.is_empty())
    }
}

/// What is looked for.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Search {
    /// Id of a doctor; what is no id means any.
    doctor: String,
    /// Id of a department; what is no id means any.
    department: String,
    specialization: String,
    /// First day; today if it is blank.
    from: String,
    /// `true`: also times at which only an overbooking is left.
    overbooking: String,
}

impl Search {
    fn href(&self, from: Date) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("doctor", &self.doctor)
            .append_pair("department", &self.department)
            .append_pair("specialization", &self.specialization)
            .append_pair("overbooking", &self.overbooking)
            .append_pair("from", &from.to_string())
            .finish();
        format!("{LIST}/slots?{query}")
    }
}

/// `GET /doctors/slots`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Query(search): Query<Search>,
) -> Result<Response, AppError> {
    let today = patients::hospital_now(&tx).date();
    let mut errors = FieldErrors::default();
    let first = availability::day("from", Some(&search.from), &mut errors);
    let first = first.unwrap_or(today).max(today);
    let last = first.checked_add(jiff::Span::new().days(DAYS - 1)).unwrap_or(first);
    let asked = match errors.finish() {
        Ok(()) => model::days((Some(first), Some(last)), false, today),
        Err(error) => Err(error),
    };
    let (first, last, problem) = match asked {
        Ok((first, last)) => (first, last, None),
        Err(AppError::Problem(problem)) => (today, today, Some(problem)),
        Err(other) => return Err(other),
    };
    let wanted = Wanted {
        doctor: search.doctor.parse().ok(),
        department: search.department.parse().ok(),
        specialization: Some(search.specialization.trim().to_owned()).filter(|word| !word.is_empty()),
        first,
        last,
        with_overbooking: search.overbooking == "true",
    };
    let (free, more) = match problem {
        None => slots::free(&tx, &wanted).await?,
        Some(_) => (Vec::new(), 0),
    };
    let page = page(&tx, &frame, &search, (&wanted, today), (free, more)).await?;
    let audit = Audit::listed("user", page.found.len());
    match problem {
        None => Ok(tx.commit(audit, Page(page)).await?.into_response()),
        Some(problem) => {
            let form = page.form.clone().refused(&problem.errors, problem.detail);
            let page = SearchPage { form, ..page };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(tx.commit(audit, PageWithStatus(status, page)).await?.into_response())
        }
    }
}

async fn page(
    tx: &Authorized<View>,
    frame: &Frame,
    search: &Search,
    (wanted, today): (&Wanted, Date),
    (free, more): (Vec<Free>, i64),
) -> Result<SearchPage, AppError> {
    let all = doctors::Wanted { accepts_bookings: Some(true), ..doctors::Wanted::default() };
    let all = doctors::list(tx, &all, PageRequest { page: 1, page_size: 500 }).await?;
    let choices = all.items.iter().map(|one| Choice::new(one.user_id.to_string(), one.name.as_str()));
    let week = |days: i32| wanted.first.checked_add(jiff::Span::new().days(days)).ok();
    let earlier = week(-DAYS).map(|day| day.max(today)).filter(|day| *day < wanted.first);
    Ok(SearchPage {
        shell: frame.shell(tx.actor()),
        form: FormState::new()
            .with("doctor", search.doctor.clone())
            .with("department", search.department.clone())
            .with("specialization", search.specialization.clone())
            .with("from", if search.from.is_empty() { wanted.first.to_string() } else { search.from.clone() })
            .with_tick("overbooking", wanted.with_overbooking),
        doctors: std::iter::once(Choice::new("", "Any doctor")).chain(choices).collect(),
        departments: department_choices(tx).await?,
        specializations: specialization_choices(tx).await?,
        // Those who have a time come first.
        found: {
            let mut found: Vec<Found> = free.into_iter().map(|free| found(tx, free, today)).collect();
            found.sort_by_key(|one| one.days.is_empty());
            found
        },
        range: format!("{} to {}", words::date(wanted.first), words::date(wanted.last)),
        earlier: earlier.map(|day| search.href(day)),
        later: week(DAYS).map(|day| search.href(day)),
        more,
        may_book: tx.actor().holds("appointments:create"),
    })
}

fn found(tx: &TenantTx, free: Free, today: Date) -> Found {
    let zone = &tx.hospital().zone;
    let mut days: BTreeMap<Date, Vec<FreeTime>> = BTreeMap::new();
    for slot in &free.slots {
        let date = slot.starts_at.to_zoned(zone.clone()).date();
        days.entry(date).or_default().push(FreeTime::new(tx, slot, today));
    }
    let day = |date: Date| {
        date.to_zoned(zone.clone()).map_or_else(|_| words::date(date), |at| words::long_day(&at))
    };
    let doctor = free.doctor;
    Found {
        href: format!("{LIST}/{}", doctor.user_id),
        name: Name::new(&doctor.name),
        facts: about(&doctor, doctor.room.as_deref()),
        accepts: doctor.facts.accepts_bookings,
        days: days.into_iter().map(|(date, times)| DayTimes { day: day(date), times }).collect(),
    }
}

const _: () = assert!(DAYS <= MOST_DAYS_OF_MANY, "a page asks for no more than is answered");
