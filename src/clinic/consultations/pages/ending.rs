//! Signing, and completing the visit with the one after it: one act, one transaction.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::json;

use super::TODAY;
use super::note::{NoteForm, conflict};
use super::page::{Typed, again};
use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::clinic::encounters::{self, EncounterId, Finished, Held, Record};
use crate::clinic::notes::{self, Kept, Note, Texts};
use crate::clinic::{appointments, patients, queue};
use crate::kernel::wall_clock::Fold;
use crate::kernel::{AppError, FieldErrors, Problem, text};
use crate::web::{Form, Path, SeeOther};

/// What was done at once.
struct Done {
    note: Option<Box<Note>>,
    finished: Option<Finished>,
    /// Who comes in next.
    called: Option<queue::Entry>,
}

impl Done {
    fn audit(&self, id: EncounterId) -> Audit {
        let rows = [
            self.note.as_deref().map(notes::audit_of_sign),
            self.finished.as_ref().map(encounters::audit_of_finish),
            self.called.as_ref().map(|entry| {
                let patient = entry.person.as_ref().map(|person| person.id);
                Audit::did("called", entry.appointment)
                    .with(json!({ "patient_id": patient, "token": entry.token.to_string() }))
            }),
        ];
        rows.into_iter().flatten().reduce(Audit::and).unwrap_or_else(|| Audit::viewed(id))
    }

    /// Where one goes on from here.
    fn next(&self, id: EncounterId) -> SeeOther {
        SeeOther(match (&self.finished, &self.called) {
            (Some(_), Some(_)) => format!("{TODAY}?done=next-called"),
            (Some(_), None) => format!("{TODAY}?done=visit-completed"),
            (None, _) => format!("/consultations/{id}?done=signed"),
        })
    }
}

/// What came of it, where nothing was refused.
enum Came {
    Done(Box<Done>),
    Conflict(Box<Note>, Texts),
}

/// What is said of the end: a line for the front desk, and when it was.
type Said = (Option<String>, Timestamp);

/// All faults at once, each at its field.
fn said(tx: &TenantTx, form: &NoteForm) -> Result<Said, AppError> {
    let mut errors = FieldErrors::default();
    let closing = text::optional("closure_note", Some(&form.closure_note), 500, &mut errors);
    let typed = (Some(form.happened_at.as_str()), Fold::from_code(&form.happened_fold));
    let at = appointments::parse_happened(
        appointments::HAPPENED_AT,
        typed,
        tx.now(),
        &tx.hospital().zone,
        &mut errors,
    );
    errors.finish()?;
    Ok((closing.unwrap_or_default(), at))
}

/// Whoever waits longest for this doctor comes in; nobody may be waiting.
async fn call_next(tx: &TenantTx, of: &Finished) -> Result<Option<queue::Entry>, AppError> {
    patients::also::<appointments::Move>(tx)?;
    let wanted = queue::Wanted { doctor: Some(of.encounter.doctor), department: None };
    match queue::call_next(tx, wanted).await {
        Ok(entry) => Ok(Some(entry)),
        // Nothing failed in the database: there is nobody.
        Err(AppError::Problem(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// End what is held, and call the next patient in if that was wanted.
async fn complete(
    tx: &TenantTx,
    held: Held,
    (closing, at): Said,
    form: &NoteForm,
    done: &mut Done,
) -> Result<(), AppError> {
    let finished = encounters::finish(tx, held, closing.as_deref(), at).await?;
    if form.act == "next" {
        done.called = call_next(tx, &finished).await?;
    }
    done.finished = Some(finished);
    Ok(())
}

async fn sign_as_typed(tx: &TenantTx, id: EncounterId, form: &NoteForm) -> Result<Came, AppError> {
    form.is_of(tx)?;
    let texts = form.texts()?;
    let mut done = Done { note: None, finished: None, called: None };
    let held = match ["complete", "next"].contains(&form.act.as_str()) {
        true => Some(encounters::hold_to_finish(tx, id, form.wish()).await?),
        false => None,
    };
    // Somebody who wrote nothing completes the visit without a note.
    let is_without = held.is_some() && texts.is_blank();
    if !is_without {
        match notes::sign(tx, id, Some(&texts), Some(form.expected())).await? {
            Kept::Saved(note) => done.note = Some(note),
            Kept::Conflict(note) => return Ok(Came::Conflict(note, texts)),
        }
    }
    if let Some(held) = held {
        complete(tx, held, said(tx, form)?, form, &mut done).await?;
    }
    Ok(Came::Done(Box::new(done)))
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
            let next = done.next(id);
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
    let work = async {
        let mut done = Done { note: None, finished: None, called: None };
        let said = said(&tx, &form)?;
        let held = encounters::hold_to_finish(&tx, id, form.wish()).await?;
        complete(&tx, held, said, &form, &mut done).await.map(|()| done)
    };
    match tx.attempt(work).await {
        Ok(done) => {
            let next = done.next(id);
            Ok(tx.commit(done.audit(id), next).await?.into_response())
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
        AppError::Problem(problem)
            if problem.status != StatusCode::NOT_FOUND && problem.asks_at.is_none() =>
        {
            let Problem { status, errors, detail, .. } = problem;
            let typed = Typed { form: Some(form.state().refused(&errors, detail)), both: None };
            again(tx, frame, id, status, typed).await
        }
        other => Err(other),
    }
}
