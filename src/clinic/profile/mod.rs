//! A hospital's profile as its own people keep it: name, place, zone, currency, how it writes numbers and times, opening
//! hours and holidays; how its paper looks (letterhead, foot, logo, sizes), and who needs a second step to sign in.
//!
//! Invariants: of two who change it at once, one succeeds (`tenants.version`, for hours and holidays too); a new zone
//! or clock holds on every instance within a second, because the change is announced in its transaction; hours never
//! overlap (`opening_hours_apart`, and around the end of the week [`Week`]).
//!
//! The currency may change as long as no amount of money is stored: amounts are whole numbers of its minor unit, and
//! another currency would give the same numbers another worth. Each table that holds one is asked for by
//! `store::HAS_AMOUNTS`; a test (`tests/it/profile/effect.rs`) looks for columns of amounts that are not. Whoever writes one
//! does so in a [`Till`], which holds the currency meanwhile.
//!
//! The row is the platform's (`public.tenants`), hours, holidays and settings are the hospital's: both are read and written
//! through `access::Bridge`. The e-mail address that signs in and the licence number are deliberately not changed here.

mod api;
mod domain;
mod holidays;
mod hours;
mod house;
mod input;
mod model;
mod pages;
mod settings;
mod span;
mod store;

pub use domain::logo::housekeep;
pub use holidays::{Holiday, Holidays};
pub use hours::{Standing, Week, Weekday};
pub use house::{House, Letterhead};
pub use input::{HolidayFields, OpenSpan, ProfileFields};
pub use model::{Hospital, Profile, ProfileError};
pub use settings::{DocumentPaper, LabelSize, MfaPolicy, ReceiptPaper, Settings};
pub use span::{Span, spans};

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use crate::access::{self, Audit, Authorized, Bridge, Module, TenantTx};
use crate::app::{App, ChecklistLine, Done};
use crate::clinic::patients;
use crate::identity::actor::TenantFacts;
use crate::identity::registry::Change;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::permissions;
use crate::web::Outcome;
use crate::web::layout::{Console, Icon};
use crate::web::nav::NavEntry;
use crate::web::openapi::{Chapter, Part};

permissions! {
    View = "settings:view" "See settings";
    Update = "settings:update" "Change settings";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS, store::row::STATEMENTS, store::settings::STATEMENTS],
    problems: &[ProfileError::CODES],
    docs: Some(Chapter::new(
        Part::Hospital,
        "Hospital",
        "The own hospital as its people keep it: name, place, time zone, currency, opening hours and holidays, how its \
         paper looks, who needs a second step to sign in; and what a new hospital does first.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 910,
        group: "Manage",
        label: "Settings",
        href: "/settings/hospital",
        icon: Icon("settings"),
        key: "",
        permission: "settings:view",
    }],
    checklist: &[
        ChecklistLine {
            key: "profile",
            order: 10,
            label: "Confirm the hospital's profile",
            why: "Country, time zone and currency decide which day it is, how phones are read and what a bill says.",
            href: "/settings/hospital",
            permission: "settings:update",
            done: Done::Facts(|hospital| hospital.profile_confirmed),
        },
        ChecklistLine {
            key: "letterhead",
            order: 20,
            label: "Write address and phone for the letterhead",
            why: "They head every letter, and patients find you by them.",
            href: "/settings/hospital",
            permission: "settings:update",
            done: Done::Facts(|hospital| hospital.address.is_some() && hospital.contact_phone.is_some()),
        },
        ChecklistLine {
            key: "opening_hours",
            order: 30,
            label: "Set the opening hours",
            why: "Once for the whole hospital; holidays beside them.",
            href: "/settings/hospital/hours",
            permission: "settings:update",
            done: Done::Rows(&store::HOURS_TOLD),
        },
    ],
    ..Module::named("profile")
};

/// How the hospital's paper looks, for whoever prints.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn settings_of(tx: &TenantTx) -> Result<Settings, AppError> {
    Ok(store::settings::settings(tx).await?)
}

/// The days on which the hospital does not open.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn holidays_of(tx: &TenantTx) -> Result<Holidays, AppError> {
    store::holidays(tx).await
}

/// When the hospital is open in a week; nothing as long as nobody has told it.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn week_of(tx: &TenantTx) -> Result<Week, AppError> {
    store::week(tx).await
}

/// The query of a hospital's schema that names every file which its rows need, for a backup.
#[must_use]
pub fn named_files() -> &'static str {
    store::settings::NAMED.info.sql
}

/// A hospital's row and its own tables, open in one transaction.
struct Office {
    bridge: Bridge,
    facts: TenantFacts,
}

/// A transaction in which amounts of money are written. It holds the hospital's row together with others who write some;
/// who changes the currency holds it alone, and then asks whether there are any. So an amount is always of the currency
/// that it was understood in.
pub struct Till {
    bridge: Bridge,
    facts: TenantFacts,
    /// The currency is the one that the gate knew.
    is_same: bool,
}

impl Till {
    /// Open it for whoever was let in by `tx`, on the same connection.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers.
    pub async fn open<P>(tx: Authorized<P>) -> Result<Self, AppError> {
        let facts = tx.hospital().clone();
        let mut bridge = Bridge::of(tx);
        let now = store::row::hold_currency(bridge.platform(), facts.id).await?;
        Ok(Self { is_same: now == facts.currency, bridge, facts })
    }

    /// The hospital's side, where the amounts are.
    pub fn tx(&mut self) -> &TenantTx {
        self.bridge.tenant(&self.facts)
    }

