//! Who looked at a patient's record, printed, changed or opened it.

use askama::Template;
use axum::response::{IntoResponse as _, Response};

use super::PAGE_SIZE;
use super::rows::Row;
use crate::access::{Authorized, Frame};
use crate::clinic::audit::api::audit_of;
use crate::clinic::audit::input::TurnQuery;
use crate::clinic::audit::{self, View};
use crate::clinic::patients::pages::{banner, tabs};
use crate::clinic::patients::{self, Confidentiality, PatientId};
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::*;
use crate::web::{Page, Path, Query, SeeOther, words};

/// `GET /patients/{id}/audit`. Whoever may not open the record sees its code and no more of it.
#[derive(Template)]
#[template(path = "clinic/audit/pages/looked.html")]
struct LookedPage {
    shell: Shell,
    title: String,
    code: String,
    /// "Very restricted record"; blank for a normal one.
    level: String,
    href: String,
    banner: Option<Banner>,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    pager: Pager,
}

/// `GET /patients/{patient_id}/audit`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Query(query): Query<TurnQuery>,
) -> Result<Response, AppError> {
    let mut errors = FieldErrors::default();
    let page = query.page(PAGE_SIZE, &mut errors);
    errors.finish()?;
    let (sealed, patient) = audit::record(&tx, id).await?;
    let href = format!("/patients/{}", sealed.id);
    if sealed.id != id {
        return Ok(SeeOther(format!("{href}/audit")).into_response());
    }
    let found = audit::of_patient(&tx, id, page).await?;
    let now = patients::hospital_now(&tx);
    let may_open = tx.actor().holds("patients:view");
    let level = match sealed.level {
        Confidentiality::Normal => String::new(),
        level => format!("{} record", words::confidentiality(level.code())),
    };
    let page = LookedPage {
        shell: frame.shell(tx.actor()),
        title: format!("Who looked at {}", sealed.code),
        code: sealed.code,
        level,
        banner: patient.as_ref().map(|patient| banner(patient, &now, Vec::new())),
        tabs: patient.as_ref().map(|patient| tabs(patient, &frame, tx.actor())).unwrap_or_default(),
        pager: Pager::of_long(&found, |number| Turn::Link(format!("{href}/audit?page={number}"))),
        rows: found.items.into_iter().map(|event| Row::new(event, &now, may_open)).collect(),
        href,
    };
    Ok(tx.commit(audit_of(id), Page(page)).await?.into_response())
}
