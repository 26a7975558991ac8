//! Scoring a set: the early-warning score for adults, colours by age for children. Pure.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::model::{Age, Consciousness, Flag, Measure, Score, Standing, Taken, Unscored};
use super::tables::{Bands, ChildBand, Children, Name, News2, Range, Response, Step, Tables};

/// The seven that a total needs.
pub const SEVEN: [Measure; 7] = [
    Measure::RespiratoryRate,
    Measure::Spo2,
    Measure::Oxygen,
    Measure::Systolic,
    Measure::HeartRate,
    Measure::Consciousness,
    Measure::Temperature,
];

/// What a set is scored as. `scale`: 1, or 2 where a prescriber ordered it.
#[must_use]
pub fn score(taken: &Taken, age: Option<Age>, scale: u8, tables: &Tables) -> Score {
    let news2 = &tables.news2;
    let unscored = match age {
        _ if taken.pregnant == Some(true) => Some(Unscored::Pregnant),
        None => Some(Unscored::AgeUnknown),
        Some(age) if age.years < news2.from_years => Some(Unscored::Under16),
        Some(_) => None,
    };
    if let Some(why) = unscored {
        return without_total(taken, age, scale, tables, why);
    }
    let (parts, flags) = parts(taken, scale, news2);
    let standing = match SEVEN.iter().all(|measure| parts.contains_key(measure)) {
        true => Standing::Scored(parts.values().sum()),
        false => Standing::Incomplete,
    };
    Score {
        standing,
        single_red: parts.values().any(|points| *points >= 3),
        parts,
        scale,
        table: tables.origin(Name::News2).version.clone(),
        flags,
    }
}

/// No total. Whoever may be an adult is in danger by the score's own points as well as beyond the limits of danger.
fn without_total(taken: &Taken, age: Option<Age>, scale: u8, tables: &Tables, why: Unscored) -> Score {
    let child = age.filter(|age| age.years < tables.children.under_years);
    let (parts, mut flags) = match (child, why) {
        (Some(age), _) => (BTreeMap::new(), colours(taken, age, &tables.children)),
        (None, Unscored::Under16) => (BTreeMap::new(), BTreeMap::new()),
        (None, Unscored::Pregnant | Unscored::AgeUnknown) => parts(taken, scale, &tables.news2),
    };
    if child.is_none() || why == Unscored::Pregnant {
        flags.extend(outside(taken, &tables.response));
    }
    let table = if child.is_some() { Name::Children } else { Name::Response };
    Score {
        standing: Standing::NotApplicable(why),
        single_red: parts.values().any(|points| *points >= 3),
        parts,
        scale,
        table: tables.origin(table).version.clone(),
        flags,
    }
}

/// Points of what is there, and on which side of the usual it lies. What is missing has no part.
fn parts(taken: &Taken, scale: u8, table: &News2) -> (BTreeMap<Measure, u8>, BTreeMap<Measure, Flag>) {
    let mut parts = BTreeMap::new();
    let mut flags = BTreeMap::new();
    let mut count = |measure: Measure, bands: &Bands| {
        if let Some(value) = taken.get(measure) {
            let (points, side) = bands.of(value);
            parts.insert(measure, points);
            if let Some(flag) = flag(points, side) {
                flags.insert(measure, flag);
            }
        }
    };
    count(Measure::RespiratoryRate, &table.respiratory_rate);
    count(Measure::Systolic, &table.systolic_bp);
    count(Measure::HeartRate, &table.heart_rate);
    count(Measure::Temperature, &table.temperature_c);
    match (scale, taken.oxygen) {
        (2, Some(true)) => count(Measure::Spo2, &table.spo2_scale_2_oxygen),
        (2, Some(false)) => count(Measure::Spo2, &table.spo2_scale_2_air),
        // Nobody can say which half of the column holds.
        (2, None) => {}
        _ => count(Measure::Spo2, &table.spo2_scale_1),
    }
    if let Some(oxygen) = taken.oxygen {
        parts.insert(Measure::Oxygen, if oxygen { table.oxygen_given } else { 0 });
    }
    if let Some(state) = taken.consciousness {
        let points = table.consciousness.get(&state).copied().unwrap_or(0);
        parts.insert(Measure::Consciousness, points);
        if points > 0 {
            flags.insert(Measure::Consciousness, if points >= 3 { Flag::DangerLow } else { Flag::Low });
        }
    }
    (parts, flags)
}

