//! Filters as they come in an address: the same for programs and for pages. Days are those of UTC.

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use super::model::WantedEvents;
use crate::clinic::patients::Period;
use crate::kernel::ids::{TenantId, UserId};
use crate::kernel::paging::PageRequest;
use crate::kernel::{FieldErrors, text};
use crate::web::deeds;

/// What the platform's audit can be narrowed by.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct PlatformTrailQuery {
    /// First day (UTC) or instant.
    pub from: Option<String>,
    /// Last day (UTC) or instant.
    pub to: Option<String>,
    /// About this hospital or its people, or by them.
    #[schemars(with = "Option<TenantId>")]
    pub tenant_id: Option<String>,
    /// Who did it.
    #[schemars(with = "Option<UserId>")]
    pub actor_id: Option<String>,
    /// A kind of act, `looks`, `changes`, `files` or `access`, or one verb, for example `suspended`.
    pub kind: Option<String>,
    /// Method and route, for example `PATCH /api/v1/platform/tenants/{id}/suspend`.
    pub action: Option<String>,
    /// From 1.
    #[schemars(with = "Option<i64>")]
    pub page: Option<String>,
    /// 1 to 500; 50 if left out.
    #[schemars(with = "Option<i64>")]
    pub page_size: Option<String>,
}

/// Longest text of a filter, in characters.
const MAX: usize = 300;

impl PlatformTrailQuery {
    /// Everything but the page.
    pub(super) fn wanted(&self, errors: &mut FieldErrors) -> WantedEvents {
        let period = (self.from.as_deref(), self.to.as_deref());
        WantedEvents {
            period: Period::parse(("from", "to"), period, &TimeZone::UTC, errors),
            hospital: text::id("tenant_id", self.tenant_id.as_deref(), errors).map(TenantId),
            actor: text::id("actor_id", self.actor_id.as_deref(), errors).map(UserId),
            action: text::optional("action", self.action.as_deref(), MAX, errors).ok().flatten(),
            kinds: text::optional("kind", self.kind.as_deref(), MAX, errors)
                .ok()
                .flatten()
                .map(deeds::verbs_of),
        }
    }

    /// The page that is wanted; the first one where that is not understood, which is told in the errors.
    pub(super) fn page(&self, usual: i64, errors: &mut FieldErrors) -> PageRequest {
        PageRequest::typed(self.page.as_deref(), self.page_size.as_deref(), usual, errors)
    }
}
