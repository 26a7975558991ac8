//! Who may know what of which patient: the one place that decides it.
//!
//! **Confidentiality.** A restricted record (R) stands in lists as its code and the word "Restricted"; a very restricted
//! one (V) is in no list and no count. Those who hold `patients:restrict` and who registered the patient see both
//! whole, as a task does.
//!
//! **Care.** A hospital may decide (`clinic::care`) that doctors and nurses are shown their own patients first. Then a
//! doctor's own are those whom they registered, who visit them (an appointment that is not off, or a consultation that
//! stands whatever became of its appointment), about whom they wrote what stands (but not while a reason alone let them),
//! who are tied to them (`care_relations`: the team, and later admissions), to their department's team, or to somebody or a
//! department that they cover now. Others stand in a search for the whole name or code, as "Not your patient". A nurse's
//! list is their department's: its team, and who visits it; what is beyond it is one choice away and opens as it is. Who is
//! ruled follows from the system roles, as the contract has it: a doctor who is neither administrator nor receptionist,
//! else a nurse whose department sees patients. Who works as a doctor or a nurse by a role that the hospital made from
//! theirs is one too. Everybody else sees all.
//!
//! Whoever is kept from a record and may see patients opens it with a reason, which is kept, for four hours: somebody in
//! an emergency is never shut out.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Restrict;
use super::model::{Confidentiality, Details, Origin, Patient, PatientId};
use crate::access::{Permission as _, TenantTx};
use crate::clinic::roles::SystemRole;
use crate::identity::actor::Actor;
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, Problem};

/// How far somebody looks into one record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Seen {
    #[default]
    Whole,
    /// Whole, because a reason was given, and until then.
    Opened { until: Timestamp },
    /// Code and level alone; everything else is blank.
    Withheld,
    /// Somebody else's patient: code and level, and who it is where the whole name was searched for.
    NotYours,
}

/// Whose patients somebody's lists show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Everybody's.
    Everybody,
    /// Their own; others open with a reason.
    Own,
    /// Their department's; others are left out of lists and open as they are.
    Department,
}

/// Who looks.
#[derive(Debug, Clone, Copy)]
pub struct Viewer {
    pub user: UserId,
    /// Sees every confidential record whole.
    pub all: bool,
    pub rule: Rule,
}

/// What a list shows of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    Whole,
    Withheld,
    NotYours,
    Hidden,
}

/// Why a record does not lie open to somebody by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    Confidential,
    NotYours,
}

impl Viewer {
    /// Whoever is behind this transaction; a task sees everything.
    #[must_use]
    pub fn of(tx: &TenantTx) -> Self {
        match tx.person() {
            Some(person) => {
                Self { user: person.user, all: person.holds(Restrict::CODE), rule: rule_of(person) }
            }
            None => Self { user: UserId(uuid::Uuid::nil()), all: true, rule: Rule::Everybody },
        }
    }

    /// What the level of a record, registered by `created_by`, leaves of it.
    pub(super) fn by_level(self, level: Confidentiality, created_by: UserId) -> Sight {
        match level {
            Confidentiality::Normal => Sight::Whole,
            _ if self.all || created_by == self.user => Sight::Whole,
            Confidentiality::Restricted => Sight::Withheld,
            Confidentiality::VeryRestricted => Sight::Hidden,
        }
    }

    /// The same patient, who does not lead to a mother of whom they may not know.
    #[must_use]
    pub(super) fn without_hidden_mother(self, mut patient: Patient) -> Patient {
        let mother = patient.origin.mother_record;
        patient.origin.mother_is_hidden =
            mother.is_some_and(|(level, by)| self.by_level(level, by) == Sight::Hidden);
        patient
    }
}

fn rule_of(person: &Actor) -> Rule {
    let is =
        |role: SystemRole| person.roles.iter().any(|held| held.system_key.as_deref() == Some(role.key()));
    if !person.row_rules || is(SystemRole::HospitalAdmin) || is(SystemRole::Receptionist) {
        Rule::Everybody
    } else if person.works_as(SystemRole::Doctor.key()) {
        Rule::Own
    } else if person.works_as(SystemRole::Nurse.key()) && person.department_sees_patients {
        Rule::Department
    } else {
        Rule::Everybody
    }
}

/// One look at some records: who looks, and which of them are their own. Made by [`look`](super::look), which asks the
/// database, so that nobody decides without it.
#[derive(Debug, Clone)]
pub struct Look {
    viewer: Viewer,
    mine: Mine,
}

#[derive(Debug, Clone)]
enum Mine {
    All,
    Only(BTreeSet<PatientId>),
}

impl Look {
    /// At records that the viewer's care does not keep from them: no rule holds, or the statement that read them
    /// left out all others.
    pub(super) fn at_own(viewer: Viewer) -> Self {
        Self { viewer, mine: Mine::All }
    }

    /// At records of which these are the viewer's own.
    pub(super) fn at_some(viewer: Viewer, own: BTreeSet<PatientId>) -> Self {
        Self { viewer, mine: Mine::Only(own) }
    }

