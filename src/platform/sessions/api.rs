//! `/auth`: login, me, refresh, logout, passwords.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use jiff::Timestamp;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Device, MailRequest, Opened};
use crate::access::{Public, SignedIn};
use crate::app::App;
use crate::identity::actor::{Actor, Standing, TenantFacts, TenantStatus};
use crate::kernel::AppError;
use crate::kernel::ids::{TenantId, UserId};
use crate::web::openapi::{op, refuses};
use crate::web::{Form, Json, NoContent, Query, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/auth/login",
            post_with(login, refuses(op("auth.login", "Sign in with e-mail and password"), SIGN_IN)),
        )
        .api_route("/auth/me", get_with(me, op("auth.me", "Show who is signed in")))
        .api_route(
            "/auth/refresh",
            post_with(
                refresh,
                refuses(
                    op("auth.refresh", "Exchange a refresh token for new tokens"),
                    &["auth.refresh_refused"],
                ),
            ),
        )
        .api_route("/auth/logout", post_with(logout, refuses(op("auth.logout", "End this session"), &[])))
        .api_route(
            "/auth/forgot-password",
            post_with(
                forgot,
                refuses(
                    op("auth.forgot_password", "Ask for a link to choose a new password"),
                    &["rate_limited"],
                ),
            ),
        )
        .api_route(
            "/auth/validate-reset-token",
            get_with(
                validate,
                refuses(
                    op("auth.validate_reset_token", "Check a link for choosing a password"),
                    &["auth.link_invalid"],
                ),
            ),
        )
        .api_route(
            "/auth/reset-password",
            post_with(reset, refuses(op("auth.reset_password", "Choose a password by link"), BY_LINK)),
        )
        .api_route(
            "/auth/change-password",
            post_with(change, refuses(op("auth.change_password", "Change one's own password"), OWN_PASSWORD)),
        )
}

const SIGN_IN: &[&str] = &[
    "auth.wrong_credentials",
    "auth.mfa_required",
    "auth.inactive",
    "auth.hospital_not_verified",
    "auth.hospital_suspended",
    "auth.hospital_inactive",
    "rate_limited",
];
const BY_LINK: &[&str] = &["auth.link_invalid", "auth.same_password", "auth.password_used_before"];
const OWN_PASSWORD: &[&str] =
    &["auth.old_password_wrong", "auth.same_password", "auth.password_used_before", "rate_limited"];

/// The OAuth 2 password form; `grant_type` and `scope` are ignored.
#[derive(Deserialize, JsonSchema)]
struct Login {
    /// E-mail address, in any case.
    username: String,
    password: String,
}

/// Tokens of a session.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Tokens {
    access_token: String,
    /// Always `bearer`.
    token_type: &'static str,
    /// Life of the access token, in seconds.
    expires_in: u32,
    /// For `/auth/refresh`, once.
    refresh_token: String,
    must_change_password: bool,
}

/// The reply with the tokens of a session just opened.
///
/// # Errors
/// Only if the signing library fails.
pub fn tokens(app: &App, opened: &Opened) -> Result<Reply<Tokens>, AppError> {
    let issued = app.keys.issue(opened.subject, &app.clock)?;
    Ok(Reply::new(Tokens {
        access_token: issued.text.expose_secret().to_owned(),
        token_type: "bearer",
        expires_in: app.keys.lifetime_seconds(),
        refresh_token: opened.secret.reveal().to_owned(),
        must_change_password: opened.must_change_password,
    })
    .secret())
}

async fn login(public: Public, Form(form): Form<Login>) -> Result<Reply<Tokens>, AppError> {
    let opened =
        super::open(&public, &form.username, &SecretString::from(form.password), Device::Api).await?;
    tokens(&public.app, &opened)
}

#[derive(Deserialize, JsonSchema)]
struct RefreshTokens {
    refresh_token: String,
}

async fn refresh(public: Public, Json(body): Json<RefreshTokens>) -> Result<Reply<Tokens>, AppError> {
    let opened = super::refresh(&public, &body.refresh_token).await?;
    tokens(&public.app, &opened)
}

async fn logout(me: SignedIn) -> Result<NoContent, AppError> {
    super::close(&me).await
}

/// The signed-in person.
#[derive(Serialize, JsonSchema)]
struct Me {
    id: UserId,
    tenant_id: Option<TenantId>,
    email: String,
    first_name: String,
    last_name: String,
    department: Option<String>,
    status: &'static str,
    is_active: bool,
    is_deleted: bool,
    must_change_password: bool,
    /// Signs in with a second step.
    mfa_enabled: bool,
    /// Must set one up before anything else opens.
    mfa_enrolment_required: bool,
    roles: Vec<MyRole>,
    tenant_name: Option<String>,
    /// Absent for a super-admin.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<MyTenant>,
    /// When this session ends.
    session_expires_at: Timestamp,
}

