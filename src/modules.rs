//! THE REGISTRY: every capability of HMS, in dependency order. Adding one: see CONTRIBUTING.md.
//!
//! Router, OpenAPI, navigation, the statement test and the authorization sweep read this list.

use crate::access::{self, Module};
use crate::app::ChecklistLine;
use crate::web::nav::{ActEntry, NavEntry, RecordLink};
use crate::{clinic, platform};

/// In dependency order: a capability uses only public items of those above it.
pub const MODULES: &[Module] = &[
    Module { statements: access::STATEMENTS, ..Module::named("access") },
    platform::landing::MODULE,
    platform::housekeeping::MODULE,
    platform::messages::MODULE,
    platform::gallery::MODULE,
    platform::demo::MODULE,
    platform::sessions::MODULE,
    platform::lock::MODULE,
    platform::account::MODULE,
    platform::mfa::MODULE,
    platform::operators::MODULE,
    clinic::departments::MODULE,
    clinic::roles::MODULE,
    clinic::staff::MODULE,
    platform::signup::MODULE,
    platform::hospitals::MODULE,
    platform::health::MODULE,
    platform::dashboard::MODULE,
    clinic::patients::MODULE,
    clinic::confidential::MODULE,
    clinic::care::MODULE,
    clinic::history::MODULE,
    clinic::consents::MODULE,
    clinic::chart::MODULE,
    clinic::duplicates::MODULE,
    clinic::unidentified::MODULE,
    clinic::newborns::MODULE,
    clinic::merges::MODULE,
    clinic::pictures::MODULE,
    clinic::audit::MODULE,
    platform::audit::MODULE,
    clinic::profile::MODULE,
    clinic::doctors::MODULE,
    clinic::availability::MODULE,
    clinic::appointments::MODULE,
    clinic::slots::MODULE,
    clinic::leave::MODULE,
    clinic::encounters::MODULE,
    clinic::notes::MODULE,
    clinic::diagnoses::MODULE,
    clinic::vitals::MODULE,
    clinic::deceased::MODULE,
    clinic::escalations::MODULE,
    clinic::queue::MODULE,
    clinic::printing::MODULE,
    clinic::consultations::MODULE,
    clinic::figures::MODULE,
    clinic::exports::MODULE,
    clinic::practice::MODULE,
    clinic::getting_started::MODULE,
    clinic::today::MODULE,
    clinic::overview::MODULE,
    clinic::search::MODULE,
];

/// What a patient's record offers, in its order.
#[must_use]
pub fn record_links() -> Vec<RecordLink> {
    let mut links: Vec<RecordLink> = MODULES.iter().flat_map(|module| module.record).copied().collect();
    links.sort_by_key(|link| link.order);
    links
}

/// The entries of both side bars, in their order.
#[must_use]
pub fn navigation() -> Vec<NavEntry> {
    let mut entries: Vec<NavEntry> = MODULES.iter().flat_map(|module| module.nav).copied().collect();
    entries.sort_by_key(|entry| entry.order);
    entries
}

/// The lines of the getting-started checklist, in their order.
#[must_use]
pub fn checklist() -> Vec<ChecklistLine> {
    let mut lines: Vec<ChecklistLine> = MODULES.iter().flat_map(|module| module.checklist).copied().collect();
    lines.sort_by_key(|line| line.order);
    lines
}

/// What the palette offers, in the order of the registry.
#[must_use]
pub fn acts() -> Vec<ActEntry> {
    MODULES.iter().flat_map(|module| module.acts).copied().collect()
}
