//! Why two records are not merged, or not taken apart again.

use crate::problem;

/// Why two records are not merged, or not taken apart again.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MergeError {
    #[error("This is one record already: choose another one to merge it with.")]
    SamePatient,
    #[error(
        "{code} is a practice patient: nothing of a real one belongs there. Practise with it, or start over."
    )]
    Practice { code: String },
    #[error("{code} was merged into another record already.")]
    AlreadyMerged { code: String },
    #[error(
        "The blood groups differ, so these may be two people. An administrator who compared them can merge the records."
    )]
    BloodGroupsDiffer,
    #[error(
        "One of them is not identified and has no tested blood group, the other has one. An administrator who is sure that this is one person can merge the records."
    )]
    BloodGroupGuessed,
    #[error(
        "These are two children of one birth. An administrator who compared them can merge the records if it is one child."
    )]
    DifferentChildren,
    #[error("These are a mother and her child: two people.")]
    MotherAndChild,
    #[error(
        "Both have a child of the same birth and the same order: merge the children first if they are one child."
    )]
    ChildrenCollide,
    #[error(
        "The made-up name of the record was given to another patient since. Nothing was undone; identify that patient first."
    )]
    NameInUse,
    #[error("One record says that the patient has died, the other does not: choose which is right.")]
    DeathDiffers,
    #[error(
        "“Born” of one record is after “Deceased” of the other: correct one of them, or choose both from one record."
    )]
    BornAfterDeath,
    #[error(
        "Somebody changed one of the two records in the meantime. Nothing was merged; compare them again."
    )]
    VersionConflict,
    #[error(
        "The texts of both records together are longer than a record may hold: shorten {field} in one of them."
    )]
    TooLong { field: &'static str },
    #[error("This merge was undone already.")]
    AlreadyUndone,
    #[error("{code} itself was merged later. Undo that merge first.")]
    SurvivorMerged { code: String },
    #[error("Changed since the merge: {}. Nothing was undone; set it back first, or leave the records merged.", .fields.join(", "))]
    ChangedSince { fields: Vec<&'static str> },
}

problem!(MergeError {
    SamePatient => CONFLICT "merges.same_patient",
    Practice => CONFLICT "merges.practice",
    AlreadyMerged => CONFLICT "merges.already_merged",
    BloodGroupsDiffer => CONFLICT "merges.blood_groups_differ",
    BloodGroupGuessed => CONFLICT "merges.blood_group_guessed",
    DifferentChildren => CONFLICT "merges.different_children",
    MotherAndChild => CONFLICT "merges.mother_and_child",
    ChildrenCollide => CONFLICT "merges.children_collide",
    NameInUse => CONFLICT "merges.name_in_use",
    DeathDiffers => CONFLICT "merges.death_differs",
    BornAfterDeath => CONFLICT "merges.born_after_death",
    VersionConflict => PRECONDITION_FAILED "merges.version_conflict",
    TooLong => CONFLICT "merges.too_long",
    AlreadyUndone => CONFLICT "merges.already_undone",
    SurvivorMerged => CONFLICT "merges.survivor_merged",
    ChangedSince => CONFLICT "merges.changed_since",
});
