//! The editor of a role: its name, its permissions by area, and the people who hold it.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::LIST;
use super::parts::{Area, Line, about_work, areas};
use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::clinic::roles::api::audit_of_new;
use crate::clinic::roles::{
    self, Codes, Create, Holder, NewRole, Role, RoleChange, RoleError, RoleId, Template as BegunWith, Update,
    View, permission,
};
use crate::identity::actor::Actor;
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, Problem};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, Query, SeeOther};

const LABELS: &[(&str, &str)] =
    &[("name", "Name"), ("description", "What it is for"), ("permission_codes", "Permissions")];

/// `GET /roles/new`, and the refusals of what is sent there.
#[derive(Template)]
#[template(path = "clinic/roles/pages/new.html")]
pub(super) struct NewPage {
    shell: Shell,
    form: FormState,
    areas: Vec<Area>,
    may_assign: bool,
    /// Roles to begin with; blank is none.
    templates: Vec<Choice>,
    /// What it will make of whoever holds it, beside rights: handed on by the role that it begins with.
    work: Option<&'static str>,
}

/// `GET /roles/{id}`, and the refusals of what is sent there.
#[derive(Template)]
#[template(path = "clinic/roles/pages/role.html")]
pub(super) struct RolePage {
    shell: Shell,
    line: Line,
    id: RoleId,
    form: FormState,
    areas: Vec<Area>,
    may_change: bool,
    may_assign: bool,
    may_create: bool,
    may_remove: bool,
    /// Who holds it, for those who may see staff.
    holders: Option<Vec<Holder>>,
    /// Somebody changed it meanwhile: what is saved now, and what was typed.
    differences: Differences,
}

impl NewPage {
    /// Whether its reader may tick permissions.
    fn is_ticking(&self) -> bool {
        self.may_assign
    }
}

impl RolePage {
    fn is_ticking(&self) -> bool {
        self.is_open() && self.may_assign
    }

    /// Whether anything on this page can be changed by its reader.
    fn is_open(&self) -> bool {
        self.may_change && !self.line.is_closed
    }

    /// Whether to say why its reader cannot do what they may do with others.
    fn is_beyond(&self) -> bool {
        self.line.is_closed && !self.line.is_system && (self.may_change || self.may_remove)
    }

    fn more_holders(&self, named: &[Holder]) -> i64 {
        self.line.people - i64::try_from(named.len()).unwrap_or(i64::MAX)
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Beginning {
    /// Id of a role whose permissions are ticked.
    template: String,
}

/// What the editor sends: a permission that is ticked comes as `patients:view=true`.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct RoleForm {
    name: String,
    description: String,
    version: String,
    /// Of a new one: id of the role that it began with.
    template: String,
    #[serde(flatten)]
    ticks: BTreeMap<String, String>,
}

impl RoleForm {
    /// Codes that are ticked, known or not. A name without a colon is no code.
    fn codes(&self) -> Vec<String> {
        self.ticks.keys().filter(|name| name.contains(':')).cloned().collect()
    }

    fn ticked(&self) -> Codes {
        self.codes().iter().filter_map(|code| permission(code)).map(|known| known.code).collect()
    }

    fn state(self) -> FormState {
        FormState::new()
            .with("name", self.name)
            .with("description", self.description)
            .with("version", self.version)
            .with("template", self.template)
    }
}

fn codes_of(role: &Role) -> Codes {
    role.known().collect()
}

/// The role that a new one begins with; blank is none.
fn begun_with(typed: &str) -> Result<Option<RoleId>, RoleError> {
    match typed.trim() {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| RoleError::NoTemplate),
    }
}

/// Roles that a new one can begin with.
async fn templates(tx: &TenantTx) -> Result<Vec<Choice>, AppError> {
    let all = roles::list(tx, PageRequest { page: 1, page_size: 500 }).await?;
    let none = Choice::new("", "Nothing: tick them one by one");
    let choices = all.items.iter().map(|role| Choice::new(role.id.to_string(), role.title()));
    Ok(std::iter::once(none).chain(choices).collect())
}

async fn new_page(
    tx: &TenantTx,
    frame: &Frame,
    actor: &Actor,
    (form, codes): (FormState, &Codes),
    template: Option<&Role>,
) -> Result<NewPage, AppError> {
    Ok(NewPage {
        work: template.and_then(|role| about_work(role.works_as.as_deref())),
        shell: frame.shell(actor),
        form,
        areas: areas(codes, actor),
        may_assign: actor.holds("roles:assign_permissions"),
        templates: templates(tx).await?,
    })
}

/// `GET /roles/new`
pub(super) async fn blank(
    tx: Authorized<Create>,
    frame: Frame,
    Query(query): Query<Beginning>,
) -> Result<Page<NewPage>, AppError> {
    let (mut form, mut codes, mut template) = (FormState::new(), Codes::new(), None);
    if !query.template.is_empty() {
        let id = query.template.parse::<RoleId>().map_err(|_| Problem::not_found("The role"))?;
        let role = roles::find(&tx, id).await?;
        codes = codes_of(&role);
        // What the reader does not hold cannot be given by them.
        codes.retain(|code| tx.actor().holds(code));
        form = form.with("template", id.to_string());
        template = Some(role);
    }
    let page = new_page(&tx, &frame, tx.actor(), (form, &codes), template.as_ref()).await?;
    tx.commit(Audit::listed("role", page.templates.len() - 1), Page(page)).await
}

