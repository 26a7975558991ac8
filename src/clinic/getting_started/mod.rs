//! The getting-started checklist: what a new hospital does first, in which order, and how far it has come.
//!
//! The lines belong to the capabilities that they lead to ([`Module::checklist`]); this one only asks them. Ticks come
//! from data and never from clicks. All lines are asked at once, in one round trip, and each stops at its first row.
//! A line that is put off leaves the panel on the start page and waits here; once all are done or put off, the panel is
//! gone. People see the lines that they may do something about.

mod api;
mod model;
mod pages;
mod store;

pub use model::{ChecklistError, Standing};
pub use pages::Panel;

use futures_util::future::{try_join, try_join_all};
use uuid::Uuid;

use crate::access::{Module, TenantTx};
use crate::app::{App, ChecklistLine, Done};
use crate::clinic::profile;
use crate::identity::actor::Actor;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::layout::{Console, Icon};
use crate::web::nav::NavEntry;

/// This capability, for the registry. Its permissions are those of the settings.
pub const MODULE: Module = Module {
    statements: &[store::STATEMENTS],
    problems: &[ChecklistError::CODES],
    docs: profile::MODULE.docs,
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 900,
        group: "Manage",
        label: "Getting started",
        href: "/getting-started",
        icon: Icon("list-check"),
        key: "",
        permission: "settings:view",
    }],
    ..Module::named("getting_started")
};

/// A line with how it stands.
#[derive(Clone, Copy)]
pub struct Item {
    pub line: ChecklistLine,
    pub standing: Standing,
}

/// The lines for one person, in their order.
pub struct Checklist(Vec<Item>);

impl Checklist {
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.0
    }

    /// Those that stand so.
    pub fn standing(&self, standing: Standing) -> impl Iterator<Item = &Item> {
        self.0.iter().filter(move |item| item.standing == standing)
    }

    /// What to do next.
    #[must_use]
    pub fn next(&self) -> Option<&Item> {
        self.standing(Standing::Open).next()
    }
}

/// The checklist as `actor` sees it.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn checklist(app: &App, tx: &TenantTx, actor: &Actor) -> Result<Checklist, AppError> {
    let lines: Vec<_> = app.checklist.iter().filter(|line| actor.holds(line.permission)).copied().collect();
    let ask = lines.iter().map(async |line| match line.done {
        Done::Facts(is_done) => Ok(is_done(tx.hospital())),
        Done::Rows(statement) => store::is_done(tx, statement).await,
    });
    // Sent together, answered together.
    let (done, later) = try_join(try_join_all(ask), store::later(tx)).await?;
    let items = lines.into_iter().zip(done).map(|(line, done)| Item {
        line,
        standing: Standing::of(done, later.iter().any(|key| key == line.key)),
    });
    Ok(Checklist(items.collect()))
}

/// Put a line off, or bring it back.
///
/// # Errors
/// [`ChecklistError::NoSuchLine`].
async fn put_off(app: &App, tx: &TenantTx, actor: &Actor, line: &str, later: bool) -> Result<(), AppError> {
    let line = app
        .checklist
        .iter()
        .find(|known| known.key == line && actor.holds(known.permission))
        .ok_or(ChecklistError::NoSuchLine)?;
    if later {
        store::put_off(tx, line.key, UserId(tx.origin().actor_id.unwrap_or(Uuid::nil()))).await?;
    } else {
        store::bring_back(tx, line.key).await?;
    }
    Ok(())
}
