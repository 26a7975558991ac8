//! `/note-templates`: texts to begin a note with.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, patch_with, post_with};
use aide::transform::TransformOperation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::encounters::{Record, View};
use crate::clinic::notes::domain::templates::{self, NewTemplate, Template};
use crate::clinic::notes::model::{TemplateId, Texts, TypedTexts};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::openapi::{header, op, refuses};
use crate::web::{Created, IfMatch, Json, Path, Query, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/note-templates", get_with(list, lists))
        .api_route("/note-templates", post_with(add, adds))
        .api_route(
            "/note-templates/{template_id}",
            get_with(show, |o| {
                op("note_templates.show", "Show a template of notes")(o).with(header(200, "ETag", ETAG))
            }),
        )
        .api_route("/note-templates/{template_id}", patch_with(change, changes))
}

const ETAG: &str = "The template's version, for `If-Match`.";

fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("note_templates.list", "List the templates of notes that the caller may use")(operation)
        .description("The hospital's and their own. Nobody sees somebody else's.")
}

fn adds(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &["note_templates.name_taken", "note_templates.full"];
    refuses(op("note_templates.add", "Add a template of notes"), REFUSALS)(operation)
        .with(header(201, "ETag", ETAG))
        .with(header(201, "Location", "The new template."))
        .description("For oneself; with `is_hospitals` for everybody, which needs `settings:update`.")
}

fn changes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &["note_templates.name_taken", "note_templates.version_conflict"];
    refuses(op("note_templates.change", "Change a template of notes, or put it away"), REFUSALS)(operation)
        .with(header(200, "ETag", ETAG))
        .description(
            "What is left out stays. One that is put away (`is_active` false) is not offered any more; notes that were begun \
             with it stay as they are. The hospital's need `settings:update`.",
        )
}

/// Texts to begin a note with.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NoteTemplate")]
struct TemplateView {
    id: TemplateId,
    name: String,
    /// `null`: the hospital's.
    owner_id: Option<UserId>,
    /// For whom it is meant.
    specialisation: Option<String>,
    texts: Texts,
    is_active: bool,
    version: i32,
}

impl From<Template> for TemplateView {
    fn from(template: Template) -> Self {
        let Template { id, name, owner, specialisation, texts, is_active, version } = template;
        Self { id, name, owner_id: owner, specialisation, texts, is_active, version }
    }
}

/// Templates that the caller may use.
#[derive(Serialize, JsonSchema)]
struct NoteTemplates {
    items: Vec<TemplateView>,
}

#[derive(Deserialize, JsonSchema)]
struct NoteTemplatesQuery {
    /// `inactive` adds what was put away.
    include: Option<String>,
}

async fn list(
    tx: Authorized<View>,
    Query(query): Query<NoteTemplatesQuery>,
) -> Result<Reply<NoteTemplates>, AppError> {
    let include = query.include.unwrap_or_default();
    let all = include.split(',').any(|part| part.trim() == "inactive");
    let items: Vec<TemplateView> =
        templates::list(&tx, all).await?.into_iter().map(TemplateView::from).collect();
    tx.commit(Audit::listed("note_template", items.len()), Reply::new(NoteTemplates { items })).await
}

async fn show(tx: Authorized<View>, Path(id): Path<TemplateId>) -> Result<Reply<TemplateView>, AppError> {
    let template = templates::show(&tx, id).await?;
    let version = template.version;
    tx.commit(Audit::viewed(id), Reply::new(template.into()).etag(version)).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AddTemplate {
    #[schemars(required, length(min = 1, max = 80))]
    name: Option<String>,
    #[schemars(length(max = 100))]
    specialisation: Option<String>,
    /// At most 5,000 characters each; one of them at least.
    #[schemars(required)]
    texts: TypedTexts,
    /// For everybody.
    is_hospitals: bool,
}

async fn add(
    tx: Authorized<Record>,
    Json(body): Json<AddTemplate>,
) -> Result<Created<TemplateView>, AppError> {
    let new = NewTemplate::parse(body.name.as_deref(), body.specialisation.as_deref(), &body.texts)?;
    let template = templates::add(&tx, &new, body.is_hospitals).await?;
    let (id, version) = (template.id, template.version);
    let location = format!("/api/v1/note-templates/{id}");
    let reply = Created::new(template.into()).etag(version).location(&location);
    tx.commit(Audit::created(id), reply).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangeTemplate {
    #[schemars(length(min = 1, max = 80))]
    name: Option<String>,
    /// Blank clears it.
    #[schemars(length(max = 100))]
    specialisation: Option<String>,
    /// All four; what is left out of them is blank.
    texts: Option<TypedTexts>,
    is_active: Option<bool>,
    /// The version that was read, instead of `If-Match`.
    version: Option<i64>,
}

async fn change(
    tx: Authorized<Record>,
    Path(id): Path<TemplateId>,
    IfMatch(tag): IfMatch,
    Json(body): Json<ChangeTemplate>,
) -> Result<Reply<TemplateView>, AppError> {
    let expected: Vec<i64> = [tag, body.version].into_iter().flatten().collect();
    let before = templates::show(&tx, id).await?;
    let mut now = before.clone();
    if body.name.is_some() || body.specialisation.is_some() || body.texts.is_some() {
        let kept = |texts: Texts| TypedTexts {
            subjective: Some(texts.subjective),
            objective: Some(texts.objective),
            assessment: Some(texts.assessment),
            plan: Some(texts.plan),
        };
        let new = NewTemplate::parse(
            Some(body.name.as_deref().unwrap_or(&before.name)),
            body.specialisation.as_deref().or(before.specialisation.as_deref()),
            &body.texts.unwrap_or_else(|| kept(before.texts.clone())),
        )?;
        now = templates::change(&tx, id, &new, &expected).await?;
        if let Some(is_active) = body.is_active {
            now = templates::switch(&tx, id, is_active, &[]).await?;
        }
    } else if let Some(is_active) = body.is_active {
        now = templates::switch(&tx, id, is_active, &expected).await?;
    }
    let audit = if now.version == before.version { Audit::viewed(id) } else { Audit::updated(id) };
    let version = now.version;
    tx.commit(audit, Reply::new(now.into()).etag(version)).await
}
