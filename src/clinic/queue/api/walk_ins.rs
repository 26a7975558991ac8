//! `/walk-ins`: patient, visit and token at once.

use aide::transform::TransformOperation;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Authorized;
use crate::clinic::appointments::{AppointmentId, Priority};
use crate::clinic::departments::DepartmentId;
use crate::clinic::duplicates::{self, Answer};
use crate::clinic::patients::{self, Details, Needs, PatientFields, PatientId, Why};
use crate::clinic::queue::domain::walk_in::alike;
use crate::clinic::queue::model::WalkInPerson;
use crate::clinic::queue::parse::TypedWalkIn;
use crate::clinic::queue::{self, WalkIn, Walked};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors, Problem};
use crate::web::openapi::{op, refuses_closed};
use crate::web::{Created, Json, Reply};

pub(super) fn walks(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &[
        "duplicates.looks_alike",
        "patients.limit_reached",
        "queue.doctor_away",
        "queue.no_doctor",
        "queue.waits_already",
        "queue.sent_twice",
        "appointment.department_without_patients",
        "appointment.not_a_doctor",
        "appointment.patient_deceased",
        "patients.merged",
        "patients.opened_with_reason",
        "hospital_restricted",
        "not_found",
    ];
    refuses_closed(op("queue.walk_in", "Somebody walks in: patient, visit and token at once"), REFUSALS)(
        operation,
    )
        .description(
            "In one transaction: `patient` is registered (which takes `patients:create`), or `patient_id` names who is \
             registered already; the visit is checked in, holds no slot, and gets a token. Where somebody looks alike, 409 \
             `duplicates.looks_alike` until `anyway` says that this is somebody else; nobody is blocked. With `EMERGENCY` only \
             a first name is needed, and no limit and no look-alike stops it. The same `registration_key` makes one.",
        )
}

/// Somebody who comes without an appointment: `patient_id` or `patient`, and a doctor or a department.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct WalkInBody {
    /// Who is registered already.
    patient_id: Option<PatientId>,
    /// Who is to be registered, as at the front desk.
    patient: Option<PatientFields>,
    doctor_user_id: Option<String>,
    /// Without a doctor: whichever of its doctors has the fewest waiting.
    department_id: Option<String>,
    #[schemars(length(max = 500))]
    reason: Option<String>,
    #[schemars(with = "Option<Priority>")]
    priority: Option<String>,
    /// Needed with `PRIORITY`.
    #[schemars(length(max = 200))]
    priority_reason: Option<String>,
    /// Where it is written down later: at most 24 hours ago.
    #[schemars(with = "Option<Timestamp>")]
    arrived_at: Option<String>,
    /// Made by the client once for each form.
    registration_key: Option<String>,
    /// Register although somebody looks alike.
    anyway: bool,
    /// Needed where somebody is the same by paper: `TWIN`, `FAMILY`, …
    anyway_reason: Option<String>,
    #[schemars(length(max = 500))]
    anyway_note: Option<String>,
}

/// A walk-in with its token.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WalkInResult")]
pub(super) struct WalkInView {
    appointment_id: AppointmentId,
    /// `G-012`
    token: String,
    patient_id: PatientId,
    patient_code: String,
    patient_name: String,
    department_id: DepartmentId,
    department: String,
    doctor_user_id: UserId,
    doctor_name: String,
    room: Option<String>,
    priority: Priority,
    /// The patient was registered with it.
    registered: bool,
    /// The same form came before; nothing was done now.
    sent_again: bool,
}

pub(super) async fn walk_in(
    tx: Authorized<WalkIn>,
    Json(body): Json<WalkInBody>,
) -> Result<Created<WalkInView>, AppError> {
    let mut errors = FieldErrors::default();
    let typed = TypedWalkIn {
        doctor: body.doctor_user_id.as_deref(),
        department: body.department_id.as_deref(),
        reason: body.reason.as_deref(),
        priority: body.priority.as_deref(),
        priority_reason: body.priority_reason.as_deref(),
        arrived_at: body.arrived_at.as_deref(),
        arrived_fold: None,
        key: body.registration_key.as_deref(),
    };
    let new = typed.parse(tx.now(), &TimeZone::UTC, &mut errors);
    if body.patient_id.is_some() == body.patient.is_some() {
        errors.add("patient_id", "Give either the id of a patient or the fields of a new one.");
    }
    let urgent = new.as_ref().is_some_and(|new| new.priority == Priority::Emergency);
    let answer = Answer {
        anyway: body.anyway,
        reason: body.anyway_reason.as_deref().unwrap_or_default(),
        note: body.anyway_note.as_deref().unwrap_or_default(),
    };
    let new = errors.finish_with(new)?;
    let mut details = None;
    let who = match (body.patient_id, body.patient) {
        (Some(id), _) => WalkInPerson::Known(id),
        (None, fields) => {
            let needs = if urgent { Needs::Name } else { Needs::Desk };
            let parsed = Details::parse(fields.unwrap_or_default(), needs, &patients::here(&tx))?;
            if !urgent && let Some(question) = alike(&tx, &parsed, &answer, new.key).await? {
                return Err(Problem::conflict("duplicates.looks_alike", question.sentence).into());
            }
            details = Some(parsed.clone());
            WalkInPerson::New { details: Box::new(parsed), why: Why::default() }
        }
    };
    let walked = queue::walk_in(&tx, who, &new).await?;
    let although = match &details {
        Some(details) if walked.registered => {
            duplicates::keep_answer(&tx, walked.appointment.patient, details, &answer).await?
        }
        _ => None,
    };
    let location = format!("/api/v1/appointments/{}", walked.appointment.id);
    let (audit, view) = (walked.audit(although), WalkInView::from(walked));
    tx.commit(audit, Reply::new(view).location(&location)).await
}

impl From<Walked> for WalkInView {
    fn from(walked: Walked) -> Self {
        let Walked { appointment, registered, again, .. } = walked;
        Self {
            appointment_id: appointment.id,
            token: appointment.token.map(|token| token.to_string()).unwrap_or_default(),
            patient_id: appointment.patient,
            patient_code: appointment.names.patient_code,
            patient_name: appointment.names.patient,
            department_id: appointment.department,
            department: appointment.names.department,
            doctor_user_id: appointment.doctor,
            doctor_name: appointment.names.doctor,
            room: appointment.names.room,
            priority: appointment.priority,
            registered,
            sent_again: again,
        }
    }
}
