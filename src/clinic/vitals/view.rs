//! A set as programs read it: the contract's fields, and ours.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::model::{
    Absence, Consciousness, Flag, GlucoseReading, Measure, PainScale, Score, Standing, Unscored, VitalSet,
    VitalsId,
};
use super::score::{Risk, answer};
use super::tables::Response;
use crate::clinic::appointments::AppointmentId;
use crate::clinic::encounters::EncounterId;
use crate::clinic::patients::PatientId;
use crate::kernel::ids::UserId;

/// One set of vital signs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Vital")]
pub struct VitalView {
    id: VitalsId,
    patient_id: PatientId,
    appointment_id: Option<AppointmentId>,
    admission_id: Option<Uuid>,
    recorded_by_id: UserId,
    /// mmHg
    systolic_bp: Option<i32>,
    /// mmHg
    diastolic_bp: Option<i32>,
    /// Beats a minute.
    heart_rate: Option<i32>,
    /// °C, to a tenth.
    temperature_c: Option<f64>,
    /// Breaths a minute.
    respiratory_rate: Option<i32>,
    /// Percent, by pulse oximeter.
    spo2: Option<i32>,
    weight_kg: Option<f64>,
    height_cm: Option<f64>,
    notes: Option<String>,
    /// When it was taken.
    recorded_at: Timestamp,
    /// When it was written down.
    entered_at: Timestamp,
    /// It was written down much later than taken.
    is_late_entry: bool,
    /// The consultation it was taken for.
    encounter_id: Option<EncounterId>,
    oxygen_given: Option<bool>,
    oxygen_flow_l_min: Option<f64>,
    consciousness: Option<Consciousness>,
    /// Glasgow coma scale, 3 to 15.
    gcs: Option<i32>,
    /// 0 to 10, by `pain_scale`.
    pain: Option<i32>,
    pain_scale: Option<PainScale>,
    /// Capillary, mg/dL.
    glucose_mg_dl: Option<i32>,
    /// The same in mmol/L, to a tenth.
    glucose_mmol_l: Option<f64>,
    /// What the meter said instead of a number.
    glucose_reading: Option<GlucoseReading>,
    head_circumference_cm: Option<f64>,
    is_pregnant: Option<bool>,
    /// What it was measured with.
    device: Option<String>,
    /// Measure: why there is no value.
    absent: BTreeMap<Measure, Absence>,
    /// Measures that were unlikely and were said to be so.
    confirmed: Vec<Measure>,
    /// Measures that are unlikely and of which nobody said so: sent without `confirmed`. They are scored like all others.
    unconfirmed: Vec<Measure>,
    /// kg/m², computed; not under 2 years.
    bmi: Option<f64>,
    news2: News2View,
    /// Measure: how it stands to what is usual, by the table of then.
    flags: BTreeMap<Measure, Flag>,
    /// When the next set is due.
    next_due_at: Option<Timestamp>,
    /// `null`: the set counts.
    entered_in_error: Option<EndedView>,
}

/// Where a score stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(rename = "News2State")]
enum State {
    Scored,
    /// Something of the seven is missing.
    Incomplete,
    /// Not made for this patient.
    NotApplicable,
}

/// The early-warning score, as it was scored then.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "News2")]
struct News2View {
    state: State,
    /// Why it was not scored.
    reason: Option<Unscored>,
    /// Only if all seven are there.
    total: Option<u8>,
    /// One part alone is 3.
    single_red: bool,
    /// Measure: points, of those that are there.
    parts: BTreeMap<Measure, u8>,
    /// Column of oxygen saturation: 1, or 2 by a prescriber's order.
    scale: u8,
    /// Version of the table that it was scored by.
    table_version: String,
    /// What the hospital's table of responses says to it today.
    response: Option<ResponseView>,
}

/// What follows from a score.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "News2Response")]
struct ResponseView {
    risk: RiskView,
    every_minutes: u16,
    /// In one sentence.
    says: String,
}

/// How urgent a set is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(rename = "VitalsRisk")]
pub enum RiskView {
    None,
    Low,
    SingleRed,
    Medium,
    High,
}

impl From<Risk> for RiskView {
    fn from(risk: Risk) -> Self {
        match risk {
            Risk::None => Self::None,
            Risk::Low => Self::Low,
            Risk::SingleRed => Self::SingleRed,
            Risk::Medium => Self::Medium,
            Risk::High => Self::High,
        }
    }
}

/// Why a set does not count.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "VitalEnteredInError")]
struct EndedView {
    at: Timestamp,
    by_id: UserId,
    reason: String,
    /// What is right instead.
    replaced_by_id: Option<VitalsId>,
}

/// In the unit that people use: exact, because a tenth has one nearest number.
fn decimal(measure: Measure, value: i32) -> f64 {
    f64::from(value) / f64::from(10_i32.pow(measure.digits()))
}

