//! Is it possible, and is it likely? Impossible values are refused at their field; unlikely ones are asked about, once.

use jiff::Timestamp;

use super::model::{Age, Measure, PainScale, Taken};
use super::tables::{Range, Tables};
use crate::kernel::FieldErrors;

/// What is known from before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Earlier {
    /// Grams, and when.
    pub weight: Option<(i32, Timestamp)>,
    /// Millimetres, and when.
    pub height: Option<(i32, Timestamp)>,
}

/// Something to look at twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    pub measure: Measure,
    /// One sentence.
    pub says: String,
}

/// Not under 2 years: a child that young has percentiles of its own.
const BMI_FROM_YEARS: i64 = 2;
/// From this age on a height stays what it was.
const GROWN_YEARS: i64 = 18;

/// In tenths of kg/m²; a grown person's height may be from before.
#[must_use]
pub fn bmi(taken: &Taken, age: Option<Age>, earlier: &Earlier) -> Option<i32> {
    let age = age.filter(|age| age.years >= BMI_FROM_YEARS)?;
    let before = earlier.height.filter(|_| age.years >= GROWN_YEARS).map(|(height, _)| height);
    let height = i64::from(taken.get(Measure::Height).or(before)?);
    let weight = i64::from(taken.get(Measure::Weight)?);
    let square = height.checked_mul(height).filter(|square| *square > 0)?;
    // Half up: g * 1000 / mm² is kg/m².
    i32::try_from((weight * 20_000 / square + 1) / 2).ok()
}

/// Everything that cannot be, at its field.
pub fn impossible(taken: &Taken, bmi: Option<i32>, tables: &Tables, errors: &mut FieldErrors) {
    for (measure, value) in &taken.values {
        if let Some(range) = tables.possible(*measure).filter(|range| !range.holds(*value)) {
            errors.add(measure.code(), outside(*measure, range, *value));
        }
    }
    if let (Some(systolic), Some(diastolic)) = (taken.get(Measure::Systolic), taken.get(Measure::Diastolic))
        && systolic <= diastolic
    {
        errors
            .add(Measure::Diastolic.code(), "The diastolic pressure is below the systolic one: check both.");
    }
    if taken.get(Measure::HeartRate) == Some(0) && taken.notes.is_none() {
        errors.add(
            Measure::HeartRate.code(),
            "A heart rate of 0 needs a word in the notes: say what happened.",
        );
    }
    if taken.get(Measure::OxygenFlow).is_some_and(|flow| flow > 0) && taken.oxygen == Some(false) {
        errors.add(
            Measure::OxygenFlow.code(),
            "There is no flow on air: leave it blank, or say that oxygen is given.",
        );
    }
    if let (Some(bmi), Some(range)) = (bmi, tables.possible(Measure::Bmi))
        && !range.holds(bmi)
    {
        errors.add(
            Measure::Height.code(),
            "Weight and height cannot be of one person: check both and their units.",
        );
    }
}

fn outside(measure: Measure, range: Range, value: i32) -> String {
    let shown = |value: Option<i32>| value.map_or_else(String::new, |value| measure.shown(value));
    let unit = measure.unit();
    let space = if unit.is_empty() { "" } else { " " };
    let mut text = format!("This is from {} to {}{space}{unit}.", shown(range.from), shown(range.to));
    if let Some(celsius) = celsius(measure, value) {
        text = format!("{text} If it is in °F, it is {} °C.", measure.shown(celsius));
    }
    text
}

/// Degrees Fahrenheit that were typed where Celsius belongs: the same in tenths of °C.
#[must_use]
pub fn celsius(measure: Measure, value: i32) -> Option<i32> {
    let is_fahrenheit = measure == Measure::Temperature && (860..=1130).contains(&value);
    is_fahrenheit.then(|| ((value - 320) * 50 + 45).div_euclid(90))
}

/// Pounds that were typed where kilograms belong: the same in grams.
#[must_use]
pub fn pounds(grams: i32) -> Option<i32> {
    i32::try_from((i64::from(grams) * 45_359_237 + 50_000_000) / 100_000_000).ok()
}

/// Inches that were typed where centimetres belong: the same in millimetres.
#[must_use]
pub fn inches(millimetres: i32) -> Option<i32> {
    i32::try_from((i64::from(millimetres) * 254 + 50) / 100).ok()
}

