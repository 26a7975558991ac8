//! From what is said of a set to what was taken. All faults are reported at once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::model::{Absence, Consciousness, GlucoseReading, Measure, PainScale, Taken, decimal};
use crate::kernel::wall_clock::{Fold, lately, moment};
use crate::kernel::{FieldErrors, text};

const TOO_OLD: &str = "What was taken more than 24 hours ago is not written down here: put it into a note.";
/// mg/dL of one mmol/L of glucose, in thousandths.
const MG_DL_OF_MMOL_L: i64 = 18_016;

/// What somebody says of a set, before anybody judged it.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Numbers as they were typed or sent.
    pub values: Vec<(Measure, String)>,
    /// Glucose in the other unit.
    pub glucose_mmol_l: Option<String>,
    pub oxygen: Option<bool>,
    pub consciousness: Option<String>,
    pub pain_scale: Option<String>,
    pub glucose_reading: Option<String>,
    pub pregnant: Option<bool>,
    pub device: Option<String>,
    pub notes: Option<String>,
    /// Measure and reason.
    pub absent: Vec<(String, String)>,
    /// Measures that are said to be so although they are unlikely.
    pub confirmed: Vec<String>,
    /// It comes from a program that does not know the question: what is unlikely is kept as not confirmed.
    pub is_unasked: bool,
    /// An instant, or a time on the hospital's clock; blank is now.
    pub recorded_at: Option<String>,
    pub fold: Option<Fold>,
    pub scale: Option<i64>,
}

/// The same, understood.
#[derive(Debug, Clone)]
pub struct Read {
    pub taken: Taken,
    pub recorded_at: Timestamp,
    pub scale: Option<u8>,
}

/// Where and when it is written down.
#[derive(Debug, Clone)]
pub struct Here {
    pub now: Timestamp,
    pub zone: TimeZone,
    /// What a blank time means: now, or when the set was taken that this one replaces.
    pub blank: Timestamp,
}

impl Told {
    /// Whatever is not understood is told in the errors, at its field.
    pub fn read(&self, here: &Here, errors: &mut FieldErrors) -> Read {
        let mut values = BTreeMap::new();
        for (measure, typed) in &self.values {
            match number(*measure, typed) {
                Ok(Some(value)) => drop(values.insert(*measure, value)),
                Ok(None) => {}
                Err(sentence) => errors.add(measure.code(), sentence),
            }
        }
        let glucose_reading = coded(
            "glucose_reading",
            self.glucose_reading.as_deref(),
            GlucoseReading::from_code,
            GlucoseReading::ALL.iter().map(|w| w.code()),
            errors,
        );
        self.glucose(&mut values, glucose_reading, errors);
        let flow = values.get(&Measure::OxygenFlow).copied();
        let consciousness = coded(
            "consciousness",
            self.consciousness.as_deref(),
            Consciousness::from_code,
            Consciousness::ALL.iter().map(|w| w.code()),
            errors,
        );
        let mut pain_scale = coded(
            "pain_scale",
            self.pain_scale.as_deref(),
            PainScale::from_code,
            PainScale::ALL.iter().map(|w| w.code()),
            errors,
        );
        match (values.get(&Measure::Pain), pain_scale) {
            (Some(_), None) if self.pain_scale.as_deref().unwrap_or_default().trim().is_empty() => {
                errors.add("pain_scale", "Say by which scale: numbers of two scales are not compared.");
            }
            (Some(pain), Some(PainScale::Nips)) if *pain > 7 => {
                errors.add(Measure::Pain.code(), "NIPS ends at 7.");
            }
            (Some(pain), Some(PainScale::Faces)) if pain.rem_euclid(2) != 0 => {
                errors.add(Measure::Pain.code(), "The faces count 0, 2, 4, 6, 8 and 10: use one of these.");
            }
            // A form sends the scale that stands in it, with a number or without.
            (None, Some(_)) => pain_scale = None,
            _ => {}
        }
        let line = |name: &str, typed: Option<&str>, max: usize, errors: &mut FieldErrors| {
            text::optional(name, typed, max, errors).ok().flatten()
        };
        let mut taken = Taken {
            values,
            // Whoever gets a flow gets oxygen.
            oxygen: self.oxygen.or(flow.filter(|flow| *flow > 0).map(|_| true)),
            consciousness,
            pain_scale,
            glucose_reading,
            pregnant: self.pregnant,
            device: line("device", self.device.as_deref(), 100, errors),
            notes: line("notes", self.notes.as_deref(), 500, errors),
            absent: BTreeMap::new(),
            confirmed: self.confirmed(errors),
            unconfirmed: BTreeSet::new(),
        };
        taken.absent = self.absent(&taken, errors);
        let recorded_at = taken_at(self.recorded_at.as_deref(), self.fold, here, errors);
        let scale = match self.scale {
            None => None,
            Some(1) => Some(1),
            Some(2) => Some(2),
            Some(_) => {
                errors.add("news2_scale", "Use 1 or 2.");
                None
            }
        };
        if errors.is_empty() && taken.is_empty() {
            errors.add("body", "Nothing was measured: give a value, or say why there is none.");
        }
        Read { taken, recorded_at, scale }
    }

