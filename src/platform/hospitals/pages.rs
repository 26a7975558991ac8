//! The operators' list of hospitals, and the question before suspending or activating one.
//!
//! Status, order and page stand in the address; the search text is posted to `/console/hospitals/search`, as
//! everywhere. With htmx the rows are answered alone.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use super::views::{Change, HospitalChangePage, HospitalListPage, HospitalRow, HospitalRows};
use super::{Asked, Hospital, Manage, Sort, Wanted, search_text};
use crate::access::{Audit, Frame, PlatformAuthorized};
use crate::app::App;
use crate::identity::actor::TenantStatus;
use crate::kernel::ids::TenantId;
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::{FormState, Pager, Tab, Turn};
use crate::web::openapi::op;
use crate::web::{Either, Form, Page, PageWithStatus, Path, Query, SeeOther, words};

const LIST: &str = "/console/hospitals";
const SEARCH: &str = "/console/hospitals/search";
const PAGE_SIZE: i64 = 25;
const TABS: [(Option<TenantStatus>, &str); 4] = [
    (None, "All"),
    (Some(TenantStatus::Active), "Active"),
    (Some(TenantStatus::Pending), "Waiting for e-mail"),
    (Some(TenantStatus::Suspended), "Suspended"),
];

pub(super) fn router() -> ApiRouter<App> {
    let suspending = get_with(ask_to_suspend, op("pages.hospitals.ask_to_suspend", "Ask before suspending"))
        .post_with(suspend, op("pages.hospitals.suspend", "Suspend a hospital"));
    let activating =
        get_with(ask_to_activate, op("pages.hospitals.ask_to_activate", "Ask before activating"))
            .post_with(activate, op("pages.hospitals.activate", "Activate a hospital"));
    ApiRouter::new()
        .api_route(LIST, get_with(list, op("pages.hospitals.list", "Hospitals")))
        .api_route(SEARCH, post_with(search, op("pages.hospitals.search", "Find hospitals")))
        .api_route("/console/hospitals/{id}/suspend", suspending)
        .api_route("/console/hospitals/{id}/activate", activating)
}

type Listed = Either<Page<HospitalRows>, Page<HospitalListPage>>;

