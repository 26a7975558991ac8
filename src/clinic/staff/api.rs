//! `/users`: the contract's words for staff.

pub(super) mod import;
mod list;
mod view;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with, patch_with, post_with};
use aide::transform::TransformOperation;
use axum::extract::State;
use serde_json::json;

use super::domain::changing::Changed;
use super::domain::inviting::Entrance;
use super::{
    ChangeStaff, Changes, Create, Deactivate, InviteStaff, Member, NewMember, Office, Status, Update, View,
};
use crate::access::{Audit, Authorized, Permission, Permitted, Turned};
use crate::app::App;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::openapi::{header, op, refuses};
use crate::web::{Created, IfMatch, Json, NoContent, Path, Reply};
use view::{Invitation, InvitedView, StaffMember};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/users", get_with(list::list, list::lists))
        .api_route("/users", post_with(invite, invites))
        .api_route("/users/{user_id}", get_with(show, shows))
        .api_route("/users/{user_id}", patch_with(change, changes))
        .api_route("/users/{user_id}", delete_with(withdraw, withdraws))
        .api_route(
            "/users/{user_id}/toggle-active",
            patch_with(toggle, stops("users.toggle_active", "Stop an account, or let it in again")),
        )
        .api_route(
            "/users/{user_id}/deactivate",
            post_with(deactivate, stops("users.deactivate", "Stop an account")),
        )
        .api_route("/users/{user_id}/resend-invitation", post_with(invite_again, invites_again))
        .api_route("/users/{user_id}/force-password-change", post_with(expire_password, expires))
        .api_route(
            "/users/{user_id}/unlock",
            post_with(unlock, refuses(op("users.unlock", "Let somebody in who is locked out"), OTHERS)),
        )
        .api_route("/users/{user_id}/reset-mfa", post_with(reset_second_factor, resets_second_factor))
        .merge(import::router())
}

const OTHERS: &[&str] = &["staff.outranked", "staff.own_account"];
const STOP: &[&str] = &["staff.outranked", "staff.own_account", "staff.last_administrator"];
const LEFT: &str = "`still_open` tells what waits for somebody who is stopped: it does not move by itself. Bookings are moved, \
                    cancelled and told of by recording an absence before.";
const ETAG: &str = "The version, for `If-Match`.";

fn stops(
    id: &'static str,
    summary: &'static str,
) -> impl for<'t> FnOnce(TransformOperation<'t>) -> TransformOperation<'t> {
    move |operation| refuses(op(id, summary), STOP)(operation).description(LEFT)
}

fn shows(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("users.show", "Show a member of staff")(operation).with(header(200, "ETag", ETAG))
}

fn invites(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] = &[
        "staff.department_unknown",
        "staff.role_unknown",
        "staff.role_disabled",
        "staff.grants_more",
        "staff.limit_reached",
        "staff.email_taken",
        "staff.other_hospital",
        "rate_limited",
    ];
    refuses(op("users.create", "Invite somebody"), CODES)(operation)
        .description(
            "The person gets a link by mail and chooses a password. `temp_password` is told only where all mail goes to a \
             test recipient (`EMAIL_SANDBOX_MODE`), and only once. A given role must not grant more than the caller holds.",
        )
        .with(header(201, "Location", "The person."))
        .with(header(201, "ETag", ETAG))
}

fn changes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] = &[
        "staff.department_unknown",
        "staff.role_unknown",
        "staff.role_disabled",
        "staff.grants_more",
        "staff.outranked",
        "staff.own_account",
        "staff.last_administrator",
        "staff.email_is_theirs",
        "staff.email_taken",
        "staff.version_conflict",
        "rate_limited",
    ];
    refuses(op("users.update", "Change a member of staff"), CODES)(operation)
        .description(
            "A field that is left out stays. Roles and standing hold for every request within a second; `roles` needs \
             `users:assign_roles`, `status` and `is_active` need `users:deactivate`. PASSWORD_EXPIRED asks for another \
             password at the next sign-in. The `email` of somebody who never came may be corrected: a new invitation goes \
             there, and the links of before lead nowhere. With `If-Match` or `version` nothing is written over a newer version (412).",
        )
        .with(header(200, "ETag", ETAG))
}

fn withdraws(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] = &[
        "staff.outranked",
        "staff.own_account",
        "staff.last_administrator",
        "staff.has_come",
        "staff.in_use",
    ];
    refuses(op("users.withdraw", "Withdraw an invitation"), CODES)(operation).description(
        "Only of somebody who never signed in: the account is removed, its place and its address are free, and the link \
         leads nowhere. Whoever has come is deactivated instead.",
    )
}

fn invites_again(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] =
        &["staff.outranked", "staff.own_account", "staff.already_joined", "staff.inactive"];
    refuses(op("users.resend_invitation", "Invite somebody again who has not come"), CODES)(operation)
        .description("A new link goes out, and those before lead nowhere.")
}

fn expires(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] = &["staff.outranked", "staff.own_account", "staff.inactive"];
    refuses(op("users.force_password_change", "Ask somebody for another password"), CODES)(operation)
        .description("They are signed out everywhere, and choose another password when they sign in again.")
}

