//! A birth as people type it in one field, and as pages show it.

use jiff::civil::Date;
use jiff::{ToSpan as _, Zoned};

use crate::clinic::patients::birth::{self, Birth, OLDEST_YEARS, Precision};
use crate::clinic::patients::model::Patient;
use crate::kernel::text;
use crate::web::words;

/// `34 y`, `about 34 y`; on the day of death for the dead.
#[must_use]
pub fn age(birth: &Birth, on: Date) -> String {
    match birth {
        Birth::NotRecorded => "no age".to_owned(),
        Birth::Unknown => "age unknown".to_owned(),
        Birth::On(born) => words::age(*born, on),
        Birth::About { date, precision: Precision::Year, .. } => {
            format!("about {} y", i32::from(on.year()) - i32::from(date.year()))
        }
        Birth::About { date, .. } => format!("about {}", words::age(*date, on)),
    }
}

/// The moment of birth where it is known, unless the birthday was corrected since.
fn moment(patient: &Patient, now: &Zoned) -> Option<Zoned> {
    let at = patient.origin.born_at?.to_zoned(now.time_zone().clone());
    (patient.details.birth.date() == Some(at.date())).then_some(at)
}

/// As [`age`], of a patient as seen `now`: in hours under 2 days.
#[must_use]
pub fn age_of(patient: &Patient, now: &Zoned) -> String {
    let d = &patient.details;
    let end = match (d.died_at, d.date_of_death) {
        (Some(died), _) => Some(died.to_zoned(now.time_zone().clone())),
        (None, Some(_)) => None,
        (None, None) => Some(now.clone()),
    };
    match moment(patient, now).zip(end) {
        Some((born, end)) => words::newborn_age(&born, &end),
        None => age(&d.birth, d.date_of_death.unwrap_or_else(|| now.date())),
    }
}

/// As [`with_age`], of a patient as seen `now`: `22 Nov 2026, 09:05 (27 h)` under 4 weeks.
#[must_use]
pub fn written_with_age(patient: &Patient, now: &Zoned) -> String {
    let d = &patient.details;
    let end = d.date_of_death.unwrap_or_else(|| now.date());
    match moment(patient, now) {
        Some(born) if born.date().until(end).is_ok_and(|span| span.get_days() < 28) => {
            format!("{}, {} ({})", words::date(born.date()), words::clock(&born), age_of(patient, now))
        }
        _ => with_age(&d.birth, end),
    }
}

/// `14 Mar 1992`, `about 1992`, `about Jun 2026`: also what a form shows and [`parse`] takes back.
#[must_use]
pub fn written(birth: &Birth) -> String {
    match birth {
        Birth::NotRecorded => String::new(),
        Birth::Unknown => "unknown".to_owned(),
        Birth::On(born) => words::date(*born),
        Birth::About { date, precision, .. } => {
            let full = words::date(*date);
            let parts = match precision {
                Precision::Day => 3,
                Precision::Month => 2,
                Precision::Year => 1,
            };
            let skipped = 3 - parts;
            format!("about {}", full.split(' ').skip(skipped).collect::<Vec<_>>().join(" "))
        }
    }
}

/// `14 Mar 1992, 34 years`: what a typed birth is read as, in a line of its own.
#[must_use]
pub fn in_full(birth: &Birth, on: Date) -> String {
    match birth {
        Birth::NotRecorded => String::new(),
        Birth::Unknown => "Read as: not known".to_owned(),
        _ => {
            let age = age(birth, on);
            let age = age.trim_start_matches("about ");
            let words = match age.rsplit_once(' ') {
                Some(("1", "y")) => "1 year".to_owned(),
                Some((number, "y")) => format!("{number} years"),
                Some((number, "w")) => format!("{number} weeks"),
                Some(("1", "d")) => "1 day".to_owned(),
                Some((number, "d")) => format!("{number} days"),
                _ => age.to_owned(),
            };
            format!("Read as: {}, {words}", written(birth))
        }
    }
}

/// `14 Mar 1992 (34 y)` for the banner.
#[must_use]
pub fn with_age(birth: &Birth, on: Date) -> String {
    match birth {
        Birth::NotRecorded => "Not recorded".to_owned(),
        Birth::Unknown => "Unknown".to_owned(),
        _ => format!("{} ({})", written(birth), age(birth, on).trim_start_matches("about ")),
    }
}

/// What people type: `14/03/1992` (day first), `14 Mar 1992`, `1992-03-14`, `34y`, `34`, `5m`, `3w`, `6d`, `1992`,
/// `Jun 2026`, each also after `about`, or `unknown`.
///
/// # Errors
/// One sentence for who typed it.
pub fn parse(typed: &str, today: Date) -> Result<Birth, &'static str> {
    let text = typed.trim().to_lowercase();
    if matches!(text.as_str(), "unknown" | "?") {
        return Ok(Birth::Unknown);
    }
    let (about, text) = match ["about ", "~"].iter().find_map(|prefix| text.strip_prefix(prefix)) {
        Some(rest) => (true, rest.trim()),
        None => (false, text.as_str()),
    };
    let birth = match told_age(text, today) {
        Some(birth) => birth,
        None => calendar(text, about, today)?,
    };
    match birth.date() {
        Some(date) => birth::check(date, today).map(|()| birth),
        None => Ok(birth),
    }
}

/// A day of the calendar as people type it, day first unless the year comes first.
///
/// # Errors
/// One sentence for who typed it.
pub fn day_of(typed: &str, today: Date) -> Result<Date, &'static str> {
    const NO_DAY: &str = "Write the day, like 14/03/2026 or 14 Mar 2026.";
    match calendar(&typed.trim().to_lowercase(), false, today) {
        Ok(Birth::On(date)) => Ok(date),
        Ok(_) => Err(NO_DAY),
        Err(NOT_UNDERSTOOD) => Err(NO_DAY),
        Err(sentence) => Err(sentence),
    }
}

