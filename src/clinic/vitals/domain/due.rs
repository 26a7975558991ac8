//! Who waits for vital signs: the first of a visit, and the next ones.

use jiff::{SignedDuration, Timestamp};

use crate::access::TenantTx;
use crate::clinic::patients::{self, PatientId, Sight};
use crate::clinic::vitals::handover::FRESH;
use crate::clinic::vitals::store;
use crate::clinic::vitals::waiting::{Due, Person, Waiting};
use crate::kernel::AppError;

/// Lines of a list: more wait in no house.
const MOST: i64 = 500;
/// So far ahead lists look.
pub(in crate::clinic::vitals) const AHEAD: SignedDuration = SignedDuration::from_mins(60);
/// Nobody waits in an outpatient department for longer: whoever is still on the list has gone home.
pub(super) const LONGEST: SignedDuration = FRESH;
/// Who came before midnight is still there for so long, as in the queue.
pub(super) const CARRIED: SignedDuration = SignedDuration::from_hours(6);

/// Whoever arrived since then may be there now: on the hospital's day, or shortly before it began.
pub(super) fn arrived_since(tx: &TenantTx) -> Result<Timestamp, AppError> {
    let today = patients::hospital_now(tx).start_of_day().map_err(AppError::internal)?.timestamp();
    Ok(today.min(tx.now().checked_sub(CARRIED).map_err(AppError::internal)?))
}

/// What of it is told to whoever asks.
pub(super) async fn sights<T>(
    tx: &TenantTx,
    lines: Vec<T>,
    person: impl Fn(&T) -> &Person,
) -> Result<Vec<(T, Sight)>, AppError> {
    let ids: Vec<PatientId> = lines.iter().map(|line| person(line).id).collect();
    let look = patients::look(tx, &ids).await?;
    let sight = |line: &T| {
        let person = person(line);
        look.sight(person.id, person.level, person.registered_by)
    };
    Ok(lines
        .into_iter()
        .map(|line| {
            let sight = sight(&line);
            (line, sight)
        })
        .filter(|(_, sight)| *sight != Sight::Hidden)
        .collect())
}

/// Arrived on the hospital's day, or shortly before it, and without vital signs for this visit; in their order.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub(in crate::clinic::vitals) async fn queue(tx: &TenantTx) -> Result<Vec<(Waiting, Sight)>, AppError> {
    let waiting = store::waiting::queue(tx, arrived_since(tx)?, MOST).await?;
    sights(tx, waiting, |line| &line.person).await
}

/// Whose next set is due before `until`, those who wait longest first.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub(in crate::clinic::vitals) async fn due(
    tx: &TenantTx,
    until: Timestamp,
) -> Result<Vec<(Due, Sight)>, AppError> {
    let from = tx.now().checked_sub(LONGEST).map_err(AppError::internal)?;
    let due = store::waiting::due(tx, (from, until), MOST).await?;
    sights(tx, due, |line| &line.person).await
}
