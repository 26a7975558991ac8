//! The fields of the form, and what they say.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::clinic::vitals::input::Told;
use crate::clinic::vitals::model::{Absence, Consciousness, GlucoseReading, Measure, PainScale};
use crate::kernel::wall_clock::Fold;
use crate::web::layout::{Choice, FormState};

macro_rules! fields {
    ($($field:ident)+) => {
        /// What the form sends: everything as it was typed.
        #[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
        #[serde(default)]
        pub(super) struct SetForm {
            $($field: String,)+
        }

        impl SetForm {
            pub(super) fn state(&self) -> FormState {
                FormState::new()$(.with(stringify!($field), self.$field.as_str()))+
            }

            pub(super) fn get(&self, name: &str) -> &str {
                match name {
                    $(stringify!($field) => &self.$field,)+
                    _ => "",
                }
            }

            pub(super) fn set(&mut self, name: &str, value: &str) {
                match name {
                    $(stringify!($field) => value.clone_into(&mut self.$field),)+
                    _ => {}
                }
            }
        }
    };
}

fields! {
    respiratory_rate spo2 oxygen_given oxygen_flow_l_min systolic_bp diastolic_bp heart_rate consciousness temperature_c
    pain pain_scale weight_kg height_cm glucose_mg_dl glucose_mmol_l glucose_reading gcs head_circumference_cm is_pregnant
    device notes recorded_at fold
    absent_respiratory_rate absent_spo2 absent_systolic_bp absent_heart_rate absent_consciousness absent_temperature_c
    absent_pain absent_weight_kg absent_height_cm
    confirmed take appointment_id from replaces
}

/// Measures of which the form asks why there is no value.
const ABSENT: [Measure; 9] = [
    Measure::RespiratoryRate,
    Measure::Spo2,
    Measure::Systolic,
    Measure::HeartRate,
    Measure::Consciousness,
    Measure::Temperature,
    Measure::Pain,
    Measure::Weight,
    Measure::Height,
];

/// Labels of the fields, for the summary of errors; in their order.
pub(super) const LABELS: &[(&str, &str)] = &[
    ("respiratory_rate", "Breaths a minute"),
    ("spo2", "Oxygen saturation"),
    ("oxygen_given", "Oxygen"),
    ("oxygen_flow_l_min", "Oxygen flow"),
    ("systolic_bp", "Systolic pressure"),
    ("diastolic_bp", "Diastolic pressure"),
    ("heart_rate", "Pulse"),
    ("consciousness", "Consciousness"),
    ("temperature_c", "Temperature"),
    ("pain", "Pain"),
    ("pain_scale", "Pain scale"),
    ("weight_kg", "Weight"),
    ("height_cm", "Height"),
    ("glucose_mg_dl", "Glucose, mg/dL"),
    ("glucose_mmol_l", "Glucose, mmol/L"),
    ("glucose_reading", "Meter says"),
    ("gcs", "Glasgow coma scale"),
    ("head_circumference_cm", "Head circumference"),
    ("is_pregnant", "Pregnant"),
    ("device", "Device"),
    ("recorded_at", "Taken at"),
    ("notes", "Notes"),
    ("absent", "No value"),
];

fn yes_or_no(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn filled(text: &str) -> Option<String> {
    (!text.trim().is_empty()).then(|| text.to_owned())
}

impl SetForm {
    pub(super) fn told(&self) -> Told {
        let numbers = Measure::ALL.iter().copied().filter(|measure| measure.is_typed_number());
        let absent = |measure: &Measure| {
            let reason = self.get(&format!("absent_{}", measure.code()));
            (measure.code().to_owned(), reason.to_owned())
        };
        Told {
            values: numbers
                .filter_map(|measure| Some((measure, filled(self.get(measure.code()))?)))
                .collect(),
            glucose_mmol_l: filled(&self.glucose_mmol_l),
            oxygen: yes_or_no(&self.oxygen_given),
            consciousness: filled(&self.consciousness),
            pain_scale: filled(&self.pain_scale),
            glucose_reading: filled(&self.glucose_reading),
            pregnant: yes_or_no(&self.is_pregnant),
            device: filled(&self.device),
            notes: filled(&self.notes),
            absent: ABSENT.iter().map(absent).collect(),
            confirmed: self.confirmed.split(',').map(str::to_owned).collect(),
            is_unasked: false,
            recorded_at: filled(&self.recorded_at),
            fold: Fold::from_code(&self.fold),
            scale: None,
        }
    }

    /// Put in what a button offered: `temperature_c:37.0`.
    pub(super) fn take_offer(&mut self) {
        let offer = std::mem::take(&mut self.take);
        if let Some((name, value)) = offer.split_once(':')
            && Measure::from_code(name).is_some_and(Measure::is_typed_number)
        {
            self.set(name, value);
        }
    }

    /// Say yes to these too.
    pub(super) fn confirm(&mut self, measures: impl Iterator<Item = String>) {
        let mut all: Vec<String> =
            self.confirmed.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        all.extend(measures);
        all.sort();
        all.dedup();
        self.confirmed = all.join(",");
    }
}

/// Choices of the form.
pub(super) struct Choices {
    pub oxygen: Vec<Choice>,
    pub consciousness: Vec<Choice>,
    pub pain_scales: Vec<Choice>,
    pub readings: Vec<Choice>,
    pub pregnant: Vec<Choice>,
    pub folds: Vec<Choice>,
    /// Name and label of each field for a missing value, and the reasons.
    pub absent: Vec<(String, String)>,
    pub reasons: Vec<Choice>,
}

impl Choices {
    pub(super) fn all() -> Self {
        let with_blank = |blank: &str, words: Vec<(&str, &str)>| -> Vec<Choice> {
            let words = words.into_iter().map(|(code, word)| Choice::new(code, word));
            std::iter::once(Choice::new("", blank)).chain(words).collect()
        };
        Self {
            oxygen: with_blank("Choose", vec![("false", "On air"), ("true", "Oxygen given")]),
            consciousness: with_blank(
                "Choose",
                Consciousness::ALL.iter().map(|w| (w.code(), w.word())).collect(),
            ),
            pain_scales: with_blank("Choose", PainScale::ALL.iter().map(|w| (w.code(), w.word())).collect()),
            readings: with_blank(
                "A number",
                GlucoseReading::ALL.iter().map(|w| (w.code(), w.word())).collect(),
            ),
            pregnant: with_blank("Not asked", vec![("false", "No"), ("true", "Yes")]),
            folds: Choice::folds(),
            absent: ABSENT
                .iter()
                .map(|measure| (format!("absent_{}", measure.code()), measure.word().to_owned()))
                .collect(),
            reasons: with_blank(
                "Measured, or not looked at",
                Absence::ALL.iter().map(|w| (w.code(), w.word())).collect(),
            ),
        }
    }
}
