//! Who cares for a patient, and who stands in for whom: values, and what is wrong with what was typed.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::clinic::departments::DepartmentId;
use crate::clinic::patients::PatientId;
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors, text};
use crate::{ids, problem};

ids! {
    /// Somebody, or a department, who cares for a patient.
    RelationId = "care_relation";
    /// Somebody who stands in for a colleague or is on call for a department.
    CoverId = "care_cover";
}

/// Nobody covers for longer at once: whoever still does is asked again.
pub const LONGEST_COVER_DAYS: i64 = 31;

/// Why somebody cares for a patient. Who registered the patient is in the patient's own row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    /// Put on the team by hand.
    Team,
    /// Booked with them: it holds as long as the appointment does.
    Appointment,
    Admission,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Team, Self::Appointment, Self::Admission];

    /// The word in the database and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Team => "TEAM",
            Self::Appointment => "APPOINTMENT",
            Self::Admission => "ADMISSION",
        }
    }

    /// The kind with this word; the database holds no other.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.code() == code).unwrap_or(Self::Team)
    }
}

/// Somebody or a department, tied to a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tie {
    pub patient: PatientId,
    pub user: Option<UserId>,
    pub department: Option<DepartmentId>,
    pub kind: Kind,
    pub since: Timestamp,
    /// `None`: until somebody ends it.
    pub until: Option<Timestamp>,
    pub note: Option<String>,
    /// What it follows from.
    pub source: Option<Uuid>,
}

/// A tie as it is read.
#[derive(Debug, Clone)]
pub struct Relation {
    pub id: RelationId,
    pub tie: Tie,
    /// Of the person, or of the department.
    pub name: String,
    pub added_by: UserId,
    pub added_at: Timestamp,
    pub added_by_name: Option<String>,
}

impl Relation {
    #[must_use]
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.tie.since <= now && self.is_not_over_at(now)
    }

    #[must_use]
    pub fn is_not_over_at(&self, now: Timestamp) -> bool {
        self.tie.until.is_none_or(|until| until > now)
    }
}

/// Whom somebody covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covered {
    Person(UserId),
    Department(DepartmentId),
}

/// Somebody who covers, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCover {
    pub user: UserId,
    pub covered: Covered,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub note: Option<String>,
}

/// The same as it is read.
#[derive(Debug, Clone)]
pub struct Cover {
    pub id: CoverId,
    pub new: NewCover,
    /// Who covers, and the person or department that is covered.
    pub names: (String, String),
    pub made_by: UserId,
    pub made_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl Cover {
    #[must_use]
    pub fn is_over_at(&self, now: Timestamp) -> bool {
        self.ended_at.is_some() || self.new.ends_at <= now
    }

    #[must_use]
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.new.starts_at <= now && !self.is_over_at(now)
    }
}

/// The hospital's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Doctors and nurses are shown their own patients first.
    pub on: bool,
    pub version: i32,
    pub changed: Option<(UserId, Timestamp)>,
}

/// Why it is not done.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CareError {
    #[error("This person or department is on the care team at that time already. Nothing was saved.")]
    OnTeam,
    #[error("There is no such person or department at this hospital. Nothing was saved.")]
    Unknown,
    #[error("This is over already. Nothing was changed.")]
    Over,
    #[error(
        "This follows from an appointment and ends with it. Nothing was changed; cancel or move the appointment."
    )]
    FollowsVisit,
    #[error(
        "You may hand over your own patients. Nothing was saved; ask whoever may change staff to set this cover."
    )]
    NotYours,
    #[error(
        "Somebody else changed this setting in the meantime. Nothing was saved; read the newest version and try again."
    )]
    VersionConflict,
}

problem!(CareError {
    OnTeam => CONFLICT "care.on_team",
    Unknown => NOT_FOUND "care.unknown",
    Over => CONFLICT "care.over",
    FollowsVisit => CONFLICT "care.follows_visit",
    NotYours => FORBIDDEN "care.not_yours",
    VersionConflict => PRECONDITION_FAILED "care.version_conflict",
});

