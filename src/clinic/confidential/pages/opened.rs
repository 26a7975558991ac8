//! Who opened which restricted record, when and why.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::{Audit, Authorized, Frame};
use crate::clinic::confidential::{self, Opening};
use crate::clinic::patients::pages::{PatientListPage, period_of};
use crate::clinic::patients::{self, Restrict};
use crate::kernel::AppError;
use crate::kernel::paging::PageRequest;
use crate::web::layout::*;
use crate::web::{Page, Query, words};

const PAGE_SIZE: i64 = 25;

/// One opening.
struct Row {
    /// `/patients/{id}`
    href: String,
    code: String,
    /// "Restricted", "Very restricted"; "Normal" once it was lifted.
    level: &'static str,
    by: String,
    at: When,
    reason: String,
}

/// `GET /patients/opened`
#[derive(Template)]
#[template(path = "clinic/confidential/pages/opened.html")]
struct OpenedPage {
    shell: Shell,
    form: FormState,
    rows: Vec<Row>,
    narrowed: bool,
    pager: Pager,
}

impl OpenedPage {
    /// Values of the filter; blank is any time. Days of the hospital.
    fn periods() -> Vec<Choice> {
        PatientListPage::registered_choices()
    }
}

/// What the list is narrowed by.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Narrowing {
    /// `today`, `week`, `month`; any other word means any time.
    opened: String,
    /// From 1; what is no number is the first.
    page: String,
}

/// `GET /patients/opened`
pub(super) async fn show(
    tx: Authorized<Restrict>,
    frame: Frame,
    Query(query): Query<Narrowing>,
) -> Result<Response, AppError> {
    let now = patients::hospital_now(&tx);
    let period = period_of(&query.opened, &now);
    let number = query.page.parse().unwrap_or(1_i64).clamp(1, 10_000);
    let wanted = PageRequest { page: number, page_size: PAGE_SIZE };
    let found = confidential::list(&tx, period, wanted).await?;
    let people: Vec<_> = found.items.iter().map(|opening| opening.glass.user).collect();
    let names = patients::staff_names(&tx, &people).await?;
    let row = |opening: &Opening| Row {
        href: format!("/patients/{}", opening.glass.patient),
        code: opening.code.clone(),
        level: words::confidentiality(opening.level.code()),
        by: names.get(&opening.glass.user).cloned().unwrap_or_else(|| "somebody who left".to_owned()),
        at: When::moment(&opening.glass.opened_at.to_zoned(now.time_zone().clone()), now.date()),
        reason: opening.reason.clone(),
    };
    let choices = OpenedPage::periods();
    let chosen = choices.iter().find(|choice| choice.value == query.opened);
    let opened = chosen.map_or_else(String::new, |choice| choice.value.clone());
    let page = OpenedPage {
        shell: frame.shell(tx.actor()),
        rows: found.items.iter().map(row).collect(),
        narrowed: !opened.is_empty(),
        pager: Pager::new(&found, |number| {
            Turn::Link(format!("/patients/opened?opened={opened}&page={number}"))
        }),
        form: FormState::new().with("opened", opened.clone()),
    };
    let audit = Audit::listed("break_glass", page.rows.len());
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}
