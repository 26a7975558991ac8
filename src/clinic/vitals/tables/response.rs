//! Table A3: what follows from a score.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::Name;
use super::read::{Range, Wrong, read, wrong};
use crate::clinic::vitals::model::Measure;

/// What is done at one level of risk.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The next set is due so long after this one.
    pub every_minutes: u16,
    /// Who is told: 0 nobody, 1 the doctor, 2 for urgent review, 3 the emergency team.
    pub level: u8,
    /// In one sentence.
    pub says: String,
}

/// Table A3: what follows from a score.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    pub low_from: u8,
    pub medium_from: u8,
    pub high_from: u8,
    pub none: Step,
    pub low: Step,
    pub single_red: Step,
    pub medium: Step,
    pub high: Step,
    pub child_danger: Step,
    pub child_hypotension: Step,
    /// In pregnancy, and where nobody knows the age: outside of these an adult is in danger.
    #[serde(skip)]
    pub danger_outside: BTreeMap<Measure, Range>,
    /// Said again after so many minutes, at levels 1, 2 and 3.
    pub repeat_minutes: [u16; 3],
    /// One level higher after so many times.
    pub climbs_after_rounds: u8,
}

const OUTSIDE: &str = "danger_outside";

/// Whoever is beyond these is in danger at any hospital.
const WIDEST: [(Measure, Range); 6] = [
    (Measure::RespiratoryRate, Range { from: Some(8), to: Some(35) }),
    (Measure::Spo2, Range { from: Some(88), to: Some(100) }),
    (Measure::Systolic, Range { from: Some(80), to: Some(180) }),
    (Measure::Diastolic, Range { from: Some(20), to: Some(120) }),
    (Measure::HeartRate, Range { from: Some(35), to: Some(140) }),
    (Measure::Temperature, Range { from: Some(340), to: Some(400) }),
];

fn danger_outside(body: &Value) -> Result<BTreeMap<Measure, Range>, Wrong> {
    let raw: BTreeMap<Measure, (f64, f64)> = read(body)?;
    let mut outside = BTreeMap::new();
    for (measure, widest) in WIDEST {
        let (from, to) =
            raw.get(&measure).copied().ok_or_else(|| wrong(format!("{} is missing.", measure.word())))?;
        let range = Range::read(measure, (Some(from), Some(to)))?;
        if range.from < widest.from || range.to > widest.to {
            return Err(wrong(format!("{}: danger begins nearer to what is usual.", measure.word())));
        }
        outside.insert(measure, range);
    }
    if raw.len() > outside.len() {
        return Err(wrong("There is a name that this table does not have."));
    }
    Ok(outside)
}

impl Response {
    /// # Errors
    /// What is wrong.
    pub fn read(body: &Value) -> Result<Self, Wrong> {
        let mut body = body.clone();
        // A version that a hospital wrote before these were there goes on, with ours.
        let outside = body.as_object_mut().and_then(|fields| fields.remove(OUTSIDE));
        let mut this: Self = read(&body)?;
        this.danger_outside = danger_outside(
            &outside.or_else(|| Name::Response.body().get(OUTSIDE).cloned()).unwrap_or_default(),
        )?;
        let steps = [
            &this.none,
            &this.low,
            &this.single_red,
            &this.medium,
            &this.high,
            &this.child_danger,
            &this.child_hypotension,
        ];
        let is_sound = |step: &Step| {
            (5..=1440).contains(&step.every_minutes)
                && step.level <= 3
                && (1..=300).contains(&step.says.chars().count())
        };
        if !steps.into_iter().all(is_sound) {
            return Err(wrong(
                "Each step is due within 5 minutes to a day, has a level from 0 to 3, and says what to do.",
            ));
        }
        if !(0 < this.low_from
            && this.low_from < this.medium_from
            && this.medium_from < this.high_from
            && this.high_from <= 20)
        {
            return Err(wrong("Low, medium and high begin one above the other, at 1 to 20 points."));
        }
        let rising = [&this.none, &this.low, &this.medium, &this.high];
        let loud = [&this.high, &this.child_danger, &this.child_hypotension];
        if !rising.is_sorted_by_key(|step| step.level) || loud.iter().any(|step| step.level == 0) {
            return Err(wrong(
                "A higher risk never tells fewer people, and a high risk or a child in danger tells somebody.",
            ));
        }
        if this.repeat_minutes.iter().any(|minutes| !(1..=240).contains(minutes))
            || !(1..=20).contains(&this.climbs_after_rounds)
        {
            return Err(wrong("Repeat within 1 to 240 minutes, and climb after 1 to 20 times."));
        }
        Ok(this)
    }

    /// Minutes until it is said again at this level.
    #[must_use]
    pub fn repeat_after(&self, level: i16) -> i64 {
        let [first, second, third] = self.repeat_minutes;
        i64::from(match level {
            ..=1 => first,
            2 => second,
            3.. => third,
        })
    }
}
