//! Two records of one person: what the one that stays takes from the other. Pure, on the rows as JSON.

mod apart;
mod doubts;
mod former;
mod made_up;
mod refusals;

pub use apart::{changed_since, taken_apart};
pub use doubts::{doubt, is_born_after_death, is_mother_and_child};
pub use refusals::MergeError;

use made_up::MadeUp;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::clinic::patients::PatientId;
use crate::ids;
use crate::kernel::ids::UserId;

ids! {
    /// A merge of two patients.
    MergeId = "merge";
}

/// A patient's row, column by column.
pub type Record = Map<String, Value>;

/// How the survivor's and the duplicate's values become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Blanks are filled, unless something in the group contradicts.
    Fill,
    /// All or nothing: taken if the first column is blank.
    Unit,
    /// Texts about care are put together: no allergy is lost because the other record was kept.
    Join,
    /// A view of a list, written anew when lists are joined (to what `Join` gives, as far as it fits) and parted.
    List,
    /// True wins.
    Either,
    /// True only if both are.
    Both,
    /// The higher letter wins: N, R, V.
    Strictest,
    /// Alive or dead: two that differ need a choice.
    Death,
    /// The survivor's, always: an answer that was given.
    Stay,
    /// The later one.
    Latest,
}

/// Columns about which one decision is made.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// As clients name it in `fields`.
    pub name: &'static str,
    pub label: &'static str,
    pub columns: &'static [&'static str],
    pub rule: Rule,
}

const fn one(columns: &'static [&'static str], label: &'static str, rule: Rule) -> Group {
    Group { name: columns[0], label, columns, rule }
}

/// Every column that says something about the person. A test holds this list against the catalogue.
pub const GROUPS: &[Group] = &[
    one(&["first_name"], "First name", Rule::Fill),
    one(&["middle_name"], "Middle name", Rule::Fill),
    one(&["last_name"], "Last name", Rule::Fill),
    one(&["name_alternate"], "Name in another script", Rule::Fill),
    one(&["former_names"], "Former names", Rule::Join),
    one(&["gender"], "Sex", Rule::Fill),
    Group {
        name: "birth",
        label: "Born",
        columns: &["dob", "dob_unknown", "dob_precision", "age_only", "age_told_on"],
        rule: Rule::Unit,
    },
    Group {
        name: "phone_primary",
        label: "Phone",
        columns: &["phone_primary", "phone_typed", "phone_e164", "phone_is_landline", "no_phone_reason"],
        rule: Rule::Unit,
    },
    one(&["phone_alternate"], "Other phone", Rule::Fill),
    one(&["email"], "E-mail address", Rule::Fill),
    Group {
        name: "address",
        label: "Address",
        columns: &[
            "address_line1",
            "address_line2",
            "city",
            "state",
            "country",
            "postal_code",
            "no_address_reason",
        ],
        rule: Rule::Fill,
    },
    Group {
        name: "emergency_contact",
        label: "In an emergency",
        columns: &["emergency_contact_name", "emergency_contact_relation", "emergency_contact_phone"],
        rule: Rule::Unit,
    },
    Group {
        name: "national_id",
        label: "Identity document",
        columns: &["national_id_number", "national_id_type"],
        rule: Rule::Unit,
    },
    one(&["blood_group"], "Blood group", Rule::Fill),
    one(&["marital_status"], "Marital status", Rule::Fill),
    one(&["preferred_language"], "Preferred language", Rule::Fill),
    one(&["known_allergies"], "Allergies", Rule::List),
    one(&["chronic_conditions"], "Conditions", Rule::List),
    one(&["clinical_notes"], "Clinical notes", Rule::Join),
    one(&["photo_path"], "Picture", Rule::Fill),
    one(&["is_dnr"], "Do not resuscitate", Rule::Either),
    Group {
        name: "death",
        label: "Deceased",
        columns: &["is_deceased", "date_of_death", "died_at", "death_certified_by"],
        rule: Rule::Death,
    },
    one(&["confidentiality"], "Confidentiality", Rule::Strictest),
    Group {
        name: "mother",
        label: "Mother",
        columns: &["mother_id", "birth_order", "birth_count", "born_at"],
        rule: Rule::Unit,
    },
    one(&["is_unidentified"], "Not identified", Rule::Both),
    one(&["consent_sms"], "Agreed to text messages", Rule::Stay),
    one(&["consent_email"], "Agreed to e-mail", Rule::Stay),
    one(&["last_visited_at"], "Last visit", Rule::Latest),
];

