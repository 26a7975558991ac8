//! Notes: what a doctor writes about a consultation, kept while it is typed, signed once, amended with a reason.
//!
//! **Drafts** are kept on the server every few seconds and are their author's alone: nobody else reads one, by any way. An
//! author has one note in an encounter, on however many devices; each save names the version that it was made from, and
//! one that comes from an older version changes nothing and is answered with both texts ([`Kept::Conflict`]).
//! **Signing** moves the texts into `note_versions`, which the role of requests may neither change nor delete, in one
//! statement that finds only a draft: of two who sign at once, one does. An amendment is one more version with its reason.
//! A note is of the patient of its encounter, never of one that the request names.
//! **The audit** tells of a draft once for each stretch of writing (ten minutes), and when a template or an older text is
//! taken over; of what is signed, amended and entered in error, each time.
//! **After death** nobody begins a note but the doctor of that consultation, whose late entry says that it is one; a draft
//! that was there is finished, and what was signed is amended, as always.

mod api;
mod domain;
mod model;
mod pages;
mod store;

pub use api::{NoteView, audit_of_draft, audit_of_end, audit_of_sign};
pub use domain::templates;
pub use model::{
    Draft, MAX_PART, MAX_TEMPLATE_PART, Note, NoteError, NoteId, PARTS, Signed, Status, TemplateId, Texts,
    TypedTexts,
};

use crate::access::{Module, TenantTx};
use crate::clinic::encounters::{self, Encounter, EncounterError, EncounterId};
use crate::clinic::patients::{Patient, Viewer};
use crate::kernel::{AppError, Problem};
use crate::permissions;
use crate::web::layout::{Console, Icon};
use crate::web::nav::NavEntry;
use crate::web::openapi::{Chapter, Part};

permissions! {
    /// Templates of the whole hospital.
    SetTemplates = "settings:update" "Change settings";
}

/// This capability, for the registry. It asks for the rights of consultations.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS, store::templates::STATEMENTS],
    problems: &[NoteError::CODES, templates::TemplateError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Notes",
        "What was written about a consultation: drafts that only their author sees, signed versions that nobody changes, and texts to begin with.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 885,
        group: "Manage",
        label: "Note templates",
        href: "/note-templates",
        icon: Icon("template"),
        key: "",
        permission: "encounters:record",
    }],
    ..Module::named("notes")
};

/// Drafts that are listed.
const MOST_DRAFTS: i64 = 50;

fn not_found() -> AppError {
    Problem::not_found("The note").into()
}

/// What became of a save.
#[derive(Debug)]
pub enum Kept {
    Saved(Box<Note>),
    /// Nothing was changed: this is what is saved, in a later version.
    Conflict(Box<Note>),
}

/// Notes of an encounter that the caller has opened, as they may see them: what was signed, and their own draft.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn of_encounter(tx: &TenantTx, id: EncounterId) -> Result<Vec<Note>, AppError> {
    Ok(store::of_encounter(tx, id, Viewer::of(tx).user).await?)
}

/// What was signed about these encounters of patients whose records the caller has opened.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn of_encounters(tx: &TenantTx, ids: &[EncounterId]) -> Result<Vec<Note>, AppError> {
    Ok(if ids.is_empty() { Vec::new() } else { store::of_encounters(tx, ids).await? })
}

/// The note that whoever asks writes, or wrote, in an encounter.
///
/// # Errors
/// As [`encounters::show`], or 404 if there is none.
pub async fn own(tx: &TenantTx, id: EncounterId) -> Result<Note, AppError> {
    encounters::show(tx, id).await?;
    store::own(tx, id, Viewer::of(tx).user).await?.ok_or_else(not_found)
}

/// What whoever asks has begun and not signed.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn drafts(tx: &TenantTx) -> Result<Vec<Note>, AppError> {
    Ok(store::drafts(tx, Viewer::of(tx).user, MOST_DRAFTS).await?)
}

/// A note with its encounter and its patient.
#[derive(Debug)]
pub struct Found {
    pub note: Note,
    pub encounter: Encounter,
    pub patient: Patient,
}

