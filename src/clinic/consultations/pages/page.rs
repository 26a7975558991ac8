//! The page of one consultation, and the way to it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;
use serde_json::json;

use super::diagnoses::{DiagnosesPart, May};
use super::follow_up::FollowUpPart;
use super::note::Both;
use super::parts::{VisitLine, Written, at, standing, to_the_second};
use crate::access::{self, Audit, Authorized, Frame, TenantTx};
use crate::clinic::appointments::{self, Appointment, AppointmentId};
use crate::clinic::consultations::visits;
use crate::clinic::encounters::{self, Encounter, EncounterId, Record, View};
use crate::clinic::notes::{self, MAX_PART, Note, PARTS};
use crate::clinic::patients::{self, Patient, Viewer};
use crate::clinic::vitals;
use crate::identity::actor::Actor;
use crate::kernel::AppError;
use crate::kernel::wall_clock::comes_twice;
use crate::web::layout::*;
use crate::web::{Page, PageWithStatus, Path, SeeOther};

/// Earlier visits beside the note.
const EARLIER: i64 = 5;

/// `POST /appointments/{appointment_id}/consultation`
pub(super) async fn open(
    tx: Authorized<Record>,
    Path(id): Path<AppointmentId>,
) -> Result<SeeOther, AppError> {
    let begun = encounters::begin(&tx, id).await?;
    let next = SeeOther(format!("/consultations/{}", begun.encounter.id));
    tx.commit(encounters::audit_of_begin(&begun), next).await
}

/// The note that the reader writes here.
pub(super) enum Mine {
    /// May write, and has not signed.
    Draft,
    Signed(Box<Written>),
    /// Only reads.
    None,
}

/// `GET /consultations/{encounter_id}`, and the refusals of what is sent there.
#[derive(Template)]
#[template(path = "clinic/consultations/pages/consultation.html")]
pub(super) struct ConsultationPage {
    shell: Shell,
    banner: Banner,
    /// `/consultations/{id}`
    href: String,
    patient_href: String,
    /// The visit on paper.
    print_href: String,
    status: Badge,
    /// "Cardiology, Dr. Rao"
    title: String,
    started: When,
    ended: Option<When>,
    /// `C-014`
    token: Option<String>,
    room: Option<String>,
    /// Why the patient comes.
    reason: Option<String>,
    error_reason: Option<String>,
    mine: Mine,
    /// The draft as it is typed.
    form: FormState,
    /// "10:42:07" if there is a draft.
    saved: Option<String>,
    templates: Vec<Choice>,
    /// What others signed, and what was entered in error.
    others: Vec<Written>,
    pub(super) diagnoses: DiagnosesPart,
    vitals: vitals::pages::Trend,
    earlier: Vec<VisitLine>,
    follow_up: Option<FollowUpPart>,
    may_finish: bool,
    zone: TimeZone,
    is_deceased: bool,
    /// Saved elsewhere meanwhile: both texts.
    both: Option<Both>,
}

impl ConsultationPage {
    fn max() -> usize {
        MAX_PART
    }

    /// Is there no note that the reader sees or writes?
    fn is_blank(&self) -> bool {
        matches!(self.mine, Mine::None) && self.others.is_empty()
    }

    /// Does the time that was typed come twice on the hospital's clock?
    fn is_twice(&self) -> bool {
        comes_twice(self.form.value("happened_at"), &self.zone)
    }

    /// What the labels of the summary are.
    fn labels() -> &'static [(&'static str, &'static str)] {
        const LABELS: &[(&str, &str)] = &[
            ("subjective", "What the patient says"),
            ("objective", "What you find"),
            ("assessment", "What you think"),
            ("plan", "What will be done"),
            ("weeks", "See again"),
            ("closure_note", "Closing note"),
            ("happened_at", "Ended at"),
        ];
        LABELS
    }
}

/// What the page is made of besides what was typed.
pub(super) struct Known {
    pub encounter: Encounter,
    pub patient: Patient,
    pub notes: Vec<Note>,
}

impl Known {
    pub(super) async fn read(tx: &TenantTx, id: EncounterId) -> Result<Self, AppError> {
        let (encounter, patient) = encounters::show(tx, id).await?;
        Ok(Self { notes: notes::of_encounter(tx, id).await?, encounter, patient })
    }
}

/// What was typed and refused, if something was.
#[derive(Default)]
pub(super) struct Typed {
    pub form: Option<FormState>,
    pub both: Option<Both>,
}