async fn show(
    tx: Authorized<View>,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Reply<StaffMember>, AppError> {
    let (hospital, now) = (tx.hospital().clone(), tx.now());
    let mut office = Office::of(&app, tx);
    let member = office.find(id).await?;
    let version = member.profile.version;
    office.commit(Audit::viewed(id), Reply::new(StaffMember::new(member, &hospital, now)).etag(version)).await
}

async fn invite(
    permitted: Permitted<Create>,
    State(app): State<App>,
    Json(body): Json<InviteStaff>,
) -> Result<Created<InvitedView>, Turned> {
    let new = NewMember::parse(body, permitted.hospital().id)?;
    let entrance = Entrance::prepare(&app, new.password.as_ref()).await?;
    let tx = permitted.open().await?;
    let (hospital, now) = (tx.hospital().clone(), tx.now());
    let mut office = Office::of(&app, tx);
    let member = office.invite(&new, &entrance).await?;
    let (id, version, audit) = (member.profile.id, member.profile.version, invited(&member));
    let is_secret = entrance.told.is_some();
    let view = InvitedView::new(StaffMember::new(member, &hospital, now), entrance.told);
    let reply = Reply::new(view).location(&format!("/api/v1/users/{id}")).etag(version);
    let reply = if is_secret { reply.secret() } else { reply };
    Ok(office.commit(audit, reply).await?)
}

/// Who was invited, with which roles: what somebody looks for later.
pub(super) fn invited(member: &Member) -> Audit {
    let roles: Vec<_> = member.roles.iter().map(|role| role.id).collect();
    Audit::created(member.profile.id).with(json!({ "roles": roles }))
}

/// Names of the fields, and where roles or standing changed, what they are now.
pub(super) fn changed(changed: &Changed) -> Audit {
    let member = &changed.member;
    let mut detail = json!({ "fields": changed.fields });
    if changed.fields.contains(&"roles") {
        detail["roles"] = json!(member.roles.iter().map(|role| role.id).collect::<Vec<_>>());
    }
    if changed.fields.contains(&"status") {
        detail["status"] = json!(shown_status(member));
        detail["must_change_password"] = json!(member.account.must_change_password);
    }
    Audit::updated(member.profile.id).with(detail)
}

/// The contract's word.
fn shown_status(member: &Member) -> Status {
    match member.account.is_active {
        true => member.account.status,
        false => Status::Inactive,
    }
}

async fn change(
    tx: Authorized<Update>,
    State(app): State<App>,
    Path(id): Path<UserId>,
    IfMatch(tag): IfMatch,
    Json(body): Json<ChangeStaff>,
) -> Result<Reply<StaffMember>, AppError> {
    let to = Changes::parse(&body)?;
    let expected: Vec<i64> = [tag, body.version].into_iter().flatten().collect();
    let (hospital, now) = (tx.hospital().clone(), tx.now());
    let mut office = Office::of(&app, tx);
    let done = office.change(id, &to, &expected).await?;
    conclude(office, done, &hospital, now).await
}

/// Whoever stopped somebody is told what waits for them.
async fn conclude(
    mut office: Office,
    done: Changed,
    hospital: &crate::identity::actor::TenantFacts,
    now: jiff::Timestamp,
) -> Result<Reply<StaffMember>, AppError> {
    let audit = changed(&done);
    let (id, version) = (done.member.profile.id, done.member.profile.version);
    let open = match done.member.account.is_open() {
        true => None,
        false => Some(office.still_open(id).await?),
    };
    let view = StaffMember::new(done.member, hospital, now).leaving(open);
    office.commit(audit, Reply::new(view).etag(version)).await
}

async fn stand<P: Permission>(
    tx: Authorized<P>,
    app: &App,
    id: UserId,
    wanted: impl FnOnce(&Member) -> Status + Send,
) -> Result<Reply<StaffMember>, AppError> {
    let (hospital, now) = (tx.hospital().clone(), tx.now());
    let mut office = Office::of(app, tx);
    let done = office.set_standing(id, wanted).await?;
    conclude(office, done, &hospital, now).await
}

async fn toggle(
    tx: Authorized<Deactivate>,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Reply<StaffMember>, AppError> {
    let other = |member: &Member| if member.account.is_open() { Status::Inactive } else { Status::Active };
    stand(tx, &app, id, other).await
}

async fn deactivate(
    tx: Authorized<Deactivate>,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Reply<StaffMember>, AppError> {
    stand(tx, &app, id, |_| Status::Inactive).await
}

async fn expire_password(
    tx: Authorized<Update>,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Reply<StaffMember>, AppError> {
    stand(tx, &app, id, |_| Status::PasswordExpired).await
}

async fn withdraw(
    tx: Authorized<Deactivate>,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<NoContent, AppError> {
    let mut office = Office::of(&app, tx);
    let audit = office.withdraw(id).await?;
    office.commit(audit, NoContent).await
}

fn resets_second_factor(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    let codes = &["staff.outranked", "staff.own_account", "mfa.not_on"];
    refuses(op("users.reset_mfa", "Reset a colleague's two-step sign-in"), codes)(operation).description(
        "For somebody who lost the device and the recovery codes. All sessions of the account end, and its owner gets a \
         mail. Not for oneself, and not for who holds rights that the caller does not hold.",
    )
}

async fn reset_second_factor(
    tx: Authorized<Update>,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<NoContent, AppError> {
    let mut office = Office::of(&app, tx);
    let audit = office.reset_second_factor(id).await?;
    office.commit(audit, NoContent).await
}

async fn unlock(
    tx: Authorized<Update>,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Reply<StaffMember>, AppError> {
    let (hospital, now) = (tx.hospital().clone(), tx.now());
    let mut office = Office::of(&app, tx);
    let done = office.unlock(id).await?;
    conclude(office, done, &hospital, now).await
}

async fn invite_again(
    permitted: Permitted<Update>,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Reply<Invitation>, Turned> {
    let entrance = Entrance::prepare(&app, None).await?;
    let mut office = Office::of(&app, permitted.open().await?);
    let member = office.invite_again(id, &entrance).await?;
    let is_secret = entrance.told.is_some();
    let reply = Reply::new(Invitation::new(member, entrance.told));
    let reply = if is_secret { reply.secret() } else { reply };
    Ok(office.commit(Audit::did("invited_again", id), reply).await?)
}
