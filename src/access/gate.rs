//! The extractors by which a handler gets a transaction. What each demands is also what OpenAPI says.

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use aide::generate::GenContext;
use aide::openapi::{Operation, Response as ResponseDoc};
use aide::{OperationInput, OperationOutput};
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::audit::Audit;
use super::caller::{authenticate, demand, facts, serving, sign_in_is_complete};
use super::context::{Origin, RequestFacts};
use super::idempotency::{self, Keyed};
use super::permission::Permission;
use super::tx::{self, PlatformTx, TenantTx};
use crate::app::App;
use crate::identity::actor::{Actor, TenantFacts};
use crate::kernel::{AppError, Problem};
use crate::web::{Outcome, StoredReply, openapi};

/// Why a handler is not called: a refusal, or the reply that this Idempotency-Key already got.
#[derive(Debug)]
pub enum Turned {
    Away(AppError),
    Replay(StoredReply),
}

impl<E: Into<AppError>> From<E> for Turned {
    fn from(error: E) -> Self {
        Self::Away(error.into())
    }
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        match self {
            Self::Away(error) => error.into_response(),
            Self::Replay(reply) => reply.into_response(),
        }
    }
}

/// Any operation may be refused or replayed: documented once, as the default response.
impl OperationOutput for Turned {
    type Inner = Self;

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, ResponseDoc)> {
        AppError::inferred_responses(ctx, operation)
    }
}

/// A member of staff who holds `P`, before any transaction: for handlers that first read a file or keep a processor
/// busy, which must not hold a connection meanwhile.
pub struct Permitted<P> {
    app: App,
    actor: Arc<Actor>,
    tenant: Arc<TenantFacts>,
    facts: Arc<RequestFacts>,
    keyed: Option<Keyed>,
    permission: PhantomData<fn() -> P>,
}

impl<P: Permission> FromRequestParts<App> for Permitted<P> {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Turned> {
        let actor = authenticate(parts, app).await?;
        let tenant = Arc::new(serving(&actor)?.clone());
        sign_in_is_complete(&actor)?;
        demand::<P>(&actor)?;
        Ok(Self {
            app: app.clone(),
            actor,
            tenant,
            facts: Arc::clone(facts(parts)?),
            keyed: parts.extensions.get().cloned(),
            permission: PhantomData,
        })
    }
}

impl<P> Permitted<P> {
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The hospital.
    #[must_use]
    pub fn hospital(&self) -> &TenantFacts {
        &self.tenant
    }

    /// The transaction. Only now is it looked at whether this Idempotency-Key already got its reply.
    ///
    /// # Errors
    /// [`Turned::Replay`], or whatever PostgreSQL answers.
    pub async fn open(self) -> Result<Authorized<P>, Turned> {
        let tx = tx::tenant(&self.app, self.tenant, self.facts.origin());
        if let Some(keyed) = &self.keyed
            && let Some(reply) =
                idempotency::check(&tx, keyed, &self.facts, &idempotency::tenant::STATEMENTS_OF_SCOPE).await?
        {
            tx.finish().await?;
            return Err(Turned::Replay(reply));
        }
        Ok(Authorized { tx, actor: self.actor, permission: PhantomData })
    }
}

impl<P: Permission> OperationInput for Permitted<P> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Authorized::<P>::operation_input(ctx, operation);
    }
}

/// The transaction of a member of staff who holds `P`, in their hospital's schema. It takes a connection with its
/// first statement, so whoever is still sending a body holds none.
pub struct Authorized<P> {
    tx: TenantTx,
    actor: Arc<Actor>,
    permission: PhantomData<fn() -> P>,
}

impl<P: Permission> FromRequestParts<App> for Authorized<P> {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Turned> {
        Permitted::from_request_parts(parts, app).await?.open().await
    }
}

impl<P> Authorized<P> {
    pub(super) fn over(tx: TenantTx, actor: Arc<Actor>) -> Self {
        Self { tx, actor, permission: PhantomData }
    }

    pub(super) fn into_tx(self) -> TenantTx {
        self.tx
    }

    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// See [`Tx::commit`](super::Tx::commit).
    ///
    /// # Errors
    /// Whatever PostgreSQL answers; nothing was kept then.
    pub async fn commit<O: Outcome>(self, audit: Audit, outcome: O) -> Result<O, AppError> {
        self.tx.commit(audit, outcome).await
    }

