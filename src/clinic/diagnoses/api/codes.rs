//! `/icd10`: codes while somebody types, and a hospital's own edition.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::transform::TransformOperation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::diagnoses::ImportCodes;
use crate::clinic::diagnoses::domain::codes::{self, MOST_OFFERED};
use crate::clinic::diagnoses::domain::import::{self, Imported, MAX_LINES, RawCode};
use crate::clinic::diagnoses::model::Icd10;
use crate::clinic::encounters::View;
use crate::kernel::ids::TenantId;
use crate::kernel::problem::FieldError;
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{op, refuses};
use crate::web::{JsonOrCsv, Query, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/icd10", get_with(search, searches))
        .api_route("/icd10/import", post_with(take, takes))
}

fn searches(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("icd10.search", "Find codes of ICD-10")(operation).description(
        "What begins with a typed code (`e119` too), else what has all of up to three words in its title, in any case. British \
         spelling finds American titles.",
    )
}

fn takes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("icd10.import", "Import an edition of ICD-10"), &[])(operation).description(
        "At most 20,000 codes at once, as JSON or as `text/csv` (UTF-8) whose first line names the columns `code`, `title` and perhaps \
         `edition`. \
         Each line is judged by itself: good ones are taken over what was there with the same code, whatever is wrong with \
         others. Nothing is removed, and recorded diagnoses stay as they are. With `check_only=true` nothing is kept. Read \
         the licence of the edition before.",
    )
}

#[derive(Deserialize, JsonSchema)]
struct Icd10Query {
    /// Words or the beginning of a code.
    #[schemars(required)]
    search: Option<String>,
    /// 1 to 50; 20 if left out.
    limit: Option<i64>,
}

/// Codes that were found.
#[derive(Serialize, JsonSchema)]
struct Icd10Codes {
    items: Vec<Icd10>,
}

async fn search(
    tx: Authorized<View>,
    Query(query): Query<Icd10Query>,
) -> Result<Reply<Icd10Codes>, AppError> {
    let mut errors = FieldErrors::default();
    let limit = query.limit.unwrap_or(20);
    if !(1..=MOST_OFFERED).contains(&limit) {
        errors.add("limit", "Use a number from 1 to 50.");
    }
    let wanted = query.search.filter(|typed| !typed.trim().is_empty());
    if wanted.is_none() {
        errors.add("search", "This is needed.");
    }
    let wanted = errors.finish_with(wanted)?;
    let items = codes::search(&tx, &wanted, limit).await?;
    tx.commit(Audit::listed("icd10_code", items.len()), Reply::new(Icd10Codes { items })).await
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Icd10ImportQuery {
    /// Name of the edition, for lines of a `text/csv` body that name none.
    edition: Option<String>,
    /// Only say what would happen.
    check_only: Option<bool>,
}

/// An edition, or a part of one.
#[derive(Debug, Deserialize, JsonSchema)]
struct ImportIcd10 {
    /// Its name, as it is to stand beside each code.
    #[schemars(length(min = 1, max = 60))]
    edition: Option<String>,
    #[schemars(required, length(min = 1, max = 20000))]
    codes: Option<Vec<Icd10Line>>,
}

/// One code of an edition.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Icd10Line {
    #[schemars(required)]
    code: Option<String>,
    #[schemars(required, length(min = 1, max = 300))]
    title: Option<String>,
}

/// What became of a table of codes.
#[derive(Debug, Serialize, JsonSchema)]
struct Icd10Import {
    /// How many codes were taken; with `check_only` would be.
    taken: usize,
    /// How many lines have a fault.
    refused: usize,
    /// With `check_only` nothing was kept.
    is_kept: bool,
    /// The first 200 lines with a fault.
    faults: Vec<Icd10Fault>,
}

/// A line with a fault.
#[derive(Debug, Serialize, JsonSchema)]
struct Icd10Fault {
    /// Line of the text, or place in the list, from 1.
    line: u64,
    /// As it was sent.
    code: String,
    errors: Vec<FieldError>,
}

async fn take(
    tx: Authorized<ImportCodes>,
    Query(query): Query<Icd10ImportQuery>,
    body: JsonOrCsv<ImportIcd10>,
) -> Result<Reply<Icd10Import>, AppError> {
    let mut errors = FieldErrors::default();
    let (lines, edition) = match body {
        JsonOrCsv::Csv(text) => {
            (import::read(&text).map_err(|fault| errors.add("body", fault)).ok(), query.edition)
        }
        JsonOrCsv::Json(body) => (listed(body.codes, &mut errors), body.edition.or(query.edition)),
    };
    let lines = errors.finish_with(lines)?;
    let check_only = query.check_only == Some(true);
    let imported = import::import(&tx, lines, edition.as_deref(), check_only).await?;
    let audit = imported_audit(tx.hospital().id, &imported, check_only);
    let faults = imported.faults.into_iter();
    let view = Icd10Import {
        taken: imported.taken,
        refused: imported.refused,
        is_kept: !check_only,
        faults: faults.map(|f| Icd10Fault { line: f.number, code: f.code, errors: f.errors }).collect(),
    };
    tx.commit(audit, Reply::new(view)).await
}

/// The list that a program sent.
fn listed(codes: Option<Vec<Icd10Line>>, errors: &mut FieldErrors) -> Option<Vec<RawCode>> {
    let codes = codes.unwrap_or_default();
    if codes.is_empty() {
        errors.add("codes", "Send at least one code.");
        return None;
    }
    if codes.len() > MAX_LINES {
        errors.add("codes", format!("At most {MAX_LINES} codes are taken at once. Send the list in parts."));
        return None;
    }
    let line = |(line, number): (Icd10Line, u64)| RawCode {
        number,
        code: line.code.unwrap_or_default(),
        title: line.title.unwrap_or_default(),
        ..RawCode::default()
    };
    Some(codes.into_iter().zip(1..).map(line).collect())
}

/// How many codes were taken. A check takes none.
pub(in crate::clinic::diagnoses) fn imported_audit(
    hospital: TenantId,
    imported: &Imported,
    check_only: bool,
) -> Audit {
    if check_only {
        return Audit::listed("icd10_code", 0);
    }
    let detail = json!({ "taken": imported.taken, "refused": imported.refused });
    Audit::did("icd10_imported", hospital).with(detail)
}