#[derive(Debug, Deserialize, JsonSchema)]
struct ListQuery {
    status: Option<TenantStatus>,
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
    show(tx, &frame, Wanted { status: query.status, search: None, sort, page }).await
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SearchForm {
    search: Option<String>,
    status: Option<String>,
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
    show(tx, &frame, Wanted { status, search, sort, page }).await
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
    let [by_name, by_created] = HospitalRows::heads(wanted.sort, |sort| match searching {
        true => Turn::Off,
        false => Turn::Link(address(wanted.status, sort, 1)),
    });
    let pager = Pager::new(&found, |page| match searching {
        true => Turn::Submit { form: "filters", action: SEARCH, name: "page", value: page.to_string() },
        false => Turn::Link(address(wanted.status, wanted.sort, page)),
    });
    let rows = HospitalRows {
        rows: found.items.iter().map(|hospital| HospitalRow::new(hospital, &now)).collect(),
        pager,
        search: wanted.search.clone().unwrap_or_default(),
        narrowed: searching || wanted.status.is_some(),
        by_name,
        by_created,
    };
    let audit = Audit::listed("hospital", found.items.len());
    if frame.htmx {
        return tx.commit(audit, Either::This(Page(rows))).await;
    }
    let (counts, totals) = (super::counts(&tx, None).await?, super::totals(&tx).await?);
    let tab = |(status, label): (Option<TenantStatus>, &'static str)| Tab {
        label,
        href: address(status, Sort::default(), 1),
        count: Some(words::count(counts.of(status))),
        current: status == wanted.status,
    };
    let page = HospitalListPage {
        shell: frame.shell(tx.actor()),
        form: FormState::new()
            .with_some("search", wanted.search)
            .with_some("status", wanted.status.map(TenantStatus::code)),
        tabs: TABS.map(tab).into(),
        total_patients: totals.patients,
        total_users: totals.users,
        list: rows,
    };
    tx.commit(audit, Either::That(Page(page))).await
}

/// Where this part of the list lives: only what differs from the plain list is said.
fn address(status: Option<TenantStatus>, sort: Sort, page: i64) -> String {
    let mut said = Vec::new();
    said.extend(status.map(|status| format!("status={}", status.code())));
    said.extend((sort != Sort::default()).then(|| format!("sort={}", sort.code())));
    said.extend((page > 1).then(|| format!("page={page}")));
    if said.is_empty() { LIST.to_owned() } else { format!("{LIST}?{}", said.join("&")) }
}

type Asking = Page<HospitalChangePage>;

async fn ask_to_suspend(
    tx: PlatformAuthorized<Manage>,
    frame: Frame,
    Path(id): Path<TenantId>,
) -> Result<Asking, AppError> {
    ask(tx, &frame, id, Change::Suspend).await
}

async fn ask_to_activate(
    tx: PlatformAuthorized<Manage>,
    frame: Frame,
    Path(id): Path<TenantId>,
) -> Result<Asking, AppError> {
    ask(tx, &frame, id, Change::Activate).await
}

async fn ask(
    tx: PlatformAuthorized<Manage>,
    frame: &Frame,
    id: TenantId,
    change: Change,
) -> Result<Asking, AppError> {
    let page = question(&tx, frame, id, change, FormState::new()).await?;
    tx.commit(Audit::viewed(id), Page(page)).await
}

async fn question(
    tx: &PlatformAuthorized<Manage>,
    frame: &Frame,
    id: TenantId,
    change: Change,
    form: FormState,
) -> Result<HospitalChangePage, AppError> {
    let hospital = super::find(tx, id).await?;
    Ok(HospitalChangePage {
        shell: frame.shell(tx.actor()),
        change,
        becomes: becomes(&hospital, change),
        signed_in: super::signed_in(tx, id).await?,
        form: form.with("version", hospital.version.to_string()),
        hospital: HospitalRow::new(&hospital, &tx.now().to_zoned(TimeZone::UTC)),
    })
}

fn becomes(hospital: &Hospital, change: Change) -> TenantStatus {
    match change {
        Change::Suspend => TenantStatus::Suspended,
        Change::Activate => hospital.when_activated(),
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ChangeForm {
    reason: Option<String>,
    /// What the page showed; another version by now refuses.
    version: Option<String>,
}

async fn suspend(
    tx: PlatformAuthorized<Manage>,
    frame: Frame,
    Path(id): Path<TenantId>,
    Form(form): Form<ChangeForm>,
) -> Result<Response, AppError> {
    let done = match asked(&form) {
        Ok(asked) => super::suspend(&tx, id, &asked).await,
        Err(refusal) => Err(refusal),
    };
    answer(tx, &frame, id, Change::Suspend, form, done).await
}

async fn activate(
    tx: PlatformAuthorized<Manage>,
    frame: Frame,
    Path(id): Path<TenantId>,
    Form(form): Form<ChangeForm>,
) -> Result<Response, AppError> {
    let done = match asked(&form) {
        Ok(asked) => super::activate(&tx, id, &asked).await,
        Err(refusal) => Err(refusal),
    };
    answer(tx, &frame, id, Change::Activate, form, done).await
}

fn asked(form: &ChangeForm) -> Result<Asked, AppError> {
    let mut errors = FieldErrors::default();
    let seen = form.version.as_ref().and_then(|version| version.parse().ok());
    let asked = Asked::parse(seen, form.reason.as_deref(), &mut errors);
    errors.finish()?;
    Ok(asked)
}

/// The list with a word of success, or the question again with what is wrong.
async fn answer(
    tx: PlatformAuthorized<Manage>,
    frame: &Frame,
    id: TenantId,
    change: Change,
    form: ChangeForm,
    done: Result<(Hospital, Audit), AppError>,
) -> Result<Response, AppError> {
    match done {
        Ok((_, audit)) => {
            let word = if change == Change::Suspend { "suspended" } else { "activated" };
            let list = tx.commit(audit, SeeOther(format!("{LIST}?done={word}"))).await?;
            Ok(([(SET_COOKIE, frame.undoable(word, id))], list).into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            let form = FormState::new()
                .refused(&problem.errors, problem.detail.clone())
                .with_some("reason", form.reason);
            let page = question(&tx, frame, id, change, form).await?;
            Ok(PageWithStatus(problem.status, page).into_response())
        }
        Err(error) => Err(error),
    }
}
