//! One doctor: the profile, this week, and when they are away.

use askama::Template;
use serde_json::json;

use super::{FreeTime, LIST, about};
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::doctors::{self, Doctor};
use crate::clinic::slots::{self, View};
use crate::clinic::{appointments, availability, patients};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::kernel::money::currency;
use crate::web::layout::*;
use crate::web::{Page, Path, words};

/// Days that are shown.
const DAYS: i32 = 7;
/// Free times that are shown.
const MOST_FREE: usize = 6;

/// A day of the week that begins today.
struct DayLine {
    /// "Mon 2 Mar"
    day: String,
    /// "09:00–13:00, 15:00–17:00"
    hours: String,
    why: Option<String>,
}

/// A time for which the doctor is away.
struct LeaveLine {
    kind: &'static str,
    from: When,
    until: When,
    withdrawn: bool,
    is_over: bool,
    /// `…/withdraw`, for who may.
    withdraw: Option<String>,
}

/// `GET /doctors/{user_id}`
#[derive(Template)]
#[template(path = "clinic/slots/pages/doctor.html")]
pub(super) struct DoctorPage {
    shell: Shell,
    href: String,
    name: Name,
    facts: String,
    photo: Option<String>,
    state: Badge,
    profile: Vec<Fact>,
    about: Option<String>,
    week: Vec<DayLine>,
    /// None were ever written: the doctor can be booked at any time.
    has_no_hours: bool,
    free: Vec<FreeTime>,
    leaves: Vec<LeaveLine>,
    may_edit: bool,
    may_write_hours: bool,
    may_take_leave: bool,
    may_book: bool,
    may_see_staff: bool,
    staff_href: String,
    slots_href: String,
    week_href: String,
}

fn profile(tx: &Authorized<View>, doctor: &Doctor) -> Vec<Fact> {
    let today = patients::hospital_now(tx).date();
    let facts = &doctor.facts;
    let years = |years: i16| words::counted(i64::from(years), "year", "years");
    let experience = doctor.experience_years(today).map(|n| match facts.practising_since {
        Some(since) => format!("{}, since {since}", years(n)),
        None => years(n),
    });
    let fee = facts.fee_minor.zip(currency(&tx.hospital().currency));
    vec![
        Fact::new("Department", Some(doctor.department.clone())),
        Fact::new("Specialisation", doctor.specialization.clone()),
        Fact::new("Qualifications", facts.qualifications.clone()),
        Fact::new("Registration number", facts.registration_number.clone()),
        Fact::new("Experience", experience),
        Fact::new("Languages", Some(doctors::languages::names(&facts.languages))),
        Fact::new("Fee", fee.map(|(fee, currency)| words::amount(fee, currency))),
        Fact::new("Sees patients in", doctor.room.clone()),
        Fact::new("An appointment takes", Some(format!("{} minutes", facts.slot_minutes))),
        Fact::new(
            "Overbooking",
            Some(match facts.overbooking {
                0 => "None".to_owned(),
                n => format!("{n} more into one slot"),
            }),
        ),
        Fact::new("Shown to the public", Some(if facts.is_listed { "Yes" } else { "No" }.to_owned())),
    ]
}

/// What touches is one.
fn joined(open: &[availability::Stretch]) -> Vec<(jiff::Timestamp, jiff::Timestamp)> {
    let mut all: Vec<(jiff::Timestamp, jiff::Timestamp)> = Vec::new();
    for stretch in open {
        match all.last_mut() {
            Some((_, until)) if *until == stretch.starts_at => *until = stretch.ends_at,
            _ => all.push((stretch.starts_at, stretch.ends_at)),
        }
    }
    all
}

/// `GET /doctors/{user_id}`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<UserId>,
) -> Result<Page<DoctorPage>, AppError> {
    let doctor = doctors::named(&tx, id).await?;
    let now = patients::hospital_now(&tx);
    let today = now.date();
    let zone = tx.hospital().zone.clone();
    let here = |at: jiff::Timestamp| at.to_zoned(zone.clone());
    let until = now.checked_add(jiff::Span::new().days(14)).map_err(AppError::internal)?.timestamp();
    let free = match doctor.facts.accepts_bookings {
        true => slots::between(&tx, std::slice::from_ref(&doctor), tx.now(), until).await?,
        false => Vec::new(),
    };
    let days = availability::of_days(&tx, id, today, DAYS).await?;
    let written = |(from, until): &(jiff::Timestamp, jiff::Timestamp)| {
        format!("{}\u{2013}{}", words::clock(&here(*from)), words::clock(&here(*until)))
    };
    let may_take_leave = tx.actor().holds("appointments:update_status")
        && (id == tx.actor().user || !appointments::is_pure_doctor(&tx));
    let leaves = availability::leaves(&tx, id).await?;
    let actor = tx.actor();
    let is_away = leaves
        .iter()
        .any(|leave| leave.withdrawn.is_none() && leave.starts_at <= tx.now() && tx.now() < leave.ends_at);
    let state = match (is_away, doctor.facts.accepts_bookings) {
        (true, _) => Badge::new(Kind::Warn, Icon("calendar-off"), "Away"),
        (false, true) => Badge::new(Kind::Ok, Icon("circle-check"), "Takes bookings"),
        (false, false) => Badge::new(Kind::Neutral, Icon("x"), "No bookings"),
    };
    let leave_line = |leave: &availability::Leave| {
        let is_over = leave.ends_at <= tx.now();
        LeaveLine {
            kind: leave.kind.label(),
            from: When::moment(&here(leave.starts_at), today),
            until: When::moment(&here(leave.ends_at), today),
            withdrawn: leave.withdrawn.is_some(),
            is_over,
            withdraw: (may_take_leave && !is_over && leave.withdrawn.is_none())
                .then(|| format!("{LIST}/{id}/leave/{}/withdraw", leave.id)),
        }
    };
    let page = DoctorPage {
        shell: frame.shell(actor),
        href: format!("{LIST}/{id}"),
        name: Name::new(&doctor.name),
        facts: about(&doctor, None),
        photo: doctors::photo_path(&doctor),
        state,
        profile: profile(&tx, &doctor),
        about: doctor.facts.about.clone(),
        week: days
            .iter()
            .map(|day| DayLine {
                day: words::short_day(&day.date.to_zoned(zone.clone()).unwrap_or_else(|_| now.clone())),
                hours: joined(&day.open).iter().map(written).collect::<Vec<_>>().join(", "),
                why: day.why.clone(),
            })
            .collect(),
        has_no_hours: !availability::has_hours(&tx, id).await?,
        free: free
            .iter()
            .filter(|slot| slot.booked == 0)
            .take(MOST_FREE)
            .map(|slot| FreeTime::new(&tx, slot, today))
            .collect(),
        leaves: leaves.iter().map(leave_line).collect(),
        may_edit: actor.holds("settings:update"),
        may_write_hours: actor.holds("appointments:update_status") && availability::may_write(&tx, id),
        may_take_leave,
        may_book: actor.holds("appointments:create"),
        may_see_staff: actor.holds("users:view"),
        staff_href: format!("/staff/{id}"),
        slots_href: format!("{LIST}/slots?doctor={id}"),
        week_href: format!("/appointments/week?doctor={id}"),
    };
    tx.commit(Audit::viewed(id).with(json!({ "part": "doctor" })), Page(page)).await
}
