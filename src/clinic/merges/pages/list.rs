//! The list of merges, each with "Undo".

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::{Audit, Authorized, Frame};
use crate::clinic::merges::api::{audit_of, parse_reason};
use crate::clinic::merges::{self, Merge, MergeId};
use crate::clinic::patients::{self, Update};
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, Query, SeeOther};

const PAGE_SIZE: i64 = 25;

/// One merge.
struct Row {
    /// `/patients/merges/{id}/undo`
    action: String,
    /// `/patients/{id}`
    href: String,
    survivor: Name,
    survivor_code: String,
    duplicate: Name,
    duplicate_code: String,
    reason: String,
    by: String,
    at: When,
    undone: Option<(String, When, String)>,
}

/// `GET /patients/merges`
#[derive(Template)]
#[template(path = "clinic/merges/pages/list.html")]
struct MergeListPage {
    shell: Shell,
    form: FormState,
    rows: Vec<Row>,
    pager: Pager,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Turned {
    /// From 1; what is no number is the first.
    page: String,
}

/// `GET /patients/merges`
pub(super) async fn show(
    tx: Authorized<Update>,
    frame: Frame,
    Query(query): Query<Turned>,
) -> Result<Response, AppError> {
    let (page, shown) = page(&tx, &frame, FormState::new(), query.page.parse().unwrap_or(1)).await?;
    Ok(tx.commit(Audit::listed("merge", shown), Page(page)).await?.into_response())
}

async fn page(
    tx: &Authorized<Update>,
    frame: &Frame,
    form: FormState,
    number: i64,
) -> Result<(MergeListPage, usize), AppError> {
    let wanted = PageRequest { page: number.clamp(1, 10_000), page_size: PAGE_SIZE };
    let found = merges::list(tx, None, wanted).await?;
    let people: Vec<_> = found
        .items
        .iter()
        .flat_map(|m| [Some(m.merged_by), m.undone.as_ref().map(|u| u.by)])
        .flatten()
        .collect();
    let names = patients::staff_names(tx, &people).await?;
    let name = |id| names.get(&id).cloned().unwrap_or_else(|| "somebody who left".to_owned());
    let now = patients::hospital_now(tx);
    let moment = |at: jiff::Timestamp| When::moment(&at.to_zoned(now.time_zone().clone()), now.date());
    let row = |m: &Merge| Row {
        action: format!("/patients/merges/{}/undo", m.id),
        href: format!("/patients/{}", m.survivor),
        survivor: Name::new(m.survivor_name.clone()),
        survivor_code: m.survivor_code.clone(),
        duplicate: Name::new(m.duplicate_name.clone()),
        duplicate_code: m.duplicate_code.clone(),
        reason: m.reason.clone(),
        by: name(m.merged_by),
        at: moment(m.merged_at),
        undone: m.undone.as_ref().map(|u| (name(u.by), moment(u.at).inline(), u.reason.clone())),
    };
    let rows: Vec<Row> = found.items.iter().map(row).collect();
    let shown = rows.len();
    let pager = Pager::new(&found, |number| Turn::Link(format!("/patients/merges?page={number}")));
    Ok((MergeListPage { shell: frame.shell(tx.actor()), form, rows, pager }, shown))
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct UndoForm {
    reason: String,
}

/// `POST /patients/merges/{merge_id}/undo`
pub(super) async fn undo(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<MergeId>,
    Form(form): Form<UndoForm>,
) -> Result<Response, AppError> {
    let mut errors = FieldErrors::default();
    let reason = parse_reason(&form.reason, &mut errors);
    let done = match errors.finish_with(reason) {
        Ok(reason) => tx.attempt(merges::undo(&tx, id, &reason)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(merge) => {
            let next = SeeOther("/patients/merges?done=unmerged".to_owned());
            Ok(tx.commit(audit_of("unmerged", &merge), next).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            let form = match problem.errors.as_slice() {
                [] => FormState::new().with_fault(problem.detail),
                _ => FormState::new().with_fault("Say why these are two people. Nothing was undone."),
            };
            let (page, shown) = page(&tx, &frame, form, 1).await?;
            let audit = Audit::listed("merge", shown);
            Ok(tx.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}
