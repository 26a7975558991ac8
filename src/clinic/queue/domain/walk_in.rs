//! Somebody comes without an appointment: patient, visit and token in one transaction.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::{self, Audit, Permission as _, TenantTx};
use crate::clinic::appointments::{
    self, Appointment, AppointmentId, EventKind, Kind, NewAppointment, NewEvent, Priority, Status,
};
use crate::clinic::availability;
use crate::clinic::departments::{self, DepartmentId};
use crate::clinic::doctors::{self, Wanted as WantedDoctors};
use crate::clinic::duplicates::{self, Answer, Panel, Purpose};
use crate::clinic::patients::pages::Question;
use crate::clinic::patients::{self, Details, Origin, Registered, RegisteredAs};
use crate::clinic::queue::domain::acts::note;
use crate::clinic::queue::model::{NewWalkIn, QueueError, WalkInPerson, Whom};
use crate::clinic::queue::store::{self, Days, walk_ins};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;

/// So many doctors of a department are asked for.
const MOST_DOCTORS: i64 = 200;

/// What became of a walk-in.
#[derive(Debug)]
pub struct Walked {
    pub appointment: Appointment,
    /// The patient was registered with it.
    pub registered: bool,
    /// The same form was sent before; nothing was done now.
    pub again: bool,
    pub urgent: bool,
    /// The record lay open for a reason alone, and this emergency made the patient theirs.
    pub for_a_reason: bool,
}

impl Walked {
    /// One row for the visit, and one for the patient if it is a new one. `although`: what was answered about people who
    /// look alike.
    #[must_use]
    pub fn audit(&self, although: Option<Value>) -> Audit {
        let (id, patient) = (self.appointment.id, self.appointment.patient);
        if self.again {
            return Audit::did("registered_again", id).with(json!({ "patient_id": patient }));
        }
        let priority = self.appointment.priority.code();
        let visit = Audit::did("walked_in", id).with(match self.for_a_reason {
            false => json!({ "patient_id": patient, "priority": priority }),
            true => json!({ "patient_id": patient, "priority": priority, "opened": "break_glass" }),
        });
        if !self.registered {
            return visit;
        }
        let made = Audit::created(patient);
        let made = match (although, self.urgent) {
            (_, true) => made.with(json!({ "registered_as": RegisteredAs::Emergency })),
            (Some(although), false) => made.with(although),
            (None, false) => made,
        };
        visit.and(made)
    }
}

/// Register whoever is new, and give a token.
///
/// # Errors
/// 404, [`QueueError`], 403 for a record that is closed, or why the patient is not registered or gets no visit.
pub async fn walk_in(tx: &TenantTx, who: WalkInPerson, new: &NewWalkIn) -> Result<Walked, AppError> {
    let urgent = new.priority == Priority::Emergency;
    if !urgent {
        access::may_grow(tx.hospital())?;
    }
    let days = Days::of(tx)?;
    // The doctor is held before the patient, as by everybody. Who may not know the patient hears of that first.
    let chosen = match whom(tx, new.whom, days, urgent).await {
        Err(error) if !matches!(error, AppError::Problem(_)) => return Err(error),
        chosen => chosen,
    };
    // Held or new: of two equal forms the second one waits here, and finds what the first one made.
    let (patient, registered) = match who {
        WalkInPerson::Known(id) => (patients::lock(tx, id).await?.id, false),
        WalkInPerson::New { details, why } => {
            // Whoever is no emergency was turned away above, where the hospital is restricted.
            patients::also::<patients::RegisterInNeed>(tx)?;
            let registered_as = if urgent { RegisteredAs::Emergency } else { RegisteredAs::default() };
            let origin = Origin { registered_as, ..Origin::default() };
            match patients::register_as_once(tx, *details, origin, new.key, &why).await? {
                Registered::Now(id) => (id, true),
                Registered::Before(id) => (id, false),
            }
        }
    };
    if let Some(id) = walk_ins::by_key(tx, new.key).await? {
        let appointment = appointments::show(tx, id).await?;
        return Ok(Walked { appointment, registered: false, again: true, urgent, for_a_reason: false });
    }
    let (doctor, department) = chosen?;
    if let Some(token) = walk_ins::open_token(tx, patient, doctor, days).await? {
        return Err(QueueError::WaitsAlready { token: token.to_string() }.into());
    }
    let arrived_at = new.arrived_at.unwrap_or(tx.now());
    let booked = NewAppointment {
        patient,
        department,
        doctor,
        scheduled_at: tx.now(),
        minutes: None,
        kind: Kind::WalkIn,
        follow_up_of: None,
        reason: new.reason.clone(),
        notes: None,
    };
    let (booked, for_a_reason) = match urgent {
        true => appointments::book_in_need(tx, &booked).await?,
        false => (appointments::book(tx, &booked).await?, false),
    };
    let id = booked.id;
    appointments::check_in(tx, id).await?;
    if arrived_at < tx.now() {
        late_entry(tx, id, arrived_at).await?;
    }
    walk_ins::insert(tx, new.key, id, arrived_at).await.map_err(|error| match error.constraint() {
        Some("walk_ins_pkey") => QueueError::SentTwice.into(),
        _ => AppError::from(error),
    })?;
    urgency(tx, id, new).await?;
    let appointment = appointments::show(tx, id).await?;
    Ok(Walked { appointment, registered, again: false, urgent, for_a_reason })
}