/// One note, if it may be seen: a draft by its author alone.
///
/// # Errors
/// 404, or as [`encounters::show`].
pub async fn show(tx: &TenantTx, id: NoteId) -> Result<Found, AppError> {
    let note = store::one(tx, id).await?;
    seen(tx, note).await
}

async fn seen(tx: &TenantTx, note: Option<Note>) -> Result<Found, AppError> {
    let me = Viewer::of(tx).user;
    let note = note.filter(|note| note.signed.is_some() || note.author == me).ok_or_else(not_found)?;
    let (encounter, patient) = encounters::show(tx, note.encounter).await?;
    Ok(Found { note, encounter, patient })
}

/// Every version of a note that was signed, the newest first. Show the note before.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn versions(tx: &TenantTx, id: NoteId) -> Result<Vec<Signed>, AppError> {
    Ok(store::versions(tx, id).await?)
}

/// Keep what is typed, as the draft of whoever types. `expected` is the version that they typed it into; none or 0: they
/// believe that there is no draft yet. Says besides whether this begins a stretch of writing, of which the audit tells.
///
/// # Errors
/// 404, 403, `encounters.entered_in_error`, [`NoteError`].
pub async fn save(
    tx: &TenantTx,
    id: EncounterId,
    draft: &Draft,
    expected: Option<i64>,
) -> Result<(Kept, bool), AppError> {
    let me = Viewer::of(tx).user;
    let (encounter, patient) = encounters::show(tx, id).await?;
    if encounter.status == encounters::Status::EnteredInError {
        return Err(EncounterError::Ended.into());
    }
    let mut held = store::held_own(tx, id, me).await?;
    if held.is_none() {
        encounters::lock_to_write(tx, id).await?;
        held = store::held_own(tx, id, me).await?;
    }
    let Some(note) = held else { return Ok((begin(tx, (&encounter, &patient), draft).await?, true)) };
    check(tx, &note, draft).await?;
    if note.status == Status::Signed {
        return Err(NoteError::Signed.into());
    }
    // The same text again: the answer to the first save was lost on its way.
    if note.draft == draft.texts && draft.template.is_none_or(|new| note.template == Some(new)) {
        return Ok((Kept::Saved(Box::new(note)), false));
    }
    if expected.unwrap_or(0) != i64::from(note.version) {
        return Ok((Kept::Conflict(Box::new(note)), false));
    }
    let takes_over = draft.template.is_some_and(|new| note.template != Some(new))
        || draft.copied_from.is_some_and(|from| note.copied_from != Some(from));
    let begins = takes_over || note.begins_stretch(tx.now());
    store::save(tx, note.id, draft).await?;
    let note = store::own(tx, id, me).await?.ok_or_else(not_found)?;
    Ok((Kept::Saved(Box::new(note)), begins))
}

/// The first save: the encounter is held.
async fn begin(
    tx: &TenantTx,
    (encounter, patient): (&Encounter, &Patient),
    draft: &Draft,
) -> Result<Kept, AppError> {
    let me = Viewer::of(tx).user;
    if patient.details.is_deceased && encounter.doctor != me {
        return Err(NoteError::Deceased.into());
    }
    let new = NoteId::new();
    if let Some(from) = draft.copied_from
        && !store::is_of_patient(tx, from, patient.id).await?
    {
        return Err(not_found());
    }
    templates::known(tx, draft.template).await?;
    store::begin(tx, new, encounter.id, me, draft).await?;
    let note = store::own(tx, encounter.id, me).await?.ok_or_else(not_found)?;
    if note.id == new { Ok(Kept::Saved(Box::new(note))) } else { Ok(Kept::Conflict(Box::new(note))) }
}

/// What a save names besides its texts is of this patient and of this hospital.
async fn check(tx: &TenantTx, note: &Note, draft: &Draft) -> Result<(), AppError> {
    if let Some(from) = draft.copied_from.filter(|from| note.copied_from != Some(*from))
        && !store::is_of_patient(tx, from, note.patient).await?
    {
        return Err(not_found());
    }
    templates::known(tx, draft.template.filter(|new| note.template != Some(*new))).await
}

