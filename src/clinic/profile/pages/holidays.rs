//! Holidays: one a line, pasted or typed.

use askama::Template;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{HOLIDAYS, SettingsForm, Shown, tabs};
use crate::clinic::profile::{Holiday, Holidays, Hospital, ProfileFields, Weekday};
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::*;
use crate::web::words;

const LABELS: &[(&str, &str)] = &[("holidays", "Holidays")];

/// `GET /settings/hospital/holidays`, and the 422 and 412 answers to its POST.
#[derive(Template)]
#[template(path = "clinic/profile/pages/holidays.html")]
pub(super) struct HolidaysPage {
    shell: Shell,
    tabs: Vec<Tab>,
    form: FormState,
    conflict: Option<Conflict>,
    may_change: bool,
    /// From today on: weekday, date, name.
    coming: Vec<(&'static str, String, Name)>,
    past: usize,
}

impl HolidaysPage {
    fn new(shown: Shown<'_>) -> Self {
        let Shown { shell, hospital, now, may_change, form, conflict } = shown;
        let (past, coming): (Vec<_>, Vec<_>) =
            hospital.holidays.days().iter().partition(|holiday| holiday.day < now.date());
        let row = |holiday: &&Holiday| {
            let weekday = Weekday::of(holiday.day).name();
            (weekday, words::day(holiday.day, now.date()), Name::new(holiday.name.clone()))
        };
        Self {
            shell,
            tabs: tabs(HOLIDAYS),
            form,
            conflict,
            may_change,
            coming: coming.iter().map(row).collect(),
            past: past.len(),
        }
    }
}

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct HolidaysForm {
    /// Of the hospital as the form showed it.
    version: String,
    /// One a line: date and name.
    holidays: String,
}

impl HolidaysForm {
    fn parse(&self) -> Result<Holidays, AppError> {
        let mut errors = FieldErrors::default();
        let holidays = Holidays::parse("holidays", &self.holidays, &mut errors);
        errors.finish_with(holidays)
    }
}

fn written(day: Date, name: &str) -> String {
    format!("{} {name}", words::date(day))
}

impl SettingsForm for HolidaysForm {
    const PATH: &'static str = HOLIDAYS;
    type Page = HolidaysPage;

    fn shown(hospital: &Hospital) -> FormState {
        let lines: Vec<String> =
            hospital.holidays.days().iter().map(|holiday| written(holiday.day, &holiday.name)).collect();
        FormState::new().with("holidays", lines.join("\n"))
    }

    fn state(&self) -> FormState {
        FormState::new().with("version", self.version.clone()).with("holidays", self.holidays.clone())
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn fields(&self) -> Result<ProfileFields, AppError> {
        let holidays = self.parse()?;
        Ok(ProfileFields { understood: (None, Some(holidays)), ..ProfileFields::default() })
    }

    /// By days: what is saved, what was typed.
    fn differences(&self, hospital: &Hospital) -> Vec<Difference> {
        let Ok(typed) = self.parse() else { return Vec::new() };
        let mut days: Vec<Date> =
            typed.days().iter().chain(hospital.holidays.days()).map(|holiday| holiday.day).collect();
        days.sort_unstable();
        days.dedup();
        let line = |holidays: &Holidays, day| {
            holidays.on(day).map_or_else(|| format!("{}: none", words::date(day)), |name| written(day, name))
        };
        let pairs = days.into_iter().filter(|day| typed.on(*day) != hospital.holidays.on(*day));
        pairs.map(|day| ("Holiday", line(&hospital.holidays, day), line(&typed, day))).collect()
    }

    fn page(shown: Shown<'_>) -> HolidaysPage {
        HolidaysPage::new(shown)
    }
}
