//! The bell of every page: a number and a word. It says nothing of anybody, so nothing is put on record.
//!
//! Every page asks for it all the time, so whoever has the newest is told so from memory, without a statement
//! (`identity::registry`), until something is announced or half a minute is over.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::{self, Authorized};
use crate::app::App;
use crate::clinic::escalations;
use crate::clinic::vitals::{View, asked_at};
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::{Page, Query};

/// So long what was read is shown unasked.
const AT_MOST_SECONDS: i64 = 30;

/// Lists of alarms on the page look again when the bell was drawn anew.
const RANG: HeaderName = HeaderName::from_static("hx-trigger");

/// The link with its number.
#[derive(Template)]
#[template(path = "clinic/escalations/pages/_bell.html")]
struct Bell {
    waiting: i64,
    level: i16,
    /// What is asked with the next time; none while nobody hears what is announced.
    seen: Option<String>,
}

impl Bell {
    /// "2 alarms wait: emergency team"
    fn words(&self) -> String {
        match self.waiting {
            0 => "No alarm waits".to_owned(),
            1 => format!("1 alarm waits: {}", asked_at(self.level).to_lowercase()),
            many => format!("{many} alarms wait: {}", asked_at(self.level).to_lowercase()),
        }
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Seen {
    /// The word of the bell that the page shows.
    seen: String,
}

/// `GET /escalations/bell`
pub(super) async fn show(
    tx: Authorized<View>,
    State(app): State<App>,
    Query(query): Query<Seen>,
) -> Result<Response, AppError> {
    let stretch = tx.now().as_second() / AT_MOST_SECONDS;
    // Read before the numbers: what is announced meanwhile is asked for the next time.
    let seen = app.registry.alarms_of(tx.hospital().id).map(|word| format!("{word}-{stretch}"));
    if seen.as_deref().is_some_and(|seen| seen == query.seen) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    // Answered from memory it costs nothing and counts for nobody; read anew it counts like every request.
    access::count(&app, tx.actor())?;
    let (waiting, level) = escalations::waiting(&tx).await?;
    Ok(([(RANG, "alarms")], Page(Bell { waiting, level, seen })).into_response())
}
