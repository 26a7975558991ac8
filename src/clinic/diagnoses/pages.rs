//! The page of the codes that are offered: what is there, and a hospital's own edition.

use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::api::imported_audit;
use super::domain::codes;
use super::domain::import::{self, Imported};
use super::model::Icd10;
use super::{ImportCodes, SeeCodes};
use crate::access::{Audit, Authorized, Frame, Permitted, Turned};
use crate::app::App;
use crate::clinic::encounters::Record;
use crate::kernel::problem::FieldError;
use crate::kernel::{AppError, Problem};
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{FileLimits, Form, Page, PageWithStatus, Upload, words};

const LIMITS: FileLimits = FileLimits { bytes: 2 * 1024 * 1024, arrival: Duration::from_secs(30) };

const LABELS: &[(&str, &str)] = &[("file", "CSV file")];

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/icd10", get_with(show, op("pages.icd10.show", "Codes of ICD-10 that are offered")))
        .api_route("/icd10/search", post_with(search, op("pages.icd10.search", "Codes while somebody types")))
        .api_route(
            "/icd10/import",
            post_with(take, op("pages.icd10.import", "Import an edition of ICD-10")).layer(LIMITS.layers()),
        )
}

/// `GET /icd10`, and what became of a table.
#[derive(Template)]
#[template(path = "clinic/diagnoses/pages/codes.html")]
struct CodesPage {
    shell: Shell,
    form: FormState,
    /// Name, and how many codes.
    editions: Vec<(String, i64)>,
    result: Option<ImportResult>,
    may_import: bool,
}

/// What became of a table.
struct ImportResult {
    taken: i64,
    refused: i64,
    faults: Vec<import::Fault>,
}

impl From<Imported> for ImportResult {
    fn from(imported: Imported) -> Self {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        Self { taken: count(imported.taken), refused: count(imported.refused), faults: imported.faults }
    }
}

impl CodesPage {
    fn facts(&self) -> String {
        let all: i64 = self.editions.iter().map(|(_, codes)| codes).sum();
        format!(
            "{} are offered beside a diagnosis.",
            words::counted(all, "code of ICD-10", "codes of ICD-10")
        )
    }
}

/// `GET /icd10`
async fn show(tx: Authorized<SeeCodes>, frame: Frame) -> Result<Page<CodesPage>, AppError> {
    let page = CodesPage {
        shell: frame.shell(tx.actor()),
        form: FormState::new(),
        editions: codes::editions(&tx).await?,
        result: None,
        may_import: tx.actor().holds("settings:update"),
    };
    tx.commit(Audit::listed("icd10_code", page.editions.len()), Page(page)).await
}

/// Codes that fit what is typed: buttons of the form that asks. `_found.html`
#[derive(Template)]
#[template(path = "clinic/diagnoses/pages/_found.html")]
struct FoundPart {
    codes: Vec<Icd10>,
    /// Something was typed.
    is_asked: bool,
}

/// What the field sends.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SearchForm {
    text: String,
}

/// Codes that are offered while somebody types.
const OFFERED: i64 = 8;

/// `POST /icd10/search`
async fn search(tx: Authorized<Record>, Form(form): Form<SearchForm>) -> Result<Page<FoundPart>, AppError> {
    let is_asked = form.text.trim().chars().count() > 1;
    let codes = if is_asked { codes::search(&tx, &form.text, OFFERED).await? } else { Vec::new() };
    let audit = Audit::listed("icd10_code", codes.len());
    tx.commit(audit, Page(FoundPart { codes, is_asked })).await
}

/// What is wrong with the file.
fn refused(status: StatusCode, message: String) -> Problem {
    let mut problem = Problem::new(status, "validation_failed", "");
    problem.errors = vec![FieldError { field: "file".to_owned(), message }];
    problem
}

/// `POST /icd10/import`
async fn take(
    permitted: Permitted<ImportCodes>,
    frame: Frame,
    upload: Result<Upload, AppError>,
) -> Result<Response, Turned> {
    let text = match upload {
        Ok(mut upload) => String::from_utf8(std::mem::take(&mut upload.bytes)).map_err(|_| {
            let message = "This is no text in UTF-8. In the spreadsheet, save it as “CSV UTF-8”.";
            refused(StatusCode::UNPROCESSABLE_ENTITY, message.to_owned())
        }),
        Err(AppError::Problem(problem)) if !problem.errors.is_empty() => Err(problem),
        Err(other) => return Err(other.into()),
    };
    let tx = permitted.open().await?;
    let lines = text.and_then(|text| {
        import::read(&text).map_err(|message| refused(StatusCode::UNPROCESSABLE_ENTITY, message))
    });
    let imported = match lines {
        Ok(lines) => import::import(&tx, lines, None, false).await,
        Err(problem) => Err(problem.into()),
    };
    let page = |form, editions, result| CodesPage {
        shell: frame.shell(tx.actor()),
        form,
        editions,
        result,
        may_import: true,
    };
    match imported {
        Ok(imported) => {
            let audit = imported_audit(tx.hospital().id, &imported, false);
            let page = page(FormState::new(), codes::editions(&tx).await?, Some(imported.into()));
            Ok(tx.commit(audit, Page(page)).await?.into_response())
        }
        Err(AppError::Problem(problem)) => {
            let form = FormState::new().refused(&problem.errors, problem.detail);
            let page = page(form, codes::editions(&tx).await?, None);
            let audit = Audit::listed("icd10_code", 0);
            Ok(tx.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
        }
        Err(other) => Err(other.into()),
    }
}
