//! How the last sets go, beside the note of a consultation: a row for each measure, the newest set first.

use askama::Template;
use askama::filters::HtmlSafe;
use jiff::{Timestamp, Zoned};

use super::parts::{Mark, Scored};
use crate::access::TenantTx;
use crate::clinic::appointments::Appointment;
use crate::clinic::patients::{self, PatientId};
use crate::clinic::vitals::domain::asked;
use crate::clinic::vitals::domain::recording::is_under_way;
use crate::clinic::vitals::handover::is_fresh;
use crate::clinic::vitals::model::{Measure, VitalSet};
use crate::clinic::vitals::of_patient;
use crate::identity::actor::Actor;
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::words;

/// Sets side by side.
const SETS: i64 = 6;

/// "Latest vitals", with those before; nothing for who may not see vital signs.
#[derive(Template)]
#[template(path = "clinic/vitals/pages/trend.html")]
pub struct Trend {
    /// `/patients/{id}/vitals`
    href: String,
    is_shown: bool,
    /// The form, for the visit that is consulted; none for who may not record.
    record: Option<String>,
    /// When the newest was taken, and what it was scored as, unless that says nothing of now any more.
    newest: Option<(When, Option<Scored>)>,
    heads: Vec<When>,
    rows: Vec<Row>,
}

impl HtmlSafe for Trend {}

/// One measure over the sets.
struct Row {
    label: &'static str,
    unit: &'static str,
    cells: Vec<Cell>,
}

/// Blank: not measured then.
#[derive(Default)]
struct Cell {
    text: String,
    mark: Option<Mark>,
}

/// The panel of a patient, whose record the reader has opened: one statement for all sets. `visit`: what is recorded from here
/// belongs to it while it is under way.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn trend(
    tx: &TenantTx,
    actor: &Actor,
    patient: PatientId,
    visit: Option<&Appointment>,
) -> Result<Trend, AppError> {
    let is_shown = actor.holds("vitals:view");
    let now = patients::hospital_now(tx);
    let sets = if is_shown { of_patient(tx, patient, SETS).await? } else { Vec::new() };
    let newest = match sets.first() {
        Some(set) => {
            let tables = asked::tables(tx).await?;
            let score = is_fresh(set, now.timestamp()).then(|| Scored::of(&set.score, &tables.response));
            Some((When::exactly(set.recorded_at, &now), score))
        }
        None => None,
    };
    Ok(Trend {
        href: format!("/patients/{patient}/vitals"),
        is_shown,
        record: actor.holds("vitals:record").then(|| {
            let visit = visit.filter(|visit| is_under_way(visit));
            let of = visit.map_or_else(String::new, |visit| format!("?appointment_id={}", visit.id));
            format!("/patients/{patient}/vitals/new{of}")
        }),
        newest,
        heads: sets.iter().map(|set| head(set.recorded_at, &now)).collect(),
        rows: rows(&sets),
    })
}

/// "10:41" of today, else "22 Nov": the whole time is in the list behind it.
fn head(at: Timestamp, now: &Zoned) -> When {
    let there = at.to_zoned(now.time_zone().clone());
    let text = match there.date() == now.date() {
        true => words::clock(&there),
        false => there.strftime("%-d %b").to_string(),
    };
    When { text, ..When::exactly(at, now) }
}

/// What was measured at least once.
fn rows(sets: &[VitalSet]) -> Vec<Row> {
    let row = |label: &'static str, unit: &'static str, cell: &dyn Fn(&VitalSet) -> Cell| Row {
        label,
        unit,
        cells: sets.iter().map(cell).collect(),
    };
    let measured =
        |measure: Measure, label: &'static str| row(label, measure.unit(), &|set| number(set, measure));
    let all = [
        row("NEWS2", "", &score),
        row("Blood pressure", "mmHg", &pressure),
        measured(Measure::HeartRate, "Pulse"),
        measured(Measure::RespiratoryRate, "Breaths"),
        measured(Measure::Spo2, "SpO₂"),
        row("Oxygen", "", &oxygen),
        measured(Measure::Temperature, "Temperature"),
        row("Consciousness", "", &consciousness),
        measured(Measure::Pain, "Pain"),
        measured(Measure::Glucose, "Glucose"),
        measured(Measure::Weight, "Weight"),
    ];
    all.into_iter().filter(|row| row.cells.iter().any(|cell| !cell.text.is_empty())).collect()
}

fn mark(set: &VitalSet, measure: Measure) -> Option<Mark> {
    set.score.flags.get(&measure).copied().map(Mark::of)
}

fn number(set: &VitalSet, measure: Measure) -> Cell {
    match set.get(measure) {
        Some(value) => Cell { text: measure.shown(value), mark: mark(set, measure) },
        None => Cell::default(),
    }
}

fn score(set: &VitalSet) -> Cell {
    Cell { text: set.score.total().map_or_else(String::new, |total| total.to_string()), mark: None }
}

fn pressure(set: &VitalSet) -> Cell {
    let shown = |value: Option<i32>| value.map_or_else(|| "–".to_owned(), |value| value.to_string());
    match (set.get(Measure::Systolic), set.get(Measure::Diastolic)) {
        (None, None) => Cell::default(),
        (systolic, diastolic) => Cell {
            text: format!("{}/{}", shown(systolic), shown(diastolic)),
            mark: mark(set, Measure::Systolic),
        },
    }
}

fn oxygen(set: &VitalSet) -> Cell {
    let text = match (set.taken.oxygen, set.get(Measure::OxygenFlow)) {
        (None, _) => String::new(),
        (Some(false), _) => "Air".to_owned(),
        (Some(true), Some(flow)) => format!("{} L/min", Measure::OxygenFlow.shown(flow)),
        (Some(true), None) => "Given".to_owned(),
    };
    Cell { text, mark: None }
}

fn consciousness(set: &VitalSet) -> Cell {
    let text = set.taken.consciousness.map_or_else(String::new, |state| state.word().to_owned());
    Cell { text, mark: mark(set, Measure::Consciousness) }
}
