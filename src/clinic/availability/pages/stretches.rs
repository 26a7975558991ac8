//! Stretches of a day with another length or room than the rest of the week: lines below the day's own hours.
//!
//! A line holds hours as people type them, and a length and a room for all of them, so whatever the API has written comes
//! back as it was. Without a script there is always one blank line more.

use std::collections::BTreeMap;

use super::hours::room;
use crate::clinic::availability::{Hours, field};
use crate::clinic::doctors::{self, Doctor, RoomId};
use crate::clinic::profile::{Span, Weekday, spans};
use crate::kernel::FieldErrors;
use crate::kernel::manner::Manner;
use crate::web::layout::FormState;

/// Lines of a day, its own hours among them: as many as a day has stretches, and one.
const MOST: usize = 9;

/// How long an appointment takes, and where.
pub(super) type Kind = (u16, Option<RoomId>);

/// Names of the fields of a line: `monday_2`, `monday_2_slot`, `monday_2_room`.
pub(super) struct Line {
    pub hours: String,
    pub slot: String,
    pub room: String,
}

impl Line {
    fn of(day: Weekday, n: usize) -> Self {
        let hours = format!("{}_{n}", field(day));
        Self { slot: format!("{hours}_slot"), room: format!("{hours}_room"), hours }
    }

    /// Those below a day's own hours.
    fn all(day: Weekday) -> impl Iterator<Item = Self> {
        (2..=MOST).map(move |n| Self::of(day, n))
    }

    fn names(self) -> [String; 3] {
        [self.hours, self.slot, self.room]
    }
}

/// Every name of every line of the week.
pub(super) fn names() -> impl Iterator<Item = String> {
    Weekday::ALL.into_iter().flat_map(Line::all).flat_map(Line::names)
}

/// A day of the form.
pub(super) struct Day {
    pub name: &'static str,
    pub label: &'static str,
    pub lines: Vec<Line>,
    /// Something is in the lines.
    pub is_open: bool,
}

/// The week as the form shows it: for each day the lines with something in them and a blank one, which begins with the
/// length and the room of the week.
pub(super) fn week(mut form: FormState) -> (Vec<Day>, FormState) {
    let mut days = Vec::new();
    for day in Weekday::ALL {
        let is_used = |line: &Line| {
            let faulty = [&line.hours, &line.slot, &line.room].into_iter().any(|n| form.error(n).is_some());
            faulty || !form.value(&line.hours).trim().is_empty()
        };
        let mut lines: Vec<Line> = Line::all(day).collect();
        let used = lines.iter().rposition(is_used).map_or(0, |last| last + 1);
        lines.truncate(used + 1);
        if let Some(blank) = lines.get(used) {
            let (slot, room) = (form.value("slot_minutes").to_owned(), form.value("room_id").to_owned());
            form = form.with(&blank.slot, slot).with(&blank.room, room);
        }
        days.push(Day { name: field(day), label: day.name(), lines, is_open: used > 0 });
    }
    (days, form)
}

/// The lines of a day, understood.
pub(super) fn typed(
    day: Weekday,
    fields: &BTreeMap<String, String>,
    errors: &mut FieldErrors,
) -> Vec<(Span, Kind)> {
    let mut all = Vec::new();
    let value = |name: &str| fields.get(name).map_or("", String::as_str);
    for line in Line::all(day).filter(|line| !value(&line.hours).trim().is_empty()) {
        let read = spans(day, value(&line.hours));
        let slot = value(&line.slot).trim().parse().unwrap_or(0);
        let slot = doctors::slot_minutes(&line.slot, slot, errors);
        let room = room(&line.room, value(&line.room), errors);
        match (read, slot) {
            (Err(fault), _) => errors.add(&line.hours, format!("{}: {fault}", day.name())),
            (Ok(spans), Some(slot)) => all.extend(spans.into_iter().map(|span| (span, (slot, room)))),
            (Ok(_), None) => {}
        }
    }
    all
}

fn kind(hours: &Hours) -> Kind {
    (hours.slot_minutes, hours.room_id)
}

/// What most stretches have; what the doctor has, where there are none.
pub(super) fn usual(doctor: &Doctor, hours: &[Hours]) -> Kind {
    let count = |of: &Kind| hours.iter().filter(|hours| kind(hours) == *of).count();
    // Of as many, the first.
    hours
        .iter()
        .rev()
        .map(kind)
        .max_by_key(count)
        .unwrap_or((doctor.facts.slot_minutes, doctor.facts.room_id))
}

/// A day of these hours as the form writes it: its own line, and those below it.
pub(super) fn written(form: FormState, day: Weekday, hours: &[Hours], usual: Kind) -> FormState {
    let manner = Manner::of_reader().hours;
    let own: Vec<&Hours> = hours.iter().filter(|hours| hours.weekday == day).collect();
    let text = |of: Kind| {
        let spans = own.iter().filter(|hours| kind(hours) == of);
        let spans = spans.map(|hours| Span { day, opens: hours.starts, closes: hours.ends }.written(manner));
        spans.collect::<Vec<_>>().join(", ")
    };
    let mut others: Vec<Kind> = Vec::new();
    for of in own.iter().map(|hours| kind(hours)).filter(|of| *of != usual) {
        if !others.contains(&of) {
            others.push(of);
        }
    }
    let first = if own.is_empty() { "closed".to_owned() } else { text(usual) };
    let form = form.with(field(day), first);
    Line::all(day).zip(others).fold(form, |form, (line, of)| {
        let (slot, room) = (of.0.to_string(), of.1.map_or_else(String::new, |room| room.to_string()));
        form.with(&line.hours, text(of)).with(&line.slot, slot).with(&line.room, room)
    })
}
