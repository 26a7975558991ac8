//! Saying it again to whoever did not answer: every minute, at each hospital, in a transaction of its own.

use crate::access::{self, Audit, SystemTask};
use crate::app::App;
use crate::identity::actor::TenantFacts;
use crate::kernel::AppError;
use crate::web::NoContent;

const TASK: SystemTask = SystemTask("escalations");

/// One round through all hospitals. One that fails does not keep the others waiting. How often something was said again.
///
/// # Errors
/// When the list of hospitals cannot be read.
pub async fn run(app: &App) -> Result<usize, AppError> {
    let failed = "a hospital's alarms could not be said again";
    let said = access::each_hospital(app, TASK, failed, |hospital| at(app, hospital)).await?;
    Ok(said.into_iter().sum())
}

async fn at(app: &App, hospital: TenantFacts) -> Result<usize, AppError> {
    let tx = access::system_tenant(app, TASK, hospital).await?;
    let said = super::say_again(&tx).await?;
    match said {
        0 => tx.done().await?,
        said => drop(tx.audited().commit(Audit::listed("escalation", said), NoContent).await?),
    }
    Ok(said)
}
