//! What patients put into the side bar, onto a record and into the palette.

use crate::web::layout::{Console, Icon};
use crate::web::nav::{ActEntry, NavEntry, Place, RecordLink};

pub(super) const NAV: &[NavEntry] = &[NavEntry {
    console: Console::Staff,
    order: 20,
    group: "",
    label: "Patients",
    href: "/patients",
    icon: Icon("users"),
    key: "p",
    permission: "patients:view",
}];

pub(super) const RECORD: &[RecordLink] = &[
    RecordLink {
        place: Place::Tab,
        order: 10,
        label: "Summary",
        icon: Icon("user"),
        path: "",
        permission: "patients:view",
        after_death: true,
    },
    RecordLink {
        place: Place::Button,
        order: 10,
        label: "Edit details",
        icon: Icon("pencil"),
        path: "/edit",
        permission: "patients:update",
        after_death: true,
    },
];

pub(super) const ACTS: &[ActEntry] = &[ActEntry {
    console: Console::Staff,
    label: "Register patient",
    href: "/patients/new",
    icon: Icon("user-plus"),
    words: "new add",
    permission: "patients:create",
}];
