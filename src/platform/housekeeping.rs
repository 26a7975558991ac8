//! Forgetting what has expired. Runs hourly as a job, in small bites.

use crate::access::Module;
use crate::access::{self, SystemTask};
use crate::app::App;
use crate::kernel::AppError;
use crate::statements;

statements! { Platform;
    KEYS() = "delete from public.idempotency_keys where ctid = any (array(
                select ctid from public.idempotency_keys where created_at < now() - interval '24 hours' limit 10000))";
    /// Sessions end for good a month after they expired; their refresh tokens go with them.
    SESSIONS() = "delete from public.sessions where ctid = any (array(
                select ctid from public.sessions where expires_at < now() - interval '30 days' limit 10000))";
    TOKENS() = "delete from public.single_use_tokens where expires_at < now() - interval '30 days'";
}

/// One round.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn run(app: &App) -> Result<(), AppError> {
    let tx = access::system_platform(app, SystemTask("housekeeping")).await?;
    for statement in [&KEYS, &SESSIONS, &TOKENS] {
        tx.execute(statement, &[]).await?;
    }
    tx.done().await
}

/// This capability, for the registry.
pub const MODULE: Module = Module { statements: &[STATEMENTS], ..Module::named("housekeeping") };
