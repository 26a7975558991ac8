//! Hours, days that differ and leave as they are typed: times of the hospital's clock. Pure.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::clock::{DAY, instant};
use super::model::{Kind, LeaveKind, NewLeave};
use crate::clinic::doctors::{RoomId, slot_minutes};
use crate::clinic::profile::{Span, Weekday};
use crate::kernel::ids::UserId;
use crate::kernel::manner::minute;
use crate::kernel::{AppError, FieldErrors, text};

/// Spans of one weekday.
const MOST_SPANS: usize = 8;
/// Nobody writes hours or leave for later than that.
const FARTHEST_YEARS: i64 = 3;
/// A leave is written down afterwards at most so many days late.
const LATEST_DAYS: i64 = 31;

/// Hours of one weekday, typed.
#[derive(Debug, Clone, Copy, Default)]
pub struct TypedSpan<'a> {
    /// `MONDAY`
    pub weekday: &'a str,
    /// `09:00`
    pub starts_at: &'a str,
    /// `13:00`; `24:00` is the end of the day.
    pub ends_at: &'a str,
    pub slot_minutes: Option<i64>,
    pub room_id: Option<RoomId>,
}

/// A span of a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeekSpan {
    pub weekday: Weekday,
    pub starts: u16,
    pub ends: u16,
    pub slot_minutes: u16,
    pub room_id: Option<RoomId>,
}

/// A week's hours and the days for which they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWeek {
    pub spans: Vec<WeekSpan>,
    pub valid_from: Date,
    pub valid_until: Option<Date>,
}

impl NewWeek {
    /// `usual` is the slot length where a span says none.
    ///
    /// # Errors
    /// 422 with everything that is wrong.
    pub fn parse(
        spans: &[TypedSpan<'_>],
        (valid_from, valid_until): (Option<&str>, Option<&str>),
        usual: u16,
        today: Date,
    ) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let days = days((valid_from, valid_until), today, &mut errors);
        let mut parsed = Vec::new();
        for span in spans {
            parsed.extend(one(span, usual, &mut errors));
        }
        if errors.is_empty() {
            apart(&mut parsed, &mut errors);
        }
        let (valid_from, valid_until) = errors.finish_with(days)?;
        Ok(Self { spans: parsed, valid_from, valid_until })
    }

    /// From spans that people typed as text, each with its length and room; past midnight cut into two.
    ///
    /// # Errors
    /// 422 with everything that is wrong.
    pub fn of_spans(
        spans: &[(Span, (u16, Option<RoomId>))],
        days: (Date, Option<Date>),
    ) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let mut parsed: Vec<WeekSpan> = spans
            .iter()
            .flat_map(|(span, (slot_minutes, room_id))| at_midnight(span, *slot_minutes, *room_id))
            .filter(|span| {
                let fits = fits_grid(span);
                if !fits {
                    errors.add(field(span.weekday), GRID);
                }
                fits
            })
            .collect();
        apart(&mut parsed, &mut errors);
        errors.finish()?;
        Ok(Self { spans: parsed, valid_from: days.0, valid_until: days.1 })
    }
}

const GRID: &str = "Use quarters of an hour, and at least one whole slot.";

/// Name of the field of a weekday: `monday`.
#[must_use]
pub fn field(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}

/// A hospital's span as one or two of a doctor's.
pub(super) fn at_midnight(span: &Span, slot_minutes: u16, room_id: Option<RoomId>) -> Vec<WeekSpan> {
    let of = |weekday, starts, ends| WeekSpan { weekday, starts, ends, slot_minutes, room_id };
    let first = of(span.day, span.opens, span.closes.min(DAY));
    if span.closes <= DAY {
        return vec![first];
    }
    let [_, next, ..] = span.day.week();
    vec![first, of(next, 0, span.closes - DAY)]
}

/// The quarters of an hour within a span.
pub(super) fn to_quarters(span: WeekSpan) -> WeekSpan {
    WeekSpan { starts: span.starts.next_multiple_of(15), ends: span.ends / 15 * 15, ..span }
}

/// On quarters of an hour, with room for one slot.
pub(super) fn fits_grid(span: &WeekSpan) -> bool {
    span.starts.is_multiple_of(15)
        && span.ends.is_multiple_of(15)
        && span.ends <= DAY
        && span.starts.checked_add(span.slot_minutes).is_some_and(|end| end <= span.ends)
}

