//! The operators' list of hospitals. One hospital is in `one`, the questions before it is changed are in `ask`.
//!
//! Status, order and page stand in the address; the search text is posted to `/console/hospitals/search`, as
//! everywhere. With htmx the rows are answered alone.

mod ask;
mod one;
mod raise;
mod second_step;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use super::views::{HospitalListPage, HospitalRow, HospitalRows};
use super::{Counts, Manage, Sort, Wanted, search_text};
use crate::access::{Audit, Frame, PlatformAuthorized};
use crate::app::App;
use crate::identity::actor::TenantStatus;
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::{FormState, Pager, Tab, Turn};
use crate::web::openapi::op;
use crate::web::{Either, Form, Page, Query, words};

const LIST: &str = "/console/hospitals";
const SEARCH: &str = "/console/hospitals/search";
const PAGE_SIZE: i64 = 25;
/// Which hospitals a tab shows: status, restricted or not, its words.
const TABS: [(Option<TenantStatus>, Option<bool>, &str); 5] = [
    (None, None, "All"),
    (Some(TenantStatus::Active), None, "Active"),
    (None, Some(true), "Restricted"),
    (Some(TenantStatus::Pending), None, "Waiting for e-mail"),
    (Some(TenantStatus::Suspended), None, "Suspended"),
];

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(LIST, get_with(list, op("pages.hospitals.list", "Hospitals")))
        .api_route(SEARCH, post_with(search, op("pages.hospitals.search", "Find hospitals")))
        .merge(one::router())
        .merge(raise::router())
        .merge(second_step::router())
        .merge(ask::router())
}

type Listed = Either<Page<HospitalRows>, Page<HospitalListPage>>;

#[derive(Debug, Deserialize, JsonSchema)]
struct ListQuery {
    status: Option<TenantStatus>,
    restricted: Option<bool>,
    sort: Option<Sort>,
    page: Option<i64>,
}

async fn list(
    tx: PlatformAuthorized<Manage>,
    frame: Frame,
    Query(query): Query<ListQuery>,
) -> Result<Listed, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, None, PAGE_SIZE, &mut errors);
    errors.finish()?;
    let sort = query.sort.unwrap_or_default();
    let wanted = Wanted { status: query.status, restricted: query.restricted, search: None, sort, page };
    show(tx, &frame, wanted).await
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SearchForm {
    search: Option<String>,
    status: Option<String>,
    restricted: Option<String>,
    page: Option<String>,
}

async fn search(
    tx: PlatformAuthorized<Manage>,
    frame: Frame,
    Form(form): Form<SearchForm>,
) -> Result<Listed, AppError> {
    let mut errors = FieldErrors::default();
    let search = search_text(form.search.as_deref(), &mut errors);
    let page = form.page.and_then(|page| page.parse().ok());
    let page = PageRequest::parse(page, None, PAGE_SIZE, &mut errors);
    errors.finish()?;
    let status = TenantStatus::ALL.into_iter().find(|status| Some(status.code()) == form.status.as_deref());
    let sort = if search.is_some() { Sort::Name } else { Sort::default() };
    let restricted = form.restricted.as_deref().and_then(|typed| typed.parse().ok());
    show(tx, &frame, Wanted { status, restricted, search, sort, page }).await
}

async fn show(tx: PlatformAuthorized<Manage>, frame: &Frame, mut wanted: Wanted) -> Result<Listed, AppError> {
    let mut found = super::list(&tx, &wanted).await?;
    if found.items.is_empty() && found.total > 0 {
        // Past the end: hospitals went elsewhere since the link was made.
        wanted.page.page = (found.total - 1) / PAGE_SIZE + 1;
        found = super::list(&tx, &wanted).await?;
    }
    let now = tx.now().to_zoned(TimeZone::UTC);
    let searching = wanted.search.is_some();
    let by = HospitalRows::heads(wanted.sort, |sort| match searching {
        true => Turn::Off,
        false => Turn::Link(address(wanted.status, wanted.restricted, sort, 1)),
    });
    let pager = Pager::new(&found, |page| match searching {
        true => Turn::Submit { form: "filters", action: SEARCH, name: "page", value: page.to_string() },
        false => Turn::Link(address(wanted.status, wanted.restricted, wanted.sort, page)),
    });
    let rows = HospitalRows {
        rows: found.items.iter().map(|hospital| HospitalRow::new(hospital, &now)).collect(),
        pager,
        search: wanted.search.clone().unwrap_or_default(),
        narrowed: searching || wanted.status.is_some() || wanted.restricted.is_some(),
        by,
    };
    let audit = Audit::listed("hospital", found.items.len());
    if frame.htmx {
        return tx.commit(audit, Either::This(Page(rows))).await;
    }
    let (counts, totals) = (super::counts(&tx, None).await?, super::totals(&tx).await?);
    let page = HospitalListPage {
        shell: frame.shell(tx.actor()),
        tabs: tabs(&wanted, &counts),
        form: FormState::new()
            .with_some("search", wanted.search)
            .with_some("status", wanted.status.map(TenantStatus::code))
            .with_some("restricted", wanted.restricted.map(|restricted| restricted.to_string())),
        total_patients: totals.patients,
        total_users: totals.users,
        list: rows,
    };
    tx.commit(audit, Either::That(Page(page))).await
}

fn tabs(wanted: &Wanted, counts: &Counts) -> Vec<Tab> {
    let tab = |(status, restricted, label): (Option<TenantStatus>, Option<bool>, &'static str)| Tab {
        label,
        href: address(status, restricted, Sort::default(), 1),
        count: Some(words::count(counts.of(status, restricted))),
        current: status == wanted.status && restricted == wanted.restricted,
    };
    TABS.map(tab).into()
}

/// Where this part of the list lives: only what differs from the plain list is said.
fn address(status: Option<TenantStatus>, restricted: Option<bool>, sort: Sort, page: i64) -> String {
    let mut said = Vec::new();
    said.extend(status.map(|status| format!("status={}", status.code())));
    said.extend(restricted.map(|restricted| format!("restricted={restricted}")));
    said.extend((sort != Sort::default()).then(|| format!("sort={}", sort.code())));
    said.extend((page > 1).then(|| format!("page={page}")));
    if said.is_empty() { LIST.to_owned() } else { format!("{LIST}?{}", said.join("&")) }
}
