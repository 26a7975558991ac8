//! A signed note with its versions, the form to amend it, and the question before it is entered in error.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::parts::{Said, Written, at, said};
use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::clinic::encounters::{self, Record, View};
use crate::clinic::notes::{self, MAX_PART, NoteId, PARTS, Signed, Status, TypedTexts};
use crate::clinic::patients::{self, Viewer};
use crate::identity::actor::Actor;
use crate::kernel::{AppError, FieldErrors, Problem, text};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther};

const LABELS: &[(&str, &str)] = &[
    ("subjective", "What the patient says"),
    ("objective", "What you find"),
    ("assessment", "What you think"),
    ("plan", "What will be done"),
    ("reason", "Why it is amended"),
];

/// An earlier version.
struct Earlier {
    version: i32,
    who: String,
    when: When,
    reason: Option<String>,
    said: Vec<Said>,
}

/// `GET /notes/{note_id}`, and the refusals of an amendment.
#[derive(Template)]
#[template(path = "clinic/consultations/pages/signed.html")]
struct SignedPage {
    shell: Shell,
    banner: Banner,
    /// `/notes/{id}`
    href: String,
    consultation_href: String,
    note: Written,
    earlier: Vec<Earlier>,
    form: FormState,
    may_amend: bool,
    may_end: bool,
}

impl SignedPage {
    fn max() -> u16 {
        u16::try_from(MAX_PART).unwrap_or(u16::MAX)
    }
}

/// What a page about one note is made of; a draft leads to where it is written.
enum Shown {
    Page(Box<SignedPage>, Audit),
    Draft(SeeOther),
}

async fn page(
    tx: &TenantTx,
    frame: &Frame,
    actor: &Actor,
    id: NoteId,
    form: Option<FormState>,
) -> Result<Shown, AppError> {
    let notes::Found { note, encounter, patient } = notes::show(tx, id).await?;
    let now = patients::hospital_now(tx);
    let me = Viewer::of(tx).user;
    let consultation_href = format!("/consultations/{}", encounter.id);
    let Some(signed) = note.signed.as_ref() else {
        return Ok(Shown::Draft(SeeOther(consultation_href)));
    };
    let may_read = encounters::may_read_texts(tx, patient.id).await?;
    let shows = may_read || note.author == me;
    let older = notes::versions(tx, id).await?.into_iter().filter(|version| version.version < signed.version);
    let stands = note.status == Status::Signed && actor.holds("encounters:record");
    let state = form.unwrap_or_else(|| {
        let parts = PARTS.iter().zip(signed.texts.parts());
        parts.fold(FormState::new(), |state, ((name, ..), text)| state.with(name, text))
    });
    let page = SignedPage {
        shell: frame.shell(actor),
        banner: patients::pages::banner(&patient, &now, Vec::new()),
        href: format!("/notes/{id}"),
        consultation_href,
        note: Written::of(&note, signed, me, may_read, &now),
        earlier: older
            .map(|version: Signed| Earlier {
                version: version.version,
                who: version.by_name.clone().unwrap_or_else(|| "somebody who left".to_owned()),
                when: at(version.at, &now).inline(),
                reason: version.reason.clone().filter(|_| shows),
                said: if shows { said(&version.texts) } else { Vec::new() },
            })
            .collect(),
        form: state.with("version", note.version.to_string()),
        may_amend: stands && note.author == me,
        may_end: stands && (note.author == me || encounter.doctor == me),
    };
    let audit = Audit::viewed(id).with(json!({ "patient_id": patient.id }));
    Ok(Shown::Page(Box::new(page), audit))
}

/// `GET /notes/{note_id}`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<NoteId>,
) -> Result<Response, AppError> {
    match page(&tx, &frame, tx.actor(), id, None).await? {
        Shown::Page(page, audit) => Ok(tx.commit(audit, Page(*page)).await?.into_response()),
        Shown::Draft(next) => Ok(next.into_response()),
    }
}

/// What the form of an amendment sends.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct AmendForm {
    subjective: String,
    objective: String,
    assessment: String,
    plan: String,
    reason: String,
    version: String,
}

impl AmendForm {
    fn state(self) -> FormState {
        FormState::new()
            .with("subjective", self.subjective)
            .with("objective", self.objective)
            .with("assessment", self.assessment)
            .with("plan", self.plan)
            .with("reason", self.reason)
    }
}