    /// The same after a change of what people of this hospital may do, or of what they are called: every instance is told
    /// in the same transaction and asks again, so it holds within a second.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers; nothing was kept then.
    pub async fn commit_and_announce<O: Outcome>(self, audit: Audit, outcome: O) -> Result<O, AppError> {
        super::bridge::commit_and_announce(self.tx, audit, outcome).await
    }
}

impl<P> Deref for Authorized<P> {
    type Target = TenantTx;
    fn deref(&self) -> &TenantTx {
        &self.tx
    }
}

impl<P: Permission> OperationInput for Authorized<P> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        openapi::add_security(operation, Some(P::CODE));
        document(operation);
    }
}

/// The transaction of a super-admin who holds `P`, on the platform's tables.
pub struct PlatformAuthorized<P> {
    tx: PlatformTx,
    actor: Arc<Actor>,
    permission: PhantomData<fn() -> P>,
}

impl<P: Permission> FromRequestParts<App> for PlatformAuthorized<P> {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Turned> {
        let actor = authenticate(parts, app).await?;
        if !actor.super_admin {
            return Err(Problem::forbidden(
                "auth.super_admin_required",
                "Only a super-admin of the platform may do this.",
            )
            .into());
        }
        sign_in_is_complete(&actor)?;
        demand::<P>(&actor)?;
        let facts = facts(parts)?;
        let tx = tx::platform(app, facts.origin());
        if let Some(keyed) = parts.extensions.get::<Keyed>()
            && let Some(reply) =
                idempotency::check(&tx, keyed, facts, &idempotency::platform::STATEMENTS_OF_SCOPE).await?
        {
            tx.finish().await?;
            return Err(Turned::Replay(reply));
        }
        Ok(Self::over(tx, actor))
    }
}

impl<P> PlatformAuthorized<P> {
    pub(super) fn over(tx: PlatformTx, actor: Arc<Actor>) -> Self {
        Self { tx, actor, permission: PhantomData }
    }

    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// See [`Tx::commit`](super::Tx::commit).
    ///
    /// # Errors
    /// Whatever PostgreSQL answers; nothing was kept then.
    pub async fn commit<O: Outcome>(self, audit: Audit, outcome: O) -> Result<O, AppError> {
        self.tx.commit(audit, outcome).await
    }
}

impl<P> Deref for PlatformAuthorized<P> {
    type Target = PlatformTx;
    fn deref(&self) -> &PlatformTx {
        &self.tx
    }
}

impl<P: Permission> OperationInput for PlatformAuthorized<P> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        openapi::add_security(operation, Some(P::CODE));
        operation.extensions.insert("x-platform".to_owned(), true.into());
        document(operation);
    }
}

/// For the few answers that both sides get: a member of staff who holds `S`, or a super-admin who holds `P`.
pub enum EitherSide<S, P> {
    Staff(Authorized<S>),
    Operator(PlatformAuthorized<P>),
}

impl<S: Permission, P: Permission> FromRequestParts<App> for EitherSide<S, P> {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Turned> {
        if authenticate(parts, app).await?.super_admin {
            return PlatformAuthorized::from_request_parts(parts, app).await.map(Self::Operator);
        }
        Authorized::from_request_parts(parts, app).await.map(Self::Staff)
    }
}

impl<S: Permission, P: Permission> OperationInput for EitherSide<S, P> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Authorized::<S>::operation_input(ctx, operation);
        operation.extensions.insert("x-operators-too".to_owned(), true.into());
    }
}

pub(super) fn document(operation: &mut Operation) {
    openapi::add_problem(operation, StatusCode::UNAUTHORIZED);
    openapi::add_problem(operation, StatusCode::FORBIDDEN);
    openapi::add_problem(operation, StatusCode::SERVICE_UNAVAILABLE);
}

/// Nobody has to be signed in. What it may do, the handler decides; each use is listed in the architecture test.
pub struct Public {
    pub app: App,
    pub facts: Arc<RequestFacts>,
}

impl Public {
    /// A transaction on the platform's tables.
    ///
    /// # Errors
    /// When no connection gets free in time.
    pub async fn platform(&self) -> Result<PlatformTx, AppError> {
        tx::platform(&self.app, self.origin()).taken().await
    }

    #[must_use]
    pub fn origin(&self) -> Origin {
        self.facts.origin()
    }
}

impl FromRequestParts<App> for Public {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        Ok(Self { app: app.clone(), facts: Arc::clone(facts(parts)?) })
    }
}

impl OperationInput for Public {}