/// Everything that is hard to believe and was not said yes to.
#[must_use]
pub fn unlikely(
    taken: &Taken,
    bmi: Option<i32>,
    age: Option<Age>,
    earlier: &Earlier,
    at: Timestamp,
    tables: &Tables,
) -> Vec<Doubt> {
    let limits = &tables.limits;
    let child = age.filter(|age| age.years < limits.child_under_years);
    let mut doubts: Vec<Doubt> = Vec::new();
    let mut doubt = |measure: Measure, says: String| {
        if !taken.confirmed.contains(&measure) && !doubts.iter().any(|known| known.measure == measure) {
            doubts.push(Doubt { measure, says });
        }
    };
    let all = taken
        .values
        .iter()
        .map(|(measure, value)| (*measure, *value))
        .chain(bmi.map(|bmi| (Measure::Bmi, bmi)));
    for (measure, value) in all {
        let Some(limit) = limits.measures.get(&measure) else { continue };
        let usual = if child.is_some() { limit.child } else { limit.adult };
        if !usual.holds(value) {
            doubt(measure, said(measure, value));
        }
    }
    if let Some(age) = child {
        let more = limits.beyond_band_percent;
        let beyond = |range: Range, value: i32| {
            range.from.is_some_and(|from| value * 100 < from * (100 - more))
                || range.to.is_some_and(|to| value * 100 > to * (100 + more))
        };
        if let Some(band) = tables.children.band(age) {
            for (measure, range) in
                [(Measure::HeartRate, band.heart_rate), (Measure::RespiratoryRate, band.respiratory_rate)]
            {
                if let Some(value) = taken.get(measure).filter(|value| beyond(range, *value)) {
                    doubt(measure, said(measure, value));
                }
            }
        }
        if let (Some(value), Some(line)) =
            (taken.get(Measure::Systolic), tables.children.hypotension_below(age))
            && value < line
        {
            doubt(Measure::Systolic, said(Measure::Systolic, value));
        }
        if let (Some(value), Some((before, _))) = (taken.get(Measure::Height), earlier.height)
            && value < before
        {
            let text = format!("The height fell from {} cm.", Measure::Height.shown(before));
            doubt(Measure::Height, text);
        }
    }
    if let (Some(value), Some((before, when))) = (taken.get(Measure::Weight), earlier.weight) {
        let is_near = at.as_second() - when.as_second() <= limits.weight_change_days * 86_400;
        let change = (i64::from(value) - i64::from(before)).abs() * 100;
        if is_near && change > i64::from(before) * i64::from(limits.weight_change_percent) {
            let text = format!(
                "The weight was {} kg at the last weighing, within {} days: this differs by more than {} %.",
                Measure::Weight.shown(before),
                limits.weight_change_days,
                limits.weight_change_percent
            );
            doubt(Measure::Weight, text);
        }
    }
    if let (Some(_), Some(scale), Some(age)) = (taken.get(Measure::Pain), taken.pain_scale, age)
        && let Some(text) = misfits(scale, age)
    {
        doubt(Measure::Pain, text.to_owned());
    }
    doubts
}

/// By which pain is counted at which age (table A6): what is told needs somebody who tells, what is watched a child of that
/// age. Who cannot speak is watched at any age, so FLACC is asked about for newborns alone.
fn misfits(scale: PainScale, age: Age) -> Option<&'static str> {
    match scale {
        PainScale::Numeric if age.years < 8 => {
            Some("A number for pain is told from about 8 years on: faces (FPS-R) from 3, FLACC before.")
        }
        PainScale::Faces if age.years < 3 => {
            Some("Faces for pain (FPS-R) are shown from 3 years on: use FLACC before, and NIPS for newborns.")
        }
        PainScale::Flacc if age.months < 2 => Some("FLACC is made from 2 months on: use NIPS for newborns."),
        PainScale::Nips if age.months >= 2 => {
            Some("NIPS is made for newborns: use FLACC from 2 months on, then what the patient tells.")
        }
        PainScale::Painad if age.years < 18 => {
            Some("PAINAD is made for advanced dementia: use FLACC for a child who cannot tell.")
        }
        PainScale::Numeric | PainScale::Faces | PainScale::Flacc | PainScale::Nips | PainScale::Painad => {
            None
        }
    }
}

fn said(measure: Measure, value: i32) -> String {
    let unit = measure.unit();
    let space = if unit.is_empty() { "" } else { " " };
    format!("{} {}{space}{unit} is unlikely at this age.", measure.word(), measure.shown(value))
}

#[cfg(test)]
mod tests;
