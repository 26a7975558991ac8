//! Two records of one person become one, and can be taken apart again.
//!
//! The survivor wins, its blanks are filled (`model::GROUPS`), and every row that names the duplicate goes along
//! (`FOLLOWS`). Allergies and conditions are lists that follow; their texts are written anew, so an allergy on one side
//! wins over "none known" on the other. The duplicate's row stays as it was, with `merged_into`: it leaves lists and the
//! count of patients, and its id and code lead to the survivor. Two different blood groups need who may change the
//! hospital's settings: a second person than the desk; so do two children of one birth, and somebody unidentified whose
//! blood nobody tested. A record that somebody opened with a reason is not merged by them, and who may not mark records
//! makes none confidential by merging. Names that are given up are former names. Undoing restores exactly what the merge
//! wrote and moved, and is refused if somebody changed that since. Both rows are locked in the order of their ids, so
//! racers wait for each other.

mod api;
mod model;
mod pages;
mod store;

pub use model::{
    Choices, GROUPS, Group, Merge, MergeError, MergeId, OWN, Outcome, Plan, Record, Rule, Side, Undone,
};
pub use store::moves::{FOLLOWS, Follow, STAYS};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::{Module, TenantTx};
use crate::clinic::duplicates;
use crate::clinic::patients::texts::List;
use crate::clinic::patients::{self, Action, Confidentiality, PatientError, PatientId, Viewer};
use crate::kernel::ids::UserId;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, DbError, Problem};
use crate::web::layout::Icon;
use crate::web::nav::{ActEntry, Console, Place, RecordLink};

/// This capability, for the registry. It asks for the right to change patients.
pub const MODULE: Module = Module {
    statements: &[store::STATEMENTS, store::moves::STATEMENTS],
    problems: &[MergeError::CODES],
    docs: duplicates::MODULE.docs,
    api: Some(api::router),
    pages: Some(pages::router),
    record: &[RecordLink {
        place: Place::Menu,
        order: 80,
        label: "Merge with another record",
        icon: Icon("git-merge"),
        path: "/merge",
        permission: "patients:update",
        after_death: true,
    }],
    acts: &[ActEntry {
        console: Console::Staff,
        label: "See merged records",
        href: "/patients/merges",
        icon: Icon("git-merge"),
        words: "undo duplicate twice",
        permission: "patients:update",
    }],
    ..Module::named("merges")
};

/// A merge that somebody asks for.
#[derive(Debug)]
pub struct Wanted {
    pub survivor: PatientId,
    pub duplicate: PatientId,
    pub reason: String,
    pub choices: Choices,
    /// Of survivor and duplicate as they were compared; `None`: no check.
    pub versions: (Option<i64>, Option<i64>),
    /// May records be merged that may be of two people?
    pub despite_doubts: bool,
}

/// Two records side by side.
#[derive(Debug)]
pub struct Comparison {
    pub survivor: Half,
    pub duplicate: Half,
}

/// One of two records.
#[derive(Debug)]
pub struct Half {
    pub id: PatientId,
    pub code: String,
    pub version: i32,
    pub record: Record,
}

fn not_found() -> AppError {
    Problem::not_found("The patient").into()
}

fn author(tx: &TenantTx) -> UserId {
    UserId(tx.origin().actor_id.unwrap_or(Uuid::nil()))
}

/// Both records, checked to be two that stand.
async fn pair(
    tx: &TenantTx,
    survivor: PatientId,
    duplicate: PatientId,
    lock: bool,
) -> Result<Comparison, AppError> {
    if survivor == duplicate {
        return Err(MergeError::SamePatient.into());
    }
    // Both must lie open to whoever compares them.
    for id in [survivor, duplicate] {
        patients::not_for_a_reason_alone(&patients::show(tx, id).await?)?;
    }
    let mut rows = store::both(tx, [survivor, duplicate], lock).await?;
    let mut take = |id: PatientId| -> Result<Half, AppError> {
        let at = rows.iter().position(|row| row.id == id).ok_or_else(not_found)?;
        let row = rows.swap_remove(at);
        if row.merged_into.is_some() {
            return Err(MergeError::AlreadyMerged { code: row.code }.into());
        }
        if row.record.get("is_practice").and_then(Value::as_bool) != Some(false) {
            return Err(MergeError::Practice { code: row.code }.into());
        }
        Ok(Half { id, code: row.code, version: row.version, record: row.record })
    };
    Ok(Comparison { survivor: take(survivor)?, duplicate: take(duplicate)? })
}

