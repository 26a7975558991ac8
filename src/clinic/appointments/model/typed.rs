//! What people and programs send about appointments, read.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{AppointmentError, AppointmentId, CancelReason, Status, is_on_grid};
use crate::clinic::departments::DepartmentId;
use crate::clinic::patients::{PatientId, Period, Search};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors, text};

/// A booking as typed; absent and blank are the same.
#[derive(Debug, Clone, Copy, Default)]
pub struct TypedBooking<'a> {
    pub patient_id: Option<&'a str>,
    pub doctor_user_id: Option<&'a str>,
    pub department_id: Option<&'a str>,
    pub scheduled_at: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub notes: Option<&'a str>,
    pub follow_up_of: Option<&'a str>,
}

/// The same, read. Whom it is with may be left to who books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub patient: PatientId,
    pub doctor: Option<UserId>,
    pub department: Option<DepartmentId>,
    pub scheduled_at: Timestamp,
    pub reason: Option<String>,
    pub notes: Option<String>,
    pub follow_up_of: Option<AppointmentId>,
}

fn filled(typed: Option<&str>) -> Option<&str> {
    typed.map(str::trim).filter(|typed| !typed.is_empty())
}

impl TypedBooking<'_> {
    /// `naive`: the zone of a time without an offset, UTC in the API and the hospital's on pages.
    ///
    /// # Errors
    /// 422 with everything that is wrong.
    pub fn parse(&self, naive: &TimeZone) -> Result<Wanted, AppError> {
        let mut errors = FieldErrors::default();
        let patient = filled(self.patient_id);
        if patient.is_none() {
            errors.add("patient_id", "Choose a patient.");
        }
        let patient = text::id("patient_id", patient, &mut errors).map(PatientId);
        let doctor = text::id("doctor_user_id", filled(self.doctor_user_id), &mut errors).map(UserId);
        let department = text::id("department_id", filled(self.department_id), &mut errors).map(DepartmentId);
        let follow_up_of =
            text::id("follow_up_of", filled(self.follow_up_of), &mut errors).map(AppointmentId);
        let scheduled_at = parse_time("scheduled_at", self.scheduled_at, naive, &mut errors);
        let reason = text::optional("reason", self.reason, 500, &mut errors).unwrap_or_default();
        let notes = text::optional("notes", self.notes, 1000, &mut errors).unwrap_or_default();
        let wanted = patient.zip(scheduled_at).map(|(patient, scheduled_at)| Wanted {
            patient,
            doctor,
            department,
            scheduled_at,
            reason,
            notes,
            follow_up_of,
        });
        errors.finish_with(wanted)
    }
}

/// An instant with its offset, or a time on the clock of `naive`; of an hour that the clock shows twice, the first.
/// None so far away that no calendar of a hospital reaches it.
#[must_use]
pub fn instant(typed: &str, naive: &TimeZone) -> Option<Timestamp> {
    let typed = typed.trim();
    let found = typed.parse::<Timestamp>().ok().or_else(|| {
        // A day alone is no time.
        let local: DateTime = (typed.len() > 10).then(|| typed.parse().ok()).flatten()?;
        local.to_zoned(naive.clone()).ok().map(|at| at.timestamp())
    });
    found.filter(|at| (0..=32_503_680_000).contains(&at.as_second()))
}

/// A time that can be booked: on the grid, to the second.
pub fn parse_time(
    field: &str,
    typed: Option<&str>,
    naive: &TimeZone,
    errors: &mut FieldErrors,
) -> Option<Timestamp> {
    let Some(typed) = filled(typed) else {
        errors.add(field, "Choose a time.");
        return None;
    };
    let found = instant(typed, naive);
    match found {
        None => errors.add(field, "Use a time like 2026-03-14T09:15:00Z."),
        Some(at) if !is_on_grid(at) => {
            errors.add(
                field,
                "Appointments begin at a quarter of an hour: :00, :15, :30 or :45, without seconds.",
            );
        }
        Some(_) => {}
    }
    found
}

/// Why an appointment is off, as people choose it, and a note.
pub fn parse_cancel(
    reason: Option<&str>,
    note: Option<&str>,
    errors: &mut FieldErrors,
) -> Option<(CancelReason, Option<String>)> {
    let chosen = filled(reason)
        .and_then(CancelReason::from_code)
        .filter(|reason| CancelReason::CHOSEN.contains(reason));
    if chosen.is_none() {
        errors.add("reason", "Use one of: PATIENT_REQUEST, ADMITTED_TO_IPD, DOCTOR_UNAVAILABLE, OTHER.");
    }
    let note = text::optional("note", note, 500, errors).ok()?;
    chosen.map(|chosen| (chosen, note))
}

/// Why somebody came late, which is written down.
pub fn parse_late(reason: Option<&str>, errors: &mut FieldErrors) -> Option<String> {
    text::required("reason", reason, 500, errors)
}

