//! `/platform/operators`

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, patch_with, post_with};
use axum::extract::State;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Delivery, Manage, Operator};
use crate::access::{Audit, PlatformAuthorized};
use crate::app::App;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::openapi::{op, refuses};
use crate::web::{Created, Json, Path, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/platform/operators", get_with(list, op("operators.list", "List operators")))
        .api_route(
            "/platform/operators",
            post_with(invite, refuses(op("operators.invite", "Invite an operator by mail"), INVITE)),
        )
        .api_route(
            "/platform/operators/{id}/deactivate",
            patch_with(deactivate, refuses(op("operators.deactivate", "Deactivate an operator"), DEACTIVATE)),
        )
        .api_route(
            "/platform/operators/{id}/activate",
            patch_with(activate, refuses(op("operators.activate", "Activate an operator"), ACTIVATE)),
        )
        .api_route(
            "/platform/operators/{id}/unlock",
            post_with(
                unlock,
                refuses(op("operators.unlock", "Let an operator in who is locked out"), UNLOCK),
            ),
        )
        .api_route(
            "/platform/operators/{id}/reset-password",
            post_with(
                reset_password,
                refuses(op("operators.reset_password", "Mail an operator a link to a new password"), RESET),
            ),
        )
}

const INVITE: &[&str] = &["operators.address_taken", "operators.exists"];
const DEACTIVATE: &[&str] = &["operators.oneself", "operators.last_one", "operators.already_inactive"];
const ACTIVATE: &[&str] = &["operators.already_active"];
const UNLOCK: &[&str] = &["operators.own_account", "operators.not_locked_out"];
const RESET: &[&str] = &["operators.inactive"];

/// Somebody who runs the platform.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OperatorView {
    id: UserId,
    email: String,
    is_active: bool,
    /// A password was chosen: until then the invitation waits.
    has_password: bool,
    created_at: Timestamp,
    last_sign_in_at: Option<Timestamp>,
    /// Until then nobody signs in with it, after too many wrong passwords; null if it is open.
    locked_until: Option<Timestamp>,
}

impl From<Operator> for OperatorView {
    fn from(operator: Operator) -> Self {
        Self {
            id: operator.id,
            email: operator.email,
            is_active: operator.is_active,
            has_password: operator.has_password,
            created_at: operator.created_at,
            last_sign_in_at: operator.last_sign_in_at,
            locked_until: operator.rests_until,
        }
    }
}

async fn list(tx: PlatformAuthorized<Manage>) -> Result<Json<Vec<OperatorView>>, AppError> {
    let operators = super::list(&tx).await?;
    let audit = Audit::listed("operator", operators.len());
    tx.commit(audit, Json(operators.into_iter().map(Into::into).collect())).await
}

/// Who becomes an operator.
#[derive(Debug, Deserialize, JsonSchema)]
struct InviteOperator {
    /// The link to choose a password goes to this address.
    email: String,
}

async fn invite(
    tx: PlatformAuthorized<Manage>,
    State(app): State<App>,
    Json(body): Json<InviteOperator>,
) -> Result<Created<OperatorView>, AppError> {
    let (operator, _, audit) = super::invite(&app, &tx, &body.email, Delivery::ByMail).await?;
    tx.commit(audit, Created::new(operator.into())).await
}

async fn deactivate(
    tx: PlatformAuthorized<Manage>,
    Path(id): Path<UserId>,
) -> Result<Reply<OperatorView>, AppError> {
    let (operator, audit) = super::deactivate(&tx, id).await?;
    tx.commit(audit, Reply::new(operator.into())).await
}

async fn activate(
    tx: PlatformAuthorized<Manage>,
    Path(id): Path<UserId>,
) -> Result<Reply<OperatorView>, AppError> {
    let (operator, audit) = super::activate(&tx, id).await?;
    tx.commit(audit, Reply::new(operator.into())).await
}

async fn unlock(
    tx: PlatformAuthorized<Manage>,
    Path(id): Path<UserId>,
) -> Result<Reply<OperatorView>, AppError> {
    let (operator, audit) = super::unlock(&tx, id).await?;
    tx.commit(audit, Reply::new(operator.into())).await
}

async fn reset_password(
    tx: PlatformAuthorized<Manage>,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Reply<OperatorView>, AppError> {
    let (operator, _, audit) = super::reset_password(&app, &tx, id, Delivery::ByMail).await?;
    tx.commit(audit, Reply::new(operator.into())).await
}
