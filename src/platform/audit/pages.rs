//! The operators' pages of the platform's audit: what was done, failed sign-ins, refused operators.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Zoned;
use jiff::tz::TimeZone;

use super::domain::export;
use super::input::PlatformTrailQuery;
use super::model::{OperatorRefusal, PlatformEvent, PlatformFailure};
use super::{View, WantedEvents};
use crate::access::{Audit, Frame, PlatformAuthorized};
use crate::app::App;
use crate::kernel::paging::{LongPage, PageRequest};
use crate::kernel::{AppError, FieldErrors, Problem};
use crate::web::deeds::{self, Sort};
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{CsvFile, PageWithStatus, Query, words};

const TRAIL: &str = "/console/audit";
const FAILED: &str = "/console/audit/sign-ins";
const REFUSED: &str = "/console/audit/denied";
const EXPORT: &str = "/console/audit/export/csv";
/// Lines of a page.
const PAGE_SIZE: i64 = 25;

/// For the notice above the filters.
const LABELS: &[(&str, &str)] = &[
    ("from", "From"),
    ("to", "To"),
    ("tenant_id", "Hospital"),
    ("actor_id", "Who"),
    ("kind", "What"),
    ("action", "By way of"),
    ("page", "Page"),
    ("page_size", "Lines of a page"),
];

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(TRAIL, get_with(trail, op("pages.platform_audit.trail", "Audit of the platform")))
        .api_route(
            EXPORT,
            get_with(csv, op("pages.platform_audit.export_csv", "The platform's audit as a file")),
        )
        .api_route(FAILED, get_with(failed, op("pages.platform_audit.sign_ins", "Failed sign-ins")))
        .api_route(REFUSED, get_with(refused, op("pages.platform_audit.denied", "Refused operators")))
}

