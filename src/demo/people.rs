//! The demo's patients. Each is a function of seed, hospital and number, so that nobody has to remember them: however many
//! there are, they are made when they are needed and are the same every time.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use super::dice::Dice;
use super::growth::Build;
use super::illnesses::{CONDITIONS, Condition};
use super::places::Country;
use crate::kernel::phone;

/// Kinds of throws: each has a stream of its own, so that one more throw here changes nothing there.
pub(super) const PERSON: u64 = 1;

/// An allergy as the chart has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allergy {
    pub(super) substance: &'static str,
    pub(super) category: &'static str,
    pub(super) kind: &'static str,
    pub(super) criticality: &'static str,
    pub(super) reaction: &'static str,
    pub(super) severity: &'static str,
}

pub(super) const ALLERGIES: [Allergy; 9] = [
    allergy("Penicillin", "MEDICATION", "ALLERGY", "HIGH", "hives", "MODERATE"),
    allergy("Penicillin", "MEDICATION", "ALLERGY", "HIGH", "anaphylaxis", "SEVERE"),
    allergy("Sulfonamides", "MEDICATION", "ALLERGY", "LOW", "rash", "MILD"),
    allergy("Ibuprofen", "MEDICATION", "INTOLERANCE", "LOW", "stomach pain", "MILD"),
    allergy("Codeine", "MEDICATION", "INTOLERANCE", "LOW", "vomiting", "MODERATE"),
    allergy("Peanuts", "FOOD", "ALLERGY", "HIGH", "swelling of the face", "SEVERE"),
    allergy("Shellfish", "FOOD", "ALLERGY", "LOW", "itching", "MILD"),
    allergy("House dust mites", "ENVIRONMENT", "ALLERGY", "LOW", "sneezing", "MILD"),
    allergy("Bee venom", "BIOLOGIC", "ALLERGY", "HIGH", "swelling and shortness of breath", "SEVERE"),
];

const fn allergy(
    substance: &'static str,
    category: &'static str,
    kind: &'static str,
    criticality: &'static str,
    reaction: &'static str,
    severity: &'static str,
) -> Allergy {
    Allergy { substance, category, kind, criticality, reaction, severity }
}

/// What somebody said of allergies or conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said<T> {
    NotAsked,
    None,
    These(Vec<T>),
}

