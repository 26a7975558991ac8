//! What several pages of consultations show: a signed note, a diagnosis, where a visit stands.

use jiff::{Timestamp, Zoned};

use crate::clinic::diagnoses::{Certainty, Diagnosis};
use crate::clinic::encounters::{self, Encounter};
use crate::clinic::notes::{Note, Signed, Status};
use crate::kernel::ids::UserId;
use crate::web::layout::{Badge, Icon, Kind, When};

/// A moment on the hospital's clock.
pub(super) fn at(at: Timestamp, now: &Zoned) -> When {
    When::moment(&at.to_zoned(now.time_zone().clone()), now.date())
}

/// `10:42:07` on the hospital's clock.
pub(super) fn to_the_second(at: Timestamp, now: &Zoned) -> String {
    at.to_zoned(now.time_zone().clone()).strftime("%H:%M:%S").to_string()
}

/// Heading, name of the part and text.
#[derive(Debug)]
pub(super) struct Said {
    pub name: &'static str,
    pub heading: &'static str,
    pub text: String,
}

/// A note that was signed, as its reader may read it.
#[derive(Debug)]
pub(super) struct Written {
    /// `/notes/{id}`
    pub href: String,
    pub id: String,
    pub who: String,
    pub when: When,
    pub badges: Vec<Badge>,
    /// "Version 2: wrong side" of an amended one.
    pub amended: Option<String>,
    pub said: Vec<Said>,
    /// The reader knows of it, and not what it says.
    pub is_withheld: bool,
    pub is_copied: bool,
    /// Why it was entered in error.
    pub ended: Option<String>,
}

pub(super) fn said(texts: &crate::clinic::notes::Texts) -> Vec<Said> {
    let all = crate::clinic::notes::PARTS.iter().zip(texts.parts());
    let all = all.map(|((name, heading, _), text)| Said { name, heading, text: text.to_owned() });
    all.filter(|part| !part.text.trim().is_empty()).collect()
}

impl Written {
    pub(super) fn of(note: &Note, signed: &Signed, reader: UserId, may_read: bool, now: &Zoned) -> Self {
        let shows = may_read || note.author == reader;
        let mut badges = Vec::new();
        if note.status == Status::EnteredInError {
            badges.push(Badge::new(Kind::Neutral, Icon("ban"), "Entered in error"));
        } else if signed.version > 1 {
            badges.push(Badge::new(Kind::Info, Icon("pencil"), "Amended"));
        } else {
            badges.push(Badge::new(Kind::Ok, Icon("signature"), "Signed"));
        }
        if note.is_late {
            badges.push(Badge::new(Kind::Warn, Icon("clock"), "Late entry"));
        }
        let reason = signed.reason.as_deref().filter(|_| shows);
        Self {
            href: format!("/notes/{}", note.id),
            id: note.id.to_string(),
            who: signed.by_name.clone().unwrap_or_else(|| "somebody who left".to_owned()),
            when: at(signed.at, now).inline(),
            badges,
            amended: reason.map(|reason| format!("Version {}: {reason}", signed.version)),
            said: if shows { said(&signed.texts) } else { Vec::new() },
            is_withheld: !shows,
            is_copied: note.copied_from.is_some(),
            ended: note.ended.as_ref().map(|(reason, ..)| reason.clone()),
        }
    }

    /// Those of these notes that were signed.
    pub(super) fn all(notes: &[Note], reader: UserId, may_read: bool, now: &Zoned) -> Vec<Self> {
        let one = |note: &Note| Some(Self::of(note, note.signed.as_ref()?, reader, may_read, now));
        notes.iter().filter_map(one).collect()
    }
}

/// A diagnosis on a page.
#[derive(Debug)]
pub(super) struct Found {
    /// `/diagnoses/{id}`
    pub href: String,
    pub id: String,
    pub text: String,
    pub code: Option<String>,
    pub sure: Badge,
    /// Code of how sure it is.
    pub certainty: &'static str,
    pub charted: Charted,
}

/// A diagnosis and the conditions of the chart.
#[derive(Debug)]
pub(super) enum Charted {
    /// They say it: where.
    There(String),
    /// They do not, and the reader may add it.
    Offered,
    Unknown,
}

impl Found {
    pub(super) fn of(diagnosis: &Diagnosis) -> Self {
        let (kind, icon) = match diagnosis.certainty {
            Certainty::Confirmed => (Kind::Ok, Icon("check")),
            Certainty::Provisional => (Kind::Info, Icon("help-circle")),
            Certainty::Differential => (Kind::Neutral, Icon("help-circle")),
            Certainty::Refuted => (Kind::Neutral, Icon("x")),
        };
        Self {
            href: format!("/diagnoses/{}", diagnosis.id),
            id: diagnosis.id.to_string(),
            text: diagnosis.text.clone(),
            code: diagnosis.code.as_ref().map(|(code, _)| code.clone()),
            sure: Badge::new(kind, icon, diagnosis.certainty.word()),
            certainty: diagnosis.certainty.code(),
            charted: Charted::Unknown,
        }
    }
}

/// Where a visit stands.
pub(super) fn standing(encounter: &Encounter) -> Badge {
    match encounter.status {
        encounters::Status::InProgress => Badge::new(Kind::Active, Icon("stethoscope"), "In progress"),
        encounters::Status::Finished => Badge::new(Kind::Ok, Icon("check"), "Finished"),
        encounters::Status::EnteredInError => Badge::new(Kind::Neutral, Icon("ban"), "Entered in error"),
    }
}

/// A visit in short: who, when, what was found, what was written.
#[derive(Debug)]
pub(super) struct VisitLine {
    /// `/consultations/{id}`
    pub href: String,
    pub title: String,
    pub when: When,
    pub status: Badge,
    pub diagnoses: Vec<Found>,
    pub notes: Vec<Written>,
    pub closure_note: Option<String>,
    pub error_reason: Option<String>,
}

impl VisitLine {
    pub(super) fn of(
        visit: &crate::clinic::consultations::Visit,
        reader: UserId,
        may_read: bool,
        now: &Zoned,
    ) -> Self {
        let encounter = &visit.encounter;
        Self {
            href: format!("/consultations/{}", encounter.id),
            title: format!("{}, {}", encounter.department_name, encounter.doctor_name),
            when: at(encounter.started_at, now),
            status: standing(encounter),
            diagnoses: visit.diagnoses.iter().map(Found::of).collect(),
            notes: Written::all(&visit.notes, reader, may_read, now),
            closure_note: encounter.closure_note.clone(),
            error_reason: encounter.error_reason.clone(),
        }
    }
}
