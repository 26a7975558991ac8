//! Records of patients whom nobody knew: their made-up names give way to real ones.

use serde_json::Value;

use super::{Group, Outcome, Record, get};

/// Groups that are made up or estimated of a patient whom nobody knows.
const GUESSED: [&str; 5] = ["first_name", "middle_name", "last_name", "gender", "birth"];

/// Whose name is a made-up one.
pub(super) enum MadeUp {
    Nobodys,
    /// The one that stays becomes known by the merge.
    Survivors,
    /// The one that goes, or both.
    Duplicates {
        other_is_known: bool,
    },
}

impl MadeUp {
    pub(super) fn of(survivor: &Record, duplicate: &Record) -> Self {
        let unknown = |record| get(record, "is_unidentified") == &Value::Bool(true);
        match (unknown(survivor), unknown(duplicate)) {
            (false, false) => Self::Nobodys,
            (true, false) => Self::Survivors,
            (other, true) => Self::Duplicates { other_is_known: !other },
        }
    }

    /// What becomes of a group about which nobody chose; `None`: what its rule says.
    pub(super) fn apply(
        &self,
        group: &Group,
        survivor: &Record,
        duplicate: &Record,
    ) -> Option<(Outcome, Record)> {
        let is_name = group.name.ends_with("_name");
        let same = || group.columns.iter().all(|c| get(survivor, c) == get(duplicate, c));
        let is_unknown = matches!(self, Self::Survivors | Self::Duplicates { other_is_known: false });
        match self {
            // A blood group is tested, never taken over from who somebody is said to be.
            _ if is_unknown && group.name == "blood_group" => {
                Some((if same() { Outcome::Same } else { Outcome::Kept }, Record::new()))
            }
            // What was made up or estimated becomes what is known.
            Self::Survivors if GUESSED.contains(&group.name) => {
                let is_known = is_name || !get(duplicate, group.columns[0]).is_null();
                is_known.then(|| {
                    let outcome = if same() { Outcome::Same } else { Outcome::Taken };
                    (outcome, group.take(survivor, duplicate))
                })
            }
            // Half a made-up name does not complete a real one.
            Self::Duplicates { other_is_known: true } if is_name => {
                Some((if same() { Outcome::Same } else { Outcome::Kept }, Record::new()))
            }
            _ => None,
        }
    }
}
