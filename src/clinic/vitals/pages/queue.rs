//! Who waits for the first vital signs of a visit.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use jiff::Zoned;

use crate::access::{Audit, Authorized, Frame};
use crate::clinic::patients::{self, NOT_YOURS, RESTRICTED, Sight};
use crate::clinic::vitals::View;
use crate::clinic::vitals::domain::due;
use crate::clinic::vitals::waiting::{Person, Waiting};
use crate::kernel::AppError;
use crate::web::Page;
use crate::web::layout::*;
use crate::web::words;

/// A patient in a line, as far as the reader may know.
pub(super) struct Who {
    /// `/patients/{id}`
    pub href: String,
    pub name: Name,
    pub code: String,
    pub is_open: bool,
}

impl Who {
    pub(super) fn of(person: &Person, sight: Sight) -> Self {
        let name = match sight {
            Sight::Whole => person.name.as_str(),
            Sight::Withheld | Sight::Hidden => RESTRICTED,
            Sight::NotYours => NOT_YOURS,
        };
        Self {
            href: format!("/patients/{}", person.id),
            name: Name::new(name),
            code: person.code.clone(),
            is_open: sight == Sight::Whole,
        }
    }
}

/// Somebody who waits.
struct Row {
    who: Who,
    token: Option<String>,
    doctor: String,
    priority: Option<Badge>,
    arrived: When,
    waiting: String,
    /// The form for this visit.
    href: String,
}

/// "12 min", "1 h 05 min": elapsed, whatever the clocks did.
pub(super) fn elapsed(minutes: i64) -> String {
    match minutes.max(0) {
        minutes @ 0..60 => format!("{minutes} min"),
        minutes => format!("{} h {:02} min", minutes / 60, minutes % 60),
    }
}

impl Row {
    fn of(line: &Waiting, sight: Sight, now: &Zoned) -> Self {
        Self {
            href: format!(
                "/patients/{}/vitals/new?appointment_id={}&from=queue",
                line.person.id, line.appointment
            ),
            who: Who::of(&line.person, sight),
            token: line.token.clone(),
            doctor: line.doctor.clone(),
            priority: match line.priority.as_str() {
                "EMERGENCY" => Some(Badge::new(Kind::Danger, Icon("alert-octagon"), "Emergency")),
                "PRIORITY" => Some(Badge::new(Kind::Warn, Icon("arrow-up"), "Priority")),
                _ => None,
            },
            arrived: When::exactly(line.since, now),
            waiting: elapsed(line.since.duration_until(now.timestamp()).as_mins()),
        }
    }
}

/// `GET /vitals/queue`
#[derive(Template)]
#[template(path = "clinic/vitals/pages/queue.html")]
struct QueuePage {
    shell: Shell,
    rows: Vec<Row>,
    may_record: bool,
}

impl QueuePage {
    fn facts(&self) -> String {
        match self.rows.first() {
            Some(_) => {
                let count = i64::try_from(self.rows.len()).unwrap_or(i64::MAX);
                format!(
                    "{} without vital signs for this visit.",
                    words::counted(count, "patient", "patients")
                )
            }
            None => "Everybody who arrived has been seen.".to_owned(),
        }
    }
}

/// `GET /vitals/queue`
pub(super) async fn show(tx: Authorized<View>, frame: Frame) -> Result<Response, AppError> {
    let now = patients::hospital_now(&tx);
    let waiting = due::queue(&tx).await?;
    let page = QueuePage {
        shell: frame.shell(tx.actor()),
        rows: waiting.iter().map(|(line, sight)| Row::of(line, *sight, &now)).collect(),
        may_record: tx.actor().holds("vitals:record"),
    };
    Ok(tx.commit(Audit::listed("patient", page.rows.len()), Page(page)).await?.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_told_in_minutes_and_hours() {
        assert_eq!(
            [0, 59, 60, 125, -3].map(elapsed),
            ["0 min", "59 min", "1 h 00 min", "2 h 05 min", "0 min"]
        );
    }
}
