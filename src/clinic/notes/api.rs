//! `/encounters/{id}/note`, `/notes`, `/note-templates`.

mod templates;
mod view;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with, put_with};
use aide::transform::TransformOperation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{Draft, MAX_PART, Note, NoteId, TemplateId, TypedTexts};
use super::{Kept, encounters};
use crate::access::{Audit, Authorized, TenantTx};
use crate::app::App;
use crate::clinic::encounters::{EncounterId, Record, View};
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::openapi::{header, op, refuses_closed};
use crate::web::{IfMatch, Json, OptionalJson, Path, Reply};

pub use view::NoteView;
use view::{DraftReply, VersionView};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/encounters/{encounter_id}/notes", get_with(list, lists))
        .api_route("/encounters/{encounter_id}/note", get_with(own, shows_own))
        .api_route("/encounters/{encounter_id}/note", put_with(save, saves))
        .api_route("/encounters/{encounter_id}/note/sign", post_with(sign, signs))
        .api_route("/notes/{note_id}", get_with(show, refuses_closed(op("notes.show", "Show a note"), &[])))
        .api_route(
            "/notes/{note_id}/versions",
            get_with(
                versions,
                refuses_closed(
                    op("notes.versions", "Every version of a note that was signed, the newest first"),
                    &[],
                ),
            ),
        )
        .api_route("/notes/{note_id}/amend", post_with(amend, amends))
        .api_route("/notes/{note_id}/entered-in-error", post_with(end, ends))
        .merge(templates::router())
}

fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses_closed(op("notes.list", "Notes of an encounter"), &[])(operation).description(
        "What was signed, with what was entered in error, and the caller's own draft. Nobody sees the draft of somebody \
         else. `texts` is `null`, and `is_withheld` true, for an administrator who does not treat this patient.",
    )
}

fn shows_own(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses_closed(op("notes.own", "The note that the caller writes about an encounter"), &[])(operation)
        .with(header(200, "ETag", "The version, for `If-Match`."))
        .description("404 if there is none yet.")
}

const WRITE: &[&str] =
    &["not_found", "notes.version_conflict", "notes.signed", "notes.deceased", "encounters.entered_in_error"];

fn saves(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses_closed(op("notes.save", "Keep the caller's draft about an encounter"), WRITE)(operation)
        .with(header(200, "ETag", "The new version, for `If-Match`."))
        .description(
            "Sent every few seconds while somebody types. The first save has no `If-Match`; each further one names the version \
             that it was typed into. 412 `notes.version_conflict` changes nothing and gives both texts: `saved`, the draft \
             as it is, and `sent`. To keep what was sent, send it again with the version of `saved`. The same text again is \
             never a conflict.",
        )
}

fn signs(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] =
        &["notes.version_conflict", "notes.signed", "notes.blank", "encounters.entered_in_error"];
    refuses_closed(op("notes.sign", "Sign the caller's draft"), REFUSALS)(operation)
        .with(header(200, "ETag", "The new version, for `If-Match`."))
        .description(
            "Once, whoever sends it twice at the same moment. Signed text is never changed: what is missing is added by an \
             amendment. With `texts`, those are signed.",
        )
}

fn amends(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &[
        "notes.version_conflict",
        "notes.not_signed",
        "notes.blank",
        "notes.unchanged",
        "notes.not_author",
        "notes.entered_in_error",
    ];
    refuses_closed(op("notes.amend", "Write the next version of a signed note"), REFUSALS)(operation)
        .with(header(200, "ETag", "The new version, for `If-Match`."))
        .description("By its author, with a reason. The versions before stay readable.")
}

fn ends(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &["notes.not_author", "notes.entered_in_error"];
    refuses_closed(op("notes.end", "Mark a note as entered in error"), REFUSALS)(operation).description(
        "By its author, or by the doctor of the encounter. It stays readable with the reason, and its author may begin \
         another one.",
    )
}

/// Notes as the reader may see them.
async fn views(tx: &TenantTx, notes: Vec<Note>) -> Result<Vec<NoteView>, AppError> {
    let may_read = match notes.first() {
        Some(note) => encounters::may_read_texts(tx, note.patient).await?,
        None => true,
    };
    let me = crate::clinic::patients::Viewer::of(tx).user;
    Ok(notes.into_iter().map(|note| NoteView::of(note, me, may_read)).collect())
}

