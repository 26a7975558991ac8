//! What people and programs say about a member of staff, turned into values: all faults at once, each at its field.

use secrecy::{ExposeSecret as _, SecretString};

use super::model::{StaffError, Status};
use crate::clinic::roles::RoleId;
use crate::identity::password::check_rules;
use crate::kernel::ids::TenantId;
use crate::kernel::{AppError, FieldErrors, phone, text};
use schemars::JsonSchema;
use serde::Deserialize;

/// Longest name of a department or role.
const MAX_NAME: usize = 100;
/// Roles that somebody can be given at once.
const MAX_ROLES: usize = 20;
/// Longest search text, in characters.
const MAX_SEARCH: usize = 120;

/// Somebody who is to join, as a program says it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[schemars(rename = "InviteStaff")]
pub struct InviteStaff {
    /// Signs in with it; gets the invitation.
    #[schemars(required)]
    pub email: Option<String>,
    #[schemars(required)]
    pub first_name: Option<String>,
    /// May be left out by who has one name.
    pub last_name: Option<String>,
    /// Name of a department.
    #[schemars(required)]
    pub department: Option<String>,
    pub phone: Option<String>,
    pub specialization: Option<String>,
    /// Names of roles; needs `users:assign_roles`.
    pub roles: Option<Vec<String>>,
    /// To be changed at the first sign-in. Better left out: then the person chooses one by link.
    pub password: Option<String>,
    /// The own hospital, if it is said at all.
    pub tenant_id: Option<TenantId>,
}

/// What is to change. What is left out, or null, stays; a blank phone or specialization goes.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[schemars(rename = "ChangeStaff")]
pub struct ChangeStaff {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// Another one only for somebody who never came: a person changes their own address.
    pub email: Option<String>,
    pub phone: Option<String>,
    /// Name of a department.
    pub department: Option<String>,
    pub specialization: Option<String>,
    /// Needs `users:deactivate`.
    #[schemars(with = "Option<Status>")]
    pub status: Option<String>,
    /// Needs `users:deactivate`.
    pub is_active: Option<bool>,
    /// Names of all roles that the person then holds; needs `users:assign_roles`.
    pub roles: Option<Vec<String>>,
    /// The version that was read, as with `If-Match`.
    pub version: Option<i64>,
}

/// A role, by what the caller knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    Name(String),
    Id(RoleId),
}

/// Somebody who is to join. Only [`NewMember::parse`] makes one.
#[derive(Debug, Clone)]
pub struct NewMember {
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub phone: Option<String>,
    pub department: String,
    pub specialization: Option<String>,
    pub roles: Vec<Pick>,
    pub password: Option<SecretString>,
}

/// A change. Only [`Changes::parse`] makes one.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub phone: Option<Option<String>>,
    pub department: Option<String>,
    pub specialization: Option<Option<String>>,
    pub email: Option<String>,
    pub status: Option<Status>,
    pub roles: Option<Vec<Pick>>,
}

impl NewMember {
    /// # Errors
    /// 422 with a message for each field, or [`StaffError::OtherHospital`].
    pub fn parse(raw: InviteStaff, hospital: TenantId) -> Result<Self, AppError> {
        if raw.tenant_id.is_some_and(|other| other != hospital) {
            return Err(StaffError::OtherHospital.into());
        }
        let mut errors = FieldErrors::default();
        let roles = named(raw.roles.as_deref().unwrap_or_default(), &mut errors);
        let email = email(raw.email.as_deref(), &mut errors);
        let password = raw.password.filter(|password| !password.is_empty()).map(SecretString::from);
        if let Some(password) = &password {
            let address = email.as_deref().unwrap_or_default();
            check_rules("password", password.expose_secret(), address, &mut errors);
        }
        let first_name = name("first_name", raw.first_name.as_deref(), &mut errors);
        let last_name = last(raw.last_name.as_deref(), &mut errors);
        let number = number(raw.phone.as_deref(), &mut errors);
        let department = text::required("department", raw.department.as_deref(), MAX_NAME, &mut errors);
        let specialization = line("specialization", raw.specialization.as_deref(), &mut errors);
        let parsed = email.zip(first_name).zip(department).map(|((email, first_name), department)| Self {
            email,
            first_name,
            last_name: last_name.unwrap_or_default(),
            phone: number,
            department,
            specialization,
            roles,
            password,
        });
        errors.finish_with(parsed)
    }
}

impl Changes {
    /// # Errors
    /// 422 with a message for each field.
    pub fn parse(raw: &ChangeStaff) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let changes = Self {
            first_name: raw
                .first_name
                .as_deref()
                .and_then(|typed| name("first_name", Some(typed), &mut errors)),
            last_name: raw
                .last_name
                .as_deref()
                .and_then(|typed| last(Some(typed), &mut errors).or(Some(String::new()))),
            phone: raw.phone.as_deref().map(|typed| number(Some(typed), &mut errors)),
            department: raw
                .department
                .as_deref()
                .and_then(|typed| text::required("department", Some(typed), MAX_NAME, &mut errors)),
            specialization: raw
                .specialization
                .as_deref()
                .map(|typed| line("specialization", Some(typed), &mut errors)),
            email: raw.email.as_deref().and_then(|typed| email(Some(typed), &mut errors)),
            status: status(raw, &mut errors),
            roles: raw.roles.as_deref().map(|roles| named(roles, &mut errors)),
        };
        errors.finish_with(Some(changes))
    }
}

