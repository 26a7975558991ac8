//! A hospital that signs up: what it must say, and what can be wrong with it.

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::identity::actor::TenantStatus;
use crate::identity::password::check_rules;
use crate::kernel::countries::{self, Country};
use crate::kernel::ids::TenantId;
use crate::kernel::manner::Locale;
use crate::kernel::phone::{self, Number};
use crate::kernel::{AppError, FieldErrors, money, text, zones};
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
    /// ISO 3166 code; if absent, that of the phone's country code, else of the currency.
    pub country: Option<String>,
}

/// A hospital to be made. Only [`NewHospital::parse`] makes one.
#[derive(Debug)]
pub struct NewHospital {
    pub name: String,
    pub license_number: String,
    pub email: String,
    pub phone: Option<Number>,
    pub address: Option<String>,
    pub admin_first_name: String,
    pub admin_last_name: String,
    pub admin_password: Option<SecretString>,
    pub time_zone: String,
    pub zone: TimeZone,
    pub currency: &'static str,
    pub country: Option<&'static Country>,
}

impl NewHospital {
    /// How its numbers are written until somebody chooses.
    #[must_use]
    pub fn locale(&self) -> &'static Locale {
        Locale::usual_in(self.country.map_or("", |country| country.code))
    }

    /// Check everything at once.
    ///
    /// # Errors
    /// 422 with a message for each field.
    pub fn parse(raw: RegisterHospital) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let name = text::place_name("name", raw.name.as_deref(), 255, &mut errors);
        let license_number =
            text::required("license_number", raw.license_number.as_deref(), 100, &mut errors);
        let email = text::email("contact_email", raw.contact_email.as_deref(), &mut errors);
        let phone = match raw.contact_phone.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(typed) => phone::parse("contact_phone", typed, &mut errors).map(|digits| (digits, typed)),
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
            let about = [&email, &first, &last, &name].map(|text| text.as_deref().unwrap_or_default());
            check_rules("admin_password", password.expose_secret(), &about.join(" "), &mut errors);
        }
        let time_zone = raw.time_zone.as_deref().map(str::trim).filter(|z| !z.is_empty()).unwrap_or("UTC");
        let zone = zones::zone(time_zone);
        if zone.is_none() {
            errors.add("time_zone", "Use the name of a time zone, like Asia/Kolkata.");
        }
        let code = raw.currency.as_deref().map(str::trim).filter(|c| !c.is_empty()).unwrap_or("USD");
        let currency = money::currency(code);
        if currency.is_none() {
            errors.add("currency", "Use the three letters of a currency, like INR.");
        }
        let country = match raw.country.as_deref().map(str::trim).filter(|c| !c.is_empty()) {
            Some(code) => {
                let told = countries::country(code);
                if told.is_none() {
                    errors.add("country", "Use the two letters of a country, like IN.");
                }
                told
            }
            None => countries::proposed(phone.as_ref().map(|(digits, _)| digits.as_str()), code),
        };
        let parsed = (|| {
            let (time_zone, zone) = zone?;
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
                phone: phone.map(|(digits, typed)| {
                    Number::new(digits, typed, country.and_then(|c| c.code.parse().ok()))
                }),
                address,
                admin_password,
                time_zone,
                zone,
                currency: currency?.code,
                country,
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
    #[error(
        "This hospital has confirmed its e-mail address, so its sign-up is not rejected any more. Suspend it instead."
    )]
    Confirmed,
}

problem!(SignupError {
    LicenceTaken => BAD_REQUEST "signup.licence_taken" at "license_number",
    EmailTaken => BAD_REQUEST "signup.email_taken" at "contact_email",
    LinkUnknown => BAD_REQUEST "signup.link_unknown",
    LinkUsed => BAD_REQUEST "signup.link_used",
    LinkExpired => BAD_REQUEST "signup.link_expired",
    NoSchema => SERVICE_UNAVAILABLE "signup.no_schema",
    Confirmed => CONFLICT "signup.confirmed",
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
            assert_eq!((new.time_zone.as_str(), new.currency, new.country), ("UTC", "USD", None));
        }
    }

    #[test]
    fn the_country_is_proposed_and_completes_the_phone() {
        let new = |phone: &str, country: Option<&str>| {
            let raw = RegisterHospital {
                contact_phone: Some(phone.into()),
                currency: Some("npr".into()),
                country: country.map(str::to_owned),
                ..raw("Hill Clinic")
            };
            let new = NewHospital::parse(raw).unwrap();
            let phone = new.phone.unwrap();
            (new.country.map(|c| c.code), phone.digits, phone.typed, phone.e164)
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            new("984-123 4567", None),
            (Some("NP"), "9841234567".into(), text("984-123 4567"), text("+9779841234567"))
        );
        assert_eq!(
            new("+919822012345", None),
            (Some("IN"), "+919822012345".into(), None, text("+919822012345"))
        );
        assert_eq!(new("+919822012345", Some("np")).0, Some("NP"), "what is told holds");
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
            country: Some("Nepal".into()),
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
            "country",
        ] {
            assert!(fields.contains(&field), "{field} in {fields:?}");
        }
    }
}
