//! Writing down a set: judged, scored, due again, and told to whoever has to know.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::alarm::alarm;
use super::asked::{age_at, scale, tables};
use crate::access::TenantTx;
use crate::clinic::appointments::{self, Appointment, AppointmentId, Status};
use crate::clinic::encounters;
use crate::clinic::patients::{self, Patient, PatientId};
use crate::clinic::vitals::input::{Here, Read, Told};
use crate::clinic::vitals::judge::{self, Doubt};
use crate::clinic::vitals::model::{NewSet, Score, Taken, VitalSet, VitalsError, VitalsId};
use crate::clinic::vitals::score::{self, Risk};
use crate::clinic::vitals::tables::Tables;
use crate::clinic::vitals::{author, store};
use crate::kernel::problem::FieldError;
use crate::kernel::{AppError, FieldErrors, Problem};

/// What a set belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Links {
    pub patient: PatientId,
    pub appointment: Option<AppointmentId>,
    pub admission: Option<Uuid>,
}

/// A set that was written, and at which level somebody was told.
#[derive(Debug)]
pub struct Recorded {
    pub set: VitalSet,
    pub alarm: Option<i16>,
}

/// What a set would be scored as.
#[derive(Debug)]
pub struct Preview {
    pub score: Score,
    pub bmi: Option<i32>,
    pub answer: Option<(Risk, String, u16)>,
    /// What is wrong, at its field.
    pub errors: Vec<FieldError>,
    pub doubts: Vec<Doubt>,
}

/// Where and when.
fn here(tx: &TenantTx, blank: Timestamp) -> Here {
    Here { now: tx.now(), zone: tx.hospital().zone.clone(), blank }
}

/// What is wrong with what is said, as far as that can be known without the patient.
pub(in crate::clinic::vitals) fn faults(tx: &TenantTx, told: &Told, errors: &mut FieldErrors) {
    told.read(&here(tx, tx.now()), errors);
}

/// Write down a set.
///
/// # Errors
/// 404 for a patient, appointment or stay that is not there; [`VitalsError`]; 422 with every field that needs attention;
/// 409 `vitals.unlikely` with a sentence at each measure that is to be confirmed.
pub async fn record(tx: &TenantTx, links: Links, told: &Told) -> Result<Recorded, AppError> {
    written(tx, links, told, None).await
}

