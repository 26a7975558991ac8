//! Bodies that succeed, for operations that need more than `{}`.

use serde_json::{Value, json};

use super::SECRET_NAME;

/// Bodies with which an operation on an existing thing succeeds; `{}` for all others.
pub fn good_body(id: &str) -> Value {
    match id {
        "patients.update" | "patients.update_profile" => json!({ "city": "Nashik" }),
        "pages.patients.reveal" => json!({ "field": "phone" }),
        "consents.record" => json!({ "kind": "SMS", "given": true, "source": "DESK" }),
        "pages.consents.record" => json!({ "kind": "SMS", "given": "false", "source": "PAPER" }),
        "deceased.record" => json!({ "died_at": "2026-03-14T04:05", "certified_by": "Dr. Rao" }),
        "pages.deceased.record" => json!({ "version": "1", "died_on": "14/03/2026", "died_time": "04:05" }),
        "deceased.undo" | "pages.deceased.undo" => json!({ "reason": "She came in this morning" }),
        "confidential.break_glass" | "pages.confidential.open" => {
            json!({ "reason": "Emergency, unconscious" })
        }
        "pages.patients.save" => json!({
            "version": "1", "first_name": SECRET_NAME, "phone_primary": "9820012345", "gender": "FEMALE",
            "city": "Nashik", "born": "unknown",
        }),
        // And the id of another patient, made on the spot.
        "merges.merge" => json!({ "reason": "The same person" }),
        "pages.merges.merge" => {
            json!({ "reason": "The same person", "survivor_version": "1", "duplicate_version": "1" })
        }
        "unidentified.identify" => json!({ "first_name": SECRET_NAME }),
        "pages.unidentified.identify" => json!({ "first_name": SECRET_NAME, "version": "1" }),
        "newborns.register" => json!({ "sex": "FEMALE", "born_at": an_hour_ago().timestamp().to_string() }),
        "pages.newborns.register" => {
            json!({ "sex_1": "FEMALE", "born_1": an_hour_ago().strftime("%Y-%m-%dT%H:%M").to_string() })
        }
        // And the id of somebody of the staff, where one is needed.
        "care.assign" | "pages.care.assign" => json!({ "note": "Takes over" }),
        "confidential.review" | "pages.confidential.review" => json!({ "outcome": "JUSTIFIED" }),
        "appointments.update" | "pages.appointments.notes" => json!({ "notes": "Fasting", "version": "1" }),
        "appointments.cancel" | "pages.appointments.cancel" => json!({ "reason": "OTHER" }),
        "appointments.arrived_late" => json!({ "reason": "Rain" }),
        "pages.appointments.arrived_late" => json!({ "late_reason": "Rain" }),
        "appointments.reschedule" | "pages.appointments.moved" => json!({ "scheduled_at": next_week() }),
        "pages.appointments.follow_up" => json!({ "weeks": "4" }),
        "queue.prioritise" | "pages.queue.prioritise" => {
            json!({ "priority": "PRIORITY", "reason": "Wheelchair" })
        }
        "merges.undo" | "pages.merges.undo" => json!({ "reason": "Two people" }),
        "encounters.end" | "notes.end" | "pages.notes.end" | "diagnoses.end" | "pages.diagnoses.end" => {
            json!({ "reason": "Wrong patient" })
        }
        "notes.save" => json!({ "texts": { "plan": "Rest" } }),
        "notes.amend" => json!({ "texts": { "plan": "Rest" }, "reason": "Result added" }),
        "pages.notes.amend" => json!({ "plan": "Rest", "reason": "Result added", "version": "2" }),
        "pages.consultations.save_note" => json!({ "plan": "Rest", "version": "0", "act": "save" }),
        "pages.consultations.sign" => json!({ "plan": "Rest", "version": "0", "act": "sign" }),
        "diagnoses.add" | "pages.consultations.add_diagnosis" => json!({ "text": "Gout" }),
        "diagnoses.revise" | "pages.diagnoses.revise" => json!({ "certainty": "CONFIRMED" }),
        "pages.note_templates.save" => {
            json!({ "version": "1", "name": format!("Knee {}", uuid::Uuid::new_v4()), "plan": "Rest" })
        }
        "pages.note_templates.switch" => json!({ "version": "1", "is_active": "false" }),
        "allergies.add" | "pages.allergies.add" => json!({ "substance": "Penicillin" }),
        "conditions.add" | "pages.conditions.add" => json!({ "text": "Asthma" }),
        "users.update" => json!({ "phone": "9820012345" }),
        "pages.staff.save" => {
            json!({ "version": "1", "first_name": SECRET_NAME, "department": "Cardiology" })
        }
        "allergies.end" | "conditions.end" => json!({ "reason": "Wrong patient" }),
        "vitals.end" | "pages.vitals.end" => json!({ "reason": "Wrong patient" }),
        "vitals.order_oxygen" | "pages.vitals.order_oxygen" => json!({ "reason": "COPD" }),
        "vitals.plan" => json!({ "interval_minutes": 60 }),
        "pages.vitals.plan" => json!({ "interval_minutes": "60" }),
        "pages.vitals.record" => json!({ "heart_rate": "72" }),
        "pages.allergies.change" => json!({ "version": "1", "substance": "Penicillin G" }),
        "pages.conditions.change" => json!({ "version": "1", "text": "Asthma" }),
        "pages.hospitals.raise" => json!({ "raise_patients": "20", "hours": "72" }),
        "pages.hospitals.suspend" | "pages.hospitals.restrict" => json!({ "reason": "Unpaid" }),
        "hospitals.reject" | "pages.hospitals.reject" => json!({ "reason": "Nobody knows them" }),
        "hospitals.reset_admin_mfa" | "pages.hospitals.reset_mfa" => json!({ "reason": "Lost the phone" }),
        "pages.allergies.end" | "pages.conditions.end" => {
            json!({ "version": "1", "reason": "Wrong patient" })
        }
        "pages.doctors.save" => json!({ "version": "0", "slot_minutes": "15", "overbooking": "0" }),
        "availability.set_hours" => json!({ "hours": [] }),
        "pages.doctors.save_hours" => json!({ "slot_minutes": "15" }),
        "availability.add_day" | "pages.doctors.add_day" => {
            json!({ "kind": "CLOSED", "on_date": in_days(3) })
        }
        "leave.take" | "pages.leave.take" => {
            json!({ "kind": "SICK", "starts_at": in_days(3), "ends_at": in_days(4) })
        }
        "pages.rooms.save" => json!({ "version": "1", "name": format!("Door {}", uuid::Uuid::new_v4()) }),
        "pages.roles.save" => json!({ "version": "1", "name": format!("Desk {}", uuid::Uuid::new_v4()) }),
        "pages.roles.toggle" => json!({ "version": "1" }),
        "pages.departments.save" => {
            json!({ "version": "1", "name": format!("Ward {}", uuid::Uuid::new_v4()), "is_for_staff": "true" })
        }
        _ => json!({}),
    }
}

/// A quarter of an hour that nobody has booked.
pub(super) fn next_week() -> String {
    let quarter = (jiff::Timestamp::now().as_second() / 900 + 7 * 96) * 900;
    jiff::Timestamp::from_second(quarter).unwrap().to_string()
}

/// On the clock of the hospitals of the stage.
fn an_hour_ago() -> jiff::Zoned {
    let now = jiff::Timestamp::now().in_tz("Asia/Kolkata").unwrap();
    now.checked_sub(jiff::SignedDuration::from_hours(1)).unwrap()
}

/// A day on the calendar of the hospitals of the stage.
fn in_days(days: i64) -> String {
    let now = jiff::Timestamp::now().in_tz("Asia/Kolkata").unwrap();
    now.checked_add(jiff::Span::new().days(days)).unwrap().date().to_string()
}
