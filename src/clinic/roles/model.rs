//! A role of a hospital, what can be said about one, and what can be refused. Pure, no SQL, no HTTP.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::RoleId;
use super::areas::{in_short, sentence_case};
use super::catalogue::permission;
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors, text};
use crate::problem;

/// Characters of a name and of a description.
const MAX_NAME: usize = 50;
const MAX_DESCRIPTION: usize = 255;
/// Codes that a refusal repeats, and characters of each.
const NAMED: usize = 3;
const MAX_TOLD: usize = 60;

/// A role with what it grants.
#[derive(Debug, Clone)]
pub struct Role {
    pub id: RoleId,
    pub name: String,
    pub description: Option<String>,
    /// Of a role that every hospital has.
    pub system_key: Option<String>,
    /// `DOCTOR` or `NURSE`: whose work its holders do; of these two, and of a role that was made from one of them.
    pub works_as: Option<String>,
    /// It came with HMS and stays as it is.
    pub is_system: bool,
    /// Only an active role grants anything.
    pub is_active: bool,
    /// Codes, in the order of the catalogue.
    pub codes: Vec<String>,
    /// How many people hold it.
    pub users: i64,
    pub version: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Role {
    #[must_use]
    pub fn grants(&self, code: &str) -> bool {
        self.codes.iter().any(|held| held == code)
    }

    /// What it grants that this HMS knows.
    pub fn known(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.codes.iter().filter_map(|code| permission(code)).map(|known| known.code)
    }

    /// The name for people: "Lab technician" for the system's `LAB_TECHNICIAN`.
    #[must_use]
    pub fn title(&self) -> String {
        if self.is_system { sentence_case(&self.name) } else { self.name.clone() }
    }

    /// What it grants, in a few words.
    #[must_use]
    pub fn in_short(&self) -> String {
        in_short(self.codes.iter().map(String::as_str))
    }
}

/// Somebody who holds a role.
#[derive(Debug, Clone)]
pub struct Holder {
    pub id: UserId,
    pub name: String,
    pub department: String,
}

/// Codes of the catalogue.
pub type Codes = BTreeSet<&'static str>;

/// The role that a new one begins with: whose work its holders do is handed on.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    pub id: RoleId,
    /// What it grants is granted as well; otherwise only what is said.
    pub with_codes: bool,
}

/// A role that is wanted.
#[derive(Debug, Clone)]
pub struct NewRole {
    pub name: String,
    pub description: Option<String>,
    pub codes: Codes,
    pub template: Option<Template>,
}

impl NewRole {
    /// Parse what was typed.
    ///
    /// # Errors
    /// 422 with every field that needs attention; [`RoleError::UnknownCode`].
    pub fn parse(
        name: Option<&str>,
        description: Option<&str>,
        codes: &[String],
        template: Option<Template>,
    ) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let name = text::place_name("name", name, MAX_NAME, &mut errors);
        let description = text::optional("description", description, MAX_DESCRIPTION, &mut errors);
        let name = errors.finish_with(name)?;
        Ok(Self { name, description: description.ok().flatten(), codes: known(codes)?, template })
    }
}

/// What is to become of a role. What is not said stays.
#[derive(Debug, Clone, Default)]
pub struct RoleChange {
    pub name: Option<String>,
    /// `Some(None)`: none any more.
    pub description: Option<Option<String>>,
    /// All that it grants from now on.
    pub codes: Option<Codes>,
}

impl RoleChange {
    /// Parse what was typed; a blank description is none.
    ///
    /// # Errors
    /// 422 with every field that needs attention; [`RoleError::UnknownCode`].
    pub fn parse(
        name: Option<&str>,
        description: Option<&str>,
        codes: Option<&[String]>,
    ) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let name = name.map(|typed| text::place_name("name", Some(typed), MAX_NAME, &mut errors));
        let description =
            description.map(|typed| text::optional("description", Some(typed), MAX_DESCRIPTION, &mut errors));
        errors.finish()?;
        Ok(Self {
            name: name.flatten(),
            description: description.and_then(Result::ok),
            codes: codes.map(known).transpose()?,
        })
    }
}

/// These codes, if the catalogue has each of them.
fn known(codes: &[String]) -> Result<Codes, RoleError> {
    let found: Codes = codes.iter().filter_map(|code| permission(code)).map(|p| p.code).collect();
    let unknown: BTreeSet<&str> =
        codes.iter().map(String::as_str).filter(|code| permission(code).is_none()).collect();
    match unknown.is_empty() {
        true => Ok(found),
        false => Err(RoleError::UnknownCode(named(unknown.into_iter()))),
    }
}

/// The first of these, as a refusal repeats them: what a client sent is cut, and stripped of what is not seen.
pub(super) fn named<'a>(mut codes: impl Iterator<Item = &'a str>) -> String {
    let plain = |code: &str| -> String {
        let seen = code.chars().filter(|c| !c.is_control() && !text::is_invisible(*c)).take(MAX_TOLD);
        let seen: String = seen.collect();
        if seen.trim().is_empty() { "(blank)".to_owned() } else { seen }
    };
    let first: Vec<String> = codes.by_ref().take(NAMED).map(plain).collect();
    match codes.count() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// Why a role is not made, changed or removed.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    #[error("A role of this name exists already.")]
    NameTaken,
    #[error("There is no such permission: {0}.")]
    UnknownCode(String),
    #[error("The role to begin with was not found.")]
    NoTemplate,
    #[error("This role comes with HMS and stays as it is. Make one of your own from it instead.")]
    System,
    #[error("Nobody grants, changes or takes away what they do not hold themselves: {0}.")]
    BeyondOwnRights(String),
    #[error("You hold this role yourself. Ask somebody else to add to it.")]
    OwnRole,
    #[error("This role is held by {0}. Take it from them first, or disable it.")]
    InUse(String),
    #[error(
        "Somebody else changed this role in the meantime. Nothing was saved; read the newest version and try again."
    )]
    VersionConflict,
}

problem!(RoleError {
    NameTaken => BAD_REQUEST "roles.name_taken" at "name",
    UnknownCode => BAD_REQUEST "roles.unknown_permission" at "permission_codes",
    NoTemplate => NOT_FOUND "roles.no_template" at "template_role_id",
    System => FORBIDDEN "roles.system",
    BeyondOwnRights => FORBIDDEN "roles.beyond_own_rights" at "permission_codes",
    OwnRole => FORBIDDEN "roles.own_role",
    InUse => BAD_REQUEST "roles.in_use",
    VersionConflict => PRECONDITION_FAILED "roles.version_conflict",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_codes_are_named_cut_and_counted() {
        let codes = |list: &[&str]| list.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
        assert_eq!(known(&codes(&["users:view", "users:view"])).unwrap().len(), 1);
        let told = |list: &[&str]| known(&codes(list)).unwrap_err().to_string();
        assert_eq!(told(&["tenants:manage", "users:view"]), "There is no such permission: tenants:manage.");
        assert_eq!(told(&["\n\u{202e}"]), "There is no such permission: (blank).");
        let many = ["a", "b", "c", "d", "e"];
        assert_eq!(told(&many), "There is no such permission: a, b, c and 2 more.");
        assert!(told(&["x".repeat(5_000).as_str()]).len() < 100);
    }
}
