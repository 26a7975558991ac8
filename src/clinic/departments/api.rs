//! `/departments`: the contract's words for departments.

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with, patch_with, post_with};
use aide::transform::TransformOperation;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Create, Delete, Department, DepartmentId, Facts, Typed, Update, View, Wanted};
use crate::access::{Audit, Authorized, TenantTx};
use crate::app::App;
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{header, op, refuses};
use crate::web::{Created, IfMatch, Json, NoContent, Path, Query, Reply};

const PATH: &str = "/departments";
const ONE: &str = "/departments/{department_id}";
const ETAG: &str = "The department's version, for `If-Match`.";
const CREATES: &[&str] = &["departments.name_taken"];
const CHANGES: &[&str] = &["departments.name_taken", "departments.protected", "departments.version_conflict"];
const REMOVES: &[&str] = &["departments.protected", "departments.has_staff", "departments.in_use"];

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(PATH, get_with(list, lists))
        .api_route(PATH, post_with(create, creates))
        .api_route(
            ONE,
            get_with(show, |o| {
                op("departments.show", "Show a department")(o).with(header(200, "ETag", ETAG))
            }),
        )
        .api_route(ONE, patch_with(change, changes))
        .api_route(ONE, delete_with(remove, removes))
}

fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("departments.list", "List the hospital's departments")(operation)
        .description("By name. `for_staff` and `for_patients` narrow it to those that are, or are not.")
        .with(header(200, "X-Total-Count", "How many departments there are in all."))
        .with(header(200, "Link", "The next page, if there is one."))
}

fn creates(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("departments.create", "Create a department"), CREATES)(operation)
        .with(header(201, "ETag", ETAG))
        .with(header(201, "Location", "The new department."))
}

fn changes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("departments.update", "Change a department"), CHANGES)(operation)
        .description(
            "A field that is left out stays; a blank description is none. The Administrator department keeps its name. \
             With `If-Match` or `version` nothing is written over a newer version (412).",
        )
        .with(header(200, "ETag", ETAG))
}

fn removes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("departments.remove", "Remove a department"), REMOVES)(operation)
        .description("Only one that nobody belongs to and nothing is recorded for.")
}

/// A department with its counts.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Department")]
struct DepartmentView {
    id: DepartmentId,
    name: String,
    description: Option<String>,
    is_for_staff: bool,
    is_for_patients: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// Staff who belong to it.
    user_count: i64,
    /// Patients with a visit there that is neither cancelled nor missed.
    patient_count: i64,
    /// It came with HMS: its name stays and it is not removed.
    is_system: bool,
    /// For `If-Match`, or `version` in a PATCH.
    version: i32,
}

impl DepartmentView {
    fn new(department: Department, patients: Option<i64>) -> Self {
        Self {
            id: department.id,
            name: department.name,
            description: department.description,
            is_for_staff: department.is_for_staff,
            is_for_patients: department.is_for_patients,
            created_at: department.created_at,
            updated_at: department.updated_at,
            user_count: department.users,
            patient_count: patients.unwrap_or_default(),
            is_system: department.is_system,
            version: department.version,
        }
    }

    /// With the number of its patients.
    async fn read(tx: &TenantTx, department: Department) -> Result<Self, AppError> {
        let patients = super::patients(tx, &[department.id]).await?.remove(&department.id);
        Ok(Self::new(department, patients))
    }
}

#[derive(Deserialize, JsonSchema)]
struct ListDepartments {
    /// `true`: only those for staff; `false`: only others.
    for_staff: Option<bool>,
    /// `true`: only those for patients; `false`: only others.
    for_patients: Option<bool>,
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 500 if left out.
    page_size: Option<i64>,
}