pub(super) async fn page(
    tx: &TenantTx,
    frame: &Frame,
    actor: &Actor,
    known: Known,
    typed: Typed,
) -> Result<ConsultationPage, AppError> {
    let Known { encounter, patient, notes: written } = known;
    let now = patients::hospital_now(tx);
    let me = Viewer::of(tx).user;
    let may_read = encounters::may_read_texts(tx, patient.id).await?;
    let is_open = encounter.status != encounters::Status::EnteredInError;
    let may_begin = !patient.details.is_deceased || encounter.doctor == me;
    let may_write = is_open && actor.holds("encounters:record");
    let own = written.iter().find(|note| note.author == me && note.ended.is_none());
    let signed = own.and_then(|note| note.signed.as_ref().map(|signed| (note, signed)));
    // What was typed stays, though it may not be written there any more.
    let was_typed = typed.form.is_some() && actor.holds("encounters:record");
    let mine = match (signed, own) {
        (Some((note, signed)), _) => Mine::Signed(Box::new(Written::of(note, signed, me, may_read, &now))),
        (None, Some(_)) if may_write => Mine::Draft,
        (None, None) if may_write && may_begin => Mine::Draft,
        (None, _) if was_typed => Mine::Draft,
        _ => Mine::None,
    };
    let others: Vec<Note> =
        written.iter().filter(|note| note.author != me || note.ended.is_some()).cloned().collect();
    let appointment = match encounter.appointment {
        Some(id) => Some(appointments::show(tx, id).await?),
        None => None,
    };
    let may_treat = match &appointment {
        Some(appointment) => appointments::may_treat(tx, appointment).await.is_ok(),
        None => true,
    };
    let in_progress = encounter.status == encounters::Status::InProgress;
    let may_finish = may_write && in_progress && may_treat;
    let draft = own.filter(|note| note.is_draft());
    let href = format!("/consultations/{}", encounter.id);
    let earlier = visits::before(tx, patient.id, encounter.id, EARLIER).await?;
    Ok(ConsultationPage {
        shell: frame.shell(actor),
        banner: patients::pages::banner(&patient, &now, Vec::new()),
        patient_href: patients::pages::href(&patient),
        print_href: format!("/api/v1/encounters/{}/summary.pdf", encounter.id),
        status: standing(&encounter),
        title: format!("{}, {}", encounter.department_name, encounter.doctor_name),
        started: at(encounter.started_at, &now).inline(),
        ended: encounter.ended_at.map(|ended| at(ended, &now).inline()),
        token: appointment.as_ref().and_then(|a| a.token.as_ref()).map(ToString::to_string),
        room: appointment.as_ref().and_then(|a| a.names.room.clone()),
        reason: appointment.as_ref().and_then(|a| a.reason.clone()),
        error_reason: encounter.error_reason.clone(),
        form: typed.form.unwrap_or_else(|| state(draft)).with("author", me.to_string()),
        saved: draft.map(|note| to_the_second(note.saved_at, &now)),
        templates: if matches!(mine, Mine::Draft) { templates(tx).await? } else { Vec::new() },
        mine,
        others: Written::all(&others, me, may_read, &now),
        diagnoses: DiagnosesPart::read(tx, encounter.id, May::of(tx, &encounter, &patient), FormState::new())
            .await?,
        vitals: vitals::pages::trend(tx, actor, patient.id, appointment.as_ref()).await?,
        earlier: earlier.iter().map(|visit| VisitLine::of(visit, me, may_read, &now)).collect(),
        follow_up: follow_up(actor, &href, may_finish, appointment.as_ref(), &patient),
        may_finish,
        zone: tx.hospital().zone.clone(),
        is_deceased: patient.details.is_deceased,
        both: typed.both,
        href,
    })
}

fn follow_up(
    actor: &Actor,
    href: &str,
    may_finish: bool,
    visit: Option<&Appointment>,
    patient: &Patient,
) -> Option<FollowUpPart> {
    let may_book = access::demand::<appointments::Book>(actor).is_ok() && !patient.details.is_deceased;
    (may_finish && may_book && visit.is_some()).then(|| FollowUpPart::none_yet(href))
}

/// The form as a draft fills it.
pub(super) fn state(draft: Option<&Note>) -> FormState {
    let Some(note) = draft else { return FormState::new().with("version", "0") };
    let parts = PARTS.iter().zip(note.draft.parts());
    let state = FormState::new().with("version", note.version.to_string());
    let state = state.with_some("copied_from", note.copied_from.map(|id| id.to_string()));
    parts.fold(state, |state, ((name, ..), text)| state.with(name, text))
}

async fn templates(tx: &TenantTx) -> Result<Vec<Choice>, AppError> {
    let all = notes::templates::list(tx, false).await?;
    let blank = std::iter::once(Choice::new("", "Insert a template"));
    let choice = |template: notes::templates::Template| {
        let label = match (&template.owner, &template.specialisation) {
            (Some(_), _) => format!("{} (mine)", template.name),
            (None, Some(of)) => format!("{} ({of})", template.name),
            (None, None) => template.name.clone(),
        };
        Choice::new(template.id.to_string(), label)
    };
    Ok(blank.chain(all.into_iter().map(choice)).collect())
}

/// `GET /consultations/{encounter_id}`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<EncounterId>,
) -> Result<Page<ConsultationPage>, AppError> {
    let known = Known::read(&tx, id).await?;
    let audit = looked(id, &known);
    let page = page(&tx, &frame, tx.actor(), known, Typed::default()).await?;
    tx.commit(audit, Page(page)).await
}

fn looked(id: EncounterId, known: &Known) -> Audit {
    Audit::viewed(id).with(json!({ "patient_id": known.patient.id }))
}

/// The page again, with what was typed and why it was refused.
pub(super) async fn again<P>(
    tx: Authorized<P>,
    frame: &Frame,
    id: EncounterId,
    status: StatusCode,
    typed: Typed,
) -> Result<Response, AppError> {
    let known = Known::read(&tx, id).await?;
    let audit = looked(id, &known);
    let page = page(&tx, frame, tx.actor(), known, typed).await?;
    Ok(tx.commit(audit, PageWithStatus(status, page)).await?.into_response())
}