/// Where and when something is typed.
#[derive(Debug, Clone)]
pub struct Here {
    pub now: Timestamp,
    pub zone: TimeZone,
}

/// A member of a team, as typed; blank is absent.
#[derive(Debug, Clone, Copy, Default)]
pub struct TypedMember<'a> {
    pub user_id: &'a str,
    pub department_id: &'a str,
    pub since: &'a str,
    pub until: &'a str,
    pub note: &'a str,
}

impl TypedMember<'_> {
    /// # Errors
    /// 422 with everything that is wrong.
    pub fn parse(&self, patient: PatientId, here: &Here) -> Result<Tie, AppError> {
        let mut errors = FieldErrors::default();
        let user = id("user_id", self.user_id, &mut errors).map(UserId);
        let department = id("department_id", self.department_id, &mut errors).map(DepartmentId);
        if errors.is_empty() && user.is_some() == department.is_some() {
            errors.add("user_id", "Choose one: a person or a department.");
        }
        let since = moment("since", self.since, &here.zone, &mut errors).unwrap_or(here.now);
        let until = moment("until", self.until, &here.zone, &mut errors);
        if until.is_some_and(|until| until <= since || until <= here.now) {
            errors.add("until", "This is later than the beginning, and than now.");
        }
        let note = text::optional("note", Some(self.note), 500, &mut errors);
        let tie = note.ok().map(|note| Tie {
            patient,
            user,
            department,
            kind: Kind::Team,
            // Nobody was on a team before anybody wrote it down.
            since: since.max(here.now),
            until,
            note,
            source: None,
        });
        errors.finish_with(tie)
    }
}

/// A cover as typed; blank is absent.
#[derive(Debug, Clone, Copy, Default)]
pub struct TypedCover<'a> {
    pub user_id: &'a str,
    pub for_user_id: &'a str,
    pub for_department_id: &'a str,
    pub starts_at: &'a str,
    pub ends_at: &'a str,
    pub note: &'a str,
}

impl TypedCover<'_> {
    /// # Errors
    /// 422 with everything that is wrong.
    pub fn parse(&self, here: &Here) -> Result<NewCover, AppError> {
        let mut errors = FieldErrors::default();
        let user = id("user_id", self.user_id, &mut errors).map(UserId);
        let person = id("for_user_id", self.for_user_id, &mut errors).map(UserId);
        let department = id("for_department_id", self.for_department_id, &mut errors).map(DepartmentId);
        let is_readable = errors.is_empty();
        if is_readable && user.is_none() {
            errors.add("user_id", "Say who covers.");
        }
        let covered = match (person, department) {
            (Some(person), None) => Some(Covered::Person(person)),
            (None, Some(department)) => Some(Covered::Department(department)),
            _ => None,
        };
        if is_readable && covered.is_none() {
            errors.add("for_user_id", "Choose one: a colleague or a department.");
        } else if user.is_some() && user == person {
            errors.add("for_user_id", "Nobody covers for themselves.");
        }
        let starts = moment("starts_at", self.starts_at, &here.zone, &mut errors).unwrap_or(here.now);
        // Earlier is now: what was not open then was not.
        let starts_at = starts.max(here.now);
        let ends_at = moment("ends_at", self.ends_at, &here.zone, &mut errors);
        let latest = starts_at.checked_add((LONGEST_COVER_DAYS * 24).hours()).unwrap_or(Timestamp::MAX);
        match ends_at {
            None if self.ends_at.trim().is_empty() => errors.add("ends_at", "Say until when."),
            Some(ends) if ends <= starts_at => {
                errors.add("ends_at", "This is later than the beginning, and than now.");
            }
            Some(ends) if ends > latest => {
                errors.add("ends_at", format!("Cover for at most {LONGEST_COVER_DAYS} days at once."));
            }
            _ => {}
        }
        let note = text::optional("note", Some(self.note), 500, &mut errors);
        let cover =
            user.zip(covered).zip(ends_at).zip(note.ok()).map(|(((user, covered), ends_at), note)| {
                NewCover { user, covered, starts_at, ends_at, note }
            });
        errors.finish_with(cover)
    }
}

