//! The departments of a hospital.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::LIST;
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::departments::{self, Department, View, Wanted};
use crate::kernel::AppError;
use crate::kernel::paging::PageRequest;
use crate::web::layout::*;
use crate::web::{Page, Query, words};

const PAGE_SIZE: i64 = 100;

/// A department as lists and questions name it.
pub(super) struct Line {
    /// `/departments/{id}`
    pub href: String,
    pub name: Name,
    pub description: String,
    pub people: i64,
    pub is_system: bool,
    /// "Staff and patients"
    pub is_for: &'static str,
}

impl Line {
    pub(super) fn of(department: &Department) -> Self {
        Self {
            href: format!("{LIST}/{}", department.id),
            name: Name::new(&department.name),
            description: department.description.clone().unwrap_or_default(),
            people: department.users,
            is_system: department.is_system,
            is_for: match (department.is_for_staff, department.is_for_patients) {
                (true, true) => "Staff and patients",
                (true, false) => "Staff only",
                _ => "Patients only",
            },
        }
    }
}

/// `GET /departments`
#[derive(Template)]
#[template(path = "clinic/departments/pages/list.html")]
pub(super) struct ListPage {
    shell: Shell,
    form: FormState,
    lines: Vec<Line>,
    total: i64,
    narrowed: bool,
    pager: Pager,
    may_create: bool,
    may_change: bool,
    may_remove: bool,
}

impl ListPage {
    fn facts(&self) -> String {
        let departments = words::counted(self.total, "department", "departments");
        format!("{departments}. Where staff belong and patients are seen.")
    }

    fn choices() -> Vec<Choice> {
        [("", "Everybody"), ("staff", "Staff"), ("patients", "Patients")]
            .map(|(value, label)| Choice::new(value, label))
            .into()
    }
}

/// What the list is narrowed by.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Narrowing {
    /// `staff`, `patients`; any other word means both.
    show: String,
    /// From 1; what is no number is the first.
    page: String,
}

/// `GET /departments`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Query(query): Query<Narrowing>,
) -> Result<Page<ListPage>, AppError> {
    let (show, wanted) = match query.show.as_str() {
        "staff" => ("staff", Wanted { for_staff: Some(true), ..Wanted::default() }),
        "patients" => ("patients", Wanted { for_patients: Some(true), ..Wanted::default() }),
        _ => ("", Wanted::default()),
    };
    let page = query.page.parse().unwrap_or(1_i64).clamp(1, 1_000);
    let found = departments::list(&tx, wanted, PageRequest { page, page_size: PAGE_SIZE }).await?;
    let actor = tx.actor();
    let page = ListPage {
        shell: frame.shell(actor),
        form: FormState::new().with("show", show),
        total: found.total,
        narrowed: !show.is_empty(),
        pager: Pager::new(&found, |number| Turn::Link(format!("{LIST}?show={show}&page={number}"))),
        may_create: actor.holds("departments:create"),
        may_change: actor.holds("departments:update"),
        may_remove: actor.holds("departments:delete"),
        lines: found.items.iter().map(Line::of).collect(),
    };
    tx.commit(Audit::listed("department", page.lines.len()), Page(page)).await
}
