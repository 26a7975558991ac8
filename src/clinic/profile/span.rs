//! A span of opening hours, and how people write one: `9-13`, `8 pm to 6 am`, `24 h`. Pure.

use super::hours::Weekday;
use crate::kernel::manner::Hours;
pub use crate::kernel::manner::{DAY, minute};

/// A span over midnight that is longer is most likely a mistake: `9-5`.
const LONGEST_NIGHT: u16 = 16 * 60;

/// Open from one minute to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The day on which it opens.
    pub day: Weekday,
    /// Minute of that day, before [`DAY`].
    pub opens: u16,
    /// Later than `opens`; after [`DAY`] where it goes on past midnight.
    pub closes: u16,
}

/// What is wrong with hours, in a sentence.
pub type Fault = String;

impl Span {
    /// From the times that people write; one that closes at or before it opens closes on the next day.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub fn new(day: Weekday, opens: u16, closes: u16) -> Result<Self, Fault> {
        if opens >= DAY {
            return Err("Hours open before 24:00.".to_owned());
        }
        if opens == closes {
            return Err("Opening and closing are the same. For the whole day write 24 h.".to_owned());
        }
        let closes = if closes < opens { closes + DAY } else { closes };
        if closes > DAY && closes - opens > LONGEST_NIGHT {
            return Err(format!(
                "{}\u{2013}{} would be open for {} hours, past midnight. Write evenings like 17:00, and the whole day as 24 h.",
                clock(opens),
                clock(closes),
                (closes - opens) / 60
            ));
        }
        Ok(Self { day, opens, closes })
    }

    /// `09:00–13:00`, as [`spans`] reads it again.
    #[must_use]
    pub fn written(&self, hours: Hours) -> String {
        if (self.opens, self.closes) == (0, DAY) {
            return "24 h".to_owned();
        }
        format!("{}\u{2013}{}", written(self.opens, hours), written(self.closes, hours))
    }

    /// First minute and end, counted from Monday's midnight.
    pub(super) fn of_week(&self) -> (i32, i32) {
        let start = i32::from(self.day.index()) * i32::from(DAY);
        (start + i32::from(self.opens), start + i32::from(self.closes))
    }
}

/// A minute as `09:00` for programs; `24:00` is the end of a day.
#[must_use]
pub fn clock(minute: u16) -> String {
    match minute {
        DAY => "24:00".to_owned(),
        _ => written(minute, Hours::TwentyFour),
    }
}

/// A minute as people read it.
#[must_use]
pub fn written(minute: u16, hours: Hours) -> String {
    if minute == DAY && hours == Hours::TwentyFour {
        return "24:00".to_owned();
    }
    let minute = minute % DAY;
    let part = |number: u16| i8::try_from(number).unwrap_or_default();
    hours.written(part(minute / 60), part(minute % 60))
}

/// The spans of one day as people type them: `9-13, 16:00-20:00`, `8 pm to 6 am`, `24 h`; `closed` or nothing.
///
/// # Errors
/// What is wrong, in a sentence.
pub fn spans(day: Weekday, typed: &str) -> Result<Vec<Span>, Fault> {
    let text = typed.trim().to_lowercase();
    match text.as_str() {
        "" | "closed" | "-" => return Ok(Vec::new()),
        "24h" | "24 h" | "24 hours" | "all day" => return Ok(vec![Span { day, opens: 0, closes: DAY }]),
        _ => {}
    }
    let text = text.replace(['\u{2013}', '\u{2014}'], "-").replace(" to ", "-");
    let parts = text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let times = part.split_once('-').and_then(|(from, to)| minute(from).zip(minute(to)));
            let (opens, closes) =
                times.ok_or("Write hours like 09:00-13:00, 16:00-20:00, or 24 h, or closed.")?;
            Span::new(day, opens, closes)
        })
        .collect()
}
