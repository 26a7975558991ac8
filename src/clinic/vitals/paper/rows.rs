//! The lines of the chart's table: a set with its values, their words, and who wrote it down when.

use serde::Serialize;

use super::Sheet;
use crate::clinic::vitals::model::{Measure, Standing, VitalSet};
use crate::clinic::vitals::score::{Reason, SEVEN, answer};
use crate::paper::written;

/// A value with the words below it, a line for each; blank: none.
#[derive(Serialize)]
pub(super) struct Cell {
    text: String,
    marks: Vec<String>,
}

/// One set.
#[derive(Serialize)]
pub(super) struct Row {
    /// When it was taken.
    taken: String,
    score: Cell,
    /// Breaths, saturation, oxygen, pressure, pulse, consciousness, temperature, other.
    values: Vec<Cell>,
    /// A line for each.
    remarks: Vec<String>,
    is_ended: bool,
}

pub(super) fn rows(sheet: &Sheet) -> Vec<Row> {
    let row = |set: &VitalSet| Row {
        taken: sheet.moment(set.recorded_at),
        score: score(sheet, set),
        values: vec![
            number(set, Measure::RespiratoryRate),
            number(set, Measure::Spo2),
            oxygen(set),
            pressure(set),
            number(set, Measure::HeartRate),
            cell(set, Measure::Consciousness, set.taken.consciousness.map(|state| state.word().to_owned())),
            number(set, Measure::Temperature),
            Cell { text: other(set), marks: Vec::new() },
        ],
        remarks: remarks(sheet, set),
        is_ended: set.ended.is_some(),
    };
    sheet.sets.iter().map(row).collect()
}

/// A value, or why there is none, with its word and its points.
fn cell(set: &VitalSet, measure: Measure, value: Option<String>) -> Cell {
    let absent = || set.taken.absent.get(&measure).map(|why| why.word().to_owned());
    let flag = set.score.flags.get(&measure).map(|flag| flag.word().to_owned());
    let points = set.score.parts.get(&measure).filter(|points| **points > 0).map(|points| match points {
        1 => "1 point".to_owned(),
        points => format!("{points} points"),
    });
    Cell {
        text: value.or_else(absent).unwrap_or_default(),
        marks: [flag, points].into_iter().flatten().collect(),
    }
}

fn number(set: &VitalSet, measure: Measure) -> Cell {
    cell(set, measure, set.get(measure).map(|value| measure.shown(value)))
}

fn oxygen(set: &VitalSet) -> Cell {
    let flow = set.get(Measure::OxygenFlow).map(|flow| Measure::OxygenFlow.shown(flow));
    let text = set.taken.oxygen.map(|given| match (given, flow) {
        (false, _) => "Air".to_owned(),
        (true, Some(flow)) => format!("{flow} L/min"),
        (true, None) => "Given".to_owned(),
    });
    cell(set, Measure::Oxygen, text)
}

fn pressure(set: &VitalSet) -> Cell {
    let shown = |value: Option<i32>| value.map_or_else(|| "–".to_owned(), |value| value.to_string());
    let text = match (set.get(Measure::Systolic), set.get(Measure::Diastolic)) {
        (None, None) => None,
        (systolic, diastolic) => Some(format!("{}/{}", shown(systolic), shown(diastolic))),
    };
    cell(set, Measure::Systolic, text)
}

/// What has no column of its own, and why it is missing where somebody said so.
fn other(set: &VitalSet) -> String {
    let more = [
        (Measure::Weight, "Weight"),
        (Measure::Height, "Height"),
        (Measure::Bmi, "BMI"),
        (Measure::Head, "Head"),
        (Measure::Glucose, "Glucose"),
        (Measure::Gcs, "Coma scale"),
    ];
    let number = |(measure, word): (Measure, &str)| {
        let value = set.get(measure)?;
        Some(format!("{word} {} {}", measure.shown(value), measure.unit()).trim_end().to_owned())
    };
    let pain = set.get(Measure::Pain).zip(set.taken.pain_scale);
    let pain = pain.map(|(pain, scale)| format!("Pain {pain} ({})", scale.word()));
    let reading = set.taken.glucose_reading.map(|reading| format!("Glucose {}", reading.word()));
    // Those seven have a column each.
    let absent = set.taken.absent.iter().filter(|(measure, _)| !SEVEN.contains(measure));
    let absent = absent.map(|(measure, why)| format!("{}: {}", measure.word(), why.word().to_lowercase()));
    let all = more.into_iter().filter_map(number).chain(pain).chain(reading).chain(absent);
    all.collect::<Vec<_>>().join("; ")
}

/// The total, or why there is none, and what follows from it.
fn score(sheet: &Sheet, set: &VitalSet) -> Cell {
    let mut marks = Vec::new();
    let text = match set.score.standing {
        Standing::Scored(total) => total.to_string(),
        Standing::Incomplete => "Incomplete".to_owned(),
        Standing::NotApplicable(why) => {
            marks.extend(why.word().split(':').next().map(str::to_owned));
            "None".to_owned()
        }
    };
    if set.score.scale == 2 {
        marks.push("Scale 2".to_owned());
    }
    marks.extend(answer(&set.score, &sheet.tables.response).map(|(risk, _, reason)| match reason {
        Reason::Child => "Danger zone of a child".to_owned(),
        Reason::Score | Reason::SingleRed => risk.word().to_owned(),
    }));
    Cell { text, marks }
}

fn remarks(sheet: &Sheet, set: &VitalSet) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(ended) = &set.ended {
        let by = written(sheet.name(ended.by)).into_owned();
        let anew = if ended.replaced_by.is_some() { " Entered anew." } else { "" };
        let (at, why) = (sheet.moment(ended.at), written(&ended.reason));
        lines.push(format!("Entered in error: {why}. {by}, {at}.{anew}"));
    }
    let mut by = written(sheet.name(set.recorded_by)).into_owned();
    if let Some(device) = &set.taken.device {
        by = format!("{by}, {}", written(device));
    }
    if set.is_late() {
        by = format!("{by}, written down {}", sheet.moment(set.entered_at));
    }
    lines.push(by);
    for (measures, what) in [(&set.taken.confirmed, "confirmed"), (&set.taken.unconfirmed, "not confirmed")] {
        let words: Vec<String> = measures.iter().map(|measure| measure.word().to_lowercase()).collect();
        if !words.is_empty() {
            lines.push(format!("Unlikely, and {what}: {}", words.join(", ")));
        }
    }
    lines.extend(set.taken.notes.as_deref().map(|notes| written(notes).into_owned()));
    lines
}
