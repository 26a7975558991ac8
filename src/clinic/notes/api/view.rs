//! Notes as clients read them.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as ResponseDoc};
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::clinic::encounters::EncounterId;
use crate::clinic::notes::model::{Note, NoteError, NoteId, Signed, Status, TemplateId, Texts};
use crate::clinic::patients::PatientId;
use crate::kernel::Problem;
use crate::kernel::ids::UserId;
use crate::web::Reply;
use crate::web::problem::PROBLEM_JSON;

/// A note as its reader may see it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Note")]
pub struct NoteView {
    id: NoteId,
    encounter_id: EncounterId,
    patient_id: PatientId,
    author_id: UserId,
    /// `null` for somebody who left.
    author_name: Option<String>,
    kind: NoteKind,
    status: Status,
    /// Counts every save, for `If-Match`.
    version: i32,
    /// What was signed last, or the draft. `null` where the reader may not read it.
    texts: Option<Texts>,
    /// The reader knows that there is a note, and not what it says.
    is_withheld: bool,
    template_id: Option<TemplateId>,
    /// The signed note of which texts were taken over.
    copied_from_id: Option<NoteId>,
    /// When the encounter began that it is about.
    event_at: Timestamp,
    /// When it was begun.
    created_at: Timestamp,
    /// When it was kept last.
    saved_at: Timestamp,
    /// It was begun after the encounter had ended.
    is_late_entry: bool,
    /// 1 is the note as it was signed, each further one an amendment; `null` for a draft.
    signed_version: Option<i32>,
    signed_by_id: Option<UserId>,
    signed_by_name: Option<String>,
    signed_at: Option<Timestamp>,
    /// Why it was amended last.
    amendment_reason: Option<String>,
    /// Why it was entered in error.
    error_reason: Option<String>,
    error_by_id: Option<UserId>,
    error_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, JsonSchema)]
enum NoteKind {
    /// What the patient says, what is found, what it is thought to be, what will be done.
    #[serde(rename = "SOAP")]
    Soap,
}

impl NoteView {
    /// For a reader who may read signed texts or not; everybody reads their own.
    pub fn of(note: Note, reader: UserId, may_read: bool) -> Self {
        let may_read = may_read || note.author == reader;
        let (error_reason, error_by_id, error_at) = match note.ended {
            Some((reason, by, at)) => (Some(reason), Some(by), Some(at)),
            None => (None, None, None),
        };
        let texts = note.signed.as_ref().map_or(&note.draft, |signed| &signed.texts);
        Self {
            texts: may_read.then(|| texts.clone()),
            is_withheld: !may_read,
            signed_version: note.signed.as_ref().map(|signed| signed.version),
            signed_by_id: note.signed.as_ref().map(|signed| signed.by),
            signed_by_name: note.signed.as_ref().and_then(|signed| signed.by_name.clone()),
            signed_at: note.signed.as_ref().map(|signed| signed.at),
            amendment_reason: note.signed.filter(|_| may_read).and_then(|signed| signed.reason),
            id: note.id,
            encounter_id: note.encounter,
            patient_id: note.patient,
            author_id: note.author,
            author_name: note.author_name,
            kind: NoteKind::Soap,
            status: note.status,
            version: note.version,
            template_id: note.template,
            copied_from_id: note.copied_from,
            event_at: note.about,
            created_at: note.created_at,
            saved_at: note.saved_at,
            is_late_entry: note.is_late,
            error_reason,
            error_by_id,
            error_at,
        }
    }
}

/// One version of a signed note.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "NoteVersion")]
pub struct VersionView {
    version: i32,
    /// `null` where the reader may not read it.
    texts: Option<Texts>,
    signed_by_id: UserId,
    /// `null` for somebody who left.
    signed_by_name: Option<String>,
    signed_at: Timestamp,
    /// Why it was amended; `null` for the first version.
    reason: Option<String>,
}

impl VersionView {
    pub fn of(signed: Signed, may_read: bool) -> Self {
        Self {
            version: signed.version,
            texts: may_read.then_some(signed.texts),
            signed_by_id: signed.by,
            signed_by_name: signed.by_name,
            signed_at: signed.at,
            reason: signed.reason.filter(|_| may_read),
        }
    }
}

/// A saved note, or the refusal that holds both texts, so that none is lost.
#[derive(Debug)]
pub enum DraftReply {
    Saved(Reply<NoteView>),
    /// The problem with `saved` and `sent`.
    Conflict(Value),
}

impl DraftReply {
    pub fn conflict(saved: NoteView, sent: Texts, request_id: Option<&str>) -> Self {
        let problem = Problem::from_error(NoteError::VersionConflict);
        let mut body: Value =
            serde_json::from_slice(&problem.to_json(request_id)).unwrap_or_else(|_| json!({}));
        body["saved"] = json!(saved);
        body["sent"] = json!(sent);
        Self::Conflict(body)
    }
}

impl IntoResponse for DraftReply {
    fn into_response(self) -> Response {
        match self {
            Self::Saved(reply) => reply.into_response(),
            Self::Conflict(body) => {
                let mut response = Response::new(Body::from(body.to_string()));
                *response.status_mut() = axum::http::StatusCode::PRECONDITION_FAILED;
                let headers = response.headers_mut();
                headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
                response
            }
        }
    }
}

impl OperationOutput for DraftReply {
    type Inner = NoteView;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<ResponseDoc> {
        Reply::<NoteView>::operation_response(ctx, operation)
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, ResponseDoc)> {
        Reply::<NoteView>::inferred_responses(ctx, operation)
    }
}
