//! Writing down a set: judged, scored, due again, and told to whoever has to know.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::alarm::alarm;
use super::asked::{age_at, scale, tables};
use super::due::CARRIED;
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
    /// Counted as pregnant because somebody answered so before at this visit.
    pub is_pregnant_still: bool,
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
    written(tx, links, told, Way::Named).await
}

/// How a set comes to its visit. Without a link it belongs to the one that its patient was in the house for.
#[derive(Debug, Clone, Copy)]
pub(in crate::clinic::vitals) enum Way {
    /// Whoever names a visit knows that it is the right one.
    Named,
    /// A page was opened from a visit, perhaps long before it is sent, and what was taken may be of another time: the link
    /// counts if the patient was in the house for this visit then.
    Page,
    /// Instead of a set that was taken at this time, which is what a blank time means then, and whose links it keeps.
    Instead(Timestamp),
}

/// The same, with how it comes to its visit.
pub(in crate::clinic::vitals) async fn written(
    tx: &TenantTx,
    links: Links,
    told: &Told,
    way: Way,
) -> Result<Recorded, AppError> {
    if links.appointment.is_some() && links.admission.is_some() {
        return Err(VitalsError::TwoLinks.into());
    }
    let mut errors = FieldErrors::default();
    let blank = match way {
        Way::Instead(taken) => taken,
        Way::Named | Way::Page => tx.now(),
    };
    let read = told.read(&here(tx, blank), &mut errors);
    let patient = patients::lock(tx, links.patient).await?;
    if patient.details.is_deceased {
        return Err(VitalsError::Deceased.into());
    }
    // There are no stays yet, so none has this id.
    if links.admission.is_some() {
        return Err(Problem::not_found("The admission").into());
    }
    let visit = visit_of(tx, &patient, (links.appointment, way), read.recorded_at).await?;
    let known = known(tx, &patient, &read, visit.as_ref()).await?;
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
    // What is in doubt asks for the next set sooner, never later, and never says that nobody comes.
    let is_later = says_when
        && score::is_unsure(&new.taken)
        && match store::watched(tx, patient.id).await? {
            Some((due_at, _)) => !is_watched || next_due_at.is_some_and(|next| next >= due_at),
            None => false,
        };
    let (says_when, is_watched) = (says_when && !is_later, is_watched && !is_later);
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

/// What a set of this moment belongs to.
async fn visit_of(
    tx: &TenantTx,
    patient: &Patient,
    (named, way): (Option<AppointmentId>, Way),
    at: Timestamp,
) -> Result<Option<Appointment>, AppError> {
    let named = match named {
        Some(id) => Some(visit(tx, patient, id).await?),
        None => None,
    };
    match (named, way) {
        (Some(named), Way::Page) if !was_here(tx, &named, at) => under_way(tx, patient.id, at).await,
        (None, Way::Named | Way::Page) => under_way(tx, patient.id, at).await,
        (named, _) => Ok(named),
    }
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

/// Was its patient in the house for it at a moment? From shortly before they came until it was over, on that day of the
/// hospital, or in the night that it goes on into: a visit that nobody completed is not under way for ever.
fn was_here(tx: &TenantTx, visit: &Appointment, at: Timestamp) -> bool {
    let stamps = &visit.stamps;
    let is_over = match visit.status {
        Status::CheckedIn | Status::InConsultation => false,
        Status::Completed => stamps.completed_at.is_none_or(|left| left < at),
        _ => true,
    };
    let came = stamps.checked_in_at.or(stamps.consultation_started_at).unwrap_or(visit.scheduled_at);
    let since = came.duration_until(at);
    let day = |moment: Timestamp| moment.to_zoned(tx.hospital().zone.clone()).date();
    !is_over && since >= -BEFORE_CHECK_IN && (since <= CARRIED || day(came) == day(at))
}

/// The visit under way that a patient was in the house for at a moment, if there is exactly one. Whoever asks has opened
/// the record before.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn under_way(
    tx: &TenantTx,
    patient: PatientId,
    at: Timestamp,
) -> Result<Option<Appointment>, AppError> {
    let open = appointments::open_of_patient(tx, patient).await?;
    let mut here = open.into_iter().filter(|visit| is_under_way(visit) && was_here(tx, visit, at));
    Ok(here.next().filter(|_| here.next().is_none()))
}

/// Is its patient in the house for it?
pub(in crate::clinic::vitals) fn is_under_way(visit: &Appointment) -> bool {
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
    /// What was last said of a pregnancy at the visit that is under way.
    pregnant: Option<bool>,
}

impl Known {
    /// Pregnant, as somebody answered before at this visit?
    fn is_carried(&self, taken: &Taken) -> bool {
        taken.pregnant.is_none() && self.pregnant == Some(true)
    }

    /// What a set is scored as. Of a pregnancy that nobody asked about again, the last answer of the same visit holds.
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

async fn known(
    tx: &TenantTx,
    patient: &Patient,
    read: &Read,
    visit: Option<&Appointment>,
) -> Result<Known, AppError> {
    let age = age_at(tx, patient, read.recorded_at);
    let earlier = store::earlier(tx, patient.id, read.recorded_at).await?;
    // Nobody knows for how long an answer of another day holds: whoever is not asked again is scored like anybody.
    let pregnant = match visit.filter(|visit| is_under_way(visit) && was_here(tx, visit, read.recorded_at)) {
        Some(visit) => store::pregnant(tx, patient.id, visit.id, read.recorded_at).await?,
        None => None,
    };
    Ok(Known {
        tables: tables(tx).await?,
        bmi: judge::bmi(&read.taken, age, &earlier),
        age,
        earlier,
        scale: scale(tx, patient, read.recorded_at).await?,
        plan: store::plans::open_plan(tx, patient.id).await?,
        pregnant,
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
    let visit = under_way(tx, patient.id, read.recorded_at).await?;
    let known = known(tx, &patient, &read, visit.as_ref()).await?;
    judge::impossible(&read.taken, known.bmi, &known.tables, &mut errors);
    let problem: Problem = errors.into();
    let doubts =
        judge::unlikely(&read.taken, known.bmi, known.age, &known.earlier, read.recorded_at, &known.tables);
    let score = known.score(&read.taken);
    let answer = score::answer(&score, &known.tables.response)
        .map(|(risk, step, _)| (risk, step.says.clone(), step.every_minutes));
    let is_pregnant_still = known.is_carried(&read.taken);
    Ok(Preview { score, bmi: known.bmi, answer, errors: problem.errors, doubts, is_pregnant_still })
}
