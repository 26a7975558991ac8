//! How a hospital writes numbers and times of day.
//!
//! What is written for its people follows its manner: the gate says whose request this is ([`Manner::is_readers`]),
//! the words of pages ask ([`Manner::of_reader`]), so that no page can forget it. Outside of a request, and for people
//! without a hospital, it is the default. Work on another thread takes it along ([`Manner::during`]).

use std::cell::Cell;

tokio::task_local! { static READER: Cell<Manner>; }

/// How numbers and times of day are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    pub hours: Hours,
    pub locale: &'static Locale,
}

impl Default for Manner {
    fn default() -> Self {
        Self { hours: Hours::TwentyFour, locale: &LOCALES[0] }
    }
}

/// Give one request a place for its reader's manner.
pub async fn per_request<F: Future>(work: F) -> F::Output {
    READER.scope(Cell::new(Manner::default()), work).await
}

impl Manner {
    /// The manner of whoever asks now.
    #[must_use]
    pub fn of_reader() -> Self {
        READER.try_with(Cell::get).unwrap_or_default()
    }

    /// From here on this request is answered in this manner. Outside of a request it has no effect.
    pub fn is_readers(self) {
        let _ = READER.try_with(|reader| reader.set(self));
    }

    /// Do work in this manner, on whatever thread.
    pub fn during<T>(self, work: impl FnOnce() -> T) -> T {
        READER.sync_scope(Cell::new(self), work)
    }
}

/// A day of twice twelve hours, or of twenty-four.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Hours {
    Twelve,
    #[default]
    TwentyFour,
}

impl Hours {
    /// As in the database.
    #[must_use]
    pub fn number(self) -> i16 {
        match self {
            Self::Twelve => 12,
            Self::TwentyFour => 24,
        }
    }

    /// 12 or 24; the database holds no other.
    #[must_use]
    pub fn from_number(number: i16) -> Self {
        if number == 12 { Self::Twelve } else { Self::TwentyFour }
    }

    /// `14:05`, or `2:05 pm` with a space that does not break.
    #[must_use]
    pub fn written(self, hour: i8, minute: i8) -> String {
        match self {
            Self::TwentyFour => format!("{hour:02}:{minute:02}"),
            Self::Twelve => {
                let half = if hour < 12 { "am" } else { "pm" };
                format!("{}:{minute:02}\u{a0}{half}", if hour % 12 == 0 { 12 } else { hour % 12 })
            }
        }
    }
}

/// Minutes of a day.
pub const DAY: u16 = 24 * 60;

/// A time as people type it, as a minute of the day: `9`, `9:30`, `09.30`, `9 pm`, `24:00`.
#[must_use]
pub fn minute(typed: &str) -> Option<u16> {
    let text: String = typed.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let (digits, half) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(digits), _) => (digits, Some(0)),
        (_, Some(digits)) => (digits, Some(12)),
        _ => (text.as_str(), None),
    };
    let (hour, minute) = digits.split_once([':', '.']).unwrap_or((digits, "00"));
    let is_number =
        |text: &str| !text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(hour) || !is_number(minute) || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let hour = match half {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(half) => hour % 12 + half,
        None => hour,
    };
    let total = hour * 60 + minute;
    (minute < 60 && total <= DAY).then_some(total)
}

/// How numbers are written, by BCP 47: digits are 0 to 9 everywhere.
#[derive(Debug, PartialEq, Eq)]
pub struct Locale {
    pub code: &'static str,
    pub name: &'static str,
    /// Between groups of digits.
    group: &'static str,
    /// Before the fraction.
    decimal: &'static str,
    /// Only the last group has three digits, the others two: lakhs and crores.
    pairs: bool,
}

macro_rules! locales {
    ($($code:literal $name:literal $group:literal $decimal:literal $pairs:literal;)+) => {
        /// Those that a hospital may choose; the first one is the default.
        pub const LOCALES: &[Locale] =
            &[$(Locale { code: $code, name: $name, group: $group, decimal: $decimal, pairs: $pairs },)+];
    };
}

locales! {
    "en-GB" "English, United Kingdom" "," "." false;
    "en-IN" "English, India" "," "." true;
    "en-US" "English, United States" "," "." false;
    "ar-AE" "Arabic, Emirates" "," "." false;
    "de-CH" "German, Switzerland" "\u{2019}" "." false;
    "de-DE" "German, Germany" "." "," false;
    "es-ES" "Spanish, Spain" "." "," false;
    "fr-FR" "French, France" "\u{202f}" "," false;
    "hi-IN" "Hindi, India" "," "." true;
    "pt-BR" "Portuguese, Brazil" "." "," false;
    "sw-KE" "Swahili, Kenya" "," "." false;
}

