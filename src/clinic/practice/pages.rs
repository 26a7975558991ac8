//! The buttons "Make a practice patient" and "Start over".

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::Authorized;
use crate::app::App;
use crate::clinic::patients::Register;
use crate::kernel::AppError;
use crate::web::openapi::op;
use crate::web::{Form, SeeOther};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new().api_route(
        "/patients/practice",
        post_with(make, op("pages.patients.practice", "Make a practice patient, or start over with one")),
    )
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Wish {
    /// Anything but nothing: retire the one before.
    start_over: String,
}

/// `POST /patients/practice`: leads to the record.
async fn make(tx: Authorized<Register>, Form(wish): Form<Wish>) -> Result<SeeOther, AppError> {
    let made = super::make(&tx, !wish.start_over.is_empty()).await?;
    let next = SeeOther(format!("/patients/{}?done=practice", made.patient().id));
    let audit = made.audit();
    tx.commit(audit, next).await
}