/// One line of whichever of the three.
#[derive(Default)]
struct Row {
    what: String,
    /// "Hospital", "25 hospitals"
    thing: String,
    /// An account, or what a browser called itself.
    more: String,
    /// The hospital's name, and the list of its lines.
    hospital: Option<(String, String)>,
    who: String,
    at: Option<When>,
    from: String,
    lines: Vec<(String, String)>,
    ways: Vec<(&'static str, String)>,
}

/// `GET /console/audit`, `/sign-ins` and `/denied` below it.
#[derive(Template)]
#[template(path = "platform/audit/pages/trail.html")]
struct PlatformTrailPage {
    shell: Shell,
    title: &'static str,
    facts: &'static str,
    /// Where the filters lead.
    action: &'static str,
    tabs: Vec<Tab>,
    form: FormState,
    /// Only of the list of what was done.
    kinds: Vec<Choice>,
    /// The hospital that the list is narrowed to.
    hospital: Option<String>,
    narrowed: bool,
    /// The same lines as a file; blank where there is none.
    export: String,
    rows: Vec<Row>,
    pager: Pager,
}

impl PlatformTrailQuery {
    fn filters(&self) -> [(&'static str, Option<&str>); 6] {
        [
            ("from", self.from.as_deref()),
            ("to", self.to.as_deref()),
            ("tenant_id", self.tenant_id.as_deref()),
            ("actor_id", self.actor_id.as_deref()),
            ("kind", self.kind.as_deref()),
            ("action", self.action.as_deref()),
        ]
    }
}

/// An address with what narrows a list; what is absent is not said.
fn address(path: &str, narrowed_by: &[(&str, Option<&str>)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in narrowed_by {
        if let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

fn kinds() -> Vec<Choice> {
    let sorts = Sort::ALL.map(|sort| Choice::new(sort.code(), sort.words()));
    let verbs = deeds::VERBS.iter().map(|(code, words, _)| Choice::new(*code, *words));
    std::iter::once(Choice::new("", "Any")).chain(sorts).chain(verbs).collect()
}

/// What was asked for, as far as it was understood.
struct Asked {
    wanted: WantedEvents,
    page: PageRequest,
    problem: Option<Problem>,
}

fn asked(query: &PlatformTrailQuery) -> Asked {
    let mut errors = FieldErrors::default();
    let page = query.page(PAGE_SIZE, &mut errors);
    let wanted = query.wanted(&mut errors);
    Asked { wanted, page, problem: (!errors.is_empty()).then(|| Problem::from(errors)) }
}

/// Which of the three.
struct Part {
    href: &'static str,
    title: &'static str,
    facts: &'static str,
    entity: &'static str,
}

const DONE: Part = Part {
    href: TRAIL,
    title: "Audit",
    facts: "What was done on the platform. A hospital's own trail is its own: operators cannot read it.",
    entity: "audit_event",
};
const WRONG: Part = Part {
    href: FAILED,
    title: "Failed sign-ins",
    facts: "Wrong passwords, for accounts of every hospital, of operators, and for accounts that do not exist.",
    entity: "failed_sign_in",
};
const NOT_ALLOWED: Part = Part {
    href: REFUSED,
    title: "Refused operators",
    facts: "What operators tried and may not do, above all to look into a hospital.",
    entity: "denied_attempt",
};

async fn answer<T>(
    tx: PlatformAuthorized<View>,
    frame: &Frame,
    query: &PlatformTrailQuery,
    (part, asked): (Part, Asked),
    found: LongPage<T>,
    row: impl Fn(T, &Zoned) -> Row,
) -> Result<Response, AppError> {
    let now = tx.now().to_zoned(TimeZone::UTC);
    let filters = query.filters();
    let hospital = match asked.wanted.hospital {
        Some(id) => Some(super::hospital_name(&tx, id).await?.unwrap_or_else(|| "unknown".to_owned())),
        None => None,
    };
    let turn = |number: i64| {
        let number = (number > 1).then(|| number.to_string());
        let mut said = filters.to_vec();
        said.push(("page", number.as_deref()));
        Turn::Link(address(part.href, &said))
    };
    let tab = |of: &Part| Tab {
        label: of.title,
        href: of.href.to_owned(),
        count: None,
        current: of.href == part.href,
    };
    let is_trail = part.href == TRAIL;
    let form = filters.iter().fold(FormState::new(), |form, (name, value)| form.with_some(name, *value));
    let shown = found.items.len();
    let page = PlatformTrailPage {
        shell: frame.shell(tx.actor()),
        title: part.title,
        facts: part.facts,
        action: part.href,
        tabs: [DONE, WRONG, NOT_ALLOWED].iter().map(tab).collect(),
        form: match &asked.problem {
            Some(problem) => form.with_errors(&problem.errors),
            None => form,
        },
        kinds: if is_trail { kinds() } else { Vec::new() },
        hospital,
        narrowed: filters.iter().any(|(_, value)| value.is_some()),
        export: if is_trail { address(EXPORT, &filters) } else { String::new() },
        pager: Pager::of_long(&found, turn),
        rows: found.items.into_iter().map(|item| row(item, &now)).collect(),
    };
    let status = if asked.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let audit = Audit::listed(part.entity, shown);
    Ok(tx.commit(audit, PageWithStatus(status, page)).await?.into_response())
}

fn moment(at: jiff::Timestamp, now: &Zoned) -> When {
    When::moment(&at.to_zoned(TimeZone::UTC), now.date())
}

fn from(ip: Option<std::net::IpAddr>) -> String {
    ip.map_or_else(String::new, |ip| ip.to_string())
}

/// `GET /console/audit`
async fn trail(
    tx: PlatformAuthorized<View>,
    frame: Frame,
    Query(query): Query<PlatformTrailQuery>,
) -> Result<Response, AppError> {
    let asked = asked(&query);
    let found = match asked.problem {
        None => super::list(&tx, &asked.wanted, asked.page).await?,
        Some(_) => asked.page.long(Vec::new(), 0),
    };
    answer(tx, &frame, &query, (DONE, asked), found, done).await
}

fn done(event: PlatformEvent, now: &Zoned) -> Row {
    let way = |name: &str, id: String| format!("{TRAIL}?{name}={id}");
    let mut lines = event.detail.as_ref().map(deeds::lines).unwrap_or_default();
    lines.push(("Time".to_owned(), event.at.strftime("%Y-%m-%d %H:%M:%S%.3f UTC").to_string()));
    lines.push(("By way of".to_owned(), event.action));
    lines.extend(event.entity_id.map(|id| ("Id".to_owned(), id.to_string())));
    lines.extend(event.request_id.map(|id| ("Request".to_owned(), id)));
    let who = match (event.actor, event.actor_email) {
        (_, Some(email)) => email,
        (Some(_), None) => "An account that is gone".to_owned(),
        (None, None) if event.ip.is_some() => "Somebody not signed in".to_owned(),
        (None, None) => "HMS itself".to_owned(),
    };
    Row {
        what: deeds::verb(&event.kind),
        thing: deeds::thing(event.entity.as_deref(), event.detail.as_ref()),
        more: event.subject_email.unwrap_or_default(),
        hospital: event.hospital_name.zip(event.hospital.map(|id| way("tenant_id", id.to_string()))),
        who,
        at: Some(moment(event.at, now)),
        from: from(event.ip),
        lines,
        ways: event
            .actor
            .map(|id| ("All of this account", way("actor_id", id.to_string())))
            .into_iter()
            .collect(),
    }
}

/// `GET /console/audit/sign-ins`
async fn failed(
    tx: PlatformAuthorized<View>,
    frame: Frame,
    Query(query): Query<PlatformTrailQuery>,
) -> Result<Response, AppError> {
    let asked = asked(&query);
    let found = match asked.problem {
        None => super::failed(&tx, &asked.wanted, asked.page).await?,
        Some(_) => asked.page.long(Vec::new(), 0),
    };
    answer(tx, &frame, &query, (WRONG, asked), found, wrong).await
}

fn wrong(failed: PlatformFailure, now: &Zoned) -> Row {
    let way = |id: crate::kernel::ids::TenantId| format!("{FAILED}?tenant_id={id}");
    Row {
        what: words::capital(&failed.reason.replace('_', " ")),
        more: failed.user_agent.unwrap_or_default(),
        hospital: failed.hospital_name.zip(failed.hospital.map(way)),
        who: failed.email.unwrap_or_else(|| "An account that does not exist".to_owned()),
        at: Some(moment(failed.at, now)),
        from: from(failed.ip),
        ..Row::default()
    }
}

/// `GET /console/audit/denied`
async fn refused(
    tx: PlatformAuthorized<View>,
    frame: Frame,
    Query(query): Query<PlatformTrailQuery>,
) -> Result<Response, AppError> {
    let asked = asked(&query);
    let found = match asked.problem {
        None => super::refused(&tx, &asked.wanted, asked.page).await?,
        Some(_) => asked.page.long(Vec::new(), 0),
    };
    answer(tx, &frame, &query, (NOT_ALLOWED, asked), found, not_allowed).await
}

fn not_allowed(refusal: OperatorRefusal, now: &Zoned) -> Row {
    Row {
        what: refusal.action,
        who: refusal.email.unwrap_or_else(|| "An account that is gone".to_owned()),
        at: Some(moment(refusal.at, now)),
        from: from(refusal.ip),
        ..Row::default()
    }
}

/// `GET /console/audit/export/csv`
async fn csv(
    tx: PlatformAuthorized<View>,
    app: State<App>,
    Query(query): Query<PlatformTrailQuery>,
) -> Result<CsvFile, AppError> {
    let mut errors = FieldErrors::default();
    let wanted = query.wanted(&mut errors);
    errors.finish()?;
    export::csv(tx, app, wanted).await
}
