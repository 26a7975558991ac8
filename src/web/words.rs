//! Dates, ages, numbers and phone numbers as pages show them (`ui/guide.md` section 11).

use std::borrow::{Borrow, Cow};

use jiff::civil::Date;
use jiff::{SpanRelativeTo, Unit, Zoned};

use crate::kernel::manner::Manner;
use crate::kernel::money::Currency;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `22 Nov 2026`: never a form that two countries read differently.
#[must_use]
pub fn date(day: Date) -> String {
    format!("{} {} {}", day.day(), month(day), day.year())
}

/// `Today`, `Yesterday`, `Tomorrow`, else the date.
#[must_use]
pub fn day(day: Date, today: Date) -> String {
    match today.until(day).map_or(i32::MAX, |span| span.get_days()) {
        0 => "Today".to_owned(),
        1 => "Tomorrow".to_owned(),
        -1 => "Yesterday".to_owned(),
        _ => date(day),
    }
}

/// `Today, 10:41` or `3 Nov 2026, 11:10`, in the zone of `at`.
#[must_use]
pub fn moment(at: &Zoned, today: Date) -> String {
    format!("{}, {}", day(at.date(), today), clock(at))
}

/// `14:41`, or `2:41 pm` in a hospital that writes so.
#[must_use]
pub fn clock(at: &Zoned) -> String {
    Manner::of_reader().hours.written(at.hour(), at.minute())
}

/// `Sun 22 Nov`: beside the clock in the top bar.
#[must_use]
pub fn short_day(at: &Zoned) -> String {
    format!("{} {} {}", at.strftime("%a"), at.day(), month(at.date()))
}

/// `Sunday, 22 Nov 2026`: heads the page of a day.
#[must_use]
pub fn long_day(at: &Zoned) -> String {
    format!("{}, {}", at.strftime("%A"), date(at.date()))
}

fn month(day: Date) -> &'static str {
    MONTHS[usize::from(day.month().unsigned_abs()) - 1]
}

/// Age in the unit that clinicians use: days under 4 weeks, weeks under 1 year, `1 y 4 m` under
/// 2 years, then years. (Hours, under 2 days, need a time of birth: see [`newborn_age`].)
#[must_use]
pub fn age(born: Date, today: Date) -> String {
    let Ok(span) = born.until((Unit::Year, today)) else { return "unknown".to_owned() };
    let days = born.until(today).map_or(0, |span| span.get_days());
    match (span.get_years(), days) {
        (_, ..0) => "not born yet".to_owned(),
        (0, ..28) => format!("{days} d"),
        (0, _) => format!("{} w", days / 7),
        (1, _) if span.get_months() > 0 => format!("1 y {} m", span.get_months()),
        (years, _) => format!("{years} y"),
    }
}

/// Age of a newborn with a known time of birth: hours under 2 days, then as [`age`].
#[must_use]
pub fn newborn_age(born: &Zoned, now: &Zoned) -> String {
    let hours =
        born.until(now).and_then(|span| span.total((Unit::Hour, SpanRelativeTo::days_are_24_hours())));
    match hours {
        Ok(hours) if (0.0..48.0).contains(&hours) => format!("{:.0} h", hours.floor()),
        _ => age(born.date(), now.date()),
    }
}

/// `12,480`, grouped as the hospital counts. Takes `i64` or `&i64`, because templates pass either.
#[must_use]
pub fn count(number: impl Borrow<i64>) -> String {
    Manner::of_reader().locale.whole(*number.borrow())
}

/// `1,234.500 KWD`, from minor units. The space does not break.
#[must_use]
pub fn amount(minor: i64, currency: &Currency) -> String {
    let number = Manner::of_reader().locale.amount(minor, currency.minor_digits);
    format!("{number}\u{a0}{}", currency.code)
}

