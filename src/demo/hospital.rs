//! The demo's hospitals and their people: made as a sign-up makes them, but for the mail and the form's rules about
//! passwords, which everybody may know here.

use anyhow::{Context as _, ensure};
use secrecy::SecretString;
use uuid::Uuid;

use super::dice::Dice;
use super::places::{BRITAIN, Country, INDIA};
use crate::access::{self, Audit, Bridge, SystemTask};
use crate::app::App;
use crate::clinic::roles::SystemRole;
use crate::clinic::{departments, staff};
use crate::identity::actor::TenantFacts;
use crate::kernel::AppError;
use crate::kernel::ids::TenantId;
use crate::platform::demo::{self, ACCOUNTS, HOSPITALS, PASSWORD, Place};
use crate::platform::signup::{self, NewHospital, RegisterHospital};
use crate::web::NoContent;

const TASK: SystemTask = SystemTask("demo");
/// Where the clinical staff of the demo work.
pub(super) const WARD: &str = "General Medicine";

/// One hospital of the demo.
pub(super) struct Hospital {
    pub(super) place: Place,
    /// Which of them, from 0.
    pub(super) number: u64,
    pub(super) country: &'static Country,
    pub(super) facts: TenantFacts,
}

/// The country of each, in the order of [`HOSPITALS`].
const COUNTRIES: [&Country; 2] = [&INDIA, &BRITAIN];

/// Its place in the demo: `(number, place, country)`.
pub(super) fn all() -> impl Iterator<Item = (u64, Place, &'static Country)> {
    HOSPITALS.into_iter().zip(COUNTRIES).zip(0..).map(|((place, country), number)| (number, place, country))
}

/// Those that are there.
pub(super) async fn there(app: &App) -> anyhow::Result<Vec<(Hospital, demo::DemoHospital)>> {
    let known = demo::hospitals(app).await?;
    let mut found = Vec::new();
    for (number, place, country) in all() {
        if let Some(one) = known.iter().find(|one| one.licence == place.licence) {
            let facts = facts(app, one.id).await?;
            found.push((Hospital { place, number, country, facts }, one.clone()));
        }
    }
    Ok(found)
}

/// A hospital as the gate knows it.
async fn facts(app: &App, id: TenantId) -> anyhow::Result<TenantFacts> {
    let before = TenantId(Uuid::from_u128(id.0.as_u128().saturating_sub(1)));
    let next = access::hospitals(app, TASK, Some(before)).await?;
    let found = next.into_iter().find(|facts| facts.id == id);
    found.context("a demo hospital is behind this version: run `hms migrate` first")
}

