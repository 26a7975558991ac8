//! Moves in the queue. Each holds its row, so that of two who move one patient the second sees what the first did.

use jiff::Timestamp;

use crate::access::TenantTx;
use crate::clinic::appointments::{
    self, Act, AppointmentId, CancelReason, EventKind, NewEvent, Priority, QueueState, Status,
};
use crate::clinic::encounters;
use crate::clinic::patients::Viewer;
use crate::clinic::queue::domain::looks::entry;
use crate::clinic::queue::domain::walk_in::is_away;
use crate::clinic::queue::model::{Entry, NewPriority, QueueError, Wanted};
use crate::clinic::queue::store::{self, Days, Held};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, Problem};

fn not_found() -> AppError {
    Problem::not_found("The appointment").into()
}

/// The row, held, if its patient stands in one of these places.
async fn held(tx: &TenantTx, id: AppointmentId, from: &[QueueState]) -> Result<Held, AppError> {
    let held = store::lock(tx, id).await?.ok_or_else(not_found)?;
    match held.state {
        None => Err(QueueError::NotThere.into()),
        Some(state) if !from.contains(&state) => Err(QueueError::WrongState { state: said(state) }.into()),
        Some(_) => Ok(held),
    }
}

/// As in "this patient is … now".
fn said(state: QueueState) -> &'static str {
    match state {
        QueueState::Waiting => "waiting",
        QueueState::Called => "called",
        QueueState::WithDoctor => "with the doctor",
        QueueState::Skipped => "skipped",
        QueueState::Done => "done",
        QueueState::Left => "gone",
    }
}

/// A line of the appointment's history that leaves its state.
pub(in crate::clinic::queue) async fn note(
    tx: &TenantTx,
    id: AppointmentId,
    kind: EventKind,
    status: Status,
    reason: Option<&str>,
) -> Result<(), AppError> {
    let event = NewEvent {
        appointment: id,
        kind,
        from: Some(status),
        to: status,
        times: None,
        reason: reason.map(str::to_owned),
        happened_at: None,
    };
    appointments::note(tx, &event).await
}

/// Call whoever is next. Of two who do so at once, each gets another one.
///
/// # Errors
/// [`QueueError::Whose`], [`QueueError::NobodyWaits`].
pub async fn call_next(tx: &TenantTx, wanted: Wanted) -> Result<Entry, AppError> {
    if wanted == Wanted::default() {
        return Err(QueueError::Whose.into());
    }
    let days = Days::of(tx)?;
    let id = store::next(tx, days, wanted).await?.ok_or(QueueError::NobodyWaits)?;
    store::call(tx, id).await?;
    note(tx, id, EventKind::Called, Status::CheckedIn, None).await?;
    entry(tx, id).await
}

/// Call this one, or once more. Before their turn only with a reason.
///
/// # Errors
/// 404, [`QueueError`].
pub async fn call(tx: &TenantTx, id: AppointmentId, reason: Option<&str>) -> Result<Entry, AppError> {
    let from = [QueueState::Waiting, QueueState::Skipped, QueueState::Called];
    let held = held(tx, id, &from).await?;
    if held.state != Some(QueueState::Called) && reason.is_none() {
        let first = store::first(tx, Days::of(tx)?, held.doctor, id).await?;
        // Whoever was skipped has no place before those who wait.
        let is_next =
            first.is_none_or(|first| held.state == Some(QueueState::Waiting) && held.place <= first);
        if !is_next {
            return Err(QueueError::OutOfTurn.into());
        }
    }
    store::call(tx, id).await?;
    note(tx, id, EventKind::Called, held.status, reason).await?;
    entry(tx, id).await
}

/// Let somebody wait again: who was called to the own place, who was skipped behind the next one. Who is with the doctor
/// by mistake waits in the own place too, as long as nothing is signed; what was drafted is there when it begins again.
///
/// # Errors
/// 404, [`QueueError`]; for who is with the doctor also 403, and what is signed.
pub async fn back(tx: &TenantTx, id: AppointmentId) -> Result<Entry, AppError> {
    let stands = store::find(tx, id).await?.map(|entry| entry.state);
    if stands == Some(QueueState::WithDoctor) {
        return not_begun(tx, id).await;
    }
    let held = held(tx, id, &[QueueState::Called, QueueState::Skipped]).await?;
    let to = match held.state {
        Some(QueueState::Skipped) => {
            held.place.behind(store::first(tx, Days::of(tx)?, held.doctor, id).await?)
        }
        _ => None,
    };
    store::back(tx, id, to).await?;
    note(tx, id, EventKind::BackToWaiting, held.status, None).await?;
    entry(tx, id).await
}