/// Sign the draft of whoever asks, as it was in version `expected`; or with the texts that go with it.
///
/// # Errors
/// 404, 403, [`NoteError`].
pub async fn sign(
    tx: &TenantTx,
    id: EncounterId,
    texts: Option<&Texts>,
    expected: Option<i64>,
) -> Result<Kept, AppError> {
    let me = Viewer::of(tx).user;
    let (encounter, patient) = encounters::lock_to_write(tx, id).await?;
    let note = match (store::held_own(tx, id, me).await?, texts) {
        (Some(note), _) => note,
        // Signed at once, without a draft before.
        (None, Some(texts)) if !texts.is_blank() => {
            let draft = Draft { texts: texts.clone(), ..Draft::default() };
            match begin(tx, (&encounter, &patient), &draft).await? {
                Kept::Saved(note) => *note,
                Kept::Conflict(note) => return Ok(Kept::Conflict(note)),
            }
        }
        (None, Some(_)) => return Err(NoteError::Blank.into()),
        (None, None) => return Err(not_found()),
    };
    if note.status == Status::Signed {
        return Err(NoteError::Signed.into());
    }
    // One that was begun by this has the text that is to be signed.
    let is_same = texts.is_some_and(|texts| *texts == note.draft);
    if !is_same && expected.is_some_and(|version| version != i64::from(note.version)) {
        return Ok(Kept::Conflict(Box::new(note)));
    }
    let texts = texts.unwrap_or(&note.draft).trimmed();
    if texts.is_blank() {
        return Err(NoteError::Blank.into());
    }
    if !store::sign(tx, note.id, &texts, me).await? {
        return Err(NoteError::Signed.into());
    }
    let note = store::own(tx, id, me).await?.ok_or_else(not_found)?;
    Ok(Kept::Saved(Box::new(note)))
}

/// Write the next version of what somebody signed.
///
/// # Errors
/// 404, 403, [`NoteError`].
pub async fn amend(
    tx: &TenantTx,
    id: NoteId,
    texts: &Texts,
    reason: &str,
    expected: Option<i64>,
) -> Result<Note, AppError> {
    let Found { note, encounter, .. } = held(tx, id).await?;
    if note.author != Viewer::of(tx).user {
        return Err(NoteError::NotAuthor.into());
    }
    let signed = note.signed.as_ref().ok_or(NoteError::NotSigned)?;
    if expected.is_some_and(|version| version != i64::from(note.version)) {
        return Err(NoteError::VersionConflict.into());
    }
    let texts = texts.trimmed();
    if texts.is_blank() {
        return Err(NoteError::Blank.into());
    }
    if texts == signed.texts {
        return Err(NoteError::Unchanged.into());
    }
    if !store::amend(tx, id, &texts, note.author, reason).await? {
        return Err(NoteError::Ended.into());
    }
    store::own(tx, encounter.id, note.author).await?.ok_or_else(not_found)
}

/// A note that somebody changes, held until the transaction ends.
async fn held(tx: &TenantTx, id: NoteId) -> Result<Found, AppError> {
    let note = store::held(tx, id).await?;
    let found = seen(tx, note).await?;
    if found.note.status == Status::EnteredInError {
        return Err(NoteError::Ended.into());
    }
    Ok(found)
}

/// Mark a note as entered in error: whoever wrote it, or the doctor of its consultation. It stays readable, and its
/// author may begin another one.
///
/// # Errors
/// 404, 403, [`NoteError`].
pub async fn end(tx: &TenantTx, id: NoteId, reason: &str) -> Result<Note, AppError> {
    let me = Viewer::of(tx).user;
    let Found { note, encounter, .. } = held(tx, id).await?;
    if note.author != me && encounter.doctor != me {
        return Err(NoteError::NotAuthor.into());
    }
    if !store::end(tx, id, reason, me).await? {
        return Err(NoteError::Ended.into());
    }
    store::one(tx, id).await?.ok_or_else(not_found)
}
