//! One appointment: whose it is, how it stands, what can be done with it now, and what happened.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;
use serde_json::json;

use super::parts::{badge, href};
use crate::access::{Audit, Authorized, Frame, Permission};
use crate::clinic::appointments::domain::reading::follow_ups;
use crate::clinic::appointments::domain::steps::window;
use crate::clinic::appointments::model::{
    Act as Step, Appointment, AppointmentError, AppointmentId, CancelReason, Event, EventKind, Kind as Sort,
    Status,
};
use crate::clinic::appointments::{self, View, may_annotate, may_run_desk, may_treat};
use crate::clinic::patients::pages::{banner, href as patient_href};
use crate::clinic::patients::{self, Patient};
use crate::kernel::AppError;
use crate::kernel::wall_clock::comes_twice;
use crate::web::layout::*;
use crate::web::{Page, PageWithStatus, Path, words};

const LABELS: &[(&str, &str)] = &[
    ("reason", "Reason"),
    ("note", "Note"),
    ("cancelled_at", "Cancelled at"),
    ("missed_at", "Given up at"),
    ("came_at", "Came at"),
    ("began_at", "Began at"),
    ("late_reason", "Why the patient came late"),
    ("closure_note", "Closing note"),
    ("ended_at", "Ended at"),
    ("notes", "Notes"),
    ("weeks", "Weeks"),
    ("follow_up_reason", "Reason for the next visit"),
    ("scheduled_at", "Time"),
];

/// What the reader may do with it now.
#[derive(Debug, Clone, Copy, Default)]
struct Offers {
    check_in: bool,
    /// The same, as of an earlier time.
    came: bool,
    start: bool,
    /// The same, as of an earlier time.
    began: bool,
    /// Opens the page on which the visit is written down.
    consult: bool,
    complete: bool,
    cancel: bool,
    no_show: bool,
    reschedule: bool,
    arrive_late: bool,
    annotate: bool,
    follow_up: bool,
}

impl Offers {
    fn any(self) -> bool {
        self.check_in
            || self.start
            || self.consult
            || self.complete
            || self.cancel
            || self.no_show
            || self.reschedule
            || self.arrive_late
    }
}

/// `GET /appointments/{id}`, and the 4xx answers to its forms.
#[derive(Template)]
#[template(path = "clinic/appointments/pages/one.html")]
struct OnePage {
    shell: Shell,
    banner: Banner,
    patient_href: String,
    href: String,
    status: Badge,
    at: When,
    minutes: i64,
    doctor: String,
    department: String,
    room: Option<String>,
    kind: &'static str,
    /// The visit before, and those after.
    before: Option<String>,
    after: Vec<(String, When)>,
    token: Option<String>,
    queue: Option<&'static str>,
    late: bool,
    reason: Option<String>,
    notes: Option<String>,
    off: Option<(&'static str, Option<String>)>,
    version: i32,
    offers: Offers,
    /// When check-in opens, if it has not.
    opens: Option<When>,
    form: FormState,
    zone: TimeZone,
    timeline: Timeline,
}

impl OnePage {
    /// Does the time that was typed come twice on the hospital's clock?
    fn is_twice(&self, name: &str) -> bool {
        comes_twice(self.form.value(name), &self.zone)
    }

    /// Was something typed there, or is something wrong with it?
    fn is_open(&self, name: &str) -> bool {
        self.form.error(name).is_some() || !self.form.value(name).is_empty()
    }

    fn reasons() -> Vec<Choice> {
        std::iter::once(Choice::new("", "Choose a reason"))
            .chain(CancelReason::CHOSEN.iter().map(|reason| Choice::new(reason.code(), reason.word())))
            .collect()
    }