/// `POST /notes/{note_id}/amend`
pub(super) async fn amend(
    tx: Authorized<Record>,
    frame: Frame,
    Path(id): Path<NoteId>,
    Form(form): Form<AmendForm>,
) -> Result<Response, AppError> {
    let work = async {
        let typed = TypedTexts {
            subjective: Some(form.subjective.clone()),
            objective: Some(form.objective.clone()),
            assessment: Some(form.assessment.clone()),
            plan: Some(form.plan.clone()),
        };
        let mut errors = FieldErrors::default();
        let texts = typed.parse(MAX_PART, &mut errors);
        let reason = text::required("reason", Some(&form.reason), 500, &mut errors);
        let reason = errors.finish_with(reason)?;
        let expected = form.version.trim().parse().unwrap_or(-1);
        notes::amend(&tx, id, &texts, &reason, Some(expected)).await
    };
    match tx.attempt(work).await {
        Ok(note) => {
            let next = SeeOther(format!("/notes/{id}?done=amended"));
            Ok(tx.commit(notes::audit_of_sign(&note), next).await?.into_response())
        }
        Err(AppError::Problem(problem))
            if problem.status != StatusCode::NOT_FOUND && problem.asks_at.is_none() =>
        {
            let Problem { status, errors, detail, .. } = problem;
            let form = form.state().refused(&errors, detail);
            match page(&tx, &frame, tx.actor(), id, Some(form)).await? {
                Shown::Page(page, audit) => {
                    Ok(tx.commit(audit, PageWithStatus(status, *page)).await?.into_response())
                }
                Shown::Draft(next) => Ok(next.into_response()),
            }
        }
        Err(other) => Err(other),
    }
}

/// `GET /notes/{note_id}/entered-in-error`, and the refusals of its form.
#[derive(Template)]
#[template(path = "clinic/consultations/pages/end.html")]
pub(super) struct EndPage {
    shell: Shell,
    href: String,
    code: String,
    who: String,
    form: FormState,
}

async fn question(
    tx: &TenantTx,
    frame: &Frame,
    actor: &Actor,
    id: NoteId,
    form: FormState,
) -> Result<(EndPage, Audit), AppError> {
    let notes::Found { note, encounter, patient } = notes::show(tx, id).await?;
    // A draft is not there for others; its own page throws it away.
    let href = match note.signed {
        Some(_) => format!("/notes/{id}"),
        None => format!("/consultations/{}", encounter.id),
    };
    let page = EndPage {
        shell: frame.shell(actor),
        href,
        code: patient.code.clone(),
        who: note.author_name.clone().unwrap_or_else(|| "somebody who left".to_owned()),
        form: form.with("note", id.to_string()),
    };
    Ok((page, Audit::viewed(id).with(json!({ "patient_id": patient.id }))))
}

/// `GET /notes/{note_id}/entered-in-error`
pub(super) async fn ask(
    tx: Authorized<Record>,
    frame: Frame,
    Path(id): Path<NoteId>,
) -> Result<Page<EndPage>, AppError> {
    let (page, audit) = question(&tx, &frame, tx.actor(), id, FormState::new()).await?;
    tx.commit(audit, Page(page)).await
}

/// What the question sends.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct EndForm {
    reason: String,
}

/// `POST /notes/{note_id}/entered-in-error`
pub(super) async fn end(
    tx: Authorized<Record>,
    frame: Frame,
    Path(id): Path<NoteId>,
    Form(form): Form<EndForm>,
) -> Result<Response, AppError> {
    let work = async {
        let mut errors = FieldErrors::default();
        let reason = text::required("reason", Some(&form.reason), 500, &mut errors);
        let reason = errors.finish_with(reason)?;
        notes::end(&tx, id, &reason).await
    };
    match tx.attempt(work).await {
        Ok(note) => {
            let next = SeeOther(format!("/consultations/{}?done=ended", note.encounter));
            Ok(tx.commit(notes::audit_of_end(&note), next).await?.into_response())
        }
        Err(AppError::Problem(problem))
            if problem.status != StatusCode::NOT_FOUND && problem.asks_at.is_none() =>
        {
            let Problem { status, errors, detail, .. } = problem;
            let form = FormState::new().with("reason", form.reason).refused(&errors, detail);
            let (page, audit) = question(&tx, &frame, tx.actor(), id, form).await?;
            Ok(tx.commit(audit, PageWithStatus(status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}
