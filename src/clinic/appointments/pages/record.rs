//! The tab "Appointments" of a patient's record.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::parts::Row;
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::appointments::model::Filter;
use crate::clinic::appointments::{self, View};
use crate::clinic::patients::pages::{banner, href, tabs};
use crate::clinic::patients::{self, PatientId};
use crate::kernel::AppError;
use crate::kernel::paging::PageRequest;
use crate::web::layout::*;
use crate::web::{Page, Path, Query};

const PAGE_SIZE: i64 = 25;

/// `GET /patients/{id}/appointments`
#[derive(Template)]
#[template(path = "clinic/appointments/pages/record.html")]
struct RecordPage {
    shell: Shell,
    banner: Banner,
    tabs: Vec<Tab>,
    href: String,
    rows: Vec<Row>,
    pager: Pager,
    /// The booking form for this patient; absent for who may not, and after a death.
    book: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Turned {
    /// From 1.
    page: String,
}

/// `GET /patients/{patient_id}/appointments`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Query(query): Query<Turned>,
) -> Result<Response, AppError> {
    let patient = patients::show(&tx, id).await?;
    let now = patients::hospital_now(&tx);
    let filter = Filter { patient: Some(patient.id), ..Filter::default() };
    let page = query.page.parse().unwrap_or(1_i64).clamp(1, 10_000);
    let found = appointments::list(&tx, &filter, PageRequest { page, page_size: PAGE_SIZE }).await?;
    let may_book = tx.actor().holds("appointments:create") && !patient.details.is_deceased;
    let base = href(&patient);
    let page = RecordPage {
        shell: frame.shell(tx.actor()),
        banner: banner(&patient, &now, Vec::new()),
        tabs: tabs(&patient, &frame, tx.actor()),
        rows: found.items.iter().map(|one| Row::new(one, &now)).collect(),
        pager: Pager::of_long(&found, |number| Turn::Link(format!("{base}/appointments?page={number}"))),
        book: may_book.then(|| format!("/appointments/new?patient={}", patient.id)),
        href: base.clone(),
    };
    let audit = Audit::viewed(patient.id).with(json!({ "part": "appointments" }));
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}
