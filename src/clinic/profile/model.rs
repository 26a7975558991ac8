//! What a hospital says about itself: pure, no SQL, no HTTP.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::holidays::Holidays;
use super::hours::{Week, Weekday};
use super::settings::Settings;
use crate::kernel::countries::Country;
use crate::kernel::ids::{TenantId, UserId};
use crate::kernel::manner::{Hours, Locale};
use crate::kernel::money::Currency;
use crate::kernel::phone::Number;
use crate::kernel::zones;
use crate::problem;

/// A hospital as its own people see it.
#[derive(Debug, Clone)]
pub struct Hospital {
    pub id: TenantId,
    /// From the authority; never changes.
    pub license_number: String,
    /// How its first administrator signs in. Changing it is deliberately elsewhere.
    pub contact_email: String,
    pub profile: Profile,
    pub week: Week,
    pub holidays: Holidays,
    pub settings: Settings,
    /// Somebody looked at zone, currency and country and saved them; until then the sign-up proposed them.
    pub confirmed: bool,
    /// Who of the hospital changed it last; nobody if that was the platform.
    pub changed_by: Option<UserId>,
    /// Counts the changes, the platform's too, for `If-Match`.
    pub version: i32,
    pub updated_at: Timestamp,
}

impl Hospital {
    /// A moment on this hospital's clock.
    #[must_use]
    pub fn here(&self, at: Timestamp) -> Zoned {
        let zone = zones::zone(&self.profile.time_zone).map_or(TimeZone::UTC, |(_, zone)| zone);
        at.to_zoned(zone)
    }
}

/// What people write about a hospital. Always valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub name: String,
    pub address: Option<String>,
    pub phone: Option<Number>,
    pub country: Option<&'static Country>,
    /// IANA name.
    pub time_zone: String,
    pub currency: &'static Currency,
    pub locale: &'static Locale,
    pub hours: Hours,
    pub week_starts_on: Weekday,
}

impl Profile {
    /// Names of the fields in which two differ: what the audit keeps, never the values.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let fields = [
            ("name", self.name != other.name),
            ("address", self.address != other.address),
            ("contact_phone", self.phone != other.phone),
            ("country", self.country != other.country),
            ("time_zone", self.time_zone != other.time_zone),
            ("currency", self.currency != other.currency),
            ("locale", self.locale != other.locale),
            ("clock_hours", self.hours != other.hours),
            ("week_starts_on", self.week_starts_on != other.week_starts_on),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
}

/// Why a hospital's profile is not changed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ProfileError {
    #[error(
        "Somebody else changed the hospital's settings in the meantime. Nothing was saved; read the newest version and try again."
    )]
    VersionConflict,
    #[error(
        "Amounts are stored in the {0} already, such as doctors' fees, and another currency would change their worth. Nothing was saved; take the amounts away first."
    )]
    CurrencyInUse(&'static str),
    #[error(
        "The hospital's currency was changed in the meantime. Nothing was saved; look at the amounts and save again."
    )]
    CurrencyChanged,
    #[error("There is no logo.")]
    NoLogo,
}

problem!(ProfileError {
    VersionConflict => PRECONDITION_FAILED "hospital.version_conflict",
    CurrencyInUse => CONFLICT "hospital.currency_in_use" at "currency",
    CurrencyChanged => CONFLICT "hospital.currency_changed",
    NoLogo => NOT_FOUND "hospital.no_logo",
});
