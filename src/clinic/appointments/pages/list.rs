//! The list of appointments, narrowed by when, state, doctor and department.

use askama::Template;
use axum::http::HeaderName;
use axum::response::{IntoResponse as _, Response};
use jiff::{ToSpan as _, Zoned};
use schemars::JsonSchema;
use serde::Deserialize;

use super::parts::{Row, bookable_doctors, department_choices, doctor_choices, user_from};
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::appointments::model::{Filter, Status};
use crate::clinic::appointments::{self, View, is_pure_doctor};
use crate::clinic::patients::{self, Period, Search};
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::*;
use crate::web::{Form, Page, Query, SeeOther, words};

const PAGE_SIZE: i64 = 25;

/// What the list is narrowed by; all of it but the text lives in the URL.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Narrowing {
    /// `tomorrow`, `week`, `past`, `all`; any other word means today.
    when: String,
    /// A status, or `open` for those that are not over; any other word means all.
    status: String,
    /// An id, or `all`; blank: a doctor's own, and for others all.
    doctor: String,
    department: String,
    /// From 1.
    page: String,
}

/// The posted search: a text, and the filters as they stand.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct SearchForm {
    search: String,
    when: String,
    status: String,
    doctor: String,
    department: String,
    page: String,
}

impl Narrowing {
    fn href(&self, page: i64) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let page = if page > 1 { page.to_string() } else { String::new() };
        let pairs = [
            ("when", &self.when),
            ("status", &self.status),
            ("doctor", &self.doctor),
            ("department", &self.department),
            ("page", &page),
        ];
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() { "/appointments".to_owned() } else { format!("/appointments?{query}") }
    }

    /// Only what is understood stays, so that no address repeats what a stranger wrote into it.
    fn understood(self) -> Self {
        let known = |word: String, words: &[Choice]| {
            if words.iter().any(|choice| choice.value == word) { word } else { String::new() }
        };
        Self {
            when: known(self.when, &ListPage::whens()),
            status: known(self.status, &ListPage::statuses()),
            doctor: if self.doctor == "all" { self.doctor } else { id(&self.doctor) },
            department: id(&self.department),
            page: self.page,
        }
    }

    fn filter(&self, now: &Zoned) -> Filter {
        let today = now.date();
        let day = |days: i64| today.checked_add(days.days()).unwrap_or(today);
        let period = |first: i64, last: i64| Period::days(day(first), day(last), now.time_zone());
        Filter {
            search: None,
            statuses: match self.status.as_str() {
                "open" => vec![Status::Scheduled, Status::CheckedIn, Status::InConsultation],
                word => Status::from_code(word).into_iter().collect(),
            },
            period: match self.when.as_str() {
                "tomorrow" => period(1, 1),
                "week" => period(0, 6),
                "past" => period(-30, -1),
                "all" => Period::default(),
                _ => period(0, 0),
            },
            patient: None,
            doctor: user_from(&self.doctor),
            department: self.department.parse().ok(),
        }
    }

    /// Where the same is on paper: a day's, whoever it is about.
    fn paper(&self, filter: &Filter, now: &Zoned) -> Option<String> {
        let day = match self.when.as_str() {
            "" => now.date(),
            "tomorrow" => now.date().tomorrow().ok()?,
            _ => return None,
        };
        if filter.search.is_some() || !self.status.is_empty() {
            return None;
        }
        let doctor = filter.doctor.map(|id| format!("&doctor={id}")).unwrap_or_default();
        let department = filter.department.map(|id| format!("&department={id}")).unwrap_or_default();
        Some(format!("/appointments/paper?date={day}{doctor}{department}"))
    }

    fn request(&self) -> PageRequest {
        let mut errors = FieldErrors::default();
        let wanted = PageRequest::parse(self.page.parse().ok(), Some(PAGE_SIZE), PAGE_SIZE, &mut errors);
        if errors.is_empty() { wanted } else { PageRequest { page: 1, page_size: PAGE_SIZE } }
    }
}

fn id(typed: &str) -> String {
    user_from(typed).map_or_else(String::new, |id| id.to_string())
}

/// The part that htmx swaps.
#[derive(Template)]
#[template(path = "clinic/appointments/pages/_rows.html")]
struct Rows {
    rows: Vec<Row>,
    pager: Pager,
    search: String,
    narrowed: bool,
    may_book: bool,
    /// The list of the day on paper, where it is one of a day.
    paper: Option<String>,
}

