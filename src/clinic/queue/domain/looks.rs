//! What is seen of the queue, as far as whoever looks may know of its patients.

use std::collections::BTreeMap;

use crate::access::TenantTx;
use crate::clinic::appointments::{AppointmentId, QueueState};
use crate::clinic::patients::{self, PatientId, Sight};
use crate::clinic::queue::model::{Board, Entry, Person, Screen, Wanted};
use crate::clinic::queue::store::{self, Days};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, Problem};

/// So many of a day are listed.
const MOST: i64 = 500;
/// So many stand on the screen.
const ON_SCREEN: i64 = 60;

/// The queue of today, in its order.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn board(tx: &TenantTx, wanted: Wanted) -> Result<Board, AppError> {
    let days = Days::of(tx)?;
    let (entries, counts) = store::list(tx, days, wanted, MOST).await?;
    let mut entries = seen(tx, entries).await?;
    let mut waiting: BTreeMap<UserId, u32> = BTreeMap::new();
    for entry in entries.iter_mut().filter(|entry| entry.state == QueueState::Waiting) {
        let position = waiting.entry(entry.doctor).or_default();
        *position += 1;
        entry.position = Some(*position);
    }
    Ok(Board { day: days.today, now: tx.now(), counts, entries })
}

/// One of them. `position` is not told.
///
/// # Errors
/// 404.
pub async fn entry(tx: &TenantTx, id: AppointmentId) -> Result<Entry, AppError> {
    let found = store::find(tx, id).await?.ok_or_else(|| Problem::not_found("The appointment"))?;
    let mut seen = seen(tx, vec![found]).await?;
    seen.pop().ok_or_else(|| AppError::internal("a look at one gives one"))
}

/// Everybody keeps their line, because they stand there; who it is, only where the reader may know.
async fn seen(tx: &TenantTx, mut entries: Vec<Entry>) -> Result<Vec<Entry>, AppError> {
    let ids: Vec<PatientId> = entries.iter().map(|entry| entry.patient).collect();
    let look = patients::look(tx, &ids).await?;
    for entry in &mut entries {
        if look.sight(entry.patient, entry.level, entry.registered_by) == Sight::Whole {
            let (code, name) = (entry.code.clone(), entry.full_name.clone());
            entry.person = Some(Person { id: entry.patient, code, name });
        }
    }
    Ok(entries)
}

/// What the waiting room sees.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn screen(tx: &TenantTx, wanted: Wanted) -> Result<Screen, AppError> {
    Ok(store::screen(tx, Days::of(tx)?, wanted, ON_SCREEN).await?)
}
