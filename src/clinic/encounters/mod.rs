//! What happened between a patient and a doctor: the record behind a consultation.
//!
//! An appointment has one encounter at most that is not entered in error (`encounters_appointment_unique`), made when its
//! consultation is opened first, in the transaction that starts the appointment; whoever opens it second finds that one. It ends with the
//! appointment: finished here, both end together; completed elsewhere, the encounter reads as finished, because every
//! statement looks at the appointment too. Begun by mistake, it waits with its patient, and begins again with the drafts
//! that are in it. One of a completed appointment that never had one is made finished, so that
//! what was said can still be written down. Nothing is deleted: what was begun for the wrong patient is entered in error, and
//! its appointment may have another one. Begun by mistake with a patient who then left or did not come, with nothing signed
//! or found, it reads as entered in error: the same statements see that from the appointment, however that went off. So it
//! does with a patient who was booked for another time instead, until it begins then.
//!
//! Reading an encounter is opening the patient's record (`patients::show`), with all that may keep it from somebody.
//! **Notes by office alone**: the right to see consultations is part of every administrator's role, and what a doctor
//! wrote is none of an administrator's business for that. [`may_read_texts`] is asked before a signed text is shown.

mod api;
mod model;
mod store;

pub use api::{audit_of_begin, audit_of_finish};
pub use model::{Class, Encounter, EncounterError, EncounterId, EncounterView, Status};

use jiff::Timestamp;

use crate::access::{Module, TenantTx};
use crate::clinic::appointments::{self, Appointment, AppointmentId, Wish};
use crate::clinic::care;
use crate::clinic::patients::{self, Patient, PatientId, Viewer};
use crate::clinic::roles::SystemRole;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, Problem};
use crate::permissions;
use crate::web::openapi::{Chapter, Part};

permissions! {
    View = "encounters:view" "See consultations";
    Record = "encounters:record" "Write consultations";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS],
    problems: &[EncounterError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Encounters",
        "The record behind a consultation: who saw whom, when, and how it ended.",
    )),
    api: Some(api::router),
    ..Module::named("encounters")
};

fn not_found() -> AppError {
    Problem::not_found("The consultation").into()
}

/// The encounter of an appointment, if its consultation was opened; never one that was entered in error.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn of_appointment(tx: &TenantTx, id: AppointmentId) -> Result<Option<EncounterId>, AppError> {
    Ok(store::of_appointment(tx, id).await?)
}

/// An encounter with its patient, whose record lies open to whoever asks.
///
/// # Errors
/// 404 if this hospital has none, or as [`patients::show`].
pub async fn show(tx: &TenantTx, id: EncounterId) -> Result<(Encounter, Patient), AppError> {
    let found = store::one(tx, id).await?.ok_or_else(not_found)?;
    let patient = patients::show(tx, found.patient).await?;
    Ok((found, patient))
}

/// The same, held against other changes until the transaction ends. Its patient is held before, as everywhere: what is
/// written into it names the patient too.
///
/// # Errors
/// As [`show`].
pub async fn lock(tx: &TenantTx, id: EncounterId) -> Result<(Encounter, Patient), AppError> {
    store::hold_patient(tx, id).await?;
    let found = store::held(tx, id).await?.ok_or_else(not_found)?;
    let patient = patients::show(tx, found.patient).await?;
    Ok((found, patient))
}

/// One that something is written into.
///
/// # Errors
/// As [`lock`], and [`EncounterError::Ended`].
pub async fn lock_to_write(tx: &TenantTx, id: EncounterId) -> Result<(Encounter, Patient), AppError> {
    let (found, patient) = lock(tx, id).await?;
    if found.status == Status::EnteredInError {
        return Err(EncounterError::Ended.into());
    }
    Ok((found, patient))
}

/// Encounters of a patient whose record the caller has opened, the latest first.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn of_patient(
    tx: &TenantTx,
    patient: PatientId,
    page: PageRequest,
) -> Result<Page<Encounter>, AppError> {
    let found = store::of_patient(tx, patient, page).await?;
    let total = store::count(tx, patient).await?;
    Ok(page.envelope(found, total))
}

/// The latest encounters of a patient whose record the caller has opened, without their number.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn latest(tx: &TenantTx, patient: PatientId, most: i64) -> Result<Vec<Encounter>, AppError> {
    Ok(store::of_patient(tx, patient, PageRequest { page: 1, page_size: most }).await?)
}

