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
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::openapi::{op, refuses};
use crate::web::{Created, Json, Query, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/vitals/tables", get_with(list, op("vitals.tables", "What vital signs are judged by")))
        .api_route("/vitals/tables", post_with(keep, keeps))
        .api_route("/vitals/tables/versions", get_with(versions, lists_versions))
        .api_route("/vitals/tables/sign", post_with(sign, signs))
}

fn lists_versions(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("vitals.table_versions", "Every version that this hospital wrote or signed")(operation)
        .description("Of one table or of all, the newest first; without its values.")
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
    /// The 20 newest versions that this hospital wrote or signed, the newest first; all of them: `vitals.table_versions`.
    versions: Vec<VersionView>,
}

/// A version that a hospital wrote or signed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "VitalsTableVersion")]
struct VersionView {
    id: TableId,
    /// Of which table.
    name: Name,
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
            name: kept.name,
            version: kept.origin.version,
            source: kept.origin.source,
            made_by_id: kept.made_by,
            made_at: kept.made_at,
            signed_by_id: kept.signed.map(|(_, by)| by),
            signed_at: kept.signed.map(|(at, _)| at),
        }
    }
}

impl TableView {
    /// `newest`: of any tables.
    fn new(standing: Standing, newest: &[Kept]) -> Self {
        let own = newest.iter().filter(|kept| kept.name == standing.name);
        Self {
            name: standing.name,
            title: standing.name.title(),
            version: standing.origin.version,
            source: standing.origin.source,
            is_built_in: standing.is_built_in,
            signed_by_id: standing.signed.map(|(_, by)| by),
            signed_at: standing.signed.map(|(at, _)| at),
            body: standing.body,
            versions: own.cloned().map(VersionView::from).collect(),
        }
    }

    async fn of(tx: &TenantTx, name: Name) -> Result<Self, AppError> {
        Ok(Self::new(signing::standing(tx, name).await?, &signing::newest(tx, &[name]).await?))
    }
}

async fn list(tx: Authorized<View>) -> Result<Reply<Vec<TableView>>, AppError> {
    let newest = signing::newest(&tx, &Name::ALL).await?;
    let standings = signing::standings(&tx).await?.into_iter();
    let tables: Vec<TableView> = standings.map(|standing| TableView::new(standing, &newest)).collect();
    tx.commit(Audit::listed("vitals_table", tables.len()), Reply::new(tables)).await
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "VitalsTableVersionsQuery")]
struct VersionsQuery {
    /// Of all tables, if left out.
    name: Option<Name>,
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 50 if left out.
    page_size: Option<i64>,
}

async fn versions(
    tx: Authorized<View>,
    Query(query): Query<VersionsQuery>,
) -> Result<Json<Page<VersionView>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, query.page_size, 50, &mut errors);
    errors.finish()?;
    let found = signing::versions(&tx, query.name, page).await?;
    let audit = Audit::listed("vitals_table", found.items.len());
    tx.commit(audit, Json(found.map(VersionView::from))).await
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
    let id = signing::keep(&tx, name, &new).await?;
    let table = TableView::of(&tx, name).await?;
    tx.commit(audit_of("created", id, name, &new.version), Reply::new(table)).await
}

/// Which version of which table.
pub(in crate::clinic::vitals) fn audit_of(
    verb: &'static str,
    id: TableId,
    table: Name,
    version: &str,
) -> Audit {
    Audit::did(verb, id).with(json!({ "table": table, "version": version }))
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
    let id = signing::sign(&tx, name, &version).await?;
    let table = TableView::of(&tx, name).await?;
    tx.commit(audit_of("signed", id, name, &version), Json(table)).await
}
