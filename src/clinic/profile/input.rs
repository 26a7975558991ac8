//! What a client or a form says about its hospital, before anybody judged it; and the judging.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::holidays::{self, Holiday, Holidays};
use super::hours::{Week, Weekday};
use super::model::{Hospital, Profile};
use super::settings::{DocumentPaper, LabelSize, ReceiptPaper, Settings};
use super::span::{self, Span};
use crate::clinic::patients::Given;
use crate::kernel::countries::country;
use crate::kernel::manner::{Hours, Locale};
use crate::kernel::money::currency;
use crate::kernel::phone::{self, Number};
use crate::kernel::{AppError, FieldErrors, text, zones};

/// Everything that a hospital may change about itself. A field that is left out stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProfileFields {
    /// In any script.
    #[schemars(length(min = 1, max = 255))]
    pub name: Given<String>,
    /// One line, as on letters. `null` clears it.
    #[schemars(length(max = 500))]
    pub address: Given<String>,
    /// 8 to 15 digits; completed by the country where it has no country code. `null` clears it.
    pub contact_phone: Given<String>,
    /// ISO 3166-1 alpha-2 code.
    pub country: Given<String>,
    /// IANA name, for example `Asia/Kathmandu`. "Today" is the day in this zone.
    pub time_zone: Given<String>,
    /// ISO 4217 code.
    pub currency: Given<String>,
    /// How numbers are written, for example `en-IN`.
    pub locale: Given<String>,
    /// 12 or 24: how times of day are written.
    pub clock_hours: Given<i64>,
    #[schemars(with = "Given<Weekday>")]
    pub week_starts_on: Given<String>,
    /// All spans of the week in place of those before; an empty list: not told.
    pub opening_hours: Given<Vec<OpenSpan>>,
    /// All holidays in place of those before.
    pub holidays: Given<Vec<HolidayFields>>,
    /// At most 6 lines below the name on letters, in the place of address and phone; an empty list: those two.
    pub letterhead: Given<Vec<String>>,
    /// One line at the foot of each printed page. `null` clears it.
    #[schemars(length(max = 300))]
    pub paper_footer: Given<String>,
    #[schemars(with = "Given<DocumentPaper>")]
    pub document_paper: Given<String>,
    #[schemars(with = "Given<ReceiptPaper>")]
    pub receipt_paper: Given<String>,
    #[schemars(with = "Given<LabelSize>")]
    pub label_size: Given<String>,
    /// `OFF`, `ADMINISTRATORS` or `EVERYBODY`: who must have a second step to sign in.
    pub mfa_policy: Given<String>,
    /// The version that was read and changed, instead of `If-Match`.
    pub version: Given<i64>,
    /// Hours and holidays as a page understood them.
    #[serde(skip)]
    pub understood: (Option<Week>, Option<Holidays>),
}

/// Open from one time to another, on the hospital's clock.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
pub struct OpenSpan {
    /// The day on which it opens.
    pub weekday: Weekday,
    /// `09:00`
    pub opens: String,
    /// `13:00`, `24:00`; at or before `opens` it is of the next day, at most 16 hours later.
    pub closes: String,
}

/// A day on which the hospital does not open.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
pub struct HolidayFields {
    pub day: Date,
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
}

/// A hospital as it becomes.
#[derive(Debug)]
pub struct Changes {
    pub profile: Profile,
    pub week: Week,
    pub holidays: Holidays,
    pub settings: Settings,
    /// Was anything said of the profile itself, though it be what it said before?
    pub says_profile: bool,
}

const NEEDED: &str = "This is needed.";

