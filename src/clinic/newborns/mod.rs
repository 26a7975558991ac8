//! Children registered from their mother's chart at birth, before they have a name.
//!
//! Invariants: a child has a code of its own, its moment of birth, its order among the children of this birth and the
//! link to its mother; of one birth there is one child of each order, whoever registers it first: the mother's row is
//! held, and `patients_birth_order_once` holds where it is not. All children of one form are registered, or none.
//! Phone and address are not copied: the mother is the contact. A birth is never refused for the hospital's limit.
//!
//! Elsewhere: what a child is called (`patients::newborn_name`), and the family on the patient's page (`patients`).

mod api;
mod model;
mod pages;
mod store;

pub use model::{Child, Delivery, GivenChild, NewbornError};

use uuid::Uuid;

use crate::access::{Audit, Module, TenantTx};
use crate::clinic::patients::{
    self, Birth, Confidentiality, Details, Gender, Given, Needs, Origin, Patient, PatientError,
    PatientFields, PatientId, Registered, RegisteredAs,
};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::openapi::{Chapter, Part};

/// This capability, for the registry. It asks for the right to register patients.
pub const MODULE: Module = Module {
    statements: &[store::STATEMENTS],
    problems: &[NewbornError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Newborns",
        "Children are registered from their mother's record at birth, before they have a name; all of one birth at once.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    ..Module::named("newborns")
};

/// The mother, held until the transaction ends: of two who register her children, the second one sees the first's.
///
/// # Errors
/// 404, [`PatientError::Merged`], [`NewbornError::NotAMother`].
pub async fn hold_mother(tx: &TenantTx, id: PatientId) -> Result<Patient, AppError> {
    store::hold(tx, id).await?;
    mother(tx, id).await
}

/// The mother, to be looked at.
///
/// # Errors
/// 404, [`PatientError::Merged`], [`NewbornError::NotAMother`].
pub async fn mother(tx: &TenantTx, id: PatientId) -> Result<Patient, AppError> {
    let patient = patients::show(tx, id).await?;
    if patient.id != id {
        return Err(PatientError::Merged { code: patient.code }.into());
    }
    if patient.details.gender == Some(Gender::Male) {
        return Err(NewbornError::NotAMother.into());
    }
    Ok(patient)
}

/// Register the children of one birth. `key`: made when the form was shown; `None` if it was sent before.
///
/// # Errors
/// [`NewbornError::OrderTaken`].
pub async fn register(
    tx: &TenantTx,
    mother: &Patient,
    delivery: &Delivery,
    key: Option<Uuid>,
) -> Result<Option<Vec<Patient>>, AppError> {
    if patients::is_sent_again(tx, key).await? {
        return Ok(None);
    }
    let known = patients::children(tx, mother.id).await?;
    let mut ids = Vec::new();
    for (at, child) in delivery.children.iter().enumerate() {
        if let Some(other) = known.iter().find(|other| child.is_in_the_place_of(other)) {
            return Err(taken(child, format!(" as {}", other.code)));
        }
        let details = details(tx, mother, child)?;
        let origin = origin(mother, child, delivery.count());
        // One form, one key: the first child holds it for all.
        let id = match key.filter(|_| at == 0) {
            Some(key) => {
                match patients::register_as_once(tx, details, origin, key, &patients::Why::default()).await {
                    Ok(Registered::Now(id)) => id,
                    Ok(Registered::Before(_)) => return Ok(None),
                    Err(error) => return Err(collision(error, child)),
                }
            }
            None => {
                let made = patients::register_as(tx, details, origin).await;
                made.map_err(|error| collision(error, child))?.id
            }
        };
        ids.push(id);
    }
    if let (Some(count), Some(first)) = (delivery.count(), delivery.children.first()) {
        let by = UserId(tx.origin().actor_id.unwrap_or(Uuid::nil()));
        store::raise_count(tx, mother.id, count, first.born_at, by).await?;
    }
    patients::inherit_care(tx, mother.id, &ids).await?;
    let mut children = Vec::new();
    for id in ids {
        children.push(patients::show(tx, id).await?);
    }
    Ok(Some(children))
}

/// The number of the next child of a birth that is not over, also after one whose record the reader may not see.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn next_order(tx: &TenantTx, mother: PatientId) -> Result<i16, AppError> {
    Ok(store::highest(tx, mother).await?.unwrap_or(0) + 1)
}

fn taken(child: &Child, known_as: String) -> AppError {
    NewbornError::OrderTaken { letter: patients::letter(child.order), known_as }.into()
}

fn collision(error: AppError, child: &Child) -> AppError {
    match error.constraint() {
        Some("patients_birth_order_once") => taken(child, String::new()),
        _ => error,
    }
}

fn origin(mother: &Patient, child: &Child, count: Option<i16>) -> Origin {
    // The child of a practice patient is for practice too.
    let is_practice = mother.origin.is_practice();
    Origin {
        registered_as: if is_practice { RegisteredAs::Practice } else { RegisteredAs::Birth },
        mother: Some(mother.id),
        birth_order: Some(child.order),
        birth_count: count,
        born_at: Some(child.born_at),
        ..Origin::default()
    }
}

fn details(tx: &TenantTx, mother: &Patient, child: &Child) -> Result<Details, AppError> {
    let here = patients::here(tx);
    let (d, name) = (&mother.details, mother.name());
    let cut = |most: usize| Given::Value(name.chars().take(most).collect::<String>());
    let mut fields = PatientFields {
        first_name: Given::Value(patients::newborn_name(child.sex, child.order)),
        last_name: cut(200),
        gender: Given::Value(child.sex.code().to_owned()),
        birth: Some(Birth::On(child.born_at.to_zoned(here.now.time_zone().clone()).date())),
        ..PatientFields::default()
    };
    if let Some(phone) = d.phone_primary.clone().filter(|_| !d.is_deceased) {
        fields.emergency_contact_name = cut(100);
        fields.emergency_contact_relation = Given::Value("Mother".to_owned());
        fields.emergency_contact_phone = Given::Value(phone);
    }
    if d.confidentiality != Confidentiality::Normal {
        fields.confidentiality = Given::Value(d.confidentiality.code().to_owned());
    }
    Details::parse(fields, Needs::Name, &here)
}

/// One row for one form: its first child, and whoever was born with it.
fn audit_of(mother: &Patient, children: &[Patient]) -> Audit {
    let ids: Vec<PatientId> = children.iter().map(|child| child.id).collect();
    let over_limit = children.iter().any(|child| child.origin.over_limit);
    let detail = serde_json::json!({
        "registered_as": children.first().map(|child| child.origin.registered_as),
        "mother_id": mother.id, "newborns": ids, "over_limit": over_limit,
    });
    match ids.first() {
        Some(id) => Audit::created(*id).with(detail),
        None => Audit::viewed(mother.id),
    }
}
