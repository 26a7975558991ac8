//! `/tenants/register`, `/auth/verify-email` and its older twin.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use jiff::Timestamp;
use schemars::JsonSchema;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::{NewHospital, RegisterHospital, Registered};
use crate::access::Public;
use crate::app::App;
use crate::identity::actor::TenantStatus;
use crate::kernel::AppError;
use crate::kernel::ids::TenantId;
use crate::web::openapi::{op, refuses};
use crate::web::{Created, Json, Query, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/tenants/register",
            post_with(register, refuses(op("signup.register", "Sign up a hospital"), REGISTER)),
        )
        .api_route(
            "/tenants/resend-verification",
            post_with(
                resend,
                refuses(op("signup.resend", "Send the confirmation link again"), &["rate_limited"]),
            ),
        )
        .api_route(
            "/auth/verify-email",
            get_with(
                verify,
                refuses(op("signup.verify", "Confirm a hospital by the link in its mail"), LINK),
            ),
        )
        .api_route(
            "/tenants/verify",
            get_with(verify, refuses(op("signup.verify_older", "Older name of /auth/verify-email"), LINK)),
        )
}

const REGISTER: &[&str] = &["signup.licence_taken", "signup.email_taken", "signup.no_schema", "rate_limited"];
const LINK: &[&str] = &["signup.link_unknown", "signup.link_used", "signup.link_expired"];

/// A hospital, as its sign-up answers.
#[derive(Serialize, JsonSchema)]
struct NewTenantView {
    id: TenantId,
    name: String,
    address: Option<String>,
    contact_email: String,
    contact_phone: Option<String>,
    license_number: String,
    status: TenantStatus,
    /// Always null: the schema's name is nobody's business outside.
    schema_name: Option<String>,
    max_users: Option<i32>,
    max_patients: Option<i32>,
    time_zone: String,
    currency: &'static str,
    /// Told, or proposed until the hospital confirms it.
    country: Option<&'static str>,
    created_at: Timestamp,
    updated_at: Timestamp,
    user_count: i64,
    /// How the administrator signs in.
    admin_email: String,
    /// Only in development or with sandboxed mail; otherwise the mail brings a link.
    admin_temp_password: Option<String>,
}

impl From<Registered> for NewTenantView {
    fn from(registered: Registered) -> Self {
        let new = registered.hospital;
        Self {
            id: registered.id,
            name: new.name,
            address: new.address,
            contact_phone: new.phone.map(|phone| phone.digits),
            license_number: new.license_number,
            status: TenantStatus::Pending,
            schema_name: None,
            max_users: None,
            max_patients: None,
            time_zone: new.time_zone,
            currency: new.currency,
            country: new.country.map(|country| country.code),
            created_at: registered.created_at,
            updated_at: registered.created_at,
            user_count: 1,
            admin_email: new.email.clone(),
            contact_email: new.email,
            admin_temp_password: registered.temporary_password.map(|p| p.expose_secret().to_owned()),
        }
    }
}

async fn register(
    public: Public,
    Json(body): Json<RegisterHospital>,
) -> Result<Created<NewTenantView>, AppError> {
    let new = NewHospital::parse(body)?;
    public.app.throttles.sign_up(public.facts.ip)?;
    let registered = super::sign_up(&public, new).await?;
    Ok(Reply::new(NewTenantView::from(registered)).secret())
}

#[derive(Deserialize, JsonSchema)]
struct Token {
    token: String,
}

#[derive(Serialize, JsonSchema)]
struct VerifiedView {
    message: &'static str,
    tenant_id: TenantId,
    status: TenantStatus,
    already_verified: bool,
}

async fn verify(public: Public, Query(query): Query<Token>) -> Result<Json<VerifiedView>, AppError> {
    let verified = super::verify(&public, &query.token).await?;
    let message = if verified.already {
        "The hospital was confirmed before."
    } else {
        "The hospital is confirmed. You can sign in now."
    };
    Ok(Json(VerifiedView {
        message,
        tenant_id: verified.tenant,
        status: verified.status,
        already_verified: verified.already,
    }))
}

#[derive(Deserialize, JsonSchema)]
struct Address {
    email: String,
}

#[derive(Serialize, JsonSchema)]
struct Sent {
    message: &'static str,
}

async fn resend(public: Public, Json(body): Json<Address>) -> Result<Json<Sent>, AppError> {
    super::resend(&public, &body.email).await?;
    Ok(Json(Sent {
        message: "If a hospital waits for confirmation under this address, a new link is on its way.",
    }))
}
