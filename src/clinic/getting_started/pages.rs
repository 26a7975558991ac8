//! The checklist as a page, and its panel on the start page.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Checklist, Item, Standing};
use crate::access::{Audit, Authorized, Frame};
use crate::app::App;
use crate::clinic::patients;
use crate::clinic::profile::{Update, View};
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Form, Page, SeeOther};

/// Lines that the panel shows: the next one and what follows.
const SHOWN: usize = 3;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/getting-started",
            get_with(show, op("pages.getting_started.show", "Getting-started checklist")),
        )
        .api_route(
            "/getting-started/later",
            post_with(later, op("pages.getting_started.later", "Put a line off, or bring it back")),
        )
}

/// `GET /getting-started`
#[derive(Template)]
#[template(path = "clinic/getting_started/pages/checklist.html")]
struct ChecklistPage {
    shell: Shell,
    items: Vec<Item>,
    done: usize,
    /// Key of the line to do next.
    next: &'static str,
    /// May put lines off.
    may_put_off: bool,
    /// Address and code of the practice patient, for who may see patients.
    practice: Option<(String, String)>,
    may_practise: bool,
}

async fn show(
    tx: Authorized<View>,
    State(app): State<App>,
    frame: Frame,
) -> Result<Page<ChecklistPage>, AppError> {
    let list = super::checklist(&app, &tx, tx.actor()).await?;
    let practice = if tx.actor().holds("patients:view") { patients::practice(&tx).await? } else { None };
    let page = ChecklistPage {
        shell: frame.shell(tx.actor()),
        done: list.standing(Standing::Done).count(),
        next: list.next().map_or("", |item| item.line.key),
        items: list.0,
        may_put_off: tx.actor().holds("settings:update"),
        practice: practice.map(|patient| (format!("/patients/{}", patient.id), patient.code)),
        may_practise: tx.actor().holds("patients:create"),
    };
    let audit = Audit::listed("checklist_line", page.items.len());
    tx.commit(audit, Page(page)).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct LaterForm {
    line: String,
    /// `yes` puts it off, anything else brings it back.
    later: String,
}

/// `POST /getting-started/later`
async fn later(
    tx: Authorized<Update>,
    State(app): State<App>,
    Form(form): Form<LaterForm>,
) -> Result<SeeOther, AppError> {
    let later = form.later == "yes";
    super::put_off(&app, &tx, tx.actor(), &form.line, later).await?;
    let done = if later { "later" } else { "back" };
    let audit = super::api::audit(&tx, &form.line, later);
    tx.commit(audit, SeeOther(format!("/getting-started?done={done}"))).await
}

/// What to do next, on the start page until all is done or put off. `{{ panel }}`
#[derive(Template)]
#[template(path = "clinic/getting_started/pages/_panel.html")]
pub struct Panel {
    /// The next one and what follows.
    items: Vec<Item>,
    done: usize,
    total: usize,
}

impl HtmlSafe for Panel {}

impl std::fmt::Debug for Panel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Panel").field("done", &self.done).field("total", &self.total).finish_non_exhaustive()
    }
}

impl Panel {
    /// `None` once all is done or put off.
    #[must_use]
    pub fn of(list: &Checklist) -> Option<Self> {
        let items: Vec<Item> = list.standing(Standing::Open).take(SHOWN).copied().collect();
        (!items.is_empty()).then(|| Self {
            items,
            done: list.standing(Standing::Done).count(),
            total: list.items().len(),
        })
    }
}
