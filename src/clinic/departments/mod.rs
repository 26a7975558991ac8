//! Departments of a hospital: where staff belong and patients are seen.
//!
//! Invariants, each kept by the database, so that nobody races past this module: a name is taken once, in any case
//! (`departments_name_unique`); a department that anything is recorded for is not removed (`staff_department_fkey`, and
//! the foreign key of whatever comes later); of two who change one, one succeeds (`version`). The Administrator department
//! keeps its name and stays: administrators and the front desk belong to it.

mod api;
mod model;
mod pages;
mod store;

pub use model::{Department, DepartmentError, Facts, Typed, Wanted};

use std::collections::BTreeMap;

use serde_json::json;

use crate::access::{Audit, Module, TenantTx};
use crate::app::{ChecklistLine, Done};
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, Problem};
use crate::web::layout::{Console, Icon};
use crate::web::nav::{ActEntry, NavEntry};
use crate::web::openapi::{Chapter, Part};
use crate::{ids, permissions};

ids! {
    /// A department.
    DepartmentId = "department";
}

permissions! {
    View = "departments:view" "See departments";
    Create = "departments:create" "Create departments";
    Update = "departments:update" "Change departments";
    Delete = "departments:delete" "Remove departments";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS],
    problems: &[DepartmentError::CODES],
    docs: Some(Chapter::new(
        Part::Hospital,
        "Departments",
        "Where staff belong and patients are seen. One that is in use is not removed.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 870,
        group: "Manage",
        label: "Departments",
        href: "/departments",
        icon: Icon("building-community"),
        key: "",
        // Who only books into one chooses it where they book.
        permission: "departments:view",
    }],
    checklist: &[ChecklistLine {
        key: "departments",
        order: 40,
        label: "Set up your departments",
        why: "Staff belong to one, and patients are booked into one. Five are there to begin with.",
        href: "/departments",
        permission: "departments:create",
        done: Done::Rows(&store::ARRANGED),
    }],
    acts: &[ActEntry {
        console: Console::Staff,
        label: "Create department",
        href: "/departments/new",
        icon: Icon("building-plus"),
        words: "new add ward clinic unit",
        permission: "departments:create",
    }],
    ..Module::named("departments")
};

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

/// One page of the departments that are wanted, by name.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn list(tx: &TenantTx, wanted: Wanted, page: PageRequest) -> Result<Page<Department>, AppError> {
    let (departments, total) = store::page(tx, wanted, page).await?;
    Ok(page.envelope(departments, total))
}

/// The department with this id.
///
/// # Errors
/// 404.
pub async fn find(tx: &TenantTx, id: DepartmentId) -> Result<Department, AppError> {
    Ok(store::find(tx, id).await?.ok_or_else(|| Problem::not_found("The department"))?)
}

/// How many patients visit each of these: nobody but the API's answers asks, because it takes a look at all visits.
async fn patients(tx: &TenantTx, ids: &[DepartmentId]) -> Result<BTreeMap<DepartmentId, i64>, AppError> {
    Ok(store::patients(tx, ids).await?)
}

fn name_taken(error: AppError) -> AppError {
    match error.constraint() {
        Some("departments_name_unique") => DepartmentError::NameTaken.into(),
        _ => error,
    }
}

/// Make a department.
///
/// # Errors
/// [`DepartmentError::NameTaken`].
async fn create(tx: &TenantTx, facts: &Facts) -> Result<Department, AppError> {
    let id = DepartmentId::new();
    store::insert(tx, id, facts).await.map_err(|error| name_taken(error.into()))?;
    find(tx, id).await
}

/// What became of a department, and the names of the fields that changed (none: everything was already so).
#[derive(Debug)]
struct Changed {
    department: Department,
    fields: Vec<&'static str>,
}

impl Changed {
    fn is_nothing(&self) -> bool {
        self.fields.is_empty()
    }

    fn audit(&self) -> Audit {
        if self.is_nothing() {
            return Audit::viewed(self.department.id);
        }
        Audit::updated(self.department.id).with(json!({ "fields": self.fields }))
    }
}

/// The department, held until the end. `expected` holds the versions that the caller believes to be the newest.
async fn held(tx: &TenantTx, id: DepartmentId, expected: &[i64]) -> Result<Department, AppError> {
    let department = store::hold(tx, id).await?.ok_or_else(|| Problem::not_found("The department"))?;
    if expected.iter().any(|version| *version != i64::from(department.version)) {
        return Err(DepartmentError::VersionConflict.into());
    }
    Ok(department)
}

/// Change a department.
///
/// # Errors
/// 404, 422, [`DepartmentError`].
async fn change(
    tx: &TenantTx,
    id: DepartmentId,
    typed: &Typed<'_>,
    expected: &[i64],
) -> Result<Changed, AppError> {
    let department = held(tx, id, expected).await?;
    let before = Facts::from(&department);
    let after = before.changed(typed)?;
    let fields = before.differences(&after);
    if fields.is_empty() {
        return Ok(Changed { department, fields });
    }
    if department.is_system && before.name != after.name {
        return Err(DepartmentError::Protected.into());
    }
    store::update(tx, id, &after).await.map_err(|error| name_taken(error.into()))?;
    Ok(Changed { department: find(tx, id).await?, fields })
}

/// SQLSTATE of a row that others point at.
const FOREIGN_KEY: &str = "23503";

/// Remove a department that nothing is recorded for.
///
/// # Errors
/// 404, [`DepartmentError::Protected`], [`DepartmentError::Staffed`], [`DepartmentError::InUse`].
async fn remove(tx: &TenantTx, id: DepartmentId) -> Result<Audit, AppError> {
    let department = held(tx, id, &[]).await?;
    if department.is_system {
        return Err(DepartmentError::Protected.into());
    }
    match department.users {
        0 => {}
        1 => return Err(DepartmentError::Staffed("1 person belongs".to_owned()).into()),
        people => return Err(DepartmentError::Staffed(format!("{people} people belong")).into()),
    }
    store::delete(tx, id).await.map_err(|error| match error.constraint() {
        Some("staff_department_fkey") => DepartmentError::Staffed("Somebody belongs".to_owned()).into(),
        Some(_) if error.sqlstate == FOREIGN_KEY => DepartmentError::InUse.into(),
        _ => AppError::from(error),
    })?;
    Ok(Audit::did("removed", id).with(json!({ "name": department.name })))
}