/// Nothing was signed or found in the consultation of an appointment, which the caller holds, and nobody does so until the
/// transaction ends.
///
/// # Errors
/// [`EncounterError::InUse`].
pub async fn nothing_signed(tx: &TenantTx, id: AppointmentId) -> Result<(), AppError> {
    let Some(known) = store::of_appointment(tx, id).await? else { return Ok(()) };
    store::held(tx, known).await?;
    if store::in_use(tx, known).await? { Err(EncounterError::InUse.into()) } else { Ok(()) }
}

/// An encounter, and whether this made it, or began it again.
#[derive(Debug)]
pub struct Begun {
    pub encounter: Encounter,
    pub is_new: bool,
}

/// Open the consultation of an appointment: the encounter that it has, or a new one, with the appointment started. One that
/// was begun by mistake begins again, with what was drafted in it.
///
/// # Errors
/// 404, 403, [`EncounterError`], or what starting the appointment refuses.
pub async fn begin(tx: &TenantTx, id: AppointmentId) -> Result<Begun, AppError> {
    let appointment = appointments::lock(tx, id).await?;
    if let Some(known) = store::of_appointment(tx, id).await? {
        let (encounter, patient) = show(tx, known).await?;
        match encounter.status {
            Status::InProgress => return begin_again(tx, &appointment, encounter, &patient).await,
            // Nobody was seen because it was moved, and now its time has come.
            Status::EnteredInError if appointment.status == appointments::Status::Scheduled => {
                return begin_again(tx, &appointment, encounter, &patient).await;
            }
            Status::Finished => return Ok(Begun { encounter, is_new: false }),
            // Nobody was seen, which the appointment says.
            Status::EnteredInError => {}
        }
    }
    appointments::may_treat(tx, &appointment).await?;
    let patient = patients::show(tx, appointment.patient).await?;
    let times = match appointment.status {
        appointments::Status::Cancelled | appointments::Status::NoShow => {
            return Err(EncounterError::NotSeen.into());
        }
        appointments::Status::Completed => {
            let ended_at = appointment.stamps.completed_at.unwrap_or(appointment.scheduled_at);
            let started_at = appointment.stamps.consultation_started_at.unwrap_or(ended_at).min(ended_at);
            (started_at, Some(ended_at))
        }
        _ if patient.details.is_deceased => return Err(EncounterError::Deceased.into()),
        appointments::Status::InConsultation => {
            (appointment.stamps.consultation_started_at.unwrap_or(tx.now()), None)
        }
        appointments::Status::Scheduled | appointments::Status::CheckedIn => {
            appointments::start(tx, id).await?;
            (tx.now(), None)
        }
    };
    let new = EncounterId::new();
    // The appointment is held, so nobody else makes one meanwhile.
    store::insert(tx, new, id, times, Viewer::of(tx).user).await?;
    let encounter = store::one(tx, new).await?.ok_or_else(not_found)?;
    Ok(Begun { encounter, is_new: true })
}

/// One that is under way is opened; one whose patient was sent back to waiting begins now.
async fn begin_again(
    tx: &TenantTx,
    appointment: &Appointment,
    encounter: Encounter,
    patient: &Patient,
) -> Result<Begun, AppError> {
    let waits =
        matches!(appointment.status, appointments::Status::Scheduled | appointments::Status::CheckedIn);
    // Sent back, perhaps moved to somebody else, and then started without this page, as of an earlier time perhaps.
    let begun_elsewhere = appointment
        .stamps
        .consultation_started_at
        .filter(|began| *began != encounter.started_at || appointment.doctor != encounter.doctor);
    let began = if waits {
        appointments::may_treat(tx, appointment).await?;
        if patient.details.is_deceased {
            return Err(EncounterError::Deceased.into());
        }
        appointments::start(tx, appointment.id).await?;
        tx.now()
    } else if let Some(began) = begun_elsewhere
        && appointments::may_treat(tx, appointment).await.is_ok()
    {
        began
    } else {
        // Under way; or whoever may only read it, and so changes nothing of it.
        return Ok(Begun { encounter, is_new: false });
    };
    store::began(tx, encounter.id, began).await?;
    let encounter = store::one(tx, encounter.id).await?.ok_or_else(not_found)?;
    Ok(Begun { encounter, is_new: true })
}

