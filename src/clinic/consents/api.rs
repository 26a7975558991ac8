//! `/patients/{id}/consents`.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::transform::TransformOperation;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::MOST;
use super::model::NewAnswer;
use crate::access::{Audit, Authorized, TenantTx};
use crate::app::App;
use crate::clinic::patients::{
    self, ConsentKind, ConsentState, Details, KeptAnswer, PatientId, Source, Update, View, staff_names,
};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::openapi::{op, refuses};
use crate::web::{Created, Json, Path, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/patients/{patient_id}/consents",
            get_with(show, op("consents.show", "What a patient agreed to")),
        )
        .api_route("/patients/{patient_id}/consents", post_with(record, records))
}

fn records(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("consents.record", "Write down what a patient answered"), &["patients.merged"])(operation).description(
        "The patient's `consent_sms` or `consent_email` follows. A yes to text messages needs a phone number that is \
         not a landline, a yes to e-mails an address: 422 at `given`.",
    )
}

/// Everything about a patient's consents.
#[derive(Serialize, JsonSchema)]
struct Consents {
    /// One for each kind.
    consents: Vec<Consent>,
    /// Newest first, at most 200.
    answers: Vec<ConsentAnswer>,
}

/// Where one consent stands.
#[derive(Serialize, JsonSchema)]
struct Consent {
    kind: ConsentKind,
    state: ConsentState,
    /// Absent where nobody was asked, or the answer is older than this record of answers.
    answer: Option<ConsentAnswer>,
}

/// One answer.
#[derive(Serialize, JsonSchema)]
struct ConsentAnswer {
    kind: ConsentKind,
    given: bool,
    source: Source,
    note: Option<String>,
    asked_at: Timestamp,
    recorded_by_id: UserId,
    /// Absent for somebody who is not on the staff any more.
    recorded_by_name: Option<String>,
    recorded_at: Timestamp,
}

async fn consents(tx: &TenantTx, id: PatientId, details: &Details) -> Result<Consents, AppError> {
    let kept = patients::answers(tx, id, MOST).await?;
    let people: Vec<UserId> = kept.iter().map(|kept| kept.recorded_by).collect();
    let names = staff_names(tx, &people).await?;
    let view = |kept: &KeptAnswer| ConsentAnswer {
        kind: kept.answer.kind,
        given: kept.answer.given,
        source: kept.answer.source,
        note: kept.answer.note.clone(),
        asked_at: kept.answer.asked_at,
        recorded_by_id: kept.recorded_by,
        recorded_by_name: names.get(&kept.recorded_by).cloned(),
        recorded_at: kept.recorded_at,
    };
    let consents = ConsentKind::ALL.map(|kind| {
        let (state, answer) = ConsentState::of(kind, details, &kept);
        Consent { kind, state, answer: answer.map(view) }
    });
    Ok(Consents { consents: consents.into(), answers: kept.iter().map(view).collect() })
}

async fn show(tx: Authorized<View>, Path(id): Path<PatientId>) -> Result<Json<Consents>, AppError> {
    let patient = patients::show(&tx, id).await?;
    let found = consents(&tx, patient.id, &patient.details).await?;
    tx.commit(Audit::viewed(patient.id).with(json!({ "part": "consents" })), Json(found)).await
}

/// What the patient was asked, and said.
#[derive(Deserialize, JsonSchema)]
struct RecordConsent {
    #[schemars(required, with = "Option<ConsentKind>")]
    kind: Option<String>,
    /// Did the patient agree?
    #[schemars(required)]
    given: Option<bool>,
    /// How it was answered.
    #[schemars(required, with = "Option<Source>")]
    source: Option<String>,
    /// When it was asked, with offset; now if left out.
    #[schemars(with = "Option<Timestamp>")]
    asked_at: Option<String>,
    #[schemars(length(max = 500))]
    note: Option<String>,
}

async fn record(
    tx: Authorized<Update>,
    Path(id): Path<PatientId>,
    Json(body): Json<RecordConsent>,
) -> Result<Created<Consents>, AppError> {
    let new = NewAnswer {
        kind: body.kind.as_deref().unwrap_or_default(),
        given: body.given,
        source: body.source.as_deref().unwrap_or_default(),
        asked_at: body.asked_at.as_deref().unwrap_or_default(),
        note: body.note.as_deref(),
    };
    let answer = new.parse(tx.now())?;
    let audit = audit_of(id, answer.kind, answer.given);
    let changed = patients::answer(&tx, id, answer).await.map_err(at_given)?;
    let found = consents(&tx, id, &changed.patient.details).await?;
    let location = format!("/api/v1/patients/{id}/consents");
    tx.commit(audit, Reply::new(found).location(&location)).await
}

/// Kind and answer: no secret, and what somebody who looks for it wants to find.
pub(super) fn audit_of(id: PatientId, kind: ConsentKind, given: bool) -> Audit {
    Audit::did("consent_recorded", id).with(json!({ "kind": kind, "given": given }))
}

/// What the patient's fields say about an answer belongs to the question.
pub(super) fn at_given(error: AppError) -> AppError {
    let AppError::Problem(mut problem) = error else { return error };
    for error in &mut problem.errors {
        if ConsentKind::ALL.iter().any(|kind| kind.field() == error.field) {
            "given".clone_into(&mut error.field);
            problem.detail = format!("given: {}", error.message).into();
        }
    }
    AppError::Problem(problem)
}