    fn glucose(
        &self,
        values: &mut BTreeMap<Measure, i32>,
        reading: Option<GlucoseReading>,
        errors: &mut FieldErrors,
    ) {
        let typed = self.glucose_mmol_l.as_deref().unwrap_or_default().trim();
        if !typed.is_empty() {
            match decimal(typed, 3) {
                Some(_) if values.contains_key(&Measure::Glucose) => {
                    errors.add("glucose_mmol_l", "Give glucose in one unit.");
                }
                Some(thousandths) => {
                    let mg = (i64::from(thousandths) * MG_DL_OF_MMOL_L + 500_000).div_euclid(1_000_000);
                    values.insert(Measure::Glucose, i32::try_from(mg).unwrap_or(i32::MAX));
                }
                None => errors.add("glucose_mmol_l", NOT_A_NUMBER),
            }
        }
        if reading.is_some() && values.contains_key(&Measure::Glucose) {
            errors.add("glucose_reading", "The meter says LO or HI, or a number: not both.");
        }
    }

    fn confirmed(&self, errors: &mut FieldErrors) -> BTreeSet<Measure> {
        let mut confirmed = BTreeSet::new();
        for word in self.confirmed.iter().map(|word| word.trim()).filter(|word| !word.is_empty()) {
            match Measure::from_code(word) {
                Some(measure) => drop(confirmed.insert(measure)),
                None => {
                    errors.add("confirmed", "Name the measures by their fields, like heart_rate.");
                    break;
                }
            }
        }
        confirmed
    }

    fn absent(&self, taken: &Taken, errors: &mut FieldErrors) -> BTreeMap<Measure, Absence> {
        let mut absent = BTreeMap::new();
        for (name, reason) in self.absent.iter().filter(|(_, reason)| !reason.trim().is_empty()) {
            let Some(measure) = Measure::from_code(name.trim()).filter(|measure| *measure != Measure::Bmi)
            else {
                errors.add("absent", "Name the measures by their fields, like heart_rate.");
                break;
            };
            match Absence::from_code(reason.trim()) {
                None => errors.add("absent", "Use one of: NOT_RECORDABLE, REFUSED, DEVICE_MISSING, ASLEEP."),
                Some(_) if taken.has(measure) => {
                    errors.add(measure.code(), "There is a value and a reason why there is none: keep one.");
                }
                Some(reason) => drop(absent.insert(measure, reason)),
            }
        }
        absent
    }
}

const NOT_A_NUMBER: &str = "Write a number, like 36.6.";

