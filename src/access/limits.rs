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

/// What a request is counted for. Every route says it here, and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counted {
    /// For nobody: it costs nothing, and a page or a watchman needs it when everything else is too much.
    Never,
    /// For its address, in an account of its own: what asks whether we are ready.
    Probe,
    /// For its address before anything is done, and for the person as soon as it is known who asks.
    Always,
    /// By its handler, for the person, where it costs something ([`count`]); for the address where nobody is let in. Every
    /// page that somebody sees asks this all the time: answered from memory it counts for nobody, so that many pages
    /// leave enough for what people do.
    ByItself,
}

impl Counted {
    fn of(route: &str) -> Self {
        match route {
            "/assets/{file}" | "/health" | "/api/v1/auth/health" | "/api/v1/tenants/health" => Self::Never,
            "/ready" => Self::Probe,
            "/escalations/bell" => Self::ByItself,
            _ => Self::Always,
        }
    }
}

/// Middleware, inside of `establish`: refuse an address that asks too often, and tell API clients what is left.
pub async fn brake(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(facts) = request.extensions().get::<Arc<RequestFacts>>().cloned() else {
        return next.run(request).await;
    };
    let how = Counted::of(&facts.route);
    let before = match how {
        Counted::Never | Counted::ByItself => None,
        Counted::Probe => app.throttles.probe_from(facts.ip),
        Counted::Always => app.throttles.request_from(facts.ip),
    };
    let (of_address, allowed) = before.map_or((None, Ok(())), |(left, allowed)| (Some(left), allowed));
    let (mut is_refused, mut response) = match allowed {
        Ok(()) => (false, next.run(request).await),
        Err(problem) => (true, problem.into_response()),
    };
    if how == Counted::ByItself
        && facts.actor.get().is_none()
        && let Some((_, Err(problem))) = app.throttles.request_from(facts.ip)
    {
        (is_refused, response) = (true, problem.into_response());
    }
    // A person is told of their own limit only: the address's also tells how busy its other people are.
    if (facts.route.starts_with("/api/") || is_refused)
        && let Some(left) = facts.left.get().copied().or(of_address)
    {
        tell(&mut response, left);
    }
    response
}

/// Count this request of a known person, if its route is counted always.
pub(super) fn of_person(app: &App, facts: &RequestFacts, actor: &Actor) -> Result<(), Problem> {
    if Counted::of(&facts.route) == Counted::ByItself {
        return Ok(());
    }
    let Some((left, allowed)) = app.throttles.request_of(actor.user) else { return Ok(()) };
    let _ = facts.left.set(left);
    allowed
}

/// Count a request of this person whose route is counted by itself, before it does what costs something.
///
/// # Errors
/// 429 with Retry-After.
pub fn count(app: &App, actor: &Actor) -> Result<(), Problem> {
    app.throttles.request_of(actor.user).map_or(Ok(()), |(_, allowed)| allowed)
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