fn one(typed: &TypedSpan<'_>, usual: u16, errors: &mut FieldErrors) -> Option<WeekSpan> {
    let weekday = Weekday::from_code(typed.weekday.trim());
    if weekday.is_none() {
        errors.add("hours", "Name the weekday like MONDAY.");
    }
    let slot =
        typed.slot_minutes.map_or(Some(usual), |minutes| slot_minutes("slot_minutes", minutes, errors));
    let times = minute(typed.starts_at).zip(minute(typed.ends_at));
    if times.is_none() {
        errors.add("hours", "Write times like 09:00 and 13:00; 24:00 is the end of the day.");
    }
    let (starts, ends) = times?;
    let span = WeekSpan { weekday: weekday?, starts, ends, slot_minutes: slot?, room_id: typed.room_id };
    if fits_grid(&span) {
        Some(span)
    } else {
        errors.add("hours", format!("{}: {GRID}", span.weekday.name()));
        None
    }
}

/// In order, none over another.
fn apart(spans: &mut [WeekSpan], errors: &mut FieldErrors) {
    spans.sort_unstable_by_key(|span| (span.weekday, span.starts));
    for pair in spans.windows(2) {
        if let [a, b] = pair
            && a.weekday == b.weekday
            && b.starts < a.ends
        {
            errors.add(field(a.weekday), format!("Two spans of {} overlap.", a.weekday.name()));
        }
    }
    for day in Weekday::ALL {
        if spans.iter().filter(|span| span.weekday == day).count() > MOST_SPANS {
            errors.add(field(day), format!("Write at most {MOST_SPANS} spans for one day."));
        }
    }
}

/// The days for which something holds: from today on, if nothing else is said.
pub fn days(
    (from, until): (Option<&str>, Option<&str>),
    today: Date,
    errors: &mut FieldErrors,
) -> Option<(Date, Option<Date>)> {
    let before = errors.len();
    let from = day("valid_from", from, errors).unwrap_or(today);
    let until = day("valid_until", until, errors);
    if from < today {
        errors.add("valid_from", "Hours begin today or later: what was stays as it was.");
    } else if from > farthest(today) {
        errors.add("valid_from", "This is too far away.");
    }
    if until.is_some_and(|until| until < from || until > farthest(from)) {
        errors.add("valid_until", "This is the first day or a later one, within three years.");
    }
    (errors.len() == before).then_some((from, until))
}

fn farthest(today: Date) -> Date {
    today.checked_add(FARTHEST_YEARS.years()).unwrap_or(Date::MAX)
}

/// A day like 2026-10-25; blank is none.
pub fn day(field: &str, typed: Option<&str>, errors: &mut FieldErrors) -> Option<Date> {
    let typed = typed.map(str::trim).filter(|typed| !typed.is_empty())?;
    let day = typed.parse::<Date>().ok().filter(|day| typed.len() == 10 && day.year() >= 1900);
    if day.is_none() {
        errors.add(field, "Write the day like 2026-10-25.");
    }
    day
}

/// A day that differs, typed.
#[derive(Debug, Clone, Copy, Default)]
pub struct TypedDay<'a> {
    pub on_date: &'a str,
    /// `EXTRA`, `CLOSED`
    pub kind: &'a str,
    /// Both blank: the whole day falls out.
    pub starts_at: &'a str,
    pub ends_at: &'a str,
    pub slot_minutes: Option<i64>,
    pub room_id: Option<RoomId>,
    pub note: Option<&'a str>,
}

/// A day that differs, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDay {
    pub on: Date,
    pub kind: Kind,
    pub starts: u16,
    pub ends: u16,
    pub slot_minutes: Option<u16>,
    pub room_id: Option<RoomId>,
    pub note: Option<String>,
}

