//! Who is away now and later, and for whom an absence is recorded.

use std::collections::BTreeMap;

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::{Audit, Authorized, Frame};
use crate::clinic::leave::{Take, may_take};
use crate::clinic::{availability, doctors, patients};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::web::layout::*;
use crate::web::{Page, Query, words};

const PAGE_SIZE: i64 = 25;

/// A time for which somebody is away.
struct Line {
    href: String,
    name: Name,
    kind: &'static str,
    from: When,
    until: When,
    is_now: bool,
}

/// `GET /doctors/leave`
#[derive(Template)]
#[template(path = "clinic/leave/pages/away.html")]
pub(super) struct AwayPage {
    shell: Shell,
    lines: Vec<Line>,
    total: i64,
    pager: Pager,
    /// For whom an absence may be recorded: address and name.
    doctors: Vec<(String, Name, String)>,
}

impl AwayPage {
    fn facts(&self) -> String {
        match self.total {
            0 => "Nobody is away, now or later.".to_owned(),
            n => format!("{} now or later.", words::counted(n, "absence", "absences")),
        }
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Paging {
    /// From 1; what is no number is the first.
    page: String,
}

/// `GET /doctors/leave`
pub(super) async fn show(
    tx: Authorized<Take>,
    frame: Frame,
    Query(query): Query<Paging>,
) -> Result<Page<AwayPage>, AppError> {
    let page = query.page.parse().unwrap_or(1_i64).clamp(1, 1_000);
    let found = availability::all_leaves(&tx, PageRequest { page, page_size: PAGE_SIZE }).await?;
    let all =
        doctors::list(&tx, &doctors::Wanted::default(), PageRequest { page: 1, page_size: 500 }).await?.items;
    let people: Vec<UserId> = found.items.iter().map(|leave| leave.doctor).collect();
    let names: BTreeMap<UserId, String> = patients::staff_names(&tx, &people).await?;
    let now = patients::hospital_now(&tx);
    let when = |at: jiff::Timestamp| When::moment(&at.to_zoned(now.time_zone().clone()), now.date());
    let line = |leave: &availability::Leave| Line {
        href: format!("/doctors/{}", leave.doctor),
        name: Name::new(names.get(&leave.doctor).cloned().unwrap_or_else(|| "Somebody who left".to_owned())),
        kind: leave.kind.label(),
        from: when(leave.starts_at),
        until: when(leave.ends_at),
        is_now: leave.starts_at <= tx.now(),
    };
    let page = AwayPage {
        shell: frame.shell(tx.actor()),
        total: found.total,
        pager: Pager::new(&found, |number| Turn::Link(format!("/doctors/leave?page={number}"))),
        lines: found.items.iter().map(line).collect(),
        doctors: all
            .iter()
            .filter(|doctor| may_take(&tx, doctor.user_id))
            .map(|doctor| {
                let href = format!("/doctors/{}/leave", doctor.user_id);
                (href, Name::new(&doctor.name), doctor.department.clone())
            })
            .collect(),
    };
    tx.commit(Audit::listed("doctor_leave", page.lines.len()), Page(page)).await
}
