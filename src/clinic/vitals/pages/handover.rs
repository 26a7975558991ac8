//! The hand-over sheet: situation, background, assessment and recommendation of everybody who is there, to read and to
//! print with room for the nurse's own words.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use jiff::Zoned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::parts::{Scored, Value, absences, values};
use super::queue::{Who, elapsed};
use crate::access::{Authorized, Frame, TenantTx};
use crate::clinic::departments::{self, DepartmentId, Wanted};
use crate::clinic::patients::pages::written_birth;
use crate::clinic::patients::{self, Sight};
use crate::clinic::vitals::api::audit_of_handover;
use crate::clinic::vitals::domain::{asked, handover};
use crate::clinic::vitals::handover::{Line, Visit, is_fresh};
use crate::clinic::vitals::tables::Tables;
use crate::clinic::vitals::{View, asked_at};
use crate::kernel::AppError;
use crate::kernel::paging::PageRequest;
use crate::web::layout::*;
use crate::web::{Page, Query, words};

/// Somebody who is handed over.
struct Row {
    who: Who,
    /// "14 Mar 1990, female"; blank where it is withheld.
    born: String,
    department: Option<String>,
    /// "with the doctor, Dr. Rao, C-014"
    visit: String,
    arrived: Option<When>,
    reason: Option<String>,
    /// "Emergency team, since 10:41"
    alarm: Option<(&'static str, When)>,
    score: Option<Scored>,
    /// "2, 4, 6: rising"
    trend: Option<String>,
    /// `None`: nobody has asked.
    allergies: Option<String>,
    conditions: Option<String>,
    taken: Option<When>,
    values: Vec<Value>,
    absent: Option<String>,
    due: Option<When>,
    /// "12 min", if the time is past.
    overdue: Option<String>,
}

/// "with the doctor, Dr. Rao, C-014"
fn visit_in_short(visit: &Visit) -> String {
    let status = visit.status.map(|status| words::capital(status.said()));
    let parts = [status, visit.doctor.clone(), visit.token.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

impl Row {
    fn of(line: &Line, sight: Sight, tables: &Tables, now: &Zoned) -> Self {
        let is_open = sight == Sight::Whole;
        let visit = line.visit.as_ref().filter(|_| is_open);
        let latest = line.sets.first();
        // What a set of weeks ago was scored as says nothing of now.
        let fresh = latest.filter(|set| is_fresh(set, now.timestamp()));
        let totals: Vec<String> = line.totals().iter().map(|(_, total)| total.to_string()).collect();
        let sex = words::sex(line.person.gender.as_deref().unwrap_or_default()).0;
        Self {
            who: Who::of(&line.person, sight),
            born: if is_open { format!("{}, {sex}", written_birth(&line.birth)) } else { String::new() },
            department: line.department.clone(),
            visit: visit.map(visit_in_short).unwrap_or_default(),
            arrived: visit.and_then(|visit| visit.since).map(|since| When::exactly(since, now).inline()),
            reason: visit.and_then(|visit| visit.reason.clone()),
            alarm: line.alarm.map(|(level, at)| (asked_at(level), When::exactly(at, now).inline())),
            score: fresh.map(|set| Scored::of(&set.score, &tables.response)),
            trend: line
                .trend()
                .filter(|_| fresh.is_some())
                .map(|trend| format!("{}: {}", totals.join(", "), trend.word())),
            allergies: line.allergies.clone().filter(|_| is_open),
            conditions: line.conditions.clone().filter(|_| is_open),
            taken: latest.map(|set| When::exactly(set.recorded_at, now)),
            values: latest.map(values).unwrap_or_default(),
            absent: latest.and_then(absences),
            due: line.due_at.map(|due| When::exactly(due, now)),
            overdue: line.overdue_minutes(now.timestamp()).map(elapsed),
        }
    }
}

/// `GET /vitals/handover`
#[derive(Template)]
#[template(path = "clinic/vitals/pages/handover.html")]
struct HandoverPage {
    shell: Shell,
    form: FormState,
    departments: Vec<Choice>,
    /// The one that was chosen.
    department: Option<String>,
    rows: Vec<Row>,
    is_cut: bool,
}

impl HandoverPage {
    fn title(&self) -> String {
        match &self.department {
            Some(name) => format!("Hand-over, {name}"),
            None => "Hand-over".to_owned(),
        }
    }

    fn facts(&self) -> String {
        let count = i64::try_from(self.rows.len()).unwrap_or(i64::MAX);
        let alarms = self.rows.iter().filter(|row| row.alarm.is_some()).count();
        let overdue = self.rows.iter().filter(|row| row.overdue.is_some()).count();
        match count {
            0 => "Nobody is here now.".to_owned(),
            count => format!(
                "{} here now: {alarms} with an open alarm, {overdue} overdue.",
                words::counted(count, "patient", "patients")
            ),
        }
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Narrowing {
    /// What is no id is all departments.
    department_id: String,
}

/// `GET /vitals/handover`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Query(query): Query<Narrowing>,
) -> Result<Response, AppError> {
    let now = patients::hospital_now(&tx);
    let chosen: Option<DepartmentId> = query.department_id.parse().ok();
    let sheet = handover::sheet(&tx, chosen).await?;
    let tables = asked::tables(&tx).await?;
    let audit = audit_of_handover(&sheet.lines);
    let page = HandoverPage {
        shell: frame.shell(tx.actor()),
        form: FormState::new().with_some("department_id", chosen.map(|id| id.to_string())),
        departments: choices(&tx).await?,
        rows: sheet.lines.iter().map(|(line, sight)| Row::of(line, *sight, &tables, &now)).collect(),
        department: sheet.department,
        is_cut: sheet.is_cut,
    };
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}

async fn choices(tx: &TenantTx) -> Result<Vec<Choice>, AppError> {
    let wanted = Wanted { for_staff: None, for_patients: Some(true) };
    let found = departments::list(tx, wanted, PageRequest { page: 1, page_size: 500 }).await?;
    let all = std::iter::once(Choice::new("", "All departments"));
    Ok(all.chain(found.items.into_iter().map(|one| Choice::new(one.id.to_string(), one.name))).collect())
}
