//! `Idempotency-Key`: the same request sent twice has one effect and the same reply.
//!
//! The key's row is written first in the act's own transaction, so a second request with the key waits for the first
//! one's end, and a rolled-back act leaves no key behind. Kept for 24 hours.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use tokio_postgres::Row;
use uuid::Uuid;

use super::context::RequestFacts;
use super::tx::Tx;
use crate::db::{Scope, Stmt};
use crate::kernel::{AppError, Problem};
use crate::web::layers::BodyLimit;
use crate::web::{FileDigest, Outcome, StoredReply, is_multipart};

const HEADER: &str = "idempotency-key";
const MAX_KEY: usize = 200;

/// Key and hash of the request.
#[derive(Debug, Clone)]
pub(super) struct Keyed {
    key: String,
    /// Begun with the path.
    hash: Sha256,
    /// A form with a file is hashed by who reads it, in bounded memory. Any other body is in the hash already.
    file: Option<FileDigest>,
}

impl Keyed {
    /// `None`: a file was sent to who reads none.
    fn hash(&self) -> Option<Vec<u8>> {
        let mut hash = self.hash.clone();
        if let Some(file) = &self.file {
            hash.update(file.get()?);
        }
        Some(hash.finalize().to_vec())
    }
}

/// A key whose reply is still to be stored.
#[derive(Debug)]
pub(super) struct Pending {
    actor: Uuid,
    route: String,
    key: String,
}

/// Middleware: hash the body of a POST or PATCH that carries a key, before it is consumed.
pub async fn hash_body(request: Request, next: Next) -> Response {
    if ![Method::POST, Method::PATCH].contains(request.method()) {
        return next.run(request).await;
    }
    let Some(key) = request.headers().get(HEADER).map(HeaderValue::to_str) else {
        return next.run(request).await;
    };
    let key = match key {
        Ok(key) if (1..=MAX_KEY).contains(&key.len()) => key.to_owned(),
        _ => {
            return Problem::bad_request(
                "idempotency.invalid_key",
                "The Idempotency-Key must have 1 to 200 plain characters.",
            )
            .into_response();
        }
    };
    let limit = request.extensions().get::<BodyLimit>().map_or(2 * 1024 * 1024, |limit| limit.0);
    let (mut parts, body) = request.into_parts();
    let mut hash = Sha256::new();
    hash.update(parts.uri.path_and_query().map_or("", |p| p.as_str()));
    hash.update([0]);
    if is_multipart(&parts.headers) {
        let file = FileDigest::default();
        parts.extensions.insert(file.clone());
        parts.extensions.insert(Keyed { key, hash, file: Some(file) });
        return next.run(Request::from_parts(parts, body)).await;
    }
    let Ok(bytes) = to_bytes(body, limit).await else {
        return Problem::new(
            axum::http::StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "The request is too large.",
        )
        .into_response();
    };
    hash.update(&bytes);
    parts.extensions.insert(Keyed { key, hash, file: None });
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

/// Either the request is new (and its reply will be stored on commit), or here is the stored reply.
pub(super) async fn check<S: Scope>(
    tx: &Tx<S>,
    keyed: &Keyed,
    facts: &RequestFacts,
    statements: &Statements<S>,
) -> Result<Option<StoredReply>, AppError> {
    let Some(actor) = tx.origin().actor_id else { return Ok(None) };
    let Some(hash) = keyed.hash() else {
        return Err(Problem::new(
            axum::http::StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "The body is not of a type that is read here.",
        )
        .into());
    };
    let route = format!("{} {}", facts.method, facts.route);
    let begun = tx.execute(statements.begin, &[&actor, &route, &keyed.key, &hash]).await?;
    if begun == 1 {
        let pending = Pending { actor, route, key: keyed.key.clone() };
        *tx.core.pending.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(pending);
        return Ok(None);
    }
    let row = tx.row(statements.find, &[&actor, &route, &keyed.key]).await?;
    if row.get::<_, Vec<u8>>("body_hash") != hash {
        return Err(Problem::new(
            axum::http::StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency.key_reused",
            "This Idempotency-Key was already used with another request.",
        )
        .into());
    }
    Ok(Some(reply_of(&row)))
}

fn reply_of(row: &Row) -> StoredReply {
    let headers: Option<serde_json::Value> = row.get("headers");
    StoredReply {
        status: row.get::<_, Option<i16>>("status").and_then(|s| u16::try_from(s).ok()).unwrap_or(200),
        content_type: row.get::<_, Option<String>>("content_type").unwrap_or_default(),
        headers: headers.and_then(|h| serde_json::from_value(h).ok()).unwrap_or_default(),
        body: row.get::<_, Option<Vec<u8>>>("body").unwrap_or_default(),
        withheld: row.get("withheld"),
    }
}

impl Pending {
    /// Store the reply beside its key, in the act's transaction.
    pub(super) async fn store<S: Scope, O: Outcome>(
        self,
        tx: &Tx<S>,
        store: &Stmt<S>,
        outcome: &O,
    ) -> Result<(), AppError> {
        // An outcome that is not kept (a page) is told once, like a secret.
        let reply = outcome.stored();
        let withheld = reply.as_ref().is_none_or(|r| r.withheld);
        let status = reply.as_ref().and_then(|r| i16::try_from(r.status).ok());
        let content_type = reply.as_ref().map(|r| r.content_type.clone());
        let headers = reply.as_ref().and_then(|r| serde_json::to_value(&r.headers).ok());
        let body = reply.map(|r| r.body);
        tx.execute(
            store,
            &[&self.actor, &self.route, &self.key, &status, &content_type, &headers, &body, &withheld],
        )
        .await?;
        Ok(())
    }
}

/// The two statements of one scope.
pub(super) struct Statements<S: Scope> {
    begin: &'static Stmt<S>,
    find: &'static Stmt<S>,
}

macro_rules! scoped {
    ($module:ident, $scope:ident, $table:literal) => {
        pub(super) mod $module {
            use crate::db::$scope;
            crate::statements! { $scope;
                /// No row if another request has taken the key; waits while that one is under way. A key older than a
                /// day is free again.
                BEGIN(UUID, TEXT, TEXT, BYTEA) = concat!(
                    "insert into ", $table, " as k (actor_id, route, key, body_hash) values ($1, $2, $3, $4)
                     on conflict (actor_id, route, key) do update
                        set body_hash = excluded.body_hash, status = null, content_type = null, headers = null, body = null,
                            withheld = false, created_at = now()
                      where k.created_at < now() - interval '24 hours'");
                FIND(UUID, TEXT, TEXT) = concat!(
                    "select body_hash, status, content_type, headers, body, withheld from ", $table,
                    " where actor_id = $1 and route = $2 and key = $3");
                STORE(UUID, TEXT, TEXT, INT2, TEXT, JSONB, BYTEA, BOOL) = concat!(
                    "update ", $table, " set status = $4, content_type = $5, headers = $6, body = $7, withheld = $8
                      where actor_id = $1 and route = $2 and key = $3");
            }
            pub(in crate::access) const STATEMENTS_OF_SCOPE: super::Statements<$scope> =
                super::Statements { begin: &BEGIN, find: &FIND };
        }
    };
}
scoped!(tenant, Tenant, "idempotency_keys");
scoped!(platform, Platform, "public.idempotency_keys");
