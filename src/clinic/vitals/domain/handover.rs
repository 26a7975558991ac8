//! The hand-over sheet: who is there now, what is known of them, and their last sets.

use std::collections::BTreeMap;

use crate::access::TenantTx;
use crate::clinic::departments::{self, DepartmentId};
use crate::clinic::patients::{PatientId, Sight};
use crate::clinic::vitals::domain::due::{AHEAD, LONGEST, arrived_since, sights};
use crate::clinic::vitals::handover::{Line, is_fresh};
use crate::clinic::vitals::model::VitalSet;
use crate::clinic::vitals::store;
use crate::kernel::AppError;

/// Patients of one sheet; a house with more of them prints it by department.
const MOST: i64 = 200;
/// Sets of each, by which one sees how it goes.
const SETS: i64 = 4;

/// A sheet as somebody reads it.
pub(in crate::clinic::vitals) struct Sheet {
    /// The department that was asked for.
    pub department: Option<String>,
    pub lines: Vec<(Line, Sight)>,
    /// There may be more.
    pub is_cut: bool,
}

/// The sheet of a department, or of the house, the most urgent first. What is told of each
/// patient is beside the line; whom the reader may not know of is left out, and sets are of records that lie open.
///
/// # Errors
/// 404 for a department that there is not.
pub(in crate::clinic::vitals) async fn sheet(
    tx: &TenantTx,
    department: Option<DepartmentId>,
) -> Result<Sheet, AppError> {
    let name = match department {
        Some(id) => Some(departments::find(tx, id).await?.name),
        None => None,
    };
    let from = tx.now().checked_sub(LONGEST).map_err(AppError::internal)?;
    let until = tx.now().checked_add(AHEAD).map_err(AppError::internal)?;
    let there = store::handover::there(tx, arrived_since(tx)?, (from, until), department, MOST).await?;
    let is_cut = i64::try_from(there.len()).is_ok_and(|many| many >= MOST);
    let lines = store::handover::facts(tx, &there, from).await?;
    let mut lines = sights(tx, lines, |line| &line.person).await?;
    let open: Vec<PatientId> =
        lines.iter().filter(|(_, sight)| *sight == Sight::Whole).map(|(line, _)| line.person.id).collect();
    let mut sets: BTreeMap<PatientId, Vec<VitalSet>> = BTreeMap::new();
    for set in store::newest_of(tx, &open, SETS).await? {
        sets.entry(set.patient).or_default().push(set);
    }
    for (line, _) in &mut lines {
        let found = sets.remove(&line.person.id).unwrap_or_default().into_iter().enumerate();
        let kept = found.filter(|(n, set)| *n == 0 || is_fresh(set, tx.now()));
        line.sets = kept.map(|(_, set)| set).collect();
    }
    Ok(Sheet { department: name, lines, is_cut })
}
