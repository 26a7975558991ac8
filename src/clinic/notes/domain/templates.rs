//! Texts to begin a note with. The hospital's are for everybody and set by who changes settings; one's own are for
//! oneself. One that is not used any more is put away and not deleted: notes name what they began with.

use crate::access::TenantTx;
use crate::clinic::notes::SetTemplates;
use crate::clinic::notes::model::{MAX_TEMPLATE_PART, TemplateId, Texts, TypedTexts};
use crate::clinic::notes::store::templates as store;
use crate::clinic::patients::{self, Viewer};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors, Problem, text};
use crate::problem;

/// Texts to begin a note with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub id: TemplateId,
    pub name: String,
    /// Nobody: the hospital's.
    pub owner: Option<UserId>,
    pub specialisation: Option<String>,
    pub texts: Texts,
    pub is_active: bool,
    pub version: i32,
}

/// What a template is to say.
#[derive(Debug, Clone)]
pub struct NewTemplate {
    pub name: String,
    pub specialisation: Option<String>,
    pub texts: Texts,
}

impl NewTemplate {
    /// Parse what was typed.
    ///
    /// # Errors
    /// 422 with every field that needs attention.
    pub fn parse(
        name: Option<&str>,
        specialisation: Option<&str>,
        texts: &TypedTexts,
    ) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let name = text::required("name", name, 80, &mut errors);
        let specialisation = text::optional("specialisation", specialisation, 100, &mut errors);
        let texts = texts.parse(MAX_TEMPLATE_PART, &mut errors);
        if errors.is_empty() && texts.is_blank() {
            errors.add("subjective", "Write at least one of the texts.");
        }
        let name = errors.finish_with(name)?;
        Ok(Self { name, specialisation: specialisation.unwrap_or_default(), texts })
    }
}

/// Why a template is not changed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TemplateError {
    #[error("There is a template of this name already. Nothing was saved; choose another name.")]
    NameTaken,
    #[error("Somebody else changed this template in the meantime. Nothing was saved; read it again.")]
    VersionConflict,
    #[error("There are as many templates as one keeps. Put away some that nobody uses.")]
    Full,
}

problem!(TemplateError {
    NameTaken => CONFLICT "note_templates.name_taken" at "name",
    VersionConflict => PRECONDITION_FAILED "note_templates.version_conflict",
    Full => CONFLICT "note_templates.full",
});

/// Templates of the hospital, and of each person.
const MOST: i64 = 200;

fn not_found() -> AppError {
    Problem::not_found("The template").into()
}

/// What whoever asks may begin a note with: the hospital's and their own; with `all` also what was put away.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn list(tx: &TenantTx, all: bool) -> Result<Vec<Template>, AppError> {
    Ok(store::list(tx, Viewer::of(tx).user, all).await?)
}

/// One that whoever asks may use.
///
/// # Errors
/// 404 for somebody else's.
pub async fn show(tx: &TenantTx, id: TemplateId) -> Result<Template, AppError> {
    let me = Viewer::of(tx).user;
    let found = store::one(tx, id).await?;
    found.filter(|found| found.owner.is_none_or(|owner| owner == me)).ok_or_else(not_found)
}

/// The template that a note is begun with, if it names one.
pub(in crate::clinic::notes) async fn known(tx: &TenantTx, id: Option<TemplateId>) -> Result<(), AppError> {
    match id {
        Some(id) => show(tx, id).await.map(|_| ()),
        None => Ok(()),
    }
}

/// Add one: for oneself, or for the hospital by who may change its settings.
///
/// # Errors
/// 403, [`TemplateError`].
pub async fn add(tx: &TenantTx, new: &NewTemplate, for_all: bool) -> Result<Template, AppError> {
    let me = Viewer::of(tx).user;
    if for_all {
        patients::also::<SetTemplates>(tx)?;
    }
    let owner = (!for_all).then_some(me);
    if store::count(tx, owner).await? >= MOST {
        return Err(TemplateError::Full.into());
    }
    let id = TemplateId::new();
    store::insert(tx, id, new, owner, me).await.map_err(taken)?;
    show(tx, id).await
}

/// The template, held, for who may change it.
async fn held(tx: &TenantTx, id: TemplateId, expected: &[i64]) -> Result<Template, AppError> {
    let found = store::held(tx, id).await?;
    let me = Viewer::of(tx).user;
    let found = found.filter(|found| found.owner.is_none_or(|owner| owner == me)).ok_or_else(not_found)?;
    if found.owner.is_none() {
        patients::also::<SetTemplates>(tx)?;
    }
    if expected.iter().any(|version| *version != i64::from(found.version)) {
        return Err(TemplateError::VersionConflict.into());
    }
    Ok(found)
}

/// Write it anew.
///
/// # Errors
/// 404, 403, [`TemplateError`].
pub async fn change(
    tx: &TenantTx,
    id: TemplateId,
    new: &NewTemplate,
    expected: &[i64],
) -> Result<Template, AppError> {
    held(tx, id, expected).await?;
    store::update(tx, id, new, Viewer::of(tx).user).await.map_err(taken)?;
    show(tx, id).await
}

/// Put it away, or bring it back.
///
/// # Errors
/// 404, 403, [`TemplateError`].
pub async fn switch(
    tx: &TenantTx,
    id: TemplateId,
    is_active: bool,
    expected: &[i64],
) -> Result<Template, AppError> {
    let found = held(tx, id, expected).await?;
    if found.is_active != is_active {
        store::switch(tx, id, is_active, Viewer::of(tx).user).await.map_err(taken)?;
    }
    show(tx, id).await
}

fn taken(error: crate::kernel::DbError) -> AppError {
    match error.constraint() {
        Some("note_templates_name_unique") => TemplateError::NameTaken.into(),
        _ => error.into(),
    }
}
