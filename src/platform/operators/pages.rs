//! The operators' page of operators: who there is, inviting one, and the questions before one is changed.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Delivery, Manage, Operator};
use crate::access::{Audit, Frame, PlatformAuthorized};
use crate::app::App;
use crate::identity::Purpose;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther};

const LIST: &str = "/console/operators";

/// One line of the list.
#[derive(Debug)]
pub struct OperatorRow {
    /// `/console/operators/{id}`: the acts hang below it.
    pub base: String,
    pub email: String,
    pub is_oneself: bool,
    pub is_active: bool,
    pub has_password: bool,
    pub last_sign_in: Option<When>,
    /// Locked out until then.
    pub rests_until: Option<When>,
    pub created: When,
}

impl OperatorRow {
    fn new(operator: &Operator, oneself: UserId, now: &jiff::Zoned) -> Self {
        let zoned = |at: jiff::Timestamp| at.to_zoned(now.time_zone().clone());
        Self {
            base: format!("{LIST}/{}", operator.id),
            email: operator.email.clone(),
            is_oneself: operator.id == oneself,
            is_active: operator.is_active,
            has_password: operator.has_password,
            last_sign_in: operator.last_sign_in_at.map(|at| When::moment(&zoned(at), now.date())),
            rests_until: operator.rests_until.map(|at| When::moment(&zoned(at), now.date())),
            created: When::day(&zoned(operator.created_at), now.date()),
        }
    }

    fn badge(&self) -> Badge {
        match (self.is_active, self.has_password) {
            (false, _) => Badge::new(Kind::Neutral, Icon("circle-off"), "Inactive"),
            (true, _) if self.rests_until.is_some() => Badge::new(Kind::Warn, Icon("lock"), "Locked"),
            (true, false) => Badge::new(Kind::Info, Icon("mail"), "Invited"),
            (true, true) => Badge::new(Kind::Ok, Icon("circle-check"), "Active"),
        }
    }
}

/// `GET /console/operators`, and the 409 and 422 answers to its form. Field: `email`.
#[derive(Debug, Template)]
#[template(path = "platform/operators/pages/list.html")]
pub struct OperatorListPage {
    pub shell: Shell,
    pub rows: Vec<OperatorRow>,
    pub form: FormState,
}

impl OperatorListPage {
    fn link_hint() -> String {
        let hours = Purpose::SetPassword.lifetime_hours();
        format!("A link to choose a password goes there. It works once, within {hours} hours.")
    }
}

/// What is about to happen to an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Deactivate,
    Activate,
    Unlock,
    Reset,
}

/// `GET /console/operators/{id}/deactivate` and the other changes; the POST to the same address does it.
#[derive(Debug, Template)]
#[template(path = "platform/operators/pages/change.html")]
pub struct OperatorChangePage {
    pub shell: Shell,
    pub change: Change,
    pub operator: OperatorRow,
    pub form: FormState,
}

impl OperatorChangePage {
    fn question(&self) -> Confirm<'_> {
        let line = |icon: Icon, text: &str| (icon, text.to_owned());
        let hours = Purpose::SetPassword.lifetime_hours();
        let (ask, path, verb, busy, icon, consequences) = match self.change {
            Change::Deactivate => (
                "Deactivate",
                "deactivate",
                "Deactivate operator",
                "Deactivating…",
                Icon("circle-off"),
                vec![
                    line(
                        Icon("users"),
                        "All sessions end within a second, and nobody can sign in with this account.",
                    ),
                    line(Icon("arrow-back-up"), "You can activate the account again at any time."),
                ],
            ),
            Change::Activate => (
                "Activate",
                "activate",
                "Activate operator",
                "Activating…",
                Icon("circle-check"),
                vec![line(Icon("key"), "The password of before works again.")],
            ),
            Change::Unlock => (
                "Unlock",
                "unlock",
                "Unlock operator",
                "Unlocking…",
                Icon("lock-open"),
                vec![
                    line(Icon("key"), "Its owner can sign in at once, with the present password."),
                    line(
                        Icon("alert-triangle"),
                        "Ask the owner first: if the wrong passwords were not theirs, somebody guesses.",
                    ),
                ],
            ),
            Change::Reset => (
                "Mail a password link to",
                "reset-password",
                "Mail the link",
                "Mailing…",
                Icon("mail"),
                vec![
                    (
                        Icon("mail"),
                        format!("The link works once, within {hours} hours. It is not shown here."),
                    ),
                    line(Icon("key"), "A present password works until a new one is chosen."),
                ],
            ),
        };
        Confirm {
            ask,
            what: Name::new(&self.operator.email),
            consequences,
            note: String::new(),
            fields: Vec::new(),
            action: format!("{}/{path}", self.operator.base),
            back: (LIST, "Leave it as it is"),
            verb,
            busy,
            icon,
            danger: self.change == Change::Deactivate,
        }
    }
}

/// The question of one change.
macro_rules! ask {
    ($ask:ident, $change:ident) => {
        async fn $ask(
            tx: PlatformAuthorized<Manage>,
            frame: Frame,
            Path(id): Path<UserId>,
        ) -> Result<Page<OperatorChangePage>, AppError> {
            let page = question(&tx, &frame, id, Change::$change, FormState::new()).await?;
            tx.commit(Audit::viewed(id), Page(page)).await
        }
    };
}

ask!(ask_to_deactivate, Deactivate);
ask!(ask_to_activate, Activate);
ask!(ask_to_unlock, Unlock);
ask!(ask_to_reset, Reset);