impl Hospital {
    /// This hospital with some fields changed.
    ///
    /// # Errors
    /// 422 with every field that needs attention.
    pub fn changed(&self, mut given: ProfileFields) -> Result<Changes, AppError> {
        let mut errors = FieldErrors::default();
        let says_profile = given.says_profile();
        let settings = self.settings.changed(&mut given, &mut errors);
        let (mut week, mut holidays) = (self.week.clone(), self.holidays.clone());
        if let Some(spans) = given.opening_hours.told() {
            week = parse_week(&spans.unwrap_or_default(), &mut errors).unwrap_or_default();
        }
        if let Some(days) = given.holidays.told() {
            holidays = parse_holidays(days.unwrap_or_default(), &mut errors).unwrap_or_default();
        }
        let (understood_week, understood_holidays) = given.understood;
        let mut profile = self.profile.clone();
        if let Some(typed) = given.name.told()
            && let Some(name) = text::place_name("name", typed.as_deref(), 255, &mut errors)
        {
            profile.name = name;
        }
        if let Some(typed) = given.address.told()
            && let Ok(address) = text::optional("address", typed.as_deref(), 500, &mut errors)
        {
            profile.address = address;
        }
        choice(
            &mut profile.currency,
            ("currency", "Use the three letters of a currency, like INR."),
            given.currency,
            currency,
            &mut errors,
        );
        choice(
            &mut profile.locale,
            ("locale", "Use one of the locales that are offered, like en-IN."),
            given.locale,
            Locale::by_code,
            &mut errors,
        );
        choice(
            &mut profile.week_starts_on,
            ("week_starts_on", "Use a weekday, like MONDAY."),
            given.week_starts_on,
            Weekday::from_code,
            &mut errors,
        );
        let zone = |typed: &str| zones::zone(typed).map(|(name, _)| name);
        choice(
            &mut profile.time_zone,
            ("time_zone", "Use the name of a time zone, like Asia/Kolkata."),
            given.time_zone,
            zone,
            &mut errors,
        );
        if !given.country.is_absent() {
            // Blank is a fault: once told, a hospital is somewhere.
            let mut told = profile.country.unwrap_or(&crate::kernel::countries::COUNTRIES[0]);
            let faults = errors.len();
            choice(
                &mut told,
                ("country", "Use the two letters of a country, like IN."),
                given.country,
                country,
                &mut errors,
            );
            if errors.len() == faults {
                profile.country = Some(told);
            }
        }
        match given.clock_hours.told() {
            None => {}
            Some(Some(12)) => profile.hours = Hours::Twelve,
            Some(Some(24)) => profile.hours = Hours::TwentyFour,
            Some(_) => errors.add("clock_hours", "Use 12 or 24."),
        }
        let moved = profile.country != self.profile.country;
        number(&mut profile, given.contact_phone, moved, &mut errors);
        errors.finish_with(Some(Changes {
            profile,
            week: understood_week.unwrap_or(week),
            holidays: understood_holidays.unwrap_or(holidays),
            settings,
            says_profile,
        }))
    }
}

impl ProfileFields {
    fn says_profile(&self) -> bool {
        let texts = [
            &self.name,
            &self.address,
            &self.contact_phone,
            &self.country,
            &self.time_zone,
            &self.currency,
            &self.locale,
            &self.week_starts_on,
        ];
        texts.iter().any(|field| !field.is_absent()) || !self.clock_hours.is_absent()
    }
}

/// A field that has one of many values and always one.
fn choice<T>(
    field: &mut T,
    (name, sentence): (&str, &str),
    given: Given<String>,
    find: impl Fn(&str) -> Option<T>,
    errors: &mut FieldErrors,
) {
    let Some(typed) = given.told() else { return };
    match typed.as_deref().map(str::trim).filter(|typed| !typed.is_empty()) {
        None => errors.add(name, NEEDED),
        Some(typed) => match find(typed) {
            Some(value) => *field = value,
            None => errors.add(name, sentence),
        },
    }
}

/// The phone, completed by the country as it is now: a hospital that moves is reached in its new country.
fn number(profile: &mut Profile, given: Given<String>, moved: bool, errors: &mut FieldErrors) {
    let here = profile.country.and_then(|country| country.code.parse().ok());
    match given.told().map(|typed| typed.filter(|typed| !typed.trim().is_empty())) {
        None => {
            if let Some(phone) = profile.phone.as_mut().filter(|_| moved) {
                phone.e164 = phone::e164(&phone.digits, here);
            }
        }
        Some(None) => profile.phone = None,
        Some(Some(typed)) => {
            if let Some(digits) = phone::parse("contact_phone", &typed, errors) {
                profile.phone = Some(Number::new(digits, &typed, here));
            }
        }
    }
}

fn parse_week(given: &[OpenSpan], errors: &mut FieldErrors) -> Option<Week> {
    let spans: Result<Vec<Span>, String> = given
        .iter()
        .map(|given| {
            let fault = |what: String| format!("{}: {what}", given.weekday.name());
            let minutes = span::minute(&given.opens).zip(span::minute(&given.closes));
            let (opens, closes) = minutes.ok_or_else(|| fault("write times like 09:00.".to_owned()))?;
            Span::new(given.weekday, opens, closes).map_err(fault)
        })
        .collect();
    let week =
        spans.and_then(|spans| Week::new(spans).map_err(|(day, fault)| format!("{}: {fault}", day.name())));
    week.map_err(|fault| errors.add("opening_hours", fault)).ok()
}

fn parse_holidays(given: Vec<HolidayFields>, errors: &mut FieldErrors) -> Option<Holidays> {
    let days: Result<Vec<Holiday>, String> = given
        .into_iter()
        .map(|holiday| match holidays::name(&holiday.name) {
            Ok(name) => Ok(Holiday { day: holiday.day, name }),
            Err(fault) => Err(format!("{}: {fault}", holiday.day)),
        })
        .collect();
    days.and_then(Holidays::new).map_err(|fault| errors.add("holidays", fault)).ok()
}
