//! Today's consultations of whoever asks: who waits, who is here, who was seen; and notes that are not signed yet.

use askama::Template;
use jiff::Timestamp;

use super::parts::at;
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::appointments::{self, Appointment, Status};
use crate::clinic::encounters::Record;
use crate::clinic::notes;
use crate::clinic::patients::{self, Viewer};
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::{Page, words};

/// One visit of the day.
struct Line {
    /// `/appointments/{id}/consultation`
    action: String,
    time: String,
    name: Name,
    code: String,
    patient_href: String,
    token: Option<String>,
    reason: Option<String>,
    status: Badge,
    /// "Open", "Start", "Look"
    act: &'static str,
    may_open: bool,
    is_next: bool,
}

/// A note that is not signed yet.
struct Draft {
    href: String,
    about: When,
    saved: When,
}

/// `GET /consultations`
#[derive(Template)]
#[template(path = "clinic/consultations/pages/today.html")]
pub(super) struct TodayPage {
    shell: Shell,
    day: String,
    waiting: Vec<Line>,
    others: Vec<Line>,
    drafts: Vec<Draft>,
}

impl TodayPage {
    fn facts(&self) -> String {
        let count = |lines: &[Line]| i64::try_from(lines.len()).unwrap_or(i64::MAX);
        let all = count(&self.waiting) + count(&self.others);
        format!(
            "{}. {} of them, {} still to see.",
            self.day,
            words::counted(all, "visit", "visits"),
            words::count(count(&self.waiting))
        )
    }
}

/// With the doctor first, then who waits in the order of the tokens' times, then who is expected.
fn turn(appointment: &Appointment) -> (u8, Timestamp) {
    let rank = match appointment.status {
        Status::InConsultation => 0,
        Status::CheckedIn => 1,
        Status::Scheduled => 2,
        Status::Completed => 3,
        Status::NoShow | Status::Cancelled => 4,
    };
    (rank, appointment.queued_at.filter(|_| rank == 1).unwrap_or(appointment.scheduled_at))
}

fn badge(status: Status) -> Badge {
    match status {
        Status::Scheduled => Badge::new(Kind::Neutral, Icon("calendar-event"), "Expected"),
        Status::CheckedIn => Badge::new(Kind::Info, Icon("clock"), "Waiting"),
        Status::InConsultation => Badge::new(Kind::Active, Icon("stethoscope"), "With you"),
        Status::Completed => Badge::new(Kind::Ok, Icon("check"), "Seen"),
        Status::NoShow => Badge::new(Kind::Warn, Icon("user-x"), "Did not come"),
        Status::Cancelled => Badge::new(Kind::Neutral, Icon("x"), "Cancelled"),
    }
}

/// `GET /consultations`
pub(super) async fn show(tx: Authorized<Record>, frame: Frame) -> Result<Page<TodayPage>, AppError> {
    let now = patients::hospital_now(&tx);
    let from = now.start_of_day().map_err(AppError::internal)?;
    let until = from.tomorrow().map_err(AppError::internal)?;
    let me = Viewer::of(&tx).user;
    let mut found = appointments::of_doctor(&tx, me, from.timestamp(), until.timestamp()).await?;
    found.sort_by_key(turn);
    let first = found.iter().find(|a| matches!(a.status, Status::InConsultation | Status::CheckedIn));
    let next = first.map(|appointment| appointment.id);
    let line = |appointment: &Appointment| Line {
        action: format!("/appointments/{}/consultation", appointment.id),
        time: words::clock(&appointment.scheduled_at.to_zoned(now.time_zone().clone())),
        name: Name::new(appointment.names.patient.clone()),
        code: appointment.names.patient_code.clone(),
        patient_href: format!("/patients/{}", appointment.patient),
        token: appointment.token.as_ref().map(ToString::to_string),
        reason: appointment.reason.clone(),
        status: badge(appointment.status),
        act: match appointment.status {
            Status::Scheduled | Status::CheckedIn => "Start",
            _ => "Open",
        },
        may_open: !matches!(appointment.status, Status::NoShow | Status::Cancelled),
        is_next: next == Some(appointment.id),
    };
    let (waiting, others): (Vec<&Appointment>, Vec<&Appointment>) =
        found.iter().partition(|appointment| turn(appointment).0 < 3);
    let drafts = notes::drafts(&tx).await?;
    let page = TodayPage {
        shell: frame.shell(tx.actor()),
        day: words::long_day(&now),
        waiting: waiting.into_iter().map(line).collect(),
        others: others.into_iter().map(line).collect(),
        drafts: drafts
            .iter()
            .map(|note| Draft {
                href: format!("/consultations/{}", note.encounter),
                about: at(note.about, &now).inline(),
                saved: at(note.saved_at, &now).inline(),
            })
            .collect(),
    };
    tx.commit(Audit::listed("appointment", found.len()), Page(page)).await
}
