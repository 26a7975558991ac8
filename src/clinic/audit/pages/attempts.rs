//! Failed sign-ins and denied attempts of the hospital's own people.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Zoned;

use super::{DENIED, FAILED, PAGE_SIZE, address, tabs};
use crate::access::{Audit, Authorized, Frame};
use crate::app::App;
use crate::clinic::audit::domain::attempts::Gatehouse;
use crate::clinic::audit::input::AttemptsQuery;
use crate::clinic::audit::{DeniedAttempt, FailedSignIn, View};
use crate::clinic::patients;
use crate::kernel::paging::LongPage;
use crate::kernel::{AppError, FieldErrors, Problem};
use crate::web::layout::*;
use crate::web::{Page, PageWithStatus, Query, words};

/// One attempt.
struct Row {
    who: String,
    /// Blank where the name says enough.
    email: String,
    /// All of this person.
    href: String,
    what: String,
    /// What the browser or program called itself.
    device: String,
    at: When,
    from: String,
}

/// `GET /audit/sign-ins` and `GET /audit/denied`
#[derive(Template)]
#[template(path = "clinic/audit/pages/attempts.html")]
struct AttemptsPage {
    shell: Shell,
    title: &'static str,
    facts: &'static str,
    /// Said where there is none at all.
    none: &'static str,
    action: &'static str,
    tabs: Vec<Tab>,
    form: FormState,
    narrowed: bool,
    rows: Vec<Row>,
    pager: Pager,
}

/// Which of the two.
struct Part {
    title: &'static str,
    facts: &'static str,
    none: &'static str,
    href: &'static str,
}

const SIGN_INS: Part = Part {
    title: "Failed sign-ins",
    facts: "Wrong passwords for accounts of this hospital. Whoever tries an address that has no account here is not told apart.",
    none: "Who gives a wrong password for an account of this hospital stands here.",
    href: FAILED,
};
const REFUSALS: Part = Part {
    title: "Denied attempts",
    facts: "What people of this hospital tried and may not do. Nothing of what they sent is kept.",
    none: "Who tries what they have no right to stands here.",
    href: DENIED,
};

impl AttemptsQuery {
    fn filters(&self) -> [(&'static str, Option<&str>); 3] {
        [("from", self.from.as_deref()), ("to", self.to.as_deref()), ("user_id", self.user_id.as_deref())]
    }
}

impl Part {
    fn page<T>(
        &self,
        shell: Shell,
        query: &AttemptsQuery,
        found: LongPage<T>,
        row: impl FnMut(T) -> Row,
    ) -> AttemptsPage {
        let filters = query.filters();
        let turn = |number: i64| {
            let number = (number > 1).then(|| number.to_string());
            let mut said = filters.to_vec();
            said.push(("page", number.as_deref()));
            Turn::Link(address(self.href, &said))
        };
        AttemptsPage {
            shell,
            title: self.title,
            facts: self.facts,
            none: self.none,
            action: self.href,
            tabs: tabs(self.href),
            form: filters.iter().fold(FormState::new(), |form, (name, value)| form.with_some(name, *value)),
            narrowed: filters.iter().any(|(_, value)| value.is_some()),
            pager: Pager::of_long(&found, turn),
            rows: found.items.into_iter().map(row).collect(),
        }
    }
}

fn row(now: &Zoned, at: jiff::Timestamp, ip: Option<std::net::IpAddr>, who: String, href: String) -> Row {
    Row {
        who,
        email: String::new(),
        href,
        what: String::new(),
        device: String::new(),
        at: When::moment(&at.to_zoned(now.time_zone().clone()), now.date()),
        from: ip.map_or_else(String::new, |ip| ip.to_string()),
    }
}

const LEFT: &str = "Somebody who left";

/// `GET /audit/sign-ins`
pub(super) async fn failed(
    tx: Authorized<View>,
    State(app): State<App>,
    frame: Frame,
    Query(query): Query<AttemptsQuery>,
) -> Result<Response, AppError> {
    let mut errors = FieldErrors::default();
    let page = query.page(PAGE_SIZE, &mut errors);
    let wanted = query.wanted(&tx.hospital().zone, &mut errors);
    let (shell, now) = (frame.shell(tx.actor()), patients::hospital_now(&tx));
    let mut gatehouse = Gatehouse::open(&app, tx).await?;
    let found =
        if errors.is_empty() { gatehouse.failed(&wanted, page).await? } else { page.long(Vec::new(), 0) };
    let audit = Audit::listed("failed_sign_in", found.items.len());
    let page = SIGN_INS.page(shell, &query, found, |failed: FailedSignIn| {
        let href = address(FAILED, &[("user_id", Some(&failed.user.to_string()))]);
        let who = failed.name.unwrap_or_else(|| LEFT.to_owned());
        Row {
            email: failed.email,
            what: words::capital(&failed.reason.replace('_', " ")),
            device: failed.user_agent.unwrap_or_default(),
            ..row(&now, failed.at, failed.ip, who, href)
        }
    });
    answer(gatehouse, audit, page, errors).await
}

/// `GET /audit/denied`
pub(super) async fn denied(
    tx: Authorized<View>,
    State(app): State<App>,
    frame: Frame,
    Query(query): Query<AttemptsQuery>,
) -> Result<Response, AppError> {
    let mut errors = FieldErrors::default();
    let page = query.page(PAGE_SIZE, &mut errors);
    let wanted = query.wanted(&tx.hospital().zone, &mut errors);
    let (shell, now) = (frame.shell(tx.actor()), patients::hospital_now(&tx));
    let mut gatehouse = Gatehouse::open(&app, tx).await?;
    let found =
        if errors.is_empty() { gatehouse.denied(&wanted, page).await? } else { page.long(Vec::new(), 0) };
    let audit = Audit::listed("denied_attempt", found.items.len());
    let page = REFUSALS.page(shell, &query, found, |denied: DeniedAttempt| {
        let href = address(DENIED, &[("user_id", Some(&denied.user.to_string()))]);
        let who = denied.name.unwrap_or_else(|| LEFT.to_owned());
        Row { what: denied.action, ..row(&now, denied.at, denied.ip, who, href) }
    });
    answer(gatehouse, audit, page, errors).await
}

async fn answer(
    gatehouse: Gatehouse,
    audit: Audit,
    page: AttemptsPage,
    errors: FieldErrors,
) -> Result<Response, AppError> {
    if errors.is_empty() {
        return Ok(gatehouse.seen(audit, Page(page)).await?.into_response());
    }
    let form = page.form.clone().with_errors(&Problem::from(errors).errors);
    let page = PageWithStatus(StatusCode::UNPROCESSABLE_ENTITY, AttemptsPage { form, ..page });
    Ok(gatehouse.seen(audit, page).await?.into_response())
}
