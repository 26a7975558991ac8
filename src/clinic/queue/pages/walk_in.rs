//! Walk-ins at the desk: one box first, then one form, then the token.

mod form;
mod token;

pub(super) use form::{chosen, register, save};
pub(super) use token::done;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::{Audit, Authorized, Frame};
use crate::clinic::patients::pages::PatientRow;
use crate::clinic::patients::{self, PatientFilter, Search, View};
use crate::clinic::queue::WalkIn;
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus};

/// So many are offered; more than that need a better text.
const MOST: PageRequest = PageRequest { page: 1, page_size: 8 };

/// `GET /walk-ins/new` and who was found: one box.
#[derive(Template)]
#[template(path = "clinic/queue/pages/search.html")]
struct SearchPage {
    shell: Shell,
    form: FormState,
    rows: Vec<PatientRow>,
    /// How many there are beyond those.
    more: i64,
}

/// `GET /walk-ins/new`
pub(super) async fn search(tx: Authorized<WalkIn>, frame: Frame) -> Result<Response, AppError> {
    let page =
        SearchPage { shell: frame.shell(tx.actor()), form: FormState::new(), rows: Vec::new(), more: 0 };
    Ok(Page(page).into_response())
}

/// Whom somebody looks for.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Sought {
    search: String,
}

impl Sought {
    /// The text at the field that it most likely belongs to: a number, or a name as people write it.
    fn fields(&self) -> Vec<(&'static str, &str)> {
        let text = self.search.trim();
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let is_number = digits >= 7 && text.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
        match text.rsplit_once(' ') {
            _ if is_number => vec![("phone_primary", text)],
            Some((first, last)) => vec![("first_name", first.trim()), ("last_name", last)],
            None => vec![("first_name", text)],
        }
    }
}

/// `POST /walk-ins/find`: one who is found is taken, nobody found begins the form. Posted, because it may name a patient.
pub(super) async fn find(
    tx: Authorized<WalkIn>,
    frame: Frame,
    Form(sought): Form<Sought>,
) -> Result<Response, AppError> {
    // Who may not see patients registers without looking.
    if patients::also::<View>(&tx).is_err() {
        return form::of_new(tx, &frame, &sought).await;
    }
    let mut errors = FieldErrors::default();
    let search = Search::parse(&sought.search, &mut errors);
    if let Err(AppError::Problem(problem)) = errors.finish() {
        let form = FormState::new().with("search", sought.search).with_errors(&problem.errors);
        let page = SearchPage { shell: frame.shell(tx.actor()), form, rows: Vec::new(), more: 0 };
        return Ok(PageWithStatus(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let Some(search) = search else { return self::search(tx, frame).await };
    let filter =
        PatientFilter { search: Some(search), whose: patients::Whose::All, ..PatientFilter::default() };
    let found = patients::list(&tx, &filter, MOST).await?;
    match found.items.as_slice() {
        [] => form::of_new(tx, &frame, &sought).await,
        [one] if found.total == 1 && one.is_open() && !one.details.is_deceased => {
            form::of_known(tx, &frame, one.id, Some(&sought)).await
        }
        _ => {
            let now = patients::hospital_now(&tx);
            let rows: Vec<PatientRow> =
                found.items.iter().map(|patient| PatientRow::new(patient, &now)).collect();
            let shown = rows.len();
            let more = found.total - i64::try_from(shown).unwrap_or(0);
            let form = FormState::new().with("search", sought.search);
            let page = SearchPage { shell: frame.shell(tx.actor()), form, rows, more };
            Ok(tx.commit(Audit::listed("patient", shown), Page(page)).await?.into_response())
        }
    }
}
