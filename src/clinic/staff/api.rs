//! `/users`: the contract's words for staff.

pub(super) mod import;
mod view;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, patch_with, post_with};
use aide::transform::TransformOperation;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::domain::changing::Changed;
use super::domain::inviting::Entrance;
use super::parse::search_text;
use super::{
    ChangeStaff, Changes, Create, Deactivate, InviteStaff, Member, NewMember, Office, Sort, Standing,
    State as Stands, Status, Update, View, Wanted,
};
use crate::access::{Audit, Authorized, Permission, Permitted, Turned};
use crate::app::App;
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::openapi::{header, op, refuses};
use crate::web::{Created, IfMatch, Json, NoContent, Path, Query, Reply};
use view::{Invitation, InvitedView, StaffMember};

pub(super) fn router() -> ApiRouter<App> {
    let stop = |id, summary| refuses(op(id, summary), STOP);
    ApiRouter::new()
        .api_route("/users", get_with(list, lists))
        .api_route("/users", post_with(invite, invites))
        .api_route("/users/{user_id}", get_with(show, shows))
        .api_route("/users/{user_id}", patch_with(change, changes))
        .api_route(
            "/users/{user_id}/toggle-active",
            patch_with(toggle, stop("users.toggle_active", "Stop an account, or let it in again")),
        )
        .api_route(
            "/users/{user_id}/deactivate",
            post_with(deactivate, stop("users.deactivate", "Stop an account")),
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
const ETAG: &str = "The version, for `If-Match`.";

fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("users.list", "List staff")(operation)
        .description(
            "Newest first, without those whose account is inactive. A bare array, in parts of at most 500.",
        )
        .with(header(200, "X-Total-Count", "How many there are in all parts."))
        .with(header(200, "Link", "The next and the previous part, as `rel=\"next\"` and `rel=\"prev\"`."))
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
        "staff.version_conflict",
    ];
    refuses(op("users.update", "Change a member of staff"), CODES)(operation)
        .description(
            "A field that is left out stays. Roles and standing hold for every request within a second; `roles` needs \
             `users:assign_roles`, `status` and `is_active` need `users:deactivate`. PASSWORD_EXPIRED asks for another \
             password at the next sign-in. With `If-Match` or `version` nothing is written over a newer version (412).",
        )
        .with(header(200, "ETag", ETAG))
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

#[derive(Debug, Deserialize, JsonSchema)]
struct ListStaff {
    /// Part of a name or e-mail address, at most 120 characters; any script, case and accents do not matter.
    search: Option<String>,
    /// Also those whose account is inactive.
    include_inactive: Option<bool>,
    /// Only those who stand so.
    state: Option<Stands>,
    /// Name of a role.
    role: Option<String>,
    /// Name of a department.
    department: Option<String>,
    sort: Option<Sort>,
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 500 if left out.
    page_size: Option<i64>,
}

impl ListStaff {
    fn wanted(&self) -> Result<Wanted, AppError> {
        let mut errors = FieldErrors::default();
        let search = search_text(self.search.as_deref(), &mut errors);
        let page = PageRequest::parse(self.page, self.page_size, 500, &mut errors);
        let role = text::optional("role", self.role.as_deref(), 100, &mut errors).ok().flatten();
        let department =
            text::optional("department", self.department.as_deref(), 100, &mut errors).ok().flatten();
        errors.finish()?;
        let standing = match (self.state, self.include_inactive) {
            (Some(state), _) => Standing::Only(state),
            (None, Some(true)) => Standing::Everybody,
            (None, _) => Standing::Present,
        };
        Ok(Wanted { search, role, department, standing, sort: self.sort.unwrap_or_default(), page })
    }

    /// The address of another part of the same list.
    fn part(&self, page: PageRequest, number: i64) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let texts = [("search", &self.search), ("role", &self.role), ("department", &self.department)];
        for (name, text) in texts {
            if let Some(text) = text {
                query.append_pair(name, text);
            }
        }
        if self.include_inactive == Some(true) {
            query.append_pair("include_inactive", "true");
        }
        if let Some(state) = self.state {
            query.append_pair("state", state.code());
        }
        if let Some(sort) = self.sort {
            query.append_pair("sort", sort.code());
        }
        query.append_pair("page_size", &page.page_size.to_string()).append_pair("page", &number.to_string());
        format!("/api/v1/users?{}", query.finish())
    }
}

async fn list(
    tx: Authorized<View>,
    State(app): State<App>,
    Query(query): Query<ListStaff>,
) -> Result<Reply<Vec<StaffMember>>, AppError> {
    let wanted = query.wanted()?;
    let (hospital, now) = (tx.hospital().clone(), tx.now());
    let mut office = Office::of(&app, tx);
    let found = office.list(&wanted).await?;
    let (page, has_next) = (wanted.page, found.has_next());
    let people: Vec<StaffMember> =
        found.items.into_iter().map(|member| StaffMember::new(member, &hospital, now)).collect();
    let audit = Audit::listed("user", people.len());
    let mut reply = Reply::new(people).total(found.total);
    if has_next {
        reply = reply.link("next", &query.part(page, page.page + 1));
    }
    if page.page > 1 {
        reply = reply.link("prev", &query.part(page, page.page - 1));
    }
    office.commit(audit, reply).await
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

async fn conclude(
    office: Office,
    done: Changed,
    hospital: &crate::identity::actor::TenantFacts,
    now: jiff::Timestamp,
) -> Result<Reply<StaffMember>, AppError> {
    let audit = changed(&done);
    let version = done.member.profile.version;
    office.commit(audit, Reply::new(StaffMember::new(done.member, hospital, now)).etag(version)).await
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