fn id(field: &str, typed: &str, errors: &mut FieldErrors) -> Option<Uuid> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    let id = typed.parse().ok();
    if id.is_none() {
        errors.add(field, "This must be an id.");
    }
    id
}

/// An instant, or a time on the hospital's clock; of an hour that the clock showed twice, the first.
fn moment(field: &str, typed: &str, zone: &TimeZone, errors: &mut FieldErrors) -> Option<Timestamp> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    let instant = typed.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = typed.parse().ok()?;
        local.to_zoned(zone.clone()).ok().map(|at| at.timestamp())
    });
    // So far away that no calendar of a hospital reaches it.
    let fits = instant.filter(|at| (0..=32_503_680_000).contains(&at.as_second()));
    if fits.is_none() {
        errors.add(
            field,
            "Write the time like 2026-10-25T02:30 on the hospital's clock, with an offset if you like.",
        );
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Here {
        Here { now: "2026-03-01T09:00:00Z".parse().unwrap(), zone: TimeZone::get("Asia/Kathmandu").unwrap() }
    }

    fn faults<T>(parsed: Result<T, AppError>) -> Vec<String> {
        match parsed {
            Err(AppError::Problem(problem)) => problem.errors.into_iter().map(|e| e.field).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_cover_has_somebody_on_both_sides_and_an_end_that_is_near() {
        let (a, b) = (Uuid::from_u128(1).to_string(), Uuid::from_u128(2).to_string());
        let good =
            TypedCover { user_id: &a, for_user_id: &b, ends_at: "2026-03-02T08:00", ..TypedCover::default() };
        let cover = good.parse(&here()).unwrap();
        assert_eq!(cover.starts_at, here().now, "at once");
        assert_eq!(cover.ends_at, "2026-03-02T02:15:00Z".parse().unwrap(), "on the hospital's clock");
        let early = TypedCover { starts_at: "2020-01-01T00:00:00Z", ..good }.parse(&here()).unwrap();
        assert_eq!(early.starts_at, here().now, "never for the past");
        for (typed, fields) in [
            (TypedCover { for_user_id: &a, ..good }, vec!["for_user_id"]),
            (TypedCover { for_user_id: "", ..good }, vec!["for_user_id"]),
            (TypedCover { for_department_id: &b, ..good }, vec!["for_user_id"]),
            (TypedCover { ends_at: "", ..good }, vec!["ends_at"]),
            (TypedCover { ends_at: "2026-03-01T08:00:00Z", ..good }, vec!["ends_at"]),
            (TypedCover { ends_at: "2026-05-01T08:00:00Z", ..good }, vec!["ends_at"]),
            (TypedCover { user_id: "me", ends_at: "soon", ..good }, vec!["user_id", "ends_at"]),
        ] {
            assert_eq!(faults(typed.parse(&here())), fields, "{typed:?}");
        }
    }

    #[test]
    fn a_member_is_a_person_or_a_department_and_never_of_the_past() {
        let (a, patient) = (Uuid::from_u128(1).to_string(), PatientId::new());
        let good = TypedMember { user_id: &a, since: "2020-01-01T00:00:00Z", ..TypedMember::default() };
        assert_eq!(good.parse(patient, &here()).unwrap().since, here().now);
        for (typed, fields) in [
            (TypedMember { user_id: "", ..good }, vec!["user_id"]),
            (TypedMember { department_id: &a, ..good }, vec!["user_id"]),
            (TypedMember { until: "2026-03-01T09:00:00Z", ..good }, vec!["until"]),
            (TypedMember { since: "tomorrow", ..good }, vec!["since"]),
        ] {
            assert_eq!(faults(typed.parse(patient, &here())), fields, "{typed:?}");
        }
    }
}
