//! A hospital that signs up: what it must say, and what can be wrong with it.

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::identity::actor::TenantStatus;
use crate::identity::password::check_rules;
use crate::kernel::ids::TenantId;
use crate::kernel::{AppError, FieldErrors, money, phone, text};
use crate::problem;

/// The sign-up as it comes in. Only the first three are needed.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RegisterHospital {
    /// In any script, at most 255 characters.
    pub name: Option<String>,
    /// Becomes the administrator's sign-in.
    pub contact_email: Option<String>,
    pub license_number: Option<String>,
    pub address: Option<String>,
    pub contact_phone: Option<String>,
    pub admin_first_name: Option<String>,
    pub admin_last_name: Option<String>,
    /// Without it, the administrator gets a link by mail (in development: a temporary password).
    pub admin_password: Option<String>,
    /// IANA name, for example `Asia/Kolkata`; `UTC` if absent.
    pub time_zone: Option<String>,
    /// ISO 4217 code; `USD` if absent.
    pub currency: Option<String>,
}

/// A hospital to be made. Only [`NewHospital::parse`] makes one.
#[derive(Debug)]
pub struct NewHospital {
    pub name: String,
    pub license_number: String,
    pub email: String,
    pub phone: Option<String>,
    pub address: Option<String>,
    pub admin_first_name: String,
    pub admin_last_name: String,
    pub admin_password: Option<SecretString>,
    pub time_zone: String,
    pub zone: TimeZone,
    pub currency: &'static str,
}

impl NewHospital {
    /// Check everything at once.
    ///
    /// # Errors
    /// 422 with a message for each field.
    pub fn parse(raw: RegisterHospital) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let name = text::required("name", raw.name.as_deref(), 255, &mut errors);
        if name.as_deref().is_some_and(|n| !n.chars().any(char::is_alphanumeric)) {
            errors.add("name", "A name has at least one letter or digit.");
        }
        let license_number =
            text::required("license_number", raw.license_number.as_deref(), 100, &mut errors);
        let email = text::email("contact_email", raw.contact_email.as_deref(), &mut errors);
        let phone = match raw.contact_phone.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(typed) => phone::parse("contact_phone", typed, &mut errors),
        };
        let address = text::optional("address", raw.address.as_deref(), 500, &mut errors).ok().flatten();
        let first = text::optional("admin_first_name", raw.admin_first_name.as_deref(), 100, &mut errors)
            .ok()
            .flatten();
        let last = text::optional("admin_last_name", raw.admin_last_name.as_deref(), 100, &mut errors)
            .ok()
            .flatten();
        let admin_password = raw.admin_password.map(SecretString::from);
        if let Some(password) = &admin_password {
            check_rules(
                "admin_password",
                password.expose_secret(),
                email.as_deref().unwrap_or_default(),
                &mut errors,
            );
        }
        let time_zone = raw.time_zone.as_deref().map(str::trim).filter(|z| !z.is_empty()).unwrap_or("UTC");
        let zone = TimeZone::get(time_zone).ok();
        if zone.is_none() {
            errors.add("time_zone", "Use the name of a time zone, like Asia/Kolkata.");
        }
        let code = raw.currency.as_deref().map(str::trim).filter(|c| !c.is_empty()).unwrap_or("USD");
        let currency = money::currency(code);
        if currency.is_none() {
            errors.add("currency", "Use the three letters of a currency, like INR.");
        }
        let parsed = (|| {
            let zone = zone?;
            let name = name?;
            Some(Self {
                // Without a person's name the contract names the administrator after the hospital.
                admin_last_name: match (&first, last) {
                    (_, Some(last)) => last,
                    (Some(_), None) => String::new(),
                    (None, None) => "Admin".to_owned(),
                },
                admin_first_name: first.unwrap_or_else(|| name.clone()),
                name,
                license_number: license_number?,
                email: email?,
                phone,
                address,
                admin_password,
                time_zone: zone.iana_name().unwrap_or(time_zone).to_owned(),
                zone,
                currency: currency?.code,
            })
        })();
        errors.finish_with(parsed)
    }
}

/// A hospital just made.
#[derive(Debug)]
pub struct Registered {
    pub id: TenantId,
    pub hospital: NewHospital,
    /// Only in development or with sandboxed mail.
    pub temporary_password: Option<SecretString>,
    pub created_at: jiff::Timestamp,
}

/// What a confirmation link did.
#[derive(Debug, Clone)]
pub struct Verified {
    pub tenant: TenantId,
    pub hospital: String,
    pub status: TenantStatus,
    pub already: bool,
}

/// Why a sign-up or a confirmation is refused.
#[derive(Debug, thiserror::Error)]
pub enum SignupError {
    #[error(
        "This licence number already belongs to a hospital on HMS. Check the number, or ask that hospital to invite you."
    )]
    LicenceTaken,
    #[error("This e-mail address cannot be used for a new hospital. Sign in with it, or use another one.")]
    EmailTaken,
    #[error("This confirmation link is not known. Ask for a new one.")]
    LinkUnknown,
    #[error("This confirmation link was used already. Ask for a new one if you need it.")]
    LinkUsed,
    #[error("This confirmation link has expired. Ask for a new one.")]
    LinkExpired,
    #[error("No room could be prepared for the hospital. Try again in a minute.")]
    NoSchema,
}

problem!(SignupError {
    LicenceTaken => BAD_REQUEST "signup.licence_taken" at "license_number",
    EmailTaken => BAD_REQUEST "signup.email_taken" at "contact_email",
    LinkUnknown => BAD_REQUEST "signup.link_unknown",
    LinkUsed => BAD_REQUEST "signup.link_used",
    LinkExpired => BAD_REQUEST "signup.link_expired",
    NoSchema => SERVICE_UNAVAILABLE "signup.no_schema",
});

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(name: &str) -> RegisterHospital {
        RegisterHospital {
            name: Some(name.into()),
            contact_email: Some("Office@Asha.Example".into()),
            license_number: Some("MH-1".into()),
            ..RegisterHospital::default()
        }
    }

    #[test]
    fn any_script_is_a_name_and_defaults_fill_the_rest() {
        for name in ["A & B \"Clinic\"", "आशा क्लिनिक", "مستشفى الأمل", "東京病院", &"x".repeat(255)]
        {
            let new = NewHospital::parse(raw(name)).unwrap();
            assert_eq!(new.name, name);
            assert_eq!(new.email, "office@asha.example");
            assert_eq!((new.admin_first_name.as_str(), new.admin_last_name.as_str()), (name, "Admin"));
            assert_eq!((new.time_zone.as_str(), new.currency), ("UTC", "USD"));
        }
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let bad = RegisterHospital {
            name: Some("x".repeat(256)),
            contact_email: Some("nobody".into()),
            contact_phone: Some("call us".into()),
            admin_password: Some("short".into()),
            time_zone: Some("Mars/Olympus".into()),
            currency: Some("XXX".into()),
            ..RegisterHospital::default()
        };
        let AppError::Problem(problem) = NewHospital::parse(bad).unwrap_err() else { unreachable!() };
        let fields: Vec<&str> = problem.errors.iter().map(|e| e.field.as_str()).collect();
        for field in [
            "name",
            "license_number",
            "contact_email",
            "contact_phone",
            "admin_password",
            "time_zone",
            "currency",
        ] {
            assert!(fields.contains(&field), "{field} in {fields:?}");
        }
    }
}
