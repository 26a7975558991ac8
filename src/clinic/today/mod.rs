//! The start page of staff: what happened today at this hospital, and the next act.
//!
//! It has no tables of its own; each part asks the capability that owns the facts, and is absent for people who may
//! not see them.

mod day;
mod next;
mod pages;

use crate::access::Module;
use crate::permissions;
use crate::web::layout::{Console, Icon};
use crate::web::nav::NavEntry;

permissions! {
    Dashboard = "dashboard:view" "See the dashboard";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 10,
        group: "",
        label: "Today",
        href: "/today",
        icon: Icon("home-2"),
        key: "t",
        permission: "dashboard:view",
    }],
    ..Module::named("today")
};
