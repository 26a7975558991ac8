//! Appointments on their way into the tables, with everything that belongs to them: what happened, vital signs, the
//! consultation, its note and diagnoses, who cares for whom.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Transaction;
use uuid::Uuid;

use super::dice::Dice;
use super::illnesses::{Signs, Visit};
use super::measures;
use super::rows::{Cell, Rows};
use super::stage::{Doctor, Patient, Stage};
use super::visits::VISITS;
use crate::clinic::vitals::Tables;

/// Rows that wait before they are sent.
const PIECE: usize = 2000;

/// How an appointment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Scheduled,
    CheckedIn,
    InConsultation,
    Completed,
    Cancelled(&'static str),
    NoShow,
}

impl State {
    fn code(self) -> &'static str {
        match self {
            Self::Scheduled => "SCHEDULED",
            Self::CheckedIn => "CHECKED_IN",
            Self::InConsultation => "IN_CONSULTATION",
            Self::Completed => "COMPLETED",
            Self::Cancelled(_) => "CANCELLED",
            Self::NoShow => "NO_SHOW",
        }
    }
}

/// Why somebody has to look at a waiting patient again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Watch {
    /// Nobody has answered the alarm yet.
    Unanswered,
    /// The doctor has; the next set should have been taken some minutes ago.
    Overdue,
    /// The same, in some minutes.
    Soon,
}

impl Watch {
    /// Minutes since the patient came.
    pub(super) fn came_before(self) -> i64 {
        match self {
            Self::Unanswered => 7,
            Self::Overdue => 76,
            Self::Soon => 57,
        }
    }
}

/// The queue's part of an appointment of today.
#[derive(Debug, Clone)]
pub(super) struct Queued {
    pub(super) number: i32,
    pub(super) state: &'static str,
    pub(super) called_at: Option<Timestamp>,
}

/// An appointment that is to be written.
pub(super) struct Booking {
    pub(super) dice: Dice,
    pub(super) patient: Arc<Patient>,
    pub(super) doctor: Doctor,
    pub(super) visit: usize,
    /// What it comes back for.
    pub(super) follow_up_of: Option<Uuid>,
    pub(super) is_walk_in: bool,
    pub(super) at: Timestamp,
    pub(super) created_at: Timestamp,
    pub(super) state: State,
    pub(super) checked_in_at: Option<Timestamp>,
    pub(super) started_at: Option<Timestamp>,
    pub(super) completed_at: Option<Timestamp>,
    /// When it was called off or given up.
    pub(super) off_at: Option<Timestamp>,
    pub(super) queued: Option<Queued>,
    /// Why it is ahead of its turn.
    pub(super) priority: Option<&'static str>,
    /// Vital signs were taken.
    pub(super) is_measured: bool,
    pub(super) watch: Option<Watch>,
}

impl Booking {
    pub(super) fn visit(&self) -> &'static Visit {
        VISITS.get(self.visit).unwrap_or(&VISITS[0])
    }

    /// It was agreed on at an earlier visit.
    pub(super) fn is_later(&self) -> bool {
        self.follow_up_of.is_some()
    }

    /// An illness that is nearly over when its patient comes back.
    fn signs(&self) -> Signs {
        let signs = self.visit().signs;
        if !self.is_later() {
            return signs;
        }
        let less = |(low, high): (i64, i64)| (low / 12, high / 8);
        Signs {
            warmth: less(signs.warmth),
            pulse: less(signs.pulse),
            breaths: less(signs.breaths),
            spo2_less: less(signs.spo2_less),
            systolic: less(signs.systolic),
            pain: less(signs.pain),
        }
    }
}

/// The rows of appointments.
pub(super) struct Book {
    appointments: Rows,
    events: Rows,
    pub(super) encounters: Rows,
    pub(super) notes: Rows,
    pub(super) versions: Rows,
    pub(super) diagnoses: Rows,
    vitals: Rows,
    escalations: Rows,
    steps: Rows,
    ties: Rows,
    waiting: usize,
}