fn flag(points: u8, side: Ordering) -> Option<Flag> {
    match (points, side) {
        (0, _) | (_, Ordering::Equal) => None,
        (3.., Ordering::Less) => Some(Flag::DangerLow),
        (3.., Ordering::Greater) => Some(Flag::DangerHigh),
        (_, Ordering::Less) => Some(Flag::Low),
        (_, Ordering::Greater) => Some(Flag::High),
    }
}

/// Colours of a child.
fn colours(taken: &Taken, age: Age, table: &Children) -> BTreeMap<Measure, Flag> {
    let mut flags = BTreeMap::new();
    type RangeOf = fn(&ChildBand) -> Range;
    let bands: [(Measure, RangeOf); 3] = [
        (Measure::HeartRate, |band| band.heart_rate),
        (Measure::RespiratoryRate, |band| band.respiratory_rate),
        (Measure::Systolic, |band| band.systolic_bp),
    ];
    let is_gross = |measure: Measure, value: i32, range: Range| {
        let line = 100 - table.danger_below_band_percent;
        measure != Measure::Systolic && range.from.is_some_and(|from| value * 100 < from * line)
    };
    if let Some(band) = table.band(age) {
        for (measure, range_of) in bands {
            let range = range_of(band);
            match taken.get(measure) {
                Some(value) if range.from.is_some_and(|from| value < from) => {
                    let flag = if is_gross(measure, value, range) { Flag::DangerLow } else { Flag::Low };
                    flags.insert(measure, flag)
                }
                Some(value) if range.to.is_some_and(|to| value > to) => flags.insert(measure, Flag::High),
                _ => None,
            };
        }
    }
    if let Some(danger) = table.danger(age) {
        let above = [
            (Measure::HeartRate, danger.heart_rate_above),
            (Measure::RespiratoryRate, danger.respiratory_rate_above),
        ];
        for (measure, limit) in above {
            if taken.get(measure).is_some_and(|value| value > limit) {
                flags.insert(measure, Flag::DangerHigh);
            }
        }
    }
    if taken.get(Measure::Spo2).is_some_and(|value| value < table.spo2_danger_below) {
        flags.insert(Measure::Spo2, Flag::DangerLow);
    }
    if let (Some(value), Some(line)) = (taken.get(Measure::Systolic), table.hypotension_below(age))
        && value < line
    {
        flags.insert(Measure::Systolic, Flag::DangerLow);
    }
    if taken.consciousness.is_some_and(|state| table.consciousness_danger.contains(&state)) {
        flags.insert(Measure::Consciousness, Flag::DangerLow);
    }
    flags
}

/// What is danger in an adult for whom no score is made: outside of the limits, or less than alert.
fn outside(taken: &Taken, table: &Response) -> BTreeMap<Measure, Flag> {
    let mut flags = BTreeMap::new();
    for (measure, range) in &table.danger_outside {
        let Some(value) = taken.get(*measure) else { continue };
        if range.from.is_some_and(|from| value < from) {
            flags.insert(*measure, Flag::DangerLow);
        } else if range.to.is_some_and(|to| value > to) {
            flags.insert(*measure, Flag::DangerHigh);
        }
    }
    if taken.consciousness.is_some_and(|state| state != Consciousness::Alert) {
        flags.insert(Measure::Consciousness, Flag::DangerLow);
    }
    flags
}

/// How urgent a set is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    None,
    Low,
    /// One part alone is 3.
    SingleRed,
    Medium,
    High,
}

impl Risk {
    /// As it is kept with a plan.
    #[must_use]
    pub fn number(self) -> i16 {
        match self {
            Self::None => 0,
            Self::Low => 1,
            Self::SingleRed => 2,
            Self::Medium => 3,
            Self::High => 4,
        }
    }

    /// For people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "No points",
            Self::Low => "Low risk",
            Self::SingleRed => "One value in red",
            Self::Medium => "Medium risk",
            Self::High => "High risk",
        }
    }
}

/// Why somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    Score,
    SingleRed,
    Child,
}

impl Reason {
    /// The word in the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Score => "SCORE",
            Self::SingleRed => "SINGLE_RED",
            Self::Child => "CHILD",
        }
    }
}

