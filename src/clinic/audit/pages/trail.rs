//! The audit trail, with its filters in the address: none of them names a person, ids are opaque.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::rows::Row;
use super::{EXPORT, PAGE_SIZE, TRAIL, address, tabs};
use crate::access::{Authorized, Frame};
use crate::app::App;
use crate::clinic::audit::domain::export;
use crate::clinic::audit::input::TrailQuery;
use crate::clinic::audit::{self, View};
use crate::clinic::patients;
use crate::kernel::ids::UserId;
use crate::kernel::paging::LongPage;
use crate::kernel::{AppError, FieldErrors, Problem};
use crate::web::deeds::{self, Sort};
use crate::web::layout::*;
use crate::web::{CsvFile, Page, PageWithStatus, Query};

/// Filters that have no field of their own, and stay when another one is changed.
const KEPT: [&str; 3] = ["patient_id", "entity_id", "request_id"];

/// For the notice above the filters.
const LABELS: &[(&str, &str)] = &[
    ("from", "From"),
    ("to", "To"),
    ("actor_id", "Who"),
    ("kind", "What"),
    ("entity", "Kind of thing"),
    ("entity_id", "Id of the thing"),
    ("action", "By way of"),
    ("patient_id", "Patient"),
    ("request_id", "Request"),
    ("page", "Page"),
    ("page_size", "Lines of a page"),
];

/// `GET /audit`
#[derive(Template)]
#[template(path = "clinic/audit/pages/trail.html")]
struct TrailPage {
    shell: Shell,
    tabs: Vec<Tab>,
    form: FormState,
    people: Vec<Choice>,
    kinds: Vec<Choice>,
    things: Vec<Choice>,
    chips: Chips,
    rows: Vec<Row>,
    narrowed: bool,
    /// The same lines as a file.
    export: String,
    pager: Pager,
}

