//! `/patients/{id}/deceased`.

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use aide::transform::TransformOperation;
use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Undo;
use super::model::Told;
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::patients::{self, Patient, PatientId, Update, Why};
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::openapi::{op, refuses};
use crate::web::{IfMatch, Json, Path, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/patients/{patient_id}/deceased", post_with(record, records))
        .api_route("/patients/{patient_id}/deceased/undo", post_with(undo, undoes))
}

fn records(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] =
        &["patients.merged", "patients.version_conflict", "patients.may_not_undo_death"];
    refuses(op("deceased.record", "Write down that a patient has died"), REFUSALS)(operation).description(
        "Any time back: a late note is never refused. What was booked for the patient is called off. A time without offset is the hospital's; one that its clock \
         showed twice or skipped is a 422 at `offset`, which names both offsets. Sent again, it corrects what was \
         written down.",
    )
}

fn undoes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &[
        "deceased.not_deceased",
        "patients.merged",
        "patients.version_conflict",
        "patients.may_not_undo_death",
    ];
    refuses(op("deceased.undo", "Take back that a patient has died"), REFUSALS)(operation).description(
        "For a mistake; both are in the record's history. It takes `patients:update` as well. 409 \
             `deceased.not_deceased`.",
    )
}

/// What is known about a death.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Death")]
struct DeathView {
    patient_id: PatientId,
    is_deceased: bool,
    date_of_death: Option<Date>,
    died_at: Option<Timestamp>,
    death_certified_by: Option<String>,
    version: i32,
}

impl From<Patient> for DeathView {
    fn from(patient: Patient) -> Self {
        Self {
            patient_id: patient.id,
            is_deceased: patient.details.is_deceased,
            date_of_death: patient.details.date_of_death,
            died_at: patient.details.died_at,
            death_certified_by: patient.details.death_certified_by,
            version: patient.version,
        }
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RecordDeath {
    /// `2026-10-25T02:30` on the hospital's clock, the same with an offset, or the day alone.
    #[schemars(required)]
    died_at: Option<String>,
    /// `+01:00`, where the hospital's clock showed this time twice or not at all.
    offset: Option<String>,
    #[schemars(length(max = 200))]
    certified_by: Option<String>,
    /// For the record's history.
    #[schemars(length(max = 500))]
    note: Option<String>,
}

async fn record(
    tx: Authorized<Update>,
    Path(id): Path<PatientId>,
    IfMatch(tag): IfMatch,
    Json(body): Json<RecordDeath>,
) -> Result<Reply<DeathView>, AppError> {
    let mut errors = FieldErrors::default();
    let note = text::optional("note", body.note.as_deref(), 500, &mut errors);
    let told = Told {
        died_at: body.died_at.as_deref().unwrap_or_default(),
        offset: body.offset.as_deref().unwrap_or_default(),
        certified_by: body.certified_by.as_deref(),
    };
    let death = both(errors, told.parse(&tx.hospital().zone))?;
    let why = Why { reason: note.ok().flatten(), ..Why::default() };
    let expected: Vec<i64> = tag.into_iter().collect();
    let recorded = super::record(&tx, id, death, &expected, &why).await?;
    let (audit, patient) = (recorded.audit(id), recorded.changed.patient);
    let version = patient.version;
    tx.commit(audit, Reply::new(patient.into()).etag(version)).await
}

/// The faults of both at once.
pub(super) fn both<T>(errors: FieldErrors, parsed: Result<T, AppError>) -> Result<T, AppError> {
    match (errors.finish(), parsed) {
        (Ok(()), parsed) => parsed,
        (Err(AppError::Problem(mut one)), Err(AppError::Problem(other))) => {
            one.errors.extend(other.errors);
            one.detail = format!("{} fields need attention.", one.errors.len()).into();
            Err(AppError::Problem(one))
        }
        (Err(error), _) => Err(error),
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct UndoDeath {
    /// How it is known that the patient lives.
    #[schemars(required, length(min = 1, max = 500))]
    reason: Option<String>,
}

async fn undo(
    tx: Authorized<Undo>,
    Path(id): Path<PatientId>,
    Json(body): Json<UndoDeath>,
) -> Result<Reply<DeathView>, AppError> {
    patients::also::<Update>(&tx)?;
    let mut errors = FieldErrors::default();
    let reason = text::required("reason", body.reason.as_deref(), 500, &mut errors);
    let changed = super::undo(&tx, id, errors.finish_with(reason)?).await?;
    let version = changed.patient.version;
    tx.commit(Audit::did("not_deceased", id), Reply::new(changed.patient.into()).etag(version)).await
}