    /// Whether amounts that were understood before may be written now.
    ///
    /// # Errors
    /// [`ProfileError::CurrencyChanged`].
    pub fn check(&self) -> Result<(), ProfileError> {
        if self.is_same { Ok(()) } else { Err(ProfileError::CurrencyChanged) }
    }

    /// See [`Tx::commit`](crate::access::Tx::commit).
    ///
    /// # Errors
    /// Whatever PostgreSQL answers; nothing was kept then.
    pub async fn commit<O: Outcome>(self, audit: Audit, outcome: O) -> Result<O, AppError> {
        self.bridge.commit_in(&self.facts, audit, outcome).await
    }
}

/// A change that was written, and the names of the fields in it (none: everything was already so).
#[derive(Debug)]
struct Changed {
    hospital: Hospital,
    fields: Vec<&'static str>,
}

impl Office {
    /// Open the office of whoever was let in by `tx`, on the same connection.
    fn of<P>(tx: Authorized<P>) -> Self {
        Self { facts: tx.hospital().clone(), bridge: Bridge::of(tx) }
    }

    /// The hospital as it is now.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers.
    async fn hospital(&mut self) -> Result<Hospital, AppError> {
        self.read(false).await
    }

    async fn read(&mut self, lock: bool) -> Result<Hospital, AppError> {
        let row = store::row::find(self.bridge.platform(), self.facts.id, lock).await?;
        let tx = self.bridge.tenant(&self.facts);
        let (week, holidays) = (store::week(tx).await?, store::holidays(tx).await?);
        Ok(Hospital { week, holidays, settings: store::settings::settings(tx).await?, ..row })
    }

    /// Change some fields. `expected` holds the versions that the caller believes to be the newest; none: no check.
    ///
    /// # Errors
    /// [`ProfileError::VersionConflict`], [`ProfileError::CurrencyInUse`], or what is wrong with the fields.
    async fn change(&mut self, given: ProfileFields, expected: &[i64]) -> Result<Changed, AppError> {
        let before = self.read(true).await?;
        if expected.iter().any(|version| *version != i64::from(before.version)) {
            return Err(ProfileError::VersionConflict.into());
        }
        let wanted = before.changed(given)?;
        let mut fields = before.profile.differences(&wanted.profile);
        if fields.contains(&"currency") && store::has_amounts(self.bridge.tenant(&self.facts)).await? {
            return Err(ProfileError::CurrencyInUse(before.profile.currency.name).into());
        }
        let (new_week, new_holidays) = (wanted.week != before.week, wanted.holidays != before.holidays);
        fields.extend(new_week.then_some("opening_hours"));
        fields.extend(new_holidays.then_some("holidays"));
        let settings = before.settings.differences(&wanted.settings);
        let new_settings = !settings.is_empty();
        fields.extend(settings);
        let confirms = wanted.says_profile && !before.confirmed;
        fields.extend(confirms.then_some("confirmed"));
        if fields.is_empty() {
            return Ok(Changed { hospital: before, fields });
        }
        if new_week {
            store::write_week(self.bridge.tenant(&self.facts), &wanted.week).await?;
        }
        if new_holidays {
            store::write_holidays(self.bridge.tenant(&self.facts), &wanted.holidays).await?;
        }
        if new_settings {
            store::settings::write(self.bridge.tenant(&self.facts), &wanted.settings).await?;
        }
        let hospital = Hospital {
            profile: wanted.profile,
            week: wanted.week,
            holidays: wanted.holidays,
            settings: wanted.settings,
            confirmed: before.confirmed || confirms,
            ..before
        };
        Ok(Changed { hospital: self.touched(hospital, wanted.says_profile).await?, fields })
    }

    /// Write the hospital's row as another version, and tell every instance.
    async fn touched(&mut self, hospital: Hospital, says_profile: bool) -> Result<Hospital, AppError> {
        let platform = self.bridge.platform();
        let by = UserId(platform.origin().actor_id.unwrap_or(Uuid::nil()));
        store::row::update(platform, self.facts.id, &hospital.profile, by, says_profile).await?;
        access::announce(platform, &Change::Tenant(self.facts.id.0)).await?;
        let (version, updated_at) = (hospital.version + 1, platform.now());
        Ok(Hospital { changed_by: Some(by), version, updated_at, ..hospital })
    }

    /// Who changed it last, for people: the platform's operators have no names here.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers.
    async fn changed_by(&mut self, hospital: &Hospital) -> Result<String, AppError> {
        let Some(by) = hospital.changed_by else { return Ok("The platform".to_owned()) };
        let names: BTreeMap<_, _> = patients::staff_names(self.bridge.tenant(&self.facts), &[by]).await?;
        Ok(names.get(&by).cloned().unwrap_or_else(|| "Somebody".to_owned()))
    }

    /// COMMIT a look, recorded at the hospital.
    async fn looked<O: Outcome>(self, outcome: O) -> Result<O, AppError> {
        let audit = Audit::viewed(self.facts.id);
        self.bridge.commit_in(&self.facts, audit, outcome).await
    }

    /// COMMIT a change, recorded at the hospital with the names of its fields. This instance knows it at once.
    async fn saved<O: Outcome>(self, app: &App, fields: &[&'static str], outcome: O) -> Result<O, AppError> {
        if fields.is_empty() {
            return self.looked(outcome).await;
        }
        let audit = Audit::updated(self.facts.id).with(json!({ "fields": fields }));
        let outcome = self.bridge.commit_in(&self.facts, audit, outcome).await?;
        app.registry.invalidate(&Change::Tenant(self.facts.id.0));
        Ok(outcome)
    }
}
