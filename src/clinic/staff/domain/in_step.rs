//! Whether a sign-in is in use stands in the hospital's own rows too. Whoever changes it writes both; here all are brought in
//! step, for hospitals and backups of before there was one.

use crate::access::{self, SystemTask};
use crate::app::App;
use crate::clinic::staff::model::State;
use crate::clinic::staff::store::{self, accounts};
use crate::identity::actor::TenantFacts;
use crate::kernel::AppError;

const TASK: SystemTask = SystemTask("staff.in_step");

/// One round through all hospitals. One that fails does not keep the others waiting.
///
/// # Errors
/// When the list of hospitals cannot be read.
pub async fn bring_in_step(app: &App) -> Result<(), AppError> {
    let failed = "the staff of a hospital could not be brought in step with their accounts";
    access::each_hospital(app, TASK, failed, |hospital| of_one(app, hospital)).await.map(drop)
}

async fn of_one(app: &App, hospital: TenantFacts) -> Result<(), AppError> {
    let tx = access::system_platform(app, TASK).await?;
    let inactive = accounts::in_state(&tx, hospital.id, State::Inactive, app.clock.now()).await?;
    tx.done().await?;
    let tx = access::system_tenant(app, TASK, hospital).await?;
    store::bring_in_step(&tx, &inactive).await?;
    tx.done().await
}
