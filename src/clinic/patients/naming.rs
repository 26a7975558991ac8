//! What a patient is called: in a line, on a label, and what she was called before.

use super::model::{Details, Gender, Origin, Patient};

/// So many characters of a label are sure to be printed.
pub const LABEL_CHARS: usize = 20;

/// What `former_names` holds at most, in characters.
const FORMER_CHARS: usize = 4000;

const CHILDREN: [&str; 3] = ["Girl", "Boy", "Baby"];

/// `A` for the first child of a birth.
#[must_use]
pub fn letter(order: i16) -> char {
    let place = u8::try_from(order).ok().and_then(|order| order.checked_sub(1)).unwrap_or(0);
    char::from(b'A' + place.min(25))
}

/// What a child is called until it has a name: `Girl A`.
#[must_use]
pub fn newborn_name(sex: Gender, order: i16) -> String {
    let word = match sex {
        Gender::Female => "Girl",
        Gender::Male => "Boy",
        Gender::Other | Gender::Unknown => "Baby",
    };
    format!("{word} {}", letter(order))
}

impl Patient {
    /// All names in one line, as written. A child without a name of its own: `Anna Kovac, Girl A`.
    #[must_use]
    pub fn name(&self) -> String {
        name_of(&self.details, &self.origin)
    }

    /// A child that is still called after its mother.
    #[must_use]
    pub fn is_unnamed_newborn(&self) -> bool {
        is_unnamed_newborn(&self.details, &self.origin)
    }

    /// For wristbands, tubes and whatever else cuts names: what tells this patient apart stands first, so that the
    /// first [`LABEL_CHARS`] characters are never those of a twin or of the mother. `Girl A, Anna Kovac`; a long
    /// name, and that of a child with a mother here, comes after the code.
    #[must_use]
    pub fn label(&self) -> String {
        let name = self.name();
        if self.is_unnamed_newborn() {
            let mother = self.details.last_name.as_deref().unwrap_or_default();
            format!("{}, {mother}", self.details.first_name)
        } else if self.origin.mother.is_some() || name.chars().count() > LABEL_CHARS {
            format!("{} {name}", self.code)
        } else {
            name
        }
    }

    /// The label where there is room for the whole name: only the order matters.
    #[must_use]
    pub fn listed_name(&self) -> String {
        if self.is_unnamed_newborn() { self.label() } else { self.name() }
    }
}

fn is_unnamed_newborn(details: &Details, origin: &Origin) -> bool {
    let order = origin.mother.and(origin.birth_order).filter(|_| details.last_name.is_some());
    order.is_some_and(|order| {
        CHILDREN.iter().any(|word| details.first_name == format!("{word} {}", letter(order)))
    })
}

