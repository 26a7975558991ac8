//! `/queue`: the board. It asks for itself every few seconds, and is answered only when something has changed.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::parts::{Choices, Whose};
use crate::access::{Audit, Authorized, Frame, Permission as _, TenantTx};
use crate::clinic::appointments::{Move, Priority, QueueState, View};
use crate::clinic::patients;
use crate::clinic::queue::model::{Board, Entry, RULES, Wanted};
use crate::clinic::queue::{self, WalkIn};
use crate::identity::actor::Actor;
use crate::kernel::{AppError, Problem};
use crate::web::layout::*;
use crate::web::{NoContent, Page, Query, words};

/// From here on somebody waits long.
const LONG_MINUTES: i64 = 60;

/// One patient of the board.
struct Row {
    /// Of the appointment; part of ids and addresses.
    id: String,
    token: String,
    /// "Private" where the reader may not know.
    name: Name,
    /// `/appointments/{id}`, where the reader may know who it is.
    href: Option<String>,
    code: Option<String>,
    doctor: String,
    room: Option<String>,
    /// `24 min`
    wait: String,
    waits_long: bool,
    badges: Vec<Badge>,
    note: Option<String>,
    /// The next one of the doctor.
    is_next: bool,
}

impl Row {
    fn new(entry: &Entry, board: &Board) -> Self {
        let minutes = entry.waited_minutes(board.now);
        let mut badges = Vec::new();
        match entry.priority {
            Priority::Emergency => badges.push(Badge::new(Kind::Danger, Icon("urgent"), "Emergency")),
            Priority::Priority => badges.push(Badge::new(Kind::Warn, Icon("flag"), "Priority")),
            Priority::Routine => {}
        }
        if entry.is_late {
            badges.push(Badge::new(Kind::Warn, Icon("clock"), "Came late: by arrival"));
        }
        let known = entry.person.as_ref();
        Self {
            id: entry.appointment.to_string(),
            token: entry.token.to_string(),
            name: Name::new(entry.name()),
            href: known.map(|_| format!("/appointments/{}", entry.appointment)),
            code: known.map(|person| person.code.clone()),
            doctor: entry.doctor_name.clone(),
            room: entry.room.clone(),
            wait: format!("{} min", words::count(minutes)),
            waits_long: entry.state == QueueState::Waiting && minutes >= LONG_MINUTES,
            badges,
            note: entry.priority_reason.clone().filter(|_| known.is_some()),
            is_next: entry.position == Some(1),
        }
    }
}

/// The part that changes.
#[derive(Template)]
#[template(path = "clinic/queue/pages/_board.html")]
pub(super) struct BoardPart {
    /// Where it asks for itself: `/queue?department=…&doctor=…&seen=…`.
    href: String,
    wanted: Wanted,
    tiles: Tiles,
    waiting: Vec<Row>,
    called: Vec<Row>,
    with_doctor: Vec<Row>,
    skipped: Vec<Row>,
    done: Vec<Row>,
    is_cut: bool,
    may_move: bool,
    may_walk_in: bool,
    /// What was just done, read out.
    said: Option<String>,
    fault: Option<String>,
}

impl HtmlSafe for BoardPart {}

impl BoardPart {
    fn new(board: &Board, wanted: Wanted, reader: Option<&Actor>) -> Self {
        let holds = |code: &str| reader.is_none_or(|reader| reader.holds(code));
        let rows = |state: QueueState| board.in_state(state).map(|entry| Row::new(entry, board)).collect();
        let mut done: Vec<Row> = rows(QueueState::Done);
        done.extend(board.in_state(QueueState::Left).map(|entry| {
            let mut row = Row::new(entry, board);
            row.badges.push(Badge::new(Kind::Neutral, Icon("walk"), "Left"));
            row
        }));
        Self {
            href: format!("/queue?{}&seen={}", Whose::query(wanted), fingerprint(board)),
            wanted,
            tiles: tiles(board),
            waiting: rows(QueueState::Waiting),
            called: rows(QueueState::Called),
            with_doctor: rows(QueueState::WithDoctor),
            skipped: rows(QueueState::Skipped),
            done,
            is_cut: board.is_cut(),
            may_move: holds(Move::CODE),
            may_walk_in: holds(WalkIn::CODE),
            said: None,
            fault: None,
        }
    }

    pub(super) fn said(self, said: Option<String>) -> Self {
        Self { said, ..self }
    }

    pub(super) fn refused(self, problem: &Problem) -> Self {
        let sentence = match problem.errors.as_slice() {
            [first, ..] if problem.code == "validation_failed" => first.message.clone(),
            _ => problem.detail.clone().into_owned(),
        };
        Self { fault: Some(sentence), ..self }
    }

