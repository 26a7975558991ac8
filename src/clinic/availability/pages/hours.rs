//! The week of a doctor, one line of text for each day with more where a stretch differs, and below it the days that
//! differ.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::stretches::{self, Day, Kind};
use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::clinic::availability::{
    self, AvailabilityError, Exception, Hours, Kind as DayKind, NewWeek, Write, field,
};
use crate::clinic::doctors::{self, Doctor, RoomId, SLOT_MINUTES};
use crate::clinic::patients;
use crate::clinic::profile::{self, Span, Weekday, spans};
use crate::kernel::ids::UserId;
use crate::kernel::manner::Manner;
use crate::kernel::{AppError, FieldErrors, Problem};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther, words};

const LABELS: &[(&str, &str)] = &[
    ("monday", "Monday"),
    ("tuesday", "Tuesday"),
    ("wednesday", "Wednesday"),
    ("thursday", "Thursday"),
    ("friday", "Friday"),
    ("saturday", "Saturday"),
    ("sunday", "Sunday"),
    ("slot_minutes", "An appointment takes"),
    ("room_id", "Room"),
    ("valid_from", "From"),
    ("valid_until", "Until"),
    ("on_date", "Day"),
    ("kind", "What differs"),
    ("starts_at", "From"),
    ("ends_at", "To"),
    ("note", "Note"),
];

/// A day that differs, as the page names it.
struct DayLine {
    /// "Mon 2 Mar"
    day: String,
    kind: &'static str,
    /// "09:00–13:00", or "the whole day"
    hours: String,
    note: Option<String>,
    remove: String,
}

/// `GET /doctors/{user_id}/hours`, and the refusals of what is sent from there.
#[derive(Template)]
#[template(path = "clinic/availability/pages/hours.html")]
pub(super) struct HoursPage {
    shell: Shell,
    href: String,
    name: Name,
    form: FormState,
    week: Vec<Day>,
    slots: Vec<Choice>,
    rooms: Vec<Choice>,
    kinds: Vec<Choice>,
    /// Hours that begin later, from when.
    later: Option<String>,
    days: Vec<DayLine>,
}

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct HoursForm {
    monday: String,
    tuesday: String,
    wednesday: String,
    thursday: String,
    friday: String,
    saturday: String,
    sunday: String,
    slot_minutes: String,
    room_id: String,
    valid_from: String,
    valid_until: String,
    /// Lines of stretches that differ.
    #[serde(flatten)]
    lines: BTreeMap<String, String>,
}

impl HoursForm {
    fn typed(&self) -> [(Weekday, &str); 7] {
        [
            (Weekday::Monday, &self.monday),
            (Weekday::Tuesday, &self.tuesday),
            (Weekday::Wednesday, &self.wednesday),
            (Weekday::Thursday, &self.thursday),
            (Weekday::Friday, &self.friday),
            (Weekday::Saturday, &self.saturday),
            (Weekday::Sunday, &self.sunday),
        ]
    }

    fn state(&self) -> FormState {
        let state = FormState::new()
            .with("slot_minutes", self.slot_minutes.clone())
            .with("room_id", self.room_id.clone())
            .with("valid_from", self.valid_from.clone())
            .with("valid_until", self.valid_until.clone());
        let state = self.typed().into_iter().fold(state, |state, (day, text)| state.with(field(day), text));
        stretches::names().fold(state, |state, name| {
            let typed = self.lines.get(&name).cloned();
            state.with_some(&name, typed)
        })
    }

    /// All faults at once, each at its field.
    fn week(&self, today: Date) -> Result<NewWeek, AppError> {
        let mut errors = FieldErrors::default();
        let slot = self.slot_minutes.trim().parse().unwrap_or(0);
        let slot = doctors::slot_minutes("slot_minutes", slot, &mut errors);
        let room = room("room_id", &self.room_id, &mut errors);
        let mut all: Vec<(Span, Kind)> = Vec::new();
        for (day, text) in self.typed() {
            match spans(day, text) {
                Ok(spans) => all.extend(spans.into_iter().map(|span| (span, (slot.unwrap_or(0), room)))),
                Err(fault) => errors.add(field(day), fault),
            }
            all.extend(stretches::typed(day, &self.lines, &mut errors));
        }
        let typed = (Some(self.valid_from.as_str()), Some(self.valid_until.as_str()));
        let days = availability::days(typed, today, &mut errors);
        NewWeek::of_spans(&all, errors.finish_with(days)?)
    }
}

/// A room from a list; blank is none.
pub(super) fn room(field: &str, typed: &str, errors: &mut FieldErrors) -> Option<RoomId> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    let id = typed.parse().ok();
    if id.is_none() {
        errors.add(field, "Choose a room from the list.");
    }
    id
}

/// The hours of these as the form writes them.
fn state(doctor: &Doctor, hours: &[Hours], today: Date, proposal: &profile::Week) -> FormState {
    let manner = Manner::of_reader().hours;
    let usual = stretches::usual(doctor, hours);
    // All of them hold equally long: hours are written a week at once.
    let until = hours.first().and_then(|hours| hours.valid_until);
    let state = FormState::new()
        .with("slot_minutes", usual.0.to_string())
        .with("room_id", usual.1.map_or_else(String::new, |room| room.to_string()))
        .with("valid_from", today.to_string())
        .with_some("valid_until", until.map(|until| until.to_string()));
    Weekday::ALL.into_iter().fold(state, |state, day| {
        if hours.is_empty() {
            return state.with(field(day), proposal.written(day, manner));
        }
        stretches::written(state, day, hours, usual)
    })
}