/// What follows from a score: how urgent it is, what is done, and why somebody is told. `None` where nothing can be said:
/// an incomplete set without a value in red, a child within the ranges, somebody without a score and without danger.
#[must_use]
pub fn answer<'a>(score: &Score, table: &'a Response) -> Option<(Risk, &'a Step, Reason)> {
    match score.standing {
        Standing::Scored(total) if total >= table.high_from => Some((Risk::High, &table.high, Reason::Score)),
        Standing::Scored(total) if total >= table.medium_from => {
            Some((Risk::Medium, &table.medium, Reason::Score))
        }
        Standing::Scored(_) | Standing::Incomplete if score.single_red => {
            // What is there may already be enough for more.
            let least: u8 = score.parts.values().sum();
            Some(match least {
                least if least >= table.high_from => (Risk::High, &table.high, Reason::Score),
                least if least >= table.medium_from => (Risk::Medium, &table.medium, Reason::Score),
                _ => (Risk::SingleRed, &table.single_red, Reason::SingleRed),
            })
        }
        Standing::Scored(total) if total >= table.low_from => Some((Risk::Low, &table.low, Reason::Score)),
        Standing::Scored(_) => Some((Risk::None, &table.none, Reason::Score)),
        Standing::Incomplete => {
            let least: u8 = score.parts.values().sum();
            match least {
                least if least >= table.high_from => Some((Risk::High, &table.high, Reason::Score)),
                least if least >= table.medium_from => Some((Risk::Medium, &table.medium, Reason::Score)),
                _ => None,
            }
        }
        Standing::NotApplicable(Unscored::Pregnant | Unscored::AgeUnknown) => {
            let measures = || {
                let in_danger = |flag: &Flag| matches!(flag, Flag::DangerLow | Flag::DangerHigh);
                score.flags.iter().filter(move |(_, flag)| in_danger(flag)).map(|(measure, _)| *measure)
            };
            if measures().any(|measure| measure != Measure::Consciousness) {
                return Some((Risk::High, &table.high, Reason::SingleRed));
            }
            let least: u8 = score.parts.values().sum();
            match least {
                least if least >= table.high_from => Some((Risk::High, &table.high, Reason::Score)),
                least if least >= table.medium_from => Some((Risk::Medium, &table.medium, Reason::Score)),
                _ if measures().next().is_some() => Some((Risk::Medium, &table.medium, Reason::SingleRed)),
                _ if score.single_red => Some((Risk::SingleRed, &table.single_red, Reason::SingleRed)),
                _ => None,
            }
        }
        Standing::NotApplicable(Unscored::Under16) => {
            if score.flags.get(&Measure::Systolic) == Some(&Flag::DangerLow) {
                return Some((Risk::High, &table.child_hypotension, Reason::Child));
            }
            let in_danger =
                score.flags.values().any(|flag| matches!(flag, Flag::DangerLow | Flag::DangerHigh));
            in_danger.then_some((Risk::Medium, &table.child_danger, Reason::Child))
        }
    }
}

/// Does a set say how somebody is, so that those before it do not count any more? Not if something is missing that is judged
/// in this patient.
#[must_use]
pub fn is_whole(taken: &Taken, score: &Score) -> bool {
    const CHILD: [Measure; 5] = [
        Measure::RespiratoryRate,
        Measure::Spo2,
        Measure::Systolic,
        Measure::HeartRate,
        Measure::Consciousness,
    ];
    match score.standing {
        Standing::Scored(_) => true,
        Standing::Incomplete => false,
        Standing::NotApplicable(Unscored::Under16) => CHILD.into_iter().all(|measure| taken.has(measure)),
        Standing::NotApplicable(Unscored::Pregnant | Unscored::AgeUnknown) => {
            SEVEN.iter().all(|measure| score.parts.contains_key(measure)) && taken.has(Measure::Diastolic)
        }
    }
}

/// Is something that is judged unlikely, and nobody was asked? Such a set may tell somebody, and may ask for the next one
/// sooner; it never says that all is well.
#[must_use]
pub fn is_unsure(taken: &Taken) -> bool {
    SEVEN.into_iter().chain([Measure::Diastolic]).any(|measure| taken.unconfirmed.contains(&measure))
}

#[cfg(test)]
mod tests;
