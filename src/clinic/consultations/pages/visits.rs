//! A patient's visits, as a part of the record.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::parts::VisitLine;
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::consultations::visits;
use crate::clinic::encounters::View;
use crate::clinic::patients::pages::{banner, href, tabs};
use crate::clinic::patients::{self, PatientId};
use crate::kernel::AppError;
use crate::kernel::paging::PageRequest;
use crate::web::layout::*;
use crate::web::{Page, Path, Query, SeeOther};

const PAGE_SIZE: i64 = 20;

/// `GET /patients/{id}/visits`
#[derive(Template)]
#[template(path = "clinic/consultations/pages/visits.html")]
struct VisitsPage {
    shell: Shell,
    banner: Banner,
    tabs: Vec<Tab>,
    href: String,
    lines: Vec<VisitLine>,
    total: i64,
    pager: Pager,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Turned {
    /// From 1; what is no number is the first.
    page: String,
}

/// `GET /patients/{patient_id}/visits`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Query(query): Query<Turned>,
) -> Result<Response, AppError> {
    let patient = patients::show(&tx, id).await?;
    if patient.id != id {
        return Ok(SeeOther(format!("{}/visits", href(&patient))).into_response());
    }
    let number = query.page.parse().unwrap_or(1_i64).clamp(1, 10_000);
    let found = visits(&tx, id, PageRequest { page: number, page_size: PAGE_SIZE }).await?;
    let now = patients::hospital_now(&tx);
    let at = href(&patient);
    let page = VisitsPage {
        shell: frame.shell(tx.actor()),
        banner: banner(&patient, &now, Vec::new()),
        tabs: tabs(&patient, &frame, tx.actor()),
        total: found.page.total,
        pager: Pager::new(&found.page, |number| Turn::Link(format!("{at}/visits?page={number}"))),
        lines: found
            .page
            .items
            .iter()
            .map(|visit| VisitLine::of(visit, found.reader, found.may_read, &now))
            .collect(),
        href: at,
    };
    let audit = Audit::viewed(id).with(json!({ "list": "visits", "count": page.lines.len() }));
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}
