//! What a prescriber orders for oxygen, and how often somebody is looked at: values, and what is wrong with what was typed.

use jiff::Timestamp;

use super::model::{OxygenOrderId, PlanId};
use crate::clinic::patients::PatientId;
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors, text};

/// The target for which the second column of oxygen saturation was made.
pub const SCALE_2: (i16, i16) = (88, 92);

/// A target of oxygen saturation, in percent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    pub low: i16,
    pub high: i16,
    pub reason: String,
}

/// The same as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OxygenOrder {
    pub id: OxygenOrderId,
    pub patient: PatientId,
    pub new: NewOrder,
    pub by: UserId,
    pub at: Timestamp,
    /// When, and by whom.
    pub ended: Option<(Timestamp, UserId)>,
}

impl OxygenOrder {
    /// Does it ask for scale 2?
    #[must_use]
    pub fn is_scale_2(&self) -> bool {
        (self.new.low, self.new.high) == SCALE_2
    }
}

impl NewOrder {
    /// Blank numbers are the target of scale 2.
    ///
    /// # Errors
    /// 422 with every field that needs attention.
    pub fn parse(low: Option<i64>, high: Option<i64>, reason: Option<&str>) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let mut percent = |field: &str, given: Option<i64>, usual: i16| {
            let number = given
                .map_or(Some(usual), |given| i16::try_from(given).ok().filter(|n| (50..=100).contains(n)));
            if number.is_none() {
                errors.add(field, "Use a whole number from 50 to 100.");
            }
            number
        };
        let (low, high) = (percent("target_low", low, SCALE_2.0), percent("target_high", high, SCALE_2.1));
        if low.zip(high).is_some_and(|(low, high)| high <= low) {
            errors.add("target_high", "The target ends above where it begins.");
        }
        let reason = text::required("reason", reason, 500, &mut errors);
        let order = low.zip(high).zip(reason).map(|((low, high), reason)| Self { low, high, reason });
        errors.finish_with(order)
    }
}

/// How often somebody is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPlan {
    pub minutes: i16,
    /// The risk that was accepted: `score::Risk` as a number.
    pub up_to_risk: i16,
    /// Less often than the score asks for.
    pub is_lower: bool,
    pub reason: Option<String>,
}

/// The same as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub id: PlanId,
    pub new: NewPlan,
    pub by: UserId,
    pub at: Timestamp,
    /// When, and by whom.
    pub ended: Option<(Timestamp, UserId)>,
}

impl Plan {
    /// Minutes until the next set: more often always holds, less often never for a higher risk than was accepted.
    #[must_use]
    pub fn minutes(&self, by_score: i64, risk: i16) -> i64 {
        let own = i64::from(self.new.minutes);
        if own <= by_score || (self.new.is_lower && risk <= self.new.up_to_risk) { own } else { by_score }
    }
}

/// Minutes and reason as typed.
///
/// # Errors
/// 422 with every field that needs attention.
pub fn parse_plan(minutes: Option<i64>, reason: Option<&str>) -> Result<(i16, Option<String>), AppError> {
    let mut errors = FieldErrors::default();
    let minutes = minutes.and_then(|given| i16::try_from(given).ok()).filter(|n| (5..=1440).contains(n));
    if minutes.is_none() {
        errors.add("interval_minutes", "Use a whole number of minutes from 5 to 1440.");
    }
    let reason = text::optional("reason", reason, 500, &mut errors).ok();
    errors.finish_with(minutes.zip(reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::new_uuid;

    #[test]
    fn a_plan_raises_always_and_lowers_only_up_to_the_risk_that_was_accepted() {
        let plan = |minutes, up_to_risk, is_lower| Plan {
            id: PlanId(new_uuid()),
            new: NewPlan { minutes, up_to_risk, is_lower, reason: None },
            by: UserId(new_uuid()),
            at: "2026-11-22T05:00:00Z".parse().unwrap(),
            ended: None,
        };
        let raised = plan(30, 0, false);
        assert_eq!((raised.minutes(720, 0), raised.minutes(60, 3), raised.minutes(15, 4)), (30, 30, 15));
        let lowered = plan(480, 1, true);
        assert_eq!(
            (lowered.minutes(240, 1), lowered.minutes(720, 0), lowered.minutes(60, 2)),
            (480, 480, 60)
        );
    }
}
