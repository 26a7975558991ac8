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

mod model;
mod store;

pub use model::{
    Doctor, DoctorError, Facts, MOST_OVERBOOKING, Room, RoomFacts, RoomId, SLOT_MINUTES, Typed, Wanted,
    slot_minutes,
};

use crate::access::{Module, TenantTx};
use crate::kernel::ids::UserId;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, Problem};

/// This capability, for the registry.
pub const MODULE: Module =
    Module { statements: &[store::STATEMENTS], problems: &[DoctorError::CODES], ..Module::named("doctors") };

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
