//! Limits of a hospital. The contract's clients send them in the query; a JSON body can lift one with `null`.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::{HospitalView, shown};
use crate::access::PlatformAuthorized;
use crate::kernel::ids::TenantId;
use crate::kernel::{AppError, FieldErrors};
use crate::platform::hospitals::{self, Limit, Limits, Manage, raise_hours};
use crate::web::{IfMatch, OptionalJson, Path, Query, Reply};

pub(super) const CODES: &[&str] = &[
    "hospitals.max_users_below_use",
    "hospitals.max_patients_below_use",
    "hospitals.not_a_raise",
    "precondition_failed",
];
pub(super) const ABOUT: &str = "In the query or in a body; what is in neither stays as it is. `null` in the body lifts a \
                                limit. None is set below what the hospital has already. Its administrators have a mail \
                                when 80 and 95 per cent of one are used. With `hours` the numbers are a raise: above \
                                the limits for so long, then these hold again by themselves. Setting a limit ends \
                                its raise.";

/// New limits.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct LimitsQuery {
    /// From 1.
    max_users: Option<i64>,
    /// From 1.
    max_patients: Option<i64>,
    /// 1 to 168: a raise for so long, and then back by itself.
    hours: Option<i64>,
}

/// New limits; `null` lifts one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct ChangeLimits {
    /// From 1; null is no limit.
    #[serde(default, deserialize_with = "told")]
    #[schemars(with = "Option<i64>")]
    max_users: Option<Option<i64>>,
    /// From 1; null is no limit.
    #[serde(default, deserialize_with = "told")]
    #[schemars(with = "Option<i64>")]
    max_patients: Option<Option<i64>>,
    /// 1 to 168: a raise for so long, and then back by itself.
    hours: Option<i64>,
}

/// What is there is told, also if it is `null`.
fn told<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<i64>>, D::Error> {
    Option::deserialize(value).map(Some)
}

fn limit(field: &str, query: Option<i64>, body: Option<Option<i64>>, errors: &mut FieldErrors) -> Limit {
    match (query, body) {
        (Some(_), Some(_)) => {
            errors.add(field, "Say it once: in the query or in the body.");
            Limit::Kept
        }
        (None, Some(None)) => Limit::Lifted,
        (number, None) | (None, Some(number)) => Limit::given(field, number, errors),
    }
}

pub(super) async fn set(
    tx: PlatformAuthorized<Manage>,
    Path(id): Path<TenantId>,
    Query(query): Query<LimitsQuery>,
    IfMatch(seen): IfMatch,
    OptionalJson(body): OptionalJson<ChangeLimits>,
) -> Result<Reply<HospitalView>, AppError> {
    let body = body.unwrap_or_default();
    let mut errors = FieldErrors::default();
    if query.hours.is_some() && body.hours.is_some() {
        errors.add("hours", "Say it once: in the query or in the body.");
    }
    let hours = query.hours.or(body.hours);
    let limits = Limits {
        users: limit("max_users", query.max_users, body.max_users, &mut errors),
        patients: limit("max_patients", query.max_patients, body.max_patients, &mut errors),
        hours: raise_hours(hours, &mut errors),
    };
    limits.check(&mut errors);
    errors.finish()?;
    let (hospital, audit) = hospitals::set_limits(&tx, id, seen, limits).await?;
    tx.commit(audit, shown(hospital)).await
}
