//! `/users/import`: many people at once, each line answered by itself.

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use aide::transform::TransformOperation;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::staff::domain::importing::{Imported, Line, Outcome};
use crate::clinic::staff::table::{StaffLine, Table};
use crate::clinic::staff::{Create, Office};
use crate::kernel::ids::{TenantId, UserId};
use crate::kernel::problem::FieldError;
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{op, refuses};
use crate::web::{JsonOrCsv, Query, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new().api_route("/users/import", post_with(import, imports))
}

fn imports(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("users.import", "Invite many people from a table"), &["rate_limited"])(operation).description(
        "At most 500 people, as JSON or as `text/csv` (at most 256 kB, UTF-8) whose first line names the columns in any \
         order: e-mail, first name, last name, department, roles (parted by `;`), phone, specialization. Other columns are \
         passed over. Each line is answered by itself: good ones are invited by mail, whatever is wrong with others. With \
         `check_only=true` nothing is kept, and addresses are compared with those of the own hospital alone. At most 5000 \
         lines an hour are taken from one person.",
    )
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ImportQuery {
    /// Only say what would happen.
    check_only: Option<bool>,
}

/// People to be invited.
#[derive(Debug, Deserialize, JsonSchema)]
struct ImportStaff {
    #[schemars(required, length(min = 1, max = 500))]
    people: Option<Vec<StaffLine>>,
}

/// What became of a table of people.
#[derive(Debug, Serialize, JsonSchema)]
struct StaffImport {
    /// How many were invited; with `check_only` none.
    invited: usize,
    /// How many lines have a fault.
    refused: usize,
    /// Names of columns that were passed over.
    ignored_columns: Vec<String>,
    lines: Vec<StaffImportLine>,
}

/// What became of one line.
#[derive(Debug, Serialize, JsonSchema)]
struct StaffImportLine {
    /// Line of the text, or place in the list, from 1.
    line: u64,
    /// As it was sent.
    email: String,
    outcome: StaffImportOutcome,
    /// Who was invited.
    user_id: Option<UserId>,
    /// What is wrong with the line.
    errors: Vec<FieldError>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum StaffImportOutcome {
    /// Without a fault, and nothing was kept.
    Ready,
    Invited,
    Refused,
}

impl From<Line> for StaffImportLine {
    fn from(line: Line) -> Self {
        let (outcome, user_id, errors) = match line.outcome {
            Outcome::Ready => (StaffImportOutcome::Ready, None, Vec::new()),
            Outcome::Invited(id) => (StaffImportOutcome::Invited, Some(id), Vec::new()),
            Outcome::Refused(errors) => (StaffImportOutcome::Refused, None, errors),
        };
        Self { line: line.number, email: line.email, outcome, user_id, errors }
    }
}

impl From<Imported> for StaffImport {
    fn from(imported: Imported) -> Self {
        Self {
            invited: imported.invited().len(),
            refused: imported.refused(),
            ignored_columns: imported.ignored,
            lines: imported.lines.into_iter().map(StaffImportLine::from).collect(),
        }
    }
}

async fn import(
    tx: Authorized<Create>,
    State(app): State<App>,
    Query(query): Query<ImportQuery>,
    body: JsonOrCsv<ImportStaff>,
) -> Result<Reply<StaffImport>, AppError> {
    let mut errors = FieldErrors::default();
    let (field, table) = match body {
        JsonOrCsv::Csv(text) => ("body", Table::read(&text)),
        JsonOrCsv::Json(body) => ("people", Table::of(body.people.unwrap_or_default())),
    };
    let table = table.map_err(|fault| errors.add(field, fault)).ok();
    let table = errors.finish_with(table)?;
    app.throttles.import(tx.actor().user, table.lines.len())?;
    let hospital = tx.hospital().id;
    let mut office = Office::of(&app, tx);
    let check_only = query.check_only == Some(true);
    let imported = office.import(table, check_only).await?;
    let audit = imported_audit(hospital, &imported, check_only);
    office.commit(audit, Reply::new(StaffImport::from(imported))).await
}

/// Who was invited by it, and how many lines were refused. A check invites nobody, and says how many it looked at.
pub(in crate::clinic::staff) fn imported_audit(
    hospital: TenantId,
    imported: &Imported,
    check_only: bool,
) -> Audit {
    if check_only {
        let detail = json!({ "lines": imported.lines.len(), "refused": imported.refused() });
        return Audit::did("staff_checked", hospital).with(detail);
    }
    let detail = json!({ "user_ids": imported.invited(), "refused": imported.refused() });
    Audit::did("staff_imported", hospital).with(detail)
}