/// The hospital at this place, made if it is not there, with everybody who works in it. `doctors` of them at least two.
pub(super) async fn ensure(
    app: &App,
    which: (u64, Place, &'static Country),
    doctors: u64,
) -> anyhow::Result<Hospital> {
    let (number, place, country) = which;
    let there = there(app).await?.into_iter().map(|(hospital, _)| hospital).find(|h| h.number == number);
    let hash = app.passwords.hash(&SecretString::from(PASSWORD)).await?;
    let hospital = match there {
        Some(hospital) => hospital,
        None => {
            let facts = make(app, &which, &hash).await.map_err(refused)?;
            Hospital { place, number, country, facts }
        }
    };
    people(app, &hospital, doctors, &hash).await?;
    renew(app, &hospital, doctors, &hash).await?;
    Ok(hospital)
}

/// Its accounts open again, whatever visitors did to them.
pub(super) async fn reopen(app: &App, hospital: &Hospital, doctors: u64) -> anyhow::Result<()> {
    let hash = app.passwords.hash(&SecretString::from(PASSWORD)).await?;
    renew(app, hospital, doctors, &hash).await
}

async fn renew(app: &App, hospital: &Hospital, doctors: u64, hash: &str) -> anyhow::Result<()> {
    Ok(demo::renew(app, hospital.facts.id, &addresses(&hospital.place, doctors), hash).await?)
}

/// The addresses of everybody who is there from the beginning.
pub(super) fn addresses(place: &Place, doctors: u64) -> Vec<String> {
    keys(doctors).map(|key| format!("{key}@{}", place.domain)).collect()
}

/// Everybody's part of an address before the `@`.
fn keys(doctors: u64) -> impl Iterator<Item = String> {
    let named = ACCOUNTS.iter().map(|account| account.key.to_owned());
    named.chain((3..=doctors).map(|n| format!("doctor{n}")))
}

/// Why no hospital was made, as a sentence.
fn refused(error: AppError) -> anyhow::Error {
    match error {
        AppError::Problem(problem) => anyhow::anyhow!("{}", problem.detail),
        other => other.into(),
    }
}

async fn make(
    app: &App,
    (number, place, country): &(u64, Place, &'static Country),
    hash: &str,
) -> Result<TenantFacts, AppError> {
    let (first, last) = name(*number, 0, "admin", country);
    let new = NewHospital::parse(RegisterHospital {
        name: Some(place.name.to_owned()),
        contact_email: Some(format!("admin@{}", place.domain)),
        license_number: Some(place.licence.to_owned()),
        address: Some(country.address.to_owned()),
        contact_phone: Some(country.phone.to_owned()),
        admin_first_name: Some(first),
        admin_last_name: Some(last),
        time_zone: Some(country.time_zone.to_owned()),
        currency: Some(country.currency.to_owned()),
        country: Some(country.code.to_owned()),
        ..RegisterHospital::default()
    })?;
    let (mut bridge, facts) = signup::establish(app, &TASK.origin(), &new, hash.to_owned()).await?;
    demo::mark(bridge.platform(), facts.id).await?;
    bridge.commit(Audit::created(facts.id), NoContent).await?;
    Ok(facts)
}

/// Whoever is missing joins.
async fn people(app: &App, hospital: &Hospital, doctors: u64, hash: &str) -> anyhow::Result<()> {
    let there = demo::addresses(app, hospital.facts.id).await?;
    let missing: Vec<String> =
        keys(doctors).filter(|key| !there.contains(&format!("{key}@{}", hospital.place.domain))).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut bridge = Bridge::open(app, TASK.origin()).await?;
    for key in &missing {
        let (role, department) = post(key);
        let (first_name, last_name) = name(hospital.number, 1, key, hospital.country);
        let person = staff::NewPerson {
            first_name,
            last_name,
            email: format!("{key}@{}", hospital.place.domain),
            phone: None,
            department: department.to_owned(),
            role,
            password_hash: Some(hash.to_owned()),
            must_change_password: false,
        };
        staff::join(&mut bridge, &hospital.facts, &person).await?;
    }
    let many = i64::try_from(missing.len()).unwrap_or(i64::MAX);
    let audit = Audit::updated(hospital.facts.id).with(serde_json::json!({ "people": many }));
    bridge.commit(audit, NoContent).await?;
    Ok(())
}

/// Role and department of an account.
fn post(key: &str) -> (SystemRole, &'static str) {
    match key.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "admin" => (SystemRole::HospitalAdmin, departments::ADMINISTRATION),
        "nurse" => (SystemRole::Nurse, WARD),
        "pharmacist" => (SystemRole::Pharmacist, WARD),
        "receptionist" => (SystemRole::Receptionist, departments::ADMINISTRATION),
        "cashier" => (SystemRole::Cashier, departments::ADMINISTRATION),
        "labtech" => (SystemRole::LabTechnician, WARD),
        "bloodbank" => (SystemRole::BloodBankTechnician, WARD),
        "dispatcher" => (SystemRole::Dispatcher, departments::ADMINISTRATION),
        "auditor" => (SystemRole::Auditor, departments::ADMINISTRATION),
        _ => (SystemRole::Doctor, WARD),
    }
}

/// A name for somebody of the staff: the same every time.
fn name(hospital: u64, turn: u64, key: &str, country: &Country) -> (String, String) {
    let spelled = key.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(131).wrapping_add(u64::from(byte)));
    let mut dice = Dice::of(9, &[hospital, turn, spelled]);
    let given = if dice.chance(50) { country.women } else { country.men };
    (dice.one(given).0.to_owned(), dice.one(country.families).0.to_owned())
}

/// Refuse where nobody asked for a demo.
pub(super) fn allowed(app: &App) -> anyhow::Result<()> {
    ensure!(
        app.config.demo.mode || !app.config.is_production(),
        "this is a production installation: its demo would have a password that everybody knows. Set DEMO_MODE=true if that is meant"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_the_post_of_the_contract() {
        for account in ACCOUNTS {
            let (role, department) = post(account.key);
            let clinical = matches!(role, SystemRole::Doctor | SystemRole::Nurse | SystemRole::Pharmacist);
            assert!(!clinical || department == WARD, "{}", account.key);
            assert!(role != SystemRole::Receptionist || department == departments::ADMINISTRATION);
        }
        assert_eq!(post("doctor17").0, SystemRole::Doctor);
        assert_eq!(name(0, 1, "doctor1", &INDIA), name(0, 1, "doctor1", &INDIA));
    }
}
