//! Filters as they come in an address: the same for programs and for pages.

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::model::{Wanted, WantedAttempts};
use crate::clinic::patients::{PatientId, Period};
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::kernel::{FieldErrors, text};
use crate::web::deeds;

/// What the audit can be narrowed by.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct TrailQuery {
    /// First day of the hospital, or instant.
    pub from: Option<String>,
    /// Last day of the hospital, or instant.
    pub to: Option<String>,
    /// Who did it.
    #[schemars(with = "Option<UserId>")]
    pub actor_id: Option<String>,
    /// A kind of act, `looks`, `changes`, `files` or `access`, or one verb, for example `viewed`.
    pub kind: Option<String>,
    /// Method and route, for example `GET /api/v1/patients/{patient_id}`.
    pub action: Option<String>,
    /// Kind of thing, for example `patient`.
    pub entity: Option<String>,
    /// Id of the thing; `entity` has to be there too.
    #[schemars(with = "Option<Uuid>")]
    pub entity_id: Option<String>,
    /// Whatever is about this patient, and about records that became part of this one.
    #[schemars(with = "Option<PatientId>")]
    pub patient_id: Option<String>,
    /// Id of one request.
    pub request_id: Option<String>,
    /// From 1.
    #[schemars(with = "Option<i64>")]
    pub page: Option<String>,
    /// 1 to 500; 50 if left out.
    #[schemars(with = "Option<i64>")]
    pub page_size: Option<String>,
}

impl TrailQuery {
    /// Everything but the page.
    pub(super) fn wanted(&self, zone: &TimeZone, errors: &mut FieldErrors) -> Wanted {
        let period = (self.from.as_deref(), self.to.as_deref());
        let entity_id = text::id("entity_id", self.entity_id.as_deref(), errors);
        if entity_id.is_some() && self.entity.is_none() {
            errors.add("entity", "Say of which kind of thing this is the id.");
        }
        Wanted {
            period: Period::parse(("from", "to"), period, zone, errors),
            actor: text::id("actor_id", self.actor_id.as_deref(), errors).map(UserId),
            action: line("action", self.action.as_deref(), errors),
            kinds: line("kind", self.kind.as_deref(), errors).map(deeds::verbs_of),
            entity: line("entity", self.entity.as_deref(), errors),
            entity_id,
            patient: text::id("patient_id", self.patient_id.as_deref(), errors).map(PatientId),
            request_id: line("request_id", self.request_id.as_deref(), errors),
        }
    }

    pub(super) fn page(&self, size: i64, errors: &mut FieldErrors) -> PageRequest {
        PageRequest::typed(self.page.as_deref(), self.page_size.as_deref(), size, errors)
    }
}

/// What failed sign-ins and denied attempts can be narrowed by.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct AttemptsQuery {
    /// First day of the hospital, or instant.
    pub from: Option<String>,
    /// Last day of the hospital, or instant.
    pub to: Option<String>,
    /// Whose account it was.
    #[schemars(with = "Option<UserId>")]
    pub user_id: Option<String>,
    /// From 1.
    #[schemars(with = "Option<i64>")]
    pub page: Option<String>,
    /// 1 to 500; 50 if left out.
    #[schemars(with = "Option<i64>")]
    pub page_size: Option<String>,
}

impl AttemptsQuery {
    /// Everything but the page.
    pub(super) fn wanted(&self, zone: &TimeZone, errors: &mut FieldErrors) -> WantedAttempts {
        let period = (self.from.as_deref(), self.to.as_deref());
        WantedAttempts {
            period: Period::parse(("from", "to"), period, zone, errors),
            user: text::id("user_id", self.user_id.as_deref(), errors).map(UserId),
        }
    }

    pub(super) fn page(&self, size: i64, errors: &mut FieldErrors) -> PageRequest {
        PageRequest::typed(self.page.as_deref(), self.page_size.as_deref(), size, errors)
    }
}

/// Which page of what is told of one patient.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct TurnQuery {
    /// From 1.
    #[schemars(with = "Option<i64>")]
    pub page: Option<String>,
    /// 1 to 500; 50 if left out.
    #[schemars(with = "Option<i64>")]
    pub page_size: Option<String>,
}

impl TurnQuery {
    pub(super) fn page(&self, size: i64, errors: &mut FieldErrors) -> PageRequest {
        PageRequest::typed(self.page.as_deref(), self.page_size.as_deref(), size, errors)
    }
}

/// Longest text of a filter, in characters.
const MAX: usize = 300;

fn line(field: &str, typed: Option<&str>, errors: &mut FieldErrors) -> Option<String> {
    text::optional(field, typed, MAX, errors).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(query: &TrailQuery) -> usize {
        let mut errors = FieldErrors::default();
        query.wanted(&TimeZone::UTC, &mut errors);
        query.page(50, &mut errors);
        errors.len()
    }

    #[test]
    fn filters_are_read_and_all_faults_are_told() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(faults(&TrailQuery::default()), 0);
        let wrong = TrailQuery {
            from: some("yesterday"),
            actor_id: some("P-1"),
            entity_id: some("0199c3a1-52e4-7b06-9d1f-3c5e8a7b2f10"),
            page: some("x"),
            ..TrailQuery::default()
        };
        assert_eq!(faults(&wrong), 4, "an id without its kind is one of them");
        let mut errors = FieldErrors::default();
        let looks = TrailQuery { kind: some("looks"), ..TrailQuery::default() };
        let kinds = looks.wanted(&TimeZone::UTC, &mut errors).kinds.unwrap();
        assert!(kinds.contains(&"viewed".to_owned()) && !kinds.contains(&"created".to_owned()), "{kinds:?}");
        let one = TrailQuery { kind: some("merged"), ..TrailQuery::default() };
        assert_eq!(one.wanted(&TimeZone::UTC, &mut errors).kinds, Some(vec!["merged".to_owned()]));
        assert!(errors.is_empty());
    }
}