async fn view(tx: &TenantTx, note: Note) -> Result<NoteView, AppError> {
    let may_read = encounters::may_read_texts(tx, note.patient).await?;
    Ok(NoteView::of(note, crate::clinic::patients::Viewer::of(tx).user, may_read))
}

/// Notes of an encounter.
#[derive(Serialize, JsonSchema)]
struct Notes {
    encounter_id: EncounterId,
    /// In the order in which they were begun.
    items: Vec<NoteView>,
}

async fn list(tx: Authorized<View>, Path(id): Path<EncounterId>) -> Result<Reply<Notes>, AppError> {
    let (_, patient) = encounters::show(&tx, id).await?;
    let notes = super::of_encounter(&tx, id).await?;
    let audit =
        Audit::viewed(id).with(json!({ "patient_id": patient.id, "list": "notes", "count": notes.len() }));
    let items = views(&tx, notes).await?;
    tx.commit(audit, Reply::new(Notes { encounter_id: id, items })).await
}

async fn own(tx: Authorized<Record>, Path(id): Path<EncounterId>) -> Result<Reply<NoteView>, AppError> {
    let note = super::own(&tx, id).await?;
    let audit = Audit::viewed(note.id).with(json!({ "patient_id": note.patient }));
    let version = note.version;
    let view = view(&tx, note).await?;
    tx.commit(audit, Reply::new(view).etag(version)).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SaveNote {
    texts: TypedTexts,
    /// The template that it was begun with.
    template_id: Option<TemplateId>,
    /// The signed note of this patient of which texts were taken over.
    copied_from_id: Option<NoteId>,
    /// The version that it was typed into, instead of `If-Match`.
    version: Option<i64>,
}

/// One version, where the header and the body may each name one.
fn expected(tag: Option<i64>, body: Option<i64>) -> Option<i64> {
    match (tag, body) {
        // Two that differ fit no version.
        (Some(tag), Some(body)) if tag != body => Some(-1),
        (tag, body) => tag.or(body),
    }
}

async fn save(
    tx: Authorized<Record>,
    Path(id): Path<EncounterId>,
    IfMatch(tag): IfMatch,
    Json(body): Json<SaveNote>,
) -> Result<DraftReply, AppError> {
    let mut errors = FieldErrors::default();
    let texts = body.texts.parse(MAX_PART, &mut errors);
    errors.finish()?;
    let draft = Draft { texts, template: body.template_id, copied_from: body.copied_from_id };
    let (kept, begins) = super::save(&tx, id, &draft, expected(tag, body.version)).await?;
    answer(tx, kept, draft.texts, |note| audit_of_draft(note, begins)).await
}

/// The saved note, or both texts.
async fn answer(
    tx: Authorized<Record>,
    kept: Kept,
    sent: super::Texts,
    audit: impl FnOnce(&Note) -> Audit,
) -> Result<DraftReply, AppError> {
    match kept {
        Kept::Saved(note) => {
            let (audit, version) = (audit(&note), note.version);
            let view = view(&tx, *note).await?;
            let reply = tx.commit(audit, Reply::new(view).etag(version)).await?;
            Ok(DraftReply::Saved(reply))
        }
        Kept::Conflict(note) => {
            let view = view(&tx, *note).await?;
            Ok(DraftReply::conflict(view, sent, tx.origin().request_id.as_deref()))
        }
    }
}

/// Ids, never a word of the text. A row for each stretch of writing that begins.
pub fn audit_of_draft(note: &Note, begins: bool) -> Audit {
    let audit = Audit::did("drafted", note.id)
        .with(json!({ "patient_id": note.patient, "encounter_id": note.encounter }));
    if begins { audit } else { audit.told_before() }
}

/// Ids, never a word of the text.
pub fn audit_of_sign(note: &Note) -> Audit {
    let version = note.signed.as_ref().map(|signed| signed.version);
    let audit =
        if version == Some(1) { Audit::did("signed", note.id) } else { Audit::did("amended", note.id) };
    audit.with(json!({ "patient_id": note.patient, "encounter_id": note.encounter, "version": version }))
}

/// Ids, never the reason.
pub fn audit_of_end(note: &Note) -> Audit {
    Audit::did("entered_in_error", note.id)
        .with(json!({ "patient_id": note.patient, "encounter_id": note.encounter }))
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SignNote {
    /// What is signed; the draft as it is if left out.
    texts: Option<TypedTexts>,
    /// The version that was read, instead of `If-Match`.
    version: Option<i64>,
}

async fn sign(
    tx: Authorized<Record>,
    Path(id): Path<EncounterId>,
    IfMatch(tag): IfMatch,
    OptionalJson(body): OptionalJson<SignNote>,
) -> Result<DraftReply, AppError> {
    let body = body.unwrap_or_default();
    let mut errors = FieldErrors::default();
    let texts = body.texts.map(|typed| typed.parse(MAX_PART, &mut errors));
    errors.finish()?;
    let kept = super::sign(&tx, id, texts.as_ref(), expected(tag, body.version)).await?;
    answer(tx, kept, texts.unwrap_or_default(), audit_of_sign).await
}

async fn show(tx: Authorized<View>, Path(id): Path<NoteId>) -> Result<Reply<NoteView>, AppError> {
    let found = super::show(&tx, id).await?;
    let audit = Audit::viewed(id).with(json!({ "patient_id": found.patient.id }));
    let version = found.note.version;
    let view = view(&tx, found.note).await?;
    tx.commit(audit, Reply::new(view).etag(version)).await
}

/// What was signed, version by version.
#[derive(Serialize, JsonSchema)]
struct NoteVersions {
    note_id: NoteId,
    /// The newest first.
    items: Vec<VersionView>,
}

async fn versions(tx: Authorized<View>, Path(id): Path<NoteId>) -> Result<Reply<NoteVersions>, AppError> {
    let found = super::show(&tx, id).await?;
    let may_read = encounters::may_read_texts(&tx, found.patient.id).await?
        || found.note.author == crate::clinic::patients::Viewer::of(&tx).user;
    let items = super::versions(&tx, id).await?;
    let items: Vec<VersionView> = items.into_iter().map(|signed| VersionView::of(signed, may_read)).collect();
    let audit = Audit::viewed(id)
        .with(json!({ "patient_id": found.patient.id, "list": "versions", "count": items.len() }));
    tx.commit(audit, Reply::new(NoteVersions { note_id: id, items })).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AmendNote {
    /// What the note says from now on.
    #[schemars(required)]
    texts: TypedTexts,
    /// Why it is amended.
    #[schemars(required, length(min = 1, max = 500))]
    reason: Option<String>,
    /// The version that was read, instead of `If-Match`.
    version: Option<i64>,
}

async fn amend(
    tx: Authorized<Record>,
    Path(id): Path<NoteId>,
    IfMatch(tag): IfMatch,
    Json(body): Json<AmendNote>,
) -> Result<Reply<NoteView>, AppError> {
    let mut errors = FieldErrors::default();
    let texts = body.texts.parse(MAX_PART, &mut errors);
    let reason = text::required("reason", body.reason.as_deref(), 500, &mut errors);
    let reason = errors.finish_with(reason)?;
    let note = super::amend(&tx, id, &texts, &reason, expected(tag, body.version)).await?;
    let (audit, version) = (audit_of_sign(&note), note.version);
    let view = view(&tx, note).await?;
    tx.commit(audit, Reply::new(view).etag(version)).await
}

#[derive(Deserialize, JsonSchema)]
struct EndNote {
    /// Why it was wrong.
    #[schemars(required, length(min = 1, max = 500))]
    reason: Option<String>,
}

async fn end(
    tx: Authorized<Record>,
    Path(id): Path<NoteId>,
    Json(body): Json<EndNote>,
) -> Result<Reply<NoteView>, AppError> {
    let mut errors = FieldErrors::default();
    let reason = text::required("reason", body.reason.as_deref(), 500, &mut errors);
    let reason = errors.finish_with(reason)?;
    let note = super::end(&tx, id, &reason).await?;
    let audit = audit_of_end(&note);
    let view = view(&tx, note).await?;
    tx.commit(audit, Reply::new(view)).await
}