impl Book {
    pub(super) fn new() -> Self {
        Self {
            appointments: Rows::new(
                "appointments",
                "id, patient_id, department_id, doctor_user_id, room_id, kind, follow_up_of, scheduled_at, ends_at, \
                 holds_slot, status, reason, checked_in_at, consultation_started_at, completed_at, no_show_at, \
                 cancelled_at, cancelled_reason, token_day, token_prefix, token_number, queue_state, queued_at, \
                 called_at, priority, priority_reason, version, created_by_id, created_at, updated_at, is_demo",
            ),
            events: Rows::new(
                "appointment_events",
                "id, appointment_id, kind, from_status, to_status, happened_at, recorded_at, actor_id",
            ),
            encounters: Rows::new(
                "encounters",
                "id, patient_id, appointment_id, doctor_user_id, department_id, status, started_at, ended_at, \
                 created_by_id, created_at, updated_at, is_demo",
            ),
            notes: Rows::new(
                "notes",
                "id, encounter_id, patient_id, author_id, status, version, subjective, signed_version, saved_at, \
                 created_at, is_demo",
            ),
            versions: Rows::new(
                "note_versions",
                "note_id, version, subjective, objective, assessment, plan, signed_by_id, signed_at",
            ),
            diagnoses: Rows::new(
                "diagnoses",
                "id, encounter_id, patient_id, text, icd10_code, icd10_edition, certainty, rank, recorded_by_id, \
                 recorded_at, is_demo",
            ),
            vitals: Rows::new("vitals", measures::COLUMNS),
            escalations: Rows::new(
                "escalations",
                "id, vitals_id, patient_id, doctor_user_id, department_id, reason, first_level, level, raised_at, \
                 next_at, acknowledged_at, acknowledged_by_id, action, is_demo",
            ),
            steps: Rows::new("escalation_steps", "id, escalation_id, kind, level, at, by_id"),
            ties: Rows::new(
                "care_relations",
                "id, patient_id, user_id, kind, since, source_id, added_by_id, added_at",
            ),
            waiting: 0,
        }
    }

    /// Appointments written so far.
    pub(super) fn written(&self) -> u64 {
        self.appointments.sent + u64::try_from(self.waiting).unwrap_or(0)
    }

    /// Send what waits, once it is a piece.
    pub(super) async fn send(&mut self, tx: &Transaction<'_>, all: bool) -> anyhow::Result<()> {
        if self.waiting < PIECE && !all {
            return Ok(());
        }
        // Those that others refer to first.
        for rows in [
            &mut self.appointments,
            &mut self.events,
            &mut self.encounters,
            &mut self.notes,
            &mut self.versions,
            &mut self.diagnoses,
            &mut self.vitals,
            &mut self.escalations,
            &mut self.steps,
            &mut self.ties,
        ] {
            rows.send(tx).await?;
        }
        self.waiting = 0;
        Ok(())
    }

    /// Write an appointment and what belongs to it. Returns its id, and how it was written.
    pub(super) fn add(&mut self, stage: &Stage, mut booking: Booking) -> (Uuid, Booking) {
        let id = booking.dice.id(booking.created_at);
        let desk = *booking.dice.one(&stage.desk);
        self.appointment(stage, &booking, id, desk);
        self.history(&mut booking, id, desk);
        let tie = booking.dice.id(booking.created_at);
        self.ties.add(&[
            &tie,
            &booking.patient.id,
            &booking.doctor.id,
            &"APPOINTMENT",
            &booking.created_at,
            &id,
            &desk,
            &booking.created_at,
        ]);
        let day = booking.at.to_zoned(stage.zone.clone()).date();
        let signs = booking.signs();
        let course = (booking.visit().of, booking.is_later());
        let person = &booking.patient.person;
        let taken = match booking.watch {
            Some(_) => measures::urgent(&mut booking.dice, person, day),
            None => measures::taken(&mut booking.dice, person, &signs, course, day),
        };
        // What is quoted was measured.
        booking.is_measured |= booking.started_at.is_some() && booking.visit().quotes(booking.is_later());
        if let Some(came) = booking.checked_in_at.filter(|_| booking.is_measured) {
            let at = came + SignedDuration::from_mins(booking.dice.between(1, 4));
            let set = measures::Set {
                id: booking.dice.id(at),
                patient: booking.patient.id,
                appointment: id,
                by: *booking.dice.one(&stage.nurses),
                at: at.min(stage.now),
                age: measures::age(booking.patient.person.born, day),
                taken: &taken,
                is_waiting: booking.state == State::CheckedIn,
            };
            if let Some(alarm) = measures::write(&mut self.vitals, &set) {
                let place = (set.id, set.at, set.by);
                self.alarm(stage, &mut booking, place, alarm);
            }
        }
        if booking.started_at.is_some() {
            self.consultation(stage, &mut booking, id, &taken);
        }
        self.waiting += 1;
        (id, booking)
    }

