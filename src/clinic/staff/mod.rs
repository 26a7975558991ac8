//! Staff of a hospital: the person behind a sign-in, their department and roles, and where they stand.
//!
//! Invariants: a member of staff has a row here and a user of the same id on the platform; both are made and changed in
//! one transaction (`access::Bridge`). Whoever changes accounts holds the hospital's row meanwhile and is looked at again
//! behind it ([`Office::lock`]), so that neither the limit of accounts nor the last active administrator can be raced
//! past. Nobody gives a right that they lack, changes who holds more than they do, or changes their own roles,
//! department or standing. A change is announced in its transaction and holds on every instance within a second.
//!
//! Elsewhere: what a role grants (`clinic::roles`), passwords, sessions and the own account (`platform`). A person's
//! e-mail address is changed by that person alone; until they have come, whoever invited them may correct it, or take the
//! invitation back.

mod api;
mod domain;
mod model;
mod pages;
mod parse;
mod store;
mod table;

pub use domain::importing::{Imported, Line, Outcome};
pub use domain::in_step::bring_in_step;
pub use domain::joining::{NewPerson, join};
pub use domain::office::Office;
pub use model::{
    Account, Member, Profile, Role, Sort, StaffError, Standing, State, Status, StillOpen, Wanted,
};
pub use parse::{ChangeStaff, Changes, InviteStaff, NewMember, Pick};
pub use table::{MAX_BYTES, MAX_LINES, Table};

use crate::access::Module;
use crate::app::{ChecklistLine, Done};
use crate::permissions;
use crate::web::layout::{Console, Icon};
use crate::web::nav::{ActEntry, NavEntry};
use crate::web::openapi::{Chapter, Part};

permissions! {
    View = "users:view" "See staff";
    Create = "users:create" "Invite staff";
    Update = "users:update" "Change staff";
    Deactivate = "users:deactivate" "Deactivate staff";
    AssignRoles = "users:assign_roles" "Assign roles";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS, store::accounts::STATEMENTS],
    problems: &[StaffError::CODES],
    docs: Some(Chapter::new(
        Part::Hospital,
        "Staff",
        "Who works here: inviting people one by one or from a table, their department and roles, and stopping an account. \
         Nobody gives a right that they do not hold.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 850,
        group: "Manage",
        label: "Staff",
        href: "/staff",
        icon: Icon("users-group"),
        key: "",
        permission: "users:view",
    }],
    checklist: &[ChecklistLine {
        key: "staff",
        order: 50,
        label: "Invite your staff",
        why: "Each person has an account of their own, so that it is known who did what. Paste a list, or invite one by one.",
        href: "/staff/new",
        permission: "users:create",
        done: Done::Rows(&store::OTHERS),
    }],
    acts: &[
        ActEntry {
            console: Console::Staff,
            label: "Invite somebody",
            href: "/staff/new",
            icon: Icon("user-plus"),
            words: "new add staff user account colleague doctor nurse",
            permission: "users:create",
        },
        ActEntry {
            console: Console::Staff,
            label: "Import staff from a table",
            href: "/staff/import",
            icon: Icon("table-import"),
            words: "csv excel paste list users upload",
            permission: "users:create",
        },
    ],
    ..Module::named("staff")
};
