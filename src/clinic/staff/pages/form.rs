//! Inviting somebody, and changing them: the same fields, in one column.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{LIST, here, role_word};
use crate::access::{Audit, Authorized, Frame};
use crate::app::App;
use crate::clinic::staff::api::{changed, invited};
use crate::clinic::staff::domain::inviting::Entrance;
use crate::clinic::staff::{
    ChangeStaff, Changes, Create, InviteStaff, Member, NewMember, Office, Pick, Role, Update,
};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther};

const LABELS: &[(&str, &str)] = &[
    ("email", "E-mail address"),
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("phone", "Phone"),
    ("department", "Department"),
    ("specialization", "Specialization"),
    ("roles", "Roles"),
];

/// Name of a role's box is this and its id.
const BOX: &str = "role_";

/// A role that can be given here.
struct Offer {
    field: String,
    label: String,
    hint: String,
}

/// `GET /staff/new` and `/staff/{user_id}/edit`, and what is wrong with what they send.
#[derive(Template)]
#[template(path = "clinic/staff/pages/form.html")]
pub(super) struct PersonFormPage {
    shell: Shell,
    /// None: somebody new.
    person: Option<Person>,
    form: FormState,
    conflict: Option<Conflict>,
    departments: Vec<Choice>,
    roles: Vec<Offer>,
    may_give_roles: bool,
    /// Some roles are not offered: they grant more than this person holds.
    has_more_roles: bool,
}

/// Who is changed.
struct Person {
    href: String,
    name: Name,
    email: String,
    /// They never came, so it can be corrected.
    can_be_readdressed: bool,
    is_me: bool,
}

impl PersonFormPage {
    async fn new(
        office: &mut Office,
        shell: Shell,
        member: Option<&Member>,
        may_assign: bool,
        form: FormState,
    ) -> Result<Self, AppError> {
        let is_me = member.is_some_and(|member| office.is_me(member.profile.id));
        let held =
            |role: &Role| member.is_some_and(|member| member.roles.iter().any(|other| other.id == role.id));
        let can_be_readdressed = match member {
            Some(member) => office.never_came(member).await?,
            None => false,
        };
        let all = office.roles().await?;
        let offered = all.iter().filter(|role| held(role) || office.may_give(role).is_ok());
        let roles: Vec<Offer> = offered
            .map(|role| Offer {
                field: format!("{BOX}{}", role.id),
                label: role_word(&role.name),
                hint: match role.is_active {
                    true => role.description.clone().unwrap_or_default(),
                    false => "Disabled: it grants nothing.".to_owned(),
                },
            })
            .collect();
        let mut departments = vec![Choice::new("", "Choose")];
        let mut names: Vec<String> = office.departments().await?.into_iter().map(|(_, name)| name).collect();
        if let Some(member) = member
            && !names.contains(&member.profile.department)
        {
            names.push(member.profile.department.clone());
        }
        departments.extend(names.iter().map(|name| Choice::new(name.as_str(), name.as_str())));
        Ok(Self {
            shell,
            person: member.map(|member| Person {
                href: super::href(member),
                name: Name::new(member.name()),
                email: member.profile.email.clone(),
                can_be_readdressed,
                is_me,
            }),
            form,
            conflict: None,
            departments,
            may_give_roles: may_assign && !is_me,
            has_more_roles: roles.len() < all.len(),
            roles,
        })
    }
}

impl PersonFormPage {
    fn is_me(&self) -> bool {
        self.person.as_ref().is_some_and(|person| person.is_me)
    }
}

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct PersonForm {
    /// Of the person as the form showed them.
    version: String,
    email: String,
    first_name: String,
    last_name: String,
    phone: String,
    department: String,
    specialization: String,
    /// The form had boxes for roles: those that are not ticked are taken away.
    with_roles: String,
    /// `role_{id}` for each box that is ticked.
    #[serde(flatten)]
    boxes: BTreeMap<String, String>,
}

