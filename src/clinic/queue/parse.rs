//! What people and programs say about the queue and about who walks in, read. All faults at once.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::model::{NewPriority, NewWalkIn, Whom};
use crate::clinic::appointments::{Priority, parse_happened};
use crate::clinic::departments::DepartmentId;
use crate::kernel::ids::UserId;
use crate::kernel::wall_clock::Fold;
use crate::kernel::{FieldErrors, text};

/// A reason that may be left out.
pub(super) fn reason(typed: Option<&str>, errors: &mut FieldErrors) -> Option<String> {
    text::optional("reason", typed, 200, errors).ok().flatten()
}

fn filled(typed: Option<&str>) -> Option<&str> {
    typed.map(str::trim).filter(|typed| !typed.is_empty())
}

fn priority(typed: Option<&str>, errors: &mut FieldErrors) -> Option<Priority> {
    match filled(typed) {
        None => Some(Priority::Routine),
        Some(typed) => {
            let found = Priority::from_code(typed);
            if found.is_none() {
                errors.add("priority", "Use one of: EMERGENCY, PRIORITY, ROUTINE.");
            }
            found
        }
    }
}

/// Who goes before their turn, and why.
pub(super) fn new_priority(
    typed: Option<&str>,
    why: Option<&str>,
    errors: &mut FieldErrors,
) -> Option<NewPriority> {
    if filled(typed).is_none() {
        errors.add("priority", "Use one of: EMERGENCY, PRIORITY, ROUTINE.");
    }
    let priority = priority(typed, errors);
    let reason = text::required("reason", why, 200, errors);
    priority.zip(reason).map(|(priority, reason)| NewPriority { priority, reason })
}

/// A walk-in as it is typed; blank and absent are the same.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TypedWalkIn<'a> {
    pub doctor: Option<&'a str>,
    pub department: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub priority: Option<&'a str>,
    pub priority_reason: Option<&'a str>,
    pub arrived_at: Option<&'a str>,
    /// Which of the two, of a time that the clock shows twice.
    pub arrived_fold: Option<Fold>,
    pub key: Option<&'a str>,
}

impl TypedWalkIn<'_> {
    /// `naive`: the zone of a time without an offset.
    pub(super) fn parse(
        &self,
        now: Timestamp,
        naive: &TimeZone,
        errors: &mut FieldErrors,
    ) -> Option<NewWalkIn> {
        let before = errors.len();
        let doctor = filled(self.doctor).and_then(|typed| id("doctor_user_id", typed, errors)).map(UserId);
        let department =
            filled(self.department).and_then(|typed| id("department_id", typed, errors)).map(DepartmentId);
        let whom = match (doctor, department) {
            (Some(doctor), department) => Some(Whom::Doctor(doctor, department)),
            (None, Some(department)) => Some(Whom::Department(department)),
            (None, None) => {
                if errors.len() == before {
                    errors.add("doctor_user_id", "Choose a doctor or a department.");
                }
                None
            }
        };
        let reason = text::optional("reason", self.reason, 500, errors).ok().flatten();
        let priority = priority(self.priority, errors);
        let mut priority_reason =
            text::optional("priority_reason", self.priority_reason, 200, errors).ok().flatten();
        if priority == Some(Priority::Priority) && priority_reason.is_none() {
            errors.add("priority_reason", "Say why this patient goes before others.");
        }
        if priority == Some(Priority::Emergency) && priority_reason.is_none() {
            priority_reason = reason.clone().filter(|reason| reason.chars().count() <= 200);
        }
        let arrived_at = filled(self.arrived_at)
            .map(|typed| parse_happened("arrived_at", (Some(typed), self.arrived_fold), now, naive, errors));
        let key = match filled(self.key) {
            None => Some(crate::kernel::ids::new_uuid()),
            Some(typed) => id("registration_key", typed, errors),
        };
        if errors.len() > before {
            return None;
        }
        Some(NewWalkIn { whom: whom?, reason, priority: priority?, priority_reason, arrived_at, key: key? })
    }
}

fn id(field: &str, typed: &str, errors: &mut FieldErrors) -> Option<Uuid> {
    let found = typed.parse().ok();
    if found.is_none() {
        errors.add(field, "This is not an id.");
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(typed: &TypedWalkIn<'_>) -> Result<NewWalkIn, Vec<String>> {
        let mut errors = FieldErrors::default();
        let now: Timestamp = "2026-03-14T09:00:00Z".parse().unwrap();
        let new = typed.parse(now, &TimeZone::UTC, &mut errors);
        match errors.finish_with(new) {
            Ok(new) => Ok(new),
            Err(error) => {
                let problem = crate::kernel::Problem::from_error(error);
                Err(problem.errors.into_iter().map(|error| error.field).collect())
            }
        }
    }

    const DOCTOR: &str = "0199c3a1-52e4-7b06-9d1f-3c5e8a7b2f10";

    #[test]
    fn a_walk_in_needs_somebody_to_see_and_a_reason_to_go_first() {
        let typed = TypedWalkIn { doctor: Some(DOCTOR), ..TypedWalkIn::default() };
        assert_eq!(parsed(&typed).unwrap().priority, Priority::Routine);
        assert_eq!(parsed(&TypedWalkIn::default()).unwrap_err(), ["doctor_user_id"]);
        let first = TypedWalkIn { priority: Some("PRIORITY"), ..typed };
        assert_eq!(parsed(&first).unwrap_err(), ["priority_reason"]);
        let wheelchair = TypedWalkIn { priority_reason: Some("Wheelchair"), ..first };
        assert_eq!(parsed(&wheelchair).unwrap().priority_reason.as_deref(), Some("Wheelchair"));
        let emergency = TypedWalkIn { priority: Some("EMERGENCY"), reason: Some("Chest pain"), ..typed };
        assert_eq!(parsed(&emergency).unwrap().priority_reason.as_deref(), Some("Chest pain"));
        assert_eq!(parsed(&TypedWalkIn { priority: Some("VIP"), ..typed }).unwrap_err(), ["priority"]);
    }

    #[test]
    fn who_came_earlier_is_written_down_within_a_day() {
        for (at, fine) in [
            ("2026-03-13T09:00:00Z", true),
            ("2026-03-13T08:59:59Z", false),
            ("2026-03-14T09:05:00Z", true),
            ("2026-03-14T09:05:01Z", false),
            ("2026-03-14T08:30", true),
            ("yesterday", false),
        ] {
            let typed = TypedWalkIn { doctor: Some(DOCTOR), arrived_at: Some(at), ..TypedWalkIn::default() };
            assert_eq!(parsed(&typed).is_ok(), fine, "{at}");
        }
        let ahead = TypedWalkIn {
            doctor: Some(DOCTOR),
            arrived_at: Some("2026-03-14T09:04:00Z"),
            ..TypedWalkIn::default()
        };
        assert_eq!(parsed(&ahead).unwrap().arrived_at.unwrap().to_string(), "2026-03-14T09:00:00Z");
    }
}
