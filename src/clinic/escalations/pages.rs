//! Pages of alarms: the list, the answer, and the bell of every page.

mod bell;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::{Timestamp, Zoned};
use schemars::JsonSchema;
use serde::Deserialize;

use super::api::audit_of;
use super::model::{Alarm, EscalationId, Speed, Which};
use super::{Narrowed, acknowledge as acknowledge_alarm};
use crate::access::{Audit, Authorized, Frame};
use crate::app::App;
use crate::clinic::patients::{self, NOT_YOURS, RESTRICTED, Sight};
use crate::clinic::vitals::{View, asked_at};
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus, Path, Query, SeeOther};

const PAGE_SIZE: i64 = 25;
/// Days of which the page says how soon alarms were answered.
const DAYS: i64 = 30;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/escalations", get_with(show, op("pages.escalations.list", "Alarms")))
        .api_route(
            "/escalations/bell",
            get_with(bell::show, op("pages.escalations.bell", "How many alarms wait")),
        )
        .api_route(
            "/escalations/{escalation_id}/acknowledge",
            post_with(acknowledge, op("pages.escalations.acknowledge", "Say that one goes to look")),
        )
}

/// One alarm.
struct Row {
    /// `/patients/{id}/vitals`, and the patient's code; none for whom the reader may not know.
    record: Option<(String, String)>,
    name: Name,
    /// "NEWS2 7", "One value in red", "Danger zone of a child"
    why: String,
    level: (Kind, Icon, &'static str),
    /// Where the patient is.
    place: Option<String>,
    doctor: Option<String>,
    raised: When,
    /// "12 min", elapsed until now or until the answer.
    elapsed: String,
    rounds: i16,
    /// Who answered, when, and what was done.
    answered: Option<(String, When, Option<String>)>,
    /// Why nobody has to answer.
    closed: Option<&'static str>,
    /// `/escalations/{id}/acknowledge`, while it waits.
    action: Option<String>,
}

/// "12 min", "1 h 05 min"
fn minutes(seconds: i64) -> String {
    match seconds.max(0) / 60 {
        minutes @ 0..60 => format!("{minutes} min"),
        minutes => format!("{} h {:02} min", minutes / 60, minutes % 60),
    }
}

impl Row {
    fn of(alarm: &Alarm, sight: Sight, now: &Zoned) -> Self {
        let is_open = sight == Sight::Whole;
        let moment = |at: Timestamp| When::moment(&at.to_zoned(now.time_zone().clone()), now.date());
        let until = alarm.acknowledged.map(|(_, at)| at).or(alarm.closed_at).unwrap_or(now.timestamp());
        let (kind, icon) = match alarm.level {
            ..=1 => (Kind::Warn, Icon("alert-triangle")),
            2.. => (Kind::Danger, Icon("alert-octagon")),
        };
        let name = match sight {
            Sight::Whole => alarm.patient_name.as_str(),
            Sight::NotYours => NOT_YOURS,
            Sight::Withheld => RESTRICTED,
            Sight::Hidden => "Restricted record",
        };
        Self {
            record: (sight != Sight::Hidden)
                .then(|| (format!("/patients/{}/vitals", alarm.patient), alarm.patient_code.clone())),
            name: Name::new(name),
            place: alarm.department_name.clone(),
            why: match (alarm.reason.as_str(), alarm.total.filter(|_| is_open)) {
                ("SCORE", Some(total)) => format!("NEWS2 {total}"),
                ("SCORE", None) => "Early-warning score".to_owned(),
                ("SINGLE_RED", _) => "One value in red".to_owned(),
                _ => "Danger zone of a child".to_owned(),
            },
            level: (kind, icon, asked_at(alarm.level)),
            doctor: alarm.doctor_name.clone(),
            raised: moment(alarm.raised_at),
            elapsed: minutes(alarm.raised_at.duration_until(until).as_secs()),
            rounds: alarm.rounds,
            answered: alarm.acknowledged.map(|(_, at)| {
                let who = alarm.acknowledged_name.clone().unwrap_or_else(|| "somebody who left".to_owned());
                (who, moment(at).inline(), alarm.action.clone().filter(|_| is_open))
            }),
            closed: alarm.closed_at.map(|_| match alarm.is_in_error {
                true => "the set was entered in error",
                false => "the patient has died",
            }),
            action: (alarm.is_waiting() && is_open).then(|| format!("/escalations/{}/acknowledge", alarm.id)),
        }
    }
}

/// `GET /escalations`, and the 4xx answers to a word.
#[derive(Template)]
#[template(path = "clinic/escalations/pages/list.html")]
struct ListPage {
    shell: Shell,
    form: FormState,
    rows: Vec<Row>,
    pager: Pager,
    states: Vec<Seg>,
    whose: Vec<Seg>,
    /// Nobody types here, so the list may change by itself.
    polls: bool,
    speeds: Vec<SpeedRow>,
}

/// One of the choices above the list.
struct Seg {
    href: String,
    word: &'static str,
    is_current: bool,
}

/// How soon alarms of one level were answered.
struct SpeedRow {
    asked: &'static str,
    raised: i64,
    acknowledged: i64,
    /// Until half of the answered ones were, and nine of ten.
    half: String,
    most: String,
}

impl From<Speed> for SpeedRow {
    fn from(speed: Speed) -> Self {
        let time = |seconds: Option<i64>| seconds.map_or_else(|| "–".to_owned(), minutes);
        Self {
            asked: asked_at(speed.level),
            raised: speed.raised,
            acknowledged: speed.acknowledged,
            half: time(speed.median_seconds),
            most: time(speed.p90_seconds),
        }
    }
}

impl ListPage {
    fn facts(&self) -> String {
        let answered: i64 = self.speeds.iter().map(|speed| speed.acknowledged).sum();
        let raised: i64 = self.speeds.iter().map(|speed| speed.raised).sum();
        match raised {
            0 => "Vital signs that somebody has to answer.".to_owned(),
            raised => format!("{answered} of {raised} answered in the last {DAYS} days."),
        }
    }

