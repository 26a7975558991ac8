//! Who is asking, and may they: everything that is decided before a handler is called and without its body.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{StatusCode, header};

use super::context::RequestFacts;
use super::permission::{PAUSED, Permission};
use super::{activity, directory, limits};
use crate::app::App;
use crate::identity::actor::{Actor, SessionKind, Standing, TenantFacts, TenantStatus};
use crate::identity::token::TokenError;
use crate::kernel::{AppError, Problem};
use crate::web::layers;

/// Code of the refusal of a session whose screen is locked.
pub const LOCKED: &str = "auth.locked";
/// What is said of an act that waits in a restricted hospital.
const WHEN_RESTRICTED: &str = "The platform has restricted this hospital: it takes no new patients, bookings and \
                               accounts for the time. Records stay open, and emergencies and births are registered as \
                               always.";

/// Who is asking, by bearer token or session cookie. Everything that is not a live session of an active user is refused,
/// and a session whose screen is locked.
///
/// # Errors
/// 401 or 403 with the contract's words.
pub async fn authenticate(parts: &Parts, app: &App) -> Result<Arc<Actor>, AppError> {
    let actor = recognise(parts, app).await?;
    unlocked(&actor)?;
    Ok(actor)
}

pub(super) fn unlocked(actor: &Actor) -> Result<(), AppError> {
    if actor.locked {
        let detail = "The screen of this session is locked. Unlock it with your password.";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, LOCKED, detail).into());
    }
    Ok(())
}

/// The same, whether or not the screen is locked.
pub(super) async fn recognise(parts: &Parts, app: &App) -> Result<Arc<Actor>, AppError> {
    let facts = facts(parts)?;
    if let Some(actor) = facts.actor.get() {
        return Ok(Arc::clone(actor));
    }
    let actor = match parts.headers.get(header::AUTHORIZATION) {
        Some(value) => {
            let token = value
                .to_str()
                .ok()
                .and_then(|v| v.split_once(' '))
                .filter(|(s, _)| s.eq_ignore_ascii_case("bearer"));
            let (_, token) = token.ok_or_else(|| Problem::unauthenticated("Not authenticated"))?;
            let claims = app.keys.verify(token.trim(), app.clock.now()).map_err(|e| match e {
                TokenError::Expired => expired(),
                TokenError::Invalid => invalid(),
            })?;
            let actor = directory::actor(app, claims.subject.session).await?.ok_or_else(invalid)?;
            let tenant = actor.tenant.as_ref().map(|t| t.id);
            if actor.kind != SessionKind::Api
                || actor.user != claims.subject.user
                || tenant != claims.subject.tenant
            {
                return Err(invalid().into());
            }
            actor
        }
        None => {
            let (session, secret) = app
                .cookie
                .read(&parts.headers)
                .ok_or_else(|| Problem::unauthenticated("Not authenticated"))?;
            let actor = directory::actor(app, session).await?.ok_or_else(invalid)?;
            let matches = actor.secret_hash.as_deref().is_some_and(|hash| secret.matches(hash));
            if actor.kind != SessionKind::Web || !matches {
                return Err(invalid().into());
            }
            actor
        }
    };
    if actor.revoked {
        return Err(Problem::unauthenticated("This session has ended. Sign in again.").into());
    }
    if actor.expires_at <= app.clock.now() {
        return Err(expired().into());
    }
    match actor.standing {
        Standing::Active => {}
        Standing::Deleted => return Err(Problem::unauthenticated("This account no longer exists.").into()),
        Standing::Inactive => {
            return Err(Problem::forbidden(
                "auth.inactive",
                "This account is inactive. Ask your administrator.",
            )
            .into());
        }
        Standing::Locked => {
            return Err(Problem::forbidden(
                "auth.account_locked",
                "This account is locked. Ask your administrator.",
            )
            .into());
        }
    }
    if let Some(tenant) = &actor.tenant {
        tenant.manner.is_readers();
        layers::note_tenant(tenant.id);
        activity::note(app, tenant);
    }
    limits::of_person(app, facts, &actor)?;
    // The first to ask is the only one to ask in this request.
    let _ = facts.actor.set(Arc::clone(&actor));
    Ok(actor)
}

fn invalid() -> Problem {
    Problem::unauthenticated("Invalid token")
}

fn expired() -> Problem {
    Problem::unauthenticated("Token has expired. Please log in again.")
}

pub(super) fn facts(parts: &Parts) -> Result<&Arc<RequestFacts>, AppError> {
    parts.extensions.get().ok_or_else(|| AppError::internal("the request has no facts: a layer is missing"))
}

/// The hospital that may be served now, or why not.
pub(super) fn serving(actor: &Actor) -> Result<&TenantFacts, AppError> {
    let tenant = actor.tenant.as_ref().ok_or_else(|| {
        Problem::forbidden("auth.tenant_required", "This operation requires a tenant user.")
    })?;
    let refusal = match tenant.status {
        TenantStatus::Active => None,
        TenantStatus::Pending => {
            Some("This hospital is not verified yet. Open the link in the confirmation e-mail.")
        }
        TenantStatus::Verified => Some("This hospital is verified but not active yet."),
        TenantStatus::Suspended => Some("This hospital is suspended. Contact the platform."),
        TenantStatus::Inactive => Some("This hospital is inactive. Contact the platform."),
    };
    if let Some(detail) = refusal {
        return Err(Problem::forbidden("auth.hospital_not_active", detail).into());
    }
    // Ahead is fine while a fleet is updated: migrations expand first and contract later.
    if tenant.schema_version < crate::db::migrate::tenant_version() {
        return Err(
            Problem::unavailable("This hospital's data is being updated. Try again in a moment.", 5).into()
        );
    }
    Ok(tenant)
}

/// Nothing is left to do about the own sign-in: a temporary password to change, a second step to set up.
pub(super) fn sign_in_is_complete(actor: &Actor) -> Result<(), AppError> {
    if actor.must_change_password {
        let detail = "Change your temporary password first.";
        return Err(Problem::forbidden("auth.password_change_required", detail).into());
    }
    if actor.owes_second_factor {
        let detail = "Set up two-step sign-in first. It is required for your account.";
        let mut problem = Problem::forbidden("auth.mfa_enrolment_required", detail);
        problem.asks_at = Some("/account/mfa".to_owned());
        return Err(problem.into());
    }
    Ok(())
}

/// One more permission than the gate asked for, where only what is sent tells that it is needed.
///
/// # Errors
/// The gate's own 403.
pub fn demand<P: Permission>(actor: &Actor) -> Result<(), AppError> {
    if !actor.holds(P::CODE) {
        return Err(Problem::forbidden(
            "auth.permission_missing",
            format!("Insufficient permissions. Required: {}", P::CODE),
        )
        .into());
    }
    match &actor.tenant {
        Some(hospital) if !P::EVEN_RESTRICTED && PAUSED.contains(&P::CODE) => may_grow(hospital),
        _ => Ok(()),
    }
}

/// May this hospital take somebody or something new at the moment? For a form that is open for emergencies too.
///
/// # Errors
/// 403 while the platform restricts it.
pub fn may_grow(hospital: &TenantFacts) -> Result<(), AppError> {
    if hospital.restricted {
        return Err(Problem::forbidden("hospital_restricted", WHEN_RESTRICTED).into());
    }
    Ok(())
}
