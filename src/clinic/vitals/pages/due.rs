//! Whose next vital signs are due, and whose are overdue.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use jiff::Zoned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::queue::{Who, elapsed};
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::patients::{self, Sight};
use crate::clinic::vitals::View;
use crate::clinic::vitals::domain::due::{self, AHEAD};
use crate::clinic::vitals::waiting::Due;
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::{Page, Query};

/// Somebody to come back to.
struct Row {
    who: Who,
    due: When,
    /// "12 min", if the time is past.
    overdue: Option<String>,
    taken: When,
    /// "NEWS2 6"; blank where there is none or it is withheld.
    score: String,
    is_red: bool,
    /// The form.
    href: String,
}

impl Row {
    fn of(line: &Due, sight: Sight, now: &Zoned) -> Self {
        let visit = line.appointment.map_or_else(String::new, |id| format!("?appointment_id={id}"));
        let is_open = sight == Sight::Whole;
        Self {
            href: format!("/patients/{}/vitals/new{visit}", line.person.id),
            who: Who::of(&line.person, sight),
            due: When::exactly(line.due_at, now),
            overdue: line.overdue(now.timestamp()).map(|since| elapsed(since.as_mins())),
            taken: When::exactly(line.taken_at, now),
            score: line.total.filter(|_| is_open).map_or_else(String::new, |total| format!("NEWS2 {total}")),
            is_red: is_open && (line.single_red || line.total.is_some_and(|total| total >= 5)),
        }
    }
}

/// `GET /vitals/due`
#[derive(Template)]
#[template(path = "clinic/vitals/pages/due.html")]
struct DuePage {
    shell: Shell,
    rows: Vec<Row>,
    only_overdue: bool,
    may_record: bool,
}

impl DuePage {
    fn facts(&self) -> String {
        let overdue = self.rows.iter().filter(|row| row.overdue.is_some()).count();
        match (self.rows.len(), overdue) {
            (0, _) => "Nobody is due within the hour.".to_owned(),
            (all, 0) => format!("{all} due within the hour, none overdue."),
            (all, overdue) => format!("{all} due within the hour, {overdue} of them overdue."),
        }
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Narrowing {
    /// `overdue`; any other word is all who are due within the hour.
    state: String,
}

/// `GET /vitals/due`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Query(query): Query<Narrowing>,
) -> Result<Response, AppError> {
    let now = patients::hospital_now(&tx);
    let only_overdue = query.state == "overdue";
    let until = match only_overdue {
        true => tx.now(),
        false => tx.now().checked_add(AHEAD).map_err(AppError::internal)?,
    };
    let found = due::due(&tx, until).await?;
    let page = DuePage {
        shell: frame.shell(tx.actor()),
        rows: found.iter().map(|(line, sight)| Row::of(line, *sight, &now)).collect(),
        only_overdue,
        may_record: tx.actor().holds("vitals:record"),
    };
    Ok(tx.commit(Audit::listed("patient", page.rows.len()), Page(page)).await?.into_response())
}
