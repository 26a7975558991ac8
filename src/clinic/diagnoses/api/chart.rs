//! `/diagnoses/{id}/chart-condition`, and what a change of a diagnosis says of the chart.

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use aide::transform::TransformOperation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::DiagnosisView;
use crate::access::{Audit, Authorized, TenantTx};
use crate::app::App;
use crate::clinic::chart::{ConditionId, ConditionView, Told};
use crate::clinic::diagnoses::domain::chart::{self, Charted};
use crate::clinic::diagnoses::model::{Diagnosis, DiagnosisId};
use crate::clinic::patients::{Given, Update};
use crate::kernel::AppError;
use crate::web::openapi::{header, op, refuses_closed};
use crate::web::{OptionalJson, Path, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new().api_route("/diagnoses/{diagnosis_id}/chart-condition", post_with(add_to_chart, charts))
}

fn charts(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] =
        &["patients.merged", "diagnoses.ended", "diagnoses.refuted", "diagnoses.not_for_chart", "chart.full"];
    refuses_closed(op("diagnoses.add_to_chart", "Add a diagnosis to the chart's conditions"), REFUSALS)(
        operation,
    )
        .with(header(200, "Location", "The condition."))
        .description(
            "With its words and code; how sure it was is the condition's note. What the chart says already, by the same code \
             or in the same words, is not added again. Needs `encounters:view` too.",
        )
}

/// A diagnosis after a change, and what the chart says.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ChangedDiagnosis {
    #[serde(flatten)]
    diagnosis: DiagnosisView,
    /// The active condition of the chart that says the same: it stands there, whatever became of the diagnosis. `null` too
    /// for who may not see patients.
    chart_condition_id: Option<ConditionId>,
}

impl ChangedDiagnosis {
    pub(super) async fn of(tx: &TenantTx, diagnosis: Diagnosis) -> Result<Self, AppError> {
        let conditions = chart::conditions(tx, diagnosis.patient).await?;
        let same = chart::same(&conditions, &diagnosis).map(|entry| ConditionId(entry.id.0));
        Ok(Self { chart_condition_id: same, diagnosis: diagnosis.into() })
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "AddDiagnosisToChart")]
struct AddToChart {
    /// Since when the patient has it: `2019`, `2019-06` or `2019-06-14`.
    onset: Option<String>,
}

/// What the chart says of a diagnosis.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChartedDiagnosis")]
struct ChartedView {
    diagnosis_id: DiagnosisId,
    /// The chart said it already, by the same code or in the same words: nothing was added.
    was_listed: bool,
    condition: ConditionView,
}

async fn add_to_chart(
    tx: Authorized<Update>,
    Path(id): Path<DiagnosisId>,
    OptionalJson(body): OptionalJson<AddToChart>,
) -> Result<Reply<ChartedView>, AppError> {
    let onset = body.unwrap_or_default().onset.map_or(Given::Absent, Given::Value);
    let charted = chart::add(&tx, id, Told { onset, ..Told::default() }).await?;
    let audit = audit_of_chart(&charted);
    let Charted { diagnosis, condition, was_listed } = charted;
    let location = format!("/api/v1/patients/{}/conditions/{}", condition.patient, condition.id);
    let view = ChartedView { diagnosis_id: diagnosis.id, was_listed, condition: condition.into() };
    tx.commit(audit, Reply::new(view).location(&location)).await
}

/// Ids, never what it says; what was there already was looked at.
pub fn audit_of_chart(charted: &Charted) -> Audit {
    let Diagnosis { id, patient, encounter, .. } = &charted.diagnosis;
    let condition = ConditionId(charted.condition.id.0);
    let audit = if charted.was_listed { Audit::viewed(condition) } else { Audit::created(condition) };
    audit.with(json!({ "patient_id": patient, "encounter_id": encounter, "diagnosis_id": id }))
}
