//! What is known about a request before anybody is asked who they are.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

use crate::app::App;
use crate::identity::actor::Actor;
use crate::identity::client_ip;
use crate::identity::throttle::Left;
use crate::kernel::ids::TenantId;
use crate::kernel::manner;
use crate::web::RequestId;
use crate::web::layers::OfTenant;

/// Facts of one request, shared by the gate, the audit and the layers. An extension of the request.
#[derive(Debug)]
pub struct RequestFacts {
    pub request_id: String,
    pub method: Method,
    /// The route's template, never the path with its ids.
    pub route: String,
    pub ip: IpAddr,
    pub user_agent: Option<String>,
    /// Set by the gate as soon as it knows.
    pub actor: OnceLock<Arc<Actor>>,
    /// Set when this person's request was counted.
    pub left: OnceLock<Left>,
}

/// Who is behind a transaction: what each audit row says.
#[derive(Debug, Clone)]
pub struct Origin {
    pub actor_id: Option<Uuid>,
    /// The person, with their rights; none behind a task.
    pub person: Option<Arc<Actor>>,
    pub tenant: Option<TenantId>,
    /// Method and route, or the name of the job or command.
    pub action: String,
    pub ip: Option<IpAddr>,
    pub request_id: Option<String>,
}

impl RequestFacts {
    /// The origin of this request's transaction.
    #[must_use]
    pub fn origin(&self) -> Origin {
        let actor = self.actor.get();
        Origin {
            actor_id: actor.map(|a| a.user.0),
            person: actor.cloned(),
            tenant: actor.and_then(|a| a.tenant.as_ref()).map(|t| t.id),
            action: format!("{} {}", self.method, self.route),
            ip: Some(self.ip),
            request_id: Some(self.request_id.clone()),
        }
    }
}

/// Middleware: note the facts, and afterwards record a refusal if a known person was refused.
pub async fn establish(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::from([127, 0, 0, 1]), |c| c.0.ip());
    let headers = request.headers();
    let facts = Arc::new(RequestFacts {
        request_id: request
            .extensions()
            .get::<RequestId>()
            .map(|id| id.as_str().to_owned())
            .unwrap_or_default(),
        method: request.method().clone(),
        route: request
            .extensions()
            .get::<MatchedPath>()
            .map_or_else(|| "unmatched".to_owned(), |m| m.as_str().to_owned()),
        ip: client_ip(headers, peer, app.config.trusted_proxies),
        user_agent: text(headers, header::USER_AGENT.as_str()).map(|ua| ua.chars().take(400).collect()),
        actor: OnceLock::new(),
        left: OnceLock::new(),
    });
    request.extensions_mut().insert(Arc::clone(&facts));
    let mut response = manner::per_request(next.run(request)).await;
    if let Some(tenant) = facts.actor.get().and_then(|actor| actor.tenant.as_ref()) {
        response.extensions_mut().insert(OfTenant(tenant.id));
    }
    super::denied::record(&app, &facts, response.status());
    response
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned)
}