/// A note as a sentence begins: `heard at once` becomes `Heard at once`.
#[must_use]
pub fn capital(note: &str) -> String {
    let mut chars = note.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// `1 patient`, `12,480 patients`.
#[must_use]
pub fn counted(number: impl Borrow<i64>, one: &str, many: &str) -> String {
    let number = *number.borrow();
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// The last two digits of a phone number, all that lists and banners show: `•••• ••42`.
#[must_use]
pub fn phone_ending(phone: &str) -> Option<String> {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    (digits.len() > 2).then(|| digits[digits.len() - 2..].iter().collect())
}

/// `•••• ••42`: a number of which only the end is told; dots alone for a short one.
#[must_use]
pub fn masked(number: &str) -> String {
    let chars: Vec<char> = number.chars().filter(|c| c.is_alphanumeric()).collect();
    let shown = if chars.len() > 3 { 2 } else { 0 };
    let end: String = chars[chars.len() - shown..].iter().collect();
    format!("•••• ••{end}")
}

/// `a•••@example.org`
#[must_use]
pub fn masked_email(address: &str) -> String {
    match address.split_once('@') {
        Some((name, domain)) => format!("{}•••@{domain}", name.chars().take(1).collect::<String>()),
        None => "•••".to_owned(),
    }
}

/// A piece of plain text: words, or an address to make a link of.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Words(&'a str),
    Link(&'a str),
}

/// Cuts plain text at its `http(s)://` addresses.
#[must_use]
pub fn with_links(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min() {
        let end = rest[start..]
            .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
            .map_or(rest.len(), |n| start + n);
        let link = rest[start..end].trim_end_matches(['.', ',', ';', ')']);
        if start > 0 {
            pieces.push(Piece::Words(&rest[..start]));
        }
        pieces.push(Piece::Link(link));
        rest = &rest[start + link.len()..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest));
    }
    pieces
}

/// What the page says of a person whose sex is recorded with this code of the contract.
#[must_use]
pub fn sex(code: &str) -> (&'static str, &'static str) {
    match code {
        "FEMALE" => ("Female", "F"),
        "MALE" => ("Male", "M"),
        "OTHER" => ("Other", "X"),
        _ => ("Unknown", "?"),
    }
}

/// Why there is no phone or no address.
#[must_use]
pub fn lack(code: &str) -> &'static str {
    if code == "NONE" { "Has none" } else { "Does not want to say" }
}

/// How confidential a record with this code of HL7 is.
#[must_use]
pub fn confidentiality(code: &str) -> &'static str {
    match code {
        "N" => "Normal",
        "R" => "Restricted",
        _ => "Very restricted",
    }
}

/// How an answer was given.
#[must_use]
pub fn source(code: &str) -> &'static str {
    match code {
        "DESK" => "at the desk",
        "PAPER" => "on paper",
        "PHONE" => "by phone",
        "GUARDIAN" => "by the guardian",
        "PORTAL" => "in the portal",
        _ => "by another program",
    }
}

/// A language tag for `lang=` on a name, guessed from its script where the script tells; the
/// browser then picks a font that has the letters.
#[must_use]
pub fn script_lang(name: &str) -> Option<&'static str> {
    name.chars().find_map(|c| match c {
        '\u{0900}'..='\u{097f}' => Some("hi"),
        '\u{0600}'..='\u{06ff}' | '\u{0750}'..='\u{077f}' => Some("ar"),
        '\u{0980}'..='\u{09ff}' => Some("bn"),
        '\u{0a80}'..='\u{0aff}' => Some("gu"),
        '\u{0b80}'..='\u{0bff}' => Some("ta"),
        '\u{0c00}'..='\u{0c7f}' => Some("te"),
        '\u{0e00}'..='\u{0e7f}' => Some("th"),
        '\u{3040}'..='\u{30ff}' => Some("ja"),
        '\u{ac00}'..='\u{d7af}' => Some("ko"),
        '\u{4e00}'..='\u{9fff}' => Some("zh"),
        _ => None,
    })
}

