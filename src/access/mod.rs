//! THE GATE. Nothing reaches a table but through the types of this module.
//!
//! - [`Authorized`] is the only way a handler gets a hospital's transaction, [`PlatformAuthorized`] the platform's;
//!   [`Permitted`] is the same gate for who opens it later, after a file was read.
//! - [`Tx::commit`] takes what is to be audited, so that no write goes unrecorded.
//! - A transaction that saw an error is poisoned: PostgreSQL would answer its COMMIT with success and roll back.
//! - Role and path are set inside the transaction only, so they vanish with it on commit, panic and cancellation.

mod activity;
mod audit;
mod bridge;
mod caller;
mod context;
mod core;
mod denied;
mod directory;
mod frame;
mod gate;
mod idempotency;
mod limits;
mod module;
mod permission;
mod signed_in;
mod system;
mod tx;

pub use audit::Audit;
pub use bridge::Bridge;
pub use caller::{LOCKED, authenticate, demand, may_grow};
pub use context::{Origin, RequestFacts, establish};
pub use directory::{announce, each_hospital, hospitals, listen, ring, start_of};
pub use frame::{Frame, home, public_frame, start};
pub use gate::{Authorized, EitherSide, Permitted, PlatformAuthorized, Public, Turned};
pub use idempotency::hash_body;
pub use limits::{brake, count};
pub use module::Module;
pub use permission::{PAUSED, Permission, PermissionInfo};
pub use signed_in::{EvenLocked, MaybeSignedIn, SignedIn};
pub use system::{SystemTask, SystemTx, platform as system_platform, tenant as system_tenant};
pub use tx::{PlatformTx, TenantTx, Tx, enqueue};

/// Every statement of the gate itself, for the statement test.
pub const STATEMENTS: &[&[&crate::db::StmtInfo]] = &[
    activity::STATEMENTS,
    audit::tenant::STATEMENTS,
    audit::platform::STATEMENTS,
    denied::STATEMENTS,
    directory::platform::STATEMENTS,
    directory::tenant::STATEMENTS,
    idempotency::tenant::STATEMENTS,
    idempotency::platform::STATEMENTS,
    system::STATEMENTS,
    tx::platform::STATEMENTS,
];
