//! The record's history as a timeline.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use askama::Template;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Entry;
use super::words::{Line, lines, title, unsaid};
use crate::access::{Audit, Authorized, Frame};
use crate::app::App;
use crate::clinic::patients::pages::{banner, href, tabs};
use crate::clinic::patients::{self, PatientId, View};
use crate::kernel::AppError;
use crate::kernel::paging::PageRequest;
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Page, Path, Query, SeeOther};

const PAGE_SIZE: i64 = 25;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new().api_route(
        "/patients/{patient_id}/history",
        get_with(show, op("pages.history.show", "What became of a patient's record")),
    )
}

/// One step.
struct Step {
    title: &'static str,
    icon: Icon,
    kind: Kind,
    at: When,
    by: String,
    /// Code of the record that it happened to, if that is another one.
    code: Option<String>,
    reason: Option<String>,
    lines: Vec<Line>,
}

/// The steps of one year.
struct Year {
    year: i16,
    steps: Vec<Step>,
}

/// `GET /patients/{id}/history`
#[derive(Template)]
#[template(path = "clinic/history/pages/history.html")]
struct HistoryPage {
    shell: Shell,
    banner: Banner,
    tabs: Vec<Tab>,
    href: String,
    years: Vec<Year>,
    total: i64,
    pager: Pager,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Turned {
    /// From 1; what is no number is the first.
    page: String,
}

/// `GET /patients/{patient_id}/history`
async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Query(query): Query<Turned>,
) -> Result<Response, AppError> {
    let patient = patients::show(&tx, id).await?;
    if patient.id != id {
        return Ok(SeeOther(format!("{}/history", href(&patient))).into_response());
    }
    let number = query.page.parse().unwrap_or(1_i64).clamp(1, 10_000);
    let found = super::list(&tx, id, PageRequest { page: number, page_size: PAGE_SIZE }).await?;
    let people: Vec<_> = found.items.iter().map(|entry| entry.by).collect();
    let names = patients::staff_names(&tx, &people).await?;
    let now = patients::hospital_now(&tx);
    let step = |entry: &Entry| {
        let (title, icon, kind) = title(entry.action);
        Step {
            title,
            icon,
            kind,
            at: When::moment(&entry.at.to_zoned(now.time_zone().clone()), now.date()),
            by: names.get(&entry.by).cloned().unwrap_or_else(|| "somebody who left".to_owned()),
            code: (entry.patient != id).then(|| entry.code.clone()),
            reason: entry.reason.clone(),
            lines: match entry.is_withheld {
                true => unsaid(&entry.new),
                false => lines(&entry.old, &entry.new, now.time_zone()),
            },
        }
    };
    let mut years: Vec<Year> = Vec::new();
    for entry in &found.items {
        let year = entry.at.to_zoned(now.time_zone().clone()).year();
        match years.last_mut() {
            Some(last) if last.year == year => last.steps.push(step(entry)),
            _ => years.push(Year { year, steps: vec![step(entry)] }),
        }
    }
    let at = href(&patient);
    let page = HistoryPage {
        shell: frame.shell(tx.actor()),
        banner: banner(&patient, &now, Vec::new()),
        tabs: tabs(&patient, &frame, tx.actor()),
        years,
        total: found.total,
        pager: Pager::new(&found, |number| Turn::Link(format!("{at}/history?page={number}"))),
        href: at,
    };
    let audit = Audit::viewed(id).with(serde_json::json!({ "part": "history" }));
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}
