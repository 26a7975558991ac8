//! The form of a template, new or there already, and putting one away.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::LIST;
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::encounters::Record;
use crate::clinic::notes::domain::templates::{self, NewTemplate};
use crate::clinic::notes::model::{MAX_TEMPLATE_PART, PARTS, TemplateId, TypedTexts};
use crate::identity::actor::Actor;
use crate::kernel::{AppError, Problem};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther};

const LABELS: &[(&str, &str)] = &[
    ("name", "Name"),
    ("specialisation", "For whom"),
    ("is_hospitals", "For everybody"),
    ("subjective", "What the patient says"),
    ("objective", "What you find"),
    ("assessment", "What you think"),
    ("plan", "What will be done"),
];

/// `GET /note-templates/new` and `/note-templates/{id}`, and the refusals of what is sent there.
#[derive(Template)]
#[template(path = "clinic/notes/pages/form.html")]
pub(super) struct FormPage {
    shell: Shell,
    title: String,
    action: String,
    form: FormState,
    is_new: bool,
    may_change: bool,
    /// May add one for everybody.
    may_set: bool,
}

impl FormPage {
    fn max() -> u16 {
        u16::try_from(MAX_TEMPLATE_PART).unwrap_or(u16::MAX)
    }
}

/// What the form sends.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct TemplateForm {
    name: String,
    specialisation: String,
    is_hospitals: String,
    subjective: String,
    objective: String,
    assessment: String,
    plan: String,
    version: String,
}

impl TemplateForm {
    fn parse(&self) -> Result<NewTemplate, AppError> {
        let texts = TypedTexts {
            subjective: Some(self.subjective.clone()),
            objective: Some(self.objective.clone()),
            assessment: Some(self.assessment.clone()),
            plan: Some(self.plan.clone()),
        };
        NewTemplate::parse(Some(&self.name), Some(&self.specialisation), &texts)
    }

    fn state(self) -> FormState {
        FormState::new()
            .with("name", self.name)
            .with("specialisation", self.specialisation)
            .with_tick("is_hospitals", self.is_hospitals == "true")
            .with("subjective", self.subjective)
            .with("objective", self.objective)
            .with("assessment", self.assessment)
            .with("plan", self.plan)
            .with("version", self.version)
    }
}

fn new_page(frame: &Frame, actor: &Actor, form: FormState) -> FormPage {
    FormPage {
        shell: frame.shell(actor),
        title: "Add template".to_owned(),
        action: format!("{LIST}/new"),
        form,
        is_new: true,
        may_change: true,
        may_set: actor.holds("settings:update"),
    }
}

/// `GET /note-templates/new`
pub(super) async fn blank(tx: Authorized<Record>, frame: Frame) -> Result<Page<FormPage>, AppError> {
    let page = new_page(&frame, tx.actor(), FormState::new());
    tx.commit(Audit::listed("note_template", 0), Page(page)).await
}

/// `POST /note-templates/new`
pub(super) async fn create(
    tx: Authorized<Record>,
    frame: Frame,
    Form(form): Form<TemplateForm>,
) -> Result<Response, AppError> {
    let made = match form.parse() {
        Ok(new) => tx.attempt(templates::add(&tx, &new, form.is_hospitals == "true")).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(template) => {
            let next = SeeOther(format!("{LIST}?done=template-added"));
            Ok(tx.commit(Audit::created(template.id), next).await?.into_response())
        }
        Err(AppError::Problem(problem)) => {
            let Problem { status, errors, detail, .. } = problem;
            let page = new_page(&frame, tx.actor(), form.state().refused(&errors, detail));
            Ok(PageWithStatus(status, page).into_response())
        }
        Err(other) => Err(other),
    }
}

async fn page(
    tx: &Authorized<Record>,
    frame: &Frame,
    id: TemplateId,
    form: Option<FormState>,
) -> Result<FormPage, AppError> {
    let template = templates::show(tx, id).await?;
    let may_set = tx.actor().holds("settings:update");
    let state = form.unwrap_or_else(|| {
        let texts = PARTS.iter().zip(template.texts.parts());
        let state = FormState::new()
            .with("name", template.name.clone())
            .with_some("specialisation", template.specialisation.clone());
        texts.fold(state, |state, ((name, ..), text)| state.with(name, text))
    });
    Ok(FormPage {
        shell: frame.shell(tx.actor()),
        title: template.name,
        action: format!("{LIST}/{id}"),
        form: state.with("version", template.version.to_string()),
        is_new: false,
        may_change: template.owner.is_some() || may_set,
        may_set,
    })
}

/// `GET /note-templates/{template_id}`
pub(super) async fn show(
    tx: Authorized<Record>,
    frame: Frame,
    Path(id): Path<TemplateId>,
) -> Result<Page<FormPage>, AppError> {
    let page = page(&tx, &frame, id, None).await?;
    tx.commit(Audit::viewed(id), Page(page)).await
}

/// A version that is no number fits none.
fn version(typed: &str) -> i64 {
    typed.trim().parse().unwrap_or(-1)
}

/// `POST /note-templates/{template_id}`
pub(super) async fn save(
    tx: Authorized<Record>,
    frame: Frame,
    Path(id): Path<TemplateId>,
    Form(form): Form<TemplateForm>,
) -> Result<Response, AppError> {
    let expected = [version(&form.version)];
    let saved = match form.parse() {
        Ok(new) => tx.attempt(templates::change(&tx, id, &new, &expected)).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => {
            let next = SeeOther(format!("{LIST}?done=saved"));
            Ok(tx.commit(Audit::updated(id), next).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status.as_u16() != 404 => {
            let Problem { status, errors, detail, .. } = problem;
            let page = page(&tx, &frame, id, Some(form.state().refused(&errors, detail))).await?;
            Ok(tx.commit(Audit::viewed(id), PageWithStatus(status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}

/// What the button sends.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct SwitchForm {
    is_active: String,
    version: String,
}

/// `POST /note-templates/{template_id}/switch`
pub(super) async fn switch(
    tx: Authorized<Record>,
    Path(id): Path<TemplateId>,
    Form(form): Form<SwitchForm>,
) -> Result<SeeOther, AppError> {
    let is_active = form.is_active == "true";
    templates::switch(&tx, id, is_active, &[version(&form.version)]).await?;
    let done = if is_active { "back" } else { "saved" };
    tx.commit(Audit::updated(id), SeeOther(format!("{LIST}?done={done}"))).await
}