fn news2(score: &Score, response: &Response) -> News2View {
    let (state, reason) = match score.standing {
        Standing::Scored(_) => (State::Scored, None),
        Standing::Incomplete => (State::Incomplete, None),
        Standing::NotApplicable(why) => (State::NotApplicable, Some(why)),
    };
    News2View {
        state,
        reason,
        total: score.total(),
        single_red: score.single_red,
        parts: score.parts.clone(),
        scale: score.scale,
        table_version: score.table.clone(),
        response: answer(score, response).map(|(risk, step, _)| ResponseView {
            risk: risk.into(),
            every_minutes: step.every_minutes,
            says: step.says.clone(),
        }),
    }
}

/// mmol/L to a tenth: 18.016 mg/dL are one.
fn mmol_l(mg_dl: i32) -> f64 {
    let tenths = (i64::from(mg_dl) * 10_000 * 2 / 18_016 + 1) / 2;
    f64::from(i32::try_from(tenths).unwrap_or(i32::MAX)) / 10.0
}

impl VitalView {
    #[must_use]
    pub fn new(set: VitalSet, response: &Response) -> Self {
        let number = |measure: Measure| set.taken.get(measure);
        let point = |measure: Measure| set.get(measure).map(|value| decimal(measure, value));
        let (late, news2) = (set.is_late(), news2(&set.score, response));
        Self {
            id: set.id,
            patient_id: set.patient,
            appointment_id: set.appointment,
            admission_id: set.admission,
            recorded_by_id: set.recorded_by,
            systolic_bp: number(Measure::Systolic),
            diastolic_bp: number(Measure::Diastolic),
            heart_rate: number(Measure::HeartRate),
            temperature_c: point(Measure::Temperature),
            respiratory_rate: number(Measure::RespiratoryRate),
            spo2: number(Measure::Spo2),
            weight_kg: point(Measure::Weight),
            height_cm: point(Measure::Height),
            recorded_at: set.recorded_at,
            entered_at: set.entered_at,
            is_late_entry: late,
            encounter_id: set.encounter,
            oxygen_given: set.taken.oxygen,
            oxygen_flow_l_min: point(Measure::OxygenFlow),
            consciousness: set.taken.consciousness,
            gcs: number(Measure::Gcs),
            pain: number(Measure::Pain),
            pain_scale: set.taken.pain_scale,
            glucose_mg_dl: number(Measure::Glucose),
            glucose_mmol_l: number(Measure::Glucose).map(mmol_l),
            glucose_reading: set.taken.glucose_reading,
            head_circumference_cm: point(Measure::Head),
            is_pregnant: set.taken.pregnant,
            bmi: point(Measure::Bmi),
            news2,
            next_due_at: set.next_due_at,
            entered_in_error: set.ended.as_ref().map(|ended| EndedView {
                at: ended.at,
                by_id: ended.by,
                reason: ended.reason.clone(),
                replaced_by_id: ended.replaced_by,
            }),
            notes: set.taken.notes,
            device: set.taken.device,
            absent: set.taken.absent,
            confirmed: set.taken.confirmed.into_iter().collect(),
            unconfirmed: set.taken.unconfirmed.into_iter().collect(),
            flags: set.score.flags,
        }
    }
}

/// The newest set, as the contract's clinical snapshot has it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LatestVital")]
pub struct LatestView {
    recorded_at: Timestamp,
    /// mmHg
    systolic_bp: Option<i32>,
    /// mmHg
    diastolic_bp: Option<i32>,
    heart_rate: Option<i32>,
    temperature_c: Option<f64>,
    weight_kg: Option<f64>,
    height_cm: Option<f64>,
    /// Breaths a minute.
    respiratory_rate: Option<i32>,
    /// Percent.
    spo2: Option<i32>,
    /// The early-warning score, if there was one.
    news2_total: Option<u8>,
}

impl From<&VitalSet> for LatestView {
    fn from(set: &VitalSet) -> Self {
        let point = |measure: Measure| set.get(measure).map(|value| decimal(measure, value));
        Self {
            recorded_at: set.recorded_at,
            systolic_bp: set.get(Measure::Systolic),
            diastolic_bp: set.get(Measure::Diastolic),
            heart_rate: set.get(Measure::HeartRate),
            temperature_c: point(Measure::Temperature),
            weight_kg: point(Measure::Weight),
            height_cm: point(Measure::Height),
            respiratory_rate: set.get(Measure::RespiratoryRate),
            spo2: set.get(Measure::Spo2),
            news2_total: set.score.total(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_leave_as_they_were_shown() {
        let json = |measure, value| serde_json::to_string(&decimal(measure, value)).unwrap();
        assert_eq!(json(Measure::Temperature, 366), "36.6");
        assert_eq!(json(Measure::Weight, 70_251), "70.251");
        assert_eq!(json(Measure::Height, 1725), "172.5");
        assert_eq!((mmol_l(99), mmol_l(180)), (5.5, 10.0));
    }
}
