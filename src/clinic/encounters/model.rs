//! An encounter as it is kept, and what it is refused for. Pure, no SQL, no HTTP.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::clinic::appointments::AppointmentId;
use crate::clinic::departments::DepartmentId;
use crate::clinic::patients::PatientId;
use crate::kernel::ids::UserId;
use crate::{coded, ids, problem};

ids! {
    /// A meeting of a patient with a doctor.
    EncounterId = "encounter";
}

coded! {
    /// How they met: HL7's ActCode.
    Class "EncounterClass" {
        Ambulatory = "AMB" "Outpatient", Emergency = "EMER" "Emergency", Inpatient = "IMP" "Inpatient",
        Virtual = "VR" "At a distance",
    }
    /// Where it stands.
    Status "EncounterStatus" {
        InProgress = "IN_PROGRESS" "In progress", Finished = "FINISHED" "Finished",
        EnteredInError = "ENTERED_IN_ERROR" "Entered in error",
    }
}

/// An encounter, with the names that are shown beside its ids.
#[derive(Debug, Clone)]
pub struct Encounter {
    pub id: EncounterId,
    pub patient: PatientId,
    pub appointment: Option<AppointmentId>,
    pub admission: Option<Uuid>,
    pub doctor: UserId,
    pub doctor_name: String,
    pub department: DepartmentId,
    pub department_name: String,
    pub class: Class,
    /// Over with its appointment, whoever completed that.
    pub status: Status,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub closure_note: Option<String>,
    pub error_reason: Option<String>,
    pub version: i32,
    pub created_at: Timestamp,
}

/// An encounter for clients.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Encounter")]
pub struct EncounterView {
    pub id: EncounterId,
    pub patient_id: PatientId,
    /// `null` for one of an inpatient.
    pub appointment_id: Option<AppointmentId>,
    /// `null` for one of an outpatient.
    pub admission_id: Option<Uuid>,
    pub doctor_user_id: UserId,
    pub doctor_name: String,
    pub department_id: DepartmentId,
    /// Name of the department.
    pub department: String,
    pub class: Class,
    pub status: Status,
    pub started_at: Timestamp,
    /// `null` while it is in progress.
    pub ended_at: Option<Timestamp>,
    /// What was said at the end of it.
    pub closure_note: Option<String>,
    /// Why it was entered in error.
    pub error_reason: Option<String>,
    pub version: i32,
    /// When it was written down.
    pub created_at: Timestamp,
}

impl From<Encounter> for EncounterView {
    fn from(e: Encounter) -> Self {
        Self {
            id: e.id,
            patient_id: e.patient,
            appointment_id: e.appointment,
            admission_id: e.admission,
            doctor_user_id: e.doctor,
            doctor_name: e.doctor_name,
            department_id: e.department,
            department: e.department_name,
            class: e.class,
            status: e.status,
            started_at: e.started_at,
            ended_at: e.ended_at,
            closure_note: e.closure_note,
            error_reason: e.error_reason,
            version: e.version,
            created_at: e.created_at,
        }
    }
}

/// Why an encounter does not begin, or is not changed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EncounterError {
    #[error(
        "This patient has died, so no consultation begins. Who saw the patient before writes a late entry in that consultation."
    )]
    Deceased,
    #[error(
        "The patient of this appointment was not seen: it is off, or nobody came. Book a new one, or check the patient in."
    )]
    NotSeen,
    #[error("This consultation is over already. Nothing was changed.")]
    Over,
    #[error(
        "This consultation was entered in error, or nobody was seen in it. Nothing was changed; write in the right one."
    )]
    Ended,
    #[error(
        "There is a signed note or a diagnosis in it. Mark those as entered in error first, so that nobody loses them unseen."
    )]
    InUse,
}

problem!(EncounterError {
    Deceased => CONFLICT "encounters.deceased",
    NotSeen => CONFLICT "encounters.not_seen",
    Over => CONFLICT "encounters.over",
    Ended => CONFLICT "encounters.entered_in_error",
    InUse => CONFLICT "encounters.in_use",
});
