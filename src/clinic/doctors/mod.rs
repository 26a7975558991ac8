//! Doctors as patients and the desk know them, and the rooms they see people in.
//!
//! A doctor is somebody of the staff with that role and an account in use; name, department and specialisation are kept
//! there (`clinic::staff`). What is here is what booking needs to know beside: fee, room, how long an appointment is, how
//! many more go into one slot. Who has no profile yet has the usual one. Hours are in `clinic::availability`.
//!
//! Invariants, each kept by the database: a registration number and a room's name are there once
//! (`doctors_registration_unique`, `rooms_name_unique`); of two who change a profile or a room, one succeeds (`version`). A
//! fee is in minor units of the hospital's currency: as long as one is stored, `clinic::profile` refuses another currency.
//! Whoever may see appointments sees doctors and rooms; profiles and rooms are part of the hospital's settings, because fee,
//! room and overbooking are the hospital's to decide.

mod api;
mod domain;
pub mod languages;
mod model;
mod pages;
mod store;

pub use model::{
    Doctor, DoctorError, Facts, MOST_OVERBOOKING, Room, RoomChanges, RoomFacts, RoomId, SLOT_MINUTES, Typed,
    Wanted, fee, slot_minutes,
};

pub use domain::photo::housekeep;

use domain::photo;
use serde_json::json;

use crate::access::{Audit, Module, TenantTx};
use crate::clinic::patients::Viewer;
use crate::kernel::ids::UserId;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, DbError, Problem};
use crate::permissions;
use crate::web::layout::{Console, Icon};
use crate::web::nav::{ActEntry, NavEntry};
use crate::web::openapi::{Chapter, Part};

permissions! {
    View = "appointments:view" "See appointments";
    Update = "settings:update" "Change settings";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS],
    problems: &[DoctorError::CODES],
    docs: Some(Chapter::new(
        Part::Hospital,
        "Doctors and availability",
        "Doctors' profiles, the rooms they see people in, their weekly hours, days that differ, leave and what becomes of \
         the bookings, and which times are free.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 875,
        group: "Manage",
        label: "Rooms",
        href: "/rooms",
        icon: Icon("door"),
        key: "",
        permission: "settings:update",
    }],
    acts: &[ActEntry {
        console: Console::Staff,
        label: "Add room",
        href: "/rooms/new",
        icon: Icon("door"),
        words: "new create consulting room place",
        permission: "settings:update",
    }],
    ..Module::named("doctors")
};

/// The query of a hospital's schema that names every file which its rows need, for a backup.
#[must_use]
pub fn named_files() -> &'static str {
    store::PHOTOS.info.sql
}

/// So many rooms are told at once.
const MOST_ROOMS: i64 = 1000;

fn not_found() -> AppError {
    Problem::not_found("The doctor").into()
}

/// The doctor with this id: somebody of the staff with that role, whose account is in use.
///
/// # Errors
/// 404.
pub async fn named(tx: &TenantTx, id: UserId) -> Result<Doctor, AppError> {
    store::named(tx, id).await?.ok_or_else(not_found)
}

/// Those of them who are doctors, by name.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn some(tx: &TenantTx, ids: &[UserId]) -> Result<Vec<Doctor>, AppError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(store::some(tx, ids).await?)
}

/// One page of the doctors who are wanted, by name.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn list(tx: &TenantTx, wanted: &Wanted, page: PageRequest) -> Result<Page<Doctor>, AppError> {
    let (doctors, total) = store::page(tx, wanted, page).await?;
    Ok(page.envelope(doctors, total))
}

/// Each specialisation and how many doctors have it, by name.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn specializations(tx: &TenantTx) -> Result<Vec<(String, i64)>, AppError> {
    Ok(store::specializations(tx).await?)
}

/// The hospital's rooms by name: all, or those in use.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn rooms(tx: &TenantTx, only_active: bool) -> Result<Vec<Room>, AppError> {
    Ok(store::rooms(tx, only_active, MOST_ROOMS).await?)
}