const NOT_UNDERSTOOD: &str = "Write a birthday (14/03/1992), an age (34y, 5m, 6d) or the word unknown.";

/// `34`, `34y`, `5 months`, `3w`, `6 d`, `1992`. `None`: not of this form.
fn told_age(text: &str, today: Date) -> Option<Birth> {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: i16 = number.parse().ok()?;
    let back = match (unit.trim(), digits) {
        ("", 4) => return Some(Birth::from_years(today.year().checked_sub(number)?, today)).filter(in_time),
        ("" | "y" | "yr" | "yrs" | "year" | "years", ..=3) => {
            return Some(Birth::from_years(number, today)).filter(in_time);
        }
        ("m" | "mo" | "month" | "months", _) => number.months(),
        ("w" | "wk" | "week" | "weeks", _) => number.weeks(),
        ("d" | "day" | "days", _) => number.days(),
        _ => return None,
    };
    let precision = if unit.trim().starts_with('m') { Precision::Month } else { Precision::Day };
    Some(Birth::computed(today.checked_sub(back).ok()?, precision, today))
}

/// A year that a person may have been born in; others are refused with the words for dates.
fn in_time(birth: &Birth) -> bool {
    matches!(birth, Birth::About { age_years: 0..=OLDEST_YEARS, .. })
}

/// A day or a month of the calendar, day first unless the year comes first.
fn calendar(text: &str, about: bool, today: Date) -> Result<Birth, &'static str> {
    let parts: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let number = |part: &str| part.parse::<i16>().ok();
    let month = |part: &str| text::month_named(part).or_else(|| part.parse::<i8>().ok());
    let day = |part: &str| part.parse::<i8>().ok();
    let (year, month, day, precision) = match parts.as_slice() {
        [y, m, d] if y.len() == 4 => (number(y), month(m), day(d), Precision::Day),
        [m, d, y] if text::month_named(m).is_some() => {
            (four(y), text::month_named(m), day(d), Precision::Day)
        }
        [d, m, y] => (four(y), month(m), day(d), Precision::Day),
        [m, y] => (four(y), month(m), Some(1), Precision::Month),
        _ => return Err(NOT_UNDERSTOOD),
    };
    if parts.len() == 3 && year.is_none() {
        return Err("Write the year with four digits.");
    }
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return Err(NOT_UNDERSTOOD) };
    let date = Date::new(year, month, day).map_err(|_| "There is no such day in the calendar.")?;
    Ok(match precision {
        Precision::Day if !about => Birth::On(date),
        _ => Birth::computed(date, precision, today),
    })
}

fn four(part: &str) -> Option<i16> {
    (part.len() == 4).then(|| part.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 22);

    #[test]
    fn birthdays_are_read_day_first() {
        for typed in
            ["14/03/1992", "14 Mar 1992", "14.3.1992", "1992-03-14", "March 14, 1992", " 14-MAR-1992 "]
        {
            assert_eq!(parse(typed, TODAY), Ok(Birth::On(date(1992, 3, 14))), "{typed}");
        }
    }

    #[test]
    fn ages_keep_their_precision() {
        for (typed, shown, years) in [
            ("34", "about 1992", "about 34 y"),
            ("34y", "about 1992", "about 34 y"),
            ("34 years", "about 1992", "about 34 y"),
            ("0", "about 2026", "about 0 y"),
            ("1992", "about 1992", "about 34 y"),
            ("5m", "about Jun 2026", "about 21 w"),
            ("jun 2026", "about Jun 2026", "about 24 w"),
            ("6d", "about 16 Nov 2026", "about 6 d"),
            ("3w", "about 1 Nov 2026", "about 21 d"),
            ("unknown", "unknown", "age unknown"),
        ] {
            let birth = parse(typed, TODAY).unwrap();
            assert_eq!((written(&birth).as_str(), age(&birth, TODAY).as_str()), (shown, years), "{typed}");
            assert!(birth.is_unknown(), "{typed}");
        }
        assert_eq!(with_age(&Birth::from_years(34, TODAY), TODAY), "about 1992 (34 y)");
    }

    #[test]
    fn a_birth_is_read_back_in_words() {
        for (typed, words) in [
            ("14/03/1992", "Read as: 14 Mar 1992, 34 years"),
            ("34y", "Read as: about 1992, 34 years"),
            ("6d", "Read as: about 16 Nov 2026, 6 days"),
            ("5m", "Read as: about Jun 2026, 21 weeks"),
            ("1/7/2025", "Read as: 1 Jul 2025, 1 y 4 m"),
            ("unknown", "Read as: not known"),
        ] {
            assert_eq!(in_full(&parse(typed, TODAY).unwrap(), TODAY), words, "{typed}");
        }
    }

    #[test]
    fn what_a_form_shows_can_be_sent_back() {
        for typed in ["14 Mar 1992", "34y", "5m", "6d", "unknown"] {
            let birth = parse(typed, TODAY).unwrap();
            let again = parse(&written(&birth), TODAY).unwrap();
            assert_eq!(written(&again), written(&birth), "{typed}");
        }
    }

    #[test]
    fn impossible_births_are_refused_with_a_sentence() {
        for typed in [
            "",
            "23/11/2026",
            "1/1/1890",
            "131",
            "31/02/2020",
            "14/03/92",
            "yesterday",
            "14/14/1992",
            "1850",
            "99999",
            "2027",
            "12y 3m",
            "-5",
            "9999d9",
        ] {
            let error = parse(typed, TODAY).unwrap_err();
            assert!(error.ends_with('.'), "{typed}: {error}");
        }
    }
}