impl TrailQuery {
    /// Name and value of each filter.
    fn filters(&self) -> [(&'static str, Option<&str>); 9] {
        [
            ("from", self.from.as_deref()),
            ("to", self.to.as_deref()),
            ("actor_id", self.actor_id.as_deref()),
            ("kind", self.kind.as_deref()),
            ("entity", self.entity.as_deref()),
            ("action", self.action.as_deref()),
            ("patient_id", self.patient_id.as_deref()),
            ("entity_id", self.entity_id.as_deref()),
            ("request_id", self.request_id.as_deref()),
        ]
    }

    /// The trail, narrowed in the same way, on another page.
    fn href(&self, page: i64) -> String {
        let page = (page > 1).then(|| page.to_string());
        let mut said = self.filters().to_vec();
        said.push(("page", page.as_deref()));
        address(TRAIL, &said)
    }

    /// One chip for each active filter. An id of a thing goes with its kind.
    fn chips(&self, people: &[(UserId, String)]) -> Chips {
        let filters = self.filters();
        let without = |name: &str| {
            let gone = |other: &str| other == name || (name == "entity" && other == "entity_id");
            let rest: Vec<_> = filters.iter().filter(|(other, _)| !gone(other)).copied().collect();
            Without::Link(address(TRAIL, &rest))
        };
        let active = filters.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
        let chip = |(name, value): (&'static str, &str)| Chip {
            label: LABELS.iter().find(|(known, _)| *known == name).map_or(name, |(_, label)| *label),
            value: said(name, value, people),
            without: without(name),
        };
        Chips { chips: active.map(chip).collect(), clear: TRAIL }
    }
}

/// A filter's value for people.
fn said(name: &str, value: &str, people: &[(UserId, String)]) -> String {
    match name {
        "actor_id" => people
            .iter()
            .find(|(id, _)| id.to_string() == value)
            .map_or_else(|| "somebody who left".to_owned(), |(_, name)| name.clone()),
        "kind" => Sort::ALL
            .into_iter()
            .find(|sort| sort.code() == value)
            .map_or_else(|| deeds::verb(value), |sort| sort.words().to_owned()),
        "entity" => deeds::thing(Some(value), None),
        "patient_id" => "one patient".to_owned(),
        _ => value.to_owned(),
    }
}

fn any(choices: impl Iterator<Item = Choice>) -> Vec<Choice> {
    std::iter::once(Choice::new("", "Any")).chain(choices).collect()
}

/// What is in no hospital's trail: acts on operators, and what `public.audit_of_hospital` does not tell.
const NOT_HERE: [&str; 13] = [
    "super_admin_ensured",
    "operator_invited",
    "operator_activated",
    "operator_deactivated",
    "operator_password_reset",
    "operator_unlocked",
    "sign_up_disowned",
    "sign_up_expired",
    "sign_up_rejected",
    "sign_in_failed",
    "refreshed",
    "password_rehashed",
    "mail_asked",
];

/// The kinds of acts, and each verb that a hospital's trail may hold.
fn kinds() -> Vec<Choice> {
    let sorts = Sort::ALL.into_iter();
    let verbs = deeds::VERBS.iter().filter(|(code, ..)| !NOT_HERE.contains(code));
    let sorts = sorts.map(|sort| Choice::new(sort.code(), sort.words()));
    any(sorts.chain(verbs.map(|(code, words, _)| Choice::new(*code, *words))))
}

/// `GET /audit`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Query(query): Query<TrailQuery>,
) -> Result<Response, AppError> {
    let mut errors = FieldErrors::default();
    let page = query.page(PAGE_SIZE, &mut errors);
    let wanted = query.wanted(&tx.hospital().zone, &mut errors);
    let problem = (!errors.is_empty()).then(|| Problem::from(errors));
    let found = match problem {
        None => audit::list(&tx, &wanted, page).await?,
        Some(_) => page.long(Vec::new(), 0),
    };
    let people = audit::people(&tx).await?;
    let shown = found.items.len();
    let page = trail(&tx, &frame, &query, &people, found);
    let seen = wanted.seen(shown);
    match problem {
        None => Ok(tx.commit(seen, Page(page)).await?.into_response()),
        Some(problem) => {
            let form = page.form.clone().with_errors(&problem.errors);
            let page = PageWithStatus(StatusCode::UNPROCESSABLE_ENTITY, TrailPage { form, ..page });
            Ok(tx.commit(seen, page).await?.into_response())
        }
    }
}

fn trail(
    tx: &Authorized<View>,
    frame: &Frame,
    query: &TrailQuery,
    people: &[(UserId, String)],
    found: LongPage<audit::Event>,
) -> TrailPage {
    let now = patients::hospital_now(tx);
    let may_open = tx.actor().holds("patients:view");
    let filters = query.filters();
    let form = filters.iter().fold(FormState::new(), |form, (name, value)| form.with_some(name, *value));
    TrailPage {
        shell: frame.shell(tx.actor()),
        tabs: tabs(TRAIL),
        form,
        people: any(people.iter().map(|(id, name)| Choice::new(id.to_string(), name.as_str()))),
        kinds: kinds(),
        things: any(deeds::THINGS
            .iter()
            .map(|(code, ..)| Choice::new(*code, deeds::thing(Some(code), None)))),
        chips: query.chips(people),
        narrowed: filters.iter().any(|(_, value)| value.is_some()),
        export: address(EXPORT, &filters),
        pager: Pager::of_long(&found, |number| Turn::Link(query.href(number))),
        rows: found.items.into_iter().map(|event| Row::new(event, &now, may_open)).collect(),
    }
}

/// `GET /audit/export/csv`
pub(super) async fn csv(
    tx: Authorized<View>,
    app: State<App>,
    Query(query): Query<TrailQuery>,
) -> Result<CsvFile, AppError> {
    let mut errors = FieldErrors::default();
    let wanted = query.wanted(&tx.hospital().zone, &mut errors);
    errors.finish()?;
    export::csv(tx, app, wanted).await
}
