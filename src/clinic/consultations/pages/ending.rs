//! Signing, and completing the visit with the one after it: one act, one transaction.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::TODAY;
use super::follow_up::wish;
use super::note::{NoteForm, conflict};
use super::page::{Typed, again};
use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::clinic::encounters::{self, EncounterId, Finished, Record};
use crate::clinic::notes::{self, Kept, Note, Texts};
use crate::kernel::{AppError, FieldErrors, Problem, text};
use crate::web::{Form, Path, SeeOther};

/// What was done at once.
struct Done {
    note: Option<Box<Note>>,
    finished: Option<Finished>,
}

impl Done {
    fn audit(&self, id: EncounterId) -> Audit {
        let note = self.note.as_deref().map(notes::audit_of_sign);
        match (note, self.finished.as_ref().map(encounters::audit_of_finish)) {
            (Some(note), Some(finished)) => note.and(finished),
            (Some(audit), None) | (None, Some(audit)) => audit,
            (None, None) => Audit::viewed(id),
        }
    }
}

/// What came of it, where nothing was refused.
enum Came {
    Done(Done),
    Conflict(Box<Note>, Texts),
}

async fn complete(tx: &TenantTx, id: EncounterId, form: &NoteForm) -> Result<Finished, AppError> {
    let mut errors = FieldErrors::default();
    let closing = text::optional("closure_note", Some(&form.closure_note), 500, &mut errors);
    errors.finish()?;
    let closing = closing.unwrap_or_default();
    encounters::finish(tx, id, closing.as_deref(), wish(&form.weeks, &form.follow_up_at)).await
}

async fn sign_as_typed(tx: &TenantTx, id: EncounterId, form: &NoteForm) -> Result<Came, AppError> {
    form.is_of(tx)?;
    let texts = form.texts()?;
    let completes = form.act == "complete";
    let mut done = Done { note: None, finished: None };
    // Somebody who wrote nothing completes the visit without a note.
    if !(completes && texts.is_blank()) {
        match notes::sign(tx, id, Some(&texts), Some(form.expected())).await? {
            Kept::Saved(note) => done.note = Some(note),
            Kept::Conflict(note) => return Ok(Came::Conflict(note, texts)),
        }
    }
    if completes {
        done.finished = Some(complete(tx, id, form).await?);
    }
    Ok(Came::Done(done))
}

/// `POST /consultations/{encounter_id}/sign`
pub(super) async fn sign(
    tx: Authorized<Record>,
    frame: Frame,
    Path(id): Path<EncounterId>,
    Form(form): Form<NoteForm>,
) -> Result<Response, AppError> {
    let came = tx.attempt(sign_as_typed(&tx, id, &form)).await;
    match came {
        Ok(Came::Done(done)) => {
            let next = match done.finished {
                Some(_) => SeeOther(format!("{TODAY}?done=visit-completed")),
                None => SeeOther(format!("/consultations/{id}?done=signed")),
            };
            Ok(tx.commit(done.audit(id), next).await?.into_response())
        }
        Ok(Came::Conflict(note, texts)) => conflict(tx, &frame, id, &form, (&note, &texts)).await,
        Err(error) => refused(tx, &frame, id, &form, error).await,
    }
}

/// `POST /consultations/{encounter_id}/finish`: where there is nothing to sign any more.
pub(super) async fn finish(
    tx: Authorized<Record>,
    frame: Frame,
    Path(id): Path<EncounterId>,
    Form(form): Form<NoteForm>,
) -> Result<Response, AppError> {
    match tx.attempt(complete(&tx, id, &form)).await {
        Ok(finished) => {
            let next = SeeOther(format!("{TODAY}?done=visit-completed"));
            Ok(tx.commit(encounters::audit_of_finish(&finished), next).await?.into_response())
        }
        Err(error) => refused(tx, &frame, id, &form, error).await,
    }
}

/// The page with everything that was typed, and why nothing was done.
async fn refused(
    tx: Authorized<Record>,
    frame: &Frame,
    id: EncounterId,
    form: &NoteForm,
    error: AppError,
) -> Result<Response, AppError> {
    match error {
        AppError::Problem(problem) if problem.status != StatusCode::NOT_FOUND && problem.asks_at.is_none() => {
            let Problem { status, errors, detail, .. } = problem;
            let typed = Typed { form: Some(form.state().refused(&errors, detail)), both: None };
            again(tx, frame, id, status, typed).await
        }
        other => Err(other),
    }
}
