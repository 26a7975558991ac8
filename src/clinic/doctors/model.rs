//! Doctors, their rooms, and what is wrong with what was typed about them. Pure.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::clinic::departments::DepartmentId;
use crate::kernel::ids::UserId;
use crate::kernel::money::Currency;
use crate::kernel::{AppError, FieldErrors, text};
use crate::{ids, problem};

ids! {
    /// A room in which patients are seen.
    RoomId = "room";
}

/// How long an appointment may be, in minutes.
pub const SLOT_MINUTES: [u16; 4] = [15, 30, 45, 60];
/// Most that may be booked into one slot beside the first.
pub const MOST_OVERBOOKING: u8 = 9;
const MOST_LANGUAGES: usize = 20;
/// As large as any fee that makes sense, in minor units.
const MOST_FEE: i64 = 1_000_000_000_000;
const FIRST_YEAR: i16 = 1930;

/// A member of the staff with the role of doctors.
#[derive(Debug, Clone)]
pub struct Doctor {
    pub user_id: UserId,
    pub name: String,
    pub department_id: DepartmentId,
    pub department: String,
    pub specialization: Option<String>,
    pub facts: Facts,
    /// Name of the room.
    pub room: Option<String>,
    /// Name of the file with the photo.
    pub photo: Option<String>,
    /// Counts the changes of the profile; 0 as long as nobody has written one.
    pub version: i32,
    pub changed_by: Option<UserId>,
    pub updated_at: Option<Timestamp>,
}

impl Doctor {
    /// Years of practice at a day.
    #[must_use]
    pub fn experience_years(&self, today: Date) -> Option<i16> {
        self.facts.practising_since.map(|year| (today.year() - year).max(0))
    }
}

/// What a doctor's profile says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub qualifications: Option<String>,
    pub registration_number: Option<String>,
    /// First year of practice.
    pub practising_since: Option<i16>,
    /// BCP 47 codes, sorted.
    pub languages: Vec<String>,
    /// In minor units of the hospital's currency.
    pub fee_minor: Option<i64>,
    pub about: Option<String>,
    pub room_id: Option<RoomId>,
    /// How long an appointment is where the weekly hours do not say it.
    pub slot_minutes: u16,
    /// How many more may be booked into one slot.
    pub overbooking: u8,
    pub accepts_bookings: bool,
    /// Found by people without an account.
    pub is_listed: bool,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            qualifications: None,
            registration_number: None,
            practising_since: None,
            languages: Vec::new(),
            fee_minor: None,
            about: None,
            room_id: None,
            slot_minutes: 15,
            overbooking: 0,
            accepts_bookings: true,
            is_listed: false,
        }
    }
}

/// A profile as it is typed; what is not said is not there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Typed<'a> {
    pub qualifications: Option<&'a str>,
    pub registration_number: Option<&'a str>,
    pub practising_since: Option<i64>,
    pub languages: &'a [String],
    pub fee_minor: Option<i64>,
    pub about: Option<&'a str>,
    pub room_id: Option<RoomId>,
    pub slot_minutes: Option<i64>,
    pub overbooking: Option<i64>,
    pub accepts_bookings: Option<bool>,
    pub is_listed: Option<bool>,
}