async fn list(
    tx: Authorized<View>,
    Query(query): Query<ListDepartments>,
) -> Result<Reply<Vec<DepartmentView>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, query.page_size, 500, &mut errors);
    errors.finish()?;
    let wanted = Wanted { for_staff: query.for_staff, for_patients: query.for_patients };
    let found = super::list(&tx, wanted, page).await?;
    let (total, has_next) = (found.total, found.has_next());
    let ids: Vec<DepartmentId> = found.items.iter().map(|department| department.id).collect();
    let mut patients = super::patients(&tx, &ids).await?;
    let view = |department: Department| {
        let patients = patients.remove(&department.id);
        DepartmentView::new(department, patients)
    };
    let views: Vec<DepartmentView> = found.items.into_iter().map(view).collect();
    let audit = Audit::listed("department", views.len());
    let mut reply = Reply::new(views).total(total);
    if has_next {
        let said = [("for_staff", query.for_staff), ("for_patients", query.for_patients)];
        let filters: String =
            said.iter().filter_map(|(name, said)| said.map(|said| format!("&{name}={said}"))).collect();
        let next = format!("/api/v1{PATH}?page={}&page_size={}{filters}", page.page + 1, page.page_size);
        reply = reply.link("next", &next);
    }
    tx.commit(audit, reply).await
}

async fn shown(tx: &TenantTx, department: Department) -> Result<Reply<DepartmentView>, AppError> {
    let version = department.version;
    Ok(Reply::new(DepartmentView::read(tx, department).await?).etag(version))
}

async fn show(tx: Authorized<View>, Path(id): Path<DepartmentId>) -> Result<Reply<DepartmentView>, AppError> {
    let department = super::find(&tx, id).await?;
    let reply = shown(&tx, department).await?;
    tx.commit(Audit::viewed(id), reply).await
}

/// A department to be made. Other keys are ignored: what comes with HMS is never the client's to say.
#[derive(Deserialize, JsonSchema)]
struct CreateDepartment {
    /// In any script.
    #[schemars(required, length(min = 2, max = 100))]
    name: Option<String>,
    #[schemars(length(max = 500))]
    description: Option<String>,
    /// People work there; `true` if left out.
    is_for_staff: Option<bool>,
    /// Patients are seen there; `true` if left out.
    is_for_patients: Option<bool>,
}

async fn create(
    tx: Authorized<Create>,
    Json(body): Json<CreateDepartment>,
) -> Result<Created<DepartmentView>, AppError> {
    let facts = Facts::parse(&Typed {
        name: body.name.as_deref(),
        description: body.description.as_deref(),
        is_for_staff: body.is_for_staff,
        is_for_patients: body.is_for_patients,
    })?;
    let department = super::create(&tx, &facts).await?;
    let (audit, version) = (Audit::created(department.id), department.version);
    let location = format!("/api/v1{PATH}/{}", department.id);
    let view = DepartmentView::read(&tx, department).await?;
    tx.commit(audit, Created::new(view).etag(version).location(&location)).await
}

/// What is to become of a department. Other keys are ignored.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangeDepartment {
    /// In any script.
    #[schemars(length(min = 2, max = 100))]
    name: Option<String>,
    /// Blank: none any more.
    #[schemars(length(max = 500))]
    description: Option<String>,
    /// People work there.
    is_for_staff: Option<bool>,
    /// Patients are seen there.
    is_for_patients: Option<bool>,
    /// The version that was read and changed, instead of `If-Match`.
    version: Option<i64>,
}

async fn change(
    tx: Authorized<Update>,
    Path(id): Path<DepartmentId>,
    IfMatch(tag): IfMatch,
    Json(body): Json<ChangeDepartment>,
) -> Result<Reply<DepartmentView>, AppError> {
    let typed = Typed {
        name: body.name.as_deref(),
        description: body.description.as_deref(),
        is_for_staff: body.is_for_staff,
        is_for_patients: body.is_for_patients,
    };
    let expected: Vec<i64> = [tag, body.version].into_iter().flatten().collect();
    let changed = super::change(&tx, id, &typed, &expected).await?;
    let (audit, is_nothing) = (changed.audit(), changed.is_nothing());
    let reply = shown(&tx, changed.department).await?;
    if is_nothing {
        return tx.commit(audit, reply).await;
    }
    // Its name stands beside those who belong to it.
    tx.commit_and_announce(audit, reply).await
}

async fn remove(tx: Authorized<Delete>, Path(id): Path<DepartmentId>) -> Result<NoContent, AppError> {
    let audit = super::remove(&tx, id).await?;
    tx.commit(audit, NoContent).await
}
