//! `/patients/check-duplicates`.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::transform::TransformOperation;
use jiff::civil::Date;
use jiff::{Timestamp, Unit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{Candidate, Probe};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::patients::{self, PatientId, View};
use crate::kernel::{AppError, FieldErrors, phone, text};
use crate::web::openapi::op;
use crate::web::{Json, Query};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new().api_route("/patients/check-duplicates", get_with(check, describe))
}

fn describe(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("patients.check_duplicates", "Who is registered already and looks like this person")(operation).description(
        "Scores: same phone 0.5 (its last 8 digits 0.4, two digits swapped 0.2); same first and last name, in either \
         order, 0.2; first name alone, or one letter wrong, 0.1; same birthday 0.2 beside a name, never for one that \
         was computed from an age; same identity document 0.3. At most 20 from 0.3 on, the most alike first. Advice \
         only: registering is never refused for it.",
    )
}

#[derive(Deserialize, JsonSchema)]
struct CheckQuery {
    #[schemars(required, length(min = 1, max = 200))]
    first_name: Option<String>,
    /// 8 to 15 digits.
    #[schemars(required)]
    phone_primary: Option<String>,
    #[schemars(length(max = 200))]
    last_name: Option<String>,
    #[schemars(with = "Option<Date>")]
    dob: Option<String>,
    #[schemars(length(max = 32))]
    national_id_number: Option<String>,
    /// Leave this patient out: the one who is being edited.
    exclude_patient_id: Option<PatientId>,
}

impl CheckQuery {
    fn parse(self) -> Result<Probe, AppError> {
        let mut errors = FieldErrors::default();
        let first_name = text::person_name("first_name", self.first_name.as_deref(), 200, &mut errors);
        let phone = match self.phone_primary.as_deref().map(str::trim).filter(|typed| !typed.is_empty()) {
            Some(typed) => phone::parse("phone_primary", typed, &mut errors),
            None => {
                errors.add("phone_primary", "This is needed.");
                None
            }
        };
        let last_name = text::optional("last_name", self.last_name.as_deref(), 200, &mut errors);
        let national_id =
            text::optional("national_id_number", self.national_id_number.as_deref(), 32, &mut errors);
        let birthday = self.dob.as_deref().and_then(|typed| {
            let day = typed.trim().parse().ok();
            if day.is_none() {
                errors.add("dob", "Write the date as year-month-day, like 1992-03-14.");
            }
            day
        });
        errors.finish_with(first_name.zip(last_name.ok()).zip(national_id.ok()).map(
            |((first_name, last_name), national_id)| Probe {
                first_name,
                last_name,
                name_alternate: None,
                birthday,
                phone,
                national_id,
                exclude: self.exclude_patient_id,
            },
        ))
    }
}

/// People who may be the same.
#[derive(Serialize, JsonSchema)]
struct DuplicateCheck {
    has_duplicates: bool,
    candidates: Vec<DuplicateCandidate>,
}

/// Somebody who is registered already. Of a restricted record only the code and that somebody looks alike is told, at
/// the end of the list and with one score, whatever is alike.
#[derive(Serialize, JsonSchema)]
struct DuplicateCandidate {
    id: PatientId,
    patient_code: String,
    first_name: String,
    last_name: Option<String>,
    /// As recorded; computed where only an age is known.
    dob: Option<Date>,
    phone_primary: Option<String>,
    /// Full years today.
    age: Option<i16>,
    last_visited_at: Option<Timestamp>,
    /// 0.3 to 1.2
    match_score: f64,
    /// `same phone, same name`
    match_reason: String,
}

impl DuplicateCandidate {
    fn new(candidate: Candidate, today: Date) -> Self {
        let age =
            candidate.dob.and_then(|dob| dob.until((Unit::Year, today)).ok()).map(|span| span.get_years());
        Self {
            id: candidate.id,
            patient_code: candidate.code,
            first_name: candidate.first_name,
            last_name: candidate.last_name,
            dob: candidate.dob,
            phone_primary: candidate.phone,
            age,
            last_visited_at: candidate.last_visited_at,
            match_score: f64::from(candidate.found.score) / 100.0,
            match_reason: candidate.found.reason(),
        }
    }
}

async fn check(
    tx: Authorized<View>,
    Query(query): Query<CheckQuery>,
) -> Result<Json<DuplicateCheck>, AppError> {
    let probe = query.parse()?;
    let today = patients::hospital_now(&tx).date();
    let candidates: Vec<_> = super::find(&tx, &probe)
        .await?
        .into_iter()
        .map(|candidate| DuplicateCandidate::new(candidate, today))
        .collect();
    let audit = Audit::listed("patient", candidates.len());
    tx.commit(audit, Json(DuplicateCheck { has_duplicates: !candidates.is_empty(), candidates })).await
}
