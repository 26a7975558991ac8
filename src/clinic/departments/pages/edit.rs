//! The form of a department, new or there already.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::LIST;
use super::list::Line;
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::departments::{self, Create, Department, DepartmentId, Facts, Typed, Update, View};
use crate::identity::actor::Actor;
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther, words};

const LABELS: &[(&str, &str)] = &[
    ("name", "Name"),
    ("description", "What it is for"),
    ("is_for_staff", "For"),
    ("is_for_patients", "For patients"),
];

/// `GET /departments/new`, and the refusals of what is sent there.
#[derive(Template)]
#[template(path = "clinic/departments/pages/new.html")]
pub(super) struct NewPage {
    shell: Shell,
    form: FormState,
}

/// `GET /departments/{id}`, and the refusals of what is sent there.
#[derive(Template)]
#[template(path = "clinic/departments/pages/department.html")]
pub(super) struct DepartmentPage {
    shell: Shell,
    line: Line,
    form: FormState,
    may_change: bool,
    may_remove: bool,
    /// Somebody changed it meanwhile: what is saved now, and what was typed.
    differences: Differences,
}

impl DepartmentPage {
    fn people(&self) -> String {
        match self.line.people {
            0 => "Nobody belongs to it".to_owned(),
            n => format!("{} to it", words::counted(n, "person belongs", "people belong")),
        }
    }
}

/// What the form sends: a box that is not ticked is not sent.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct DepartmentForm {
    name: String,
    description: String,
    is_for_staff: String,
    is_for_patients: String,
    version: String,
}

impl DepartmentForm {
    fn typed(&self) -> Typed<'_> {
        Typed {
            name: Some(&self.name),
            description: Some(&self.description),
            is_for_staff: Some(self.is_for_staff == "true"),
            is_for_patients: Some(self.is_for_patients == "true"),
        }
    }

    fn state(&self) -> FormState {
        FormState::new()
            .with("name", self.name.clone())
            .with("description", self.description.clone())
            .with_tick("is_for_staff", self.is_for_staff == "true")
            .with_tick("is_for_patients", self.is_for_patients == "true")
    }
}

/// `GET /departments/new`
pub(super) async fn blank(tx: Authorized<Create>, frame: Frame) -> Result<Page<NewPage>, AppError> {
    let form = FormState::new().with_tick("is_for_staff", true).with_tick("is_for_patients", true);
    let page = NewPage { shell: frame.shell(tx.actor()), form };
    tx.commit(Audit::listed("department", 0), Page(page)).await
}

/// `POST /departments/new`
pub(super) async fn create(
    tx: Authorized<Create>,
    frame: Frame,
    Form(form): Form<DepartmentForm>,
) -> Result<Response, AppError> {
    let made = match Facts::parse(&form.typed()) {
        Ok(facts) => tx.attempt(departments::create(&tx, &facts)).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(department) => {
            let next = SeeOther(format!("{LIST}?done=department-created"));
            Ok(tx.commit(Audit::created(department.id), next).await?.into_response())
        }
        Err(AppError::Problem(problem)) => {
            let form = form.state().refused(&problem.errors, problem.detail);
            let page = NewPage { shell: frame.shell(tx.actor()), form };
            Ok(PageWithStatus(problem.status, page).into_response())
        }
        Err(other) => Err(other),
    }
}

fn page(frame: &Frame, actor: &Actor, department: &Department, form: FormState) -> DepartmentPage {
    DepartmentPage {
        shell: frame.shell(actor),
        line: Line::of(department),
        form: form.with("version", department.version.to_string()),
        may_change: actor.holds("departments:update"),
        may_remove: actor.holds("departments:delete"),
        differences: Vec::new().into(),
    }
}

/// `GET /departments/{department_id}`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<DepartmentId>,
) -> Result<Page<DepartmentPage>, AppError> {
    let department = departments::find(&tx, id).await?;
    let form = FormState::new()
        .with("name", department.name.clone())
        .with("description", department.description.clone().unwrap_or_default())
        .with_tick("is_for_staff", department.is_for_staff)
        .with_tick("is_for_patients", department.is_for_patients);
    let page = page(&frame, tx.actor(), &department, form);
    tx.commit(Audit::viewed(id), Page(page)).await
}

/// `POST /departments/{department_id}`
pub(super) async fn save(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<DepartmentId>,
    Form(form): Form<DepartmentForm>,
) -> Result<Response, AppError> {
    // A version that is no number fits none.
    let version = form.version.trim().parse().unwrap_or(-1);
    let typed = form.typed();
    let problem = match tx.attempt(departments::change(&tx, id, &typed, &[version])).await {
        Ok(changed) => {
            let next = SeeOther(format!("{LIST}?done=saved"));
            let audit = changed.audit();
            let done = match changed.is_nothing() {
                true => tx.commit(audit, next).await?,
                // Its name stands beside those who belong to it.
                false => tx.commit_and_announce(audit, next).await?,
            };
            return Ok(done.into_response());
        }
        Err(AppError::Problem(problem)) => problem,
        Err(other) => return Err(other),
    };
    // As it is saved now: at a conflict that is what the other person wrote.
    let department = departments::find(&tx, id).await?;
    let state = form.state().refused(&problem.errors, problem.detail);
    let mut page = page(&frame, tx.actor(), &department, state);
    if problem.status == StatusCode::PRECONDITION_FAILED {
        page.differences = differences(&form, &department).into();
    }
    Ok(tx.commit(Audit::viewed(id), PageWithStatus(problem.status, page)).await?.into_response())
}

/// What is saved now beside what was typed.
fn differences(form: &DepartmentForm, department: &Department) -> Vec<Difference> {
    let yes = |ticked: bool| if ticked { "Yes" } else { "No" }.to_owned();
    let lines = [
        ("Name", department.name.clone(), form.name.clone()),
        ("What it is for", department.description.clone().unwrap_or_default(), form.description.clone()),
        ("Staff belong to it", yes(department.is_for_staff), yes(form.is_for_staff == "true")),
        ("Patients are seen there", yes(department.is_for_patients), yes(form.is_for_patients == "true")),
    ];
    lines.into_iter().filter(|(_, saved, typed)| saved != typed.trim()).collect()
}
