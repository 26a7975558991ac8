//! `POST /search`: the options of the palette for htmx, else a page that does without a script.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::{Audit, Frame, Permission as _, SignedIn};
use crate::app::App;
use crate::clinic::patients::pages::{IN_NO_LIST, PatientRow, code_of};
use crate::clinic::patients::{self};
use crate::kernel::paging::Page as Listed;
use crate::kernel::{AppError, Problem};
use crate::platform::hospitals::{self, Hospital};
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Form, NoContent, Page, PageWithStatus, SeeOther, words};

const LABELS: &[(&str, &str)] = &[("search", "Search")];

/// `GET /search` and `POST /search`. Field: `search`.
#[derive(Debug, Template)]
#[template(path = "clinic/search/pages/search.html")]
struct SearchPage {
    shell: Shell,
    form: FormState,
    found: Found,
    /// The reader may see patients.
    of_patients: bool,
}

impl SearchPage {
    fn no_match(&self) -> NoMatch {
        let advice = "Check the spelling, or try part of the name, the phone number or the code.";
        let code = code_of(&self.found.search).filter(|_| self.of_patients);
        NoMatch::new(Icon("search"), "patient, page or act", self.found.search.as_str(), "/search")
            .advice(advice)
            .by_code(code, "/patients/open", IN_NO_LIST)
    }
}

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/search", get_with(blank, op("pages.search.blank", "Search over everything")))
        .api_route("/search", post_with(search, op("pages.search.search", "What a text finds")))
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SearchForm {
    /// Part of a name, a phone number, a code; a page or an act.
    search: String,
}

async fn blank(me: SignedIn, frame: Frame) -> Result<Response, AppError> {
    let (found, _) = find(&me, &frame, "").await?;
    Ok(page(&me, &frame, FormState::new(), found).into_response())
}

async fn search(me: SignedIn, frame: Frame, Form(form): Form<SearchForm>) -> Result<Response, AppError> {
    let typed = form.search;
    let (found, exact) = match find(&me, &frame, &typed).await {
        Ok(found) => found,
        Err(AppError::Problem(problem)) if problem.status == StatusCode::UNPROCESSABLE_ENTITY => {
            return Ok(unreadable(&me, &frame, typed, &problem));
        }
        Err(other) => return Err(other),
    };
    if frame.htmx {
        return Ok(Page(Options { found }).into_response());
    }
    if let Some(href) = exact {
        return Ok(SeeOther(href).into_response());
    }
    Ok(page(&me, &frame, FormState::new().with("search", typed), found).into_response())
}

/// A text that cannot be looked for finds nothing; the page says why.
fn unreadable(me: &SignedIn, frame: &Frame, typed: String, problem: &Problem) -> Response {
    let found = Found { search: typed.clone(), groups: Vec::new() };
    if frame.htmx {
        return Page(Options { found }).into_response();
    }
    let form = FormState::new().with("search", typed).with_errors(&problem.errors);
    PageWithStatus(problem.status, page(me, frame, form, found).0).into_response()
}

fn page(me: &SignedIn, frame: &Frame, form: FormState, found: Found) -> Page<SearchPage> {
    let of_patients = me.actor.tenant.is_some() && me.actor.holds(patients::View::CODE);
    Page(SearchPage { shell: frame.shell(&me.actor), form, found, of_patients })
}

/// What the text finds, and where the one patient is whose code it is.
async fn find(me: &SignedIn, frame: &Frame, typed: &str) -> Result<(Found, Option<String>), AppError> {
    let mut groups = Vec::new();
    let mut exact = None;
    if let Some(tx) = me.staff::<patients::View>().await? {
        let found = super::patients(&tx, typed).await?;
        tx.commit(Audit::listed("patient", found.items.len()), NoContent).await?;
        let code = typed.trim();
        exact =
            found.items.iter().find(|row| row.code.eq_ignore_ascii_case(code)).map(|row| row.href.clone());
        let label = if code.is_empty() { "Opened last" } else { "Patients" };
        groups.push(FoundGroup { label, items: people(found) });
    }
    if let Some(tx) = me.operator::<hospitals::Manage>().await? {
        let found = super::hospitals(&tx, typed).await?;
        tx.commit(Audit::listed("hospital", found.items.len()), NoContent).await?;
        groups.push(FoundGroup { label: "Hospitals", items: found.items.iter().map(hospital).collect() });
    }
    groups.push(FoundGroup { label: "Pages", items: named_pages(me, frame, typed) });
    groups.push(FoundGroup { label: "Acts", items: acts(me, frame, typed) });
    groups.retain(|group| !group.items.is_empty());
    Ok((Found { search: typed.to_owned(), groups }, exact))
}

fn people(found: Listed<PatientRow>) -> Vec<FoundItem> {
    let (total, more) = (found.total, found.has_next());
    let mut items: Vec<FoundItem> = found.items.into_iter().map(person).collect();
    if more {
        let all = format!("All {}", words::counted(total, "patient", "patients"));
        items.push(FoundItem::new(Way::Search("/patients/search"), Icon("list-search"), all));
    }
    items
}

fn person(row: PatientRow) -> FoundItem {
    let (icon, detail) = match row.is_withheld {
        true if row.is_named => (Icon("lock"), format!("{}, {}, not your patient", row.age, row.sex.0)),
        true => (Icon("lock"), "opens with a reason".to_owned()),
        false => (Icon("user"), format!("{}, {}", row.age, row.sex.0)),
    };
    FoundItem { way: Way::Link(row.href), icon, title: row.name, code: row.code, detail, phone: row.phone }
}

/// A hospital has no page of its own: it is shown in the list.
fn hospital(hospital: &Hospital) -> FoundItem {
    let search = hospital.license_number.clone();
    FoundItem {
        title: Name::new(&hospital.name),
        code: hospital.license_number.clone(),
        ..FoundItem::new(
            Way::Post { action: "/console/hospitals/search", search },
            Icon("building-hospital"),
            "",
        )
    }
}

fn named_pages(me: &SignedIn, frame: &Frame, typed: &str) -> Vec<FoundItem> {
    let pages = frame.pages(&me.actor).into_iter().filter(|page| super::is_called(typed, page.label));
    pages.map(|page| FoundItem::new(Way::Link(page.href.to_owned()), page.icon, page.label)).collect()
}

fn acts(me: &SignedIn, frame: &Frame, typed: &str) -> Vec<FoundItem> {
    let registered = frame
        .acts(&me.actor)
        .into_iter()
        .map(|act| (act.words, FoundItem::new(Way::Link(act.href.to_owned()), act.icon, act.label)));
    let own = [
        ("away", FoundItem::new(Way::Form("lock"), Icon("lock"), "Lock the screen")),
        ("leave log out switch", FoundItem::new(Way::Form("sign-out"), Icon("logout"), "Sign out")),
    ];
    let called =
        |(words, item): &(&str, FoundItem)| super::is_called(typed, &format!("{} {words}", item.title.text));
    registered.chain(own).filter(called).map(|(_, item)| item).collect()
}