    fn weeks() -> Vec<Choice> {
        let words = [1, 2, 3, 4, 6, 8, 12, 26, 52];
        words.map(|weeks| Choice::new(weeks.to_string(), words::counted(weeks, "week", "weeks"))).into()
    }
}

async fn offers<P: Permission>(
    tx: &Authorized<P>,
    appointment: &Appointment,
    patient: &Patient,
) -> Result<Offers, AppError> {
    let window = window(tx);
    let person = tx.actor();
    let moves = person.holds("appointments:update_status");
    let alive = !patient.details.is_deceased;
    let desk = moves && may_run_desk(tx).is_ok();
    let treats = moves && yes(may_treat(tx, appointment).await)?;
    let fits = |step: Step| step.fits(appointment.status);
    let at = appointment.scheduled_at;
    let took_place =
        matches!(appointment.status, Status::CheckedIn | Status::InConsultation | Status::Completed);
    let start = treats && alive && fits(Step::Start) && window.may_start(at).is_ok();
    let lately = alive && window.was_lately(at);
    let is_open = !matches!(window.may_check_in(at), Err(AppointmentError::TooEarly { .. }));
    let is_begun = matches!(appointment.status, Status::InConsultation | Status::Completed);
    Ok(Offers {
        consult: treats && person.holds("encounters:record") && (start || is_begun),
        check_in: desk && alive && fits(Step::CheckIn) && window.may_check_in(at).is_ok(),
        came: desk && lately && fits(Step::CheckIn) && is_open,
        start,
        began: treats && lately && fits(Step::Start),
        complete: treats && fits(Step::Complete),
        cancel: desk && fits(Step::Cancel),
        no_show: desk && fits(Step::NoShow) && at < tx.now(),
        reschedule: desk && alive && fits(Step::Reschedule),
        arrive_late: desk && lately && appointment.status == Status::NoShow,
        annotate: moves && !appointment.status.is_terminal() && yes(may_annotate(tx, appointment).await)?,
        follow_up: person.holds("appointments:create") && alive && took_place,
    })
}

/// A refusal is a no; anything else is a fault.
fn yes(asked: Result<(), AppError>) -> Result<bool, AppError> {
    match asked {
        Ok(()) => Ok(true),
        Err(AppError::Problem(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn page<P: Permission>(
    tx: &Authorized<P>,
    frame: &Frame,
    id: AppointmentId,
    form: FormState,
) -> Result<(OnePage, Appointment), AppError> {
    let one = appointments::show(tx, id).await?;
    let patient = patients::show(tx, one.patient).await?;
    let now = patients::hospital_now(tx);
    let window = window(tx);
    let opens = one.scheduled_at - jiff::SignedDuration::from_mins(window.grace_minutes);
    let is_early = one.status == Status::Scheduled && tx.now() < opens;
    let events = appointments::history(tx, id).await?;
    let after = follow_ups(tx, id).await?;
    let entries = events.into_iter().rev().map(|event| entry(event, &now)).collect();
    let form = match form.holds("notes") {
        true => form,
        false => form.with_some("notes", one.notes.clone()),
    };
    let page = OnePage {
        shell: frame.shell(tx.actor()),
        banner: banner(&patient, &now, Vec::new()),
        patient_href: patient_href(&patient),
        href: href(&one),
        status: badge(&one),
        at: When::exactly(one.scheduled_at, &now),
        minutes: one.minutes(),
        doctor: one.names.doctor.clone(),
        department: one.names.department.clone(),
        room: one.names.room.clone(),
        kind: if one.kind == Sort::Booked { "" } else { one.kind.word() },
        before: one.follow_up_of.map(|id| format!("/appointments/{id}")),
        after: after.iter().map(|next| (href(next), When::exactly(next.scheduled_at, &now))).collect(),
        token: one.token.as_ref().map(ToString::to_string),
        queue: one.queue.map(|state| state.word()),
        late: one.came_late(),
        reason: one.reason.clone(),
        notes: one.notes.clone(),
        off: one.cancelled.as_ref().map(|off| (off.reason.word(), off.note.clone())),
        version: one.version,
        offers: offers(tx, &one, &patient).await?,
        zone: now.time_zone().clone(),
        opens: is_early.then(|| When::exactly(opens, &now).inline()),
        form,
        timeline: Timeline::new(entries),
    };
    Ok((page, one))
}

fn entry(event: Event, now: &jiff::Zoned) -> TimelineEntry {
    let local = |at: jiff::Timestamp| at.to_zoned(now.time_zone().clone());
    let (kind, icon) = match event.kind {
        EventKind::Booked => (Kind::Neutral, Icon("calendar-event")),
        EventKind::CheckedIn | EventKind::ArrivedLate => (Kind::Info, Icon("door-enter")),
        EventKind::Started => (Kind::Active, Icon("stethoscope")),
        EventKind::Completed => (Kind::Ok, Icon("check")),
        EventKind::Cancelled => (Kind::Neutral, Icon("x")),
        EventKind::NoShow | EventKind::Left => (Kind::Warn, Icon("user-off")),
        EventKind::Rescheduled | EventKind::Requeued => (Kind::Neutral, Icon("arrows-exchange")),
        EventKind::Noted => (Kind::Neutral, Icon("pencil")),
        EventKind::Called | EventKind::BackToWaiting | EventKind::Skipped | EventKind::Prioritised => {
            (Kind::Info, Icon("users"))
        }
    };
    let moved = event.times.map(|(from, to)| {
        let say = |at| words::moment(&local(at), now.date());
        format!("From {} to {}", say(from), say(to))
    });
    let is_late = event.recorded_at != event.happened_at;
    let written =
        is_late.then(|| format!("Written down {}", When::exactly(event.recorded_at, now).inline().text));
    let text: Vec<String> = moved.into_iter().chain(event.reason).chain(written).collect();
    TimelineEntry {
        kind,
        icon,
        title: event.kind.word().to_owned(),
        year: local(event.happened_at).year(),
        when: When::exactly(event.happened_at, now),
        who: match event.actor {
            None => "HMS".to_owned(),
            Some(_) => event.actor_name.unwrap_or_else(|| "somebody who left".to_owned()),
        },
        text: text.join(". "),
        link: None,
        fresh: false,
    }
}

fn looked(one: &Appointment) -> Audit {
    Audit::viewed(one.id).with(json!({ "patient_id": one.patient }))
}

/// `GET /appointments/{appointment_id}`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
) -> Result<Response, AppError> {
    let (page, one) = page(&tx, &frame, id, FormState::new()).await?;
    Ok(tx.commit(looked(&one), Page(page)).await?.into_response())
}

/// The page again, because a step was refused: what was typed is kept, and why stands above it.
pub(super) async fn again<P: Permission>(
    tx: Authorized<P>,
    frame: &Frame,
    id: AppointmentId,
    form: FormState,
    status: StatusCode,
) -> Result<Response, AppError> {
    let (page, one) = page(&tx, frame, id, form).await?;
    Ok(tx.commit(looked(&one), PageWithStatus(status, page)).await?.into_response())
}