impl PersonForm {
    fn of(member: &Member) -> Self {
        let profile = &member.profile;
        Self {
            version: profile.version.to_string(),
            email: profile.email.clone(),
            first_name: profile.first_name.clone(),
            last_name: profile.last_name.clone(),
            phone: profile.phone.clone().unwrap_or_default(),
            department: profile.department.clone(),
            specialization: profile.specialization.clone().unwrap_or_default(),
            with_roles: String::new(),
            boxes: member.roles.iter().map(|role| (format!("{BOX}{}", role.id), "true".to_owned())).collect(),
        }
    }

    fn state(&self) -> FormState {
        let state = FormState::new()
            .with("version", self.version.clone())
            .with("email", self.email.clone())
            .with("first_name", self.first_name.clone())
            .with("last_name", self.last_name.clone())
            .with("phone", self.phone.clone())
            .with("department", self.department.clone())
            .with("specialization", self.specialization.clone());
        let ticked = self.boxes.iter().filter(|(name, value)| name.starts_with(BOX) && !value.is_empty());
        ticked.fold(state, |state, (name, _)| state.with_tick(name, true))
    }

    /// The roles whose boxes are ticked.
    fn picks(&self) -> Vec<Pick> {
        let ticked = self.boxes.iter().filter(|(_, value)| !value.is_empty());
        let ids = ticked.filter_map(|(name, _)| name.strip_prefix(BOX));
        ids.map(|id| id.parse().map_or_else(|_| Pick::Name(id.to_owned()), Pick::Id)).collect()
    }

    fn invitation(&self, hospital: crate::kernel::ids::TenantId) -> Result<NewMember, AppError> {
        let text = |text: &str| Some(text.to_owned());
        let raw = InviteStaff {
            email: text(&self.email),
            first_name: text(&self.first_name),
            last_name: text(&self.last_name),
            department: text(&self.department),
            phone: text(&self.phone),
            specialization: text(&self.specialization),
            ..InviteStaff::default()
        };
        Ok(NewMember { roles: self.picks(), ..NewMember::parse(raw, hospital)? })
    }

    fn changes(&self, is_me: bool) -> Result<Changes, AppError> {
        let text = |text: &str| Some(text.to_owned());
        let raw = ChangeStaff {
            first_name: text(&self.first_name),
            last_name: text(&self.last_name),
            phone: text(&self.phone),
            // The own department is not on the form.
            department: text(&self.department).filter(|name| !is_me || !name.is_empty()),
            specialization: text(&self.specialization),
            // Not on the form of somebody who has come.
            email: text(&self.email).filter(|email| !email.trim().is_empty()),
            ..ChangeStaff::default()
        };
        let changes = Changes::parse(&raw)?;
        Ok(Changes { roles: (!self.with_roles.is_empty()).then(|| self.picks()), ..changes })
    }