impl askama::filters::HtmlSafe for Rows {}

/// `GET /appointments`
#[derive(Template)]
#[template(path = "clinic/appointments/pages/list.html")]
struct ListPage {
    shell: Shell,
    form: FormState,
    doctors: Vec<Choice>,
    departments: Vec<Choice>,
    facts: String,
    may_book: bool,
    list: Rows,
}

impl ListPage {
    fn whens() -> Vec<Choice> {
        let words = [
            ("", "Today"),
            ("tomorrow", "Tomorrow"),
            ("week", "Next 7 days"),
            ("past", "Last 30 days"),
            ("all", "Any time"),
        ];
        words.map(|(value, label)| Choice::new(value, label)).into()
    }

    fn statuses() -> Vec<Choice> {
        let first = [Choice::new("", "All"), Choice::new("open", "Not over yet")];
        first
            .into_iter()
            .chain(Status::ALL.iter().map(|status| Choice::new(status.code(), status.word())))
            .collect()
    }
}

/// `GET /appointments`
pub(super) async fn list(
    tx: Authorized<View>,
    frame: Frame,
    Query(narrowing): Query<Narrowing>,
) -> Result<Response, AppError> {
    show(tx, &frame, narrowing, String::new()).await
}

/// `POST /appointments/search`
pub(super) async fn search(
    tx: Authorized<View>,
    frame: Frame,
    Form(form): Form<SearchForm>,
) -> Result<Response, AppError> {
    let SearchForm { search, when, status, doctor, department, page } = form;
    let narrowing = Narrowing { when, status, doctor, department, page };
    if search.trim().is_empty() && !frame.htmx {
        return Ok(SeeOther(narrowing.understood().href(1)).into_response());
    }
    show(tx, &frame, narrowing, search).await
}

async fn show(
    tx: Authorized<View>,
    frame: &Frame,
    narrowing: Narrowing,
    typed: String,
) -> Result<Response, AppError> {
    let narrowing = narrowing.understood();
    let now = patients::hospital_now(&tx);
    let mut errors = FieldErrors::default();
    let search = Search::parse(&typed, &mut errors);
    errors.finish()?;
    let mut filter = Filter { search, ..narrowing.filter(&now) };
    if narrowing.doctor.is_empty() && is_pure_doctor(&tx) {
        filter.doctor = Some(tx.actor().user);
    }
    let page = appointments::list(&tx, &filter, narrowing.request()).await?;
    let may_book = tx.actor().holds("appointments:create");
    let turn = |number: i64| match &filter.search {
        None => Turn::Link(narrowing.href(number)),
        Some(_) => Turn::Submit {
            form: "filters",
            action: "/appointments/search",
            name: "page",
            value: number.to_string(),
        },
    };
    let rows = Rows {
        rows: page.items.iter().map(|appointment| Row::new(appointment, &now)).collect(),
        pager: Pager::of_long(&page, turn),
        search: typed.trim().to_owned(),
        narrowed: filter.search.is_some() || narrowing.href(1) != "/appointments",
        may_book,
        paper: narrowing.paper(&filter, &now),
    };
    let audit = Audit::listed("appointment", page.items.len());
    if frame.htmx {
        let url = narrowing.href(page.page);
        let block = tx.commit(audit, Page(rows)).await?;
        return Ok(([(HeaderName::from_static("hx-push-url"), url)], block).into_response());
    }
    let doctors = bookable_doctors(&tx).await?;
    let mut choices = doctor_choices(&doctors, "All doctors");
    if is_pure_doctor(&tx) {
        choices.splice(0..1, [Choice::new("", "You"), Choice::new("all", "All doctors")]);
    }
    let total = words::counted(page.total, "appointment", "appointments");
    let more = if page.total_is_more { "more than " } else { "" };
    let page = ListPage {
        shell: frame.shell(tx.actor()),
        doctors: choices,
        departments: department_choices(&tx, "All departments").await?,
        facts: format!("{}, {more}{total}", words::long_day(&now)),
        may_book,
        form: FormState::new()
            .with("search", typed)
            .with("when", narrowing.when.clone())
            .with("status", narrowing.status.clone())
            .with("doctor", narrowing.doctor.clone())
            .with("department", narrowing.department.clone()),
        list: rows,
    };
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}