/// Look at two records before they are merged.
///
/// # Errors
/// 404, [`MergeError::SamePatient`], [`MergeError::AlreadyMerged`].
pub async fn compare(
    tx: &TenantTx,
    survivor: PatientId,
    duplicate: PatientId,
) -> Result<Comparison, AppError> {
    pair(tx, survivor, duplicate, false).await
}

/// Merge two records.
///
/// # Errors
/// 404 or [`MergeError`].
pub async fn merge(tx: &TenantTx, wanted: Wanted) -> Result<Merge, AppError> {
    let both = pair(tx, wanted.survivor, wanted.duplicate, true).await?;
    let is_stale =
        |seen: Option<i64>, half: &Half| seen.is_some_and(|version| version != i64::from(half.version));
    if is_stale(wanted.versions.0, &both.survivor) || is_stale(wanted.versions.1, &both.duplicate) {
        return Err(MergeError::VersionConflict.into());
    }
    let (mine, theirs) = (&both.survivor.record, &both.duplicate.record);
    if model::is_mother_and_child(mine, theirs) {
        return Err(MergeError::MotherAndChild.into());
    }
    if let Some(doubt) = model::doubt(mine, theirs).filter(|_| !wanted.despite_doubts) {
        return Err(doubt.into());
    }
    let mut plan = Plan::of(mine, theirs, &wanted.choices);
    if plan.outcome("death") == Outcome::Open {
        return Err(MergeError::DeathDiffers.into());
    }
    if model::is_born_after_death(mine, &plan.after) {
        return Err(MergeError::BornAfterDeath.into());
    }
    check_lengths(&plan)?;
    may_mark(tx, &plan.after)?;
    let (by, id) = (author(tx), MergeId::new());
    let moved = store::moves::there(tx, wanted.survivor, wanted.duplicate).await.map_err(collision)?;
    for (column, text) in views(tx, wanted.survivor).await? {
        let now = mine.get(&column).cloned().unwrap_or_default();
        plan.before.remove(&column);
        plan.after.remove(&column);
        if now != text {
            plan.before.insert(column.clone(), now);
            plan.after.insert(column, text);
        }
    }
    // First: what the survivor takes over is free then, a made-up name for example.
    store::mark(tx, wanted.duplicate, Some(wanted.survivor), by).await?;
    store::write(tx, wanted.survivor, &plan.after, by).await?;
    patients::raise_children(tx, wanted.survivor, level(mine, &plan.after)).await?;
    note(tx, wanted.survivor, Action::Merge, id, plan.after.keys()).await?;
    store::count(tx, -1).await?;
    let new = store::NewMerge {
        id,
        survivor: wanted.survivor,
        duplicate: wanted.duplicate,
        reason: &wanted.reason,
        before: &plan.before,
        after: &plan.after,
        moved: &moved,
        by,
    };
    store::insert(tx, &new).await?;
    show(tx, id).await
}

/// A merge that marks a record, and an undoing that lifts it, take the right to do so.
fn may_mark(tx: &TenantTx, writes: &Record) -> Result<(), AppError> {
    match writes.contains_key("confidentiality") && !Viewer::of(tx).all {
        true => Err(PatientError::MayNotRestrict.into()),
        false => Ok(()),
    }
}

/// How confidential the survivor is.
fn level(survivor: &Record, writes: &Record) -> Confidentiality {
    let code = writes.get("confidentiality").or_else(|| survivor.get("confidentiality"));
    Confidentiality::from_code(code.and_then(Value::as_str).unwrap_or_default())
}

/// In the survivor's history stands which fields were written. Values and reasons are kept with the merge: once it is
/// undone, they are another person's.
async fn note(
    tx: &TenantTx,
    survivor: PatientId,
    action: Action,
    merge: MergeId,
    fields: impl Iterator<Item = &String>,
) -> Result<(), AppError> {
    let fields: Vec<&String> = fields.collect();
    let named = json!({ "merge_id": merge, "fields": fields });
    let named = named.as_object().cloned().unwrap_or_default();
    patients::note_change(tx, survivor, action, None, (Record::new(), named)).await
}

