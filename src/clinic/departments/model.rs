//! A department, what can be said about one, and what can be refused. Pure, no SQL, no HTTP.

use jiff::Timestamp;

use super::DepartmentId;
use crate::kernel::{AppError, FieldErrors, text};
use crate::problem;

/// Characters of a name and of a description.
const MIN_NAME: usize = 2;
const MAX_NAME: usize = 100;
const MAX_DESCRIPTION: usize = 500;

/// A department, and how many people belong to it.
#[derive(Debug, Clone)]
pub struct Department {
    pub id: DepartmentId,
    pub name: String,
    pub description: Option<String>,
    /// People work there.
    pub is_for_staff: bool,
    /// Patients are seen there.
    pub is_for_patients: bool,
    /// It came with HMS: its name stays and it is not removed.
    pub is_system: bool,
    pub version: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Staff who belong to it.
    pub users: i64,
}

/// What a department says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub name: String,
    pub description: Option<String>,
    pub is_for_staff: bool,
    pub is_for_patients: bool,
}

/// What is typed about a department. What is not said stays; a blank description is none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Typed<'a> {
    pub name: Option<&'a str>,
    pub description: Option<&'a str>,
    pub is_for_staff: Option<bool>,
    pub is_for_patients: Option<bool>,
}

impl Facts {
    /// A new department; for staff and for patients unless something else is said.
    ///
    /// # Errors
    /// 422 with every field that needs attention.
    pub fn parse(typed: &Typed<'_>) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let name = parse_name(typed.name, &mut errors);
        let description = text::optional("description", typed.description, MAX_DESCRIPTION, &mut errors);
        let (staff, patients) = (typed.is_for_staff.unwrap_or(true), typed.is_for_patients.unwrap_or(true));
        for_somebody(staff, patients, &mut errors);
        Ok(Self {
            name: errors.finish_with(name)?,
            description: description.ok().flatten(),
            is_for_staff: staff,
            is_for_patients: patients,
        })
    }

    /// These facts with what is typed in their place.
    ///
    /// # Errors
    /// 422 with every field that needs attention.
    pub fn changed(&self, typed: &Typed<'_>) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let mut facts = self.clone();
        if typed.name.is_some()
            && let Some(name) = parse_name(typed.name, &mut errors)
        {
            facts.name = name;
        }
        if typed.description.is_some()
            && let Ok(description) =
                text::optional("description", typed.description, MAX_DESCRIPTION, &mut errors)
        {
            facts.description = description;
        }
        facts.is_for_staff = typed.is_for_staff.unwrap_or(facts.is_for_staff);
        facts.is_for_patients = typed.is_for_patients.unwrap_or(facts.is_for_patients);
        for_somebody(facts.is_for_staff, facts.is_for_patients, &mut errors);
        errors.finish()?;
        Ok(facts)
    }

    /// Names of the fields in which two differ.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let mut fields = Vec::new();
        fields.extend((self.name != other.name).then_some("name"));
        fields.extend((self.description != other.description).then_some("description"));
        fields.extend((self.is_for_staff != other.is_for_staff).then_some("is_for_staff"));
        fields.extend((self.is_for_patients != other.is_for_patients).then_some("is_for_patients"));
        fields
    }
}

impl From<&Department> for Facts {
    fn from(department: &Department) -> Self {
        Self {
            name: department.name.clone(),
            description: department.description.clone(),
            is_for_staff: department.is_for_staff,
            is_for_patients: department.is_for_patients,
        }
    }
}

fn parse_name(typed: Option<&str>, errors: &mut FieldErrors) -> Option<String> {
    let name = text::place_name("name", typed, MAX_NAME, errors)?;
    if name.chars().count() < MIN_NAME {
        errors.add("name", format!("Use at least {MIN_NAME} characters."));
        return None;
    }
    Some(name)
}

fn for_somebody(staff: bool, patients: bool, errors: &mut FieldErrors) {
    if !staff && !patients {
        errors.add("is_for_staff", "A department is for staff, for patients, or for both.");
    }
}

/// Which departments are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    pub for_staff: Option<bool>,
    pub for_patients: Option<bool>,
}

/// Why a department is not made, changed or removed.
#[derive(Debug, thiserror::Error)]
pub enum DepartmentError {
    #[error("A department of this name exists already.")]
    NameTaken,
    #[error("The Administrator department comes with HMS: its name stays and it is not removed.")]
    Protected,
    #[error("{0} to this department. Move them to another one first.")]
    Staffed(String),
    #[error("Something is recorded for this department, so it stays. Take it off the lists instead.")]
    InUse,
    #[error(
        "Somebody else changed this department in the meantime. Nothing was saved; read the newest version and try again."
    )]
    VersionConflict,
}

problem!(DepartmentError {
    NameTaken => BAD_REQUEST "departments.name_taken" at "name",
    Protected => FORBIDDEN "departments.protected",
    Staffed => BAD_REQUEST "departments.has_staff",
    InUse => BAD_REQUEST "departments.in_use",
    VersionConflict => PRECONDITION_FAILED "departments.version_conflict",
});
