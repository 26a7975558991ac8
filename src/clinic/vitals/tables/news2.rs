//! Table A2: the early-warning score.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::read::{Bands, RawBand, Wrong, read, wrong};
use crate::clinic::vitals::model::{Consciousness, Measure};

/// Table A2: the early-warning score.
#[derive(Debug, Clone)]
pub struct News2 {
    pub from_years: i64,
    pub respiratory_rate: Bands,
    pub spo2_scale_1: Bands,
    pub spo2_scale_2_air: Bands,
    pub spo2_scale_2_oxygen: Bands,
    pub oxygen_given: u8,
    pub systolic_bp: Bands,
    pub heart_rate: Bands,
    pub consciousness: BTreeMap<Consciousness, u8>,
    pub temperature_c: Bands,
}

/// Everybody above is an adult: no hospital leaves them without a score.
const LATEST_FROM_YEARS: u8 = 21;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNews2 {
    from_years: u8,
    respiratory_rate: Vec<RawBand>,
    spo2_scale_1: Vec<RawBand>,
    spo2_scale_2_air: Vec<RawBand>,
    spo2_scale_2_oxygen: Vec<RawBand>,
    oxygen_given: u8,
    systolic_bp: Vec<RawBand>,
    heart_rate: Vec<RawBand>,
    consciousness: BTreeMap<Consciousness, u8>,
    temperature_c: Vec<RawBand>,
}

impl News2 {
    /// # Errors
    /// What is wrong.
    pub fn read(body: &Value) -> Result<Self, Wrong> {
        let raw: RawNews2 = read(body)?;
        let whole = Consciousness::ALL.iter().all(|state| raw.consciousness.contains_key(state));
        if !whole || raw.consciousness.values().any(|points| *points > 3) || raw.oxygen_given > 2 {
            return Err(wrong("Each state of consciousness has 0 to 3 points, and oxygen 0 to 2."));
        }
        if raw.consciousness.values().all(|points| *points == 0) {
            return Err(wrong("Some state of consciousness gives more than 0 points."));
        }
        if raw.from_years > LATEST_FROM_YEARS {
            return Err(wrong(format!("The score begins at {LATEST_FROM_YEARS} years at the latest.")));
        }
        Ok(Self {
            from_years: i64::from(raw.from_years),
            respiratory_rate: Bands::read(Measure::RespiratoryRate, raw.respiratory_rate)?,
            spo2_scale_1: Bands::read(Measure::Spo2, raw.spo2_scale_1)?,
            spo2_scale_2_air: Bands::read(Measure::Spo2, raw.spo2_scale_2_air)?,
            spo2_scale_2_oxygen: Bands::read(Measure::Spo2, raw.spo2_scale_2_oxygen)?,
            oxygen_given: raw.oxygen_given,
            systolic_bp: Bands::read(Measure::Systolic, raw.systolic_bp)?,
            heart_rate: Bands::read(Measure::HeartRate, raw.heart_rate)?,
            consciousness: raw.consciousness,
            temperature_c: Bands::read(Measure::Temperature, raw.temperature_c)?,
        })
    }
}
