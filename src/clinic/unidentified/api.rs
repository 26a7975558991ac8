//! `/patients/unidentified` and `/patients/{id}/identify`.

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use aide::transform::TransformOperation;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::model::{AgeBand, Stranger};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::patients::{
    self, Changed, Gender, PatientFields, PatientId, PatientView, RegisterInNeed, Registered, Update, Why,
};
use crate::kernel::AppError;
use crate::kernel::ids::new_uuid;
use crate::web::openapi::{header, op, refuses};
use crate::web::{Created, IfMatch, Json, Path, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/patients/unidentified", post_with(register, registers))
        .api_route("/patients/{patient_id}/identify", post_with(identify, identifies))
}

fn registers(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("unidentified.register", "Register a patient whom nobody knows"), &[])(operation)
        .with(header(201, "ETag", "The patient's version, for `If-Match`."))
        .with(header(201, "Location", "The new patient."))
        .description(
            "Everything may be unknown. The patient gets a code and a made-up name of two words and a number (`Amber`, \
             `Falcon 4821`); while words last, no other unidentified patient has one of them. Nobody is refused for the \
             hospital's limit: an overrun is kept as `over_limit`.",
        )
}

fn identifies(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &["unidentified.known", "patients.merged", "patients.version_conflict"];
    refuses(op("unidentified.identify", "Say who an unidentified patient is"), REFUSALS)(operation)
        .with(header(200, "ETag", "The patient's version, for `If-Match`."))
        .description(
            "The code stays, and the made-up name moves to `former_names`, where it is found. Fields as in a change of \
             a patient; without `last_name` there is none. `blood_group` is refused: it is tested, never taken over. For \
             somebody who is registered already, merge this record into that one instead.",
        )
}

/// What can be seen.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RegisterUnidentified {
    /// Left out: unknown.
    #[schemars(with = "Option<Gender>")]
    sex: Option<String>,
    /// How old the patient looks. Left out: unknown.
    #[schemars(with = "Option<AgeBand>")]
    age_band: Option<String>,
    /// Where the patient was found, clothes, anything by which family may know them. Kept as `clinical_notes`.
    #[schemars(length(max = 500))]
    note: Option<String>,
}

async fn register(
    tx: Authorized<RegisterInNeed>,
    Json(body): Json<RegisterUnidentified>,
) -> Result<Created<PatientView>, AppError> {
    let stranger = Stranger::parse(body.sex.as_deref(), body.age_band.as_deref(), body.note.as_deref())?;
    let (Registered::Now(id) | Registered::Before(id)) = super::register(&tx, stranger, new_uuid()).await?;
    let patient = patients::show(&tx, id).await?;
    tx.commit(patients::audit_of_arrival(&patient), patients::created(patient)).await
}

/// Who it is; only a first name is needed.
#[derive(JsonSchema)]
#[schemars(transform = for_identifying)]
struct IdentifyPatient(PatientFields);

impl<'de> Deserialize<'de> for IdentifyPatient {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        PatientFields::deserialize(deserializer).map(Self)
    }
}

fn for_identifying(schema: &mut Schema) {
    schema.insert("required".to_owned(), json!(["first_name"]));
}

async fn identify(
    tx: Authorized<Update>,
    Path(id): Path<PatientId>,
    IfMatch(tag): IfMatch,
    Json(IdentifyPatient(fields)): Json<IdentifyPatient>,
) -> Result<Reply<PatientView>, AppError> {
    let expected: Vec<i64> = [tag, fields.version.clone().value()].into_iter().flatten().collect();
    let changed = super::identify(&tx, id, fields, &expected, Why::desk()).await?;
    let audit = audit_of(id, &changed);
    tx.commit(audit, patients::shown(changed.patient)).await
}

/// Names of the fields, never values.
pub(super) fn audit_of(id: PatientId, changed: &Changed) -> Audit {
    Audit::did("identified", id).with(json!({ "fields": changed.fields }))
}