/// What to ask before this person is registered, if somebody looks alike and that is not answered yet. Who may not see
/// patients is not shown any, so not asked either.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn alike(
    tx: &TenantTx,
    details: &Details,
    answer: &Answer<'_>,
    key: Uuid,
) -> Result<Option<Question<Panel>>, AppError> {
    if tx.person().is_some_and(|person| !person.holds(patients::View::CODE)) {
        return Ok(None);
    }
    let asked = duplicates::ask(tx, details, answer, Purpose::Register).await?;
    // In this order: whoever the first of two equal forms registered is found, and so is its key.
    if asked.is_some() && patients::is_sent_again(tx, Some(key)).await? {
        return Ok(None);
    }
    Ok(asked)
}

/// It is written down later than it was: both times are kept, and the turn is that of the arrival.
async fn late_entry(tx: &TenantTx, id: AppointmentId, arrived_at: Timestamp) -> Result<(), AppError> {
    walk_ins::arrived(tx, id, arrived_at).await?;
    let event = NewEvent {
        appointment: id,
        kind: EventKind::Noted,
        from: Some(Status::CheckedIn),
        to: Status::CheckedIn,
        times: None,
        reason: Some("Written down later than the patient came.".to_owned()),
        happened_at: Some(arrived_at),
    };
    appointments::note(tx, &event).await
}

/// Nobody goes first without a reason; in an emergency, that it is one will do.
async fn urgency(tx: &TenantTx, id: AppointmentId, new: &NewWalkIn) -> Result<(), AppError> {
    if new.priority == Priority::Routine {
        return Ok(());
    }
    let reason = new.priority_reason.as_deref().unwrap_or_else(|| new.priority.word());
    store::prioritise(tx, id, new.priority, reason).await?;
    let said = format!("{}: {reason}", new.priority.word());
    note(tx, id, EventKind::Prioritised, Status::CheckedIn, Some(&said)).await
}

/// How a doctor can be reached now, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// Has hours now.
    There,
    /// Has none, and is not away either: whoever stands at the desk knows.
    Perhaps,
    Away,
}

const ON_LEAVE: &str = "availability.on_leave";

async fn reach(tx: &TenantTx, doctor: UserId) -> Result<Reach, AppError> {
    match availability::check(tx, doctor, tx.now(), None).await {
        Ok(_) => Ok(Reach::There),
        Err(AppError::Problem(problem)) if problem.code == ON_LEAVE => Ok(Reach::Away),
        Err(AppError::Problem(_)) => Ok(Reach::Perhaps),
        Err(other) => Err(other),
    }
}

/// Is this doctor on leave now?
pub(super) async fn is_away(tx: &TenantTx, doctor: UserId) -> Result<bool, AppError> {
    Ok(reach(tx, doctor).await? == Reach::Away)
}

/// Doctor and department of the visit.
async fn whom(
    tx: &TenantTx,
    whom: Whom,
    days: Days,
    urgent: bool,
) -> Result<(UserId, DepartmentId), AppError> {
    let department = match whom {
        Whom::Doctor(id, department) => {
            let doctor = doctors::named(tx, id).await?;
            // In an emergency nobody asks whether the doctor is away.
            if !urgent && reach(tx, id).await? == Reach::Away {
                return Err(QueueError::Away.into());
            }
            return Ok((id, department.unwrap_or(doctor.department_id)));
        }
        Whom::Department(department) => department,
    };
    departments::find(tx, department).await?;
    let wanted = WantedDoctors { department: Some(department), ..WantedDoctors::default() };
    let found = doctors::list(tx, &wanted, PageRequest { page: 1, page_size: MOST_DOCTORS }).await?;
    let ids: Vec<UserId> = found.items.iter().map(|doctor| doctor.user_id).collect();
    let waiting = walk_ins::waiting(tx, days, &ids).await?;
    let mut by_reach = Vec::new();
    // Held by id, as by whoever takes leave and moves people to colleagues.
    availability::hold_together(tx, &ids).await?;
    for id in ids {
        let waits = waiting.iter().find(|(of, _)| *of == id).map_or(0, |(_, waiting)| *waiting);
        by_reach.push((reach(tx, id).await?, waits, id));
    }
    // Two with as many waiting: the name decides, by which they are listed.
    by_reach.sort_by_key(|(reach, waits, _)| (*reach, *waits));
    match by_reach.first() {
        Some((reach, _, id)) if *reach != Reach::Away || urgent => Ok((*id, department)),
        _ => Err(QueueError::NoDoctor.into()),
    }
}

/// When somebody who walked in came, and when that was written down.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn came(tx: &TenantTx, id: AppointmentId) -> Result<Option<(Timestamp, Timestamp)>, AppError> {
    Ok(walk_ins::when(tx, id).await?)
}
