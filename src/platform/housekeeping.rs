//! Forgetting what has expired, in small bites: the platform's every hour, each hospital's once a day.

use crate::access::Module;
use crate::access::{self, SystemTask};
use crate::app::App;
use crate::identity::actor::TenantFacts;
use crate::kernel::AppError;
use crate::statements;

const TASK: SystemTask = SystemTask("housekeeping");

statements! { Platform;
    KEYS() = "delete from public.idempotency_keys where ctid = any (array(
                select ctid from public.idempotency_keys where created_at < now() - interval '24 hours' limit 10000))";
    /// Sessions end for good a month after they expired; their refresh tokens go with them.
    SESSIONS() = "delete from public.sessions where ctid = any (array(
                select ctid from public.sessions where expires_at < now() - interval '30 days' limit 10000))";
    /// Nobody types a code that long after the password.
    CHALLENGES() = "delete from public.mfa_challenges where ctid = any (array(
                select ctid from public.mfa_challenges where expires_at < now() - interval '1 day' limit 10000))";
    TOKENS() = "delete from public.single_use_tokens where expires_at < now() - interval '30 days'";
    /// Answered within seconds; what is left was given up by its job.
    REQUESTS() = "delete from public.mail_requests where asked_at < now() - interval '1 day'";
    FAILED_SIGN_INS() = "select public.forget_failed_sign_ins()::text";
}

mod of_hospital {
    crate::statements! { Tenant;
        /// `$1` at most: no transaction of ours is long, whatever has piled up.
        KEYS(INT8) = "delete from idempotency_keys where ctid = any (array(
                    select ctid from idempotency_keys where created_at < now() - interval '24 hours' limit $1))";
    }
}

/// Keys forgotten in one transaction.
const BITE: i64 = 1000;
/// Transactions for one hospital in one round: one that has more goes on tomorrow and holds up nobody.
const BITES: usize = 50;

/// One round through all hospitals, each in short transactions of its own. One that fails does not keep the others
/// waiting. How many keys were forgotten.
///
/// # Errors
/// When the list of hospitals cannot be read.
pub async fn hospitals(app: &App) -> Result<u64, AppError> {
    let failed = "a hospital's old idempotency keys could not be forgotten";
    let forgotten = access::each_hospital(app, TASK, failed, |hospital| keys_of(app, hospital)).await?;
    Ok(forgotten.into_iter().sum())
}

async fn keys_of(app: &App, hospital: TenantFacts) -> Result<u64, AppError> {
    let mut forgotten = 0;
    for _ in 0..BITES {
        let tx = access::system_tenant(app, TASK, hospital.clone()).await?;
        let keys = tx.execute(&of_hospital::KEYS, &[&BITE]).await?;
        tx.done().await?;
        forgotten += keys;
        if keys < BITE.unsigned_abs() {
            break;
        }
    }
    Ok(forgotten)
}

/// One round for the platform.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn run(app: &App) -> Result<(), AppError> {
    let tx = access::system_platform(app, TASK).await?;
    for statement in [&KEYS, &SESSIONS, &CHALLENGES, &TOKENS, &REQUESTS, &FAILED_SIGN_INS] {
        tx.execute(statement, &[]).await?;
    }
    tx.done().await
}

/// This capability, for the registry.
pub const MODULE: Module =
    Module { statements: &[STATEMENTS, of_hospital::STATEMENTS], ..Module::named("housekeeping") };
