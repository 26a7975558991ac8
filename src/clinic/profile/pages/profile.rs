//! Name, place, zone, currency, and how numbers and times are written.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{PROFILE, SettingsForm, Shown, tabs};
use crate::clinic::patients::Given;
use crate::clinic::profile::{Hospital, ProfileFields, Weekday};
use crate::kernel::AppError;
use crate::kernel::manner::{Hours, LOCALES};
use crate::web::layout::*;
use crate::web::words;

/// An amount that shows where the groups and the point are.
const EXAMPLE_MINOR: i64 = 123_456_789;

const LABELS: &[(&str, &str)] = &[
    ("name", "Hospital name"),
    ("address", "Address"),
    ("contact_phone", "Phone"),
    ("country", "Country"),
    ("time_zone", "Time zone"),
    ("clock_hours", "Clock"),
    ("week_starts_on", "The week begins on"),
    ("currency", "Currency"),
    ("locale", "Numbers"),
];

/// `GET /settings/hospital`, and the 422 and 412 answers to its POST.
#[derive(Template)]
#[template(path = "clinic/profile/pages/profile.html")]
pub(super) struct ProfilePage {
    shell: Shell,
    tabs: Vec<Tab>,
    form: FormState,
    conflict: Option<Conflict>,
    may_change: bool,
    confirmed: bool,
    license_number: String,
    contact_email: String,
    /// The phone as every network understands it, if it is one.
    e164: Option<String>,
    /// "Your day starts at midnight here. It is Sun 22 Nov, 10:42 now."
    zone_hint: String,
    /// "Bills read 12,34,567.89 INR."
    money_hint: String,
    time_zones: Vec<Choice>,
    countries: Vec<Choice>,
    currencies: Vec<Choice>,
    locales: Vec<Choice>,
    clocks: Vec<Choice>,
    weekdays: Vec<Choice>,
}

impl ProfilePage {
    fn new(shown: Shown<'_>) -> Self {
        let Shown { shell, hospital, now, may_change, form, conflict } = shown;
        let profile = &hospital.profile;
        let digits = |locale: &'static crate::kernel::manner::Locale| locale.amount(EXAMPLE_MINOR, 2);
        let clock = |hours: Hours| hours.written(now.hour(), now.minute());
        Self {
            shell,
            tabs: tabs(PROFILE),
            form,
            conflict,
            may_change,
            confirmed: hospital.confirmed,
            license_number: hospital.license_number.clone(),
            contact_email: hospital.contact_email.clone(),
            e164: profile.phone.as_ref().and_then(|phone| phone.e164.clone()),
            zone_hint: format!(
                "Your day starts at midnight here. It is {}, {} now.",
                words::short_day(&now),
                words::clock(&now)
            ),
            money_hint: format!("Bills read like {}.", words::amount(EXAMPLE_MINOR, profile.currency)),
            time_zones: choices::time_zones(now.timestamp()),
            countries: choices::countries(),
            currencies: choices::currencies(),
            locales: LOCALES
                .iter()
                .map(|locale| Choice::new(locale.code, format!("{} ({})", locale.name, digits(locale))))
                .collect(),
            clocks: [Hours::TwentyFour, Hours::Twelve]
                .map(|hours| {
                    Choice::new(
                        hours.number().to_string(),
                        format!("{} hours ({})", hours.number(), clock(hours)),
                    )
                })
                .into(),
            weekdays: Weekday::ALL.map(|day| Choice::new(day.name().to_uppercase(), day.name())).into(),
        }
    }
}

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ProfileForm {
    /// Of the hospital as the form showed it.
    version: String,
    name: String,
    address: String,
    contact_phone: String,
    country: String,
    time_zone: String,
    clock_hours: String,
    week_starts_on: String,
    currency: String,
    locale: String,
}

impl ProfileForm {
    /// The form as it shows a hospital.
    fn of(hospital: &Hospital) -> Self {
        let profile = &hospital.profile;
        Self {
            version: hospital.version.to_string(),
            name: profile.name.clone(),
            address: profile.address.clone().unwrap_or_default(),
            contact_phone: profile.phone.as_ref().map(|phone| phone.written().to_owned()).unwrap_or_default(),
            country: profile.country.map_or("", |country| country.code).to_owned(),
            time_zone: profile.time_zone.clone(),
            clock_hours: profile.hours.number().to_string(),
            week_starts_on: profile.week_starts_on.name().to_uppercase(),
            currency: profile.currency.code.to_owned(),
            locale: profile.locale.code.to_owned(),
        }
    }

    fn texts(&self) -> [(&'static str, &str); 9] {
        [
            ("name", &self.name),
            ("address", &self.address),
            ("contact_phone", &self.contact_phone),
            ("country", &self.country),
            ("time_zone", &self.time_zone),
            ("clock_hours", &self.clock_hours),
            ("week_starts_on", &self.week_starts_on),
            ("currency", &self.currency),
            ("locale", &self.locale),
        ]
    }
}

fn label(name: &'static str) -> &'static str {
    LABELS.iter().find(|(field, _)| *field == name).map_or(name, |(_, label)| label)
}

fn readable(name: &str, value: &str) -> String {
    match name {
        "country" => crate::kernel::countries::country(value).map_or_else(String::new, |c| c.name.to_owned()),
        "clock_hours" => format!("{value} hours"),
        "week_starts_on" => Weekday::from_code(value).map_or_else(String::new, |day| day.name().to_owned()),
        "locale" => LOCALES
            .iter()
            .find(|locale| locale.code == value)
            .map_or_else(String::new, |locale| locale.name.to_owned()),
        _ => value.trim().to_owned(),
    }
}

impl SettingsForm for ProfileForm {
    const PATH: &'static str = PROFILE;
    type Page = ProfilePage;

    fn shown(hospital: &Hospital) -> FormState {
        Self::of(hospital).state()
    }

    fn state(&self) -> FormState {
        let state =
            self.texts().into_iter().fold(FormState::new(), |state, (name, text)| state.with(name, text));
        state.with("version", self.version.clone())
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn fields(&self) -> Result<ProfileFields, AppError> {
        let given = |text: &str| Given::Value(text.to_owned());
        Ok(ProfileFields {
            name: given(&self.name),
            address: Given::typed(&self.address),
            contact_phone: Given::typed(&self.contact_phone),
            country: given(&self.country),
            time_zone: given(&self.time_zone),
            // What is no number is refused as one that is none of the two.
            clock_hours: Given::Value(self.clock_hours.trim().parse().unwrap_or(0)),
            week_starts_on: given(&self.week_starts_on),
            currency: given(&self.currency),
            locale: given(&self.locale),
            ..ProfileFields::default()
        })
    }

    /// Label, what is saved now, what was typed; as people read it.
    fn differences(&self, hospital: &Hospital) -> Vec<Difference> {
        let saved = Self::of(hospital);
        let pairs = saved.texts().into_iter().zip(self.texts());
        pairs
            .filter(|((_, theirs), (_, yours))| theirs.trim() != yours.trim())
            .map(|((name, theirs), (_, yours))| (label(name), readable(name, theirs), readable(name, yours)))
            .collect()
    }

    fn page(shown: Shown<'_>) -> ProfilePage {
        ProfilePage::new(shown)
    }
}
