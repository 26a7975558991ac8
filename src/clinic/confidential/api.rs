//! `/patients/{id}/break-glass`, `/patients/opened` and what is thought of them.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::transform::TransformOperation;
use axum::extract::State;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::domain::alerts::commit_opening;
use super::model::{GlassId, NewReview, Opening, Outcome, Which, parse_reason};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::patients::{self, Closed, Confidentiality, PatientId, Period, Restrict, View};
use crate::kernel::ids::UserId;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{header, op, refuses};
use crate::web::{Created, Json, Path, Query, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/patients/{patient_id}/break-glass", post_with(open, describe))
        .api_route("/patients/opened", get_with(list, lists))
        .api_route("/patients/opened/{glass_id}/review", post_with(review, reviews))
}

fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("confidential.list", "Who opened which record with a reason, and why, newest first")(operation).description(
        "For whoever may mark records: who, when and why, and what was thought of it. What was done for practice is \
         left out.",
    )
}

fn reviews(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &["confidential.own_opening", "confidential.reviewed"];
    refuses(op("confidential.review", "Say a word about what somebody else opened"), REFUSALS)(operation)
        .description("Once for each opening, by another person than the one who opened the record. What is to be followed up needs a note.")
}

fn describe(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("confidential.break_glass", "Open a record with a reason"), &["patients.not_restricted"])(operation)
        .with(header(201, "Location", "The record."))
        .description(
            "For whoever was answered 403 `patients.confidential` or `patients.not_linked` and has to know. The record lies open to them for \
             four hours; who, when and why is kept, and each look is audited. 409 `patients.not_restricted`.",
        )
}

#[derive(Deserialize, JsonSchema)]
struct BreakGlass {
    /// In a few words: somebody will read it.
    #[schemars(required, length(min = 5, max = 500))]
    reason: Option<String>,
}

/// A record that lies open to one person.
#[derive(Serialize, JsonSchema)]
struct OpenedRecord {
    id: GlassId,
    patient_id: PatientId,
    kind: GlassKind,
    opened_at: Timestamp,
    expires_at: Timestamp,
}

async fn open(
    tx: Authorized<View>,
    State(app): State<App>,
    Path(id): Path<PatientId>,
    Json(body): Json<BreakGlass>,
) -> Result<Created<OpenedRecord>, AppError> {
    let mut errors = FieldErrors::default();
    let reason = parse_reason(body.reason.as_deref(), &mut errors);
    let opened = super::open(&tx, id, &errors.finish_with(reason)?).await?;
    let glass = &opened.0;
    let view = OpenedRecord {
        id: glass.id,
        patient_id: glass.patient,
        kind: glass.why.into(),
        opened_at: glass.opened_at,
        expires_at: glass.expires_at,
    };
    let location = format!("/api/v1/patients/{}", glass.patient);
    commit_opening(&app, tx, &opened, Reply::new(view).location(&location)).await
}

/// Why the record did not lie open.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum GlassKind {
    Confidential,
    /// Somebody else's patient.
    NotLinked,
}

impl From<Closed> for GlassKind {
    fn from(why: Closed) -> Self {
        match why {
            Closed::Confidential => Self::Confidential,
            Closed::NotYours => Self::NotLinked,
        }
    }
}

/// What a list of openings is narrowed by.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ReviewFilter {
    /// About which nobody has said a word yet.
    Waiting,
    Justified,
    FollowUp,
}

impl From<ReviewFilter> for Which {
    fn from(filter: ReviewFilter) -> Self {
        match filter {
            ReviewFilter::Waiting => Self::Waiting,
            ReviewFilter::Justified => Self::Reviewed(Outcome::Justified),
            ReviewFilter::FollowUp => Self::Reviewed(Outcome::FollowUp),
        }
    }
}

#[derive(Deserialize, JsonSchema)]
struct OpenedQuery {
    review: Option<ReviewFilter>,
    /// First day or instant of the opening.
    opened_from: Option<String>,
    /// Last day or instant of the opening.
    opened_to: Option<String>,
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 50 if left out.
    page_size: Option<i64>,
}

