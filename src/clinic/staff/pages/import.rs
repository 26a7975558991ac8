//! Inviting many people: paste a table or choose a file, look at what each line would do, then invite the good ones.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::LIST;
use crate::access::{Authorized, Frame, Permitted, Turned};
use crate::app::App;
use crate::clinic::staff::api::import::imported_audit;
use crate::clinic::staff::domain::importing::{Imported, Line, Outcome};
use crate::clinic::staff::{Create, MAX_LINES, Office, Table};
use crate::kernel::AppError;
use crate::kernel::problem::FieldError;
use crate::web::layout::*;
use crate::web::{FileLimits, Form, Page, PageWithStatus, Upload, words};

/// What is larger is no list of a hospital's staff.
pub(super) const LIMITS: FileLimits = FileLimits { bytes: 1024 * 1024, arrival: Duration::from_secs(20) };

const LABELS: &[(&str, &str)] = &[("text", "The table"), ("file", "File")];

/// `GET /staff/import`, and what is wrong with a table.
#[derive(Template)]
#[template(path = "clinic/staff/pages/import.html")]
pub(super) struct ImportPage {
    shell: Shell,
    form: FormState,
}

/// One line with what becomes of it.
struct Row {
    number: u64,
    name: String,
    email: String,
    state: Badge,
    /// Where an invited person is.
    href: Option<String>,
    faults: Vec<FieldError>,
}

impl Row {
    fn new(line: Line) -> Self {
        let (state, href, faults) = match line.outcome {
            Outcome::Ready => (Badge::new(Kind::Info, Icon("check"), "Ready"), None, Vec::new()),
            Outcome::Invited(id) => {
                (Badge::new(Kind::Ok, Icon("mail"), "Invited"), Some(format!("{LIST}/{id}")), Vec::new())
            }
            Outcome::Refused(faults) => {
                (Badge::new(Kind::Warn, Icon("alert-triangle"), "Left out"), None, faults)
            }
        };
        Self { number: line.number, name: line.name, email: line.email, state, href, faults }
    }
}

/// What each line would do, or did.
#[derive(Template)]
#[template(path = "clinic/staff/pages/imported.html")]
pub(super) struct ImportedPage {
    shell: Shell,
    /// The table again, to be sent with the answer.
    form: FormState,
    rows: Vec<Row>,
    ignored: Vec<String>,
    good: i64,
    refused: i64,
    is_done: bool,
}

impl ImportedPage {
    fn new(shell: Shell, text: String, imported: Imported, is_done: bool) -> Self {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let refused = imported.refused();
        Self {
            shell,
            form: FormState::new().with("text", text),
            good: count(imported.lines.len() - refused),
            refused: count(refused),
            ignored: imported.ignored,
            rows: imported.lines.into_iter().map(Row::new).collect(),
            is_done,
        }
    }

    fn title(&self) -> String {
        match self.is_done {
            true => format!("{} invited", words::counted(self.good, "person", "people")),
            false => format!(
                "{} of {} can be invited",
                words::count(self.good),
                words::count(self.good + self.refused)
            ),
        }
    }
}

/// `GET /staff/import`
pub(super) async fn ask(tx: Authorized<Create>, frame: Frame) -> Result<Page<ImportPage>, AppError> {
    Ok(Page(ImportPage { shell: frame.shell(tx.actor()), form: FormState::new() }))
}

/// What the page sends: the text, and `invite` once it was looked at.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ImportForm {
    text: String,
    /// `invite`; any other word only looks.
    step: String,
}

/// `POST /staff/import`
pub(super) async fn text(
    tx: Authorized<Create>,
    frame: Frame,
    State(app): State<App>,
    Form(form): Form<ImportForm>,
) -> Result<Response, AppError> {
    take(tx, &app, &frame, "text", form.text, form.step == "invite").await
}

/// `POST /staff/import/file`: never more than a look; its answer brings the text along.
pub(super) async fn file(
    permitted: Permitted<Create>,
    frame: Frame,
    State(app): State<App>,
    upload: Result<Upload, AppError>,
) -> Result<Response, Turned> {
    let text = match upload {
        Ok(mut upload) => String::from_utf8(std::mem::take(&mut upload.bytes)).map_err(|_| {
            let message = "This is no text in UTF-8. In the spreadsheet, save it as “CSV UTF-8”.".to_owned();
            (StatusCode::UNPROCESSABLE_ENTITY, vec![FieldError { field: "file".to_owned(), message }])
        }),
        Err(AppError::Problem(problem)) if !problem.errors.is_empty() => {
            Err((problem.status, problem.errors))
        }
        Err(other) => return Err(other.into()),
    };
    match text {
        Ok(text) => Ok(take(permitted.open().await?, &app, &frame, "file", text, false).await?),
        Err((status, errors)) => {
            let form = FormState::new().with_errors(&errors);
            let page = ImportPage { shell: frame.shell(permitted.actor()), form };
            Ok(PageWithStatus(status, page).into_response())
        }
    }
}

async fn take(
    tx: Authorized<Create>,
    app: &App,
    frame: &Frame,
    field: &'static str,
    text: String,
    invite: bool,
) -> Result<Response, AppError> {
    let shell = frame.shell(tx.actor());
    let table = match Table::read(&text) {
        Ok(table) => table,
        Err(fault) => {
            let form = FormState::new().with("text", text).with_error(field, fault);
            let page = ImportPage { shell, form };
            return Ok(PageWithStatus(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    if let Err(problem) = app.throttles.import(tx.actor().user, table.lines.len()) {
        let form = FormState::new().with("text", text).with_error(field, problem.detail);
        return Ok(PageWithStatus(problem.status, ImportPage { shell, form }).into_response());
    }
    let hospital = tx.hospital().id;
    let mut office = Office::of(app, tx);
    let imported = office.import(table, !invite).await?;
    let audit = imported_audit(hospital, &imported, !invite);
    let page = ImportedPage::new(shell, text, imported, invite);
    Ok(office.commit(audit, Page(page)).await?.into_response())
}
