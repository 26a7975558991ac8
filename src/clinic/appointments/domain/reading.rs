//! Appointments as whoever asks may know of them.

use jiff::Timestamp;

use crate::access::TenantTx;
use crate::clinic::appointments::model::{
    Appointment, AppointmentError, AppointmentId, Busy, Event, Filter, Status,
};
use crate::clinic::appointments::store;
use crate::clinic::patients::{
    self, Confidentiality, NOT_YOURS, Patient, PatientId, RESTRICTED, Rule, Sight, Viewer,
};
use crate::kernel::ids::UserId;
use crate::kernel::paging::{LongPage, PageRequest};
use crate::kernel::{AppError, Problem};

/// So many patients of a search are looked through for appointments: the last visited first.
const MOST_FOUND: i64 = 2_000;
/// So many of one stretch of time are told: more is no day of a clinic.
const MOST_OF_DAYS: i64 = 5_000;

pub(super) fn not_found() -> AppError {
    Problem::not_found("The appointment").into()
}

impl Appointment {
    /// The same for somebody who may not know everything of its patient.
    fn into_seen(mut self, sight: Sight) -> Self {
        let instead = match sight {
            Sight::Whole => return self,
            Sight::NotYours => NOT_YOURS,
            Sight::Withheld | Sight::Hidden => RESTRICTED,
        };
        instead.clone_into(&mut self.names.patient);
        (self.reason, self.notes, self.priority_reason) = (None, None, None);
        self.cancelled =
            self.cancelled.map(|off| crate::clinic::appointments::model::Cancelled { note: None, ..off });
        self.sight = sight;
        self
    }
}

/// What whoever asks may know of each; without those of whom they may not know at all.
pub(super) async fn seen(
    tx: &TenantTx,
    appointments: Vec<Appointment>,
) -> Result<Vec<Appointment>, AppError> {
    let ids: Vec<PatientId> = appointments.iter().map(|appointment| appointment.patient).collect();
    let look = patients::look(tx, &ids).await?;
    let shown = appointments.into_iter().filter_map(|appointment| {
        let names = &appointment.names;
        match look.sight(appointment.patient, names.level, names.registered_by) {
            Sight::Hidden => None,
            sight => Some(appointment.into_seen(sight)),
        }
    });
    Ok(shown.collect())
}

/// The appointment with this id.
///
/// # Errors
/// 404; 403 for one of a patient who does not lie open to whoever asks.
pub async fn show(tx: &TenantTx, id: AppointmentId) -> Result<Appointment, AppError> {
    let appointment = store::find(tx, id).await?.ok_or_else(not_found)?;
    let names = &appointment.names;
    let look = patients::look(tx, &[appointment.patient]).await?;
    let sight = look.sight(appointment.patient, names.level, names.registered_by);
    // A look at what is confidential is put on record by `patients`, which also knows of a reason that was given.
    if sight != Sight::Whole || names.level != Confidentiality::Normal {
        patients::show(tx, appointment.patient).await?;
    }
    Ok(appointment)
}

/// The same, held against other changes until the transaction ends, with its patient.
pub(super) async fn held(tx: &TenantTx, id: AppointmentId) -> Result<(Patient, Appointment), AppError> {
    let record = store::record(tx, id).await?.ok_or_else(not_found)?;
    let patient = patients::lock(tx, record).await?;
    let appointment = store::lock(tx, id).await?.ok_or_else(not_found)?;
    Ok((patient, appointment))
}

/// The same, held against other changes until the transaction ends.
///
/// # Errors
/// As [`show`].
pub async fn lock(tx: &TenantTx, id: AppointmentId) -> Result<Appointment, AppError> {
    held(tx, id).await.map(|(_, appointment)| appointment)
}

/// The appointment, held, if its version is one of those that the caller believes to be the newest; none: any.
///
/// # Errors
/// As [`show`], and [`AppointmentError::VersionConflict`].
pub async fn unchanged(tx: &TenantTx, id: AppointmentId, expected: &[i64]) -> Result<Appointment, AppError> {
    let appointment = lock(tx, id).await?;
    if expected.iter().any(|version| *version != i64::from(appointment.version)) {
        return Err(AppointmentError::VersionConflict.into());
    }
    Ok(appointment)
}

/// One page of the appointments that the filter leaves, the latest first. Where the hospital shows doctors their own
/// alone, it is of those with them and with whom they cover; one patient's are all of hers, if her record lies open.
///
/// # Errors
/// 404 and 403 for the patient of the filter.
pub async fn list(
    tx: &TenantTx,
    filter: &Filter,
    page: PageRequest,
) -> Result<LongPage<Appointment>, AppError> {
    let mut filter = filter.clone();
    if let Some(patient) = filter.patient {
        filter.patient = Some(patients::show(tx, patient).await?.id);
    }
    let own = match (Viewer::of(tx).rule, filter.patient) {
        (Rule::Own, None) => Some(patients::acts_for(tx).await?),
        _ => None,
    };
    let found = match &filter.search {
        Some(search) => Some(patients::found(tx, search, MOST_FOUND).await?),
        None => None,
    };
    let (appointments, total) = store::lists::page(tx, &filter, found.as_deref(), &own, page).await?;
    Ok(page.long(seen(tx, appointments).await?, total))
}

/// What begins in a stretch of time, with these doctors or with all, in its order; what is off is left out. Somebody of
/// whom the reader may not know is not among them, though their time is taken: see [`busy`].
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn between(
    tx: &TenantTx,
    doctors: Option<&[UserId]>,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Appointment>, AppError> {
    let found = store::lists::between(tx, doctors, (from, until), MOST_OF_DAYS).await?;
    seen(tx, found).await
}

/// A doctor's appointments that begin in a stretch of time, in its order, without those that are off.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn of_doctor(
    tx: &TenantTx,
    doctor: UserId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Appointment>, AppError> {
    between(tx, Some(&[doctor]), from, until).await
}

/// Times of these doctors that are taken within a range, one for each seat, in order.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn busy(
    tx: &TenantTx,
    doctors: &[UserId],
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Busy>, AppError> {
    if doctors.is_empty() || until <= from {
        return Ok(Vec::new());
    }
    Ok(store::lists::busy(tx, doctors, (from, until)).await?)
}

/// What is ahead of a patient, or under way, the next first. Open the record before (`patients::show`).
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn open_of_patient(tx: &TenantTx, patient: PatientId) -> Result<Vec<Appointment>, AppError> {
    seen(tx, store::lists::open_of_patient(tx, patient).await?).await
}

/// The next time that is booked for a patient. Open the record before (`patients::show`).
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn next_of_patient(tx: &TenantTx, patient: PatientId) -> Result<Option<Appointment>, AppError> {
    let open = open_of_patient(tx, patient).await?;
    Ok(open.into_iter().find(|one| one.status == Status::Scheduled && one.scheduled_at > tx.now()))
}

/// What happened to an appointment, in the order in which it was written down. Show it before ([`show`]).
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn history(tx: &TenantTx, id: AppointmentId) -> Result<Vec<Event>, AppError> {
    Ok(store::events::of_appointment(tx, id).await?)
}

/// Follow-ups that were booked of a visit.
pub(in crate::clinic::appointments) async fn follow_ups(
    tx: &TenantTx,
    id: AppointmentId,
) -> Result<Vec<Appointment>, AppError> {
    seen(tx, store::lists::follow_ups(tx, id).await?).await
}
