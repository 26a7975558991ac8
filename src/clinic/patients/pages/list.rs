//! The list of patients, and searching in it.

use axum::extract::State;
use axum::http::HeaderName;
use axum::response::{IntoResponse as _, Response};
use jiff::{ToSpan as _, Zoned};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{PatientListPage, PatientRow, PatientRows};
use crate::access::{Audit, Authorized, Frame};
use crate::app::App;
use crate::clinic::patients::filter::{PatientFilter, Period, Search, Whose};
use crate::clinic::patients::model::Gender;
use crate::clinic::patients::{self, Rule, View, Viewer};
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::{Chip, Chips, FormState, Pager, Turn, Without};
use crate::web::{Form, Page, Query, SeeOther, words};

const PAGE_SIZE: i64 = 25;

/// What the list can be narrowed by; all of it but the text lives in the URL.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Narrowing {
    /// A sex; any other word means any.
    gender: String,
    /// `today`, `week`, `month`; any other word means any time.
    registered: String,
    /// `all`, for doctors and nurses who are shown their own first; any other word means those.
    whose: String,
    /// From 1.
    page: String,
}

/// The posted search: a text, and the filters as they stand.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SearchForm {
    search: String,
    gender: String,
    registered: String,
    whose: String,
    page: String,
}

impl SearchForm {
    /// The narrowing alone, for who reads all pages.
    ///
    /// # Errors
    /// 422 for a text that is none.
    pub fn filter(&self, now: &Zoned) -> Result<PatientFilter, AppError> {
        let mut errors = FieldErrors::default();
        let search = Search::parse(&self.search, &mut errors);
        errors.finish()?;
        let narrowing = Narrowing {
            gender: self.gender.clone(),
            registered: self.registered.clone(),
            whose: self.whose.clone(),
            page: String::new(),
        };
        Ok(PatientFilter { search, ..narrowing.filter(now) })
    }
}

impl Narrowing {
    /// The list's address on another page.
    fn href(&self, page: i64) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if let Some(gender) = Gender::from_code(&self.gender) {
            query.append_pair("gender", gender.code());
        }
        if days_back(&self.registered).is_some() {
            query.append_pair("registered", &self.registered);
        }
        if self.whose() == Whose::All {
            query.append_pair("whose", "all");
        }
        if page > 1 {
            query.append_pair("page", &page.to_string());
        }
        let query = query.finish();
        if query.is_empty() { "/patients".to_owned() } else { format!("/patients?{query}") }
    }

    /// One chip for each filter that is active, the text among them.
    fn chips(&self, typed: &str) -> Chips {
        let searching = !typed.trim().is_empty();
        let mut chips = Vec::new();
        if searching {
            let value = typed.trim().to_owned();
            chips.push(Chip { label: "Search", value, without: Without::Link(self.href(1)) });
        }
        let without = |rest: Self| match searching {
            false => Without::Link(rest.href(1)),
            true => {
                let whose = Some(("whose", rest.whose)).filter(|(_, whose)| !whose.is_empty());
                let fields =
                    [("search", typed.to_owned()), ("gender", rest.gender), ("registered", rest.registered)];
                Without::Post {
                    action: "/patients/search",
                    fields: fields.into_iter().chain(whose).collect(),
                }
            }
        };
        if let Some(gender) = Gender::from_code(&self.gender) {
            let rest = Self { gender: String::new(), ..self.clone() };
            let value = words::sex(gender.code()).0.to_lowercase();
            chips.push(Chip { label: "Sex", value, without: without(rest) });
        }
        let choices = PatientListPage::registered_choices();
        let chosen = choices.into_iter().find(|choice| choice.value == self.registered);
        if let Some(choice) = chosen.filter(|choice| !choice.value.is_empty()) {
            let rest = Self { registered: String::new(), ..self.clone() };
            let value = choice.label.to_lowercase();
            chips.push(Chip { label: "Registered", value, without: without(rest) });
        }
        if self.whose() == Whose::All {
            let rest = Self { whose: String::new(), ..self.clone() };
            chips.push(Chip { label: "Whose", value: "everybody’s".to_owned(), without: without(rest) });
        }
        Chips { chips, clear: "/patients" }
    }

    fn whose(&self) -> Whose {
        if self.whose == "all" { Whose::All } else { Whose::Mine }
    }

    fn filter(&self, now: &Zoned) -> PatientFilter {
        let registered = period_of(&self.registered, now);
        let gender = Gender::from_code(&self.gender);
        PatientFilter { gender, registered, whose: self.whose(), ..PatientFilter::default() }
    }

    /// A page number that is none is the first.
    fn request(&self) -> PageRequest {
        let mut errors = FieldErrors::default();
        let wanted = PageRequest::parse(self.page.parse().ok(), Some(PAGE_SIZE), PAGE_SIZE, &mut errors);
        if errors.is_empty() { wanted } else { PageRequest { page: 1, page_size: PAGE_SIZE } }
    }
}