/// `POST /roles/new`
pub(super) async fn create(
    tx: Authorized<Create>,
    frame: Frame,
    Form(form): Form<RoleForm>,
) -> Result<Response, AppError> {
    let wanted = || -> Result<NewRole, AppError> {
        // What it grants is what is ticked: of the template, somebody may have taken away.
        let template = begun_with(&form.template)?.map(|id| BegunWith { id, with_codes: false });
        NewRole::parse(Some(&form.name), Some(&form.description), &form.codes(), template)
    };
    let made = match wanted() {
        Ok(new) => tx.attempt(roles::create(&tx, new)).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(role) => {
            let next = SeeOther(format!("{LIST}/{}?done=role-created", role.id));
            Ok(tx.commit(audit_of_new(&role), next).await?.into_response())
        }
        Err(AppError::Problem(problem)) => {
            let codes = form.ticked();
            let template = match begun_with(&form.template) {
                Ok(Some(id)) => roles::find(&tx, id).await.ok(),
                Ok(None) | Err(_) => None,
            };
            let state = if problem.code == "roles.no_template" {
                // It is gone, and is not sent again.
                form.state().with("template", "").with_fault(problem.detail)
            } else {
                form.state().refused(&problem.errors, problem.detail)
            };
            let page = new_page(&tx, &frame, tx.actor(), (state, &codes), template.as_ref()).await?;
            let audit = Audit::listed("role", page.templates.len() - 1);
            Ok(tx.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}

async fn role_page(
    tx: &TenantTx,
    frame: &Frame,
    actor: &Actor,
    role: &Role,
    (form, codes): (FormState, &Codes),
) -> Result<RolePage, AppError> {
    let holders = match actor.holds("users:view") {
        true => Some(roles::holders(tx, role.id).await?),
        false => None,
    };
    Ok(RolePage {
        shell: frame.shell(actor),
        line: Line::of(role, actor),
        id: role.id,
        form: form.with("version", role.version.to_string()),
        areas: areas(codes, actor),
        may_change: actor.holds("roles:update"),
        may_assign: actor.holds("roles:assign_permissions"),
        may_create: actor.holds("roles:create"),
        may_remove: actor.holds("roles:delete"),
        holders,
        differences: Vec::new().into(),
    })
}

/// `GET /roles/{role_id}`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<RoleId>,
) -> Result<Page<RolePage>, AppError> {
    let role = roles::find(&tx, id).await?;
    let form = FormState::new()
        .with("name", role.title())
        .with("description", role.description.clone().unwrap_or_default());
    let page = role_page(&tx, &frame, tx.actor(), &role, (form, &codes_of(&role))).await?;
    tx.commit(Audit::viewed(id), Page(page)).await
}

/// What the form says. Who may not grant sends no boxes: what it grants stays.
fn wanted(form: &RoleForm, actor: &Actor) -> Result<RoleChange, AppError> {
    let codes = form.codes();
    let says_codes = actor.holds("roles:assign_permissions") || !codes.is_empty();
    RoleChange::parse(Some(&form.name), Some(&form.description), says_codes.then_some(codes.as_slice()))
}

/// `POST /roles/{role_id}`
pub(super) async fn save(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<RoleId>,
    Form(form): Form<RoleForm>,
) -> Result<Response, AppError> {
    // A version that is no number fits none.
    let version = form.version.trim().parse().unwrap_or(-1);
    let saved = match wanted(&form, tx.actor()) {
        Ok(change) => tx.attempt(roles::change(&tx, id, change, &[version])).await,
        Err(error) => Err(error),
    };
    let problem = match saved {
        Ok(changed) => {
            let next = SeeOther(format!("{LIST}/{id}?done=saved"));
            let audit = changed.audit();
            let done = match changed.is_nothing() {
                true => tx.commit(audit, next).await?,
                false => tx.commit_and_announce(audit, next).await?,
            };
            return Ok(done.into_response());
        }
        Err(AppError::Problem(problem)) => problem,
        Err(other) => return Err(other),
    };
    // As it is saved now: at a conflict that is what the other person wrote.
    let role = roles::find(&tx, id).await?;
    let mut codes = form.ticked();
    codes.extend(codes_of(&role).into_iter().filter(|code| !tx.actor().holds(code)));
    let is_stale = problem.status == StatusCode::PRECONDITION_FAILED;
    let differences = if is_stale { differences(&form, &codes, &role) } else { Vec::new() };
    let state = form.state().refused(&problem.errors, problem.detail);
    let mut page = role_page(&tx, &frame, tx.actor(), &role, (state, &codes)).await?;
    page.differences = differences.into();
    Ok(tx.commit(Audit::viewed(id), PageWithStatus(problem.status, page)).await?.into_response())
}

/// What is saved now beside what was typed.
fn differences(form: &RoleForm, typed: &Codes, role: &Role) -> Vec<Difference> {
    let saved = codes_of(role);
    let labels = |codes: Vec<&&'static str>| {
        let labels: Vec<&str> =
            codes.into_iter().filter_map(|code| permission(code)).map(|known| known.label).collect();
        if labels.is_empty() { "Nothing else".to_owned() } else { labels.join(", ") }
    };
    let mut lines: Vec<Difference> = Vec::new();
    if form.name.trim() != role.name {
        lines.push(("Name", role.name.clone(), form.name.clone()));
    }
    let description = role.description.clone().unwrap_or_default();
    if form.description.trim() != description {
        lines.push(("What it is for", description, form.description.clone()));
    }
    if saved != *typed {
        let theirs = labels(saved.difference(typed).collect());
        lines.push(("Permissions", theirs, labels(typed.difference(&saved).collect())));
    }
    lines
}
