//! Reading all patients that a filter leaves, for files.

use super::filter::PatientFilter;
use super::model::{Patient, PatientId};
use super::store;
use crate::access::TenantTx;
use crate::kernel::AppError;

/// Rows of one statement: bounds the memory of a reading.
const BATCH: i64 = 2_000;

/// How many patients the filter leaves.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn count(tx: &TenantTx, filter: &PatientFilter) -> Result<i64, AppError> {
    if filter.nobody { Ok(0) } else { Ok(store::matching(tx, filter).await?) }
}

/// What `take` makes of each patient that the filter leaves, at most `most`, in the order of the list.
///
/// Read by id, which never changes, and ordered here: a visit that begins meanwhile moves a patient to the top of the
/// list, and must not make her be read twice or be left out.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn read<T>(
    tx: &TenantTx,
    filter: &PatientFilter,
    most: usize,
    mut take: impl FnMut(Patient) -> T,
) -> Result<Vec<T>, AppError> {
    let mut found = Vec::new();
    let mut after = PatientId(uuid::Uuid::nil());
    while !filter.nobody && found.len() < most {
        let batch = store::batch(tx, filter, after, BATCH).await?;
        let is_last = i64::try_from(batch.len()).is_ok_and(|rows| rows < BATCH);
        for patient in batch {
            after = patient.id;
            found.push(((patient.last_visited_at, patient.created_at, patient.id), take(patient)));
        }
        if is_last {
            break;
        }
    }
    found.truncate(most);
    found.sort_unstable_by_key(|(key, _)| std::cmp::Reverse(*key));
    Ok(found.into_iter().map(|(_, line)| line).collect())
}
