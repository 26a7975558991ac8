//! What happens to appointments by itself: who did not come is marked as missed, and nobody who has died stays booked,
//! however the death was written down. Each is noted in the appointment's history.

use jiff::SignedDuration;

use super::{cancel_for_death, store};
use crate::access::{self, SystemTask};
use crate::app::App;
use crate::identity::actor::TenantFacts;
use crate::kernel::AppError;

const TASK: SystemTask = SystemTask("appointments.housekeeping");
/// Appointments of one transaction.
const BITE: i64 = 200;
/// Transactions for one hospital in one round: one that has more goes on with the next and holds up nobody.
const BITES: usize = 50;

/// One round through all hospitals, each in short transactions of its own. One that fails does not keep the others
/// waiting. How many appointments were marked as missed.
///
/// # Errors
/// When the list of hospitals cannot be read.
pub async fn run(app: &App) -> Result<usize, AppError> {
    let failed = "a hospital's appointments could not be looked through";
    let missed = access::each_hospital(app, TASK, failed, |hospital| of_one(app, hospital)).await?;
    Ok(missed.into_iter().sum())
}

async fn of_one(app: &App, hospital: TenantFacts) -> Result<usize, AppError> {
    let patience = SignedDuration::from_mins(i64::from(app.config.outpatient.no_show_after_minutes));
    let mut missed = 0;
    for _ in 0..BITES {
        let tx = access::system_tenant(app, TASK, hospital.clone()).await?;
        let gone = store::steps::of_the_dead(&tx, BITE).await?;
        for patient in &gone {
            cancel_for_death(&tx, *patient).await?;
        }
        let given_up = store::steps::give_up(&tx, tx.now() - patience, BITE).await?;
        tx.done().await?;
        missed += given_up;
        if gone.is_empty() && given_up == 0 {
            break;
        }
    }
    Ok(missed)
}