/// Notes; blank: none.
pub fn parse_notes(notes: Option<&str>, errors: &mut FieldErrors) -> Option<Option<String>> {
    text::optional("notes", notes, 1000, errors).ok()
}

/// What a list is narrowed by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub search: Option<Search>,
    /// Empty: all of them.
    pub statuses: Vec<Status>,
    pub period: Period,
    pub patient: Option<PatientId>,
    pub doctor: Option<UserId>,
    pub department: Option<DepartmentId>,
}

impl Filter {
    #[must_use]
    pub fn narrows(&self) -> bool {
        *self != Self::default()
    }
}

/// The same as typed; absent and blank are the same.
#[derive(Debug, Clone, Copy, Default)]
pub struct TypedFilter<'a> {
    pub search: Option<&'a str>,
    /// Words with commas between them.
    pub status: Option<&'a str>,
    pub date_from: Option<&'a str>,
    pub date_to: Option<&'a str>,
    pub patient_id: Option<&'a str>,
    pub doctor_user_id: Option<&'a str>,
    pub department_id: Option<&'a str>,
}

impl TypedFilter<'_> {
    /// # Errors
    /// [`AppointmentError::UnknownStatus`] at once; what else is wrong is added to `errors`.
    pub fn parse(&self, zone: &TimeZone, errors: &mut FieldErrors) -> Result<Filter, AppointmentError> {
        let words = self.status.unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty());
        let statuses: Option<Vec<Status>> = words.map(Status::from_code).collect();
        let mut statuses = statuses.ok_or(AppointmentError::UnknownStatus)?;
        statuses.sort_unstable();
        statuses.dedup();
        let typed = (filled(self.date_from), filled(self.date_to));
        Ok(Filter {
            search: filled(self.search).and_then(|search| Search::parse(search, errors)),
            statuses,
            period: Period::parse(("date_from", "date_to"), typed, zone, errors),
            patient: text::id("patient_id", filled(self.patient_id), errors).map(PatientId),
            doctor: text::id("doctor_user_id", filled(self.doctor_user_id), errors).map(UserId),
            department: text::id("department_id", filled(self.department_id), errors).map(DepartmentId),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(booking: TypedBooking<'_>) -> Vec<String> {
        match booking.parse(&TimeZone::UTC) {
            Err(AppError::Problem(problem)) => problem.errors.into_iter().map(|e| e.field).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_booking_says_everything_that_is_wrong_at_once() {
        let id = "0199c3a1-52e4-7b06-9d1f-3c5e8a7b2f10";
        let good = TypedBooking {
            patient_id: Some(id),
            scheduled_at: Some("2026-03-14T09:15:00"),
            ..TypedBooking::default()
        };
        let wanted = good.parse(&TimeZone::UTC).unwrap();
        assert_eq!(wanted.scheduled_at, "2026-03-14T09:15:00Z".parse().unwrap());
        assert_eq!((wanted.doctor, wanted.notes), (None, None));
        let bad = TypedBooking {
            patient_id: Some("me"),
            doctor_user_id: Some("1"),
            department_id: Some("x"),
            scheduled_at: Some("2026-03-14"),
            ..good
        };
        assert_eq!(faults(bad), ["patient_id", "doctor_user_id", "department_id", "scheduled_at"]);
        assert_eq!(faults(TypedBooking::default()), ["patient_id", "scheduled_at"]);
        for off in
            ["2026-03-14T09:16:00Z", "2026-03-14T09:15:30Z", "2026-03-14T09:15:00.5Z", "9999-01-01T00:00:00Z"]
        {
            assert_eq!(faults(TypedBooking { scheduled_at: Some(off), ..good }), ["scheduled_at"], "{off}");
        }
    }

    #[test]
    fn statuses_are_a_list_with_commas() {
        let mut errors = FieldErrors::default();
        let of = |status| TypedFilter { status: Some(status), ..TypedFilter::default() };
        let found = of(" CHECKED_IN,SCHEDULED,, CHECKED_IN").parse(&TimeZone::UTC, &mut errors).unwrap();
        assert_eq!(found.statuses, [Status::Scheduled, Status::CheckedIn]);
        for wrong in ["checked_in", "SCHEDULED;NO_SHOW", "OPEN"] {
            assert_eq!(of(wrong).parse(&TimeZone::UTC, &mut errors), Err(AppointmentError::UnknownStatus));
        }
        assert!(errors.is_empty());
    }

    #[test]
    fn people_choose_from_the_reasons_of_the_contract() {
        for (reason, fits) in
            [("PATIENT_REQUEST", true), ("OTHER", true), ("PATIENT_DECEASED", false), ("", false)]
        {
            let mut errors = FieldErrors::default();
            assert_eq!(parse_cancel(Some(reason), None, &mut errors).is_some(), fits, "{reason}");
            assert_eq!(errors.is_empty(), fits);
        }
    }
}
