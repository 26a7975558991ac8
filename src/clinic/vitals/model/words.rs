//! What is measured, and the words that are not numbers.

use serde::Deserialize;

use super::number;
use crate::coded;

coded! {
    /// What is measured or seen. The code is the name of its field.
    #[derive(Deserialize)]
    Measure "VitalMeasure" {
        Systolic = "systolic_bp" "Systolic blood pressure",
        Diastolic = "diastolic_bp" "Diastolic blood pressure",
        HeartRate = "heart_rate" "Heart rate",
        RespiratoryRate = "respiratory_rate" "Respiratory rate",
        Temperature = "temperature_c" "Temperature",
        Spo2 = "spo2" "Oxygen saturation",
        Oxygen = "oxygen_given" "Oxygen given",
        OxygenFlow = "oxygen_flow_l_min" "Oxygen flow",
        Consciousness = "consciousness" "Consciousness",
        Gcs = "gcs" "Glasgow coma scale",
        Pain = "pain" "Pain",
        Glucose = "glucose_mg_dl" "Glucose, capillary",
        Weight = "weight_kg" "Weight",
        Height = "height_cm" "Height",
        Head = "head_circumference_cm" "Head circumference",
        Bmi = "bmi" "Body mass index",
    }
    /// How awake somebody is.
    #[derive(Deserialize)]
    Consciousness "Consciousness" {
        Alert = "ALERT" "Alert", Confusion = "CONFUSION" "New confusion", Voice = "VOICE" "Responds to voice",
        Pain = "PAIN" "Responds to pain", Unresponsive = "UNRESPONSIVE" "Unresponsive",
    }
    /// By what pain was counted. Numbers of two scales are never compared.
    PainScale "PainScale" {
        Numeric = "NUMERIC" "Told as a number, 0-10", Faces = "FPS_R" "Faces (FPS-R), 0-10", Flacc = "FLACC" "FLACC, 0-10",
        Nips = "NIPS" "NIPS, 0-7", Painad = "PAINAD" "PAINAD, 0-10",
    }
    /// What a meter says instead of a number.
    GlucoseReading "GlucoseReading" { Low = "LO" "LO, below what the meter reads", High = "HI" "HI, above what the meter reads" }
    /// Why there is no value.
    Absence "VitalAbsence" {
        NotRecordable = "NOT_RECORDABLE" "Not recordable", Refused = "REFUSED" "Refused",
        DeviceMissing = "DEVICE_MISSING" "Device missing", Asleep = "ASLEEP" "Asleep",
    }
    /// How a value stands to what is usual.
    Flag "VitalFlag" {
        Low = "LOW" "Low", High = "HIGH" "High", DangerLow = "DANGER_LOW" "Dangerously low", DangerHigh = "DANGER_HIGH" "Dangerously high",
    }
    /// Why there is no early-warning score.
    Unscored "News2NotApplicable" {
        Under16 = "UNDER_16" "Under 16 years: the colours for children hold instead",
        Pregnant = "PREGNANT" "Pregnant: use the hospital’s own chart",
        AgeUnknown = "AGE_UNKNOWN" "The age is not known: record one, a guess is enough",
    }
}

impl Measure {
    /// Digits behind the point that are kept and shown.
    #[must_use]
    pub fn digits(self) -> u32 {
        match self {
            Self::Temperature | Self::OxygenFlow | Self::Height | Self::Head | Self::Bmi => 1,
            Self::Weight => 3,
            _ => 0,
        }
    }

    /// How it is written for people; blank for what has none.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Systolic | Self::Diastolic => "mmHg",
            Self::HeartRate | Self::RespiratoryRate => "/min",
            Self::Temperature => "°C",
            Self::Spo2 => "%",
            Self::OxygenFlow => "L/min",
            Self::Glucose => "mg/dL",
            Self::Weight => "kg",
            Self::Height | Self::Head => "cm",
            Self::Bmi => "kg/m²",
            Self::Oxygen | Self::Consciousness | Self::Gcs | Self::Pain => "",
        }
    }

    /// Is it a number that somebody types?
    #[must_use]
    pub fn is_typed_number(self) -> bool {
        !matches!(self, Self::Oxygen | Self::Consciousness | Self::Bmi)
    }

    /// The number as it is shown: `36.6`, `70.25`.
    #[must_use]
    pub fn shown(self, value: i32) -> String {
        number::shown(value, self.digits())
    }
}
