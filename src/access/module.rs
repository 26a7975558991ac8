//! What a capability tells the house about itself.

use aide::axum::ApiRouter;

use super::permission::PermissionInfo;
use crate::app::{App, ChecklistLine};
use crate::db::StmtInfo;
use crate::web::nav::{NavEntry, RecordLink};

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
    /// What it offers on a patient's record.
    pub record: &'static [RecordLink],
    /// What a new hospital does here once.
    pub checklist: &'static [ChecklistLine],
}

impl Module {
    /// A capability of which nothing is known yet but its name.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            permissions: &[],
            statements: &[],
            api: None,
            pages: None,
            nav: &[],
            record: &[],
            checklist: &[],
        }
    }
}
