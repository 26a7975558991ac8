//! The contract's shape of an appointment, and what is beside it.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::clinic::appointments::model::{
    Appointment, AppointmentId, CancelReason, Event, EventKind, Kind, Priority, QueueState, Status,
};
use crate::clinic::departments::DepartmentId;
use crate::clinic::doctors::RoomId;
use crate::clinic::patients::{PatientId, Sight};
use crate::kernel::ids::UserId;

/// An appointment.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Appointment")]
pub(in crate::clinic::appointments) struct AppointmentView {
    id: AppointmentId,
    patient_id: PatientId,
    department_id: DepartmentId,
    doctor_user_id: UserId,
    scheduled_at: Timestamp,
    ends_at: Timestamp,
    status: Status,
    kind: Kind,
    /// The visit that it follows.
    follow_up_of: Option<AppointmentId>,
    /// Why the patient comes.
    reason: Option<String>,
    notes: Option<String>,
    created_at: Timestamp,
    checked_in_at: Option<Timestamp>,
    consultation_started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    /// Stays when the patient arrives late.
    no_show_at: Option<Timestamp>,
    cancelled_at: Option<Timestamp>,
    cancelled_reason: Option<CancelReason>,
    cancelled_note: Option<String>,
    linked_ipd_admission_id: Option<Uuid>,
    /// Came after it was marked as missed: its time may be somebody else's.
    arrived_late: bool,
    /// `Restricted` or `Not your patient` where the record does not lie open to you.
    patient_name: String,
    patient_code: String,
    /// Who it is, reason and notes are kept from you; the record opens with a reason.
    is_withheld: bool,
    doctor_name: String,
    /// Name of the department.
    department: String,
    room_id: Option<RoomId>,
    /// Name of the room.
    room: Option<String>,
    /// `G-012`, from check-in on.
    token: Option<String>,
    token_number: Option<i32>,
    /// The hospital's day of the token.
    token_day: Option<Date>,
    queue_state: Option<QueueState>,
    priority: Priority,
    /// False: this version of HMS keeps no prescriptions.
    has_prescription: bool,
    /// 0: this version of HMS keeps no prescriptions.
    prescription_count: i64,
    /// Null: this version of HMS keeps no prescriptions.
    prescription_status: Option<String>,
    version: i32,
}

impl From<Appointment> for AppointmentView {
    fn from(a: Appointment) -> Self {
        Self {
            arrived_late: a.came_late(),
            is_withheld: a.sight != Sight::Whole,
            id: a.id,
            patient_id: a.patient,
            department_id: a.department,
            doctor_user_id: a.doctor,
            scheduled_at: a.scheduled_at,
            ends_at: a.ends_at,
            status: a.status,
            kind: a.kind,
            follow_up_of: a.follow_up_of,
            reason: a.reason,
            notes: a.notes,
            created_at: a.created_at,
            checked_in_at: a.stamps.checked_in_at,
            consultation_started_at: a.stamps.consultation_started_at,
            completed_at: a.stamps.completed_at,
            no_show_at: a.stamps.no_show_at,
            cancelled_at: a.stamps.cancelled_at,
            cancelled_reason: a.cancelled.as_ref().map(|off| off.reason),
            cancelled_note: a.cancelled.and_then(|off| off.note),
            linked_ipd_admission_id: a.linked_ipd_admission_id,
            patient_name: a.names.patient,
            patient_code: a.names.patient_code,
            doctor_name: a.names.doctor,
            department: a.names.department,
            room_id: a.room,
            room: a.names.room,
            token: a.token.as_ref().map(ToString::to_string),
            token_number: a.token.as_ref().map(|token| token.number),
            token_day: a.token.map(|token| token.day),
            queue_state: a.queue,
            priority: a.priority,
            has_prescription: false,
            prescription_count: 0,
            prescription_status: None,
            version: a.version,
        }
    }
}

/// Something that happened to an appointment.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppointmentEvent")]
pub(in crate::clinic::appointments) struct EventView {
    kind: EventKind,
    from_status: Option<Status>,
    to_status: Status,
    /// When it was moved: the time before.
    from_time: Option<Timestamp>,
    /// When it was moved: the time since.
    to_time: Option<Timestamp>,
    reason: Option<String>,
    happened_at: Timestamp,
    recorded_at: Timestamp,
    /// Null: HMS itself.
    actor_id: Option<UserId>,
    /// Absent for somebody who is not on the staff any more.
    actor_name: Option<String>,
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        let (from_time, to_time) = event.times.unzip();
        Self {
            kind: event.kind,
            from_status: event.from,
            to_status: event.to,
            from_time,
            to_time,
            reason: event.reason,
            happened_at: event.happened_at,
            recorded_at: event.recorded_at,
            actor_id: event.actor,
            actor_name: event.actor_name,
        }
    }
}
