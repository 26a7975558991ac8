//! Acts on one member of staff. What takes something away asks first: a page of its own, with a script a dialog.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::LIST;
use super::left_behind::{self, Ways};
use crate::access::{Audit, Authorized, Frame, Permission};
use crate::app::App;
use crate::clinic::staff::api::changed;
use crate::clinic::staff::domain::changing::Changed;
use crate::clinic::staff::domain::inviting::Entrance;
use crate::clinic::staff::{Deactivate, Office, Status, StillOpen, Update};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Page, PageWithStatus, Path, SeeOther};

pub(super) fn router() -> ApiRouter<App> {
    let stopping =
        get_with(ask_to_stop, op("pages.staff.ask_to_deactivate", "Ask before stopping an account"))
            .post_with(stop, op("pages.staff.deactivate", "Stop an account"));
    let expiring =
        get_with(ask_to_expire, op("pages.staff.ask_for_password", "Ask before a password expires"))
            .post_with(expire, op("pages.staff.force_password_change", "Ask somebody for another password"));
    let resetting =
        get_with(ask_to_reset, op("pages.staff.ask_to_reset_mfa", "Ask before two-step sign-in is reset"))
            .post_with(reset, op("pages.staff.reset_mfa", "Reset a colleague's two-step sign-in"));
    let withdrawing =
        get_with(ask_to_withdraw, op("pages.staff.ask_to_withdraw", "Ask before an invitation is withdrawn"))
            .post_with(withdraw, op("pages.staff.withdraw", "Withdraw an invitation"));
    ApiRouter::new()
        .api_route("/staff/{user_id}/withdraw", withdrawing)
        .api_route("/staff/{user_id}/deactivate", stopping)
        .api_route("/staff/{user_id}/reset-mfa", resetting)
        .api_route("/staff/{user_id}/password", expiring)
        .api_route(
            "/staff/{user_id}/activate",
            post_with(activate, op("pages.staff.activate", "Let somebody in again")),
        )
        .api_route(
            "/staff/{user_id}/unlock",
            post_with(unlock, op("pages.staff.unlock", "Unlock an account")),
        )
        .api_route(
            "/staff/{user_id}/invite",
            post_with(invite_again, op("pages.staff.invite_again", "Send an invitation again")),
        )
}

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    Deactivate,
    Password,
    SecondStep,
    Withdraw,
}

impl Ask {
    /// How the account stands afterwards, if that changes.
    fn status(self) -> Option<Status> {
        match self {
            Self::Deactivate => Some(Status::Inactive),
            Self::Password => Some(Status::PasswordExpired),
            Self::SecondStep | Self::Withdraw => None,
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Deactivate => "Deactivate",
            Self::Password => "Ask for another password of",
            Self::SecondStep => "Reset two-step sign-in of",
            Self::Withdraw => "Withdraw the invitation of",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Deactivate => "deactivate",
            Self::Password => "password",
            Self::SecondStep => "reset-mfa",
            Self::Withdraw => "withdraw",
        }
    }

    /// Where it leads to.
    fn done(self, id: UserId) -> String {
        match self {
            Self::Deactivate => format!("{LIST}/{id}?done=deactivated"),
            Self::Password => format!("{LIST}/{id}?done=password-asked"),
            Self::SecondStep => format!("{LIST}/{id}?done=second-step-reset"),
            // Nobody is there any more.
            Self::Withdraw => format!("{LIST}?done=invitation-withdrawn"),
        }
    }
}

/// The question; the POST to the same address does it.
#[derive(Template)]
#[template(path = "clinic/staff/pages/act.html")]
struct ActPage {
    shell: Shell,
    href: String,
    name: Name,
    email: String,
    ask: Ask,
    open: StillOpen,
    /// Where what is open can be looked at and settled.
    links: Vec<(String, &'static str)>,
    form: FormState,
}

impl ActPage {
    fn crumb(&self) -> &'static str {
        match self.ask {
            Ask::Deactivate => "Deactivate",
            Ask::Password => "Password",
            Ask::SecondStep => "Two-step sign-in",
            Ask::Withdraw => "Invitation",
        }
    }

    fn question(&self) -> Confirm<'_> {
        let stops = matches!(self.ask, Ask::Deactivate | Ask::Withdraw);
        let mut consequences = left_behind::lines(self.open);
        consequences.extend(match self.ask {
            Ask::Deactivate => vec![
                (Icon("logout"), "Signed out everywhere within a second, and cannot sign in.".to_owned()),
                (Icon("database"), "What they wrote stays, with their name. Nothing is deleted.".to_owned()),
                (Icon("arrow-back-up"), "You can activate the account again at any time.".to_owned()),
            ],
            Ask::Password => vec![
                (Icon("logout"), "Signed out everywhere within a second.".to_owned()),
                (
                    Icon("key"),
                    "At the next sign-in they choose another password before anything else.".to_owned(),
                ),
            ],
            Ask::SecondStep => vec![
                (Icon("logout"), "Signed out everywhere within a second.".to_owned()),
                (Icon("key"), "Their password alone signs them in, until they set it up again.".to_owned()),
                (Icon("mail"), "They are told by mail. Make sure that it is them who ask.".to_owned()),
            ],
            Ask::Withdraw => vec![
                (Icon("mail"), "The link in the mail leads nowhere. Nobody is written to.".to_owned()),
                (
                    Icon("user-x"),
                    "The account is removed. Its place is free, and so is its address.".to_owned(),
                ),
                (
                    Icon("edit"),
                    "If only the address is wrong, change it instead: a new link goes there.".to_owned(),
                ),
            ],
        });
        Confirm {
            ask: self.ask.verb(),
            what: self.name.clone(),
            consequences,
            note: self.email.clone(),
            fields: Vec::new(),
            action: format!("{}/{}", self.href, self.ask.path()),
            back: (LIST, "Leave it as it is"),
            verb: match self.ask {
                Ask::Deactivate => "Deactivate account",
                Ask::Password => "Ask for another password",
                Ask::SecondStep => "Reset two-step sign-in",
                Ask::Withdraw => "Withdraw invitation",
            },
            busy: match self.ask {
                Ask::Deactivate => "Deactivating…",
                Ask::Withdraw => "Withdrawing…",
                Ask::Password | Ask::SecondStep => "Saving…",
            },
            icon: if stops { Icon("ban") } else { Icon("key") },
            danger: stops,
        }
    }
}

