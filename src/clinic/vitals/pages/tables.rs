//! What vital signs are judged by, with version, source and signature.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::{Audit, Authorized, Frame, Permission};
use crate::clinic::patients;
use crate::clinic::vitals::api::audit_of_table;
use crate::clinic::vitals::domain::signing;
use crate::clinic::vitals::keeping::Standing;
use crate::clinic::vitals::tables::{Line, Name, lines};
use crate::clinic::vitals::{Prescribe, View};
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, SeeOther};

/// One table.
struct Table {
    name: Name,
    title: &'static str,
    version: String,
    source: String,
    is_built_in: bool,
    /// Who signed it, and when.
    signed: Option<(String, When)>,
    lines: Vec<Line>,
    /// Of the newest versions those that wait for a signature.
    waiting: Vec<(String, String)>,
    /// The hospital wrote or signed one.
    has_versions: bool,
}

/// `GET /vitals/tables`, and the 4xx answers to a signature.
#[derive(Template)]
#[template(path = "clinic/vitals/pages/tables.html")]
struct TablesPage {
    shell: Shell,
    form: FormState,
    tables: Vec<Table>,
    may_sign: bool,
    may_keep: bool,
}

async fn page<P: Permission>(
    tx: &Authorized<P>,
    frame: &Frame,
    form: FormState,
) -> Result<TablesPage, AppError> {
    let now = patients::hospital_now(tx);
    let standings = signing::standings(tx).await?;
    let newest = signing::newest(tx, &Name::ALL).await?;
    let people: Vec<_> = standings.iter().filter_map(|standing| standing.signed.map(|(_, by)| by)).collect();
    let names = patients::staff_names(tx, &people).await?;
    let table = |standing: Standing| Table {
        name: standing.name,
        title: standing.name.title(),
        is_built_in: standing.is_built_in,
        signed: standing.signed.map(|(at, by)| {
            (
                names.get(&by).cloned().unwrap_or_else(|| "somebody who left".to_owned()),
                When::exactly(at, &now).inline(),
            )
        }),
        lines: lines(&standing.body),
        waiting: newest
            .iter()
            .filter(|kept| kept.name == standing.name && kept.signed.is_none())
            .map(|kept| (kept.origin.version.clone(), kept.origin.source.clone()))
            .collect(),
        has_versions: newest.iter().any(|kept| kept.name == standing.name),
        version: standing.origin.version,
        source: standing.origin.source,
    };
    Ok(TablesPage {
        shell: frame.shell(tx.actor()),
        form,
        tables: standings.into_iter().map(table).collect(),
        may_sign: tx.actor().holds("prescriptions:create"),
        may_keep: tx.actor().holds("settings:update"),
    })
}

/// `GET /vitals/tables`
pub(super) async fn show(tx: Authorized<View>, frame: Frame) -> Result<Response, AppError> {
    let page = page(&tx, &frame, FormState::new()).await?;
    Ok(tx.commit(Audit::listed("vitals_table", page.tables.len()), Page(page)).await?.into_response())
}

/// What the button sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct SignForm {
    /// `news2`
    name: String,
    version: String,
}

/// `POST /vitals/tables/sign`
pub(super) async fn sign(
    tx: Authorized<Prescribe>,
    frame: Frame,
    Form(form): Form<SignForm>,
) -> Result<Response, AppError> {
    let signed = async {
        let mut errors = FieldErrors::default();
        let version = text::required("version", Some(&form.version), 50, &mut errors);
        let name = Name::from_code(&form.name);
        if name.is_none() {
            errors.add("name", "Choose a table.");
        }
        let (name, version) = errors.finish_with(name.zip(version))?;
        Ok((signing::sign(&tx, name, &version).await?, name, version))
    };
    match tx.attempt(signed).await {
        Ok((id, name, version)) => {
            let audit = audit_of_table("signed", id, name, &version);
            Ok(tx
                .commit(audit, SeeOther("/vitals/tables?done=table-signed".to_owned()))
                .await?
                .into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            let status = problem.status;
            let page = page(&tx, &frame, FormState::new().refused(&problem.errors, problem.detail)).await?;
            let audit = Audit::listed("vitals_table", page.tables.len());
            Ok(tx.commit(audit, PageWithStatus(status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}