/// A patient of the demo.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) is_woman: bool,
    pub(super) born: Date,
    pub(super) first: String,
    pub(super) last: String,
    /// The whole name in another script.
    pub(super) alternate: Option<String>,
    pub(super) phone: Option<phone::Number>,
    pub(super) is_landline: Option<bool>,
    pub(super) email: Option<String>,
    pub(super) street: String,
    pub(super) town: &'static str,
    pub(super) state: &'static str,
    pub(super) postal_code: String,
    /// Name, relation, phone.
    pub(super) contact: Option<(String, &'static str, String)>,
    pub(super) blood: Option<&'static str>,
    pub(super) marital: Option<&'static str>,
    pub(super) language: &'static str,
    pub(super) document: Option<String>,
    pub(super) allergies: Said<Allergy>,
    pub(super) conditions: Said<(&'static Condition, i16)>,
    pub(super) consents_to_sms: bool,
    pub(super) consents_to_email: bool,
    /// Days before today, and minutes of that day on the hospital's clock.
    pub(super) registered: (i64, i64),
    pub(super) build: Build,
}

impl Person {
    /// The patient with this number.
    pub(super) fn new(seed: u64, hospital: u64, number: u64, country: &Country, today: Date) -> Self {
        let mut dice = Dice::of(seed, &[PERSON, hospital, number]);
        let is_woman = dice.chance(53);
        let age_days = age_days(&mut dice);
        let born = today.checked_sub(age_days.days()).unwrap_or(today);
        let age = age_days / 365;
        let given = *dice.one(if is_woman { country.women } else { country.men });
        let family = *dice.one(country.families);
        let (first, last, alternate) = written(&mut dice, given, family);
        let landline = dice.chance(6);
        let typed = country.number(&mut dice, landline);
        let has_phone = dice.chance(97);
        let number_of = |typed: &str| {
            let digits = typed.replace(' ', "");
            phone::Number::new(digits, typed, country.code.parse().ok())
        };
        let phone = has_phone.then(|| number_of(&typed));
        let is_landline = phone.as_ref().and_then(|phone| phone.e164.as_deref()).and_then(phone::is_landline);
        let email = (age >= 16 && dice.chance(45)).then(|| {
            let plain = |word: &str| word.chars().filter(char::is_ascii_alphabetic).collect::<String>();
            format!("{}.{}{}@example.org", plain(given.0), plain(family.0), number % 1000).to_lowercase()
        });
        let town = *dice.one(country.towns);
        let street = format!("{} {}", dice.between(1, 190), dice.one(country.streets));
        let postal_code = country.postal_code(&mut dice, &town);
        let contact = dice.chance(80).then(|| contact(&mut dice, country, family.0, age, is_woman));
        let blood = dice
            .chance(70)
            .then(|| *dice.one(&["O+", "O+", "O+", "B+", "B+", "A+", "A+", "AB+", "O-", "A-"]));
        let marital = (age >= 20).then(|| match age {
            75.. if dice.chance(45) => "WIDOWED",
            27.. if dice.chance(75) => "MARRIED",
            _ => "SINGLE",
        });
        let language = *dice.one(country.languages);
        let document = (age >= 18 && dice.chance(30)).then(|| country.document_number(&mut dice));
        let allergies = allergies(&mut dice);
        let conditions = conditions(&mut dice, age, is_woman, today);
        let consents_to_sms = phone.is_some() && is_landline != Some(true) && dice.chance(60);
        let consents_to_email = email.is_some() && dice.chance(50);
        let registered = registered(&mut dice, age_days);
        let is_heavy = match &conditions {
            Said::These(these) => these.iter().any(|(condition, _)| condition.is_heavy),
            Said::NotAsked | Said::None => false,
        };
        let build = Build::new(&mut dice, age_days, today, is_woman, is_heavy);
        Self {
            is_woman,
            born,
            first,
            last,
            alternate,
            phone,
            is_landline,
            email,
            street,
            town: town.0,
            state: town.1,
            postal_code,
            contact,
            blood,
            marital,
            language,
            document,
            allergies,
            conditions,
            consents_to_sms,
            consents_to_email,
            registered,
            build,
        }
    }

    /// In whole years on this day.
    pub(super) fn age_on(&self, day: Date) -> i64 {
        let years = i64::from(day.year()) - i64::from(self.born.year());
        let before = (day.month(), day.day()) < (self.born.month(), self.born.day());
        years - i64::from(before)
    }

    /// Height in mm and weight in g on this day.
    pub(super) fn size_on(&self, day: Date) -> (i64, i64) {
        self.build.on(self.born, self.is_woman, day)
    }

    /// What the patient has for life.
    pub(super) fn has(&self, key: &str) -> bool {
        self.chronic().any(|condition| condition.key == key)
    }

    pub(super) fn chronic(&self) -> impl Iterator<Item = &'static Condition> + '_ {
        let these = match &self.conditions {
            Said::These(these) => these.as_slice(),
            Said::NotAsked | Said::None => &[],
        };
        these.iter().map(|(condition, _)| *condition)
    }

    /// When the record was made, on the clock of `zone`.
    pub(super) fn registered_at(&self, today: Date, zone: &jiff::tz::TimeZone) -> Timestamp {
        let day = today.checked_sub(self.registered.0.days()).unwrap_or(today);
        at_minute(day, self.registered.1, zone)
    }
}

/// A minute of a day on the clock of `zone`.
pub(super) fn at_minute(day: Date, minute: i64, zone: &jiff::tz::TimeZone) -> Timestamp {
    let midnight = day.at(0, 0, 0, 0);
    let time = midnight.checked_add(minute.minutes()).unwrap_or(midnight);
    // No country skips its noon: where this hour does not exist, the next one does.
    time.to_zoned(zone.clone()).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

fn age_days(dice: &mut Dice) -> i64 {
    let (low, high) = match dice.between(0, 99) {
        0..=2 => (60, 364),
        3..=8 => (365, 5 * 365),
        9..=17 => (6 * 365, 15 * 365),
        18..=37 => (16 * 365, 30 * 365),
        38..=65 => (31 * 365, 50 * 365),
        66..=84 => (51 * 365, 66 * 365),
        _ => (67 * 365, 91 * 365),
    };
    dice.between(low, high)
}

/// In the script that the desk wrote it in, and in the other one for some.
fn written(
    dice: &mut Dice,
    given: (&'static str, &'static str),
    family: (&'static str, &'static str),
) -> (String, String, Option<String>) {
    let throw = dice.between(0, 99);
    let latin = format!("{} {}", given.0, family.0);
    let other = format!("{} {}", given.1, family.1);
    let has_other = !given.1.is_empty();
    match throw {
        0..=7 if has_other => (given.1.to_owned(), family.1.to_owned(), Some(latin)),
        8..=40 if has_other => (given.0.to_owned(), family.0.to_owned(), Some(other)),
        _ => (given.0.to_owned(), family.0.to_owned(), None),
    }
}

fn contact(
    dice: &mut Dice,
    country: &Country,
    family: &str,
    age: i64,
    is_woman: bool,
) -> (String, &'static str, String) {
    let is_child = age < 18;
    let (woman, relation) = match (is_child, dice.chance(55)) {
        (true, true) => (true, "Mother"),
        (true, false) => (false, "Father"),
        (false, true) if age > 70 => (dice.chance(50), "Child"),
        (false, true) => (!is_woman, "Spouse"),
        (false, false) => (dice.chance(50), "Sibling"),
    };
    let given = dice.one(if woman { country.women } else { country.men }).0;
    let phone = country.number(dice, false).replace(' ', "");
    (format!("{given} {family}"), relation, phone)
}

fn allergies(dice: &mut Dice) -> Said<Allergy> {
    match dice.between(0, 99) {
        0..=9 => Said::NotAsked,
        10..=71 => Said::None,
        72..=94 => Said::These(vec![*dice.one(&ALLERGIES)]),
        _ => {
            let first = *dice.one(&ALLERGIES);
            let mut these = vec![first];
            these.extend(ALLERGIES.iter().rev().find(|other| other.substance != first.substance));
            Said::These(these)
        }
    }
}

fn conditions(dice: &mut Dice, age: i64, is_woman: bool, today: Date) -> Said<(&'static Condition, i16)> {
    let mut these: Vec<(&'static Condition, i16)> = Vec::new();
    for condition in &CONDITIONS {
        if dice.chance(condition.share(age, is_woman)) {
            let years = dice.between(0, (age - condition.from_age).clamp(0, 18));
            these.push((condition, today.year() - i16::try_from(years).unwrap_or(0)));
        }
    }
    match these.is_empty() {
        false => Said::These(these),
        true if dice.chance(20) => Said::NotAsked,
        true => Said::None,
    }
}

/// Most came long ago, the others in the last months; nobody before their birth.
fn registered(dice: &mut Dice, age_days: i64) -> (i64, i64) {
    let days = if dice.chance(62) { dice.between(121, 420) } else { dice.between(8, 120) };
    (days.min((age_days - 20).max(8)), dice.between(8 * 60, 17 * 60))
}

#[cfg(test)]
mod tests {
    use super::super::places::{BRITAIN, INDIA};
    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 3, 14);

    #[test]
    fn a_person_is_the_same_every_time_and_no_two_are_alike() {
        let name = |number| {
            let person = Person::new(1, 0, number, &INDIA, TODAY);
            format!("{} {} {}", person.first, person.last, person.born)
        };
        assert_eq!(name(7), name(7));
        let all: std::collections::BTreeSet<String> = (0..200).map(name).collect();
        assert!(all.len() > 195, "{}", all.len());
    }

    #[test]
    fn everybody_is_possible() {
        for (hospital, country) in [&INDIA, &BRITAIN].into_iter().enumerate() {
            let people: Vec<Person> = (0..400)
                .map(|number| Person::new(1, u64::try_from(hospital).unwrap(), number, country, TODAY))
                .collect();
            for person in &people {
                let (height, weight) = person.size_on(TODAY);
                let mass = weight * 10_000 / height / height;
                assert!((120..=400).contains(&mass), "{mass} {person:?}");
                assert!(person.registered.0 >= 8 && person.born < TODAY);
                let phone = person.phone.as_ref();
                assert!(phone.is_none_or(|phone| phone.e164.is_some()), "{phone:?}");
                let age = person.age_on(TODAY);
                assert!(person.chronic().all(|condition| age >= condition.from_age), "{age} {person:?}");
            }
            assert!(people.iter().any(|person| person.age_on(TODAY) < 5));
            assert!(people.iter().filter(|person| person.has("hypertension")).count() > 40);
            assert!(people.iter().any(|person| person.alternate.is_some()) == (country.code == "IN"));
        }
    }
}
