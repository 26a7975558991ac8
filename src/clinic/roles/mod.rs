//! Roles of a hospital and the permissions that they grant.
//!
//! Names are just names: what a person may do comes from permission codes alone, of active roles alone
//! (`access::directory`). A system role never changes, so a hospital always has somebody who may do everything.
//!
//! Nobody gets further by a role: who makes, changes or enables one grants only what they hold themselves, and never adds
//! to a role that they hold. Nor does anybody take from others what they never had: a role that grants more than somebody
//! holds is not theirs to change, disable or remove.
//!
//! What holds for doctors and nurses, beside rights (who is booked, whose patients they are shown first), holds by a role
//! that was made from theirs as well (`works_as`): it is handed on when a role is made from another, and never changed.
//!
//! Every change is announced in its transaction and holds on every instance within a second. A
//! name is taken once (`roles_name_unique`), a role that somebody holds is not removed (`user_roles_role_fkey`), and of two
//! who change one, one succeeds (`version`): the database decides each of these, so nobody races past this module.
//!
//! Elsewhere: who is given a role (`clinic::staff`).

mod api;
mod areas;
mod catalogue;
mod model;
mod pages;
mod store;
mod table;

pub use areas::{area, by_area, in_short};
pub use catalogue::{CATALOGUE, SystemRole, permission};
pub use model::{Codes, Holder, NewRole, Role, RoleChange, RoleError, Template};
pub use table::table;

use serde_json::json;

use crate::access::{self, Audit, Module, TenantTx};
use crate::identity::actor::Actor;
use crate::kernel::ids::UserId;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, Problem};
use crate::web::layout::{Console, Icon};
use crate::web::nav::{ActEntry, NavEntry};
use crate::web::openapi::{Chapter, Part};
use crate::{ids, permissions};

ids! {
    /// A role.
    RoleId = "role";
}

permissions! {
    View = "roles:view" "See roles";
    Create = "roles:create" "Create roles";
    Update = "roles:update" "Change roles";
    Delete = "roles:delete" "Remove roles";
    /// Demanded beside the others where permissions are given or taken.
    AssignPermissions = "roles:assign_permissions" "Grant permissions to roles";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS],
    problems: &[RoleError::CODES],
    docs: Some(Chapter::new(
        Part::Hospital,
        "Roles",
        "What people may do, by roles: those that come with HMS, and a hospital's own. Nobody grants what they do not hold \
         themselves.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 860,
        group: "Manage",
        label: "Roles",
        href: "/roles",
        icon: Icon("shield-lock"),
        key: "",
        permission: "roles:view",
    }],
    acts: &[ActEntry {
        console: Console::Staff,
        label: "Create role",
        href: "/roles/new",
        icon: Icon("shield-plus"),
        words: "new add rights permissions",
        permission: "roles:create",
    }],
    ..Module::named("roles")
};

/// Make the system roles of a new hospital.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn seed(tx: &TenantTx) -> Result<(), AppError> {
    Ok(store::insert_system(tx, &SystemRole::ALL.map(|role| (RoleId::new(), role))).await?)
}

/// Give a person a system role.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn assign(tx: &TenantTx, user: UserId, role: SystemRole) -> Result<(), AppError> {
    Ok(store::assign_system(tx, user, role.key()).await?)
}

/// One page of the hospital's roles, those of the system first.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn list(tx: &TenantTx, page: PageRequest) -> Result<Page<Role>, AppError> {
    let (roles, total) = store::page(tx, page).await?;
    Ok(page.envelope(roles, total))
}

/// The role with this id.
///
/// # Errors
/// 404.
pub async fn find(tx: &TenantTx, id: RoleId) -> Result<Role, AppError> {
    Ok(store::find(tx, id).await?.ok_or_else(|| Problem::not_found("The role"))?)
}

/// Most people whom a page names.
const MAX_HOLDERS: i64 = 200;

/// The people who hold a role, by name; at most [`MAX_HOLDERS`].
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn holders(tx: &TenantTx, id: RoleId) -> Result<Vec<Holder>, AppError> {
    Ok(store::holders(tx, id, MAX_HOLDERS).await?)
}

/// Whoever is behind this transaction. A task makes no roles.
fn actor(tx: &TenantTx) -> Result<&Actor, AppError> {
    tx.person().ok_or_else(|| AppError::internal("a role is changed by nobody"))
}

/// Who gives or takes these codes must hold them.
fn must_hold<'a>(actor: &Actor, codes: impl Iterator<Item = &'a str>) -> Result<(), RoleError> {
    let mut lacking = codes.filter(|code| !actor.holds(code)).peekable();
    if lacking.peek().is_none() {
        return Ok(());
    }
    Err(RoleError::BeyondOwnRights(model::named(lacking)))
}

/// Is it theirs to change: a hospital's own, that grants nothing which they lack?
fn may_change(role: &Role, actor: &Actor) -> Result<(), RoleError> {
    if role.is_system {
        return Err(RoleError::System);
    }
    must_hold(actor, role.known())
}

fn name_taken(error: AppError) -> AppError {
    match error.constraint() {
        Some("roles_name_unique") => RoleError::NameTaken.into(),
        _ => error,
    }
}

