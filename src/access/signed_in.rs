//! The extractors for who is signed in, whatever they may do.

use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::caller::{authenticate, facts, recognise, serving, sign_in_is_complete, unlocked};
use super::context::RequestFacts;
use super::gate::{Authorized, PlatformAuthorized, document};
use super::permission::Permission;
use super::tx::{self, PlatformTx};
use crate::app::App;
use crate::identity::actor::{Actor, TenantStatus};
use crate::kernel::AppError;
use crate::web::openapi;

/// Anybody with a live session, whatever they may do: their own name, password and sign-out.
pub struct SignedIn {
    pub app: App,
    pub actor: Arc<Actor>,
    facts: Arc<RequestFacts>,
}

impl SignedIn {
    /// A transaction on the platform's tables, for the actor's own rows.
    ///
    /// # Errors
    /// When no connection gets free in time.
    pub async fn platform(&self) -> Result<PlatformTx, AppError> {
        tx::platform(&self.app, self.facts.origin()).taken().await
    }

    /// For what opens only once the own sign-in is complete.
    ///
    /// # Errors
    /// 403 until the person has chosen a password of their own, and set up the second step that is demanded.
    pub fn sign_in_is_complete(&self) -> Result<(), AppError> {
        sign_in_is_complete(&self.actor)
    }

    /// The hospital's transaction if the actor holds `P` there, nothing for everybody else: for a page that shows each
    /// person what they may see.
    ///
    /// # Errors
    /// As [`Authorized`] refuses who holds `P`.
    pub async fn staff<P: Permission>(&self) -> Result<Option<Authorized<P>>, AppError> {
        unlocked(&self.actor)?;
        if self.actor.tenant.is_none() || !self.actor.holds(P::CODE) {
            return Ok(None);
        }
        let tenant = serving(&self.actor)?.clone();
        sign_in_is_complete(&self.actor)?;
        let tx = tx::tenant(&self.app, Arc::new(tenant), self.facts.origin());
        Ok(Some(Authorized::over(tx, Arc::clone(&self.actor))))
    }

    /// The same on the platform's side, for super-admins.
    ///
    /// # Errors
    /// As [`PlatformAuthorized`] refuses who holds `P`.
    pub async fn operator<P: Permission>(&self) -> Result<Option<PlatformAuthorized<P>>, AppError> {
        unlocked(&self.actor)?;
        if !self.actor.super_admin || !self.actor.holds(P::CODE) {
            return Ok(None);
        }
        sign_in_is_complete(&self.actor)?;
        let tx = tx::platform(&self.app, self.facts.origin());
        Ok(Some(PlatformAuthorized::over(tx, Arc::clone(&self.actor))))
    }

    fn of(actor: Arc<Actor>, parts: &Parts, app: &App) -> Result<Self, AppError> {
        // A hospital that is stopped stops its people here too; super-admins have none.
        if let Some(tenant) = &actor.tenant
            && matches!(tenant.status, TenantStatus::Suspended | TenantStatus::Inactive)
        {
            serving(&actor)?;
        }
        Ok(Self { app: app.clone(), actor, facts: Arc::clone(facts(parts)?) })
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let actor = authenticate(parts, app).await?;
        Self::of(actor, parts, app)
    }
}

impl OperationInput for SignedIn {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        openapi::add_security(operation, None);
        document(operation);
    }
}

/// Anybody with a live session, even while its screen is locked: for the lock itself. Each use is listed in the
/// architecture test.
pub struct EvenLocked(pub SignedIn);

impl FromRequestParts<App> for EvenLocked {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let actor = recognise(parts, app).await?;
        SignedIn::of(actor, parts, app).map(Self)
    }
}

impl OperationInput for EvenLocked {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        SignedIn::operation_input(ctx, operation);
    }
}

/// Whoever is signed in, even while the screen is locked, or nobody: for signing out, which is open to everybody and
/// does more for a live session.
pub struct MaybeSignedIn(pub Option<SignedIn>);

impl FromRequestParts<App> for MaybeSignedIn {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(EvenLocked::from_request_parts(parts, app).await.ok().map(|EvenLocked(me)| me)))
    }
}

impl OperationInput for MaybeSignedIn {}
