//! Keeping a draft: every few seconds by the script of the page, or by its button without one.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::page::{Typed, again};
use super::parts::to_the_second;
use crate::access::{Authorized, Frame, TenantTx};
use crate::clinic::appointments::Wish;
use crate::clinic::encounters::{EncounterId, Record};
use crate::clinic::notes::{self, Draft, Kept, MAX_PART, Note, NoteError, PARTS, Texts, TypedTexts};
use crate::clinic::patients::{self, Patient, Viewer};
use crate::kernel::{AppError, FieldErrors, Problem};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther};

/// What the form of the note sends.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct NoteForm {
    pub subjective: String,
    pub objective: String,
    pub assessment: String,
    pub plan: String,
    /// Of the draft that it was typed into; 0: none.
    pub version: String,
    /// Who the page was made for; our page always says it.
    pub author: String,
    pub template_id: String,
    pub copied_from: String,
    /// `template` puts a template in; `sign`, `complete`, `next` (who waits is called too) at the end.
    pub act: String,
    /// Weeks until the visit after this one; blank: none.
    pub weeks: String,
    /// The time that was shown for it.
    pub follow_up_at: String,
    pub closure_note: String,
    /// When the visit was over, if it is written down later; blank: now.
    pub happened_at: String,
    /// `first` or `second`, of a time that the clock shows twice.
    pub happened_fold: String,
}

impl NoteForm {
    /// A version that is no number fits none.
    pub(super) fn expected(&self) -> i64 {
        self.version.trim().parse().unwrap_or(-1)
    }

    pub(super) fn texts(&self) -> Result<Texts, AppError> {
        let typed = TypedTexts {
            subjective: Some(self.subjective.clone()),
            objective: Some(self.objective.clone()),
            assessment: Some(self.assessment.clone()),
            plan: Some(self.plan.clone()),
        };
        let mut errors = FieldErrors::default();
        let texts = typed.parse(MAX_PART, &mut errors);
        errors.finish().map(|()| texts)
    }

    /// A tab that was opened by somebody else keeps nothing in the name of who signed in after them.
    pub(super) fn is_of(&self, tx: &TenantTx) -> Result<(), AppError> {
        if self.author.is_empty() || self.author == Viewer::of(tx).user.to_string() {
            return Ok(());
        }
        Err(NoteError::Elsewhere.into())
    }

    /// The visit after this one: none where no weeks were chosen.
    pub(super) fn wish(&self) -> Option<Wish> {
        let weeks = self.weeks.trim().parse().ok()?;
        Some(Wish { weeks, at: self.follow_up_at.trim().parse().ok(), ..Wish::default() })
    }

    fn draft(&self) -> Result<Draft, AppError> {
        let texts = self.texts()?;
        // What is no id names nothing.
        Ok(Draft { texts, template: None, copied_from: self.copied_from.parse().ok() })
    }

    pub(super) fn state(&self) -> FormState {
        FormState::new()
            .with("subjective", self.subjective.clone())
            .with("objective", self.objective.clone())
            .with("assessment", self.assessment.clone())
            .with("plan", self.plan.clone())
            .with("version", self.version.clone())
            .with("copied_from", self.copied_from.clone())
            .with("weeks", self.weeks.clone())
            .with("closure_note", self.closure_note.clone())
            .with("happened_at", self.happened_at.clone())
            .with("happened_fold", self.happened_fold.clone())
    }
}

