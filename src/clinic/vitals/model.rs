//! One set of vital signs, as it was taken and as it was scored. Pure, no SQL, no HTTP.
//!
//! Numbers are whole: each measure counts in steps of its own ([`Measure::digits`]), so that what is shown is what is
//! stored and what was scored.

mod number;
mod words;

pub use number::decimal;
pub use words::{Absence, Consciousness, Flag, GlucoseReading, Measure, PainScale, Unscored};

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use uuid::Uuid;

use crate::clinic::appointments::AppointmentId;
use crate::clinic::encounters::EncounterId;
use crate::clinic::patients::PatientId;
use crate::kernel::ids::UserId;
use crate::{ids, problem};

ids! {
    /// One set of vital signs.
    VitalsId = "vitals";
    /// A target of oxygen saturation that a prescriber ordered.
    OxygenOrderId = "oxygen_order";
    /// How often somebody is looked at.
    PlanId = "observation_plan";
    /// A hospital's own table, or its signature below one of ours.
    TableId = "vitals_table";
}

/// How old somebody is at a moment, in full units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    pub days: i64,
    pub months: i64,
    pub years: i64,
}

/// What was taken, as it is shown. What is not in here was not measured, which is never the same as 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// Typed numbers, in steps of their measure.
    pub values: BTreeMap<Measure, i32>,
    pub oxygen: Option<bool>,
    pub consciousness: Option<Consciousness>,
    /// Whenever there is a number for pain.
    pub pain_scale: Option<PainScale>,
    pub glucose_reading: Option<GlucoseReading>,
    pub pregnant: Option<bool>,
    pub device: Option<String>,
    pub notes: Option<String>,
    pub absent: BTreeMap<Measure, Absence>,
    /// Unlikely, and somebody said that it is so.
    pub confirmed: BTreeSet<Measure>,
    /// Unlikely, and nobody was asked: it came from a program that does not know the question.
    pub unconfirmed: BTreeSet<Measure>,
}

impl Taken {
    #[must_use]
    pub fn get(&self, measure: Measure) -> Option<i32> {
        self.values.get(&measure).copied()
    }

    /// Is there an answer of any kind?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
            && self.oxygen.is_none()
            && self.consciousness.is_none()
            && self.glucose_reading.is_none()
            && self.absent.is_empty()
            && self.notes.is_none()
    }

    /// Is this measure answered with a value?
    #[must_use]
    pub fn has(&self, measure: Measure) -> bool {
        match measure {
            Measure::Oxygen => self.oxygen.is_some(),
            Measure::Consciousness => self.consciousness.is_some(),
            Measure::Glucose => self.glucose_reading.is_some() || self.values.contains_key(&measure),
            other => self.values.contains_key(&other),
        }
    }
}

/// Where the score stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Scored(u8),
    /// Something of the seven is missing: no total, never a 0 for what nobody measured.
    Incomplete,
    NotApplicable(Unscored),
}

/// What a set was scored as, by the table of then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    pub standing: Standing,
    /// One of the parts alone is 3.
    pub single_red: bool,
    pub parts: BTreeMap<Measure, u8>,
    /// 1 or 2: which column of oxygen saturation.
    pub scale: u8,
    /// Version of the table.
    pub table: String,
    /// How the values stand to what is usual.
    pub flags: BTreeMap<Measure, Flag>,
}

impl Score {
    #[must_use]
    pub fn total(&self) -> Option<u8> {
        match self.standing {
            Standing::Scored(total) => Some(total),
            Standing::Incomplete | Standing::NotApplicable(_) => None,
        }
    }
}

/// A set that is to be written.
#[derive(Debug, Clone)]
pub struct NewSet {
    pub patient: PatientId,
    pub appointment: Option<AppointmentId>,
    pub admission: Option<Uuid>,
    /// When it was taken.
    pub recorded_at: Timestamp,
    pub taken: Taken,
}

/// Why a set does not count any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub at: Timestamp,
    pub by: UserId,
    pub reason: String,
    /// What is right instead.
    pub replaced_by: Option<VitalsId>,
}

/// A set as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VitalSet {
    pub id: VitalsId,
    pub patient: PatientId,
    pub appointment: Option<AppointmentId>,
    pub admission: Option<Uuid>,
    pub encounter: Option<EncounterId>,
    pub recorded_by: UserId,
    pub recorded_at: Timestamp,
    pub entered_at: Timestamp,
    pub taken: Taken,
    /// In tenths of kg/m².
    pub bmi: Option<i32>,
    pub score: Score,
    pub next_due_at: Option<Timestamp>,
    pub ended: Option<Ended>,
}

/// Written down so much later than taken that the page says so.
const LATE_SECONDS: i64 = 15 * 60;

impl VitalSet {
    /// Was it written down later than it was taken?
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.entered_at.as_second() - self.recorded_at.as_second() > LATE_SECONDS
    }

    /// A number, the computed one among them.
    #[must_use]
    pub fn get(&self, measure: Measure) -> Option<i32> {
        if measure == Measure::Bmi { self.bmi } else { self.taken.get(measure) }
    }
}

/// Why something is not done.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum VitalsError {
    #[error("This patient has died. Nothing was saved.")]
    Deceased,
    #[error("A set belongs to an appointment or to a stay, not to both. Nothing was saved.")]
    TwoLinks,
    #[error("This appointment is of another patient. Nothing was saved.")]
    OtherPatient,
    #[error("Some values are unlikely. Nothing was saved yet: look again, and confirm those that are so.")]
    Unlikely,
    #[error("Scale 2 holds only while a prescriber has ordered a target of 88 to 92 %. Nothing was saved.")]
    NoOxygenOrder,
    #[error("This set is entered in error already. Nothing was changed.")]
    Ended,
    #[error("Less often than the score asks for is decided by somebody who prescribes. Nothing was saved.")]
    NeedsDoctor,
    #[error("This has ended already. Nothing was changed.")]
    Over,
    #[error("This patient has no plan of their own. Nothing was changed.")]
    NoPlan,
    #[error("There is a version of this name already. Nothing was saved; call the new one otherwise.")]
    VersionTaken,
    #[error("Somebody else has signed this version already. Nothing was changed.")]
    Signed,
}

problem!(VitalsError {
    Deceased => BAD_REQUEST "vitals.patient_deceased",
    TwoLinks => BAD_REQUEST "vitals.two_links",
    OtherPatient => BAD_REQUEST "vitals.other_patient" at "appointment_id",
    Unlikely => CONFLICT "vitals.unlikely",
    NoOxygenOrder => CONFLICT "vitals.no_oxygen_order" at "news2_scale",
    Ended => CONFLICT "vitals.ended",
    NeedsDoctor => FORBIDDEN "vitals.needs_doctor",
    Over => CONFLICT "vitals.over",
    NoPlan => CONFLICT "vitals.no_plan",
    VersionTaken => CONFLICT "vitals.version_taken" at "version",
    Signed => CONFLICT "vitals.signed",
});
