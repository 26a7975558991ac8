//! The list of a day on paper: a sheet for each doctor under the hospital's letterhead, for when there is no screen.
//!
//! What the list keeps from somebody, the paper keeps from them too; practice is on neither.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use jiff::Zoned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::parts::{any_day, badge, user_from};
use super::plan::{shifted, start_of};
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::appointments::model::{Appointment, Kind as Sort};
use crate::clinic::appointments::{self, View};
use crate::clinic::departments::DepartmentId;
use crate::clinic::{patients, profile};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::layout::*;
use crate::web::{Page, Query, words};

/// One visit.
struct Line {
    time: String,
    token: Option<String>,
    patient: Name,
    code: String,
    is_open: bool,
    /// "Walk-in", "Follow-up"; blank: booked.
    kind: &'static str,
    reason: Option<String>,
    status: Badge,
}

impl Line {
    fn new(one: &Appointment, now: &Zoned) -> Self {
        Self {
            time: words::clock(&one.scheduled_at.to_zoned(now.time_zone().clone())),
            token: one.token.as_ref().map(ToString::to_string),
            patient: Name::new(one.names.patient.clone()),
            code: one.names.patient_code.clone(),
            is_open: one.is_open(),
            kind: if one.kind == Sort::Booked { "" } else { one.kind.word() },
            reason: one.reason.clone(),
            status: badge(one),
        }
    }
}

/// A doctor's day.
struct Sheet {
    doctor: String,
    lines: Vec<Line>,
}

impl Sheet {
    fn counted(&self) -> String {
        words::counted(i64::try_from(self.lines.len()).unwrap_or(i64::MAX), "visit", "visits")
    }
}

/// `GET /appointments/paper`
#[derive(Template)]
#[template(path = "clinic/appointments/pages/paper.html")]
struct PaperPage {
    shell: Shell,
    /// "Friday, 27 Nov 2026"
    day: String,
    /// The plan of the day.
    plan: String,
    house: String,
    /// Below the name: the letterhead, or address and phone.
    letterhead: Vec<String>,
    footer: Option<String>,
    sheets: Vec<Sheet>,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct PaperQuery {
    /// `2026-03-14`; today if left out.
    date: String,
    /// Blank: all.
    department: String,
    /// Blank: all.
    doctor: String,
}

/// `GET /appointments/paper`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Query(query): Query<PaperQuery>,
) -> Result<Response, AppError> {
    let now = patients::hospital_now(&tx);
    let date = any_day(&query.date, &now);
    let department: Option<DepartmentId> = query.department.trim().parse().ok();
    let doctor = user_from(&query.doctor);
    let (from, until) = (start_of(date, &now)?, start_of(shifted(date, 1), &now)?);
    let mut found =
        appointments::between(&tx, doctor.as_ref().map(std::slice::from_ref), from, until).await?;
    found.retain(|one| !one.names.is_practice && department.is_none_or(|wanted| wanted == one.department));
    let settings = profile::settings_of(&tx).await?;
    let facts = tx.hospital();
    let letterhead = if settings.letterhead.is_empty() {
        [&facts.address, &facts.contact_phone].into_iter().flatten().cloned().collect()
    } else {
        settings.letterhead
    };
    let heading = date.to_zoned(now.time_zone().clone()).map_err(AppError::internal)?;
    let department = department.map(|id| format!("&department={id}")).unwrap_or_default();
    let page = PaperPage {
        shell: frame.shell(tx.actor()),
        day: words::long_day(&heading),
        plan: format!("/appointments/day?date={date}{department}"),
        house: facts.name.clone(),
        letterhead,
        footer: settings.paper_footer,
        sheets: sheets(&found, &now),
    };
    Ok(tx.commit(Audit::listed("appointment", found.len()), Page(page)).await?.into_response())
}

/// By name of the doctor, each in the order of the day.
fn sheets(found: &[Appointment], now: &Zoned) -> Vec<Sheet> {
    let mut by_doctor: BTreeMap<(&str, UserId), Vec<Line>> = BTreeMap::new();
    for one in found {
        by_doctor.entry((&one.names.doctor, one.doctor)).or_default().push(Line::new(one, now));
    }
    by_doctor.into_iter().map(|((doctor, _), lines)| Sheet { doctor: doctor.to_owned(), lines }).collect()
}
