//! The hospital's choice: whether doctors and nurses are shown their own patients first.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::RULES;
use crate::access::{Audit, Authorized, Frame};
use crate::app::App;
use crate::clinic::care::{self, Rules, SeeRules, SetRules};
use crate::clinic::patients;
use crate::kernel::{AppError, Problem};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, SeeOther, words};

/// `GET /settings/care`, and the 4xx answers to its form.
#[derive(Template)]
#[template(path = "clinic/care/pages/rules.html")]
struct RulesPage {
    shell: Shell,
    form: FormState,
    may_change: bool,
    is_on: bool,
    /// For how many it holds, or would.
    doctors: i64,
    nurses: i64,
    /// By whom and when it was changed last.
    changed: Option<(String, When)>,
}

impl RulesPage {
    fn choices() -> Vec<Choice> {
        vec![
            Choice::new("off", "Everybody is shown all patients"),
            Choice::new("on", "Doctors and nurses are shown their own first"),
        ]
    }
}

async fn page<P>(tx: &Authorized<P>, frame: &Frame, fault: Option<Problem>) -> Result<RulesPage, AppError> {
    let rules: Rules = care::rules(tx).await?;
    let (doctors, nurses) = care::ruled(tx).await?;
    let now = patients::hospital_now(tx);
    let changed = match rules.changed {
        Some((by, at)) => {
            let names = patients::staff_names(tx, &[by]).await?;
            let name = names.get(&by).cloned().unwrap_or_else(|| "somebody who left".to_owned());
            Some((name, When::moment(&at.to_zoned(now.time_zone().clone()), now.date()).inline()))
        }
        None => None,
    };
    let form = FormState::new()
        .with("row_rules", if rules.on { "on" } else { "off" })
        .with("version", rules.version.to_string());
    let form = match fault {
        Some(problem) => form.refused(&problem.errors, problem.detail),
        None => form,
    };
    Ok(RulesPage {
        shell: frame.shell(tx.actor()),
        form,
        may_change: tx.actor().holds("settings:update"),
        is_on: rules.on,
        doctors,
        nurses,
        changed,
    })
}

/// `GET /settings/care`
pub(super) async fn show(tx: Authorized<SeeRules>, frame: Frame) -> Result<Response, AppError> {
    let page = page(&tx, &frame, None).await?;
    let audit = Audit::viewed(tx.hospital().id);
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}

/// What the form sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct RulesForm {
    /// `on`, `off`
    row_rules: String,
    /// Of the choice as the form showed it.
    version: String,
}

/// `POST /settings/care`
pub(super) async fn save(
    tx: Authorized<SetRules>,
    State(app): State<App>,
    frame: Frame,
    Form(form): Form<RulesForm>,
) -> Result<Response, AppError> {
    let on = match form.row_rules.as_str() {
        "on" => true,
        "off" => false,
        _ => {
            let sentence = "Choose one of the two.";
            let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "validation_failed", sentence);
            return refused(tx, &frame, problem.at_field("row_rules")).await;
        }
    };
    let rules = care::rules(&tx).await?;
    // A version that is no number fits none. Looked at again where it counts.
    if form.version.trim().parse() != Ok(rules.version) {
        return refused(tx, &frame, Problem::from_error(care::CareError::VersionConflict)).await;
    }
    let mut choice = care::Choice::of(tx);
    let set = choice.set(on, &[i64::from(rules.version)]).await?;
    Ok(choice.saved(&app, set, SeeOther(format!("{RULES}?done=saved"))).await?.into_response())
}

async fn refused(tx: Authorized<SetRules>, frame: &Frame, problem: Problem) -> Result<Response, AppError> {
    let status = problem.status;
    let page = page(&tx, frame, Some(problem)).await?;
    let audit = Audit::viewed(tx.hospital().id);
    Ok(tx.commit(audit, PageWithStatus(status, page)).await?.into_response())
}
