//! `/auth/mfa`: one's own second step; `/auth/login/mfa`: the code at the sign-in.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use jiff::Timestamp;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{MfaError, Proof};
use crate::access::{Public, SignedIn};
use crate::app::App;
use crate::identity::actor::SessionKind;
use crate::identity::secret::Opaque;
use crate::kernel::AppError;
use crate::platform::sessions::{self, Tokens};
use crate::web::openapi::{op, refuses};
use crate::web::{Json, NoContent, Reply};

const PROOF: &[&str] =
    &["mfa.not_on", "mfa.proof_needed", "mfa.wrong_password", "mfa.wrong_code", "rate_limited"];

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/auth/login/mfa", post_with(sign_in, |o| {
            refuses(op("auth.login_mfa", "Finish a sign-in with a code"), SIGN_IN)(o).description(
                "After `POST /api/v1/auth/login` answered `auth.mfa_required` with an `mfa_token`, which is good for five \
                 minutes, five tries and one session. The code is that of the app, or a recovery code. Wrong codes count as \
                 wrong passwords do.",
            )
        }))
        .api_route("/auth/mfa", get_with(standing, op("auth.mfa", "Show one's own two-step sign-in")))
        .api_route("/auth/mfa/enrol", post_with(begin, |o| {
            refuses(op("auth.mfa_enrol", "Begin to set up two-step sign-in"), &["mfa.already_on"])(o).description(
                "Gives the secret for an app (RFC 6238, SHA-1, 6 digits, 30 seconds). Nothing is asked for until a first \
                 code confirms it; begun again, it is another secret.",
            )
        }))
        .api_route("/auth/mfa/confirm", post_with(confirm, |o| {
            refuses(
                op("auth.mfa_confirm", "Switch two-step sign-in on"),
                CONFIRM,
            )(o)
            .description(
                "With a first code of the app, and the password: a session alone locks nobody out. Only who is led here \
                 by a sign-in of the last 15 minutes (`auth.mfa_enrolment_required`) need not repeat it. All other \
                 sessions of the account end, and its owner gets a mail. The recovery codes are told here and never \
                 again; each is good once.",
            )
        }))
        .api_route("/auth/mfa/recovery-codes", post_with(renew, |o| {
            refuses(op("auth.mfa_recovery_codes", "Make other recovery codes"), PROOF)(o)
                .description("Those before are good no longer. Needs the password, or a code.")
        }))
        .api_route("/auth/mfa/disable", post_with(switch_off, |o| {
            refuses(op("auth.mfa_disable", "Switch two-step sign-in off"), PROOF)(o).description(
                "Needs the password, or a code. Where it is required, nothing opens until it is set up again.",
            )
        }))
}

const CONFIRM: &[&str] = &[
    "mfa.password_needed",
    "mfa.wrong_password",
    "mfa.wrong_code",
    "mfa.not_begun",
    "mfa.already_on",
    "rate_limited",
];

const SIGN_IN: &[&str] = &[
    "auth.mfa_wrong_code",
    "auth.mfa_expired",
    "auth.wrong_credentials",
    "auth.inactive",
    "auth.hospital_not_verified",
    "auth.hospital_suspended",
    "auth.hospital_inactive",
];

#[derive(Deserialize, JsonSchema)]
struct SecondStep {
    /// Of the refusal `auth.mfa_required`.
    mfa_token: String,
    /// Six digits of the app, or a recovery code; blanks and hyphens do not count.
    code: String,
}

async fn sign_in(public: Public, Json(body): Json<SecondStep>) -> Result<Reply<Tokens>, AppError> {
    let owed = Opaque::parse(&body.mfa_token).ok_or(MfaError::SignInOver)?;
    let opened = super::sign_in(&public, &owed, SessionKind::Api, &body.code).await?;
    sessions::tokens(&public.app, &opened)
}

/// How a person signs in.
#[derive(Serialize, JsonSchema)]
struct MfaView {
    /// A code is asked for at each sign-in.
    enabled: bool,
    enabled_at: Option<Timestamp>,
    /// Recovery codes that were not used yet.
    recovery_codes_left: i64,
    /// It is required, and until it is set up nothing else opens.
    enrolment_required: bool,
}

async fn standing(me: SignedIn) -> Result<Json<MfaView>, AppError> {
    let standing = super::standing(&me).await?;
    Ok(Json(MfaView {
        enabled: standing.since.is_some(),
        enabled_at: standing.since,
        recovery_codes_left: standing.codes_left,
        enrolment_required: standing.since.is_none() && me.actor.owes_second_factor,
    }))
}

/// What an app needs, told while it is set up and never again.
#[derive(Serialize, JsonSchema)]
struct EnrolmentView {
    /// Base 32.
    secret: String,
    /// `otpauth://totp/…`, as apps read it.
    otpauth_uri: String,
    /// That address as a QR code.
    qr_svg: String,
}

async fn begin(me: SignedIn) -> Result<Reply<EnrolmentView>, AppError> {
    let enrolment = super::begin(&me).await?;
    let qr_svg = enrolment.qr.svg()?;
    let view = EnrolmentView { secret: enrolment.secret, otpauth_uri: enrolment.address, qr_svg };
    Ok(Reply::new(view).secret())
}

#[derive(Deserialize, JsonSchema)]
struct FirstCode {
    /// Six digits.
    code: String,
    /// One's own.
    password: Option<String>,
}

/// Told once.
#[derive(Serialize, JsonSchema)]
struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

async fn confirm(
    public: Public,
    me: SignedIn,
    Json(body): Json<FirstCode>,
) -> Result<Reply<RecoveryCodes>, AppError> {
    let password = body.password.map(SecretString::from);
    let recovery_codes = super::confirm(&public, &me, &body.code, password.as_ref()).await?;
    Ok(Reply::new(RecoveryCodes { recovery_codes }).secret())
}

/// One of the two.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ProofBody {
    password: Option<String>,
    /// Six digits of the app, or a recovery code.
    code: Option<String>,
}

impl From<ProofBody> for Proof {
    fn from(body: ProofBody) -> Self {
        Self { password: body.password.map(SecretString::from), code: body.code }
    }
}

async fn renew(
    public: Public,
    me: SignedIn,
    Json(body): Json<ProofBody>,
) -> Result<Reply<RecoveryCodes>, AppError> {
    let recovery_codes = super::renew_codes(&public, &me, &body.into()).await?;
    Ok(Reply::new(RecoveryCodes { recovery_codes }).secret())
}

async fn switch_off(
    public: Public,
    me: SignedIn,
    Json(body): Json<ProofBody>,
) -> Result<NoContent, AppError> {
    super::switch_off(&public, &me, &body.into()).await?;
    Ok(NoContent)
}
