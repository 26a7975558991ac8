//! `PATCH /patients/{id}/profile`: the contract's second way to change a patient, with its stricter rules.

use aide::transform::TransformOperation;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{REFUSED_CHANGE, audit_of, expected, shown, shows};
use crate::access::Authorized;
use crate::clinic::patients::input::PatientFields;
use crate::clinic::patients::model::PatientId;
use crate::clinic::patients::view::PatientView;
use crate::clinic::patients::{Update, Why, update_with};
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::openapi::refuses;
use crate::web::{IfMatch, Json, Path, Query, Reply};

const RULES: &str = "Like `PATCH /patients/{patient_id}`, and: an address has at least 3 characters; a `postal_code` has \
    exactly 6 digits where the hospital is in India and the patient's `country` is blank or India. A date of death may \
    lie any time back: late notes are taken.";

pub(super) fn describe(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(shows("patients.update_profile", "Change a patient's profile, with the reason"), REFUSED_CHANGE)(
        operation,
    )
    .description(RULES)
}

#[derive(Deserialize, JsonSchema)]
pub(super) struct ReasonQuery {
    /// Why, for the record's history; better in the body, because addresses end up in logs of proxies. At most 500
    /// characters.
    change_reason: Option<String>,
}

/// The fields of a profile to change.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct UpdateProfile(PatientFields);

pub(super) async fn update(
    tx: Authorized<Update>,
    Path(id): Path<PatientId>,
    Query(query): Query<ReasonQuery>,
    IfMatch(tag): IfMatch,
    Json(UpdateProfile(fields)): Json<UpdateProfile>,
) -> Result<Reply<PatientView>, AppError> {
    let mut errors = FieldErrors::default();
    let reason = text::optional("change_reason", query.change_reason.as_deref(), 500, &mut errors);
    let reason = fields.reason().or(errors.finish_with(reason.ok())?);
    let expected = expected(tag, &fields);
    let fields = PatientFields { as_profile: true, ..fields };
    let why = Why { reason, ..Why::default() };
    let changed = update_with(&tx, id, fields, &expected, &why).await?;
    tx.commit(audit_of(id, &changed), shown(changed.patient)).await
}
