//! Pages of care: a patient's team, who covers whom, and the hospital's choice.

mod cover;
mod rules;
mod team;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

use crate::access::TenantTx;
use crate::app::App;
use crate::clinic::care;
use crate::kernel::AppError;
use crate::web::layout::Choice;
use crate::web::openapi::op;

const COVER: &str = "/care/cover";
const RULES: &str = "/settings/care";

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/patients/{patient_id}/care-team",
            get_with(team::show, op("pages.care.team", "Who cares for a patient")),
        )
        .api_route(
            "/patients/{patient_id}/care-team",
            post_with(team::assign, op("pages.care.assign", "Put somebody on the care team")),
        )
        .api_route(
            "/patients/{patient_id}/care-team/{relation_id}/end",
            post_with(team::end, op("pages.care.end", "End that somebody cares for a patient")),
        )
        .api_route(COVER, get_with(cover::show, op("pages.care.covers", "Who covers whom")))
        .api_route(COVER, post_with(cover::save, op("pages.care.cover", "Let somebody stand in")))
        .api_route(
            "/care/cover/{cover_id}/end",
            post_with(cover::end, op("pages.care.end_cover", "End a cover before its time")),
        )
        .api_route(RULES, get_with(rules::show, op("pages.care.rules", "Who sees which patients")))
        .api_route(RULES, post_with(rules::save, op("pages.care.set_rules", "Switch the rules on or off")))
}

/// Who may see patients, with their department, after a blank.
async fn people(tx: &TenantTx) -> Result<Vec<Choice>, AppError> {
    let people = care::people(tx).await?.into_iter();
    let people =
        people.map(|(id, name, department)| Choice::new(id.to_string(), format!("{name}, {department}")));
    Ok(std::iter::once(Choice::new("", "Nobody")).chain(people).collect())
}

/// Departments that see patients, after a blank.
async fn departments(tx: &TenantTx) -> Result<Vec<Choice>, AppError> {
    let departments = care::departments(tx).await?.into_iter();
    let departments = departments.map(|(id, name)| Choice::new(id.to_string(), name));
    Ok(std::iter::once(Choice::new("", "None")).chain(departments).collect())
}