#[derive(Serialize, JsonSchema)]
struct MyRole {
    name: String,
    permissions: Vec<MyPermission>,
}

#[derive(Serialize, JsonSchema)]
struct MyPermission {
    code: String,
}

#[derive(Serialize, JsonSchema)]
struct MyTenant {
    id: TenantId,
    name: String,
    status: TenantStatus,
    /// As it holds now: also while it is raised.
    max_users: Option<i32>,
    /// As it holds now: also while it is raised.
    max_patients: Option<i32>,
    address: Option<String>,
    contact_phone: Option<String>,
    contact_email: String,
    time_zone: String,
    currency: String,
    /// How numbers are written, for example `en-IN`.
    locale: &'static str,
    /// 12 or 24: how times of day are written.
    clock_hours: i16,
}

impl MyTenant {
    fn new(t: &TenantFacts, now: Timestamp) -> Self {
        Self {
            id: t.id,
            name: t.name.clone(),
            status: t.status,
            max_users: t.max_users.at(now),
            max_patients: t.max_patients.at(now),
            address: t.address.clone(),
            contact_phone: t.contact_phone.clone(),
            contact_email: t.contact_email.clone(),
            time_zone: t.zone_name.clone(),
            currency: t.currency.clone(),
            locale: t.manner.locale.code,
            clock_hours: t.manner.hours.number(),
        }
    }
}

impl Me {
    fn new(actor: &Actor, now: Timestamp) -> Self {
        Self {
            id: actor.user,
            tenant_id: actor.tenant.as_ref().map(|t| t.id),
            email: actor.email.clone(),
            first_name: actor.first_name.clone(),
            last_name: actor.last_name.clone(),
            department: actor.department.clone(),
            status: "ACTIVE",
            is_active: actor.standing == Standing::Active,
            is_deleted: false,
            must_change_password: actor.must_change_password,
            mfa_enabled: actor.second_factor,
            mfa_enrolment_required: actor.owes_second_factor,
            roles: actor
                .roles
                .iter()
                .map(|role| MyRole {
                    name: role.name.clone(),
                    permissions: role
                        .permissions
                        .iter()
                        .map(|code| MyPermission { code: code.clone() })
                        .collect(),
                })
                .collect(),
            tenant_name: actor.tenant.as_ref().map(|t| t.name.clone()),
            tenant: actor.tenant.as_ref().map(|tenant| MyTenant::new(tenant, now)),
            session_expires_at: actor.expires_at,
        }
    }
}

async fn me(me: SignedIn) -> Result<Json<Me>, AppError> {
    Ok(Json(Me::new(&me.actor, me.app.clock.now())))
}

#[derive(Deserialize, JsonSchema)]
struct ForgotPassword {
    email: String,
}

/// The same for every address.
#[derive(Serialize, JsonSchema)]
struct ResetAsked {
    message: &'static str,
}

async fn forgot(public: Public, Json(body): Json<ForgotPassword>) -> Result<Json<ResetAsked>, AppError> {
    super::ask_for_mail(&public, MailRequest::ResetPassword, &body.email).await?;
    Ok(Json(ResetAsked {
        message: "If an account with this address exists, a link to choose a new password is on its way.",
    }))
}

#[derive(Deserialize, JsonSchema)]
struct ResetToken {
    token: String,
}

#[derive(Serialize, JsonSchema)]
struct ResetTokenView {
    valid: bool,
    email: String,
}

async fn validate(public: Public, Query(query): Query<ResetToken>) -> Result<Json<ResetTokenView>, AppError> {
    let email = super::email_of_link(&public, &query.token).await?;
    Ok(Json(ResetTokenView { valid: true, email }))
}

#[derive(Deserialize, JsonSchema)]
struct ResetPassword {
    token: String,
    new_password: String,
}

#[derive(Serialize, JsonSchema)]
struct Done {
    message: &'static str,
}

async fn reset(public: Public, Json(body): Json<ResetPassword>) -> Result<Json<Done>, AppError> {
    super::set_password_by_link(&public, &body.token, &SecretString::from(body.new_password)).await?;
    Ok(Json(Done { message: "The password is set. Sign in with it." }))
}

#[derive(Deserialize, JsonSchema)]
struct ChangePassword {
    /// Needed unless the present password is a temporary one.
    old_password: Option<String>,
    new_password: String,
}

#[derive(Serialize, JsonSchema)]
struct Changed {
    message: &'static str,
    must_change_password: bool,
}

async fn change(
    public: Public,
    me: SignedIn,
    Json(body): Json<ChangePassword>,
) -> Result<Json<Changed>, AppError> {
    let old = body.old_password.map(SecretString::from);
    super::change_password(&public, &me, old.as_ref(), &SecretString::from(body.new_password)).await?;
    Ok(Json(Changed { message: "The password is changed.", must_change_password: false }))
}