/// Make a role with its codes and those of its template, whose work it hands on. Granting any code needs
/// [`AssignPermissions`].
///
/// # Errors
/// [`RoleError::NoTemplate`], the gate's 403, [`RoleError::BeyondOwnRights`], [`RoleError::NameTaken`].
async fn create(tx: &TenantTx, mut new: NewRole) -> Result<Role, AppError> {
    let actor = actor(tx)?;
    let mut works_as = None;
    if let Some(Template { id, with_codes }) = new.template {
        let template = store::find(tx, id).await?.ok_or(RoleError::NoTemplate)?;
        if with_codes {
            new.codes.extend(template.known());
        }
        works_as = template.works_as;
    }
    if !new.codes.is_empty() {
        access::demand::<AssignPermissions>(actor)?;
        must_hold(actor, new.codes.iter().copied())?;
    }
    let id = RoleId::new();
    store::insert(tx, id, &new, works_as.as_deref()).await.map_err(|error| name_taken(error.into()))?;
    store::grant(tx, id, &new.codes.into_iter().collect::<Vec<_>>()).await?;
    find(tx, id).await
}

/// What became of a role. All empty: everything was already so.
#[derive(Debug)]
struct Changed {
    role: Role,
    fields: Vec<&'static str>,
    granted: Vec<&'static str>,
    revoked: Vec<&'static str>,
}

impl Changed {
    fn is_nothing(&self) -> bool {
        self.fields.is_empty()
    }

    fn audit(&self) -> Audit {
        if self.is_nothing() {
            return Audit::viewed(self.role.id);
        }
        Audit::updated(self.role.id).with(json!({
            "fields": self.fields, "granted": self.granted, "revoked": self.revoked,
        }))
    }
}

/// A role of the hospital's own that grants nothing beyond what this person holds, held until the end. `expected` holds the
/// versions that the caller believes to be the newest.
async fn held(tx: &TenantTx, id: RoleId, expected: &[i64]) -> Result<Role, AppError> {
    let role = store::hold(tx, id).await?.ok_or_else(|| Problem::not_found("The role"))?;
    may_change(&role, actor(tx)?)?;
    if expected.iter().any(|version| *version != i64::from(role.version)) {
        return Err(RoleError::VersionConflict.into());
    }
    Ok(role)
}

/// Give more to whoever holds this role: may this person, who must not be one of them?
async fn may_add<'a>(
    tx: &TenantTx,
    role: &Role,
    codes: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), AppError> {
    let actor = actor(tx)?;
    must_hold(actor, codes.clone())?;
    if codes.count() > 0 && store::is_held_by(tx, actor.user, role.id).await? {
        return Err(RoleError::OwnRole.into());
    }
    Ok(())
}

/// Change a role. Naming its codes needs [`AssignPermissions`].
///
/// # Errors
/// 404, the gate's 403, [`RoleError`].
async fn change(
    tx: &TenantTx,
    id: RoleId,
    change: RoleChange,
    expected: &[i64],
) -> Result<Changed, AppError> {
    let role = held(tx, id, expected).await?;
    let (mut granted, mut revoked) = (Vec::new(), Vec::new());
    if let Some(codes) = change.codes {
        access::demand::<AssignPermissions>(actor(tx)?)?;
        granted = codes.iter().copied().filter(|code| !role.grants(code)).collect();
        revoked = role.known().filter(|code| !codes.contains(code)).collect();
        may_add(tx, &role, granted.iter().copied()).await?;
    }
    let name = change.name.unwrap_or_else(|| role.name.clone());
    let description = change.description.unwrap_or_else(|| role.description.clone());
    let mut fields = Vec::new();
    fields.extend((name != role.name).then_some("name"));
    fields.extend((description != role.description).then_some("description"));
    fields.extend((!granted.is_empty() || !revoked.is_empty()).then_some("permission_codes"));
    if fields.is_empty() {
        return Ok(Changed { role, fields, granted, revoked });
    }
    let update = store::update(tx, id, &name, description.as_deref()).await;
    update.map_err(|error| name_taken(error.into()))?;
    store::grant(tx, id, &granted).await?;
    store::revoke(tx, id, &revoked).await?;
    Ok(Changed { role: find(tx, id).await?, fields, granted, revoked })
}

/// Disable an active role, enable a disabled one: enabling grants all that it holds.
///
/// # Errors
/// 404, [`RoleError`].
async fn toggle(tx: &TenantTx, id: RoleId, expected: &[i64]) -> Result<(Role, Audit), AppError> {
    let role = held(tx, id, expected).await?;
    if !role.is_active {
        may_add(tx, &role, role.codes.iter().map(String::as_str)).await?;
    }
    store::set_active(tx, id, !role.is_active).await?;
    let verb = if role.is_active { "disabled" } else { "enabled" };
    let audit = Audit::did(verb, id).with(json!({ "people": role.users }));
    Ok((find(tx, id).await?, audit))
}

/// Remove a role that nobody holds.
///
/// # Errors
/// 404, [`RoleError::System`], [`RoleError::BeyondOwnRights`], [`RoleError::InUse`].
async fn remove(tx: &TenantTx, id: RoleId) -> Result<Audit, AppError> {
    let role = held(tx, id, &[]).await?;
    let in_use = |people: String| AppError::from(RoleError::InUse(people));
    match role.users {
        0 => {}
        1 => return Err(in_use("1 person".to_owned())),
        people => return Err(in_use(format!("{people} people"))),
    }
    store::delete(tx, id).await.map_err(|error| match error.constraint() {
        Some("user_roles_role_fkey") => in_use("somebody".to_owned()),
        _ => error.into(),
    })?;
    Ok(Audit::did("removed", id).with(json!({ "name": role.name, "revoked": role.codes })))
}