pub(super) fn name_of(details: &Details, origin: &Origin) -> String {
    if is_unnamed_newborn(details, origin) {
        let mother = details.last_name.as_deref().unwrap_or_default();
        return format!("{mother}, {}", details.first_name);
    }
    let names =
        [Some(details.first_name.as_str()), details.middle_name.as_deref(), details.last_name.as_deref()];
    names.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The former names after a change from one name to another: the old one is among them, the new one is not.
pub(super) fn former_names(former: Option<&str>, old: &str, new: &str) -> Option<String> {
    if old == new {
        return former.map(str::to_owned);
    }
    let mut names: Vec<&str> =
        former.unwrap_or_default().lines().filter(|name| *name != new && *name != old).collect();
    names.push(old);
    // The oldest go first when there is no room for all.
    while names.len() > 1 && names.iter().map(|name| name.chars().count() + 1).sum::<usize>() > FORMER_CHARS {
        names.remove(0);
    }
    Some(names.join("\n"))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::clinic::patients::PatientId;
    use crate::kernel::ids::UserId;

    fn patient(code: usize, first: &str, last: Option<&str>, birth: Option<(PatientId, i16)>) -> Patient {
        let mut details = Details::blank();
        details.first_name = first.to_owned();
        details.last_name = last.map(str::to_owned);
        Patient {
            id: PatientId::new(),
            code: format!("P-{code:05}"),
            details,
            origin: Origin {
                mother: birth.map(|(mother, _)| mother),
                birth_order: birth.map(|(_, order)| order),
                ..Origin::default()
            },
            picture: None,
            last_visited_at: None,
            created_by: UserId::new(),
            updated_by: UserId::new(),
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            version: 1,
            seen: crate::clinic::patients::sight::Seen::Whole,
        }
    }

    fn cut(patient: &Patient) -> String {
        patient.label().chars().take(LABEL_CHARS).collect()
    }

    #[test]
    fn a_child_without_a_name_is_called_after_its_mother() {
        let mother = patient(1, "Anna", Some("Kovac"), None);
        let girl = patient(2, &newborn_name(Gender::Female, 1), Some("Anna Kovac"), Some((mother.id, 1)));
        let boy = patient(3, &newborn_name(Gender::Male, 2), Some("Anna Kovac"), Some((mother.id, 2)));
        assert_eq!(
            (girl.name().as_str(), girl.label().as_str()),
            ("Anna Kovac, Girl A", "Girl A, Anna Kovac")
        );
        assert_eq!(
            (boy.label().as_str(), boy.listed_name().as_str()),
            ("Boy B, Anna Kovac", "Boy B, Anna Kovac")
        );
        let named = patient(2, "Mila", Some("Kovac"), Some((mother.id, 1)));
        assert_eq!((named.name().as_str(), named.label().as_str()), ("Mila Kovac", "P-00002 Mila Kovac"));
        assert_eq!((mother.name().as_str(), mother.label().as_str()), ("Anna Kovac", "Anna Kovac"));
        // Somebody whose parents chose that name.
        assert!(!patient(4, "Girl A", Some("Anna Kovac"), None).is_unnamed_newborn());
        assert_eq!((letter(1), letter(12)), ('A', 'L'));
    }

    #[test]
    fn a_former_name_is_kept_once_and_the_present_one_is_none() {
        let first = former_names(None, "Anna Kovac, Girl A", "Mila Kovac");
        assert_eq!(first.as_deref(), Some("Anna Kovac, Girl A"));
        let second = former_names(first.as_deref(), "Mila Kovac", "Mila Novak");
        assert_eq!(second.as_deref(), Some("Anna Kovac, Girl A\nMila Kovac"));
        let back = former_names(second.as_deref(), "Mila Novak", "Mila Kovac");
        assert_eq!(back.as_deref(), Some("Anna Kovac, Girl A\nMila Novak"));
        assert_eq!(former_names(back.as_deref(), "Mila Kovac", "Mila Kovac"), back);
        let long = "x".repeat(600);
        let mut names = None;
        for n in 0..20 {
            names = former_names(names.as_deref(), &format!("{n} {long}"), "now");
        }
        let names = names.unwrap();
        assert!(names.chars().count() <= FORMER_CHARS && names.ends_with(&format!("19 {long}")), "{names}");
    }

    proptest! {
        /// Mother and children, named or not, with whatever names: no two labels begin alike.
        #[test]
        fn cut_labels_of_a_family_differ(
            mother in ("\\PC{1,60}", proptest::option::of("\\PC{1,60}")),
            children in proptest::collection::vec((proptest::option::of("[a-zA-Z ]{1,80}"), 0_usize..4), 1..=12),
        ) {
            let mother = patient(1, &mother.0, mother.1.as_deref(), None);
            prop_assume!(!CHILDREN.iter().any(|word| mother.name().starts_with(word)));
            let mut family = Vec::new();
            for (at, (name, sex)) in children.iter().enumerate() {
                let order = i16::try_from(at + 1).unwrap();
                let first = name.clone().unwrap_or_else(|| newborn_name(Gender::ALL[*sex], order));
                family.push(patient(at + 2, &first, Some(&mother.name()), Some((mother.id, order))));
            }
            family.push(mother);
            let labels: std::collections::BTreeSet<String> = family.iter().map(cut).collect();
            prop_assert_eq!(labels.len(), family.len(), "{:?}", labels);
        }
    }
}
