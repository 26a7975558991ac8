//! An absence in two steps: when, and then what becomes of each booking in that time. Afterwards, what became of each.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::clinic::appointments::{Appointment, AppointmentId};
use crate::clinic::availability::{LeaveKind, TypedLeave};
use crate::clinic::doctors::{self, Doctor};
use crate::clinic::leave::{
    self, Affected, Decision, Decisions, LeaveError, Outcome, Settled, Take, affected, audit_of, may_take,
};
use crate::clinic::patients;
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, Query, words};

const LABELS: &[(&str, &str)] = &[
    ("kind", "Why"),
    ("starts_at", "From"),
    ("ends_at", "Until"),
    ("note", "Note"),
    ("all_bookings", "What becomes of all of them"),
];

/// A booking that the absence falls upon.
struct Line {
    /// Name of its field.
    field: String,
    href: String,
    at: When,
    patient: Name,
    code: String,
    status: &'static str,
}

/// `GET /doctors/{user_id}/leave`, and the refusals of what is sent from there.
#[derive(Template)]
#[template(path = "clinic/leave/pages/take.html")]
pub(super) struct TakePage {
    shell: Shell,
    href: String,
    name: Name,
    form: FormState,
    kinds: Vec<Choice>,
    /// Once it is known when: the bookings in that time.
    shown: Option<Shown>,
    decisions: Vec<Choice>,
}

struct Shown {
    range: String,
    lines: Vec<Line>,
    hidden: i64,
}

impl TakePage {
    fn line_choices(&self) -> Vec<Choice> {
        std::iter::once(Choice::new("", "As for all")).chain(self.decisions.iter().cloned()).collect()
    }

    fn all_choices(&self) -> Vec<Choice> {
        std::iter::once(Choice::new("", "Decide for each")).chain(self.decisions.iter().cloned()).collect()
    }
}

/// When somebody is away. In the address: nothing in it is about a patient.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct WhenForm {
    /// `LEAVE`, `SICK`, `TRAINING`, `OTHER`
    kind: String,
    /// A day, or a time of the hospital's clock.
    starts_at: String,
    ends_at: String,
}

/// What the form sends: beside these, a field for each booking.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct TakeForm {
    kind: String,
    starts_at: String,
    ends_at: String,
    note: String,
    all_bookings: String,
    /// `booking-<id>`: a decision.
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

const BOOKING: &str = "booking-";

impl TakeForm {
    fn state(&self) -> FormState {
        let state = FormState::new()
            .with("kind", self.kind.clone())
            .with("starts_at", self.starts_at.clone())
            .with("ends_at", self.ends_at.clone())
            .with("note", self.note.clone())
            .with("all_bookings", self.all_bookings.clone());
        let rest = self.rest.iter().filter(|(name, _)| name.starts_with(BOOKING));
        rest.fold(state, |state, (name, value)| state.with(name, value.clone()))
    }

    fn decisions(&self, errors: &mut FieldErrors) -> Decisions {
        let each: Vec<(AppointmentId, String)> = self
            .rest
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix(BOOKING)?.parse().ok()?, value.clone())))
            .collect();
        Decisions::parse(&self.all_bookings, &each, errors)
    }

    fn typed(&self) -> TypedLeave<'_> {
        TypedLeave {
            kind: &self.kind,
            starts_at: &self.starts_at,
            ends_at: &self.ends_at,
            note: Some(&self.note),
        }
    }
}

fn own(tx: &TenantTx, doctor: UserId) -> Result<(), AppError> {
    if may_take(tx, doctor) { Ok(()) } else { Err(LeaveError::NotYours.into()) }
}

fn when(tx: &TenantTx, at: Timestamp) -> When {
    let now = patients::hospital_now(tx);
    When::moment(&at.to_zoned(now.time_zone().clone()), now.date())
}

fn blank(tx: &Authorized<Take>, frame: &Frame, doctor: &Doctor, form: FormState) -> TakePage {
    TakePage {
        shell: frame.shell(tx.actor()),
        href: format!("/doctors/{}", doctor.user_id),
        name: Name::new(&doctor.name),
        form,
        kinds: LeaveKind::ALL.map(|kind| Choice::new(kind.code(), kind.label())).into(),
        shown: None,
        decisions: Decision::ALL.map(|decision| Choice::new(decision.code(), decision.label())).into(),
    }
}

fn shown(tx: &TenantTx, affected: &Affected, (from, until): (Timestamp, Timestamp)) -> Shown {
    let line = |booking: &Appointment| Line {
        field: format!("{BOOKING}{}", booking.id),
        href: format!("/appointments/{}", booking.id),
        at: when(tx, booking.scheduled_at),
        patient: Name::new(&booking.names.patient),
        code: booking.names.patient_code.clone(),
        status: booking.status.word(),
    };
    Shown {
        range: format!("{} to {}", when(tx, from).text, when(tx, until).inline().text),
        lines: affected.bookings.iter().map(line).collect(),
        hidden: i64::try_from(affected.hidden).unwrap_or(i64::MAX),
    }
}