    fn department(&self) -> String {
        self.wanted.department.map(|id| id.to_string()).unwrap_or_default()
    }

    fn doctor(&self) -> String {
        self.wanted.doctor.map(|id| id.to_string()).unwrap_or_default()
    }

    fn can_call(&self) -> bool {
        self.may_move && self.wanted != Wanted::default()
    }

    fn empty(&self) -> Empty {
        Empty {
            icon: Icon("users-group"),
            title: "Nobody is in the queue".to_owned(),
            text: "Whoever is checked in or walks in today appears here with a token.".to_owned(),
            act: Some(("/walk-ins/new", "Walk-in")).filter(|_| self.may_walk_in),
        }
    }

    fn is_empty(&self) -> bool {
        [&self.waiting, &self.called, &self.with_doctor, &self.skipped, &self.done]
            .iter()
            .all(|rows| rows.is_empty())
    }
}

fn tiles(board: &Board) -> Tiles {
    let counts = board.counts;
    let number = |n: i64| words::count(n);
    let waiting = Tile::new(Icon("door-enter"), "Waiting", number(counts.waiting));
    let waiting = match board.longest_wait() {
        None => waiting.note("nobody"),
        Some(minutes) => {
            let tile = waiting.note(format!("longest {} min", words::count(minutes)));
            if minutes >= LONG_MINUTES { tile.warns() } else { tile }
        }
    };
    Tiles(vec![
        waiting,
        Tile::new(Icon("speakerphone"), "Called", number(counts.called)),
        Tile::new(Icon("stethoscope"), "With doctor", number(counts.with_doctor)),
        Tile::new(Icon("player-skip-forward"), "Skipped", number(counts.skipped)),
        Tile::new(Icon("check"), "Done", number(counts.done)).note(words::counted(
            counts.left,
            "left unseen",
            "left unseen",
        )),
    ])
}

/// Says whether anything of what is shown has changed.
fn fingerprint(board: &Board) -> String {
    let mut hasher = DefaultHasher::new();
    for entry in &board.entries {
        (entry.appointment, entry.state, entry.position, entry.priority, entry.called_at).hash(&mut hasher);
        (entry.waited_minutes(board.now), entry.name(), &entry.room).hash(&mut hasher);
    }
    format!("{:x}", hasher.finish())
}

/// `GET /queue`
#[derive(Template)]
#[template(path = "clinic/queue/pages/board.html")]
struct BoardPage {
    shell: Shell,
    form: FormState,
    /// "Thursday, 26 Nov 2026"
    date: String,
    departments: Vec<Choice>,
    doctors: Vec<Choice>,
    /// Link to the own queue, for a doctor who looks at another one.
    mine: Option<String>,
    screen: String,
    may_walk_in: bool,
    part: BoardPart,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct BoardQuery {
    department: String,
    doctor: String,
    /// What the reader sees already.
    seen: String,
}

/// `GET /queue`; for htmx the part alone, and nothing where it has not changed.
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Query(query): Query<BoardQuery>,
) -> Result<Response, AppError> {
    let whose = Whose { department: query.department, doctor: query.doctor };
    let wanted = whose.wanted();
    let board = queue::board(&tx, wanted).await?;
    // What was seen before was recorded then.
    if frame.htmx && query.seen == fingerprint(&board) {
        return Ok(NoContent.into_response());
    }
    let audit = Audit::listed("appointment", board.entries.len());
    let part = BoardPart::new(&board, wanted, tx.person());
    if frame.htmx {
        return Ok(tx.commit(audit, Page(part)).await?.into_response());
    }
    let choices = Choices::read(&tx).await?;
    let me = tx.actor();
    let page = BoardPage {
        shell: frame.shell(me),
        form: FormState::new().with("department", part.department()).with("doctor", part.doctor()),
        date: words::long_day(&patients::hospital_now(&tx)),
        departments: choices.departments(),
        doctors: choices.doctors(),
        mine: (super::is_doctor(me) && wanted.doctor != Some(me.user))
            .then(|| format!("/queue?doctor={}", me.user)),
        screen: format!("/queue/screen?{}", Whose::query(wanted)),
        may_walk_in: part.may_walk_in,
        part,
    };
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}

/// The part as it is after a move, or after one that was refused.
pub(super) async fn part(tx: &TenantTx, wanted: Wanted) -> Result<(BoardPart, usize), AppError> {
    let board = queue::board(tx, wanted).await?;
    Ok((BoardPart::new(&board, wanted, tx.person()), board.entries.len()))
}
