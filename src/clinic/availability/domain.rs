//! Writing hours, days that differ, and leave.

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan as _};

use super::input::{self, NewDay, NewWeek};
use super::model::{AvailabilityError, Exception, ExceptionId, Hours, Kind, Leave, LeaveId, NewLeave};
use super::store;
use crate::access::TenantTx;
use crate::clinic::doctors::{self, Doctor, DoctorError, RoomId};
use crate::clinic::patients::{self, Viewer};
use crate::clinic::profile;
use crate::kernel::ids::UserId;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, FieldErrors, Problem};

/// Who holds one of these writes everybody's hours.
const MAY_WRITE_ALL: [&str; 2] = ["settings:update", "users:update"];
/// Behind every day that anybody writes.
const FAR: Date = date(9000, 1, 1);
/// So many of a doctor's leaves are told.
const MOST_LEAVES: i64 = 200;

/// May whoever acts write this doctor's hours?
#[must_use]
pub fn may_write(tx: &TenantTx, doctor: UserId) -> bool {
    tx.person().is_some_and(|me| me.user == doctor || MAY_WRITE_ALL.iter().any(|code| me.holds(code)))
}

fn demand(tx: &TenantTx, doctor: UserId) -> Result<(), AppError> {
    if may_write(tx, doctor) { Ok(()) } else { Err(AvailabilityError::NotYours.into()) }
}

/// Hold doctors alone until the transaction ends: nobody books with them meanwhile, and who was booking is done. All at once,
/// by id, and before any patient: so hold it all who book and who hand over, and none waits for another in a circle.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn hold_all(tx: &TenantTx, doctors: &[UserId]) -> Result<(), AppError> {
    Ok(store::hold_all(tx, doctors).await?)
}

/// Hold doctors together with others who do, against leave: in the order of [`hold_all`].
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn hold_together(tx: &TenantTx, doctors: &[UserId]) -> Result<(), AppError> {
    Ok(store::hold_together(tx, doctors).await?)
}

/// The same as [`hold_all`] for one, who is a doctor.
async fn hold(tx: &TenantTx, doctor: UserId) -> Result<Doctor, AppError> {
    if !store::hold(tx, doctor).await? {
        return Err(Problem::not_found("The doctor").into());
    }
    doctors::named(tx, doctor).await
}

/// A doctor's hours that hold on a day or later, by weekday and time.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn hours(tx: &TenantTx, doctor: UserId, from: Date) -> Result<Vec<Hours>, AppError> {
    Ok(store::hours(tx, &[doctor], from, FAR).await?)
}

/// A doctor's days that differ, from a day on.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn exceptions(tx: &TenantTx, doctor: UserId, from: Date) -> Result<Vec<Exception>, AppError> {
    Ok(store::exceptions(tx, &[doctor], from, FAR).await?)
}

/// Rooms that are used are the hospital's, and in use.
async fn rooms_are_there(tx: &TenantTx, used: impl Iterator<Item = RoomId>) -> Result<(), AppError> {
    let used: Vec<RoomId> = used.collect();
    if used.is_empty() {
        return Ok(());
    }
    let rooms = doctors::rooms(tx, true).await?;
    let are_there = used.iter().all(|id| rooms.iter().any(|room| room.id == *id));
    if are_there { Ok(()) } else { Err(DoctorError::NoRoom.into()) }
}

fn overlap(error: AppError) -> AppError {
    match error.constraint() {
        Some("doctor_hours_no_overlap" | "doctor_exceptions_no_overlap") => AvailabilityError::Overlap.into(),
        Some("doctor_hours_room_fkey" | "doctor_exceptions_room_fkey") => DoctorError::NoRoom.into(),
        Some("doctor_leaves_no_overlap") => AvailabilityError::LeaveOverlaps.into(),
        _ => error,
    }
}

/// Give a doctor the hours of a week for some days, in place of those that held then.
///
/// # Errors
/// 404, [`AvailabilityError::NotYours`], [`AvailabilityError::Overlap`], [`DoctorError::NoRoom`].
pub async fn set_hours(tx: &TenantTx, doctor: UserId, week: &NewWeek) -> Result<Vec<Hours>, AppError> {
    demand(tx, doctor)?;
    hold(tx, doctor).await?;
    // One that is out of use stays where it is; nobody moves into it.
    let before = hours(tx, doctor, patients::hospital_now(tx).date()).await?;
    let stays = |room: &RoomId| before.iter().any(|hours| hours.room_id == Some(*room));
    let used = week.spans.iter().filter_map(|span| span.room_id);
    rooms_are_there(tx, used.filter(|room| !stays(room))).await?;
    let by = Viewer::of(tx).user;
    store::clear_hours(tx, doctor, week.valid_from, week.valid_until, by)
        .await
        .map_err(AppError::from)
        .map_err(overlap)?;
    let new = hours_of(doctor, week);
    if !new.is_empty() {
        store::insert_hours(tx, &new, by).await.map_err(AppError::from).map_err(overlap)?;
    }
    hours(tx, doctor, patients::hospital_now(tx).date()).await
}

fn hours_of(doctor: UserId, week: &NewWeek) -> Vec<Hours> {
    let of = |span: &input::WeekSpan| Hours {
        doctor,
        weekday: span.weekday,
        starts: span.starts,
        ends: span.ends,
        slot_minutes: span.slot_minutes,
        room_id: span.room_id,
        valid_from: week.valid_from,
        valid_until: week.valid_until,
    };
    week.spans.iter().map(of).collect()
}

