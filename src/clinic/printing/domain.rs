//! What is read before a paper is made, and the list of what is printed later.

use jiff::Timestamp;

use super::model::{Ending, NewJobs, PrintError, PrintJob, PrintJobId, Slip, Wrist};
use super::sheets::{Label, Ticket};
use super::store;
use crate::access::TenantTx;
use crate::clinic::appointments::{self, Appointment, AppointmentId};
use crate::clinic::patients::{self, Birth, Patient, PatientId, Sight};
use crate::clinic::profile::Letterhead;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, Problem};

/// So long is a child's wrist a newborn's.
const NEWBORN_DAYS: i32 = 28;

/// The ticket of an appointment.
///
/// # Errors
/// 404, 403, [`PrintError::NoToken`].
pub(super) async fn ticket(tx: &TenantTx, id: AppointmentId) -> Result<(Appointment, Ticket), AppError> {
    let appointment = appointments::show(tx, id).await?;
    let ticket = Ticket::of(&appointment, &Letterhead::read(tx).await?).ok_or(PrintError::NoToken)?;
    Ok((appointment, ticket))
}

/// The label of a patient.
///
/// # Errors
/// 404, 403.
pub(super) async fn label(tx: &TenantTx, id: PatientId, copies: i16) -> Result<(Patient, Label), AppError> {
    let patient = patients::show(tx, id).await?;
    let label = Label::of(&patient, &Letterhead::read(tx).await?, copies)?;
    Ok((patient, label))
}

/// Whose wrist it is, where nobody says it.
pub(super) fn wrist_of(tx: &TenantTx, patient: &Patient) -> Wrist {
    let today = patients::hospital_now(tx).date();
    let days = match patient.details.birth {
        Birth::On(born) => today.since(born).ok().map(|span| span.get_days()),
        Birth::NotRecorded | Birth::Unknown | Birth::About { .. } => None,
    };
    if days.is_some_and(|days| (0..NEWBORN_DAYS).contains(&days)) { Wrist::Newborn } else { Wrist::Adult }
}

/// Put papers on the list of what is printed later. What waits there already stays as it is.
///
/// # Errors
/// 404, 403, [`PrintError::NoToken`].
pub async fn later(tx: &TenantTx, new: &NewJobs) -> Result<Vec<PrintJob>, AppError> {
    let mut jobs = Vec::new();
    for id in &new.ids {
        let (patient, appointment) = match new.slip {
            Slip::Token => {
                let appointment = appointments::show(tx, AppointmentId(*id)).await?;
                if appointment.token.is_none() {
                    return Err(PrintError::NoToken.into());
                }
                (appointment.patient, Some(appointment.id))
            }
            Slip::Label | Slip::Wristband => (patients::show(tx, PatientId(*id)).await?.id, None),
        };
        jobs.extend(store::insert(tx, new.slip, patient, appointment, new.copies).await?);
    }
    seen(tx, jobs).await
}

/// One page of what waits, the oldest first, and since when the oldest does.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn waiting(
    tx: &TenantTx,
    page: PageRequest,
) -> Result<(Page<PrintJob>, Option<Timestamp>), AppError> {
    let (total, oldest) = store::count(tx).await?;
    let jobs = seen(tx, store::open(tx, page).await?).await?;
    Ok((page.envelope(jobs, total), oldest))
}

/// It was printed, or is not wanted any more.
///
/// # Errors
/// 404, [`PrintError::Closed`].
pub async fn close(tx: &TenantTx, id: PrintJobId, ending: Ending) -> Result<PrintJob, AppError> {
    let job = store::one(tx, id).await?.ok_or_else(|| Problem::not_found("The print job"))?;
    if !store::close(tx, id, ending).await? {
        return Err(PrintError::Closed.into());
    }
    let mut seen = seen(tx, vec![job]).await?;
    seen.pop().ok_or_else(|| AppError::internal("a look at one gives one"))
}

/// Everything keeps its line, because it waits; whose it is, only where the reader may know.
async fn seen(tx: &TenantTx, mut jobs: Vec<PrintJob>) -> Result<Vec<PrintJob>, AppError> {
    let ids: Vec<PatientId> = jobs.iter().map(|job| job.patient).collect();
    let look = patients::look(tx, &ids).await?;
    for job in &mut jobs {
        if look.sight(job.patient, job.level, job.registered_by) == Sight::Whole {
            job.person = Some((job.code.clone(), job.name.clone()));
        }
    }
    Ok(jobs)
}