impl Typed<'_> {
    /// The whole profile.
    pub fn parse(&self, today: Date, errors: &mut FieldErrors) -> Option<Facts> {
        let before = errors.len();
        let line = |field: &str, typed: Option<&str>, max: usize, errors: &mut FieldErrors| {
            text::optional(field, typed, max, errors).ok().flatten()
        };
        let qualifications = line("qualifications", self.qualifications, 300, errors);
        let registration_number = line("registration_number", self.registration_number, 50, errors);
        let about = line("about", self.about, 1000, errors);
        let practising_since = self.practising_since.and_then(|year| {
            let fits = i16::try_from(year).ok().filter(|year| (FIRST_YEAR..=today.year()).contains(year));
            if fits.is_none() {
                errors.add("practising_since", format!("Use a year from {FIRST_YEAR} to {}.", today.year()));
            }
            fits
        });
        let languages = languages(self.languages, errors);
        let fee_minor = self.fee_minor.filter(|fee| {
            let fits = (0..=MOST_FEE).contains(fee);
            if !fits {
                errors.add("fee_minor", "Use an amount from 0 in the smallest unit of the currency.");
            }
            fits
        });
        let slot =
            self.slot_minutes.map_or(Some(15), |minutes| slot_minutes("slot_minutes", minutes, errors));
        let overbooking = u8::try_from(self.overbooking.unwrap_or(0)).ok();
        let overbooking = overbooking.filter(|many| *many <= MOST_OVERBOOKING);
        if overbooking.is_none() {
            errors.add("overbooking", format!("Use a number from 0 to {MOST_OVERBOOKING}."));
        }
        if errors.len() != before {
            return None;
        }
        Some(Facts {
            qualifications,
            registration_number,
            practising_since,
            languages,
            fee_minor,
            about,
            room_id: self.room_id,
            slot_minutes: slot?,
            overbooking: overbooking?,
            accepts_bookings: self.accepts_bookings.unwrap_or(true),
            is_listed: self.is_listed.unwrap_or(false),
        })
    }
}

impl Facts {
    /// Names of the fields in which two differ.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let fields = [
            ("qualifications", self.qualifications != other.qualifications),
            ("registration_number", self.registration_number != other.registration_number),
            ("practising_since", self.practising_since != other.practising_since),
            ("languages", self.languages != other.languages),
            ("fee_minor", self.fee_minor != other.fee_minor),
            ("about", self.about != other.about),
            ("room_id", self.room_id != other.room_id),
            ("slot_minutes", self.slot_minutes != other.slot_minutes),
            ("overbooking", self.overbooking != other.overbooking),
            ("accepts_bookings", self.accepts_bookings != other.accepts_bookings),
            ("is_listed", self.is_listed != other.is_listed),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
}

/// One of [`SLOT_MINUTES`].
pub fn slot_minutes(field: &str, typed: i64, errors: &mut FieldErrors) -> Option<u16> {
    let fits = u16::try_from(typed).ok().filter(|minutes| SLOT_MINUTES.contains(minutes));
    if fits.is_none() {
        errors.add(field, "Use 15, 30, 45 or 60 minutes.");
    }
    fits
}

/// BCP 47 codes in their usual letters, each once.
fn languages(typed: &[String], errors: &mut FieldErrors) -> Vec<String> {
    let mut codes = BTreeSet::new();
    for code in typed.iter().map(|code| code.trim()).filter(|code| !code.is_empty()) {
        let mut parts = code.split('-');
        let language = parts.next().unwrap_or_default();
        let is_code = (2..=3).contains(&language.len())
            && language.bytes().all(|b| b.is_ascii_alphabetic())
            && code.len() <= 35
            && parts
                .all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
        if !is_code {
            errors
                .add("languages", "Name languages like English or Hindi, or by their codes: en, hi, pt-BR.");
            return Vec::new();
        }
        let rest = code.get(language.len()..).unwrap_or_default();
        codes.insert(format!("{}{rest}", language.to_ascii_lowercase()));
    }
    if codes.len() > MOST_LANGUAGES {
        errors.add("languages", format!("Name at most {MOST_LANGUAGES} languages."));
    }
    codes.into_iter().collect()
}

/// A fee as people type it, in the currency's major unit, as minor units: `1,200.50` is 120050 of two digits.
#[must_use]
pub fn fee(typed: &str, currency: &Currency) -> Option<i64> {
    let digits = usize::from(currency.minor_digits);
    let text: String =
        typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{2019}' | '\'')).collect();
    let (whole, fraction) = match text.rfind(['.', ',']) {
        // Three digits behind the last separator are a group, unless the currency has three.
        Some(at) if text.len() - at - 1 <= digits && text.len() - at > 1 => {
            (text.get(..at)?, text.get(at + 1..)?)
        }
        _ => (text.as_str(), ""),
    };
    let whole: String = whole.chars().filter(|c| !matches!(c, '.' | ',')).collect();
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || !is_number(&whole) || !is_number(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<digits$}").parse().ok()
}

