//! What several pages of a chart show: the words of a list, an entry as a row.

use jiff::Zoned;

use crate::clinic::chart::model::{
    Asked, ClinicalStatus, Criticality, Entry, Facts, Onset, Recorded, Severity, Source, Verification,
};
use crate::clinic::patients::pages::written_birth;
use crate::clinic::patients::texts::{Answer, List};
use crate::clinic::patients::{Birth, Precision};
use crate::web::layout::{Badge, FormState, Icon, Kind, When};
use crate::web::words;

/// How a list is called.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub list: List,
    /// Last part of its address.
    pub path: &'static str,
    pub title: &'static str,
    pub one: &'static str,
    pub add: &'static str,
    pub none: &'static str,
    /// Name and label of the field that says what it is.
    pub field: (&'static str, &'static str),
    pub hint: &'static str,
    /// Labels of the fields, for the summary of errors.
    pub labels: &'static [(&'static str, &'static str)],
}

const ALLERGIES: Words = Words {
    list: List::Allergies,
    path: "allergies",
    title: "Allergies",
    one: "allergy",
    add: "Add an allergy",
    none: "No known allergies",
    field: ("substance", "Substance"),
    hint: "Medicine, food or anything else, in any script.",
    labels: &[
        ("substance", "Substance"),
        ("reaction", "Reaction"),
        ("severity", "Severity"),
        ("source", "Said by"),
        ("onset", "Since"),
        ("category", "Kind of substance"),
        ("kind", "Allergy or intolerance"),
        ("criticality", "Risk at the next contact"),
        ("verification", "How sure"),
        ("code", "Code"),
        ("code_system", "Code system"),
        ("note", "Note"),
        ("told_at", "Told at"),
    ],
};
const CONDITIONS: Words = Words {
    list: List::Conditions,
    path: "conditions",
    title: "Conditions",
    one: "condition",
    add: "Add a condition",
    none: "No known conditions",
    field: ("text", "Condition"),
    hint: "What the patient lives with, in any script.",
    labels: &[
        ("text", "Condition"),
        ("clinical_status", "State"),
        ("onset", "Since"),
        ("source", "Said by"),
        ("code", "ICD-10 code"),
        ("note", "Note"),
        ("told_at", "Told at"),
    ],
};

impl Words {
    pub(super) fn of(list: List) -> &'static Self {
        match list {
            List::Allergies => &ALLERGIES,
            List::Conditions => &CONDITIONS,
        }
    }

    /// Is there something in the part of the form that is closed at first?
    pub(super) fn is_detailed(&self, form: &FormState) -> bool {
        let shown: &[&str] = if self.is_allergies() {
            &["substance", "reaction", "severity", "source"]
        } else {
            &["text", "clinical_status", "onset", "source"]
        };
        let hidden = self.labels.iter().map(|(name, _)| *name).filter(|name| !shown.contains(name));
        hidden.into_iter().any(|name| {
            let usual = ["", Verification::Unconfirmed.code()];
            form.error(name).is_some() || !usual.contains(&form.value(name))
        })
    }

    pub(super) fn is_allergies(&self) -> bool {
        self.list == List::Allergies
    }
}

/// Who and when.
#[derive(Debug)]
pub(super) struct Written {
    pub who: String,
    pub when: When,
}

impl Written {
    pub(super) fn of(recorded: &Recorded, now: &Zoned) -> Self {
        Self {
            who: recorded.name.clone().unwrap_or_else(|| "somebody who left".to_owned()),
            when: at(recorded.at, now),
        }
    }
}

fn at(at: jiff::Timestamp, now: &Zoned) -> When {
    When::moment(&at.to_zoned(now.time_zone().clone()), now.date()).inline()
}

/// What stands at the head of a list.
#[derive(Debug)]
pub(super) enum State {
    Listed,
    NoneKnown(Written),
    NotAsked,
}

impl State {
    pub(super) fn of(is_listed: bool, asked: Option<&Asked>, now: &Zoned) -> Self {
        match asked {
            _ if is_listed => Self::Listed,
            Some(asked) if asked.answer == Answer::NoneKnown => Self::NoneKnown(Written {
                when: at(asked.asked_at, now),
                ..Written::of(&asked.recorded, now)
            }),
            _ => Self::NotAsked,
        }
    }
}