/// Columns of the row itself: each record keeps its own.
pub const OWN: &[&str] = &[
    "id",
    "patient_code",
    "created_by_id",
    "updated_by_id",
    "created_at",
    "updated_at",
    "version",
    "registration_key",
    "registered_as",
    "over_limit",
    "is_practice",
    "is_demo",
    "practice_retired_at",
    "search_text",
    "merged_into",
];

/// Whose value a group shall have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Survivor,
    Duplicate,
}

/// What people chose, by the name of the group.
pub type Choices = BTreeMap<String, Side>;

/// What a merge will do with one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to decide.
    Same,
    /// The survivor's stays; the other value is left on the duplicate.
    Kept,
    /// The duplicate's is taken.
    Taken,
    /// Both are put together.
    Joined,
    /// Somebody has to choose.
    Open,
}

fn get<'a>(record: &'a Record, column: &str) -> &'a Value {
    record.get(column).unwrap_or(&Value::Null)
}

impl Group {
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        GROUPS.iter().find(|group| group.name == name)
    }

    /// Do both say something, and not the same?
    #[must_use]
    pub fn contradicts(&self, survivor: &Record, duplicate: &Record) -> bool {
        self.columns.iter().any(|column| {
            let (a, b) = (get(survivor, column), get(duplicate, column));
            !a.is_null() && !b.is_null() && a != b
        })
    }

    /// May people choose here?
    #[must_use]
    pub fn is_choice(&self, survivor: &Record, duplicate: &Record) -> bool {
        matches!(self.rule, Rule::Fill | Rule::Unit | Rule::Death) && self.contradicts(survivor, duplicate)
    }

    fn take(&self, survivor: &Record, duplicate: &Record) -> Record {
        let pairs = self.columns.iter().map(|c| ((*c).to_owned(), get(duplicate, c).clone()));
        pairs.filter(|(column, value)| get(survivor, column) != value).collect()
    }

    /// What becomes of the survivor's columns; only those that change.
    fn apply(&self, survivor: &Record, duplicate: &Record, choice: Option<Side>) -> (Outcome, Record) {
        let take = || self.take(survivor, duplicate);
        let fill = || -> Record {
            let filled = |c: &&&str| get(survivor, c).is_null() && !get(duplicate, c).is_null();
            let columns = self.columns.iter().filter(filled);
            let filled = columns.map(|c| ((*c).to_owned(), get(duplicate, c).clone())).collect();
            if self.name == "address" { with_address_or_reason(survivor, filled) } else { filled }
        };
        let kept = || (Outcome::Kept, Record::new());
        let wanted = if self.is_choice(survivor, duplicate) { choice } else { None };
        let (outcome, changes) = match (self.rule, wanted) {
            (_, Some(Side::Duplicate)) => (Outcome::Taken, take()),
            (_, Some(Side::Survivor)) | (Rule::Stay, None) => kept(),
            (Rule::Fill, None) if self.contradicts(survivor, duplicate) => kept(),
            (Rule::Fill, None) => (Outcome::Taken, fill()),
            (Rule::Unit, None) => {
                let key = self.columns[0];
                if get(survivor, key).is_null() && !get(duplicate, key).is_null() {
                    (Outcome::Taken, take())
                } else {
                    kept()
                }
            }
            (Rule::Join | Rule::List, None) => self.join(survivor, duplicate),
            (Rule::Either, None) if get(duplicate, self.columns[0]) == &Value::Bool(true) => {
                (Outcome::Taken, take())
            }
            (Rule::Both, None) if get(duplicate, self.columns[0]) == &Value::Bool(false) => {
                (Outcome::Taken, take())
            }
            (Rule::Strictest, None)
                if get(duplicate, self.columns[0]).as_str() > get(survivor, self.columns[0]).as_str() =>
            {
                (Outcome::Taken, take())
            }
            (Rule::Either | Rule::Both | Rule::Strictest, None) => kept(),
            (Rule::Death, None) if get(survivor, "is_deceased") != get(duplicate, "is_deceased") => {
                (Outcome::Open, Record::new())
            }
            (Rule::Death, None) if self.contradicts(survivor, duplicate) => kept(),
            (Rule::Death, None) => (Outcome::Taken, fill()),
            (Rule::Latest, None) => {
                let when = |record| {
                    get(record, self.columns[0]).as_str().and_then(|text| text.parse::<Timestamp>().ok())
                };
                if when(duplicate) > when(survivor) { (Outcome::Taken, take()) } else { kept() }
            }
        };
        let same = self.columns.iter().all(|c| get(survivor, c) == get(duplicate, c));
        match outcome {
            _ if same => (Outcome::Same, Record::new()),
            Outcome::Taken if changes.is_empty() => kept(),
            _ => (outcome, changes),
        }
    }

    fn join(&self, survivor: &Record, duplicate: &Record) -> (Outcome, Record) {
        let column = self.columns[0];
        let lines = |record| -> Vec<String> {
            let text = get(record, column).as_str().unwrap_or_default();
            text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
        };
        let says_none = |lines: &[String]| matches!(lines, [one] if matches!(one.trim_end_matches('.').to_lowercase().as_str(), "none" | "none known"));
        let (mine, theirs) = (lines(survivor), lines(duplicate));
        let record = |text: String| Record::from_iter([(column.to_owned(), Value::String(text))]);
        if theirs.is_empty() || (says_none(&theirs) && !mine.is_empty()) {
            return (Outcome::Kept, Record::new());
        }
        if mine.is_empty() || says_none(&mine) {
            return (Outcome::Taken, record(get(duplicate, column).as_str().unwrap_or_default().to_owned()));
        }
        let more: Vec<String> = theirs
            .into_iter()
            .filter(|line| !mine.iter().any(|m| m.to_lowercase() == line.to_lowercase()))
            .collect();
        if more.is_empty() {
            return (Outcome::Kept, Record::new());
        }
        let text = format!("{}\n{}", get(survivor, column).as_str().unwrap_or_default(), more.join("\n"));
        (Outcome::Joined, record(text))
    }
}

