//! What becomes of the children when a mother's record is marked: they are called after her.

use serde_json::json;

use super::kept::{Values, note_change};
use crate::access::TenantTx;
use crate::clinic::patients::model::{Confidentiality, PatientId};
use crate::clinic::patients::why::Action;
use crate::clinic::patients::{author, store};
use crate::kernel::AppError;

const WHY: &str = "As confidential as the mother's record";

/// Make children at least as confidential as their mother, in the transaction in which her level was raised. It takes
/// no right of its own, and is not taken back with hers: a child is marked down by hand.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn raise_children(
    tx: &TenantTx,
    mother: PatientId,
    level: Confidentiality,
) -> Result<(), AppError> {
    let of = |level: &str| Values::from_iter([("confidentiality".to_owned(), json!(level))]);
    let mut mothers = vec![mother];
    while let Some(mother) = mothers.pop() {
        for (child, was) in store::family::raise_children(tx, mother, level, author(tx)).await? {
            note_change(tx, child, Action::Update, Some(WHY), (of(&was), of(level.code()))).await?;
            mothers.push(child);
        }
    }
    Ok(())
}