/// The page with what is there; `typed` is what was sent and refused.
pub(super) async fn page(
    tx: &Authorized<Write>,
    frame: &Frame,
    doctor: &Doctor,
    typed: Option<FormState>,
) -> Result<HoursPage, AppError> {
    let today = patients::hospital_now(tx).date();
    let all = availability::hours(tx, doctor.user_id, today).await?;
    let now: Vec<Hours> = all.iter().filter(|hours| hours.are_valid_on(today)).cloned().collect();
    let later = all.iter().map(|hours| hours.valid_from).filter(|from| *from > today).min();
    let opening = profile::week_of(tx).await?;
    let minutes = |minutes: u16| Choice::new(minutes.to_string(), format!("{minutes} minutes"));
    let days = availability::exceptions(tx, doctor.user_id, today).await?;
    let form = typed.unwrap_or_else(|| state(doctor, &now, today, &opening));
    let form = if form.holds("slot_minutes") { form } else { merged(form, doctor, &now, today, &opening) };
    let (week, form) = stretches::week(form);
    Ok(HoursPage {
        shell: frame.shell(tx.actor()),
        href: format!("/doctors/{}", doctor.user_id),
        name: Name::new(&doctor.name),
        form,
        week,
        slots: SLOT_MINUTES.map(minutes).into(),
        rooms: rooms(tx, &all).await?,
        kinds: vec![
            Choice::new(DayKind::Closed.code(), "Hours fall out"),
            Choice::new(DayKind::Extra.code(), "More hours"),
        ],
        later: later.map(words::date),
        days: days.iter().map(|day| line(tx, doctor.user_id, day)).collect(),
    })
}

/// Rooms in use; one that is not any more stays where these hours have it.
async fn rooms(tx: &TenantTx, hours: &[Hours]) -> Result<Vec<Choice>, AppError> {
    let rooms = doctors::rooms(tx, false).await?;
    let shown = rooms.iter().filter_map(|room| {
        let is_kept = hours.iter().any(|hours| hours.room_id == Some(room.id));
        match (room.is_active, is_kept) {
            (true, _) => Some(Choice::new(room.id.to_string(), room.name.as_str())),
            (false, true) => Some(Choice::new(room.id.to_string(), format!("{} (out of use)", room.name))),
            (false, false) => None,
        }
    });
    Ok(std::iter::once(Choice::new("", "That of the profile")).chain(shown).collect())
}

/// A refused form of a day, beside the week as it is.
fn merged(
    form: FormState,
    doctor: &Doctor,
    now: &[Hours],
    today: Date,
    opening: &profile::Week,
) -> FormState {
    let week = state(doctor, now, today, opening);
    let fields = ["slot_minutes", "room_id", "valid_from", "valid_until"].into_iter();
    let fields = fields.chain(Weekday::ALL.map(field)).map(str::to_owned).chain(stretches::names());
    fields.fold(form, |form, name| form.with(&name, week.value(&name)))
}

fn line(tx: &TenantTx, doctor: UserId, day: &Exception) -> DayLine {
    let manner = Manner::of_reader().hours;
    let span = Span { day: Weekday::of(day.on), opens: day.starts, closes: day.ends };
    let zone = tx.hospital().zone.clone();
    DayLine {
        day: day.on.to_zoned(zone).map_or_else(|_| words::date(day.on), |at| words::long_day(&at)),
        kind: match day.kind {
            DayKind::Extra => "More hours",
            DayKind::Closed => "Hours fall out",
        },
        hours: match (day.starts, day.ends) {
            (0, availability::DAY) => "the whole day".to_owned(),
            _ => span.written(manner),
        },
        note: day.note.clone(),
        remove: format!("/doctors/{doctor}/days/{}/remove", day.id),
    }
}

/// Nobody sees a form that they may not send.
pub(super) fn own(tx: &TenantTx, doctor: UserId) -> Result<(), AppError> {
    if availability::may_write(tx, doctor) { Ok(()) } else { Err(AvailabilityError::NotYours.into()) }
}

/// `GET /doctors/{user_id}/hours`
pub(super) async fn form(
    tx: Authorized<Write>,
    frame: Frame,
    Path(id): Path<UserId>,
) -> Result<Page<HoursPage>, AppError> {
    let doctor = doctors::named(&tx, id).await?;
    own(&tx, id)?;
    let page = page(&tx, &frame, &doctor, None).await?;
    tx.commit(Audit::viewed(id).with(json!({ "part": "hours" })), Page(page)).await
}

/// `POST /doctors/{user_id}/hours`
pub(super) async fn save(
    tx: Authorized<Write>,
    frame: Frame,
    Path(id): Path<UserId>,
    Form(form): Form<HoursForm>,
) -> Result<Response, AppError> {
    let today = patients::hospital_now(&tx).date();
    let saved = async {
        let week = form.week(today)?;
        availability::set_hours(&tx, id, &week).await?;
        Ok::<_, AppError>(week)
    };
    match tx.attempt(saved).await {
        Ok(week) => {
            let next = SeeOther(format!("/doctors/{id}?done=hours-saved"));
            Ok(tx.commit(availability::audit_of_week(id, &week), next).await?.into_response())
        }
        Err(error) => refused(tx, &frame, id, form.state(), error).await,
    }
}

/// The page again, with what is wrong.
pub(super) async fn refused(
    tx: Authorized<Write>,
    frame: &Frame,
    id: UserId,
    typed: FormState,
    error: AppError,
) -> Result<Response, AppError> {
    let problem: Problem = match error {
        AppError::Problem(problem)
            if !matches!(problem.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN) =>
        {
            problem
        }
        other => return Err(other),
    };
    let doctor = doctors::named(&tx, id).await?;
    let state = typed.refused(&problem.errors, problem.detail);
    let page = page(&tx, frame, &doctor, Some(state)).await?;
    let audit = Audit::viewed(id).with(json!({ "part": "hours" }));
    Ok(tx.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
}
