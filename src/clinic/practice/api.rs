//! `/patients/practice`: somebody to try things out with.

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use aide::transform::TransformOperation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Authorized;
use crate::app::App;
use crate::clinic::patients::{PatientId, Register};
use crate::kernel::AppError;
use crate::web::openapi::op;
use crate::web::{OptionalJson, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new().api_route("/patients/practice", post_with(make, makes))
}

fn makes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("patients.practice", "The practice patient, made if there is none")(operation).description(
        "A hospital has one practice patient at a time. It is in no list, count, export, limit or report, and is found \
         by a search that finds nobody else. Asked for again, the same one is told.",
    )
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Wish {
    /// Make a new one, and retire the one before.
    start_over: bool,
}

/// Whom people practise with.
#[derive(Serialize, JsonSchema)]
struct PracticePatient {
    id: PatientId,
    /// `PRACTICE-1`
    patient_code: String,
    /// Just now, by this request.
    is_new: bool,
}

async fn make(
    tx: Authorized<Register>,
    OptionalJson(wish): OptionalJson<Wish>,
) -> Result<Reply<PracticePatient>, AppError> {
    let made = super::make(&tx, wish.unwrap_or_default().start_over).await?;
    let patient = made.patient();
    let view = PracticePatient {
        id: patient.id,
        patient_code: patient.code.clone(),
        is_new: matches!(made, super::Made::Now { .. }),
    };
    let audit = made.audit();
    tx.commit(audit, Reply::new(view)).await
}