/// `GET /doctors/{user_id}/leave`
pub(super) async fn form(
    tx: Authorized<Take>,
    frame: Frame,
    Path(id): Path<UserId>,
    Query(query): Query<WhenForm>,
) -> Result<Response, AppError> {
    let doctor = doctors::named(&tx, id).await?;
    own(&tx, id)?;
    let today = patients::hospital_now(&tx).date().to_string();
    let form = FormState::new()
        .with("kind", query.kind.clone())
        .with("starts_at", if query.starts_at.is_empty() { today.clone() } else { query.starts_at.clone() })
        .with("ends_at", if query.ends_at.is_empty() { today } else { query.ends_at.clone() });
    let mut page = blank(&tx, &frame, &doctor, form);
    if query.kind.is_empty() && query.starts_at.is_empty() {
        let audit = Audit::viewed(id).with(serde_json::json!({ "part": "leave" }));
        return Ok(tx.commit(audit, Page(page)).await?.into_response());
    }
    let typed =
        TypedLeave { kind: &query.kind, starts_at: &query.starts_at, ends_at: &query.ends_at, note: None };
    match typed.parse(id, tx.now(), &tx.hospital().zone) {
        Ok(new) => {
            let range = (new.starts_at, new.ends_at);
            let affected = affected(&tx, id, range).await?;
            page.shown = Some(shown(&tx, &affected, range));
            let audit = Audit::listed("appointment", affected.bookings.len());
            Ok(tx.commit(audit, Page(page)).await?.into_response())
        }
        Err(AppError::Problem(problem)) => {
            page.form = page.form.refused(&problem.errors, problem.detail);
            let audit = Audit::viewed(id).with(serde_json::json!({ "part": "leave" }));
            Ok(tx.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}

/// What became of a booking.
struct Dealt {
    href: String,
    was: When,
    patient: Name,
    code: String,
    outcome: Badge,
    /// "to Mon 9 Mar, 10:00, with Dr. Rao", or why not.
    detail: String,
}

/// The answer to a recorded absence.
#[derive(Template)]
#[template(path = "clinic/leave/pages/taken.html")]
struct TakenPage {
    shell: Shell,
    href: String,
    name: Name,
    range: String,
    results: Vec<Dealt>,
    failed: i64,
    hidden: i64,
}

impl TakenPage {
    fn facts(&self) -> String {
        let all = i64::try_from(self.results.len()).unwrap_or(i64::MAX);
        match (all, self.failed) {
            (0, _) => "No booking fell into this time.".to_owned(),
            (all, 0) => format!("{}, all dealt with.", words::counted(all, "booking", "bookings")),
            (all, failed) => {
                let all = words::counted(all, "booking", "bookings");
                format!("{all}; {} to look at.", words::counted(failed, "one is", "are"))
            }
        }
    }
}

fn result(tx: &TenantTx, settled: &Settled) -> Dealt {
    let booking = &settled.appointment;
    let now_at = when(tx, booking.scheduled_at);
    let (outcome, detail) = match settled.outcome {
        Outcome::Moved => (
            Badge::new(Kind::Ok, Icon("calendar-event"), "Moved"),
            format!("{}, with {}", now_at.text, booking.names.doctor),
        ),
        Outcome::Cancelled => (Badge::new(Kind::Neutral, Icon("x"), "Cancelled"), String::new()),
        Outcome::Kept => (
            Badge::new(Kind::Info, Icon("mail"), "Kept"),
            "The patient is to be told that the doctor is away.".to_owned(),
        ),
        Outcome::Failed => (
            Badge::new(Kind::Danger, Icon("alert-circle"), "Not done"),
            settled.message.clone().unwrap_or_default(),
        ),
    };
    Dealt {
        href: format!("/appointments/{}", booking.id),
        was: when(tx, settled.was_at),
        patient: Name::new(&booking.names.patient),
        code: booking.names.patient_code.clone(),
        outcome,
        detail,
    }
}

/// `POST /doctors/{user_id}/leave`
pub(super) async fn take(
    tx: Authorized<Take>,
    frame: Frame,
    Path(id): Path<UserId>,
    Form(form): Form<TakeForm>,
) -> Result<Response, AppError> {
    let doctor = doctors::named(&tx, id).await?;
    own(&tx, id)?;
    let done = async {
        let mut errors = FieldErrors::default();
        let decisions = form.decisions(&mut errors);
        errors.finish()?;
        let new = form.typed().parse(id, tx.now(), &tx.hospital().zone)?;
        leave::take(&tx, &new, &decisions).await
    };
    match tx.attempt(done).await {
        Ok(taken) => {
            let failed = taken.settled.iter().filter(|one| one.outcome == Outcome::Failed).count();
            let range = (when(&tx, taken.leave.starts_at), when(&tx, taken.leave.ends_at));
            let page = TakenPage {
                shell: frame.shell(tx.actor()),
                href: format!("/doctors/{id}"),
                name: Name::new(&doctor.name),
                range: format!("{} to {}", range.0.text, range.1.inline().text),
                results: taken.settled.iter().map(|settled| result(&tx, settled)).collect(),
                failed: i64::try_from(failed).unwrap_or(i64::MAX),
                hidden: i64::try_from(taken.hidden).unwrap_or(i64::MAX),
            };
            Ok(tx.commit(audit_of(&taken), Page(page)).await?.into_response())
        }
        Err(AppError::Problem(problem))
            if !matches!(problem.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN) =>
        {
            let state = form.state().refused(&problem.errors, problem.detail);
            let mut page = blank(&tx, &frame, &doctor, state);
            // With the bookings as they are now: one may have come in between.
            if let Ok(new) = form.typed().parse(id, tx.now(), &tx.hospital().zone) {
                let range = (new.starts_at, new.ends_at);
                page.shown = Some(shown(&tx, &affected(&tx, id, range).await?, range));
            }
            let count = page.shown.as_ref().map_or(0, |shown| shown.lines.len());
            let audit = Audit::listed("appointment", count);
            Ok(tx.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}