/// One standing out of two fields that may say it.
fn status(raw: &ChangeStaff, errors: &mut FieldErrors) -> Option<Status> {
    let said = raw.status.as_deref().and_then(|code| {
        let status = Status::from_code(code);
        if status.is_none() {
            errors.add("status", "Use one of: ACTIVE, INACTIVE, LOCKED, PASSWORD_EXPIRED.");
        }
        status
    });
    let flag = raw.is_active.map(|is_active| if is_active { Status::Active } else { Status::Inactive });
    match (said, flag) {
        (Some(said), Some(flag)) if (said == Status::Inactive) != (flag == Status::Inactive) => {
            errors.add("is_active", "This and the status say different things.");
            None
        }
        (said, flag) => said.or(flag),
    }
}

fn named(names: &[String], errors: &mut FieldErrors) -> Vec<Pick> {
    if names.len() > MAX_ROLES {
        errors.add("roles", format!("Give at most {MAX_ROLES} roles."));
        return Vec::new();
    }
    let parsed = names.iter().filter_map(|name| text::required("roles", Some(name), MAX_NAME, errors));
    parsed.map(Pick::Name).collect()
}

fn email(typed: Option<&str>, errors: &mut FieldErrors) -> Option<String> {
    let email = text::email("email", typed, errors)?;
    no_formula("email", &email, errors);
    Some(email)
}

fn name(field: &str, typed: Option<&str>, errors: &mut FieldErrors) -> Option<String> {
    let name = text::person_name(field, typed, MAX_NAME, errors)?;
    no_formula(field, &name, errors);
    Some(name)
}

/// The rest of a name; who has one name has none.
fn last(typed: Option<&str>, errors: &mut FieldErrors) -> Option<String> {
    match text::optional("last_name", typed, MAX_NAME, errors) {
        Ok(Some(typed)) => name("last_name", Some(&typed), errors),
        _ => None,
    }
}

fn line(field: &str, typed: Option<&str>, errors: &mut FieldErrors) -> Option<String> {
    let line = text::optional(field, typed, MAX_NAME, errors).ok().flatten()?;
    no_formula(field, &line, errors);
    Some(line)
}

fn number(typed: Option<&str>, errors: &mut FieldErrors) -> Option<String> {
    match typed.map(str::trim) {
        None | Some("") => None,
        Some(typed) => phone::parse("phone", typed, errors),
    }
}

/// Signs with which a spreadsheet begins to calculate; full-width ones are no different for some of them.
pub(super) const FORMULA_SIGNS: [char; 8] =
    ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Staff lists are taken away as files: nothing that runs there comes in here.
fn no_formula(field: &str, text: &str, errors: &mut FieldErrors) {
    if text.starts_with(FORMULA_SIGNS) {
        errors.add(field, "This begins like a formula. Remove the sign in front.");
    }
}

/// A search text as it may be looked for; blank is none.
pub fn search_text(typed: Option<&str>, errors: &mut FieldErrors) -> Option<String> {
    text::optional("search", typed, MAX_SEARCH, errors).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw() -> InviteStaff {
        InviteStaff {
            email: Some("Asha.Rao@Clinic.example".into()),
            first_name: Some("आशा".into()),
            department: Some("Cardiology".into()),
            ..InviteStaff::default()
        }
    }

    fn faults(result: Result<impl Sized, AppError>) -> Vec<String> {
        match result {
            Err(AppError::Problem(problem)) => problem.errors.into_iter().map(|error| error.field).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn one_name_is_enough_and_addresses_are_lower_case() {
        let new = NewMember::parse(raw(), TenantId::new()).unwrap();
        assert_eq!((new.email.as_str(), new.last_name.as_str()), ("asha.rao@clinic.example", ""));
    }

    #[test]
    fn formulas_and_other_nonsense_are_told_at_once() {
        let bad = InviteStaff {
            email: Some("=cmd@x.org".into()),
            first_name: Some("=HYPERLINK(\"http://x\")".into()),
            last_name: Some("@SUM(A1)".into()),
            specialization: Some("\u{ff1d}1+1".into()),
            phone: Some("call me".into()),
            department: None,
            roles: Some(vec![" ".into()]),
            password: Some("short".into()),
            tenant_id: None,
        };
        let told = faults(NewMember::parse(bad, TenantId::new()));
        for field in
            ["email", "first_name", "last_name", "specialization", "phone", "department", "roles", "password"]
        {
            assert!(told.iter().any(|fault| fault == field), "{field} in {told:?}");
        }
    }

    #[test]
    fn a_blank_phone_goes_and_a_missing_one_stays() {
        let none = Changes::parse(&ChangeStaff::default()).unwrap();
        assert_eq!((none.phone, none.specialization, none.status), (None, None, None));
        let blank =
            ChangeStaff { phone: Some(" ".into()), last_name: Some(String::new()), ..ChangeStaff::default() };
        let blank = Changes::parse(&blank).unwrap();
        assert_eq!((blank.phone, blank.last_name), (Some(None), Some(String::new())));
    }

    #[test]
    fn standings_are_the_contracts_and_do_not_contradict() {
        let change = |status: Option<&str>, is_active| ChangeStaff {
            status: status.map(str::to_owned),
            is_active,
            ..ChangeStaff::default()
        };
        assert_eq!(faults(Changes::parse(&change(Some("RETIRED"), None))), ["status"]);
        assert_eq!(faults(Changes::parse(&change(Some("ACTIVE"), Some(false)))), ["is_active"]);
        let said = Changes::parse(&change(Some("LOCKED"), Some(true))).unwrap();
        assert_eq!(said.status, Some(Status::Locked));
        assert_eq!(Changes::parse(&change(None, Some(false))).unwrap().status, Some(Status::Inactive));
    }
}
