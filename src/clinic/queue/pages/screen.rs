//! `/queue/screen`: what hangs on the wall of the waiting room. Tokens and rooms, nobody's name.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::parts::Whose;
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::appointments::View;
use crate::clinic::patients;
use crate::clinic::queue;
use crate::clinic::queue::model::{Call, Screen, Wanted};
use crate::kernel::AppError;
use crate::web::{NoContent, Page, Query, words};

/// So many of those who wait are named.
const NEXT: usize = 12;
/// A call is new for so long.
const NEW_SECONDS: i64 = 20;

/// One token.
struct Line {
    token: String,
    room: Option<String>,
    is_new: bool,
}

/// The part that changes.
#[derive(Template)]
#[template(path = "clinic/queue/pages/_screen.html")]
struct ScreenPart {
    /// `/queue/screen?…&seen=…&since=…`
    href: String,
    clock: String,
    calls: Vec<Line>,
    with_doctor: Vec<Line>,
    next: Vec<String>,
    waiting: i64,
    /// Who was called since the reader asked last.
    said: Option<String>,
}

impl HtmlSafe for ScreenPart {}

impl ScreenPart {
    fn new(screen: &Screen, wanted: Wanted, since: Option<i64>, clock: String) -> Self {
        let now = screen.now.as_second();
        let called = |call: &Call| call.called_at.map_or(0, |at| at.as_second());
        let line = |call: &Call| Line {
            token: call.token.clone(),
            room: call.room.clone(),
            is_new: now - called(call) < NEW_SECONDS,
        };
        let fresh: Vec<String> = screen
            .calls
            .iter()
            .filter(|call| since.is_some_and(|since| called(call) >= since))
            .map(|call| match &call.room {
                Some(room) => format!("{}, {room}", call.token),
                None => call.token.clone(),
            })
            .collect();
        Self {
            href: format!(
                "/queue/screen?{}&seen={}&since={now}",
                Whose::query(wanted),
                fingerprint(screen, &clock)
            ),
            clock,
            calls: screen.calls.iter().map(line).collect(),
            with_doctor: screen.with_doctor.iter().map(|call| Line { is_new: false, ..line(call) }).collect(),
            next: screen.next.iter().take(NEXT).map(|call| call.token.clone()).collect(),
            waiting: screen.waiting,
            said: (!fresh.is_empty()).then(|| format!("Called: {}", fresh.join("; "))),
        }
    }
}

/// Says whether anything of what is shown has changed.
fn fingerprint(screen: &Screen, clock: &str) -> String {
    let mut hasher = DefaultHasher::new();
    for call in screen.calls.iter().chain(&screen.with_doctor).chain(&screen.next) {
        (&call.token, &call.room, call.state, call.called_at).hash(&mut hasher);
    }
    (screen.waiting, clock).hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

/// `GET /queue/screen`
#[derive(Template)]
#[template(path = "clinic/queue/pages/screen.html")]
struct ScreenPage {
    hospital: String,
    part: ScreenPart,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ScreenQuery {
    department: String,
    doctor: String,
    /// What the screen shows already.
    seen: String,
    /// When it asked last, in seconds: later calls are read out.
    since: String,
}

/// `GET /queue/screen`; for htmx the part alone, and nothing where it has not changed.
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Query(query): Query<ScreenQuery>,
) -> Result<Response, AppError> {
    let wanted = Whose { department: query.department, doctor: query.doctor }.wanted();
    let screen = queue::screen(&tx, wanted).await?;
    let clock = words::clock(&patients::hospital_now(&tx));
    // What was seen before was recorded then.
    if frame.htmx && query.seen == fingerprint(&screen, &clock) {
        return Ok(NoContent.into_response());
    }
    let audit =
        Audit::listed("appointment", screen.calls.len() + screen.with_doctor.len() + screen.next.len());
    let part = ScreenPart::new(&screen, wanted, query.since.parse().ok(), clock);
    if frame.htmx {
        return Ok(tx.commit(audit, Page(part)).await?.into_response());
    }
    let page = ScreenPage { hospital: tx.hospital().name.clone(), part };
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}
