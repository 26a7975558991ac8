//! The questions before a role is disabled, enabled or removed.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::LIST;
use super::parts::Line;
use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::clinic::roles::{self, Delete, RoleId, Update};
use crate::identity::actor::Actor;
use crate::kernel::{AppError, Problem};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther, words};

/// What is about to happen to a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Toggle,
    Remove,
}

/// `GET /roles/{id}/toggle-active` and `/remove`, and the refusals of what is sent there.
#[derive(Template)]
#[template(path = "clinic/roles/pages/ask.html")]
pub(super) struct AskPage {
    shell: Shell,
    act: Act,
    line: Line,
    form: FormState,
}

impl AskPage {
    fn verb(&self) -> &'static str {
        match (self.act, self.line.is_active) {
            (Act::Remove, _) => "Remove",
            (Act::Toggle, true) => "Disable",
            (Act::Toggle, false) => "Enable",
        }
    }

    fn question(&self) -> Confirm<'_> {
        let people = self.line.people;
        let (consequences, verb, busy, icon) = match (self.act, self.line.is_active) {
            (Act::Remove, _) => (self.when_removed(), "Remove role", "Removing…", Icon("trash")),
            (Act::Toggle, true) => {
                let who = match people {
                    0 => "Nobody holds it, so nothing changes for anybody.".to_owned(),
                    _ => format!("{}, and within a second it grants them nothing.", self.line.holders()),
                };
                let lines = vec![
                    (Icon("users"), who),
                    (Icon("ban"), "It cannot be given to anybody while it is disabled.".to_owned()),
                    (Icon("arrow-back-up"), "You can enable it again at any time.".to_owned()),
                ];
                (lines, "Disable role", "Disabling…", Icon("circle-off"))
            }
            (Act::Toggle, false) => {
                let who = match people {
                    0 => "Nobody holds it yet.".to_owned(),
                    _ => format!("{}, and may do again what it grants.", self.line.holders()),
                };
                let lines = vec![(Icon("users"), who), (Icon("key"), self.line.grants.clone())];
                (lines, "Enable role", "Enabling…", Icon("circle-check"))
            }
        };
        Confirm {
            ask: self.verb(),
            what: self.line.title.clone(),
            consequences,
            note: String::new(),
            fields: vec![self.form.hidden("version")],
            action: match self.act {
                Act::Toggle => format!("{}/toggle-active", self.line.href),
                Act::Remove => format!("{}/remove", self.line.href),
            },
            back: (LIST, "Leave it as it is"),
            verb,
            busy,
            icon,
            danger: self.act == Act::Remove || self.line.is_active,
        }
    }

    fn when_removed(&self) -> Vec<(Icon, String)> {
        let who = match self.line.people {
            0 => "Nobody holds it.".to_owned(),
            n => format!(
                "{} it. It is removed only when nobody does.",
                words::counted(n, "person holds", "people hold")
            ),
        };
        vec![
            (Icon("users"), who),
            (Icon("history"), "What people did while they held it stays on record.".to_owned()),
        ]
    }
}

async fn question(
    tx: &TenantTx,
    frame: &Frame,
    actor: &Actor,
    id: RoleId,
    act: Act,
) -> Result<AskPage, AppError> {
    let role = roles::find(tx, id).await?;
    let form = FormState::new().with("version", role.version.to_string());
    // What is not theirs to change is not even asked about.
    let form = match roles::may_change(&role, actor) {
        Ok(()) => form,
        Err(why) => form.with_fault(why.to_string()),
    };
    Ok(AskPage { shell: frame.shell(actor), act, line: Line::of(&role, actor), form })
}

/// The question again, with what is wrong. The transaction saw no error of the database: see `attempt`.
async fn again<P>(
    tx: Authorized<P>,
    frame: &Frame,
    (id, act): (RoleId, Act),
    problem: Problem,
) -> Result<Response, AppError> {
    if problem.status == StatusCode::NOT_FOUND {
        return Err(problem.into());
    }
    let mut page = question(&tx, frame, tx.actor(), id, act).await?;
    page.form = page.form.with_fault(problem.detail);
    Ok(tx.commit(Audit::viewed(id), PageWithStatus(problem.status, page)).await?.into_response())
}

/// What the questions send.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct AskForm {
    /// What the page showed; another version by now refuses.
    version: String,
}

/// `GET /roles/{role_id}/toggle-active`
pub(super) async fn to_toggle(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<RoleId>,
) -> Result<Page<AskPage>, AppError> {
    let page = question(&tx, &frame, tx.actor(), id, Act::Toggle).await?;
    tx.commit(Audit::viewed(id), Page(page)).await
}

/// `POST /roles/{role_id}/toggle-active`
pub(super) async fn toggle(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<RoleId>,
    Form(form): Form<AskForm>,
) -> Result<Response, AppError> {
    // A version that is no number fits none: the page said "disable" of what may be disabled already.
    let version = form.version.trim().parse().unwrap_or(-1);
    match tx.attempt(roles::toggle(&tx, id, &[version])).await {
        Ok((role, audit)) => {
            let word = if role.is_active { "role-enabled" } else { "role-disabled" };
            let next = SeeOther(format!("{LIST}?done={word}"));
            Ok(tx.commit_and_announce(audit, next).await?.into_response())
        }
        Err(AppError::Problem(problem)) => again(tx, &frame, (id, Act::Toggle), problem).await,
        Err(other) => Err(other),
    }
}

/// `GET /roles/{role_id}/remove`
pub(super) async fn to_remove(
    tx: Authorized<Delete>,
    frame: Frame,
    Path(id): Path<RoleId>,
) -> Result<Page<AskPage>, AppError> {
    let page = question(&tx, &frame, tx.actor(), id, Act::Remove).await?;
    tx.commit(Audit::viewed(id), Page(page)).await
}

/// `POST /roles/{role_id}/remove`
pub(super) async fn remove(
    tx: Authorized<Delete>,
    frame: Frame,
    Path(id): Path<RoleId>,
    Form(_): Form<AskForm>,
) -> Result<Response, AppError> {
    match tx.attempt(roles::remove(&tx, id)).await {
        Ok(audit) => {
            let next = SeeOther(format!("{LIST}?done=role-removed"));
            Ok(tx.commit(audit, next).await?.into_response())
        }
        Err(AppError::Problem(problem)) => again(tx, &frame, (id, Act::Remove), problem).await,
        Err(other) => Err(other),
    }
}
