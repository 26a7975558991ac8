//! THE REGISTRY: every capability of HMS, in dependency order. Adding one is one folder and one line here.
//!
//! Router, OpenAPI, navigation, the statement test and the authorization sweep read this list.

use aide::axum::ApiRouter;

use crate::access::{self, PermissionInfo};
use crate::app::App;
use crate::db::StmtInfo;
use crate::web::nav::NavEntry;
use crate::{clinic, platform};

/// One capability.
#[derive(Clone, Copy)]
pub struct Module {
    /// The folder's name.
    pub name: &'static str,
    pub permissions: &'static [PermissionInfo],
    pub statements: &'static [&'static [&'static StmtInfo]],
    /// JSON operations, below `/api/v1`.
    pub api: Option<fn() -> ApiRouter<App>>,
    /// HTML pages, at the root.
    pub pages: Option<fn() -> ApiRouter<App>>,
    pub nav: &'static [NavEntry],
}

impl Module {
    /// A capability of which nothing is known yet but its name.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self { name, permissions: &[], statements: &[], api: None, pages: None, nav: &[] }
    }
}

/// In dependency order: a capability uses only public items of those above it.
pub const MODULES: &[Module] = &[
    Module { statements: access::STATEMENTS, ..Module::named("access") },
    platform::housekeeping::MODULE,
    platform::messages::MODULE,
    platform::sessions::MODULE,
    clinic::departments::MODULE,
    clinic::roles::MODULE,
    clinic::staff::MODULE,
    platform::signup::MODULE,
    platform::hospitals::MODULE,
    clinic::patients::MODULE,
];