/// Kept: which version, when, and of whom. `_saved.html`
#[derive(Template)]
#[template(path = "clinic/consultations/pages/_saved.html")]
struct SavedPart {
    version: i32,
    time: String,
    name: Name,
    code: String,
    /// The texts with the template in them; none where the page has them already.
    texts: Vec<(&'static str, String)>,
}

/// Why nothing is kept, for the script of the page.
#[derive(Template)]
#[template(ext = "html", source = r#"<p data-refused data-code="{{ code }}">{{ detail }}</p>"#)]
struct RefusedPart {
    code: &'static str,
    detail: String,
}

/// Two texts of one draft, side by side. `_both.html`
#[derive(Template)]
#[template(path = "clinic/consultations/pages/_both.html")]
pub(super) struct Both {
    version: i32,
    time: String,
    /// Name, heading, what is saved, what was typed.
    parts: Vec<(&'static str, &'static str, String, String)>,
}

impl HtmlSafe for Both {}

impl Both {
    pub(super) fn of(tx: &TenantTx, saved: &Note, sent: &Texts) -> Self {
        let now = patients::hospital_now(tx);
        let parts = PARTS.iter().zip(saved.draft.parts()).zip(sent.parts());
        let parts = parts
            .map(|(((name, heading, _), saved), sent)| (*name, *heading, saved.to_owned(), sent.to_owned()));
        Self { version: saved.version, time: to_the_second(saved.saved_at, &now), parts: parts.collect() }
    }
}

/// A template's texts below what is written already.
fn below(texts: &Texts, template: &Texts) -> Texts {
    let joined = |written: &str, more: &str| match (written.trim().is_empty(), more.trim().is_empty()) {
        (true, _) => more.to_owned(),
        (_, true) => written.to_owned(),
        _ => format!("{}\n{more}", written.trim_end()),
    };
    let [a, b, c, d] = texts.parts();
    let [e, f, g, h] = template.parts();
    Texts { subjective: joined(a, e), objective: joined(b, f), assessment: joined(c, g), plan: joined(d, h) }
}

/// `POST /consultations/{encounter_id}/note`
pub(super) async fn save(
    tx: Authorized<Record>,
    frame: Frame,
    Path(id): Path<EncounterId>,
    Form(form): Form<NoteForm>,
) -> Result<Response, AppError> {
    let wants_template = form.act == "template" && !form.template_id.is_empty();
    let work = async {
        form.is_of(&tx)?;
        let mut draft = form.draft()?;
        if wants_template {
            let template = form.template_id.parse().map_err(|_| Problem::not_found("The template"))?;
            let found = notes::templates::show(&tx, template).await?;
            draft.texts = below(&draft.texts, &found.texts);
            draft.template = Some(template);
        }
        let (kept, begins) = notes::save(&tx, id, &draft, Some(form.expected())).await?;
        Ok((kept, begins, draft.texts))
    };
    match tx.attempt(work).await {
        Ok((Kept::Saved(note), begins, texts)) => {
            let patient = patients::show(&tx, note.patient).await?;
            let part = saved(&tx, &note, &patient, wants_template.then_some(texts));
            let audit = notes::audit_of_draft(&note, begins);
            if frame.htmx {
                return Ok(tx.commit(audit, Page(part)).await?.into_response());
            }
            let next = SeeOther(format!("/consultations/{id}?done=draft-saved"));
            Ok(tx.commit(audit, next).await?.into_response())
        }
        Ok((Kept::Conflict(note), _, texts)) => conflict(tx, &frame, id, &form, (&note, &texts)).await,
        Err(AppError::Problem(problem))
            if problem.status != StatusCode::NOT_FOUND && problem.asks_at.is_none() =>
        {
            let Problem { status, code, errors, detail, .. } = problem;
            if frame.htmx {
                let detail =
                    errors.first().map_or_else(|| detail.into_owned(), |error| error.message.clone());
                return Ok(PageWithStatus(status, RefusedPart { code, detail }).into_response());
            }
            let typed = Typed { form: Some(form.state().refused(&errors, detail)), both: None };
            again(tx, &frame, id, status, typed).await
        }
        Err(other) => Err(other),
    }
}

fn saved(tx: &TenantTx, note: &Note, patient: &Patient, texts: Option<Texts>) -> SavedPart {
    let texts = texts.map(|texts| {
        let parts = PARTS.iter().zip(texts.parts());
        parts.map(|((name, ..), text)| (*name, text.to_owned())).collect()
    });
    SavedPart {
        version: note.version,
        time: to_the_second(note.saved_at, &patients::hospital_now(tx)),
        name: Name::new(patient.name()),
        code: patient.code.clone(),
        texts: texts.unwrap_or_default(),
    }
}

/// Both texts, as a part of the page or in the whole of it.
pub(super) async fn conflict(
    tx: Authorized<Record>,
    frame: &Frame,
    id: EncounterId,
    form: &NoteForm,
    (saved, sent): (&Note, &Texts),
) -> Result<Response, AppError> {
    let both = Both::of(&tx, saved, sent);
    let status = StatusCode::PRECONDITION_FAILED;
    if frame.htmx {
        return Ok(PageWithStatus(status, both).into_response());
    }
    // Saving again is a decision then, and not an accident.
    let state = form.state().with("version", saved.version.to_string());
    let problem = Problem::from_error(NoteError::VersionConflict);
    let typed = Typed { form: Some(state.with_fault(problem.detail)), both: Some(both) };
    again(tx, frame, id, status, typed).await
}
