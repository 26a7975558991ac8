//! `/vitals/tables`: what a set is judged by, a hospital's own version, and the signature that makes it count.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::transform::TransformOperation;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::access::{Audit, Authorized, TenantTx};
use crate::app::App;
use crate::clinic::vitals::domain::signing;
use crate::clinic::vitals::keeping::{Kept, NewTable, Standing};
use crate::clinic::vitals::model::TableId;
use crate::clinic::vitals::tables::Name;
use crate::clinic::vitals::{KeepTables, Prescribe, View};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::openapi::{op, refuses};
use crate::web::{Created, Json, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/vitals/tables", get_with(list, op("vitals.tables", "What vital signs are judged by")))
        .api_route("/vitals/tables", post_with(keep, keeps))
        .api_route("/vitals/tables/sign", post_with(sign, signs))
}

fn keeps(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("vitals.keep_table", "Keep a version of the hospital's own"), &["vitals.version_taken"])(operation)
        .description(
            "It has the shape of the version that HMS comes with, says where it is from, and counts once somebody who \
             prescribes signs it. What was scored before stays as it was scored.",
        )
}

fn signs(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("vitals.sign_table", "Sign a version"), &["vitals.signed", "not_found"])(operation).description(
        "By a clinician who prescribes: name and time are kept. From now on this version counts. The version that HMS comes \
         with can be signed too.",
    )
}

/// A table as it counts here.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "VitalsTable")]
struct TableView {
    name: Name,
    title: &'static str,
    version: String,
    source: String,
    /// HMS comes with it.
    is_built_in: bool,
    signed_by_id: Option<UserId>,
    /// `null`: nobody of this hospital has signed it yet.
    signed_at: Option<Timestamp>,
    body: Value,
    /// Every version that this hospital wrote or signed, the newest first.
    versions: Vec<VersionView>,
}

/// A version that a hospital wrote or signed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "VitalsTableVersion")]
struct VersionView {
    id: TableId,
    version: String,
    source: String,
    made_by_id: UserId,
    made_at: Timestamp,
    signed_by_id: Option<UserId>,
    signed_at: Option<Timestamp>,
}

impl From<Kept> for VersionView {
    fn from(kept: Kept) -> Self {
        Self {
            id: kept.id,
            version: kept.new.version,
            source: kept.new.source,
            made_by_id: kept.made_by,
            made_at: kept.made_at,
            signed_by_id: kept.signed.map(|(_, by)| by),
            signed_at: kept.signed.map(|(at, _)| at),
        }
    }
}

impl From<Standing> for TableView {
    fn from(standing: Standing) -> Self {
        Self {
            name: standing.name,
            title: standing.name.title(),
            version: standing.origin.version,
            source: standing.origin.source,
            is_built_in: standing.is_built_in,
            signed_by_id: standing.signed.map(|(_, by)| by),
            signed_at: standing.signed.map(|(at, _)| at),
            body: standing.body,
            versions: standing.versions.into_iter().map(VersionView::from).collect(),
        }
    }
}

async fn list(tx: Authorized<View>) -> Result<Reply<Vec<TableView>>, AppError> {
    let tables: Vec<TableView> = signing::standings(&tx).await?.into_iter().map(TableView::from).collect();
    tx.commit(Audit::listed("vitals_table", tables.len()), Reply::new(tables)).await
}

/// A version of the hospital's own.
#[derive(Deserialize, JsonSchema)]
struct KeepTable {
    #[schemars(required)]
    name: Option<Name>,
    #[schemars(required, length(min = 1, max = 50))]
    version: Option<String>,
    /// Where it is from.
    #[schemars(required, length(min = 1, max = 500))]
    source: Option<String>,
    /// In the shape of the version that HMS comes with.
    #[schemars(required)]
    body: Option<Value>,
}

async fn one(tx: &TenantTx, name: Name) -> Result<Standing, AppError> {
    let found = signing::standings(tx).await?.into_iter().find(|standing| standing.name == name);
    found.ok_or_else(|| AppError::internal("a table is not among all tables"))
}

/// Without its name nobody can say what else is wrong: `with` is told too.
fn named(name: Option<Name>, with: &str) -> Result<Name, AppError> {
    let mut errors = FieldErrors::default();
    if name.is_none() {
        errors.add("name", "This is needed.");
        errors.add(with, "Say of which table this is.");
    }
    errors.finish_with(name)
}

async fn keep(
    tx: Authorized<KeepTables>,
    Json(body): Json<KeepTable>,
) -> Result<Created<TableView>, AppError> {
    let name = named(body.name, "body")?;
    let new = NewTable::parse(name, body.version.as_deref(), body.source.as_deref(), body.body)?;
    signing::keep(&tx, name, &new).await?;
    let table = one(&tx, name).await?;
    let audit = audit_of("created", &table, &new.version);
    tx.commit(audit, Reply::new(table.into())).await
}

/// Which version of which table.
pub(in crate::clinic::vitals) fn audit_of(verb: &'static str, table: &Standing, version: &str) -> Audit {
    let detail = json!({ "table": table.name, "version": version });
    match table.versions.iter().find(|kept| kept.new.version == version) {
        Some(kept) => Audit::did(verb, kept.id).with(detail),
        None => Audit::listed("vitals_table", 1),
    }
}

/// Which version is signed.
#[derive(Deserialize, JsonSchema)]
struct SignTable {
    #[schemars(required)]
    name: Option<Name>,
    #[schemars(required, length(min = 1, max = 50))]
    version: Option<String>,
}

async fn sign(tx: Authorized<Prescribe>, Json(body): Json<SignTable>) -> Result<Json<TableView>, AppError> {
    let name = named(body.name, "version")?;
    let mut errors = FieldErrors::default();
    let version = text::required("version", body.version.as_deref(), 50, &mut errors);
    let version = errors.finish_with(version)?;
    signing::sign(&tx, name, &version).await?;
    let table = one(&tx, name).await?;
    let audit = audit_of("signed", &table, &version);
    tx.commit(audit, Json(table.into())).await
}
