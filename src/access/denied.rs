//! What known people tried and may not do. Written after the answer, off the request's path.

use axum::http::StatusCode;

use super::context::RequestFacts;
use crate::app::App;
use crate::kernel::ids::new_uuid;
use crate::statements;

statements! { Platform;
    INSERT(UUID, TIMESTAMPTZ, UUID, UUID, TEXT, TEXT, INT2, INET, TEXT) =
        "insert into public.denied_attempts (id, at, actor_id, tenant_id, method, route, status, ip, request_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
}

/// Record a 403 of a known actor. Losing one in a crash is acceptable, slowing the refused down is not needed.
pub(super) fn record(app: &App, facts: &RequestFacts, status: StatusCode) {
    let Some(actor) = facts.actor.get() else { return };
    if status != StatusCode::FORBIDDEN {
        return;
    }
    let app = app.clone();
    let origin = facts.origin();
    let (method, route) = (facts.method.to_string(), facts.route.clone());
    let (user, tenant) = (actor.user, actor.tenant.as_ref().map(|t| t.id));
    tokio::spawn(async move {
        let written = async {
            let now = app.clock.now();
            let (ip, request_id) = (origin.ip, origin.request_id.clone());
            let tx = super::tx::platform(&app, origin);
            let status = i16::try_from(status.as_u16()).unwrap_or(0);
            tx.execute(
                &INSERT,
                &[&new_uuid(), &now, &user, &tenant, &method, &route, &status, &ip, &request_id],
            )
            .await?;
            tx.finish().await
        };
        if let Err(error) = written.await {
            tracing::warn!(%error, "a denied attempt could not be recorded");
        }
    });
}
