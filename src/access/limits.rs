//! How often anybody may ask: an address before it is known who asks, a person afterwards.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::context::RequestFacts;
use crate::app::App;
use crate::identity::actor::Actor;
use crate::identity::throttle::Left;
use crate::kernel::Problem;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Routes that cost nothing, and that a page or a watchman needs when everything else is too much.
const FREE: [&str; 4] = ["/assets/{file}", "/health", "/api/v1/auth/health", "/api/v1/tenants/health"];

/// What every page that somebody sees asks all the time, and what is answered from memory: it counts for nobody who is
/// signed in, so that many pages leave enough for what people do.
const BELL: &str = "/escalations/bell";

/// Middleware, inside of `establish`: refuse an address that asks too often, and tell API clients what is left.
pub async fn brake(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(facts) = request.extensions().get::<Arc<RequestFacts>>().cloned() else {
        return next.run(request).await;
    };
    let counted = match facts.route.as_str() {
        free if free == BELL || FREE.contains(&free) => None,
        "/ready" => app.throttles.probe_from(facts.ip),
        _ => app.throttles.request_from(facts.ip),
    };
    let (of_address, allowed) = counted.map_or((None, Ok(())), |(left, allowed)| (Some(left), allowed));
    let mut is_refused = allowed.is_err();
    let mut response = match allowed {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    if facts.route == BELL
        && facts.actor.get().is_none()
        && let Some((_, Err(problem))) = app.throttles.request_from(facts.ip)
    {
        is_refused = true;
        response = problem.into_response();
    }
    // A person is told of their own limit only: the address's also tells how busy its other people are.
    if (facts.route.starts_with("/api/") || is_refused)
        && let Some(left) = facts.left.get().copied().or(of_address)
    {
        tell(&mut response, left);
    }
    response
}

/// Count this request of a known person.
pub(super) fn of_person(app: &App, facts: &RequestFacts, actor: &Actor) -> Result<(), Problem> {
    if facts.route == BELL {
        return Ok(());
    }
    let Some((left, allowed)) = app.throttles.request_of(actor.user) else { return Ok(()) };
    let _ = facts.left.set(left);
    allowed
}

/// As draft-ietf-httpapi-ratelimit-headers has it.
fn tell(response: &mut Response, left: Left) {
    let Left { limit, per_minute, remaining } = left;
    let policy = HeaderValue::try_from(format!("\"{limit}\";q={per_minute};w=60"));
    let now = HeaderValue::try_from(format!("\"{limit}\";r={remaining}"));
    if let (Ok(policy), Ok(now)) = (policy, now) {
        response.headers_mut().insert(RATE_LIMIT_POLICY, policy);
        response.headers_mut().insert(RATE_LIMIT, now);
    }
}