/// There is no reason why there is no address where there is one.
fn with_address_or_reason(survivor: &Record, mut filled: Record) -> Record {
    let is_there = |column: &&str| !get(survivor, column).is_null() || filled.contains_key(*column);
    if ["address_line1", "address_line2", "city"].iter().any(is_there) {
        filled.remove("no_address_reason");
        if !get(survivor, "no_address_reason").is_null() {
            filled.insert("no_address_reason".to_owned(), Value::Null);
        }
    }
    filled
}

/// What a merge writes into the survivor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Columns that change, as they were and as they become.
    pub before: Record,
    pub after: Record,
    pub outcomes: Vec<(&'static str, Outcome)>,
}

impl Plan {
    /// A made-up name gives way to the real one; whatever name is given up is found for ever.
    #[must_use]
    pub fn of(survivor: &Record, duplicate: &Record, choices: &Choices) -> Self {
        let mut plan = Self::default();
        let names = MadeUp::of(survivor, duplicate);
        let decide = |group: &Group, duplicate: &Record| {
            let choice = choices.get(group.name).copied();
            let made_up = if choice.is_none() { names.apply(group, survivor, duplicate) } else { None };
            made_up.unwrap_or_else(|| group.apply(survivor, duplicate, choice))
        };
        let mut called = survivor.clone();
        for group in GROUPS.iter().filter(|group| former::NAMES.contains(&group.name)) {
            called.extend(decide(group, duplicate).1);
        }
        let duplicate = &former::with_given_up(survivor, duplicate, &called);
        for group in GROUPS {
            let (outcome, mut changes) = decide(group, duplicate);
            former::cut(&mut changes);
            for (column, value) in changes {
                plan.before.insert(column.clone(), get(survivor, &column).clone());
                plan.after.insert(column, value);
            }
            plan.outcomes.push((group.name, outcome));
        }
        plan
    }

    #[must_use]
    pub fn outcome(&self, group: &str) -> Outcome {
        self.outcomes.iter().find(|(name, _)| *name == group).map_or(Outcome::Same, |(_, outcome)| *outcome)
    }
}

/// A merge that was done, and perhaps undone.
#[derive(Debug, Clone)]
pub struct Merge {
    pub id: MergeId,
    pub survivor: PatientId,
    pub survivor_code: String,
    pub survivor_name: String,
    pub duplicate: PatientId,
    pub duplicate_code: String,
    pub duplicate_name: String,
    pub reason: String,
    pub before: Record,
    pub after: Record,
    /// `table.column` and the keys of the rows that moved.
    pub moved: BTreeMap<String, Vec<String>>,
    pub merged_by: UserId,
    pub merged_at: Timestamp,
    pub undone: Option<Undone>,
}

#[derive(Debug, Clone)]
pub struct Undone {
    pub by: UserId,
    pub at: Timestamp,
    pub reason: String,
}

#[cfg(test)]
mod tests;