impl Locale {
    /// The locale with this code.
    #[must_use]
    pub fn by_code(code: &str) -> Option<&'static Self> {
        LOCALES.iter().find(|locale| locale.code == code)
    }

    /// What is usual in a country: its own if there is one, else the default. India's neighbours count in lakhs too.
    #[must_use]
    pub fn usual_in(country: &str) -> &'static Self {
        let country = if ["BD", "NP", "PK"].contains(&country) { "IN" } else { country };
        let own = LOCALES.iter().find(|locale| locale.code.ends_with(country) && country.len() == 2);
        own.unwrap_or(&LOCALES[0])
    }

    /// `12,480`, or `1,24,800`.
    #[must_use]
    pub fn whole(&self, number: i64) -> String {
        let sign = if number < 0 { "-" } else { "" };
        format!("{sign}{}", self.grouped(&number.unsigned_abs().to_string()))
    }

    /// An amount in minor units with `digits` of them behind the point: 123456 with 3 is `123.456`.
    #[must_use]
    pub fn amount(&self, minor: i64, digits: u8) -> String {
        let digits = usize::from(digits);
        let sign = if minor < 0 { "-" } else { "" };
        let all = format!("{:0>width$}", minor.unsigned_abs(), width = digits + 1);
        let (whole, fraction) = all.split_at(all.len() - digits);
        let point = if digits == 0 { "" } else { self.decimal };
        format!("{sign}{}{point}{fraction}", self.grouped(whole))
    }

    fn grouped(&self, digits: &str) -> String {
        let size = if self.pairs { 2 } else { 3 };
        let mut text = String::with_capacity(digits.len() * 2);
        for (i, digit) in digits.char_indices() {
            let left = digits.len() - i;
            if i > 0 && left >= 3 && (left - 3).is_multiple_of(size) {
                text.push_str(self.group);
            }
            text.push(digit);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_as_people_count() {
        let whole = |code: &str, n| Locale::by_code(code).map(|l| l.whole(n)).unwrap_or_default();
        assert_eq!(whole("en-GB", 1_234_567), "1,234,567");
        assert_eq!(whole("en-IN", 1_234_567), "12,34,567");
        assert_eq!(whole("en-IN", 12_345), "12,345");
        assert_eq!(whole("en-IN", 100_000), "1,00,000");
        assert_eq!(whole("de-DE", -2_410_000), "-2.410.000");
        assert_eq!(
            whole("fr-FR", i64::MIN),
            "-9\u{202f}223\u{202f}372\u{202f}036\u{202f}854\u{202f}775\u{202f}808"
        );
        for n in [0, 7, 99, 999] {
            assert_eq!(whole("hi-IN", n), n.to_string());
        }
    }

    #[test]
    fn amounts_have_the_digits_of_their_currency() {
        let amount =
            |code: &str, n, digits| Locale::by_code(code).map(|l| l.amount(n, digits)).unwrap_or_default();
        assert_eq!(amount("en-GB", 123_456_789, 0), "123,456,789");
        assert_eq!(amount("en-IN", 123_456_789, 2), "12,34,567.89");
        assert_eq!(amount("de-DE", 123_456_789, 3), "123.456,789");
        assert_eq!(amount("en-GB", 5, 3), "0.005");
        assert_eq!(amount("en-GB", -5, 2), "-0.05");
    }

    #[test]
    fn the_clock_has_a_noon_and_a_midnight() {
        for (hour, text) in
            [(0, "12:05\u{a0}am"), (9, "9:05\u{a0}am"), (12, "12:05\u{a0}pm"), (23, "11:05\u{a0}pm")]
        {
            assert_eq!(Hours::Twelve.written(hour, 5), text);
        }
        assert_eq!(Hours::TwentyFour.written(9, 5), "09:05");
    }

    #[test]
    fn a_country_proposes_its_locale() {
        for (country, code) in [
            ("IN", "en-IN"),
            ("NP", "en-IN"),
            ("US", "en-US"),
            ("FR", "fr-FR"),
            ("SE", "en-GB"),
            ("", "en-GB"),
        ] {
            assert_eq!(Locale::usual_in(country).code, code, "{country}");
        }
    }

    #[tokio::test]
    async fn a_request_is_answered_in_its_readers_manner_and_no_other() {
        let indian = Manner { hours: Hours::Twelve, locale: &LOCALES[1] };
        per_request(async {
            assert_eq!(Manner::of_reader(), Manner::default());
            indian.is_readers();
            assert_eq!(Manner::of_reader(), indian);
            let elsewhere = tokio::task::spawn_blocking(move || indian.during(Manner::of_reader));
            assert_eq!(elsewhere.await.ok(), Some(indian));
        })
        .await;
        indian.is_readers();
        assert_eq!(Manner::of_reader(), Manner::default());
    }
}