/// What stands in the way of a record that moves or comes back.
fn collision(error: DbError) -> AppError {
    match error.constraint() {
        Some("patients_birth_order_once") => MergeError::ChildrenCollide.into(),
        Some("patients_unidentified_name") => MergeError::NameInUse.into(),
        _ => error.into(),
    }
}

/// The texts that are views of lists, as the lists stand now.
async fn views(tx: &TenantTx, patient: PatientId) -> Result<Record, AppError> {
    let mut views = Record::new();
    for list in List::ALL {
        let text = patients::lists::text(tx, patient, list).await?;
        views.insert(list.column().to_owned(), text.map_or(Value::Null, Value::String));
    }
    Ok(views)
}

/// Texts that were put together still have to fit; a list's text says itself that there is more.
fn check_lengths(plan: &Plan) -> Result<(), MergeError> {
    const MOST_CHARS: usize = 1000;
    let is_text = |group: &&Group| group.rule == Rule::Join && group.name != "former_names";
    let joined = GROUPS.iter().filter(is_text).filter(|group| plan.outcome(group.name) == Outcome::Joined);
    for group in joined {
        let text = plan.after.get(group.columns[0]).and_then(|value| value.as_str()).unwrap_or_default();
        if text.chars().count() > MOST_CHARS {
            return Err(MergeError::TooLong { field: group.label });
        }
    }
    Ok(())
}

/// One merge.
///
/// # Errors
/// 404 if this hospital has none with this id.
pub async fn show(tx: &TenantTx, id: MergeId) -> Result<Merge, AppError> {
    store::show(tx, id).await?.ok_or_else(|| Problem::not_found("The merge").into())
}

/// Take two records apart again: fields and rows become what they were before.
///
/// # Errors
/// 404, [`MergeError::AlreadyUndone`], [`MergeError::SurvivorMerged`], [`MergeError::ChangedSince`].
pub async fn undo(tx: &TenantTx, id: MergeId, reason: &str) -> Result<Merge, AppError> {
    let merge = show(tx, id).await?;
    patients::show(tx, merge.survivor).await?;
    let rows = store::both(tx, [merge.survivor, merge.duplicate], true).await?;
    let by = author(tx);
    // Only after both rows are locked is it known whether somebody else was quicker.
    if !store::undone(tx, id, by, reason).await? {
        return Err(MergeError::AlreadyUndone.into());
    }
    let row = |id| rows.iter().find(|row| row.id == id).ok_or_else(not_found);
    let (survivor, duplicate) = (row(merge.survivor)?, row(merge.duplicate)?);
    if survivor.merged_into.is_some() {
        return Err(MergeError::SurvivorMerged { code: survivor.code.clone() }.into());
    }
    let fields = model::changed_since(&merge.after, &survivor.record);
    if !fields.is_empty() {
        return Err(MergeError::ChangedSince { fields }.into());
    }
    store::moves::back(tx, merge.survivor, merge.duplicate, &merge.moved).await?;
    // A later visit stays: what the merge wrote there is gone already.
    let (mut before, mut theirs) =
        model::taken_apart(&merge.before, &merge.after, &survivor.record, &duplicate.record);
    // Lists come apart entry by entry, and so do the texts that show them.
    before.extend(views(tx, merge.survivor).await?);
    before.retain(|column, value| survivor.record.get(column) != Some(value));
    may_mark(tx, &before)?;
    store::write(tx, merge.survivor, &before, by).await.map_err(collision)?;
    theirs.extend(views(tx, merge.duplicate).await?);
    store::write(tx, merge.duplicate, &theirs, by).await?;
    store::mark(tx, merge.duplicate, None, by).await.map_err(collision)?;
    note(tx, merge.survivor, Action::Unmerge, id, before.keys()).await?;
    store::count(tx, 1).await?;
    show(tx, id).await
}

/// One page of merges, newest first; of one patient if asked for.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn list(
    tx: &TenantTx,
    patient: Option<PatientId>,
    page: PageRequest,
) -> Result<Page<Merge>, AppError> {
    let (merges, total) = store::page(tx, patient, page).await?;
    Ok(page.envelope(merges, total))
}
