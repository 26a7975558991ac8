//! Who may know what of a patient whose record is confidential: the one place that decides it.
//!
//! A restricted record (R) stands in lists as its code and the word "Restricted"; a very restricted one (V) is in no
//! list and no count. Those who hold `patients:restrict` and who registered the patient see both whole, as a task
//! does. Everybody else who may see patients opens one with a reason, which is kept, for four hours: a doctor in an
//! emergency is never shut out.

use jiff::Timestamp;

use super::Restrict;
use super::model::{Confidentiality, Details, Origin, Patient, PatientId};
use crate::access::{Permission as _, TenantTx};
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
}

/// Who looks.
#[derive(Debug, Clone, Copy)]
pub struct Viewer {
    pub user: UserId,
    /// Sees every record whole.
    pub all: bool,
}

/// What a list shows of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    Whole,
    Withheld,
    Hidden,
}

impl Viewer {
    /// Whoever is behind this transaction; a task sees everything.
    #[must_use]
    pub fn of(tx: &TenantTx) -> Self {
        match tx.person() {
            Some(person) => Self { user: person.user, all: person.holds(Restrict::CODE) },
            None => Self { user: UserId(uuid::Uuid::nil()), all: true },
        }
    }

    /// What a list shows them of a record of this level, registered by `created_by`.
    #[must_use]
    pub fn sight(&self, level: Confidentiality, created_by: UserId) -> Sight {
        match level {
            Confidentiality::Normal => Sight::Whole,
            _ if self.all || created_by == self.user => Sight::Whole,
            Confidentiality::Restricted => Sight::Withheld,
            Confidentiality::VeryRestricted => Sight::Hidden,
        }
    }

    /// A patient as a list shows it to them; `None` for somebody they may not know of.
    #[must_use]
    pub(super) fn listed(&self, patient: Patient) -> Option<Patient> {
        match self.sight(patient.details.confidentiality, patient.created_by) {
            Sight::Whole => Some(self.without_hidden_mother(patient)),
            Sight::Withheld => Some(patient.withheld()),
            Sight::Hidden => None,
        }
    }

    /// The same patient, who does not lead to a mother of whom they may not know.
    #[must_use]
    pub(super) fn without_hidden_mother(&self, mut patient: Patient) -> Patient {
        let mother = patient.origin.mother_record;
        patient.origin.mother_is_hidden =
            mother.is_some_and(|(level, by)| self.sight(level, by) == Sight::Hidden);
        patient
    }
}

/// What stands in the place of a name.
pub const RESTRICTED: &str = "Restricted";

impl Patient {
    fn withheld(self) -> Self {
        let details = Details {
            first_name: RESTRICTED.to_owned(),
            confidentiality: self.details.confidentiality,
            ..Details::blank()
        };
        Self {
            details,
            origin: Origin::default(),
            picture: None,
            last_visited_at: None,
            updated_by: self.created_by,
            updated_at: self.created_at,
            seen: Seen::Withheld,
            ..self
        }
    }
}

/// What is known of a record before it is opened.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// Of the record that stands, if another one was merged into it.
    pub id: PatientId,
    pub code: String,
    pub level: Confidentiality,
    /// It lies open to whoever asks.
    pub is_open: bool,
}

/// The refusal that says how the record is opened.
pub(super) fn sealed(id: PatientId) -> AppError {
    let mut problem = Problem::forbidden(
        "patients.confidential",
        "This record is restricted. Give a reason to open it; the hospital sees who did, when and why.",
    );
    problem.asks_at = Some(format!("/patients/{id}/break-glass"));
    problem.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::new_uuid;

    #[test]
    fn lists_show_what_the_level_and_the_reader_allow() {
        use Confidentiality::{Normal, Restricted, VeryRestricted};
        let (me, other) = (UserId(new_uuid()), UserId(new_uuid()));
        let (nurse, doctor) = (Viewer { user: me, all: false }, Viewer { user: me, all: true });
        for (level, by, to_nurse) in [
            (Normal, other, Sight::Whole),
            (Restricted, other, Sight::Withheld),
            (VeryRestricted, other, Sight::Hidden),
            (Restricted, me, Sight::Whole),
            (VeryRestricted, me, Sight::Whole),
        ] {
            assert_eq!(nurse.sight(level, by), to_nurse, "{level:?}");
            assert_eq!(doctor.sight(level, by), Sight::Whole, "{level:?}");
        }
    }
}
