//! Opening hours: one line of text for each day of the week.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{HOURS, SettingsForm, Shown, tabs};
use crate::clinic::profile::span::{spans, written};
use crate::clinic::profile::{Hospital, ProfileFields, Span, Standing, Week, Weekday};
use crate::kernel::manner::Hours;
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::*;

/// Fields and labels, by the order of [`Weekday::ALL`].
const LABELS: &[(&str, &str)] = &[
    ("monday", "Monday"),
    ("tuesday", "Tuesday"),
    ("wednesday", "Wednesday"),
    ("thursday", "Thursday"),
    ("friday", "Friday"),
    ("saturday", "Saturday"),
    ("sunday", "Sunday"),
];

/// What is proposed before anybody told the hours: six days, and the seventh is the one before the week begins.
const PROPOSED: &str = "9-17";

/// `GET /settings/hospital/hours`, and the 422 and 412 answers to its POST.
#[derive(Template)]
#[template(path = "clinic/profile/pages/hours.html")]
pub(super) struct HoursPage {
    shell: Shell,
    tabs: Vec<Tab>,
    form: FormState,
    conflict: Option<Conflict>,
    may_change: bool,
    is_unknown: bool,
    /// Fields and labels in the order of the hospital's week.
    days: Vec<(&'static str, &'static str)>,
    standing: (Badge, String),
}

impl HoursPage {
    fn new(shown: Shown<'_>) -> Self {
        let Shown { shell, hospital, now, may_change, form, conflict } = shown;
        let first = hospital.profile.week_starts_on;
        Self {
            shell,
            tabs: tabs(HOURS),
            form,
            conflict,
            may_change,
            is_unknown: hospital.week.is_unknown(),
            days: first.week().map(|day| LABELS[day as usize]).into(),
            standing: standing(hospital.week.standing(&hospital.holidays, &now), hospital.profile.hours),
        }
    }
}

fn standing(standing: Standing<'_>, hours: Hours) -> (Badge, String) {
    let open = || Badge::new(Kind::Ok, Icon("circle-check"), "Open now");
    let closed = || Badge::new(Kind::Neutral, Icon("clock"), "Closed now");
    match standing {
        Standing::NotTold => (Badge::new(Kind::Warn, Icon("help-circle"), "Not told yet"), String::new()),
        Standing::Open { until: None } => (open(), "day and night".to_owned()),
        Standing::Open { until: Some(end) } => (open(), format!("until {}", written(end, hours))),
        Standing::Closed => (closed(), String::new()),
        Standing::Holiday(name) => (closed(), format!("for {name}")),
    }
}

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct HoursForm {
    /// Of the hospital as the form showed it.
    version: String,
    monday: String,
    tuesday: String,
    wednesday: String,
    thursday: String,
    friday: String,
    saturday: String,
    sunday: String,
}

impl HoursForm {
    fn typed(&self) -> [(Weekday, &str); 7] {
        let texts = [
            &self.monday,
            &self.tuesday,
            &self.wednesday,
            &self.thursday,
            &self.friday,
            &self.saturday,
            &self.sunday,
        ];
        let mut typed = Weekday::ALL.map(|day| (day, ""));
        for ((_, text), field) in typed.iter_mut().zip(texts) {
            *text = field;
        }
        typed
    }

    /// All faults at once, each at its day.
    fn week(&self) -> Result<Week, AppError> {
        let mut errors = FieldErrors::default();
        let mut all: Vec<Span> = Vec::new();
        for (day, text) in self.typed() {
            match spans(day, text) {
                Ok(spans) => all.extend(spans),
                Err(fault) => errors.add(field(day), fault),
            }
        }
        let week = Week::new(all).map_err(|(day, fault)| errors.add(field(day), fault)).ok();
        errors.finish_with(week)
    }
}

fn field(day: Weekday) -> &'static str {
    LABELS[day as usize].0
}

impl SettingsForm for HoursForm {
    const PATH: &'static str = HOURS;
    type Page = HoursPage;

    /// The hours as they are, or a proposal.
    fn shown(hospital: &Hospital) -> FormState {
        let hours = hospital.profile.hours;
        let rest = hospital.profile.week_starts_on.week()[6];
        let text = |day| match hospital.week.is_unknown() {
            false => hospital.week.written(day, hours),
            true if day == rest => "closed".to_owned(),
            true => spans(day, PROPOSED)
                .ok()
                .and_then(|spans| spans.first().map(|span| span.written(hours)))
                .unwrap_or_default(),
        };
        Weekday::ALL.into_iter().fold(FormState::new(), |state, day| state.with(field(day), text(day)))
    }

    fn state(&self) -> FormState {
        let state = FormState::new().with("version", self.version.clone());
        self.typed().into_iter().fold(state, |state, (day, text)| state.with(field(day), text))
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn fields(&self) -> Result<ProfileFields, AppError> {
        let week = self.week()?;
        Ok(ProfileFields { understood: (Some(week), None), ..ProfileFields::default() })
    }

    fn differences(&self, hospital: &Hospital) -> Vec<Difference> {
        let (saved, hours) = (&hospital.week, hospital.profile.hours);
        // What was typed is compared by what it means.
        let typed = self.typed().map(|(day, text)| {
            let meant = spans(day, text).ok().and_then(|spans| Week::new(spans).ok());
            (day, meant.map_or_else(|| text.to_owned(), |week| week.written(day, hours)))
        });
        let pairs = typed.into_iter().map(|(day, yours)| (day.name(), saved.written(day, hours), yours));
        pairs.filter(|(_, theirs, yours)| theirs != yours).collect()
    }

    fn page(shown: Shown<'_>) -> HoursPage {
        HoursPage::new(shown)
    }
}
