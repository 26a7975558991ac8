//! Departments of a hospital: where staff belong and patients are seen.

mod store;

pub use store::STATEMENTS;

use crate::access::Module;
use crate::access::TenantTx;
use crate::ids;
use crate::kernel::AppError;

ids! {
    /// A department.
    DepartmentId = "department";
}

/// Made with every hospital: name, for patients too, protected.
const DEFAULTS: [(&str, bool, bool); 5] = [
    (ADMINISTRATION, false, true),
    ("General Medicine", true, false),
    ("Pediatrics", true, false),
    ("Cardiology", true, false),
    ("Emergency", true, false),
];

/// The department of administrators and the front desk; cannot be removed.
pub const ADMINISTRATION: &str = "Administrator";

/// Make the default departments of a new hospital.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn seed(tx: &TenantTx) -> Result<(), AppError> {
    let all =
        DEFAULTS.map(|(name, for_patients, protected)| (DepartmentId::new(), name, for_patients, protected));
    Ok(store::insert_all(tx, &all).await?)
}

/// The department of this name, in any case.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn by_name(tx: &TenantTx, name: &str) -> Result<Option<DepartmentId>, AppError> {
    Ok(store::by_name(tx, name).await?)
}

/// This capability, for the registry.
pub const MODULE: Module = Module { statements: &[STATEMENTS], ..Module::named("departments") };
