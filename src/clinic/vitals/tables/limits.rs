//! Table A1: what is impossible, and what is asked about.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::read::{Range, Wrong, read, wrong};
use crate::clinic::vitals::model::Measure;

/// What is possible for a measure, and what is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub possible: Range,
    pub adult: Range,
    pub child: Range,
}

/// Table A1: what is impossible and what is unlikely.
#[derive(Debug, Clone)]
pub struct Limits {
    pub child_under_years: i64,
    /// A child's rate is unlikely this much beyond its band.
    pub beyond_band_percent: i32,
    pub weight_change_percent: i32,
    pub weight_change_days: i64,
    pub measures: BTreeMap<Measure, Limit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLimits {
    child_under_years: u8,
    beyond_band_percent: u8,
    weight_change_percent: u8,
    weight_change_days: u8,
    measures: BTreeMap<Measure, RawLimit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLimit {
    from: f64,
    to: f64,
    adult: (Option<f64>, Option<f64>),
    child: (Option<f64>, Option<f64>),
}

impl Limits {
    /// # Errors
    /// What is wrong.
    pub fn read(body: &Value) -> Result<Self, Wrong> {
        let raw: RawLimits = read(body)?;
        let built_in = Measure::ALL.iter().filter(|m| m.is_typed_number() || **m == Measure::Bmi);
        let mut measures = BTreeMap::new();
        for measure in built_in.copied() {
            let limit =
                raw.measures.get(&measure).ok_or_else(|| wrong(format!("{} is missing.", measure.word())))?;
            let limit = Limit {
                possible: Range::read(measure, (Some(limit.from), Some(limit.to)))?,
                adult: Range::read(measure, limit.adult)?,
                child: Range::read(measure, limit.child)?,
            };
            let widest = hard(measure);
            if limit.possible.from < widest.from || limit.possible.to > widest.to {
                return Err(wrong(format!("{}: no hospital goes beyond what is possible.", measure.word())));
            }
            measures.insert(measure, limit);
        }
        Ok(Self {
            child_under_years: i64::from(raw.child_under_years),
            beyond_band_percent: i32::from(raw.beyond_band_percent),
            weight_change_percent: i32::from(raw.weight_change_percent),
            weight_change_days: i64::from(raw.weight_change_days),
            measures,
        })
    }
}

/// What the database holds of a measure: named checks of `vitals`.
fn hard(measure: Measure) -> Range {
    let (from, to) = match measure {
        Measure::Systolic => (20, 300),
        Measure::Diastolic => (5, 250),
        Measure::HeartRate => (0, 300),
        Measure::RespiratoryRate => (0, 120),
        Measure::Temperature => (200, 450),
        Measure::Spo2 => (1, 100),
        Measure::OxygenFlow => (0, 800),
        Measure::Gcs => (3, 15),
        Measure::Pain => (0, 10),
        Measure::Glucose => (10, 1000),
        Measure::Weight => (201, 700_000),
        Measure::Height => (200, 2750),
        Measure::Head => (150, 800),
        Measure::Bmi => (1, 30_000),
        Measure::Oxygen | Measure::Consciousness => (0, 0),
    };
    Range { from: Some(from), to: Some(to) }
}
