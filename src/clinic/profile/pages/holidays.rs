//! Holidays: one a line, pasted or typed.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{HOLIDAYS, Shown, conclude, look, tabs, version};
use crate::access::{Authorized, Frame};
use crate::app::App;
use crate::clinic::profile::{Holiday, Holidays, Hospital, Office, ProfileFields, Update, View, Weekday};
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::*;
use crate::web::{Form, words};

const LABELS: &[(&str, &str)] = &[("holidays", "Holidays")];

/// `GET /settings/hospital/holidays`, and the 422 and 412 answers to its POST.
#[derive(Template)]
#[template(path = "clinic/profile/pages/holidays.html")]
struct HolidaysPage {
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
    fn state(&self) -> FormState {
        FormState::new().with("version", self.version.clone()).with("holidays", self.holidays.clone())
    }

    fn parse(&self) -> Result<Holidays, AppError> {
        let mut errors = FieldErrors::default();
        let holidays = Holidays::parse("holidays", &self.holidays, &mut errors);
        errors.finish_with(holidays)
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
}

fn written(day: Date, name: &str) -> String {
    format!("{} {name}", words::date(day))
}

fn state(hospital: &Hospital) -> FormState {
    let lines: Vec<String> =
        hospital.holidays.days().iter().map(|holiday| written(holiday.day, &holiday.name)).collect();
    FormState::new().with("holidays", lines.join("\n"))
}

/// `GET /settings/hospital/holidays`
pub(super) async fn form(tx: Authorized<View>, frame: Frame) -> Result<Response, AppError> {
    let (shell, at) = (frame.shell(tx.actor()), tx.now());
    let may_change = tx.actor().holds("settings:update");
    let office = Office::of(tx);
    look(office, (shell, at), may_change, state, HolidaysPage::new).await
}

/// `POST /settings/hospital/holidays`
pub(super) async fn save(
    tx: Authorized<Update>,
    State(app): State<App>,
    frame: Frame,
    Form(form): Form<HolidaysForm>,
) -> Result<Response, AppError> {
    let (shell, at) = (frame.shell(tx.actor()), tx.now());
    let mut office = Office::of(tx);
    let outcome = match form.parse() {
        Ok(holidays) => {
            let fields = ProfileFields { understood: (None, Some(holidays)), ..ProfileFields::default() };
            office.change(fields, &[version(&form.version)]).await
        }
        Err(error) => Err(error),
    };
    let typed = form.state();
    conclude(
        office,
        &app,
        (shell, at),
        outcome,
        (HOLIDAYS, typed),
        |hospital| form.differences(hospital),
        HolidaysPage::new,
    )
    .await
}
