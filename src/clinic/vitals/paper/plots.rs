//! Lines over time on paper: where each point stands, in thousandths of its box.

use jiff::Timestamp;
use serde::Serialize;

use crate::clinic::vitals::model::{Measure, VitalSet};

/// One box with its lines. The first line is drawn whole, the second one dashed.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Plot {
    title: String,
    /// "60 to 132 /min": the foot and the top of the box.
    range: String,
    /// The days at its sides.
    from: String,
    to: String,
    lines: Vec<Vec<[i64; 2]>>,
}

/// What is drawn, beside the score.
const PLOTS: [(&str, &[Measure]); 6] = [
    ("Blood pressure, diastolic dashed", &[Measure::Systolic, Measure::Diastolic]),
    ("Pulse", &[Measure::HeartRate]),
    ("Breaths", &[Measure::RespiratoryRate]),
    ("Oxygen saturation", &[Measure::Spo2]),
    ("Temperature", &[Measure::Temperature]),
    ("Weight", &[Measure::Weight]),
];

/// Of what counts and was taken more than once. `sets`: the oldest first.
pub(super) fn plots(sets: &[VitalSet], day: impl Fn(Timestamp) -> String) -> Vec<Plot> {
    let sets: Vec<&VitalSet> = sets.iter().filter(|set| set.ended.is_none()).collect();
    let (Some(first), Some(last)) = (sets.first(), sets.last()) else { return Vec::new() };
    let (from, to) = (first.recorded_at, last.recorded_at);
    let drawn = |title: &str, series: Vec<Vec<(i64, i64)>>, range: &dyn Fn(i64, i64) -> String| {
        if series.iter().all(|points| points.len() < 2) {
            return None;
        }
        let values = || series.iter().flatten().map(|(_, value)| *value);
        let (low, high) = (values().min()?, values().max()?);
        let place = |(at, value): &(i64, i64)| {
            let along = (at - from.as_second()) * 1000 / (to.as_second() - from.as_second()).max(1);
            [along, (value - low) * 1000 / (high - low).max(1)]
        };
        Some(Plot {
            title: title.to_owned(),
            range: range(low, high),
            from: day(from),
            to: day(to),
            lines: series.iter().map(|points| points.iter().map(place).collect()).collect(),
        })
    };
    let points = |of: &dyn Fn(&VitalSet) -> Option<i64>| -> Vec<(i64, i64)> {
        sets.iter().filter_map(|set| Some((set.recorded_at.as_second(), of(set)?))).collect()
    };
    let totals = points(&|set| set.score.total().map(i64::from));
    let score = drawn("NEWS2", vec![totals], &|low, high| format!("{low} to {high}"));
    let measured = PLOTS.iter().filter_map(|(title, measures)| {
        let series = |measure: &Measure| points(&|set| set.get(*measure).map(i64::from));
        let measure = measures.first().copied()?;
        let shown =
            |value: i64| i32::try_from(value).map_or_else(|_| String::new(), |value| measure.shown(value));
        drawn(title, measures.iter().map(series).collect(), &|low, high| {
            format!("{} to {} {}", shown(low), shown(high), measure.unit())
        })
    });
    score.into_iter().chain(measured).collect()
}
