//! The roles of a hospital.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::LIST;
use super::parts::Line;
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::roles::{self, View};
use crate::kernel::AppError;
use crate::kernel::paging::PageRequest;
use crate::web::layout::*;
use crate::web::{Page, Query, words};

const PAGE_SIZE: i64 = 100;

/// `GET /roles`
#[derive(Template)]
#[template(path = "clinic/roles/pages/list.html")]
pub(super) struct ListPage {
    shell: Shell,
    lines: Vec<Line>,
    total: i64,
    pager: Pager,
    may_create: bool,
    may_change: bool,
    may_remove: bool,
}

impl ListPage {
    fn facts(&self) -> String {
        let roles = words::counted(self.total, "role", "roles");
        format!("{roles}. What people may do comes from the roles that they hold.")
    }

    fn has_acts(&self, line: &Line) -> bool {
        (self.may_change || self.may_remove) && !line.is_closed
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Wanted {
    /// From 1; what is no number is the first.
    page: String,
}

/// `GET /roles`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Query(query): Query<Wanted>,
) -> Result<Page<ListPage>, AppError> {
    let page = query.page.parse().unwrap_or(1_i64).clamp(1, 1_000);
    let found = roles::list(&tx, PageRequest { page, page_size: PAGE_SIZE }).await?;
    let actor = tx.actor();
    let page = ListPage {
        shell: frame.shell(actor),
        total: found.total,
        pager: Pager::new(&found, |number| Turn::Link(format!("{LIST}?page={number}"))),
        may_create: actor.holds("roles:create"),
        may_change: actor.holds("roles:update"),
        may_remove: actor.holds("roles:delete"),
        lines: found.items.iter().map(|role| Line::of(role, actor)).collect(),
    };
    tx.commit(Audit::listed("role", page.lines.len()), Page(page)).await
}
