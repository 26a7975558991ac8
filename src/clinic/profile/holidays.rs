//! Days on which a hospital does not open. Pure.

use jiff::civil::{Date, date};

use crate::kernel::{FieldErrors, text};

/// Most days that are kept.
const MAX: usize = 400;
/// Longest name, in characters.
pub const MAX_NAME: usize = 100;
/// Faults that are told at once: more would hide the form.
const MAX_FAULTS: usize = 5;

/// A day on which no hours open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holiday {
    pub day: Date,
    pub name: String,
}

/// Sorted, one name a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holidays(Vec<Holiday>);

impl Holidays {
    /// # Errors
    /// What is wrong, in a sentence.
    pub fn new(mut days: Vec<Holiday>) -> Result<Self, String> {
        days.sort_unstable();
        if let Some(pair) = days.windows(2).find(|pair| pair[0].day == pair[1].day) {
            return Err(format!("{} is there twice.", pair[0].day));
        }
        if let Some(far) = days.iter().find(|h| !(2000..2200).contains(&h.day.year())) {
            return Err(format!("{} is too far away.", far.day));
        }
        if days.len() > MAX {
            return Err(format!("Write at most {MAX} days."));
        }
        Ok(Self(days))
    }

    #[must_use]
    pub fn days(&self) -> &[Holiday] {
        &self.0
    }

    /// Name of the holiday on this day.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<&str> {
        self.0.iter().find(|holiday| holiday.day == day).map(|holiday| holiday.name.as_str())
    }

    /// One a line, the date first: `26 Jan 2027 Republic Day`, `26/01/2027 …` (day first) or `2027-01-26 …`.
    pub fn parse(field: &str, typed: &str, errors: &mut FieldErrors) -> Option<Self> {
        let mut faults = Vec::new();
        let mut days = Vec::new();
        for (number, line) in (1..).zip(typed.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            match one(line) {
                Ok(holiday) => days.push(holiday),
                Err(fault) => faults.push(format!("Line {number}: {fault}")),
            }
        }
        if faults.is_empty() {
            match Self::new(days) {
                Ok(holidays) => return Some(holidays),
                Err(fault) => faults.push(fault),
            }
        }
        for fault in faults.into_iter().take(MAX_FAULTS) {
            errors.add(field, fault);
        }
        None
    }
}

fn one(line: &str) -> Result<Holiday, String> {
    let (day, rest) = leading_date(line.trim())
        .ok_or("write the date first and then the name, like 26 Jan 2027 Republic Day.")?;
    let rest = rest.trim_start_matches([' ', ',', ':', '\t', '-', '\u{2013}']);
    Ok(Holiday { day, name: name(rest)? })
}

/// A holiday's name as it is kept.
///
/// # Errors
/// What is wrong, in a sentence that goes on after a colon.
pub fn name(typed: &str) -> Result<String, String> {
    let mut faults = FieldErrors::default();
    text::place_name("name", Some(typed), MAX_NAME, &mut faults)
        .ok_or_else(|| format!("give the day a name of 1 to {MAX_NAME} characters."))
}

/// A date at the start of a line, and what follows it.
fn leading_date(line: &str) -> Option<(Date, &str)> {
    if let Some(day) = line.get(..10).and_then(|text| text.parse().ok()) {
        return Some((day, &line[10..]));
    }
    let (day, rest) = number(line)?;
    let rest = rest.trim_start_matches([' ', '.', '/', '-']);
    let (month, rest) = number(rest).or_else(|| month(rest))?;
    let rest = rest.trim_start_matches([' ', '.', '/', '-', ',']);
    let (year, rest) = number(rest)?;
    let day = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    (day >= date(1000, 1, 1)).then_some((day, rest))
}

fn number(text: &str) -> Option<(i16, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

fn month(line: &str) -> Option<(i16, &str)> {
    let end = line.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(line.len());
    Some((text::month_named(&line[..end])?.into(), &line[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_and_its_name_are_read_from_a_line() {
        let typed = "26 Jan 2027 Republic Day\n\n15/08/2027: Independence Day\n2027-10-02, Gandhi Jayanti\n1.5.2027\tमजदूर दिवस\n3 september 2027 - 2nd day";
        let mut errors = FieldErrors::default();
        let holidays = Holidays::parse("holidays", typed, &mut errors).unwrap();
        let read: Vec<String> = holidays.days().iter().map(|h| format!("{} {}", h.day, h.name)).collect();
        assert_eq!(
            read,
            [
                "2027-01-26 Republic Day",
                "2027-05-01 मजदूर दिवस",
                "2027-08-15 Independence Day",
                "2027-09-03 2nd day",
                "2027-10-02 Gandhi Jayanti"
            ]
        );
        assert_eq!(holidays.on(date(2027, 10, 2)), Some("Gandhi Jayanti"));
        assert_eq!(holidays.on(date(2028, 10, 2)), None);
    }

    #[test]
    fn each_line_at_fault_is_told_with_its_number() {
        for (typed, told) in [
            ("1 Jan 2027 New Year\nsometime in May", "Line 2: write the date first"),
            ("30 Feb 2027 Nothing", "Line 1: write the date first"),
            ("1 Jan 2027", "Line 1: give the day a name"),
            ("1 Jan 2027 a\u{0}b", "Line 1: give the day a name"),
            ("1 Jan 2027 A\n2027-01-01 B", "2027-01-01 is there twice."),
            ("1 Jan 2327 Later", "2327-01-01 is too far away."),
        ] {
            let mut errors = FieldErrors::default();
            assert_eq!(Holidays::parse("holidays", typed, &mut errors), None, "{typed}");
            let problem: crate::kernel::Problem = errors.into();
            assert!(problem.errors[0].message.starts_with(told), "{typed}: {:?}", problem.errors);
        }
    }
}
