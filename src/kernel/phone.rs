//! Telephone numbers as people type them: kept as digits with an optional leading `+`, and for machines as E.164.

use phonenumber::Type;
pub use phonenumber::country::Id as Country;

use super::problem::FieldErrors;
use super::text;

/// Separators that people write and that carry no meaning.
const SEPARATORS: &[char] = &[' ', '-', '(', ')', '.', '\u{a0}'];

/// Digits of a number without its separators; any script's decimal digits are accepted.
/// The contract: 8 to 15 digits (ITU-T E.164 allows at most 15).
pub fn parse(field: &str, typed: &str, errors: &mut FieldErrors) -> Option<String> {
    let mut digits = String::with_capacity(16);
    for (i, c) in typed.trim().chars().enumerate() {
        match c {
            '+' if i == 0 => digits.push('+'),
            c if SEPARATORS.contains(&c) => {}
            c => match ascii_digit(c) {
                Some(d) => digits.push(d),
                None => {
                    errors.add(field, "Use digits only, with an optional + in front.");
                    return None;
                }
            },
        }
    }
    let count = digits.trim_start_matches('+').len();
    if (8..=15).contains(&count) {
        Some(digits)
    } else {
        errors.add(field, "A phone number has 8 to 15 digits.");
        None
    }
}

/// The number as every network of the world understands it, if it is one: `country` is where it was written down,
/// for numbers without a country code.
#[must_use]
pub fn e164(digits: &str, country: Option<Country>) -> Option<String> {
    let number = phonenumber::parse(country, digits).ok().filter(phonenumber::PhoneNumber::is_valid)?;
    Some(number.format().mode(phonenumber::Mode::E164).to_string())
}

/// A number as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// As [`parse`] made them.
    pub digits: String,
    /// As it was typed, if that differs.
    pub typed: Option<String>,
    pub e164: Option<String>,
}

impl Number {
    /// The number that `parse` made of `typed`, written down in `country`.
    #[must_use]
    pub fn new(digits: String, typed: &str, country: Option<Country>) -> Self {
        const MAX: usize = 40;
        let typed = text::tidy(typed);
        Self {
            e164: e164(&digits, country),
            typed: (typed != digits && typed.chars().count() <= MAX).then_some(typed),
            digits,
        }
    }

    /// As people read it.
    #[must_use]
    pub fn written(&self) -> &str {
        self.typed.as_deref().unwrap_or(&self.digits)
    }
}

/// Where a number with a country code belongs; `None` for one without, or for one that no network has.
#[must_use]
pub fn country_of(digits: &str) -> Option<Country> {
    let number = phonenumber::parse(None, digits).ok().filter(phonenumber::PhoneNumber::is_valid)?;
    number.country().id()
}

/// Does this number (E.164) ring on a wall? `None`: its country does not tell.
#[must_use]
pub fn is_landline(e164: &str) -> Option<bool> {
    let number = phonenumber::parse(None, e164).ok()?;
    match number.number_type(&phonenumber::metadata::DATABASE) {
        Type::FixedLine => Some(true),
        Type::Mobile => Some(false),
        _ => None,
    }
}

/// In groups, as people read a number aloud: `+91 98220 12345`. `e164` is the same number with its country, if known.
#[must_use]
pub fn grouped(digits: &str, e164: Option<&str>) -> String {
    let whole = e164.unwrap_or(digits);
    let known = whole.starts_with('+').then(|| phonenumber::parse(None, whole).ok()).flatten();
    if let Some(number) = known.filter(phonenumber::PhoneNumber::is_valid) {
        return number.format().mode(phonenumber::Mode::International).to_string();
    }
    // Its country is not known: fours from the end.
    let plain: Vec<char> = digits.chars().filter(char::is_ascii_digit).collect();
    let groups: Vec<String> = plain.rchunks(4).rev().map(|group| group.iter().collect()).collect();
    format!("{}{}", if digits.starts_with('+') { "+" } else { "" }, groups.join(" "))
}

/// The ASCII digit of a decimal digit in one of the scripts that phones are written in.
fn ascii_digit(c: char) -> Option<char> {
    const ZEROS: [u32; 7] = [0x30, 0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0xff10];
    let code = u32::from(c);
    ZEROS
        .iter()
        .find_map(|zero| code.checked_sub(*zero).filter(|d| *d < 10))
        .and_then(|d| char::from_digit(d, 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_vanish_and_foreign_digits_become_ascii() {
        let mut errors = FieldErrors::default();
        assert_eq!(parse("p", "+91 (20) 5550-0142", &mut errors).as_deref(), Some("+912055500142"));
        assert_eq!(parse("p", "९८२२०१२३४५", &mut errors).as_deref(), Some("9822012345"));
        assert!(errors.is_empty());
        assert_eq!(parse("p", "call me", &mut errors), None);
        assert_eq!(parse("p", "1234567", &mut errors), None);
        assert_eq!(errors.len(), 2);
    }

    #[test]
    fn a_number_is_completed_where_it_was_written_down() {
        let (india, britain) = ("IN".parse().ok(), "GB".parse().ok());
        assert_eq!(e164("9822012345", india).as_deref(), Some("+919822012345"));
        assert_eq!(e164("09822012345", india).as_deref(), Some("+919822012345"));
        assert_eq!(e164("02079460018", britain).as_deref(), Some("+442079460018"));
        assert_eq!(e164("+442079460018", india).as_deref(), Some("+442079460018"));
        assert_eq!(e164("9822012345", None), None);
        assert_eq!(e164("12345678", india), None);
        assert_eq!(grouped("9822012345", Some("+919822012345")), "+91 98220 12345");
        assert_eq!(grouped("+442079460018", None), "+44 20 7946 0018");
        assert_eq!(grouped("9822012345", None), "98 2201 2345");
        assert_eq!(grouped("+1234567890", None), "+12 3456 7890");
        assert_eq!(is_landline("+442079460018"), Some(true));
        assert_eq!(is_landline("+919822012345"), Some(false));
    }
}