    fn appointment(&mut self, stage: &Stage, booking: &Booking, id: Uuid, desk: Uuid) {
        let kind = match (booking.is_walk_in, booking.follow_up_of) {
            (true, _) => "WALK_IN",
            (false, Some(_)) => "FOLLOW_UP",
            (false, None) => "BOOKED",
        };
        let is_off = matches!(booking.state, State::Cancelled(_) | State::NoShow);
        let reason = match booking.is_later() {
            true => format!("Follow-up: {}", booking.visit().reason),
            false => booking.visit().reason.to_owned(),
        };
        let (no_show_at, cancelled_at) = match booking.state {
            State::NoShow => (booking.off_at, None),
            State::Cancelled(_) => (None, booking.off_at),
            _ => (None, None),
        };
        let why = match booking.state {
            State::Cancelled(why) => Some(why),
            _ => None,
        };
        let stamps = [booking.checked_in_at, booking.started_at, booking.completed_at, booking.off_at];
        let steps = stamps.iter().flatten().count();
        let latest = stamps.into_iter().flatten().max().unwrap_or(booking.created_at);
        let queued = booking.queued.as_ref();
        let day = booking.at.to_zoned(stage.zone.clone()).date();
        let cells: [&dyn Cell; 31] = [
            &id,
            &booking.patient.id,
            &stage.department,
            &booking.doctor.id,
            &booking.doctor.room,
            &kind,
            &booking.follow_up_of,
            &booking.at,
            &(booking.at + SignedDuration::from_mins(super::stage::SLOT)),
            &(!booking.is_walk_in && !is_off),
            &booking.state.code(),
            &reason,
            &booking.checked_in_at,
            &booking.started_at,
            &booking.completed_at,
            &no_show_at,
            &cancelled_at,
            &why,
            &queued.map(|_| day),
            &queued.map(|_| stage.prefix.as_str()),
            &queued.map(|queued| queued.number),
            &queued.map(|queued| queued.state),
            &queued.and(booking.checked_in_at),
            &queued.and_then(|queued| queued.called_at),
            &(if booking.priority.is_some() { "PRIORITY" } else { "ROUTINE" }),
            &booking.priority,
            &(1 + i32::try_from(steps).unwrap_or(0)),
            &desk,
            &booking.created_at,
            &latest,
            &true,
        ];
        self.appointments.add(&cells);
    }

    /// The doctor was told of a set, and answered.
    fn alarm(
        &mut self,
        stage: &Stage,
        booking: &mut Booking,
        (set, at, nurse): (Uuid, Timestamp, Uuid),
        (reason, level): (&'static str, i16),
    ) {
        let soon = (at + SignedDuration::from_mins(booking.dice.between(2, 6))).min(stage.now);
        let answered = (booking.watch != Some(Watch::Unanswered)).then_some(soon);
        let again = at + SignedDuration::from_mins(Tables::built_in().response.repeat_after(level));
        let said = *booking.dice.one(&["Seen at once, stays under observation", "Seen, treatment begun"]);
        let (id, doctor) = (booking.dice.id(at), booking.doctor.id);
        self.escalations.add(&[
            &id,
            &set,
            &booking.patient.id,
            &doctor,
            &stage.department,
            &reason,
            &level,
            &level,
            &at,
            &answered.is_none().then_some(again),
            &answered,
            &answered.map(|_| doctor),
            &answered.map(|_| said),
            &true,
        ]);
        let answer = answered.map(|when| ("ACKNOWLEDGED", when, doctor));
        for (kind, when, by) in [("RAISED", at, nurse)].into_iter().chain(answer) {
            let step = booking.dice.id(when);
            self.steps.add(&[&step, &id, &kind, &level, &when, &by]);
        }
    }

    fn history(&mut self, booking: &mut Booking, id: Uuid, desk: Uuid) {
        let doctor = Some(booking.doctor.id);
        let mut lines: Vec<(&str, &str, Option<Timestamp>, Option<Uuid>)> =
            vec![("BOOKED", "SCHEDULED", Some(booking.created_at), Some(desk))];
        lines.push(("CHECKED_IN", "CHECKED_IN", booking.checked_in_at, Some(desk)));
        let called = booking.queued.as_ref().and_then(|queued| queued.called_at);
        lines.push(("CALLED", "CHECKED_IN", called, doctor));
        lines.push(("STARTED", "IN_CONSULTATION", booking.started_at, doctor));
        lines.push(("COMPLETED", "COMPLETED", booking.completed_at, doctor));
        match booking.state {
            State::NoShow => lines.push(("NO_SHOW", "NO_SHOW", booking.off_at, None)),
            State::Cancelled(_) => lines.push(("CANCELLED", "CANCELLED", booking.off_at, Some(desk))),
            _ => {}
        }
        let mut before: Option<&str> = None;
        for (kind, to, at, by) in lines {
            let Some(at) = at else { continue };
            let event = booking.dice.id(at);
            self.events.add(&[&event, &id, &kind, &before, &to, &at, &at, &by]);
            before = Some(to);
        }
    }
}