/// Which doctors are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Part of the name, in any case or script.
    pub search: Option<String>,
    pub department: Option<DepartmentId>,
    /// The whole word, in any case.
    pub specialization: Option<String>,
    pub accepts_bookings: Option<bool>,
}

/// A room.
#[derive(Debug, Clone)]
pub struct Room {
    pub id: RoomId,
    pub name: String,
    pub department_id: Option<DepartmentId>,
    pub department: Option<String>,
    /// One that is not is kept for what was done there, and chosen for nothing new.
    pub is_active: bool,
    pub version: i32,
    pub created_at: Timestamp,
}

/// A room as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomFacts {
    pub name: String,
    pub department_id: Option<DepartmentId>,
    pub is_active: bool,
}

/// What is typed about a room. What is not said stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct RoomChanges<'a> {
    pub name: Option<&'a str>,
    /// `Some(None)`: of no department any more.
    pub department_id: Option<Option<DepartmentId>>,
    pub is_active: Option<bool>,
}

impl RoomChanges<'_> {
    /// A new room.
    ///
    /// # Errors
    /// 422.
    pub fn parse(&self) -> Result<RoomFacts, AppError> {
        let mut errors = FieldErrors::default();
        let name = text::place_name("name", self.name, 50, &mut errors);
        Ok(RoomFacts {
            name: errors.finish_with(name)?,
            department_id: self.department_id.flatten(),
            is_active: self.is_active.unwrap_or(true),
        })
    }
}

impl RoomFacts {
    /// These facts with what is typed in their place.
    ///
    /// # Errors
    /// 422.
    pub fn changed(&self, typed: &RoomChanges<'_>) -> Result<Self, AppError> {
        let name = typed.name.or(Some(&self.name));
        let facts = RoomChanges { name, ..*typed }.parse()?;
        Ok(Self {
            name: facts.name,
            department_id: typed.department_id.unwrap_or(self.department_id),
            is_active: typed.is_active.unwrap_or(self.is_active),
        })
    }

    /// Names of the fields in which two differ.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let fields = [
            ("name", self.name != other.name),
            ("department_id", self.department_id != other.department_id),
            ("is_active", self.is_active != other.is_active),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
}

impl From<&Room> for RoomFacts {
    fn from(room: &Room) -> Self {
        Self { name: room.name.clone(), department_id: room.department_id, is_active: room.is_active }
    }
}

/// Why a doctor's profile or a room is not changed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DoctorError {
    #[error("There is no such room in use at this hospital. Nothing was saved; choose another one.")]
    NoRoom,
    #[error("There is no such department at this hospital. Nothing was saved; choose another one.")]
    NoDepartment,
    #[error("Another doctor has this registration number. Nothing was saved; look at both profiles.")]
    RegistrationTaken,
    #[error("A room of this name exists already. Nothing was saved.")]
    RoomNameTaken,
    #[error("This doctor has no photo.")]
    NoPhoto,
    #[error(
        "Somebody else changed this in the meantime. Nothing was saved; read the newest version and try again."
    )]
    VersionConflict,
}

problem!(DoctorError {
    NoRoom => BAD_REQUEST "doctors.no_room" at "room_id",
    NoDepartment => BAD_REQUEST "doctors.no_department" at "department_id",
    RegistrationTaken => BAD_REQUEST "doctors.registration_taken" at "registration_number",
    RoomNameTaken => BAD_REQUEST "rooms.name_taken" at "name",
    NoPhoto => NOT_FOUND "doctors.no_photo",
    VersionConflict => PRECONDITION_FAILED "doctors.version_conflict",
});

#[cfg(test)]
mod tests;
