//! The templates that somebody may use.

use super::LIST;
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::encounters::Record;
use crate::clinic::notes::domain::templates::{self, Template};
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::{Page, words};

/// One template as the list names it.
pub(super) struct Line {
    /// `/note-templates/{id}`
    pub href: String,
    pub name: String,
    pub specialisation: Option<String>,
    /// "Everybody’s" or "Mine".
    pub whose: &'static str,
    pub is_active: bool,
    pub may_change: bool,
    pub version: i32,
}

impl Line {
    fn of(template: Template, may_set: bool) -> Self {
        Self {
            href: format!("{LIST}/{}", template.id),
            may_change: template.owner.is_some() || may_set,
            whose: if template.owner.is_some() { "Mine" } else { "Everybody’s" },
            name: template.name,
            specialisation: template.specialisation,
            is_active: template.is_active,
            version: template.version,
        }
    }
}

/// `GET /note-templates`
#[derive(askama::Template)]
#[template(path = "clinic/notes/pages/list.html")]
pub(super) struct ListPage {
    shell: Shell,
    lines: Vec<Line>,
}

impl ListPage {
    fn facts(&self) -> String {
        let active = self.lines.iter().filter(|line| line.is_active).count();
        let number = i64::try_from(active).unwrap_or(i64::MAX);
        format!("{} to begin a note with.", words::counted(number, "template", "templates"))
    }
}

/// `GET /note-templates`
pub(super) async fn show(tx: Authorized<Record>, frame: Frame) -> Result<Page<ListPage>, AppError> {
    let may_set = tx.actor().holds("settings:update");
    let found = templates::list(&tx, true).await?;
    let page = ListPage {
        shell: frame.shell(tx.actor()),
        lines: found.into_iter().map(|template| Line::of(template, may_set)).collect(),
    };
    tx.commit(Audit::listed("note_template", page.lines.len()), Page(page)).await
}