/// An entry, or what it said before.
#[derive(Debug)]
pub(super) struct Row {
    /// `/patients/{id}/allergies/{id}`
    pub href: String,
    pub text: String,
    pub badges: Vec<Badge>,
    /// Reaction, kind, since when … in one line.
    pub facts: String,
    pub note: Option<String>,
    pub written: Written,
    /// When it was said, if that was earlier.
    pub told: Option<When>,
    /// Why it was entered in error.
    pub ended: Option<String>,
    pub replaced: bool,
    pub earlier: Vec<Row>,
}

impl Row {
    pub(super) fn of(entry: &Entry, now: &Zoned) -> Self {
        let facts = &entry.facts;
        let written = Written::of(&entry.recorded, now);
        let told = at(facts.told_at, now);
        Self {
            href: format!("/patients/{}/{}/{}", entry.patient, Words::of(facts.list).path, entry.id),
            text: facts.text.clone(),
            badges: badges(entry),
            facts: in_words(facts),
            note: facts.note.clone(),
            told: (told.text != written.when.text).then_some(told),
            written,
            ended: entry.ended.as_ref().map(|ended| ended.reason.clone()),
            replaced: entry.ended.as_ref().is_some_and(|ended| ended.replaced_by.is_some()),
            earlier: Vec::new(),
        }
    }
}

fn badges(entry: &Entry) -> Vec<Badge> {
    let facts = &entry.facts;
    let mut badges = Vec::new();
    if entry.ended.is_some() {
        badges.push(Badge::new(Kind::Neutral, Icon("ban"), "Entered in error"));
        return badges;
    }
    if facts.criticality == Some(Criticality::High) {
        badges.push(Badge::new(Kind::Danger, Icon("alert-octagon"), Criticality::High.word()));
    }
    badges.extend(facts.severity.map(|severity| match severity {
        Severity::Severe => Badge::new(Kind::Danger, Icon("alert-octagon"), severity.word()),
        Severity::Moderate => Badge::new(Kind::Warn, Icon("alert-triangle"), severity.word()),
        Severity::Mild => Badge::new(Kind::Info, Icon("info-circle"), severity.word()),
    }));
    badges.extend(facts.verification.map(|sure| match sure {
        Verification::Confirmed => Badge::new(Kind::Ok, Icon("check"), sure.word()),
        Verification::Unconfirmed => Badge::new(Kind::Neutral, Icon("help-circle"), sure.word()),
        Verification::Refuted => Badge::new(Kind::Neutral, Icon("x"), sure.word()),
    }));
    badges.extend(facts.clinical_status.map(|status| match status {
        ClinicalStatus::Active => Badge::new(Kind::Active, Icon("activity"), status.word()),
        ClinicalStatus::Inactive => Badge::new(Kind::Neutral, Icon("player-pause"), status.word()),
        ClinicalStatus::Resolved => Badge::new(Kind::Ok, Icon("check"), status.word()),
    }));
    badges
}

fn in_words(facts: &Facts) -> String {
    let mut parts = Vec::new();
    parts.extend(facts.reaction.clone());
    parts.extend(facts.category.map(|category| category.word().to_owned()));
    parts.extend(facts.kind.map(|kind| kind.word().to_owned()));
    parts.extend(facts.criticality.filter(|c| *c != Criticality::High).map(|c| c.word().to_owned()));
    parts.extend(facts.onset.map(|onset| format!("since {}", since(onset))));
    parts.extend(facts.code.as_ref().map(|code| match facts.list {
        List::Conditions => format!("ICD-10 {code}"),
        List::Allergies => format!("code {code}"),
    }));
    parts.push(match facts.source {
        Source::Patient => "said by the patient".to_owned(),
        Source::Family => "said by the family".to_owned(),
        Source::Record => "from a record".to_owned(),
        Source::Clinician => "found by a clinician".to_owned(),
    });
    words::capital(&parts.join(", "))
}

/// `2019`, `Jun 2019`, `14 Jun 2019`
pub(super) fn since(onset: Onset) -> String {
    let birth = match onset.precision {
        Precision::Day => Birth::On(onset.on),
        precision => Birth::About { date: onset.on, precision, age_years: 0, told_on: onset.on },
    };
    written_birth(&birth).trim_start_matches("about ").to_owned()
}
