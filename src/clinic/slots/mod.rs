//! Which times can be booked: hours without holidays, days that fall out, leave, and what is booked.
//!
//! However many doctors are asked for, each question is one statement for each of hours, days, leave, bookings and rooms.
//! What is told is true when it is told: whoever books is asked again (`availability::check`, and the constraints of
//! appointments). A doctor without hours has no slots, though they can be booked.

mod api;
mod model;
mod pages;
mod store;

pub use model::{MOST_DAYS, MOST_DAYS_OF_MANY, MOST_DOCTORS, Slot, Wanted};

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan as _};

use crate::access::{Module, TenantTx};
use crate::clinic::doctors::{self, Doctor, RoomId};
use crate::clinic::{appointments, availability, patients};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::permissions;
use crate::web::layout::{Console, Icon};
use crate::web::nav::{ActEntry, NavEntry};
use model::{Calendar, Taken};

permissions! {
    View = "appointments:view" "See appointments";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS],
    docs: doctors::MODULE.docs,
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 36,
        group: "",
        label: "Doctors",
        href: "/doctors",
        icon: Icon("stethoscope"),
        key: "",
        permission: "appointments:view",
    }],
    acts: &[ActEntry {
        console: Console::Staff,
        label: "Find a free time",
        href: "/doctors/slots",
        icon: Icon("calendar-search"),
        words: "next slot available appointment doctor book",
        permission: "appointments:view",
    }],
    ..Module::named("slots")
};

/// How far the next free time is looked for: first near, then for who has none there.
const NEAR_DAYS: i64 = 14;
const FAR_DAYS: i64 = 92;

/// One doctor's times.
#[derive(Debug)]
pub struct Free {
    pub doctor: Doctor,
    /// In order of time.
    pub slots: Vec<Slot>,
}

/// The times of some doctors within a range that have a place left, by doctor and time.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn between(
    tx: &TenantTx,
    doctors: &[Doctor],
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Slot>, AppError> {
    let ids: Vec<UserId> = doctors.iter().map(|doctor| doctor.user_id).collect();
    let stretches = availability::open(tx, &ids, from, until).await?;
    if stretches.is_empty() {
        return Ok(Vec::new());
    }
    let busy = appointments::busy(tx, &ids, from, until).await?;
    let busy: Vec<Taken<UserId>> = busy
        .into_iter()
        .map(|busy| Taken { by: busy.doctor, starts_at: busy.starts_at, ends_at: busy.ends_at })
        .collect();
    let usual = doctors.iter().filter_map(|doctor| doctor.facts.room_id);
    let rooms: BTreeSet<RoomId> =
        stretches.iter().filter_map(|stretch| stretch.room_id).chain(usual).collect();
    let rooms: Vec<RoomId> = rooms.into_iter().collect();
    let rooms =
        if rooms.is_empty() { Vec::new() } else { store::rooms_taken(tx, &rooms, from, until).await? };
    let calendar = Calendar::new(&busy, rooms);
    let by_id: BTreeMap<UserId, &Doctor> = doctors.iter().map(|doctor| (doctor.user_id, doctor)).collect();
    let open = stretches.iter().filter_map(|stretch| {
        let doctor = by_id.get(&stretch.doctor)?;
        Some(calendar.open(stretch, doctor, tx.now()))
    });
    Ok(open.flatten().collect())
}

/// The free times that are wanted, by doctor, of at most [`MOST_DOCTORS`] who accept bookings; and how many more there are.
///
/// # Errors
/// 404 for a doctor who is none.
pub async fn free(tx: &TenantTx, wanted: &Wanted) -> Result<(Vec<Free>, i64), AppError> {
    let (doctors, more) = match wanted.doctor {
        Some(id) => (vec![doctors::named(tx, id).await?], 0),
        None => {
            let of = doctors::Wanted {
                department: wanted.department,
                specialization: wanted.specialization.clone(),
                accepts_bookings: Some(true),
                ..doctors::Wanted::default()
            };
            let found = doctors::list(tx, &of, PageRequest { page: 1, page_size: MOST_DOCTORS }).await?;
            let more = found.total - i64::try_from(found.items.len()).unwrap_or_default();
            (found.items, more)
        }
    };
    let zone = &tx.hospital().zone;
    let (Some(from), Some(until)) = (
        availability::instant(zone, wanted.first, 0),
        availability::instant(zone, wanted.last, availability::DAY),
    ) else {
        return Ok((Vec::new(), more));
    };
    let taking: Vec<Doctor> =
        doctors.iter().filter(|doctor| doctor.facts.accepts_bookings).cloned().collect();
    let mut by_doctor: BTreeMap<UserId, Vec<Slot>> = BTreeMap::new();
    for slot in between(tx, &taking, from, until).await? {
        if slot.booked == 0 || wanted.with_overbooking {
            by_doctor.entry(slot.doctor).or_default().push(slot);
        }
    }
    let all = doctors.into_iter().map(|doctor| {
        let slots = by_doctor.remove(&doctor.user_id).unwrap_or_default();
        Free { doctor, slots }
    });
    Ok((all.collect(), more))
}

/// The next free time of each of these doctors, of those who have one within three months.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn next_free(tx: &TenantTx, doctors: &[Doctor]) -> Result<BTreeMap<UserId, Slot>, AppError> {
    let now = tx.now();
    let after = |days: i64| now.checked_add((days * 24).hours()).map_err(AppError::internal);
    let mut found = BTreeMap::new();
    let mut from = now;
    for days in [NEAR_DAYS, FAR_DAYS] {
        let waiting: Vec<Doctor> = doctors
            .iter()
            .filter(|doctor| doctor.facts.accepts_bookings && !found.contains_key(&doctor.user_id))
            .cloned()
            .collect();
        let until = after(days)?;
        for slot in between(tx, &waiting, from, until).await? {
            if slot.booked == 0 {
                found.entry(slot.doctor).or_insert(slot);
            }
        }
        from = until;
    }
    Ok(found)
}

/// The hospital's day.
fn today(tx: &TenantTx) -> jiff::civil::Date {
    patients::hospital_now(tx).date()
}