    /// The address of the list with another choice.
    fn at(which: &str, mine: bool) -> String {
        format!("/escalations?state={which}{}", if mine { "&mine=true" } else { "" })
    }
}

/// What the list is narrowed by.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Narrowing {
    /// `acknowledged`, `all`; any other word means those that wait.
    state: String,
    /// `true`: of the reader's own visits.
    mine: String,
    /// From 1; what is no number is the first.
    page: String,
}

async fn page(
    tx: &Authorized<View>,
    frame: &Frame,
    query: &Narrowing,
    form: FormState,
) -> Result<ListPage, AppError> {
    let now = patients::hospital_now(tx);
    let (which, mine) = (Which::from_word(&query.state), query.mine == "true");
    let number = query.page.parse().unwrap_or(1_i64).clamp(1, 10_000);
    let wanted = PageRequest { page: number, page_size: PAGE_SIZE };
    let found = super::list(tx, Narrowed { which, mine }, wanted).await?;
    let base = ListPage::at(which.code(), mine);
    let state = |(which_one, word): (Which, &'static str)| Seg {
        href: ListPage::at(which_one.code(), mine),
        word,
        is_current: which_one == which,
    };
    let whose = |(own, word): (bool, &'static str)| Seg {
        href: ListPage::at(which.code(), own),
        word,
        is_current: own == mine,
    };
    Ok(ListPage {
        shell: frame.shell(tx.actor()),
        polls: found.items.is_empty() && which == Which::Waiting && !mine && !form.failed(),
        form,
        rows: found.items.iter().map(|(alarm, sight)| Row::of(alarm, *sight, &now)).collect(),
        pager: Pager::new(&found, |number| Turn::Link(format!("{base}&page={number}"))),
        states: [(Which::Waiting, "Waiting"), (Which::Acknowledged, "Answered"), (Which::All, "All")]
            .map(state)
            .into(),
        whose: [(false, "Everybody’s"), (true, "My patients’")].map(whose).into(),
        speeds: super::speed(tx, DAYS).await?.into_iter().map(SpeedRow::from).collect(),
    })
}

/// `GET /escalations`
async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Query(query): Query<Narrowing>,
) -> Result<Response, AppError> {
    let page = page(&tx, &frame, &query, FormState::new()).await?;
    Ok(tx.commit(Audit::listed("escalation", page.rows.len()), Page(page)).await?.into_response())
}

/// What the form sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AcknowledgeForm {
    action: String,
}

/// `POST /escalations/{escalation_id}/acknowledge`
async fn acknowledge(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<EscalationId>,
    Form(form): Form<AcknowledgeForm>,
) -> Result<Response, AppError> {
    let answered = async {
        let mut errors = FieldErrors::default();
        let action = text::optional("action", Some(&form.action), 500, &mut errors).ok();
        acknowledge_alarm(&tx, id, errors.finish_with(action)?.as_deref()).await
    };
    match tx.attempt(answered).await {
        Ok(alarm) => {
            let next = SeeOther("/escalations?done=acknowledged".to_owned());
            Ok(tx.commit(audit_of(&alarm), next).await?.into_response())
        }
        Err(AppError::Problem(problem))
            if ![StatusCode::NOT_FOUND, StatusCode::FORBIDDEN].contains(&problem.status) =>
        {
            let status = problem.status;
            let form = FormState::new().refused(&problem.errors, problem.detail);
            let page = page(&tx, &frame, &Narrowing::default(), form).await?;
            let audit = Audit::listed("escalation", page.rows.len());
            Ok(tx.commit(audit, PageWithStatus(status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}
