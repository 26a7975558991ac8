//! Patients whom nobody knows: brought in unconscious, registered in one key, identified later.
//!
//! Invariants: such a patient gets a code at once, whatever the hospital's limit says, and nothing is asked that nobody
//! can answer. The made-up name has two words that are easy to say and hear; while words last no two unidentified
//! patients share one, and never both (`patients_unidentified_name`): who makes a name holds the row
//! `counters('patients')`, so racers see each other's names. Identifying keeps the code, and the made-up name is found
//! for ever. A blood group is never taken over from who somebody is said to be.
//!
//! Elsewhere: somebody who turns out to be registered already is merged (`merges`).

mod api;
mod model;
mod names;
mod pages;
mod store;

pub use model::{AgeBand, Stranger, UnidentifiedError};
pub use names::{FIRST, SECOND};

use uuid::Uuid;

use crate::access::{Module, TenantTx};
use crate::clinic::patients::{
    self, Action, Changed, Details, Given, Needs, Origin, PatientError, PatientFields, PatientId, Registered,
    RegisteredAs, Why,
};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{Chapter, Part};

/// This capability, for the registry. It asks for the rights to register and to change patients.
pub const MODULE: Module = Module {
    statements: &[store::STATEMENTS],
    problems: &[UnidentifiedError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Unidentified patients",
        "Somebody whom nobody knows is registered in one step, gets a code and a made-up name, and is identified later.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    ..Module::named("unidentified")
};

/// Register somebody whom nobody knows. `key`: made when the form was shown, so that it registers one patient.
///
/// # Errors
/// Whatever PostgreSQL answers; never for the hospital's limit.
pub async fn register(tx: &TenantTx, stranger: Stranger, key: Uuid) -> Result<Registered, AppError> {
    store::hold_names(tx).await?;
    let (first_name, last_name) = names::choose(&store::names_in_use(tx).await?);
    let here = patients::here(tx);
    let fields = PatientFields {
        first_name: Given::Value(first_name),
        last_name: Given::Value(last_name),
        gender: Given::Value(stranger.sex.code().to_owned()),
        clinical_notes: stranger.note.into(),
        birth: Some(AgeBand::birth(stranger.age_band, here.today())),
        ..PatientFields::default()
    };
    let details = Details::parse(fields, Needs::Name, &here)?;
    let origin =
        Origin { registered_as: RegisteredAs::Emergency, is_unidentified: true, ..Origin::default() };
    patients::register_as_once(tx, details, origin, key, &Why::default()).await
}

/// Say who an unidentified patient is. `expected` holds the versions that the caller believes to be the newest, `why`
/// what the patient answered when asked.
///
/// # Errors
/// 404, [`UnidentifiedError::Known`], [`PatientError::Merged`], [`PatientError::VersionConflict`], or what is wrong
/// with the fields.
pub async fn identify(
    tx: &TenantTx,
    id: PatientId,
    mut fields: PatientFields,
    expected: &[i64],
    why: Why,
) -> Result<Changed, AppError> {
    let held = patients::lock(tx, id).await?;
    if !held.origin.is_unidentified {
        return Err(UnidentifiedError::Known.into());
    }
    if expected.iter().any(|version| *version != i64::from(held.version)) {
        return Err(PatientError::VersionConflict.into());
    }
    // The made-up last name does not stay behind a real first name.
    if fields.last_name.is_absent() {
        fields.last_name = Given::Null;
    }
    check(&fields, &held.details, tx)?;
    let by = UserId(tx.origin().actor_id.unwrap_or(Uuid::nil()));
    // First: the real name may be that of another patient whom nobody knows for sure.
    store::identified(tx, id, by).await?;
    let why = Why { action: Some(Action::Identify), ..why };
    patients::update_with(tx, id, fields, &[], &why).await
}

/// All that is wrong with an identity, at once.
fn check(fields: &PatientFields, details: &Details, tx: &TenantTx) -> Result<(), AppError> {
    let mut errors = FieldErrors::default();
    if fields.first_name.is_absent() {
        errors.add("first_name", "This is needed.");
    }
    if !fields.blood_group.is_absent() {
        errors.add(
            "blood_group",
            "A blood group is not taken over from who somebody is said to be: leave it out and have it tested.",
        );
    }
    if let Err(AppError::Problem(more)) = details.changed(fields.clone(), &patients::here(tx)) {
        for error in more.errors {
            errors.add(&error.field, error.message);
        }
    }
    errors.finish()
}