pub(super) fn router() -> ApiRouter<App> {
    let listing = get_with(list, op("pages.operators.list", "Operators"))
        .post_with(invite, op("pages.operators.invite", "Invite an operator"));
    let deactivating =
        get_with(ask_to_deactivate, op("pages.operators.ask_to_deactivate", "Ask before deactivating"))
            .post_with(deactivate, op("pages.operators.deactivate", "Deactivate an operator"));
    let activating =
        get_with(ask_to_activate, op("pages.operators.ask_to_activate", "Ask before activating"))
            .post_with(activate, op("pages.operators.activate", "Activate an operator"));
    let unlocking = get_with(ask_to_unlock, op("pages.operators.ask_to_unlock", "Ask before unlocking"))
        .post_with(unlock, op("pages.operators.unlock", "Unlock an operator"));
    let resetting =
        get_with(ask_to_reset, op("pages.operators.ask_to_reset", "Ask before mailing a password link"))
            .post_with(reset, op("pages.operators.reset", "Mail an operator a password link"));
    ApiRouter::new()
        .api_route(LIST, listing)
        .api_route("/console/operators/{id}/deactivate", deactivating)
        .api_route("/console/operators/{id}/activate", activating)
        .api_route("/console/operators/{id}/unlock", unlocking)
        .api_route("/console/operators/{id}/reset-password", resetting)
}

async fn list(tx: PlatformAuthorized<Manage>, frame: Frame) -> Result<Page<OperatorListPage>, AppError> {
    let page = list_page(&tx, &frame, FormState::new()).await?;
    tx.commit(Audit::listed("operator", page.rows.len()), Page(page)).await
}

async fn list_page(
    tx: &PlatformAuthorized<Manage>,
    frame: &Frame,
    form: FormState,
) -> Result<OperatorListPage, AppError> {
    let now = tx.now().to_zoned(TimeZone::UTC);
    let operators = super::list(tx).await?;
    let row = |operator: &Operator| OperatorRow::new(operator, tx.actor().user, &now);
    Ok(OperatorListPage { shell: frame.shell(tx.actor()), rows: operators.iter().map(row).collect(), form })
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct InviteForm {
    email: String,
}

async fn invite(
    tx: PlatformAuthorized<Manage>,
    State(app): State<App>,
    frame: Frame,
    Form(form): Form<InviteForm>,
) -> Result<Response, AppError> {
    match super::invite(&app, &tx, &form.email, Delivery::ByMail).await {
        Ok((_, _, audit)) => {
            Ok(tx.commit(audit, SeeOther(format!("{LIST}?done=invited"))).await?.into_response())
        }
        Err(AppError::Problem(problem)) => {
            let typed =
                FormState::new().with("email", form.email).refused(&problem.errors, problem.detail.clone());
            let page = list_page(&tx, &frame, typed).await?;
            Ok(PageWithStatus(problem.status, page).into_response())
        }
        Err(error) => Err(error),
    }
}

async fn question(
    tx: &PlatformAuthorized<Manage>,
    frame: &Frame,
    id: UserId,
    change: Change,
    form: FormState,
) -> Result<OperatorChangePage, AppError> {
    let now = tx.now().to_zoned(TimeZone::UTC);
    let operator = OperatorRow::new(&super::show(tx, id).await?, tx.actor().user, &now);
    Ok(OperatorChangePage { shell: frame.shell(tx.actor()), change, operator, form })
}

async fn deactivate(
    tx: PlatformAuthorized<Manage>,
    frame: Frame,
    Path(id): Path<UserId>,
) -> Result<Response, AppError> {
    let done = super::deactivate(&tx, id).await.map(|(_, audit)| audit);
    answer(tx, &frame, id, Change::Deactivate, done).await
}

async fn activate(
    tx: PlatformAuthorized<Manage>,
    frame: Frame,
    Path(id): Path<UserId>,
) -> Result<Response, AppError> {
    let done = super::activate(&tx, id).await.map(|(_, audit)| audit);
    answer(tx, &frame, id, Change::Activate, done).await
}

async fn unlock(
    tx: PlatformAuthorized<Manage>,
    frame: Frame,
    Path(id): Path<UserId>,
) -> Result<Response, AppError> {
    let done = super::unlock(&tx, id).await.map(|(_, audit)| audit);
    answer(tx, &frame, id, Change::Unlock, done).await
}

async fn reset(
    tx: PlatformAuthorized<Manage>,
    State(app): State<App>,
    frame: Frame,
    Path(id): Path<UserId>,
) -> Result<Response, AppError> {
    let done = super::reset_password(&app, &tx, id, Delivery::ByMail).await.map(|(_, _, audit)| audit);
    answer(tx, &frame, id, Change::Reset, done).await
}

/// The list with a word of success, or the question again with what is wrong.
async fn answer(
    tx: PlatformAuthorized<Manage>,
    frame: &Frame,
    id: UserId,
    change: Change,
    done: Result<Audit, AppError>,
) -> Result<Response, AppError> {
    match done {
        Ok(audit) => {
            let word = match change {
                Change::Deactivate => "operator-off",
                Change::Activate => "operator-on",
                Change::Unlock => "unlocked",
                Change::Reset => "reset-mailed",
            };
            Ok(tx.commit(audit, SeeOther(format!("{LIST}?done={word}"))).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            let form = FormState::new().refused(&problem.errors, problem.detail.clone());
            let page = question(&tx, frame, id, change, form).await?;
            Ok(PageWithStatus(problem.status, page).into_response())
        }
        Err(error) => Err(error),
    }
}