impl TypedDay<'_> {
    /// # Errors
    /// 422 with everything that is wrong.
    pub fn parse(&self, usual: u16, today: Date) -> Result<NewDay, AppError> {
        let mut errors = FieldErrors::default();
        let on = day("on_date", Some(self.on_date), &mut errors);
        match on {
            None if self.on_date.trim().is_empty() => errors.add("on_date", "This is needed."),
            Some(on) if on < today => errors.add("on_date", "Choose today or a later day."),
            Some(on) if on > farthest(today) => errors.add("on_date", "This is too far away."),
            _ => {}
        }
        let kind = Kind::from_code(self.kind.trim());
        if kind.is_none() {
            errors.add("kind", "Use one of: EXTRA, CLOSED.");
        }
        let is_extra = kind == Some(Kind::Extra);
        let whole = !is_extra && self.starts_at.trim().is_empty() && self.ends_at.trim().is_empty();
        let times = if whole { Some((0, DAY)) } else { minute(self.starts_at).zip(minute(self.ends_at)) };
        let slot =
            self.slot_minutes.map_or(Some(usual), |typed| slot_minutes("slot_minutes", typed, &mut errors));
        let least = if is_extra { slot.unwrap_or(15) } else { 15 };
        match times {
            None => errors.add("starts_at", "Write times like 09:00 and 13:00; 24:00 is the end of the day."),
            Some((starts, ends))
                if !starts.is_multiple_of(15)
                    || !ends.is_multiple_of(15)
                    || ends > DAY
                    || starts + least > ends =>
            {
                errors.add("ends_at", GRID);
            }
            Some(_) => {}
        }
        let note = text::optional("note", self.note, 200, &mut errors);
        let parsed =
            on.zip(kind).zip(times).zip(note.ok()).map(|(((on, kind), (starts, ends)), note)| NewDay {
                on,
                kind,
                starts,
                ends,
                slot_minutes: slot.filter(|_| is_extra),
                room_id: self.room_id.filter(|_| is_extra),
                note,
            });
        errors.finish_with(parsed)
    }
}

/// A leave, typed: each end an instant, a time of the hospital's clock, or a whole day.
#[derive(Debug, Clone, Copy, Default)]
pub struct TypedLeave<'a> {
    pub kind: &'a str,
    pub starts_at: &'a str,
    /// A day is the last one that belongs to it.
    pub ends_at: &'a str,
    pub note: Option<&'a str>,
}

impl TypedLeave<'_> {
    /// # Errors
    /// 422 with everything that is wrong.
    pub fn parse(&self, doctor: UserId, now: Timestamp, zone: &TimeZone) -> Result<NewLeave, AppError> {
        let mut errors = FieldErrors::default();
        let kind = LeaveKind::from_code(self.kind.trim());
        if kind.is_none() {
            errors.add("kind", "Use one of: LEAVE, SICK, TRAINING, OTHER.");
        }
        let range = range(("starts_at", self.starts_at), ("ends_at", self.ends_at), now, zone, &mut errors);
        let note = text::optional("note", self.note, 500, &mut errors);
        let leave = kind.zip(range).zip(note.ok()).map(|((kind, (starts_at, ends_at)), note)| NewLeave {
            doctor,
            kind,
            starts_at,
            ends_at,
            note,
        });
        errors.finish_with(leave)
    }
}

/// From when to when somebody is away: not over yet, and not for years.
pub fn range(
    (start_field, start): (&str, &str),
    (end_field, end): (&str, &str),
    now: Timestamp,
    zone: &TimeZone,
    errors: &mut FieldErrors,
) -> Option<(Timestamp, Timestamp)> {
    let before = errors.len();
    let starts_at = moment(start_field, start, 0, zone, errors);
    let ends_at = moment(end_field, end, DAY, zone, errors);
    let (starts_at, ends_at) = (starts_at?, ends_at?);
    if now.duration_since(starts_at).as_hours() > LATEST_DAYS * 24 {
        errors.add(start_field, format!("This is written down at most {LATEST_DAYS} days later."));
    }
    if ends_at <= starts_at || ends_at <= now {
        errors.add(end_field, "This is later than the beginning, and than now.");
    } else if ends_at.duration_since(now).as_hours() > FARTHEST_YEARS * 366 * 24 {
        errors.add(end_field, "This is too far away.");
    }
    (errors.len() == before).then_some((starts_at, ends_at))
}

/// An instant, a time of the hospital's clock, or a minute of a day. Whole minutes.
fn moment(
    field: &str,
    typed: &str,
    minute_of_day: u16,
    zone: &TimeZone,
    errors: &mut FieldErrors,
) -> Option<Timestamp> {
    let typed = typed.trim();
    if typed.is_empty() {
        errors.add(field, "This is needed.");
        return None;
    }
    let read = || match typed.len() {
        10 => instant(zone, typed.parse::<Date>().ok()?, minute_of_day),
        _ => typed.parse::<Timestamp>().ok().or_else(|| {
            let shown: DateTime = typed.parse().ok()?;
            Some(shown.to_zoned(zone.clone()).ok()?.timestamp())
        }),
    };
    // So far away that no calendar of a hospital reaches it.
    let fits = read().filter(|at| (0..=32_503_680_000).contains(&at.as_second()));
    if fits.is_none() {
        errors.add(
            field,
            "Write a day like 2026-10-25, or a time like 2026-10-25T14:30 on the hospital's clock.",
        );
    }
    fits.and_then(|at| Timestamp::from_second(at.as_second()).ok())
}

#[cfg(test)]
mod tests;
