//! What all tables are read with: numbers in steps of a measure, ranges, bands.

use serde::Deserialize;
use serde_json::Value;

use crate::clinic::vitals::model::{Measure, decimal};

/// What is wrong with a table, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong(pub String);

pub(super) fn wrong(what: impl Into<String>) -> Wrong {
    Wrong(what.into())
}

pub(super) fn read<T: for<'de> Deserialize<'de>>(body: &Value) -> Result<T, Wrong> {
    serde_path_to_error::deserialize(body).map_err(|error| {
        let path = error.path().to_string();
        // The words of the reader quote what was sent: only its place is told, and the name of what is missing there.
        let text = error.inner().to_string();
        let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        let place = match (path.as_str(), missing) {
            (".", Some(missing)) => missing.to_owned(),
            (path, Some(missing)) => format!("{path}.{missing}"),
            (path, None) => path.to_owned(),
        };
        match place.as_str() {
            "." => wrong("A number, a text or a list stands where another kind is expected."),
            place if place.len() > 80 || !place.is_ascii() => {
                wrong("There is a name that this table does not have.")
            }
            place => wrong(format!("Something is missing, unknown or of another kind at {place}.")),
        }
    })
}

/// A number of a table in steps of a measure. Numbers between two steps are refused.
pub(super) fn step(measure: Measure, number: f64) -> Result<i32, Wrong> {
    let text = number.to_string();
    let read = decimal(&text, measure.digits());
    let exact = read.filter(|value| decimal(&measure.shown(*value), 3) == decimal(&text, 3));
    exact.ok_or_else(|| wrong(format!("{} does not count in steps of this size.", measure.word())))
}

/// From and to, both included; `None` is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub from: Option<i32>,
    pub to: Option<i32>,
}

impl Range {
    pub(super) fn read(measure: Measure, (from, to): (Option<f64>, Option<f64>)) -> Result<Self, Wrong> {
        let from = from.map(|number| step(measure, number)).transpose()?;
        let to = to.map(|number| step(measure, number)).transpose()?;
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(wrong(format!("{}: the first number is not above the second.", measure.word())));
        }
        Ok(Self { from, to })
    }

    #[must_use]
    pub fn holds(self, value: i32) -> bool {
        self.from.is_none_or(|from| value >= from) && self.to.is_none_or(|to| value <= to)
    }
}

/// Up to and with this number: so many points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// `None`: whatever is above.
    pub up_to: Option<i32>,
    pub points: u8,
}

/// Bands of one measure: no table that people read has more.
const MOST_BANDS: usize = 20;

/// Points by a number, from the lowest band to the highest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bands(pub Vec<Band>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBand {
    up_to: Option<f64>,
    points: u8,
}

impl Bands {
    pub(super) fn read(measure: Measure, raw: Vec<RawBand>) -> Result<Self, Wrong> {
        let many = raw.len();
        if many > MOST_BANDS {
            return Err(wrong(format!("{}: at most {MOST_BANDS} bands.", measure.word())));
        }
        let mut bands: Vec<Band> = Vec::new();
        for (n, band) in raw.into_iter().enumerate() {
            let up_to = band.up_to.map(|number| step(measure, number)).transpose()?;
            let is_above = bands.last().is_none_or(|below| up_to.is_none() || below.up_to < up_to);
            if band.points > 3 || (up_to.is_none()) != (n + 1 == many) || !is_above {
                return Err(wrong(format!(
                    "{}: bands rise, the last one has no end, and none gives more than 3 points.",
                    measure.word()
                )));
            }
            bands.push(Band { up_to, points: band.points });
        }
        if !bands.iter().any(|band| band.points == 0) {
            return Err(wrong(format!("{}: one band gives 0 points.", measure.word())));
        }
        // Otherwise nobody is ever said to be ill by it.
        if bands.iter().all(|band| band.points == 0) {
            return Err(wrong(format!("{}: one band gives more than 0 points.", measure.word())));
        }
        Ok(Self(bands))
    }

    /// Points of a value, and on which side of the band without points it lies.
    #[must_use]
    pub fn of(&self, value: i32) -> (u8, std::cmp::Ordering) {
        let place = self.0.iter().position(|band| band.up_to.is_none_or(|up_to| value <= up_to));
        let usual = self.0.iter().position(|band| band.points == 0);
        let points = place.and_then(|n| self.0.get(n)).map_or(0, |band| band.points);
        (points, place.cmp(&usual))
    }
}
