//! What several pages show of a set: its values with colour and word, its score.

use crate::clinic::vitals::model::{Flag, Measure, Score, Standing, VitalSet};
use crate::clinic::vitals::score::{Risk, answer};
use crate::clinic::vitals::tables::Response;
use crate::web::layout::{Icon, Kind};

/// A word with its colour.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub kind: Kind,
    pub icon: Icon,
    pub word: &'static str,
}

impl Mark {
    pub(super) fn of(flag: Flag) -> Self {
        let (kind, icon) = match flag {
            Flag::Low => (Kind::Warn, Icon("arrow-down")),
            Flag::High => (Kind::Warn, Icon("arrow-up")),
            Flag::DangerLow => (Kind::Danger, Icon("arrow-down")),
            Flag::DangerHigh => (Kind::Danger, Icon("arrow-up")),
        };
        Self { kind, icon, word: flag.word() }
    }

    /// `c-danger`, `c-warn`
    pub(super) fn class(&self) -> &'static str {
        match self.kind {
            Kind::Danger => "c-danger",
            _ => "c-warn",
        }
    }
}

/// One value of a set.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub label: &'static str,
    pub text: String,
    pub unit: &'static str,
    pub mark: Option<Mark>,
}

/// The score of a set, as a badge.
#[derive(Debug, Clone)]
pub(super) struct Scored {
    pub kind: Kind,
    pub icon: Icon,
    /// "NEWS2 6", "NEWS2 incomplete"
    pub text: String,
    /// What follows from it, or why there is none.
    pub says: String,
}

/// The kind and the icon of a risk.
pub(super) fn of_risk(risk: Risk) -> (Kind, Icon) {
    match risk {
        Risk::None => (Kind::Ok, Icon("check")),
        Risk::Low => (Kind::Info, Icon("info-circle")),
        Risk::SingleRed => (Kind::Warn, Icon("alert-triangle")),
        Risk::Medium | Risk::High => (Kind::Danger, Icon("alert-octagon")),
    }
}

impl Scored {
    pub(super) fn of(score: &Score, response: &Response) -> Self {
        let answered = answer(score, response);
        let (kind, icon) = match (answered, score.standing) {
            (Some((risk, ..)), _) => of_risk(risk),
            (None, _) => (Kind::Neutral, Icon("help-circle")),
        };
        let mut says = answered.map_or_else(String::new, |(_, step, _)| step.says.clone());
        let text = match score.standing {
            Standing::Scored(total) => format!("NEWS2 {total}"),
            Standing::Incomplete => "NEWS2 incomplete".to_owned(),
            Standing::NotApplicable(why) => {
                if says.is_empty() {
                    why.word().clone_into(&mut says);
                }
                "No NEWS2".to_owned()
            }
        };
        Self { kind, icon, text, says }
    }
}

/// Everything that a set says, pressures as one.
pub(super) fn values(set: &VitalSet) -> Vec<Value> {
    let taken = &set.taken;
    let mark = |measure: Measure| set.score.flags.get(&measure).copied().map(Mark::of);
    let mut values = Vec::new();
    let pressures = (taken.get(Measure::Systolic), taken.get(Measure::Diastolic));
    let text = match pressures {
        (Some(systolic), Some(diastolic)) => Some(format!("{systolic}/{diastolic}")),
        (Some(systolic), None) => Some(format!("{systolic}/–")),
        (None, Some(diastolic)) => Some(format!("–/{diastolic}")),
        (None, None) => None,
    };
    values.extend(text.map(|text| Value {
        label: "Blood pressure",
        text,
        unit: "mmHg",
        mark: mark(Measure::Systolic),
    }));
    let plain = [
        (Measure::HeartRate, "Pulse"),
        (Measure::RespiratoryRate, "Breaths"),
        (Measure::Spo2, "SpO₂"),
        (Measure::Temperature, "Temperature"),
    ];
    let number = |measure: Measure, label: &'static str| {
        set.get(measure).map(|value| Value {
            label,
            text: measure.shown(value),
            unit: measure.unit(),
            mark: mark(measure),
        })
    };
    values.extend(plain.into_iter().filter_map(|(measure, label)| number(measure, label)));
    if let Some(oxygen) = taken.oxygen {
        let flow = taken.get(Measure::OxygenFlow).map(|flow| Measure::OxygenFlow.shown(flow));
        let (text, unit) = match (oxygen, flow) {
            (false, _) => ("Air".to_owned(), ""),
            (true, Some(flow)) => (flow, "L/min"),
            (true, None) => ("Given".to_owned(), ""),
        };
        values.push(Value { label: "Oxygen", text, unit, mark: None });
    }
    if let Some(state) = taken.consciousness {
        let text = state.word().to_owned();
        values.push(Value { label: "Consciousness", text, unit: "", mark: mark(Measure::Consciousness) });
    }
    if let (Some(pain), Some(scale)) = (taken.get(Measure::Pain), taken.pain_scale) {
        let name = scale.word().split([',', '(']).next().unwrap_or_default().trim();
        let name = if name == "Told as a number" { "told" } else { name };
        values.push(Value { label: "Pain", text: format!("{pain} ({name})"), unit: "", mark: None });
    }
    if let Some(reading) = taken.glucose_reading {
        values.push(Value { label: "Glucose", text: reading.code().to_owned(), unit: "", mark: None });
    }
    let more = [
        (Measure::Glucose, "Glucose"),
        (Measure::Gcs, "Coma scale"),
        (Measure::Weight, "Weight"),
        (Measure::Height, "Height"),
        (Measure::Head, "Head"),
        (Measure::Bmi, "BMI"),
    ];
    values.extend(more.into_iter().filter_map(|(measure, label)| number(measure, label)));
    values
}

/// "Temperature: refused; Weight: device missing"
pub(super) fn absences(set: &VitalSet) -> Option<String> {
    let said = set
        .taken
        .absent
        .iter()
        .map(|(measure, why)| format!("{}: {}", measure.word(), why.word().to_lowercase()));
    let text = said.collect::<Vec<_>>().join("; ");
    (!text.is_empty()).then_some(text)
}
