//! `/account`, and `/auth/sessions`: one's own.

use std::net::IpAddr;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with, post_with};
use jiff::Timestamp;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{Account, OwnSession};
use crate::access::{Public, SignedIn};
use crate::app::App;
use crate::kernel::AppError;
use crate::kernel::ids::{SessionId, UserId};
use crate::web::openapi::{op, refuses};
use crate::web::{Json, NoContent, Path};

const OWN: &[&str] = &["auth.password_change_required"];
const SESSION: &[&str] = &["auth.password_change_required", "account.session_not_found"];
const ASK: &[&str] = &["auth.password_change_required", "account.password_wrong", "rate_limited"];
const CONFIRM: &[&str] = &["auth.password_change_required", "account.link_invalid", "account.email_taken"];

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/account", get_with(show, refuses(op("account.show", "Show one's own account"), OWN)))
        .api_route(
            "/account/email",
            post_with(ask, refuses(op("account.ask_email", "Ask for another e-mail address"), ASK)),
        )
        .api_route(
            "/account/email/confirm",
            post_with(
                confirm,
                refuses(op("account.confirm_email", "Confirm it by the link sent to it"), CONFIRM),
            ),
        )
        .api_route(
            "/auth/sessions",
            get_with(sessions, refuses(op("account.sessions", "List one's own sessions"), OWN)),
        )
        .api_route(
            "/auth/sessions",
            delete_with(
                end_others,
                refuses(op("account.end_other_sessions", "End all of one's other sessions"), OWN),
            ),
        )
        .api_route(
            "/auth/sessions/{session_id}",
            delete_with(end, refuses(op("account.end_session", "End one of one's own sessions"), SESSION)),
        )
}

/// One's own account.
#[derive(Serialize, JsonSchema)]
struct AccountView {
    id: UserId,
    email: String,
    /// A new address that waits for its link to be opened.
    pending_email: Option<String>,
    first_name: String,
    last_name: String,
    department: Option<String>,
    tenant_name: Option<String>,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        let Account { id, email, pending_email, first_name, last_name, department, tenant_name } = account;
        Self { id, email, pending_email, first_name, last_name, department, tenant_name }
    }
}

async fn show(me: SignedIn) -> Result<Json<AccountView>, AppError> {
    Ok(Json(super::show(&me).await?.into()))
}

#[derive(Deserialize, JsonSchema)]
struct NewAddress {
    new_email: String,
    /// The present password, once more.
    password: String,
}

#[derive(Serialize, JsonSchema)]
struct EmailAsked {
    message: &'static str,
}

async fn ask(
    public: Public,
    me: SignedIn,
    Json(body): Json<NewAddress>,
) -> Result<Json<EmailAsked>, AppError> {
    super::ask_email(&public, &me, &body.new_email, &SecretString::from(body.password)).await?;
    Ok(Json(EmailAsked { message: "The new address counts once the link that was sent to it is opened." }))
}

#[derive(Deserialize, JsonSchema)]
struct NewAddressToken {
    token: String,
}

async fn confirm(me: SignedIn, Json(body): Json<NewAddressToken>) -> Result<NoContent, AppError> {
    super::confirm_email(&me, &body.token).await?;
    Ok(NoContent)
}

/// One sign-in on one device.
#[derive(Serialize, JsonSchema)]
struct SessionView {
    id: SessionId,
    /// The one that asks.
    current: bool,
    /// `web` for a browser, `api` for a program.
    kind: &'static str,
    /// In a few words.
    device: String,
    /// Where it signed in from.
    ip: Option<IpAddr>,
    created_at: Timestamp,
    /// When it was last used, to some minutes.
    last_seen_at: Timestamp,
    expires_at: Timestamp,
}

impl From<OwnSession> for SessionView {
    fn from(session: OwnSession) -> Self {
        Self {
            id: session.id,
            current: session.current,
            kind: if session.is_program { "api" } else { "web" },
            device: session.device,
            ip: session.ip,
            created_at: session.created_at,
            last_seen_at: session.seen_at,
            expires_at: session.expires_at,
        }
    }
}

async fn sessions(me: SignedIn) -> Result<Json<Vec<SessionView>>, AppError> {
    Ok(Json(super::own_sessions(&me).await?.into_iter().map(SessionView::from).collect()))
}

async fn end(me: SignedIn, Path(id): Path<SessionId>) -> Result<NoContent, AppError> {
    super::end_session(&me, id).await?;
    Ok(NoContent)
}

async fn end_others(me: SignedIn) -> Result<NoContent, AppError> {
    super::end_others(&me).await?;
    Ok(NoContent)
}