/// How far back a choice of `registered` goes, today included.
fn days_back(choice: &str) -> Option<i32> {
    match choice {
        "today" => Some(0),
        "week" => Some(6),
        "month" => Some(29),
        _ => None,
    }
}

/// The days of a choice of `registered`, up to today; any other word is any time.
#[must_use]
pub fn period_of(choice: &str, now: &Zoned) -> Period {
    let today = now.date();
    days_back(choice)
        .and_then(|days| today.checked_sub(days.days()).ok())
        .map_or_else(Period::default, |first| Period::days(first, today, now.time_zone()))
}

/// `GET /patients`
pub(super) async fn list(
    tx: Authorized<View>,
    frame: Frame,
    Query(narrowing): Query<Narrowing>,
) -> Result<Response, AppError> {
    show(tx, &frame, narrowing, String::new()).await
}

/// `POST /patients/search`
pub(super) async fn search(
    tx: Authorized<View>,
    frame: Frame,
    Form(form): Form<SearchForm>,
) -> Result<Response, AppError> {
    let narrowing =
        Narrowing { gender: form.gender, registered: form.registered, whose: form.whose, page: form.page };
    if form.search.trim().is_empty() && !frame.htmx {
        return Ok(SeeOther(narrowing.href(1)).into_response());
    }
    show(tx, &frame, narrowing, form.search).await
}

/// The code of a record, as on a wristband.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct CodeForm {
    code: String,
}

/// `POST /patients/open`: a very restricted record is in no list, and whoever holds its code must get to it. Who asks
/// for which code is on record, whether or not the record opens, and is held up when they try one after the other.
pub(super) async fn open(
    tx: Authorized<View>,
    frame: Frame,
    State(app): State<App>,
    Form(form): Form<CodeForm>,
) -> Result<Response, AppError> {
    app.throttles.code(tx.actor().user)?;
    match patients::id_of_code(&tx, form.code.trim()).await? {
        Some(id) => {
            let next = SeeOther(format!("/patients/{id}"));
            Ok(tx.commit(Audit::did("asked", id), next).await?.into_response())
        }
        None => show(tx, &frame, Narrowing::default(), form.code).await,
    }
}

async fn show(
    tx: Authorized<View>,
    frame: &Frame,
    mut narrowing: Narrowing,
    typed: String,
) -> Result<Response, AppError> {
    let rule = Viewer::of(&tx).rule;
    if rule == Rule::Everybody {
        narrowing.whose.clear();
    }
    let now = patients::hospital_now(&tx);
    let mut errors = FieldErrors::default();
    let search = Search::parse(&typed, &mut errors);
    errors.finish()?;
    let filter = PatientFilter { search, ..narrowing.filter(&now) };
    let page = patients::list(&tx, &filter, narrowing.request()).await?;
    let can_register = tx.actor().holds("patients:create");
    let turn = |number: i64| match &filter.search {
        None => Turn::Link(narrowing.href(number)),
        Some(_) => Turn::Submit {
            form: "filters",
            action: "/patients/search",
            name: "page",
            value: number.to_string(),
        },
    };
    let rows = PatientRows {
        chips: narrowing.chips(&typed),
        rows: page.items.iter().map(|patient| PatientRow::new(patient, &now)).collect(),
        pager: Pager::new(&page, turn),
        search: typed.trim().to_owned(),
        gender: narrowing.gender.clone(),
        registered: narrowing.registered.clone(),
        whose: narrowing.whose.clone(),
        rule,
        narrowed: filter.narrows(),
        total: page.total,
        can_register,
    };
    let audit = Audit::listed("patient", page.items.len());
    if frame.htmx {
        let url = narrowing.href(page.page);
        let block = tx.commit(audit, Page(rows)).await?;
        return Ok(([(HeaderName::from_static("hx-push-url"), url)], block).into_response());
    }
    let counts = patients::counts(&tx).await?;
    let form = FormState::new()
        .with("search", typed)
        .with("gender", narrowing.gender.clone())
        .with("registered", narrowing.registered.clone())
        .with("whose", narrowing.whose.clone());
    let page = PatientListPage {
        shell: frame.shell(tx.actor()),
        registered_total: counts.total,
        registered_today: counts.today,
        whose: PatientListPage::whose_choices(rule),
        form,
        list: rows,
    };
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}