/// An encounter that is over, and the visit that follows it.
#[derive(Debug)]
pub struct Finished {
    pub encounter: Encounter,
    pub follow_up: Option<Appointment>,
}

/// An encounter that is about to end, held with all that ends with it and what comes after it. [`hold_to_finish`] alone
/// makes one, so whoever has one holds these things, in the order of everybody, and may treat this patient.
#[derive(Debug)]
#[must_use = "it is held so that it ends"]
pub struct Held {
    encounter: Encounter,
    wish: Option<Wish>,
}

/// Hold what ends with an encounter, in the order of everybody: the doctor, if the visit after it is booked too, the
/// patient, the appointment, the encounter. Whoever signs and ends in one transaction does this before signing: what is
/// written in it comes after, then rooms and counters.
///
/// # Errors
/// 404, 403, [`EncounterError::Ended`].
pub async fn hold_to_finish(tx: &TenantTx, id: EncounterId, wish: Option<Wish>) -> Result<Held, AppError> {
    let found = store::one(tx, id).await?.ok_or_else(not_found)?;
    if let Some(appointment) = found.appointment {
        if wish.is_some() {
            appointments::hold_doctor(tx, appointment).await?;
        }
        let held = appointments::lock(tx, appointment).await?;
        appointments::may_treat(tx, &held).await?;
    }
    let (encounter, _) = lock_to_write(tx, id).await?;
    Ok(Held { encounter, wish })
}

/// End an encounter as of when it was over, complete its appointment and book the visit after it, all in the caller's
/// transaction.
///
/// # Errors
/// [`EncounterError::Over`], 422 for a time out of order, or what completing and booking refuse.
pub async fn finish(
    tx: &TenantTx,
    held: Held,
    note: Option<&str>,
    at: Timestamp,
) -> Result<Finished, AppError> {
    let Held { encounter: found, wish } = held;
    let id = found.id;
    if found.status == Status::Finished {
        return Err(EncounterError::Over.into());
    }
    // The appointment says when: it may have been begun again since the encounter was.
    let (began, ended) = match found.appointment {
        Some(appointment) => {
            let stamps = appointments::complete(tx, appointment, note, at).await?.stamps;
            (stamps.consultation_started_at, stamps.completed_at.unwrap_or(at))
        }
        None => (None, at.max(found.started_at)),
    };
    let began = began.unwrap_or(found.started_at).min(ended);
    store::finish(tx, id, note, (began, ended)).await?;
    let follow_up = match (found.appointment, wish) {
        (Some(appointment), Some(wish)) => {
            patients::also::<appointments::Book>(tx)?;
            Some(appointments::follow_up(tx, appointment, wish).await?)
        }
        _ => None,
    };
    let encounter = store::one(tx, id).await?.ok_or_else(not_found)?;
    Ok(Finished { encounter, follow_up })
}

/// Mark an encounter as entered in error: it was begun for the wrong patient.
///
/// # Errors
/// 404, 403, [`EncounterError::Ended`], [`EncounterError::InUse`].
pub async fn end(tx: &TenantTx, id: EncounterId, reason: &str) -> Result<Encounter, AppError> {
    lock_to_write(tx, id).await?;
    if store::in_use(tx, id).await? {
        return Err(EncounterError::InUse.into());
    }
    store::end(tx, id, reason).await?;
    store::one(tx, id).await?.ok_or_else(not_found)
}

/// May whoever is behind this transaction read what was written about a patient's consultations? An administrator may
/// not by that office alone: they treat patients too (another role says so), or are on this patient's care team.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn may_read_texts(tx: &TenantTx, patient: PatientId) -> Result<bool, AppError> {
    let Some(person) = tx.person() else { return Ok(true) };
    let is_office = |key: &str| key == SystemRole::HospitalAdmin.key();
    let by_other_role = person.roles.iter().any(|role| {
        !role.system_key.as_deref().is_some_and(is_office)
            && role.permissions.iter().any(|code| code == "encounters:view")
    });
    if by_other_role {
        return Ok(true);
    }
    let team = care::team(tx, patient).await?;
    Ok(team.iter().any(|member| member.tie.user == Some(person.user) && member.holds_at(tx.now())))
}