/// First name and last name as one line; a missing last name leaves no trailing space.
#[must_use]
pub fn full_name<'a>(first: &'a str, last: Option<&str>) -> Cow<'a, str> {
    match last.map(str::trim).filter(|last| !last.is_empty()) {
        Some(last) => Cow::Owned(format!("{first} {last}")),
        None => Cow::Borrowed(first),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as d;

    use super::*;

    #[test]
    fn dates_are_read_the_same_everywhere() {
        assert_eq!(date(d(2026, 11, 2)), "2 Nov 2026");
        assert_eq!(day(d(2026, 11, 22), d(2026, 11, 22)), "Today");
        assert_eq!(day(d(2026, 11, 21), d(2026, 11, 22)), "Yesterday");
        assert_eq!(day(d(2026, 11, 23), d(2026, 11, 22)), "Tomorrow");
        assert_eq!(day(d(2025, 11, 22), d(2026, 11, 22)), "22 Nov 2025");
        let at = d(2026, 11, 22).at(9, 5, 0, 0).in_tz("Asia/Kolkata").expect("zone");
        assert_eq!(moment(&at, d(2026, 11, 22)), "Today, 09:05");
        assert_eq!(short_day(&at), "Sun 22 Nov");
        assert_eq!(long_day(&at), "Sunday, 22 Nov 2026");
    }

    #[test]
    fn ages_use_the_unit_of_clinicians() {
        let today = d(2026, 11, 22);
        for (born, text) in [
            (d(2026, 11, 22), "0 d"),
            (d(2026, 11, 16), "6 d"),
            (d(2026, 10, 26), "27 d"),
            (d(2026, 10, 25), "4 w"),
            (d(2025, 11, 23), "52 w"),
            (d(2025, 11, 22), "1 y"),
            (d(2025, 7, 22), "1 y 4 m"),
            (d(2024, 11, 22), "2 y"),
            (d(1992, 3, 14), "34 y"),
            (d(2026, 11, 23), "not born yet"),
        ] {
            assert_eq!(age(born, today), text, "{born}");
        }
        let born = d(2026, 11, 21).at(8, 0, 0, 0).in_tz("UTC").expect("zone");
        let now = d(2026, 11, 22).at(11, 0, 0, 0).in_tz("UTC").expect("zone");
        assert_eq!(newborn_age(&born, &now), "27 h");
        let now = d(2026, 11, 21).at(8, 50, 0, 0).in_tz("UTC").expect("zone");
        assert_eq!(newborn_age(&born, &now), "0 h", "full hours, like full years");
        let now = d(2026, 11, 23).at(7, 50, 0, 0).in_tz("UTC").expect("zone");
        assert_eq!(newborn_age(&born, &now), "47 h");
        let now = d(2026, 11, 24).at(11, 0, 0, 0).in_tz("UTC").expect("zone");
        assert_eq!(newborn_age(&born, &now), "3 d");
    }

    #[test]
    fn numbers_are_grouped_and_phones_are_masked() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(12_480), "12,480");
        assert_eq!(count(-2_410_000), "-2,410,000");
        assert_eq!(counted(1, "patient", "patients"), "1 patient");
        assert_eq!(phone_ending("+91 20 5550 0142").as_deref(), Some("42"));
        assert_eq!(phone_ending("42"), None);
        assert_eq!(masked("+91 20 5550 0142"), "•••• ••42");
        assert_eq!(masked("A-12/3"), "•••• ••23");
        assert_eq!(masked("A12"), "•••• ••");
        assert_eq!(masked_email("asha@example.org"), "a•••@example.org");
    }

    #[test]
    fn addresses_in_plain_text_become_links() {
        use Piece::{Link, Words};
        assert_eq!(
            with_links("Open https://hms.test/verify?token=a-b. Then\nhttp://x/y"),
            [
                Words("Open "),
                Link("https://hms.test/verify?token=a-b"),
                Words(". Then\n"),
                Link("http://x/y")
            ]
        );
        assert_eq!(with_links("no link"), [Words("no link")]);
    }

    #[test]
    fn a_name_tells_its_script() {
        assert_eq!(script_lang("खालिद"), Some("hi"));
        assert_eq!(script_lang("Zoë"), None);
        assert_eq!(full_name("Asha", None), "Asha");
        assert_eq!(full_name("Asha", Some("Rao")), "Asha Rao");
    }
}