/// The consultation of this appointment was begun by mistake.
async fn not_begun(tx: &TenantTx, id: AppointmentId) -> Result<Entry, AppError> {
    appointments::may(tx, id, Act::TakeBack).await?;
    // The patient's record is held before the appointment is, and who signs holds that.
    appointments::lock(tx, id).await?;
    held(tx, id, &[QueueState::WithDoctor]).await?;
    encounters::nothing_signed(tx, id).await?;
    appointments::take_back(tx, id).await?;
    entry(tx, id).await
}

/// Go on without somebody who does not come when called.
///
/// # Errors
/// 404, [`QueueError`].
pub async fn skip(tx: &TenantTx, id: AppointmentId, reason: Option<&str>) -> Result<Entry, AppError> {
    let held = held(tx, id, &[QueueState::Called, QueueState::Waiting]).await?;
    store::skip(tx, id).await?;
    note(tx, id, EventKind::Skipped, held.status, reason).await?;
    entry(tx, id).await
}

/// Somebody left without being seen, at `at`: the appointment is off.
///
/// # Errors
/// 404, [`QueueError`], 422 for a time out of order, or why the appointment cannot be called off.
pub async fn left(
    tx: &TenantTx,
    id: AppointmentId,
    text: Option<&str>,
    at: Timestamp,
) -> Result<Entry, AppError> {
    // The patient's record is held before the appointment is, as everywhere: nobody waits for each other.
    appointments::lock(tx, id).await?;
    held(tx, id, &[QueueState::Waiting, QueueState::Called, QueueState::Skipped]).await?;
    let off = appointments::cancel_at(tx, id, (CancelReason::LeftWithoutBeingSeen, text), at).await?;
    store::left(tx, id).await?;
    let event = NewEvent::of(&off, EventKind::Left).because(text.map(str::to_owned));
    appointments::note(tx, &event.at(off.stamps.cancelled_at.unwrap_or(at))).await?;
    entry(tx, id).await
}

/// Another doctor sees this patient, in the same turn and with the same token. Whoever may move appointments hands over, a
/// doctor their own patients; and a doctor takes over whoever lies open to them.
///
/// # Errors
/// 404, 403, [`QueueError`], or why the appointment is not handed over.
pub async fn hand_over(
    tx: &TenantTx,
    id: AppointmentId,
    to: UserId,
    reason: Option<&str>,
) -> Result<Entry, AppError> {
    if Viewer::of(tx).user != to {
        appointments::may(tx, id, Act::HandOver).await?;
    }
    // Asking holds the doctor, and that is done before the patient's record is held, and the appointment after that.
    let is_away = is_away(tx, to).await?;
    appointments::lock(tx, id).await?;
    held(tx, id, &[QueueState::Waiting, QueueState::Called, QueueState::Skipped]).await?;
    if is_away {
        return Err(QueueError::Away.into());
    }
    appointments::hand_over(tx, id, to, reason).await?;
    entry(tx, id).await
}

/// Put somebody before others, or back among them.
///
/// # Errors
/// 404, [`QueueError`].
pub async fn prioritise(tx: &TenantTx, id: AppointmentId, new: &NewPriority) -> Result<Entry, AppError> {
    let from = [QueueState::Waiting, QueueState::Called, QueueState::Skipped];
    let held = held(tx, id, &from).await?;
    store::prioritise(tx, id, new.priority, &new.reason).await?;
    let said = match new.priority {
        Priority::Routine => format!("In turn again: {}", new.reason),
        priority => format!("{}: {}", priority.word(), new.reason),
    };
    note(tx, id, EventKind::Prioritised, held.status, Some(&said)).await?;
    entry(tx, id).await
}
