//! What hospitals take up, and their counts put right: in jobs and commands, never in a request.

use crate::access::{self, Audit, SystemTask};
use crate::app::App;
use crate::identity::actor::TenantFacts;
use crate::kernel::AppError;
use crate::platform::hospitals::store;
use crate::web::NoContent;

const MEASURE: SystemTask = SystemTask("hospitals.measure");
const RECOUNT: SystemTask = SystemTask("hms tenant recount");

/// Counts of patients and of appointments as they were kept, and as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recounted {
    pub kept: i64,
    pub is: i64,
    pub kept_appointments: i64,
    pub appointments: i64,
}

/// Measure the tables and files of every hospital. One that fails does not keep the others waiting. How many were
/// measured.
///
/// # Errors
/// When the list of hospitals cannot be read.
pub async fn measure_all(app: &App) -> Result<usize, AppError> {
    let one = |hospital: TenantFacts| async move { measure(app, &hospital).await };
    Ok(access::each_hospital(app, MEASURE, "a hospital could not be measured", one).await?.len())
}

/// Measure one hospital, in bytes. The console shows it from then on.
///
/// # Errors
/// When the files cannot be listed, or the database fails.
pub async fn measure(app: &App, hospital: &TenantFacts) -> Result<i64, AppError> {
    // No transaction waits for the files.
    let files = i64::try_from(app.files.bytes(&hospital.schema).await?).unwrap_or(i64::MAX);
    let tx = access::system_platform(app, MEASURE).await?;
    let data = store::data_bytes(&tx, &hospital.schema).await?;
    store::measured(&tx, &hospital.schema, data, files).await?;
    tx.done().await?;
    Ok(data + files)
}

/// Count a hospital's patients and appointments and put right what is kept about them. Registrations and bookings wait
/// meanwhile.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn recount(app: &App, hospital: &TenantFacts) -> Result<Recounted, AppError> {
    let tx = access::system_platform(app, RECOUNT).await?;
    let kept_appointments = store::kept_appointments(&tx, &hospital.schema).await?;
    tx.done().await?;
    let tx = access::system_tenant(app, RECOUNT, hospital.clone()).await?;
    let (kept, is) = store::count(&tx).await?;
    // Noted even if they agree: the platform's own number may be the wrong one.
    store::put_right(&tx, is).await?;
    let appointments = store::put_appointments_right(&tx).await?;
    if kept == is && kept_appointments == appointments {
        tx.done().await?;
    } else {
        let detail = serde_json::json!({
            "kept": kept, "is": is, "kept_appointments": kept_appointments, "appointments": appointments,
        });
        tx.audited().commit(Audit::did("recounted", hospital.id).with(detail), NoContent).await?;
    }
    Ok(Recounted { kept, is, kept_appointments, appointments })
}
