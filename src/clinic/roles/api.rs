//! `/roles`: the contract's words for roles and their permissions.

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with, patch_with, post_with};
use aide::transform::TransformOperation;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Create, Delete, NewRole, Role, RoleChange, RoleId, Template, Update, View, area, by_area, permission,
};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{header, op, refuses};
use crate::web::{Created, IfMatch, Json, NoContent, Path, Query, Reply};

const PATH: &str = "/roles";
const ONE: &str = "/roles/{role_id}";
const ETAG: &str = "The role's version, for `If-Match`.";
const CREATES: &[&str] =
    &["roles.name_taken", "roles.unknown_permission", "roles.no_template", "roles.beyond_own_rights"];
const CHANGES: &[&str] = &[
    "roles.name_taken",
    "roles.unknown_permission",
    "roles.system",
    "roles.beyond_own_rights",
    "roles.own_role",
    "roles.version_conflict",
];
const TOGGLES: &[&str] =
    &["roles.system", "roles.beyond_own_rights", "roles.own_role", "roles.version_conflict"];
const REMOVES: &[&str] = &["roles.system", "roles.beyond_own_rights", "roles.in_use"];

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(PATH, get_with(list, lists))
        .api_route(PATH, post_with(create, creates))
        .api_route(
            "/roles/permissions",
            get_with(permissions, op("roles.permissions", "List all permissions")),
        )
        .api_route(
            ONE,
            get_with(show, |o| op("roles.show", "Show a role")(o).with(header(200, "ETag", ETAG))),
        )
        .api_route(ONE, patch_with(change, changes))
        .api_route("/roles/{role_id}/toggle-active", patch_with(toggle, toggles))
        .api_route(ONE, delete_with(remove, removes))
}

fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("roles.list", "List the hospital's roles")(operation)
        .description("Those that come with HMS first, then by name.")
        .with(header(200, "X-Total-Count", "How many roles there are in all."))
        .with(header(200, "Link", "The next page, if there is one."))
}

fn creates(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("roles.create", "Create a role"), CREATES)(operation)
        .description(
            "It grants `permission_codes` and what the role `template_role_id` grants. Granting anything needs \
             `roles:assign_permissions` as well, and only what one holds oneself can be granted (403 \
             `roles.beyond_own_rights`). Made from the role of doctors or nurses, or from one that was, it makes its holders \
             doctors or nurses too (`works_as`).",
        )
        .with(header(201, "ETag", ETAG))
        .with(header(201, "Location", "The new role."))
}

fn changes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("roles.update", "Change a role"), CHANGES)(operation)
        .description(
            "A field that is left out stays; a blank description is none. `permission_codes` are all that it grants from \
             now on, and need `roles:assign_permissions` as well. Nobody adds what they do not hold themselves, nor changes a \
             role that grants it (403 `roles.beyond_own_rights`), nor adds to a role that they hold (403 \
             `roles.own_role`). It holds for \
             everybody within a second. With `If-Match` or `version` nothing is written over a newer version (412).",
        )
        .with(header(200, "ETag", ETAG))
}

fn toggles(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("roles.toggle_active", "Disable an active role, enable a disabled one"), TOGGLES)(operation)
        .description(
            "A disabled role grants nothing to those who hold it, from the next second on. Both take somebody who holds all \
             that it grants (403 `roles.beyond_own_rights`).",
        )
        .with(header(200, "ETag", ETAG))
}

fn removes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("roles.remove", "Remove a role that nobody holds"), REMOVES)(operation)
}

/// What a role lets a person do.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Permission")]
struct PermissionView {
    code: String,
    /// What it lets a person do.
    name: String,
    /// The part of the hospital that it belongs to.
    category: String,
}

impl PermissionView {
    fn of(code: &str) -> Self {
        let name = permission(code).map_or(code, |known| known.label).to_owned();
        Self { name, category: area(code), code: code.to_owned() }
    }
}

/// A role with what it grants.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Role")]
struct RoleView {
    id: RoleId,
    name: String,
    description: Option<String>,
    /// It comes with HMS and stays as it is.
    is_system: bool,
    system_key: Option<String>,
    /// `DOCTOR` or `NURSE`: whoever holds the role counts as one, for bookings and for the rules about whose patients
    /// somebody is shown. Handed on to a role that is made from it; never changed.
    works_as: Option<String>,
    /// A role that is not active grants nothing.
    is_active: bool,
    permissions: Vec<PermissionView>,
    /// How many people hold it.
    user_count: i64,
    /// For `If-Match`, or `version` in a PATCH.
    version: i32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        Self {
            id: role.id,
            name: role.name,
            description: role.description,
            is_system: role.is_system,
            system_key: role.system_key,
            works_as: role.works_as,
            is_active: role.is_active,
            permissions: role.codes.iter().map(|code| PermissionView::of(code)).collect(),
            user_count: role.users,
            version: role.version,
            created_at: role.created_at,
            updated_at: role.updated_at,
        }
    }
}

