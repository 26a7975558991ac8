//! Table A4: what is usual and what is dangerous for children, by age.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::read::{Range, Wrong, read, wrong};
use crate::clinic::vitals::model::{Age, Consciousness, Measure};

/// What is usual for children from the end of the band before to this one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChildBand {
    pub until_months: i64,
    pub heart_rate: Range,
    pub respiratory_rate: Range,
    pub systolic_bp: Range,
}

/// Below this systolic pressure a child is in shock until somebody shows otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hypotension {
    pub until: Until,
    pub below: i32,
    /// More for each full year.
    pub each_year: i32,
}

/// Until which age something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    Days(i64),
    Months(i64),
}

impl Until {
    fn holds(self, age: Age) -> bool {
        match self {
            Self::Days(days) => age.days < days,
            Self::Months(months) => age.months < months,
        }
    }
}

/// Above these a child may be about to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Danger {
    pub until_months: i64,
    pub heart_rate_above: i32,
    pub respiratory_rate_above: i32,
}

/// Table A4: children.
#[derive(Debug, Clone)]
pub struct Children {
    pub under_years: i64,
    pub spo2_danger_below: i32,
    /// A heart or breathing rate this much below its band is danger.
    pub danger_below_band_percent: i32,
    /// States of consciousness that are danger.
    pub consciousness_danger: BTreeSet<Consciousness>,
    pub bands: Vec<ChildBand>,
    pub hypotension: Vec<Hypotension>,
    pub danger: Vec<Danger>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChildren {
    under_years: u8,
    spo2_danger_below: u8,
    // A version that a hospital wrote before these were there goes on, with ours.
    #[serde(default = "grossly_low")]
    danger_below_band_percent: u8,
    #[serde(default = "less_than_alert")]
    consciousness_danger: Vec<Consciousness>,
    bands: Vec<RawChildBand>,
    hypotension: Vec<RawHypotension>,
    danger: Vec<RawDanger>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChildBand {
    until_months: u16,
    heart_rate: (f64, f64),
    respiratory_rate: (f64, f64),
    systolic_bp: (f64, f64),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHypotension {
    until_days: Option<u16>,
    until_months: Option<u16>,
    below: u16,
    #[serde(default)]
    each_year: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDanger {
    until_months: u16,
    heart_rate_above: u16,
    respiratory_rate_above: u16,
}

fn grossly_low() -> u8 {
    30
}

fn less_than_alert() -> Vec<Consciousness> {
    Consciousness::ALL.iter().copied().filter(|state| *state != Consciousness::Alert).collect()
}

impl Children {
    /// # Errors
    /// What is wrong.
    pub fn read(body: &Value) -> Result<Self, Wrong> {
        let raw: RawChildren = read(body)?;
        let under = i64::from(raw.under_years) * 12;
        let mut bands = Vec::new();
        for band in raw.bands {
            let range = |measure, (from, to): (f64, f64)| Range::read(measure, (Some(from), Some(to)));
            bands.push(ChildBand {
                until_months: i64::from(band.until_months),
                heart_rate: range(Measure::HeartRate, band.heart_rate)?,
                respiratory_rate: range(Measure::RespiratoryRate, band.respiratory_rate)?,
                systolic_bp: range(Measure::Systolic, band.systolic_bp)?,
            });
        }
        let mut hypotension = Vec::new();
        for line in raw.hypotension {
            let until = match (line.until_days, line.until_months) {
                (Some(days), None) => Until::Days(i64::from(days)),
                (None, Some(months)) => Until::Months(i64::from(months)),
                _ => return Err(wrong("Each line of hypotension ends at days or at months.")),
            };
            hypotension.push(Hypotension {
                until,
                below: i32::from(line.below),
                each_year: i32::from(line.each_year),
            });
        }
        let danger: Vec<Danger> = raw
            .danger
            .into_iter()
            .map(|line| Danger {
                until_months: i64::from(line.until_months),
                heart_rate_above: i32::from(line.heart_rate_above),
                respiratory_rate_above: i32::from(line.respiratory_rate_above),
            })
            .collect();
        let last = bands.last().map(|band| band.until_months);
        let last_danger = danger.last().map(|line| line.until_months);
        let last_hypotension = hypotension.last().map(|line| line.until);
        let reaches = last == Some(under)
            && last_danger == Some(under)
            && last_hypotension == Some(Until::Months(under));
        let rises = bands.is_sorted_by(|a, b| a.until_months < b.until_months)
            && danger.is_sorted_by(|a, b| a.until_months < b.until_months);
        if !reaches || !rises {
            return Err(wrong("Ages rise, and the last line of each list ends where adults begin."));
        }
        // What nobody measures is no danger to anybody.
        let is_sound =
            danger.iter().all(|line| line.heart_rate_above < 300 && line.respiratory_rate_above < 120)
                && hypotension.iter().all(|line| line.below > 20);
        if !is_sound {
            return Err(wrong("Danger and hypotension begin within what can be measured."));
        }
        let consciousness_danger: BTreeSet<Consciousness> = raw.consciousness_danger.into_iter().collect();
        let is_heard = consciousness_danger.contains(&Consciousness::Unresponsive)
            && !consciousness_danger.contains(&Consciousness::Alert);
        if !is_heard || !(10..=60).contains(&raw.danger_below_band_percent) {
            return Err(wrong(
                "Whoever is unresponsive is in danger and whoever is alert is not; rates are from 10 to 60 percent below the band.",
            ));
        }
        Ok(Self {
            under_years: i64::from(raw.under_years),
            spo2_danger_below: i32::from(raw.spo2_danger_below),
            danger_below_band_percent: i32::from(raw.danger_below_band_percent),
            consciousness_danger,
            bands,
            hypotension,
            danger,
        })
    }

    /// The band of an age.
    #[must_use]
    pub fn band(&self, age: Age) -> Option<&ChildBand> {
        self.bands.iter().find(|band| age.months < band.until_months)
    }

    /// Systolic pressure below which an age is in shock.
    #[must_use]
    pub fn hypotension_below(&self, age: Age) -> Option<i32> {
        let line = self.hypotension.iter().find(|line| line.until.holds(age))?;
        Some(line.below + line.each_year * i32::try_from(age.years).unwrap_or(0))
    }

    /// The danger zone of an age.
    #[must_use]
    pub fn danger(&self, age: Age) -> Option<&Danger> {
        self.danger.iter().find(|line| age.months < line.until_months)
    }
}