/// The room with this id, in use or not.
///
/// # Errors
/// 404.
pub async fn room(tx: &TenantTx, id: RoomId) -> Result<Room, AppError> {
    store::room_of(tx, id).await?.ok_or_else(|| Problem::not_found("The room").into())
}

/// A room that something new may use.
///
/// # Errors
/// [`DoctorError::NoRoom`].
pub async fn room_in_use(tx: &TenantTx, id: RoomId) -> Result<Room, AppError> {
    match store::room_of(tx, id).await? {
        Some(room) if room.is_active => Ok(room),
        _ => Err(DoctorError::NoRoom.into()),
    }
}

/// Somebody of the staff, held until the end, who is a doctor.
async fn held(tx: &TenantTx, id: UserId) -> Result<Doctor, AppError> {
    if !store::hold(tx, id).await? {
        return Err(not_found());
    }
    named(tx, id).await
}

/// Write a doctor's whole profile. `expected` holds the versions that the caller believes to be the newest; none: no check.
///
/// # Errors
/// 404, [`DoctorError`].
async fn change(
    tx: &TenantTx,
    id: UserId,
    facts: &Facts,
    expected: &[i64],
) -> Result<(Doctor, Audit), AppError> {
    let before = held(tx, id).await?;
    if expected.iter().any(|version| *version != i64::from(before.version)) {
        return Err(DoctorError::VersionConflict.into());
    }
    let fields = before.facts.differences(facts);
    if fields.is_empty() && before.version > 0 {
        return Ok((before, Audit::viewed(id).with(json!({ "part": "doctor" }))));
    }
    // One that is out of use stays where it is; nobody moves into it.
    if let Some(room) = facts.room_id
        && before.facts.room_id != Some(room)
    {
        room_in_use(tx, room).await?;
    }
    store::write(tx, id, facts, Viewer::of(tx).user).await.map_err(refused)?;
    let audit = Audit::did("doctor_changed", id).with(json!({ "fields": fields }));
    Ok((named(tx, id).await?, audit))
}

fn refused(error: DbError) -> AppError {
    match error.constraint() {
        Some("doctors_registration_unique") => DoctorError::RegistrationTaken.into(),
        Some("doctors_room_fkey") => DoctorError::NoRoom.into(),
        Some("rooms_name_unique") => DoctorError::RoomNameTaken.into(),
        Some("rooms_department_fkey") => DoctorError::NoDepartment.into(),
        _ => error.into(),
    }
}

/// Add a room.
///
/// # Errors
/// 422, [`DoctorError`].
async fn create_room(tx: &TenantTx, typed: &RoomChanges<'_>) -> Result<Room, AppError> {
    let id = RoomId::new();
    store::insert_room(tx, id, &typed.parse()?).await.map_err(refused)?;
    room(tx, id).await
}

/// Change a room. `expected` holds the versions that the caller believes to be the newest; none: no check.
///
/// # Errors
/// 404, 422, [`DoctorError`].
async fn change_room(
    tx: &TenantTx,
    id: RoomId,
    typed: &RoomChanges<'_>,
    expected: &[i64],
) -> Result<(Room, Audit), AppError> {
    let before = store::hold_room(tx, id).await?.ok_or_else(|| Problem::not_found("The room"))?;
    if expected.iter().any(|version| *version != i64::from(before.version)) {
        return Err(DoctorError::VersionConflict.into());
    }
    let now = RoomFacts::from(&before);
    let facts = now.changed(typed)?;
    let fields = now.differences(&facts);
    if fields.is_empty() {
        return Ok((before, Audit::viewed(id)));
    }
    store::update_room(tx, id, &facts).await.map_err(refused)?;
    Ok((room(tx, id).await?, Audit::updated(id).with(json!({ "fields": fields }))))
}

/// Where a doctor's photo is for pages, in its small size.
#[must_use]
pub fn photo_path(doctor: &Doctor) -> Option<String> {
    doctor.photo.as_ref().map(|_| format!("/api/v1/doctors/{}/photo?size=thumb", doctor.user_id))
}