    /// Label, what is saved now, what was typed.
    fn differences(&self, saved: &Member) -> Vec<Difference> {
        let theirs = Self::of(saved);
        let pairs: [(&'static str, &str, &str); 5] = [
            ("First name", &theirs.first_name, &self.first_name),
            ("Last name", &theirs.last_name, &self.last_name),
            ("Phone", &theirs.phone, &self.phone),
            ("Department", &theirs.department, &self.department),
            ("Specialization", &theirs.specialization, &self.specialization),
        ];
        let differing = pairs.into_iter().filter(|(_, theirs, yours)| theirs.trim() != yours.trim());
        differing.map(|(label, theirs, yours)| (label, theirs.to_owned(), yours.trim().to_owned())).collect()
    }
}

/// `GET /staff/new`
pub(super) async fn new(
    tx: Authorized<Create>,
    frame: Frame,
    State(app): State<App>,
) -> Result<Page<PersonFormPage>, AppError> {
    let (shell, may_assign) = (frame.shell(tx.actor()), tx.actor().holds("users:assign_roles"));
    let mut office = Office::of(&app, tx);
    let page = PersonFormPage::new(&mut office, shell, None, may_assign, FormState::new()).await?;
    let audit = Audit::listed("role", page.roles.len());
    office.commit(audit, Page(page)).await
}

/// `POST /staff/new`
pub(super) async fn invite(
    tx: Authorized<Create>,
    frame: Frame,
    State(app): State<App>,
    Form(form): Form<PersonForm>,
) -> Result<Response, AppError> {
    let (shell, may_assign) = (frame.shell(tx.actor()), tx.actor().holds("users:assign_roles"));
    let parsed = form.invitation(tx.hospital().id);
    let mut office = Office::of(&app, tx);
    let made = match parsed {
        Ok(new) => office.invite(&new, &Entrance::LINK).await,
        Err(refusal) => Err(refusal),
    };
    match made {
        Ok(member) => {
            let next = SeeOther(format!("{}?done=invited", super::href(&member)));
            Ok(office.commit(invited(&member), next).await?.into_response())
        }
        Err(AppError::Problem(problem)) => {
            let state = form.state().refused(&problem.errors, problem.detail);
            let page = PersonFormPage::new(&mut office, shell, None, may_assign, state).await?;
            Ok(PageWithStatus(problem.status, page).into_response())
        }
        Err(error) => Err(error),
    }
}

/// `GET /staff/{user_id}/edit`
pub(super) async fn edit(
    tx: Authorized<Update>,
    frame: Frame,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Page<PersonFormPage>, AppError> {
    let (shell, may_assign) = (frame.shell(tx.actor()), tx.actor().holds("users:assign_roles"));
    let mut office = Office::of(&app, tx);
    let member = office.find(id).await?;
    office.not_outranked(&member)?;
    let state = PersonForm::of(&member).state();
    let page = PersonFormPage::new(&mut office, shell, Some(&member), may_assign, state).await?;
    office.commit(Audit::viewed(id), Page(page)).await
}

/// `POST /staff/{user_id}/edit`
pub(super) async fn save(
    tx: Authorized<Update>,
    frame: Frame,
    State(app): State<App>,
    Path(id): Path<UserId>,
    Form(form): Form<PersonForm>,
) -> Result<Response, AppError> {
    let (shell, may_assign) = (frame.shell(tx.actor()), tx.actor().holds("users:assign_roles"));
    let now = here(tx.now(), tx.hospital());
    let mut office = Office::of(&app, tx);
    // A version that is no number fits none.
    let expected = [form.version.trim().parse().unwrap_or(-1)];
    let done = match form.changes(office.is_me(id)) {
        Ok(to) => office.change(id, &to, &expected).await,
        Err(refusal) => Err(refusal),
    };
    let problem = match done {
        Ok(done) => {
            let next = SeeOther(format!("{LIST}/{id}?done=saved"));
            return Ok(office.commit(changed(&done), next).await?.into_response());
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => problem,
        Err(error) => return Err(error),
    };
    let member = office.find(id).await?;
    let page = if problem.status == StatusCode::PRECONDITION_FAILED {
        // Saving again is then a decision over this version.
        let state = form.state().with("version", member.profile.version.to_string());
        let page = PersonFormPage::new(&mut office, shell, Some(&member), may_assign, state).await?;
        let changed_at = member.profile.updated_at.to_zoned(now.time_zone().clone());
        let conflict = Conflict {
            who: who_changed(&mut office, &member).await,
            when: When::moment(&changed_at, now.date()),
            differences: form.differences(&member).into(),
        };
        PersonFormPage { conflict: Some(conflict), ..page }
    } else {
        let state = form.state().refused(&problem.errors, problem.detail);
        PersonFormPage::new(&mut office, shell, Some(&member), may_assign, state).await?
    };
    Ok(PageWithStatus(problem.status, page).into_response())
}

async fn who_changed(office: &mut Office, member: &Member) -> String {
    let Some(by) = member.profile.changed_by else { return "Somebody".to_owned() };
    office.find(by).await.map_or_else(|_| "Somebody".to_owned(), |by| by.name())
}
