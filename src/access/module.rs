//! What a capability tells the house about itself.

use aide::axum::ApiRouter;

use super::permission::PermissionInfo;
use crate::app::{App, ChecklistLine};
use crate::db::StmtInfo;
use crate::kernel::Code;
use crate::web::nav::{ActEntry, NavEntry, RecordLink};
use crate::web::openapi::Chapter;

/// One capability.
#[derive(Clone, Copy)]
pub struct Module {
    /// The folder's name.
    pub name: &'static str,
    pub permissions: &'static [PermissionInfo],
    pub statements: &'static [&'static [&'static StmtInfo]],
    /// `CODES` of each of its errors that has a `problem!`.
    pub problems: &'static [&'static [Code]],
    /// Where the API reference tells of its operations.
    pub docs: Option<Chapter>,
    /// JSON operations, below `/api/v1`.
    pub api: Option<fn() -> ApiRouter<App>>,
    /// HTML pages, at the root.
    pub pages: Option<fn() -> ApiRouter<App>>,
    pub nav: &'static [NavEntry],
    /// What it offers on a patient's record.
    pub record: &'static [RecordLink],
    /// What a new hospital does here once.
    pub checklist: &'static [ChecklistLine],
    /// What the palette offers.
    pub acts: &'static [ActEntry],
}

impl Module {
    /// A capability of which nothing is known yet but its name.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            permissions: &[],
            statements: &[],
            problems: &[],
            docs: None,
            api: None,
            pages: None,
            nav: &[],
            record: &[],
            checklist: &[],
            acts: &[],
        }
    }
}
