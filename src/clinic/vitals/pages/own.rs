//! A hospital's own version of a table: value by value from the one that counts, or as a whole document.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::clinic::vitals::api::audit_of_table;
use crate::clinic::vitals::domain::signing;
use crate::clinic::vitals::keeping::{NewTable, Standing, read_document};
use crate::clinic::vitals::tables::{Leaf, Name, leaves, with_leaves};
use crate::clinic::vitals::{KeepTables, View};
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::layout::*;
use crate::web::{Form, NoContent, Page, PageWithStatus, Query, SeeOther};

/// Before the place of a value, in the names of its fields.
const AT: &str = "at.";

/// Values that belong together.
struct Group {
    title: String,
    fields: Vec<Leaf>,
}

/// `GET /vitals/tables/new`, and the 4xx answers to what is sent there.
#[derive(Template)]
#[template(path = "clinic/vitals/pages/own.html")]
struct OwnPage {
    shell: Shell,
    form: FormState,
    name: Name,
    /// The version that the form begins with.
    version: String,
    groups: Vec<Group>,
}

impl OwnPage {
    fn of(shell: Shell, standing: &Standing, form: FormState) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        let mut form = form.with("name", standing.name.code());
        if !form.holds("body") {
            form = form.with("body", pretty(&standing.body));
        }
        for leaf in leaves(&standing.body) {
            let field = Leaf { place: format!("{AT}{}", leaf.place), ..leaf };
            if !form.holds(&field.place) {
                form = form.with(&field.place, field.text.clone());
            }
            match groups.last_mut().filter(|group| group.title == field.group) {
                Some(group) => group.fields.push(field),
                None => groups.push(Group { title: field.group.clone(), fields: vec![field] }),
            }
        }
        Self { shell, form, name: standing.name, version: standing.origin.version.clone(), groups }
    }

    /// Field and label, for the summary of errors.
    fn labels(&self) -> Vec<(&str, &str)> {
        let fields = self.groups.iter().flat_map(|group| &group.fields);
        let values = fields.map(|leaf| (leaf.place.as_str(), leaf.label.as_str()));
        [("version", "Name of the version"), ("source", "Where it is from")]
            .into_iter()
            .chain(values)
            .chain([("body", "Values")])
            .collect()
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Which table.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Which {
    /// `news2`; any other word is the first table.
    name: String,
}

async fn standing(tx: &TenantTx, name: &str) -> Result<Standing, AppError> {
    signing::standing(tx, Name::from_code(name).unwrap_or(Name::Plausibility)).await
}

/// `GET /vitals/tables/new`
pub(super) async fn form(
    tx: Authorized<KeepTables>,
    frame: Frame,
    Query(which): Query<Which>,
) -> Result<Response, AppError> {
    let standing = standing(&tx, &which.name).await?;
    let page = OwnPage::of(frame.shell(tx.actor()), &standing, FormState::new());
    Ok(tx.commit(Audit::listed("vitals_table", 1), Page(page)).await?.into_response())
}

/// `GET /vitals/tables/document`: the version that counts, to be changed and sent back.
pub(super) async fn document(tx: Authorized<View>, Query(which): Query<Which>) -> Result<Response, AppError> {
    let standing = standing(&tx, &which.name).await?;
    let whole = json!({
        "name": standing.name, "version": standing.origin.version, "source": standing.origin.source,
        "body": standing.body,
    });
    tx.commit(Audit::exported("vitals_table", "json", 1), NoContent).await?;
    let file = format!("attachment; filename=\"{}.json\"", standing.name.code());
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, file),
        (CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, pretty(&whole)).into_response())
}

/// What the form sends: beside these, a field for each value.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct OwnForm {
    name: String,
    version: String,
    source: String,
    /// `document`: what counts is `body`.
    by: String,
    body: String,
    /// `at.<place>`: a value.
    #[serde(flatten)]
    values: BTreeMap<String, String>,
}

impl OwnForm {
    fn state(&self) -> FormState {
        let state = FormState::new()
            .with("version", self.version.clone())
            .with("source", self.source.clone())
            .with_some("body", (!self.body.is_empty()).then(|| self.body.clone()));
        let values = self.values.iter().filter(|(name, _)| name.starts_with(AT));
        values.fold(state, |state, (name, value)| state.with(name, value.clone()))
    }

    /// All faults at once, each at its field.
    fn parse(&self, standing: &Standing) -> Result<NewTable, AppError> {
        let mut errors = FieldErrors::default();
        text::required("version", Some(&self.version), 50, &mut errors);
        text::required("source", Some(&self.source), 500, &mut errors);
        if Name::from_code(&self.name).is_none() {
            errors.add("name", "Choose a table.");
        }
        let body = match self.by.as_str() {
            "document" => read_document(&self.body).map_err(|fault| errors.add("body", fault)).ok(),
            _ => Some(with_leaves(&standing.body, AT, &self.values, &mut errors)),
        };
        errors.finish()?;
        NewTable::parse(standing.name, Some(&self.version), Some(&self.source), body)
    }
}

/// `POST /vitals/tables/new`
pub(super) async fn keep(
    tx: Authorized<KeepTables>,
    frame: Frame,
    Form(form): Form<OwnForm>,
) -> Result<Response, AppError> {
    let before = standing(&tx, &form.name).await?;
    let kept = async {
        let new = form.parse(&before)?;
        Ok((signing::keep(&tx, before.name, &new).await?, new.version))
    };
    match tx.attempt(kept).await {
        Ok((id, version)) => {
            let next = SeeOther("/vitals/tables?done=table-kept".to_owned());
            let audit = audit_of_table("created", id, before.name, &version);
            Ok(tx.commit(audit, next).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            let status = problem.status;
            let state = form.state().refused(&problem.errors, problem.detail);
            let page = OwnPage::of(frame.shell(tx.actor()), &before, state);
            let audit = Audit::listed("vitals_table", 1);
            Ok(tx.commit(audit, PageWithStatus(status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}