/// The same; `instead_of`: when the set was taken that this one replaces, which is what a blank time means then, and whose
/// links it keeps. Any other set without a link belongs to the one visit that its patient is in the house for.
pub(in crate::clinic::vitals) async fn written(
    tx: &TenantTx,
    links: Links,
    told: &Told,
    instead_of: Option<Timestamp>,
) -> Result<Recorded, AppError> {
    if links.appointment.is_some() && links.admission.is_some() {
        return Err(VitalsError::TwoLinks.into());
    }
    let mut errors = FieldErrors::default();
    let read = told.read(&here(tx, instead_of.unwrap_or(tx.now())), &mut errors);
    let patient = patients::lock(tx, links.patient).await?;
    if patient.details.is_deceased {
        return Err(VitalsError::Deceased.into());
    }
    // There are no stays yet, so none has this id.
    if links.admission.is_some() {
        return Err(Problem::not_found("The admission").into());
    }
    let visit = match (links.appointment, instead_of) {
        (Some(id), _) => Some(visit(tx, &patient, id).await?),
        (None, None) => under_way(tx, patient.id, read.recorded_at).await?,
        (None, Some(_)) => None,
    };
    let known = known(tx, &patient, &read).await?;
    judge::impossible(&read.taken, known.bmi, &known.tables, &mut errors);
    errors.finish()?;
    if read.scale.is_some_and(|wanted| wanted == 2 && known.scale != 2) {
        return Err(VitalsError::NoOxygenOrder.into());
    }
    let mut new = NewSet {
        patient: patient.id,
        appointment: visit.as_ref().map(|visit| visit.id),
        admission: links.admission,
        recorded_at: read.recorded_at,
        taken: read.taken,
    };
    confirm(&mut new, &known, told.is_unasked)?;
    let encounter = match new.appointment {
        Some(id) => encounters::of_appointment(tx, id).await?,
        None => None,
    };
    let score = known.score(&new.taken);
    let answer = score::answer(&score, &known.tables.response);
    let minutes = known.minutes(answer.map(|(risk, step, _)| (risk, i64::from(step.every_minutes))));
    let next_due_at =
        minutes.and_then(|minutes| new.recorded_at.checked_add(SignedDuration::from_mins(minutes)).ok());
    let (newest, watched) = store::standing(tx, patient.id).await?;
    let is_newest = newest.is_none_or(|newest| newest <= new.recorded_at);
    let is_here = visit.as_ref().is_some_and(is_under_way);
    let is_urgent = answer.is_some_and(|(risk, ..)| risk >= Risk::SingleRed);
    // What says how soon again takes the place of what said it before, whether somebody is to come back or not.
    let says_when = next_due_at.is_some() && watched.is_none_or(|watched| watched <= new.recorded_at);
    let is_watched = says_when && (is_here || is_urgent || known.plan.is_some());
    if says_when {
        store::unwatch(tx, patient.id).await?;
    }
    let id = VitalsId::new();
    let scored =
        store::Scored { new: &new, encounter, bmi: known.bmi, score: &score, next_due_at, is_watched };
    store::insert(tx, id, author(tx), &scored).await?;
    let alarm = match answer {
        Some((_, step, reason)) if is_newest && step.level > 0 => {
            alarm(tx, id, patient.id, visit.as_ref(), (reason, i16::from(step.level)), &known.tables.response)
                .await?
        }
        _ => None,
    };
    let set =
        store::find(tx, id).await?.ok_or_else(|| AppError::internal("a set was written and is not there"))?;
    Ok(Recorded { set, alarm })
}

/// The appointment, checked to be this patient's.
async fn visit(tx: &TenantTx, patient: &Patient, id: AppointmentId) -> Result<Appointment, AppError> {
    let visit = appointments::show(tx, id).await?;
    if visit.patient != patient.id {
        return Err(VitalsError::OtherPatient.into());
    }
    Ok(visit)
}

/// Before somebody is checked in, measures are of this visit for so long.
const BEFORE_CHECK_IN: SignedDuration = SignedDuration::from_hours(1);

/// The visit that a patient was in the house for at a moment, if there is exactly one under way. Whoever asks has opened
/// the record before.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub(in crate::clinic::vitals) async fn under_way(
    tx: &TenantTx,
    patient: PatientId,
    at: Timestamp,
) -> Result<Option<Appointment>, AppError> {
    let open = appointments::open_of_patient(tx, patient).await?;
    let mut here = open.into_iter().filter(is_under_way);
    let only = here.next().filter(|_| here.next().is_none());
    Ok(only.filter(|visit| {
        visit.stamps.checked_in_at.is_none_or(|came| at.duration_until(came) <= BEFORE_CHECK_IN)
    }))
}

/// Is its patient in the house for it?
pub(super) fn is_under_way(visit: &Appointment) -> bool {
    matches!(visit.status, Status::CheckedIn | Status::InConsultation)
}

/// What a set is judged by.
struct Known {
    tables: Tables,
    age: Option<crate::clinic::vitals::model::Age>,
    earlier: judge::Earlier,
    bmi: Option<i32>,
    scale: u8,
    plan: Option<crate::clinic::vitals::plans::Plan>,
    /// What was last said of a pregnancy that may still go on.
    pregnant: Option<bool>,
}

/// So long the answer that somebody is pregnant holds where nobody asks again.
const PREGNANCY: SignedDuration = SignedDuration::from_hours(42 * 7 * 24);

