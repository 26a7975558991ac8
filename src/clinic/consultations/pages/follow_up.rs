//! When the visit after this one could be: asked for each choice, booked when this one is completed.

use askama::Template;
use askama::filters::HtmlSafe;
use jiff::Zoned;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::access::{Audit, Authorized, Frame};
use crate::clinic::appointments::{self, AppointmentError, Proposal};
use crate::clinic::encounters::{self, EncounterId, Record};
use crate::clinic::patients;
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::{Page, Path, Query, words};

/// Weeks that are offered.
const WEEKS: [(&str, &str); 6] = [
    ("", "No follow-up"),
    ("1", "In 1 week"),
    ("2", "In 2 weeks"),
    ("4", "In 4 weeks"),
    ("6", "In 6 weeks"),
    ("12", "In 12 weeks"),
];

/// `_follow_up.html`: `#fu-when`.
#[derive(Template)]
#[template(path = "clinic/consultations/pages/_follow_up.html")]
pub(super) struct FollowUpPart {
    /// `/consultations/{id}/follow-up`
    pub action: String,
    /// "Wed 9 Dec 2026, 10:30"
    when: Option<String>,
    /// What is booked.
    at: String,
    /// Why it is not the time that is wanted, or why there is none.
    why: Option<String>,
}

impl HtmlSafe for FollowUpPart {}

impl FollowUpPart {
    pub(super) fn none_yet(href: &str) -> Self {
        Self { action: format!("{href}/follow-up"), when: None, at: String::new(), why: None }
    }

    pub(super) fn choices() -> Vec<Choice> {
        WEEKS.map(|(value, label)| Choice::new(value, label)).into()
    }

    fn of(href: &str, proposal: &Proposal, now: &Zoned) -> Self {
        let at = proposal.scheduled_at.to_zoned(now.time_zone().clone());
        Self {
            when: Some(format!("{}, {}", words::long_day(&at), words::clock(&at))),
            at: proposal.scheduled_at.to_string(),
            why: proposal.why.clone(),
            ..Self::none_yet(href)
        }
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Wanted {
    /// Blank: none.
    weeks: String,
}

/// `GET /consultations/{encounter_id}/follow-up`
pub(super) async fn propose(
    tx: Authorized<Record>,
    _frame: Frame,
    Path(id): Path<EncounterId>,
    Query(query): Query<Wanted>,
) -> Result<Page<FollowUpPart>, AppError> {
    let (encounter, patient) = encounters::show(&tx, id).await?;
    patients::also::<appointments::View>(&tx)?;
    let href = format!("/consultations/{id}");
    let now = patients::hospital_now(&tx);
    let weeks: Option<i64> = query.weeks.trim().parse().ok();
    let part = match (weeks, encounter.appointment) {
        (Some(weeks), Some(visit)) => {
            let visit = appointments::show(&tx, visit).await?;
            match appointments::propose(&tx, &visit, weeks).await {
                Ok(proposal) => FollowUpPart::of(&href, &proposal, &now),
                Err(AppError::Problem(problem)) => {
                    FollowUpPart { why: Some(problem.detail.into_owned()), ..FollowUpPart::none_yet(&href) }
                }
                Err(other) => return Err(other),
            }
        }
        (Some(_), None) => {
            FollowUpPart { why: Some(AppointmentError::NotSeen.to_string()), ..FollowUpPart::none_yet(&href) }
        }
        (None, _) => FollowUpPart::none_yet(&href),
    };
    let audit = Audit::viewed(id).with(json!({ "patient_id": patient.id, "part": "follow_up" }));
    tx.commit(audit, Page(part)).await
}