#[derive(Deserialize, JsonSchema)]
struct ListRoles {
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 500 if left out.
    page_size: Option<i64>,
}

async fn list(
    tx: Authorized<View>,
    Query(query): Query<ListRoles>,
) -> Result<Reply<Vec<RoleView>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, query.page_size, 500, &mut errors);
    errors.finish()?;
    let found = super::list(&tx, page).await?;
    let (total, has_next) = (found.total, found.has_next());
    let views: Vec<RoleView> = found.items.into_iter().map(RoleView::from).collect();
    let audit = Audit::listed("role", views.len());
    let mut reply = Reply::new(views).total(total);
    if has_next {
        let next = format!("/api/v1/roles?page={}&page_size={}", page.page + 1, page.page_size);
        reply = reply.link("next", &next);
    }
    tx.commit(audit, reply).await
}

async fn permissions(tx: Authorized<View>) -> Result<Json<Vec<PermissionView>>, AppError> {
    let in_order = by_area().into_iter().flat_map(|(_, permissions)| permissions);
    let views: Vec<_> = in_order.map(|permission| PermissionView::of(permission.code)).collect();
    tx.commit(Audit::listed("permission", views.len()), Json(views)).await
}

fn shown(role: Role) -> Reply<RoleView> {
    let version = role.version;
    Reply::new(role.into()).etag(version)
}

async fn show(tx: Authorized<View>, Path(id): Path<RoleId>) -> Result<Reply<RoleView>, AppError> {
    let role = super::find(&tx, id).await?;
    tx.commit(Audit::viewed(id), shown(role)).await
}

/// A role to be made. Other keys are ignored: what comes with HMS is never the client's to say.
#[derive(Deserialize, JsonSchema)]
struct CreateRole {
    /// In any script.
    #[schemars(required, length(min = 1, max = 50))]
    name: Option<String>,
    #[schemars(length(max = 255))]
    description: Option<String>,
    /// What it grants.
    permission_codes: Option<Vec<String>>,
    /// A role of this hospital whose permissions it grants too, and whose `works_as` it has.
    template_role_id: Option<RoleId>,
}

async fn create(tx: Authorized<Create>, Json(body): Json<CreateRole>) -> Result<Created<RoleView>, AppError> {
    let codes = body.permission_codes.unwrap_or_default();
    let template = body.template_role_id.map(|id| Template { id, with_codes: true });
    let new = NewRole::parse(body.name.as_deref(), body.description.as_deref(), &codes, template)?;
    let role = super::create(&tx, new).await?;
    let (audit, version) = (audit_of_new(&role), role.version);
    let location = format!("/api/v1/roles/{}", role.id);
    tx.commit(audit, Created::new(role.into()).etag(version).location(&location)).await
}

pub(super) fn audit_of_new(role: &Role) -> Audit {
    Audit::created(role.id).with(serde_json::json!({ "granted": role.codes }))
}

/// What is to become of a role. Other keys are ignored.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangeRole {
    /// In any script.
    #[schemars(length(min = 1, max = 50))]
    name: Option<String>,
    /// Blank: none any more.
    #[schemars(length(max = 255))]
    description: Option<String>,
    /// All that it grants from now on.
    permission_codes: Option<Vec<String>>,
    /// The version that was read and changed, instead of `If-Match`.
    version: Option<i64>,
}

async fn change(
    tx: Authorized<Update>,
    Path(id): Path<RoleId>,
    IfMatch(tag): IfMatch,
    Json(body): Json<ChangeRole>,
) -> Result<Reply<RoleView>, AppError> {
    let codes = body.permission_codes.as_deref();
    let wanted = RoleChange::parse(body.name.as_deref(), body.description.as_deref(), codes)?;
    let expected: Vec<i64> = [tag, body.version].into_iter().flatten().collect();
    let changed = super::change(&tx, id, wanted, &expected).await?;
    let audit = changed.audit();
    if changed.is_nothing() {
        return tx.commit(audit, shown(changed.role)).await;
    }
    tx.commit_and_announce(audit, shown(changed.role)).await
}

async fn toggle(
    tx: Authorized<Update>,
    Path(id): Path<RoleId>,
    IfMatch(tag): IfMatch,
) -> Result<Reply<RoleView>, AppError> {
    let expected: Vec<i64> = tag.into_iter().collect();
    let (role, audit) = super::toggle(&tx, id, &expected).await?;
    tx.commit_and_announce(audit, shown(role)).await
}

async fn remove(tx: Authorized<Delete>, Path(id): Path<RoleId>) -> Result<NoContent, AppError> {
    let audit = super::remove(&tx, id).await?;
    tx.commit(audit, NoContent).await
}