impl Known {
    /// What a set is scored as. Of a pregnancy that nobody asked about again, the last answer holds.
    fn score(&self, taken: &Taken) -> Score {
        let judged = Taken { pregnant: taken.pregnant.or(self.pregnant), ..taken.clone() };
        score::score(&judged, self.age, self.scale, &self.tables)
    }

    /// Minutes until the next set, by the score and by the plan.
    fn minutes(&self, answer: Option<(Risk, i64)>) -> Option<i64> {
        match (&self.plan, answer) {
            (Some(plan), Some((risk, by_score))) => Some(plan.minutes(by_score, risk.number())),
            (Some(plan), None) => Some(i64::from(plan.new.minutes)),
            (None, answer) => answer.map(|(_, by_score)| by_score),
        }
    }
}

async fn known(tx: &TenantTx, patient: &Patient, read: &Read) -> Result<Known, AppError> {
    let age = age_at(tx, patient, read.recorded_at);
    let earlier = store::earlier(tx, patient.id, read.recorded_at).await?;
    let since = read.recorded_at.checked_sub(PREGNANCY).map_err(AppError::internal)?;
    Ok(Known {
        tables: tables(tx).await?,
        bmi: judge::bmi(&read.taken, age, &earlier),
        age,
        earlier,
        scale: scale(tx, patient, read.recorded_at).await?,
        plan: store::plans::open_plan(tx, patient.id).await?,
        pregnant: store::pregnant(tx, patient.id, (since, read.recorded_at)).await?,
    })
}

/// Refuse what is unlikely and not confirmed; of what was confirmed, keep what was to be asked about. `is_unasked`: nobody
/// can be asked, so that nothing is refused, and what is in doubt is kept as such.
fn confirm(new: &mut NewSet, known: &Known, is_unasked: bool) -> Result<(), AppError> {
    let confirmed = std::mem::take(&mut new.taken.confirmed);
    let doubts =
        judge::unlikely(&new.taken, known.bmi, known.age, &known.earlier, new.recorded_at, &known.tables);
    let (kept, open): (Vec<Doubt>, Vec<Doubt>) =
        doubts.into_iter().partition(|doubt| confirmed.contains(&doubt.measure));
    if is_unasked {
        new.taken.unconfirmed = open.into_iter().map(|doubt| doubt.measure).collect();
    } else if !open.is_empty() {
        let mut problem = Problem::from_error(VitalsError::Unlikely);
        let fields: Vec<&str> = open.iter().map(|doubt| doubt.measure.code()).collect();
        problem.detail = format!(
            "These values are unlikely: {}. Nothing was saved yet: look again, and confirm those that are so.",
            fields.join(", ")
        )
        .into();
        problem.errors = open
            .into_iter()
            .map(|doubt| FieldError { field: doubt.measure.code().to_owned(), message: doubt.says })
            .collect();
        return Err(problem.into());
    }
    new.taken.confirmed = kept.into_iter().map(|doubt| doubt.measure).collect();
    Ok(())
}

/// What a set would be scored as, with everything that is wrong with it. Nothing is written.
///
/// # Errors
/// 404, or what keeps the record from whoever asks.
pub async fn preview(tx: &TenantTx, patient: PatientId, told: &Told) -> Result<Preview, AppError> {
    let patient = patients::show(tx, patient).await?;
    let mut errors = FieldErrors::default();
    let read = told.read(&here(tx, tx.now()), &mut errors);
    let known = known(tx, &patient, &read).await?;
    judge::impossible(&read.taken, known.bmi, &known.tables, &mut errors);
    let problem: Problem = errors.into();
    let doubts =
        judge::unlikely(&read.taken, known.bmi, known.age, &known.earlier, read.recorded_at, &known.tables);
    let score = known.score(&read.taken);
    let answer = score::answer(&score, &known.tables.response)
        .map(|(risk, step, _)| (risk, step.says.clone(), step.every_minutes));
    Ok(Preview { score, bmi: known.bmi, answer, errors: problem.errors, doubts })
}