/// A typed number in steps of its measure; none for a blank one.
///
/// # Errors
/// One sentence for who typed it.
pub fn number(measure: Measure, typed: &str) -> Result<Option<i32>, &'static str> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    if typed.len() > 400 {
        return Err(NOT_A_NUMBER);
    }
    // What is far too great to be counted is refused with the limits of its measure.
    let is_number = typed.bytes().all(|b| b.is_ascii_digit() || b"+-.,".contains(&b));
    // Points of a scale are counted, not measured.
    let is_counted = matches!(measure, Measure::Pain | Measure::Gcs);
    if is_counted && decimal(typed, 3).is_some_and(|thousandths| thousandths.rem_euclid(1000) != 0) {
        return Err("Use a whole number.");
    }
    match decimal(typed, measure.digits()) {
        Some(value) => Ok(Some(value)),
        None if is_number && typed.bytes().filter(u8::is_ascii_digit).count() > 9 => Ok(Some(i32::MAX)),
        None => Err(NOT_A_NUMBER),
    }
}

fn coded<T>(
    field: &str,
    typed: Option<&str>,
    read: impl Fn(&str) -> Option<T>,
    all: impl Iterator<Item = &'static str>,
    errors: &mut FieldErrors,
) -> Option<T> {
    let typed = typed.map(str::trim).filter(|typed| !typed.is_empty())?;
    let found = read(typed);
    if found.is_none() {
        errors.add(field, format!("Use one of: {}.", all.collect::<Vec<_>>().join(", ")));
    }
    found
}

/// When it was taken: at most a day ago, and not in the future; or when the set was that this one replaces.
fn taken_at(typed: Option<&str>, fold: Option<Fold>, here: &Here, errors: &mut FieldErrors) -> Timestamp {
    let read = moment(typed.unwrap_or_default(), fold, &here.zone).and_then(|at| match at {
        Some(at) if at != here.blank => lately(at, here.now, TOO_OLD),
        _ => Ok(here.blank),
    });
    match read {
        Ok(at) => at,
        Err(sentence) => {
            errors.add("recorded_at", sentence);
            here.blank
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(typed: &str, blank: &str) -> Result<String, String> {
        let mut errors = FieldErrors::default();
        let here = Here {
            now: "2026-11-22T12:00:00Z".parse().unwrap(),
            zone: TimeZone::get("Asia/Kolkata").unwrap(),
            blank: blank.parse().unwrap(),
        };
        let at = taken_at(Some(typed), None, &here, &mut errors);
        let problem: crate::kernel::Problem = errors.into();
        problem.errors.first().map_or(Ok(at.to_string()), |error| {
            assert_eq!(error.field, "recorded_at");
            Err(error.message.clone())
        })
    }

    #[test]
    fn a_set_is_at_most_a_day_late_or_of_the_time_of_the_one_that_it_replaces() {
        let now = "2026-11-22T12:00:00Z";
        assert_eq!(at(" ", now).unwrap(), now);
        assert_eq!(at("2026-11-21T17:30", now).unwrap(), "2026-11-21T12:00:00Z", "on the wall");
        assert!(at("2026-11-21T11:59:59Z", now).unwrap_err().contains("24 hours"));
        assert_eq!(at("2026-11-22T12:05:00Z", now).unwrap(), "2026-11-22T12:05:00Z");
        assert!(at("2026-11-22T12:05:01Z", now).is_err());
        let wrong =
            ["soon", "2026-11-22", "9999-12-31T23:59:59Z", "-009999-01-01T00:00:00Z", "2026-13-01T00:00"];
        for typed in wrong {
            assert!(at(typed, now).is_err(), "{typed}");
        }
        let before = "2026-11-01T04:00:00Z";
        assert_eq!(at("", before).unwrap(), before);
        assert_eq!(at(before, before).unwrap(), before);
    }

    #[test]
    fn glucose_comes_in_either_unit() {
        let mut values = BTreeMap::new();
        let told = Told { glucose_mmol_l: Some("5.5".into()), ..Told::default() };
        told.glucose(&mut values, None, &mut FieldErrors::default());
        assert_eq!(values.get(&Measure::Glucose), Some(&99));
    }
}
