//! What programs send of a set.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::clinic::appointments::AppointmentId;
use crate::clinic::patients::PatientId;
use crate::clinic::vitals::input::Told;
use crate::clinic::vitals::model::{Absence, Consciousness, GlucoseReading, Measure, PainScale};

/// The word of a reason; whatever is none is refused with the others.
fn worded(reason: &Value) -> String {
    reason.as_str().map_or_else(|| reason.to_string(), str::to_owned)
}

/// Bodies with the fields of a set: not flattened, so that a fault names its field.
macro_rules! sets {
    ($($(#[$attribute:meta])* $name:ident { $($(#[$extra:meta])* $field:ident: $type:ty,)* })+) => {$(
        #[derive(Debug, Default, Deserialize, JsonSchema)]
        $(#[$attribute])*
        pub(super) struct $name {
            $($(#[$extra])* pub $field: $type,)*
            /// mmHg, above the diastolic pressure.
            #[schemars(range(min = 20, max = 300))]
            systolic_bp: Option<f64>,
            /// mmHg
            #[schemars(range(min = 5, max = 250))]
            diastolic_bp: Option<f64>,
            /// Beats a minute; 0 only with a word in `notes`.
            #[schemars(range(min = 0, max = 300))]
            heart_rate: Option<f64>,
            /// °C
            #[schemars(range(min = 20, max = 45))]
            temperature_c: Option<f64>,
            /// Breaths a minute.
            #[schemars(range(min = 0, max = 120))]
            respiratory_rate: Option<f64>,
            /// Percent.
            #[schemars(range(min = 1, max = 100))]
            spo2: Option<f64>,
            #[schemars(range(min = 0.201, max = 700))]
            weight_kg: Option<f64>,
            #[schemars(range(min = 20, max = 275))]
            height_cm: Option<f64>,
            #[schemars(length(max = 500))]
            notes: Option<String>,
            /// When it was taken: an instant, or a time on the hospital's clock. Now if it is left out.
            recorded_at: Option<String>,
            oxygen_given: Option<bool>,
            #[schemars(range(min = 0, max = 80))]
            oxygen_flow_l_min: Option<f64>,
            #[schemars(with = "Option<Consciousness>")]
            consciousness: Option<String>,
            #[schemars(range(min = 3, max = 15))]
            gcs: Option<f64>,
            /// Together with `pain_scale`.
            #[schemars(range(min = 0, max = 10))]
            pain: Option<f64>,
            #[schemars(with = "Option<PainScale>")]
            pain_scale: Option<String>,
            #[schemars(range(min = 10, max = 1000))]
            glucose_mg_dl: Option<f64>,
            /// Instead of mg/dL.
            glucose_mmol_l: Option<f64>,
            /// Instead of a number.
            #[schemars(with = "Option<GlucoseReading>")]
            glucose_reading: Option<String>,
            #[schemars(range(min = 15, max = 80))]
            head_circumference_cm: Option<f64>,
            is_pregnant: Option<bool>,
            #[schemars(length(max = 100))]
            device: Option<String>,
            /// Measure: why there is no value.
            #[schemars(with = "Option<BTreeMap<Measure, Absence>>")]
            absent: Option<serde_json::Map<String, Value>>,
            /// Measures that are unlikely and are so; an empty list asks about each. Without this field nothing is asked: what
            /// is unlikely is saved and told in `unconfirmed`.
            #[schemars(with = "Option<Vec<Measure>>")]
            confirmed: Option<Vec<String>>,
            /// Only if an order of that column is expected: 2 is refused without one.
            #[schemars(range(min = 1, max = 2))]
            news2_scale: Option<i64>,
        }

        impl $name {
            /// As somebody said it.
            pub(super) fn told(&self) -> Told {
                let numbers = [
                    (Measure::Systolic, self.systolic_bp),
                    (Measure::Diastolic, self.diastolic_bp),
                    (Measure::HeartRate, self.heart_rate),
                    (Measure::Temperature, self.temperature_c),
                    (Measure::RespiratoryRate, self.respiratory_rate),
                    (Measure::Spo2, self.spo2),
                    (Measure::Weight, self.weight_kg),
                    (Measure::Height, self.height_cm),
                    (Measure::OxygenFlow, self.oxygen_flow_l_min),
                    (Measure::Gcs, self.gcs),
                    (Measure::Pain, self.pain),
                    (Measure::Glucose, self.glucose_mg_dl),
                    (Measure::Head, self.head_circumference_cm),
                ];
                let absent = self.absent.iter().flatten();
                Told {
                    // A number of a program has no more digits than its text.
                    values: numbers.into_iter().filter_map(|(measure, value)| Some((measure, value?.to_string()))).collect(),
                    glucose_mmol_l: self.glucose_mmol_l.map(|value| value.to_string()),
                    oxygen: self.oxygen_given,
                    consciousness: self.consciousness.clone(),
                    pain_scale: self.pain_scale.clone(),
                    glucose_reading: self.glucose_reading.clone(),
                    pregnant: self.is_pregnant,
                    device: self.device.clone(),
                    notes: self.notes.clone(),
                    absent: absent
                        .filter(|(_, reason)| !reason.is_null())
                        .map(|(measure, reason)| (measure.clone(), worded(reason)))
                        .collect(),
                    confirmed: self.confirmed.clone().unwrap_or_default(),
                    is_unasked: self.confirmed.is_none(),
                    recorded_at: self.recorded_at.clone(),
                    fold: None,
                    scale: self.news2_scale,
                }
            }
        }
    )+};
}

sets! {
    /// A set to be written down. Each value may be left out.
    RecordVitals {
        #[schemars(required)]
        patient_id: Option<PatientId>,
        /// Of the same patient. Not together with `admission_id`.
        appointment_id: Option<AppointmentId>,
        admission_id: Option<Uuid>,
    }
    /// What was measured.
    #[schemars(rename = "VitalValues")]
    Values {}
}
