//! A list on paper: the hospital's letterhead, what the list is, and a table that reads on from page to page.
//!
//! It has the columns that fit A4 across; the type of a patient and the next appointment are left to the other formats
//! as long as they say the same of everybody.

use std::borrow::Cow;

use serde::Serialize;

use super::lines::{Cell, Line, Sheet};
use crate::clinic::profile::House;
use crate::kernel::AppError;
use crate::paper::{Template, written};
use crate::web::words;

static PATIENTS: Template = Template::new(include_str!("patients.typ"));

#[derive(Serialize)]
struct Data<'a> {
    house: House<'a>,
    about: Cow<'a, str>,
    printed: String,
    rows: Vec<[Cow<'a, str>; 9]>,
}

pub(super) fn make(sheet: &Sheet) -> Result<Vec<u8>, AppError> {
    let about = format!("{}. {}.", sheet.counted(), sheet.filters);
    let data = Data {
        house: sheet.head.house(),
        about: written(&about),
        printed: format!("Printed by {}, {} ({})", written(&sheet.by), sheet.at_in_words(), sheet.zone),
        rows: sheet.lines.iter().map(row).collect(),
    };
    PATIENTS.pdf(&data, sheet.logo.as_deref())
}

fn row(line: &Line) -> [Cow<'_, str>; 9] {
    let day = |at: Option<&jiff::Zoned>| at.map_or(Cow::Borrowed(""), |at| words::date(at.date()).into());
    [
        line.code.as_str().into(),
        match words::full_name(&line.first_name, line.last_name.as_deref()) {
            Cow::Borrowed(name) => written(name),
            Cow::Owned(name) => written(&name).into_owned().into(),
        },
        born(line),
        line.gender.map_or("", |gender| words::sex(gender.code()).0).into(),
        line.phone.as_deref().unwrap_or_default().into(),
        written(line.email.as_deref().unwrap_or_default()),
        written(line.city.as_deref().unwrap_or_default()),
        day(line.last_visited.as_ref()),
        day(Some(&line.created)),
    ]
}

/// The birthday, or the month or year, where only that is known.
fn born(line: &Line) -> Cow<'_, str> {
    match line.born() {
        Cell::Day(day) => words::date(day).into(),
        Cell::Text(text) => text,
        Cell::Empty | Cell::Moment(_) => Cow::Borrowed(""),
    }
}
