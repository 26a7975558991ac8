//! `/patients/{id}/merge` and `/patients/merges`.

use std::collections::BTreeMap;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::transform::TransformOperation;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::{GROUPS, Group, Merge, MergeId, Side};
use super::{Choices, Wanted};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::patients::{PatientId, Update};
use crate::kernel::ids::UserId;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::openapi::{header, op, refuses};
use crate::web::{Created, Json, Path, Query, Reply};

/// Who holds this may merge records that may be of two people.
pub(super) const SECOND_PERSON: &str = "settings:update";

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/patients/{patient_id}/merge", post_with(merge, merges))
        .api_route("/patients/merges", get_with(list, op("merges.list", "List merges, newest first")))
        .api_route("/patients/merges/{merge_id}/undo", post_with(undo, undoes))
}

fn merges(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &[
        "merges.same_patient",
        "merges.practice",
        "merges.already_merged",
        "merges.mother_and_child",
        "merges.different_children",
        "merges.children_collide",
        "merges.name_in_use",
        "merges.blood_groups_differ",
        "merges.blood_group_guessed",
        "merges.death_differs",
        "merges.born_after_death",
        "merges.too_long",
        "merges.version_conflict",
        "patients.may_not_restrict",
        "patients.opened_with_reason",
    ];
    refuses(op("merges.merge", "Merge another record into this patient"), REFUSALS)(operation)
        .with(header(201, "Location", "The list of this patient's merges."))
        .description(
            "This patient stays and wins; blanks are filled, texts about care are put together, and everything that \
             names the other record follows. The other one leaves lists and the count; its id and code lead here. \
             Records with different blood groups or children are merged by an administrator with `settings:update` \
             only; children of the same name first; where one says that the patient has died, choose `death` in `fields`.",
        )
}

fn undoes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &[
        "merges.already_undone",
        "merges.survivor_merged",
        "merges.changed_since",
        "patients.may_not_restrict",
        "merges.children_collide",
        "merges.name_in_use",
    ];
    refuses(op("merges.undo", "Take two merged records apart again"), REFUSALS)(operation).description(
        "Both become what they were, and what moved goes back; what was added since stays with the one that stood.",
    )
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MergePatients {
    /// The record that becomes part of this patient.
    #[schemars(required, with = "PatientId")]
    duplicate_id: Option<String>,
    /// Why these are one person.
    #[schemars(required, length(min = 1, max = 500))]
    reason: Option<String>,
    /// Whose value to keep where both say something else: `{"address": "duplicate"}`. Left out: the survivor's. Names:
    /// the fields, and `birth`, `address`, `emergency_contact`, `national_id`, `death` for those that belong together.
    #[schemars(with = "BTreeMap<String, Side>")]
    fields: Value,
    /// Version of this patient as it was compared; left out: no check.
    survivor_version: Option<i64>,
    /// Version of the other record as it was compared; left out: no check.
    duplicate_version: Option<i64>,
}

pub(super) fn parse_reason(typed: &str, errors: &mut FieldErrors) -> Option<String> {
    text::required("reason", Some(typed), 500, errors)
}

/// Choices by the name of their group. All faults are told at `fields`.
fn parse_choices(fields: Value, errors: &mut FieldErrors) -> Choices {
    if fields.is_null() {
        return Choices::new();
    }
    let choices: Choices = serde_json::from_value(fields).unwrap_or_else(|_| {
        errors.add("fields", "Name fields, and for each \"survivor\" or \"duplicate\".");
        Choices::new()
    });
    if choices.keys().any(|name| Group::by_name(name).is_none()) {
        let known: Vec<&str> = GROUPS.iter().map(|group| group.name).collect();
        errors.add("fields", format!("Use one of: {}.", known.join(", ")));
    }
    choices
}

/// Two records that became one.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Merge")]
struct MergeView {
    id: MergeId,
    survivor_id: PatientId,
    survivor_code: String,
    duplicate_id: PatientId,
    duplicate_code: String,
    reason: String,
    /// Columns of the survivor that were filled or replaced.
    fields: Vec<String>,
    /// How many rows went along, by `table.column`.
    moved: BTreeMap<String, usize>,
    merged_by_id: UserId,
    merged_at: Timestamp,
    undone_by_id: Option<UserId>,
    undone_at: Option<Timestamp>,
    undo_reason: Option<String>,
}

