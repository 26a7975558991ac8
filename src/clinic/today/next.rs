//! Who is next: for doctors and nurses, who are here for those who wait. Each name is told as the queue tells it.

use askama::Template;
use askama::filters::HtmlSafe;

use super::Dashboard;
use crate::access::Authorized;
use crate::clinic::appointments::QueueState;
use crate::clinic::queue::{self, Board, Entry, Wanted};
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::words;

/// How many are shown.
const MOST: usize = 5;

/// One of them.
#[derive(Debug)]
struct Row {
    token: String,
    name: Name,
    /// Absent where the reader may not know who it is.
    href: Option<String>,
    /// "P-00214, Dr. Meera Kulkarni, Room 2"
    note: String,
    /// "24 min"
    wait: String,
}

/// The panel on the start page.
#[derive(Debug, Template)]
#[template(path = "clinic/today/pages/_next.html")]
pub struct NextPanel {
    rows: Vec<Row>,
    /// The whole queue.
    href: String,
    waiting: i64,
}

impl HtmlSafe for NextPanel {}

impl NextPanel {
    /// How many names it shows.
    #[must_use]
    pub fn shown(&self) -> usize {
        self.rows.len()
    }
}

fn row(entry: &Entry, board: &Board, own: bool) -> Row {
    let code = entry.person.as_ref().map(|person| person.code.clone());
    let doctor = (!own).then(|| entry.doctor_name.clone());
    let parts: Vec<String> = [code, doctor, entry.room.clone()].into_iter().flatten().collect();
    Row {
        token: entry.token.to_string(),
        name: Name::new(entry.name()),
        href: entry.person.as_ref().map(|_| format!("/appointments/{}", entry.appointment)),
        note: parts.join(", "),
        wait: format!("{} min", words::count(entry.waited_minutes(board.now))),
    }
}

/// Of a doctor's own queue, or for a nurse of all; absent for everybody else.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub(super) async fn next(tx: &Authorized<Dashboard>) -> Result<Option<NextPanel>, AppError> {
    let actor = tx.actor();
    let own = actor.works_as("DOCTOR");
    if !actor.holds("appointments:view") || !(own || actor.works_as("NURSE")) {
        return Ok(None);
    }
    let board = queue::board(tx, Wanted { department: None, doctor: own.then_some(actor.user) }).await?;
    let rows = board.in_state(QueueState::Waiting).take(MOST).map(|entry| row(entry, &board, own)).collect();
    let href = if own { format!("/queue?doctor={}", actor.user) } else { "/queue".to_owned() };
    Ok(Some(NextPanel { rows, href, waiting: board.counts.waiting }))
}
