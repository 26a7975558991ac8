//! Every version of one table, the newest first: whoever prescribes signs one, or brings an older one back.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use jiff::Zoned;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::{Audit, Authorized, Frame};
use crate::clinic::patients;
use crate::clinic::vitals::View;
use crate::clinic::vitals::domain::signing;
use crate::clinic::vitals::keeping::{Kept, Standing};
use crate::clinic::vitals::tables::Name;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::web::layout::*;
use crate::web::{Page, Query};

const PAGE_SIZE: i64 = 25;

/// One version.
struct Row {
    version: String,
    source: String,
    /// Who wrote it, and when; none for the one that HMS comes with.
    made: Option<(String, When)>,
    /// Who signed it last, and when.
    signed: Option<(String, When)>,
    /// It is the one that counts.
    counts: bool,
    /// HMS came with it once; it has another one now.
    is_past: bool,
}

impl Row {
    fn of(kept: Kept, counting: &Standing, names: &BTreeMap<UserId, String>, now: &Zoned) -> Self {
        let who = |by: UserId| names.get(&by).cloned().unwrap_or_else(|| "somebody who left".to_owned());
        Self {
            counts: counting.signed.is_some() && counting.origin.version == kept.origin.version,
            is_past: kept.is_built_in && kept.origin.version != kept.name.built_in().version,
            version: kept.origin.version,
            source: kept.origin.source,
            made: (!kept.is_built_in).then(|| (who(kept.made_by), When::exactly(kept.made_at, now).inline())),
            signed: kept.signed.map(|(at, by)| (who(by), When::exactly(at, now).inline())),
        }
    }
}

/// `GET /vitals/tables/versions`
#[derive(Template)]
#[template(path = "clinic/vitals/pages/versions.html")]
struct VersionsPage {
    shell: Shell,
    name: Name,
    rows: Vec<Row>,
    pager: Pager,
    may_sign: bool,
}

/// Which table, and which page.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Wanted {
    /// `news2`; any other word is the first table.
    name: String,
    /// From 1; what is no number is the first.
    page: String,
}

/// `GET /vitals/tables/versions`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Query(wanted): Query<Wanted>,
) -> Result<Response, AppError> {
    let name = Name::from_code(&wanted.name).unwrap_or(Name::Plausibility);
    let number = wanted.page.parse().unwrap_or(1_i64).clamp(1, 10_000);
    let found =
        signing::versions(&tx, Some(name), PageRequest { page: number, page_size: PAGE_SIZE }).await?;
    let counting = signing::standing(&tx, name).await?;
    let people = |kept: &Kept| [Some(kept.made_by), kept.signed.map(|(_, by)| by)];
    let people: Vec<UserId> = found.items.iter().flat_map(people).flatten().collect();
    let names = patients::staff_names(&tx, &people).await?;
    let now = patients::hospital_now(&tx);
    let turn = |number| Turn::Link(format!("/vitals/tables/versions?name={}&page={number}", name.code()));
    let pager = Pager::new(&found, turn);
    let rows: Vec<Row> = found.items.into_iter().map(|kept| Row::of(kept, &counting, &names, &now)).collect();
    let page = VersionsPage {
        shell: frame.shell(tx.actor()),
        name,
        rows,
        pager,
        may_sign: tx.actor().holds("prescriptions:create"),
    };
    Ok(tx.commit(Audit::listed("vitals_table", page.rows.len()), Page(page)).await?.into_response())
}