impl From<Merge> for MergeView {
    fn from(merge: Merge) -> Self {
        let (undone_by_id, undone_at, undo_reason) = match merge.undone {
            Some(undone) => (Some(undone.by), Some(undone.at), Some(undone.reason)),
            None => (None, None, None),
        };
        Self {
            id: merge.id,
            survivor_id: merge.survivor,
            survivor_code: merge.survivor_code,
            duplicate_id: merge.duplicate,
            duplicate_code: merge.duplicate_code,
            reason: merge.reason,
            fields: merge.after.keys().cloned().collect(),
            moved: merge.moved.into_iter().map(|(name, keys)| (name, keys.len())).collect(),
            merged_by_id: merge.merged_by,
            merged_at: merge.merged_at,
            undone_by_id,
            undone_at,
            undo_reason,
        }
    }
}

async fn merge(
    tx: Authorized<Update>,
    Path(survivor): Path<PatientId>,
    Json(body): Json<MergePatients>,
) -> Result<Created<MergeView>, AppError> {
    let mut errors = FieldErrors::default();
    let duplicate = body.duplicate_id.and_then(|id| id.trim().parse().ok());
    if duplicate.is_none() {
        errors.add("duplicate_id", "This must be an id.");
    }
    let reason = parse_reason(body.reason.as_deref().unwrap_or_default(), &mut errors);
    let choices = parse_choices(body.fields, &mut errors);
    let (duplicate, reason) = errors.finish_with(duplicate.zip(reason))?;
    let wanted = Wanted {
        survivor,
        duplicate,
        reason,
        choices,
        versions: (body.survivor_version, body.duplicate_version),
        despite_doubts: tx.actor().holds(SECOND_PERSON),
    };
    let merge = super::merge(&tx, wanted).await?;
    let audit = audit_of("merged", &merge);
    let location = format!("/api/v1/patients/merges?patient_id={survivor}");
    tx.commit(audit, Reply::new(merge.into()).location(&location)).await
}

/// Ids, names of fields and counts; never a value. Of each of the two records.
pub(super) fn audit_of(verb: &'static str, merge: &Merge) -> Audit {
    let moved: BTreeMap<&String, usize> = merge.moved.iter().map(|(name, keys)| (name, keys.len())).collect();
    let fields: Vec<&String> = merge.after.keys().collect();
    let stayed = Audit::did(verb, merge.survivor).with(json!({
        "merge_id": merge.id, "duplicate_id": merge.duplicate, "fields": fields, "moved": moved,
    }));
    let went = json!({ "merge_id": merge.id, "survivor_id": merge.survivor });
    stayed.and(Audit::did(verb, merge.duplicate).with(went))
}

#[derive(Deserialize, JsonSchema)]
struct MergesQuery {
    /// Merges of this patient only, as the one that stayed or the one that went.
    patient_id: Option<PatientId>,
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 50 if left out.
    page_size: Option<i64>,
}

async fn list(
    tx: Authorized<Update>,
    Query(query): Query<MergesQuery>,
) -> Result<Json<Page<MergeView>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, query.page_size, 50, &mut errors);
    errors.finish()?;
    let found = super::list(&tx, query.patient_id, page).await?.map(MergeView::from);
    tx.commit(Audit::listed("merge", found.items.len()), Json(found)).await
}

#[derive(Deserialize, JsonSchema)]
struct UndoMerge {
    /// Why these are two people.
    #[schemars(length(min = 1, max = 500))]
    reason: String,
}

async fn undo(
    tx: Authorized<Update>,
    Path(id): Path<MergeId>,
    Json(body): Json<UndoMerge>,
) -> Result<Reply<MergeView>, AppError> {
    let mut errors = FieldErrors::default();
    let reason = parse_reason(&body.reason, &mut errors);
    let merge = super::undo(&tx, id, &errors.finish_with(reason)?).await?;
    let audit = audit_of("unmerged", &merge);
    tx.commit(audit, Reply::new(merge.into())).await
}