/// The hospital's opening hours for every doctor who has none, from a day on; who got them. Each with the slot length and
/// the room of their profile.
///
/// # Errors
/// [`AvailabilityError::NoOpeningHours`], [`AvailabilityError::NobodyNeedsHours`].
pub async fn copy_to_all(tx: &TenantTx, from: Date) -> Result<Vec<UserId>, AppError> {
    let opening = profile::week_of(tx).await?;
    if opening.is_unknown() {
        return Err(AvailabilityError::NoOpeningHours.into());
    }
    let wanted = doctors::Wanted { accepts_bookings: Some(true), ..doctors::Wanted::default() };
    let found = doctors::list(tx, &wanted, PageRequest { page: 1, page_size: 500 }).await?.items;
    let ids: Vec<UserId> = found.iter().map(|doctor| doctor.user_id).collect();
    store::hold_all(tx, &ids).await?;
    let have = store::have_hours(tx, &ids, from).await?;
    let without: Vec<&Doctor> = found.iter().filter(|doctor| !have.contains(&doctor.user_id)).collect();
    if without.is_empty() {
        return Err(AvailabilityError::NobodyNeedsHours.into());
    }
    let mut all = Vec::new();
    for doctor in &without {
        let room = doctor.facts.room_id;
        let spans =
            opening.spans().iter().flat_map(|span| input::at_midnight(span, doctor.facts.slot_minutes, room));
        // Opening hours may begin at any minute, a doctor's at a quarter.
        let spans = spans.map(input::to_quarters).filter(input::fits_grid).collect();
        let week = NewWeek { spans, valid_from: from, valid_until: None };
        all.extend(hours_of(doctor.user_id, &week));
    }
    let by = Viewer::of(tx).user;
    store::insert_hours(tx, &all, by).await.map_err(AppError::from).map_err(overlap)?;
    Ok(without.iter().map(|doctor| doctor.user_id).collect())
}

/// Write down that a day differs.
///
/// # Errors
/// 404, 422 for extra hours on a holiday, [`AvailabilityError::NotYours`], [`AvailabilityError::Overlap`],
/// [`DoctorError::NoRoom`].
pub async fn add_day(tx: &TenantTx, doctor: UserId, new: &NewDay) -> Result<Exception, AppError> {
    demand(tx, doctor)?;
    hold(tx, doctor).await?;
    rooms_are_there(tx, new.room_id.into_iter()).await?;
    if new.kind == Kind::Extra
        && let Some(name) = profile::holidays_of(tx).await?.on(new.on)
    {
        let mut errors = FieldErrors::default();
        errors.add("on_date", format!("The hospital is closed that day: {name}."));
        errors.finish()?;
    }
    let day = Exception {
        id: ExceptionId::new(),
        doctor,
        on: new.on,
        kind: new.kind,
        starts: new.starts,
        ends: new.ends,
        slot_minutes: new.slot_minutes,
        room_id: new.room_id,
        note: new.note.clone(),
        made_by: Viewer::of(tx).user,
        made_at: tx.now(),
    };
    store::insert_exception(tx, &day).await.map_err(AppError::from).map_err(overlap)?;
    Ok(day)
}

/// Take back that a day differs.
///
/// # Errors
/// 404, [`AvailabilityError::NotYours`].
pub async fn remove_day(tx: &TenantTx, doctor: UserId, id: ExceptionId) -> Result<Exception, AppError> {
    let absent = || AppError::from(Problem::not_found("This day"));
    hold(tx, doctor).await?;
    let day = store::one_exception(tx, id, doctor).await?.ok_or_else(absent)?;
    demand(tx, doctor)?;
    if store::delete_exception(tx, id, doctor).await? { Ok(day) } else { Err(absent()) }
}

/// Write down that a doctor is away, who is held already ([`hold_all`]). What becomes of the bookings is `clinic::leave`'s.
///
/// # Errors
/// [`AvailabilityError::LeaveOverlaps`].
pub async fn take_leave(tx: &TenantTx, new: &NewLeave) -> Result<Leave, AppError> {
    let (id, by) = (LeaveId::new(), Viewer::of(tx).user);
    store::insert_leave(tx, id, new, by).await.map_err(AppError::from).map_err(overlap)?;
    leave(tx, id, new.doctor).await
}

/// A doctor's leave.
///
/// # Errors
/// 404.
pub async fn leave(tx: &TenantTx, id: LeaveId, doctor: UserId) -> Result<Leave, AppError> {
    let found = store::one_leave(tx, id).await?.filter(|leave| leave.doctor == doctor);
    found.ok_or_else(|| Problem::not_found("This leave").into())
}

/// Take a leave back: the doctor is there after all, from now on.
///
/// # Errors
/// 404, [`AvailabilityError::LeaveOver`].
pub async fn withdraw_leave(tx: &TenantTx, id: LeaveId, doctor: UserId) -> Result<Leave, AppError> {
    if !store::hold(tx, doctor).await? {
        return Err(Problem::not_found("The doctor").into());
    }
    leave(tx, id, doctor).await?;
    if !store::withdraw_leave(tx, id, Viewer::of(tx).user).await? {
        return Err(AvailabilityError::LeaveOver.into());
    }
    leave(tx, id, doctor).await
}

/// A doctor's leaves that are not over for longer than a month, the last to end first.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn leaves(tx: &TenantTx, doctor: UserId) -> Result<Vec<Leave>, AppError> {
    let after = tx.now().checked_sub((31 * 24).hours()).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(store::leaves_of(tx, doctor, after, MOST_LEAVES).await?)
}

/// Everybody's leaves that are not over, the last to end first.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn all_leaves(tx: &TenantTx, page: PageRequest) -> Result<Page<Leave>, AppError> {
    let (leaves, total) = store::all_leaves(tx, tx.now(), page.page_size, page.offset()).await?;
    Ok(page.envelope(leaves, total))
}
