//! Pages of the audit: the trail, who looked at one patient, failed sign-ins and denied attempts.

mod attempts;
mod looked;
mod rows;
mod trail;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;

use crate::app::App;
use crate::web::layout::Tab;
use crate::web::openapi::op;

const TRAIL: &str = "/audit";
const FAILED: &str = "/audit/sign-ins";
const DENIED: &str = "/audit/denied";
const EXPORT: &str = "/audit/export/csv";
/// Lines of a page.
const PAGE_SIZE: i64 = 25;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(TRAIL, get_with(trail::show, op("pages.audit.trail", "Audit trail")))
        .api_route(EXPORT, get_with(trail::csv, op("pages.audit.export_csv", "The audit trail as a file")))
        .api_route(FAILED, get_with(attempts::failed, op("pages.audit.sign_ins", "Failed sign-ins")))
        .api_route(DENIED, get_with(attempts::denied, op("pages.audit.denied", "Denied attempts")))
        .api_route(
            "/patients/{patient_id}/audit",
            get_with(looked::show, op("pages.audit.of_patient", "Who looked at a patient's record")),
        )
}

/// The parts of the audit.
fn tabs(current: &str) -> Vec<Tab> {
    [("Audit trail", TRAIL), ("Failed sign-ins", FAILED), ("Denied attempts", DENIED)]
        .map(|(label, href)| Tab { label, href: href.to_owned(), count: None, current: href == current })
        .into()
}

/// An address with what narrows a list; what is absent is not said.
fn address(path: &str, narrowed_by: &[(&str, Option<&str>)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in narrowed_by {
        if let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}
