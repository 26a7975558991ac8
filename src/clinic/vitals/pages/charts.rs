//! Charts of a patient: each measure that was taken more than once.

use jiff::Zoned;

use crate::clinic::vitals::model::{Age, Measure, VitalSet};
use crate::clinic::vitals::tables::{Bands, Range, Tables};
use crate::web::layout::{Goal, Lines, Moment, Point, Series, When};
use crate::web::words;

/// What is drawn: id, title, measures.
const CHARTS: [(&str, &str, &[Measure]); 6] = [
    ("chart-bp", "Blood pressure", &[Measure::Systolic, Measure::Diastolic]),
    ("chart-hr", "Pulse", &[Measure::HeartRate]),
    ("chart-rr", "Breaths", &[Measure::RespiratoryRate]),
    ("chart-spo2", "Oxygen saturation", &[Measure::Spo2]),
    ("chart-temp", "Temperature", &[Measure::Temperature]),
    ("chart-weight", "Weight", &[Measure::Weight]),
];

/// Of sets that count, the newest first.
pub(super) fn charts(sets: &[VitalSet], age: Option<Age>, now: &Zoned, tables: &Tables) -> Vec<Lines> {
    let mut charts: Vec<Lines> = score(sets, now).into_iter().collect();
    for (id, title, measures) in CHARTS {
        let of = |measure: &Measure| Series { name: measure.word(), points: points(sets, *measure) };
        let series: Vec<Series> =
            measures.iter().map(of).filter(|series| !series.points.is_empty()).collect();
        let Some(first) = measures.first().copied() else { continue };
        charts.extend(
            chart(id, title, (first.unit(), first.digits()), sets, series, now)
                .map(|lines| Lines { goal: goal(first, age, tables), ..lines }),
        );
    }
    charts
}

fn chart(
    id: &'static str,
    title: &str,
    (unit, digits): (&'static str, u32),
    sets: &[VitalSet],
    series: Vec<Series>,
    now: &Zoned,
) -> Option<Lines> {
    if series.iter().all(|series| series.points.len() < 2) {
        return None;
    }
    let has = |at: i64| series.iter().any(|series| series.points.iter().any(|point| point.at == at));
    let moment = |set: &VitalSet| {
        let there = set.recorded_at.to_zoned(now.time_zone().clone());
        let label = match there.date() == now.date() {
            true => words::clock(&there),
            false => there.strftime("%-d %b").to_string(),
        };
        Moment { at: set.recorded_at.as_second(), label, when: When::exactly(set.recorded_at, now) }
    };
    let moments = sets.iter().rev().filter(|set| has(set.recorded_at.as_second())).map(moment).collect();
    Some(Lines { id, title: title.to_owned(), unit, digits, moments, series, goal: None })
}

fn points(sets: &[VitalSet], measure: Measure) -> Vec<Point> {
    let of = |set: &VitalSet| {
        let value = set.get(measure)?;
        Some(Point {
            at: set.recorded_at.as_second(),
            value: i64::from(value),
            shown: measure.shown(value),
            flag: set.score.flags.get(&measure).map(|flag| flag.word()),
        })
    };
    sets.iter().rev().filter_map(of).collect()
}

/// Totals of the early-warning score.
fn score(sets: &[VitalSet], now: &Zoned) -> Option<Lines> {
    let of = |set: &VitalSet| {
        let total = set.score.total()?;
        Some(Point {
            at: set.recorded_at.as_second(),
            value: i64::from(total),
            shown: total.to_string(),
            flag: (total >= 5 || set.score.single_red).then_some("Red"),
        })
    };
    let series = vec![Series { name: "NEWS2", points: sets.iter().rev().filter_map(of).collect() }];
    chart("chart-news2", "NEWS2", ("", 0), sets, series, now)
}

/// What is usual: the band of the table without points, or that of the child's age.
fn goal(measure: Measure, age: Option<Age>, tables: &Tables) -> Option<Goal> {
    let age = age?;
    let range = if age.years < tables.children.under_years {
        let band = tables.children.band(age)?;
        match measure {
            Measure::HeartRate => band.heart_rate,
            Measure::RespiratoryRate => band.respiratory_rate,
            Measure::Systolic => band.systolic_bp,
            _ => return None,
        }
    } else {
        match measure {
            Measure::HeartRate => usual(&tables.news2.heart_rate),
            Measure::RespiratoryRate => usual(&tables.news2.respiratory_rate),
            Measure::Temperature => usual(&tables.news2.temperature_c),
            _ => return None,
        }
    };
    let (from, to) = (range.from?, range.to?);
    let label = format!("without points, {} to {}", measure.shown(from), measure.shown(to));
    Some(Goal { from: i64::from(from), to: i64::from(to), label })
}

fn usual(bands: &Bands) -> Range {
    let zero = bands.0.iter().position(|band| band.points == 0);
    let from = zero.and_then(|n| n.checked_sub(1)).and_then(|n| bands.0.get(n)).and_then(|band| band.up_to);
    let to = zero.and_then(|n| bands.0.get(n)).and_then(|band| band.up_to);
    Range { from: from.map(|from| from + 1), to }
}