async fn page(
    office: &mut Office,
    (shell, ways): (Shell, Ways),
    id: UserId,
    ask: Ask,
    form: FormState,
) -> Result<ActPage, AppError> {
    let member = office.find(id).await?;
    let open = match ask {
        Ask::Deactivate => office.still_open(id).await?,
        _ => StillOpen::default(),
    };
    let name = Name::new(member.name());
    let links = ways.links(id, open);
    let (href, email) = (format!("{LIST}/{id}"), member.profile.email);
    Ok(ActPage { shell, href, name, email, ask, open, links, form })
}

async fn question<P: Permission>(
    tx: Authorized<P>,
    app: &App,
    frame: &Frame,
    id: UserId,
    ask: Ask,
) -> Result<Page<ActPage>, AppError> {
    let around = (frame.shell(tx.actor()), Ways::of(tx.actor()));
    let mut office = Office::of(app, tx);
    let member = office.find(id).await?;
    office.may_act_on(&member)?;
    let page = page(&mut office, around, id, ask, FormState::new()).await?;
    office.commit(Audit::viewed(id), Page(page)).await
}

async fn answer<P: Permission>(
    tx: Authorized<P>,
    app: &App,
    frame: &Frame,
    id: UserId,
    ask: Ask,
) -> Result<Response, AppError> {
    let around = (frame.shell(tx.actor()), Ways::of(tx.actor()));
    let mut office = Office::of(app, tx);
    let done = match (ask, ask.status()) {
        (_, Some(status)) => office.set_standing(id, |_| status).await.map(|done| changed(&done)),
        (Ask::Withdraw, None) => office.withdraw(id).await,
        (_, None) => office.reset_second_factor(id).await,
    };
    match done {
        Ok(audit) => {
            let next = SeeOther(ask.done(id));
            Ok(office.commit(audit, next).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            let form = FormState::new().with_fault(problem.detail);
            let page = page(&mut office, around, id, ask, form).await?;
            Ok(PageWithStatus(problem.status, page).into_response())
        }
        Err(error) => Err(error),
    }
}

async fn conclude(office: Office, id: UserId, done: Changed, word: &str) -> Result<Response, AppError> {
    let next = SeeOther(format!("{LIST}/{id}{word}"));
    Ok(office.commit(changed(&done), next).await?.into_response())
}

async fn ask_to_stop(
    tx: Authorized<Deactivate>,
    frame: Frame,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Page<ActPage>, AppError> {
    question(tx, &app, &frame, id, Ask::Deactivate).await
}

async fn stop(
    tx: Authorized<Deactivate>,
    frame: Frame,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Response, AppError> {
    answer(tx, &app, &frame, id, Ask::Deactivate).await
}

async fn ask_to_expire(
    tx: Authorized<Update>,
    frame: Frame,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Page<ActPage>, AppError> {
    question(tx, &app, &frame, id, Ask::Password).await
}

async fn expire(
    tx: Authorized<Update>,
    frame: Frame,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Response, AppError> {
    answer(tx, &app, &frame, id, Ask::Password).await
}

async fn ask_to_reset(
    tx: Authorized<Update>,
    frame: Frame,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Page<ActPage>, AppError> {
    question(tx, &app, &frame, id, Ask::SecondStep).await
}

async fn reset(
    tx: Authorized<Update>,
    frame: Frame,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Response, AppError> {
    answer(tx, &app, &frame, id, Ask::SecondStep).await
}

async fn ask_to_withdraw(
    tx: Authorized<Deactivate>,
    frame: Frame,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Page<ActPage>, AppError> {
    question(tx, &app, &frame, id, Ask::Withdraw).await
}

async fn withdraw(
    tx: Authorized<Deactivate>,
    frame: Frame,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Response, AppError> {
    answer(tx, &app, &frame, id, Ask::Withdraw).await
}

async fn activate(
    tx: Authorized<Deactivate>,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Response, AppError> {
    let mut office = Office::of(&app, tx);
    let done = office.set_standing(id, |_| Status::Active).await?;
    conclude(office, id, done, "?done=reactivated").await
}

async fn unlock(
    tx: Authorized<Update>,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Response, AppError> {
    let mut office = Office::of(&app, tx);
    let done = office.unlock(id).await?;
    conclude(office, id, done, "?done=unlocked").await
}

async fn invite_again(
    tx: Authorized<Update>,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<SeeOther, AppError> {
    let mut office = Office::of(&app, tx);
    office.invite_again(id, &Entrance::LINK).await?;
    office.commit(Audit::did("invited_again", id), SeeOther(format!("{LIST}/{id}?done=invited-again"))).await
}
