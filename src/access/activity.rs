//! When somebody of a hospital was last seen, for the operators' console. Noted once in a few minutes for each hospital,
//! off the request's path.

use super::system::SystemTask;
use crate::app::App;
use crate::identity::actor::TenantFacts;
use crate::statements;

const TASK: SystemTask = SystemTask("note activity");

statements! { Platform;
    NOTE(UUID, TIMESTAMPTZ) =
        "insert into public.tenant_activity as a (tenant_id, last_active_at) values ($1, $2)
         on conflict (tenant_id) do update set last_active_at = greatest(a.last_active_at, excluded.last_active_at)";
}

/// Somebody of this hospital asks for something. Losing a note in a crash is acceptable.
pub(super) fn note(app: &App, hospital: &TenantFacts) {
    if !app.seen.is_due(hospital.id) {
        return;
    }
    let (app, id) = (app.clone(), hospital.id);
    tokio::spawn(async move {
        let written = async {
            let tx = super::tx::platform(&app, TASK.origin());
            tx.execute(&NOTE, &[&id, &app.clock.now()]).await?;
            tx.finish_loosely().await
        };
        if let Err(error) = written.await {
            app.seen.forget(id);
            tracing::warn!(%error, "a hospital's activity could not be noted");
        }
    });
}