/// One opening of a record.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Opening")]
struct OpeningView {
    id: GlassId,
    patient_id: PatientId,
    patient_code: String,
    /// How confidential the record is now.
    confidentiality: Confidentiality,
    opened_by_id: UserId,
    /// Absent for somebody who is not on the staff any more.
    opened_by_name: Option<String>,
    kind: GlassKind,
    reason: String,
    opened_at: Timestamp,
    /// Until when it lay open to them.
    expires_at: Timestamp,
    /// `null`: nobody has said a word yet.
    review: Option<ReviewView>,
}

/// What somebody else thought of an opening.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OpeningReview")]
struct ReviewView {
    outcome: Outcome,
    note: Option<String>,
    reviewed_by_id: UserId,
    /// Absent for somebody who is not on the staff any more.
    reviewed_by_name: Option<String>,
    reviewed_at: Timestamp,
}

async fn list(
    tx: Authorized<Restrict>,
    Query(query): Query<OpenedQuery>,
) -> Result<Json<Page<OpeningView>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, query.page_size, 50, &mut errors);
    let typed = (query.opened_from.as_deref(), query.opened_to.as_deref());
    let period = Period::parse(("opened_from", "opened_to"), typed, &tx.hospital().zone, &mut errors);
    errors.finish()?;
    let which = query.review.map(Which::from).unwrap_or_default();
    let found = super::list(&tx, period, which, page).await?;
    let people: Vec<UserId> = found.items.iter().flat_map(people_of).collect();
    let names = patients::staff_names(&tx, &people).await?;
    let found = found.map(|Opening { glass, code, level, reason, review }| OpeningView {
        id: glass.id,
        patient_id: glass.patient,
        patient_code: code,
        confidentiality: level,
        opened_by_id: glass.user,
        opened_by_name: names.get(&glass.user).cloned(),
        kind: glass.why.into(),
        review: review.map(|review| ReviewView {
            outcome: review.outcome,
            note: review.note,
            reviewed_by_name: names.get(&review.by).cloned(),
            reviewed_by_id: review.by,
            reviewed_at: review.at,
        }),
        reason,
        opened_at: glass.opened_at,
        expires_at: glass.expires_at,
    });
    tx.commit(Audit::listed("break_glass", found.items.len()), Json(found)).await
}

/// Whose names an opening needs.
pub(super) fn people_of(opening: &Opening) -> Vec<UserId> {
    std::iter::once(opening.glass.user).chain(opening.review.as_ref().map(|review| review.by)).collect()
}

/// What somebody thinks of an opening.
#[derive(Deserialize, JsonSchema)]
struct ReviewOpening {
    #[schemars(required, with = "Option<Outcome>")]
    outcome: Option<String>,
    /// Needed where something is to be followed up.
    #[schemars(length(max = 500))]
    note: Option<String>,
}

async fn review(
    tx: Authorized<Restrict>,
    Path(id): Path<GlassId>,
    Json(body): Json<ReviewOpening>,
) -> Result<Created<ReviewView>, AppError> {
    let mut errors = FieldErrors::default();
    let new =
        NewReview::parse(body.outcome.as_deref().unwrap_or_default(), body.note.as_deref(), &mut errors);
    let new = errors.finish_with(new)?;
    super::review(&tx, id, &new).await?;
    let audit = audit_of_review(id, &new);
    let me = tx.actor();
    let view = ReviewView {
        outcome: new.outcome,
        note: new.note,
        reviewed_by_id: me.user,
        reviewed_by_name: Some(me.name()),
        reviewed_at: tx.now(),
    };
    tx.commit(audit, Reply::new(view)).await
}

/// The word, never the note.
pub(super) fn audit_of_review(id: GlassId, new: &NewReview) -> Audit {
    Audit::did("reviewed", id).with(json!({ "outcome": new.outcome }))
}
