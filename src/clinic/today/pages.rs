//! The start page of staff: what happened today, and the next act.

use askama::Template;

use crate::clinic::patients::pages::PatientRow;
use crate::web::layout::*;
use crate::web::words;

/// `GET /today`
#[derive(Debug, Template)]
#[template(path = "clinic/today/pages/today.html")]
pub struct TodayPage {
    pub shell: Shell,
    /// [`words::long_day`] of the hospital: "Sunday, 22 Nov 2026".
    pub date: String,
    /// Absent for people who may not see patients.
    pub patients: Option<TodayPatients>,
    pub can_register: bool,
}

#[derive(Debug)]
pub struct TodayPatients {
    pub registered_today: i64,
    /// The same weekday's usual number would compare better; until there is history, yesterday.
    pub registered_yesterday: i64,
    pub total: i64,
    /// How many the hospital may register, if that is limited.
    pub limit: Option<i64>,
    /// Registered last, at most 8, newest first.
    pub latest: Vec<PatientRow>,
}