    /// What a list shows of one record of this level, registered by `created_by`.
    #[must_use]
    pub fn sight(&self, id: PatientId, level: Confidentiality, created_by: UserId) -> Sight {
        let is_own = match &self.mine {
            Mine::All => true,
            Mine::Only(own) => own.contains(&id),
        };
        match self.viewer.by_level(level, created_by) {
            Sight::Whole if !is_own => Sight::NotYours,
            by_level => by_level,
        }
    }

    /// A patient as a list shows it to them; `None` for somebody they may not know of.
    #[must_use]
    pub(super) fn listed(&self, patient: Patient) -> Option<Patient> {
        self.shown(patient, false)
    }

    /// The same for whom they asked by the whole name: who it is, so that they open the right record.
    #[must_use]
    pub(super) fn named(&self, patient: Patient) -> Option<Patient> {
        self.shown(patient, true)
    }

    fn shown(&self, patient: Patient, is_named: bool) -> Option<Patient> {
        match self.sight(patient.id, patient.details.confidentiality, patient.created_by) {
            Sight::Whole => Some(self.viewer.without_hidden_mother(patient)),
            Sight::Withheld => Some(patient.withheld()),
            Sight::NotYours => Some(patient.not_yours(is_named)),
            Sight::Hidden => None,
        }
    }
}

/// What stands in the place of a name.
pub const RESTRICTED: &str = "Restricted";
/// The same of a patient for whom the reader does not care.
pub const NOT_YOURS: &str = "Not your patient";

impl Patient {
    fn withheld(self) -> Self {
        let details = Details { first_name: RESTRICTED.to_owned(), ..Details::blank() };
        self.blanked(details, Seen::Withheld)
    }

    /// Name, sex and birth are what two people of one name are told apart by, and no more is told.
    fn not_yours(self, is_named: bool) -> Self {
        let blank = Details::blank();
        let details = match is_named {
            false => Details { first_name: NOT_YOURS.to_owned(), ..blank },
            true => Details {
                first_name: self.details.first_name.clone(),
                middle_name: self.details.middle_name.clone(),
                last_name: self.details.last_name.clone(),
                name_alternate: self.details.name_alternate.clone(),
                gender: self.details.gender,
                birth: self.details.birth,
                ..blank
            },
        };
        self.blanked(details, Seen::NotYours)
    }

    fn blanked(self, details: Details, seen: Seen) -> Self {
        Self {
            details: Details { confidentiality: self.details.confidentiality, ..details },
            origin: Origin::default(),
            picture: None,
            last_visited_at: None,
            updated_by: self.created_by,
            updated_at: self.created_at,
            seen,
            ..self
        }
    }

    /// Does the reader see all of it?
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.seen, Seen::Whole | Seen::Opened { .. })
    }
}

/// What is known of a record before it is opened.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// Of the record that stands, if another one was merged into it.
    pub id: PatientId,
    pub code: String,
    pub level: Confidentiality,
    /// Why it does not lie open by itself; `None`: it does.
    pub why: Option<Closed>,
    /// It lies open to whoever asks, by itself or for a reason.
    pub is_open: bool,
}

/// The refusal that says how the record is opened.
pub(super) fn closed(id: PatientId, why: Closed) -> AppError {
    let mut problem = match why {
        Closed::Confidential => Problem::forbidden(
            "patients.confidential",
            "This record is restricted. Give a reason to open it; the hospital sees who did, when and why.",
        ),
        Closed::NotYours => Problem::forbidden(
            "patients.not_linked",
            "This is not your patient. Give a reason to open the record; the hospital sees who did, when and why.",
        ),
    };
    problem.asks_at = Some(format!("/patients/{id}/break-glass"));
    problem.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::new_uuid;

    #[test]
    fn lists_show_what_the_level_the_care_and_the_reader_allow() {
        use Confidentiality::{Normal, Restricted, VeryRestricted};
        let (me, other) = (UserId(new_uuid()), UserId(new_uuid()));
        let viewer = |all, rule| Viewer { user: me, all, rule };
        let (nurse, doctor) = (viewer(false, Rule::Everybody), viewer(true, Rule::Everybody));
        let own = PatientId::new();
        for (level, by, to_nurse) in [
            (Normal, other, Sight::Whole),
            (Restricted, other, Sight::Withheld),
            (VeryRestricted, other, Sight::Hidden),
            (Restricted, me, Sight::Whole),
            (VeryRestricted, me, Sight::Whole),
        ] {
            assert_eq!(Look::at_own(nurse).sight(own, level, by), to_nurse, "{level:?}");
            assert_eq!(Look::at_own(doctor).sight(own, level, by), Sight::Whole, "{level:?}");
            // Care only ever takes away: who may not see a level does not see it for caring.
            let ruled = |all| Look::at_some(viewer(all, Rule::Own), BTreeSet::from([own]));
            assert_eq!(ruled(false).sight(own, level, by), to_nurse, "{level:?}");
            let beyond = if to_nurse == Sight::Whole { Sight::NotYours } else { to_nurse };
            assert_eq!(ruled(false).sight(PatientId::new(), level, by), beyond, "{level:?}");
            assert_eq!(ruled(true).sight(PatientId::new(), level, by), Sight::NotYours, "{level:?}");
        }
    }
}
