//! What can be seen of somebody whom nobody knows.

use jiff::ToSpan as _;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::clinic::patients::{Birth, Gender, Precision};
use crate::kernel::{AppError, FieldErrors, text};
use crate::problem;

/// How old somebody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AgeBand {
    /// Under 4 weeks.
    Newborn,
    /// Under 1 year.
    Infant,
    /// 1 to 12 years.
    Child,
    /// 13 to 17 years.
    Teenager,
    /// 18 to 39 years.
    YoungAdult,
    /// 40 to 64 years.
    Adult,
    /// 65 years and more.
    OlderAdult,
    /// Cannot be said.
    Unknown,
}

impl AgeBand {
    pub const ALL: [Self; 8] = [
        Self::Newborn,
        Self::Infant,
        Self::Child,
        Self::Teenager,
        Self::YoungAdult,
        Self::Adult,
        Self::OlderAdult,
        Self::Unknown,
    ];

    /// The word in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Newborn => "NEWBORN",
            Self::Infant => "INFANT",
            Self::Child => "CHILD",
            Self::Teenager => "TEENAGER",
            Self::YoungAdult => "YOUNG_ADULT",
            Self::Adult => "ADULT",
            Self::OlderAdult => "OLDER_ADULT",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// What the button says, and the years it means.
    #[must_use]
    pub fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Newborn => ("Newborn", "under 4 weeks"),
            Self::Infant => ("Infant", "under 1 year"),
            Self::Child => ("Child", "1 to 12"),
            Self::Teenager => ("Teenager", "13 to 17"),
            Self::YoungAdult => ("Young adult", "18 to 39"),
            Self::Adult => ("Adult", "40 to 64"),
            Self::OlderAdult => ("Older adult", "65 and more"),
            Self::Unknown => ("Unknown", "cannot be said"),
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|band| band.code() == code)
    }

    /// The middle of the band, never more exact than it is: no birthday, and no month but for a newborn.
    #[must_use]
    pub fn birth(self, today: Date) -> Birth {
        let years = match self {
            Self::Newborn => {
                let born = today.checked_sub(14.days()).unwrap_or(today);
                return Birth::computed(born, Precision::Month, today);
            }
            Self::Unknown => return Birth::Unknown,
            Self::Infant => 0,
            Self::Child => 6,
            Self::Teenager => 15,
            Self::YoungAdult => 28,
            Self::Adult => 52,
            Self::OlderAdult => 75,
        };
        Birth::from_years(years, today)
    }
}

/// Somebody whom nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    pub sex: Gender,
    pub age_band: AgeBand,
    /// Where the person was found, clothes, anything by which family may know them.
    pub note: Option<String>,
}

impl Stranger {
    /// What is seen; nothing at all is allowed.
    ///
    /// # Errors
    /// 422 with every field that needs attention.
    pub fn parse(sex: Option<&str>, age_band: Option<&str>, note: Option<&str>) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let sex = sex.map_or(Some(Gender::Unknown), Gender::from_code);
        if sex.is_none() {
            errors.add("sex", format!("Use one of: {}.", Gender::ALL.map(Gender::code).join(", ")));
        }
        let age_band = age_band.map_or(Some(AgeBand::Unknown), AgeBand::from_code);
        if age_band.is_none() {
            errors.add("age_band", format!("Use one of: {}.", AgeBand::ALL.map(AgeBand::code).join(", ")));
        }
        let note = text::optional("note", note, 500, &mut errors);
        let stranger = sex.zip(age_band).zip(note.ok());
        errors.finish_with(stranger.map(|((sex, age_band), note)| Self { sex, age_band, note }))
    }
}

/// Why somebody is not identified.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum UnidentifiedError {
    #[error("It is known already who this patient is. Nothing was saved; change the details instead.")]
    Known,
}

problem!(UnidentifiedError { Known => CONFLICT "unidentified.known" });

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_estimate_is_no_birthday_and_lies_in_its_band() {
        for today in [date(2026, 11, 25), date(2026, 1, 3), date(2024, 2, 29)] {
            for (band, years) in [
                (AgeBand::Infant, 0..=0),
                (AgeBand::Child, 1..=12),
                (AgeBand::Teenager, 13..=17),
                (AgeBand::YoungAdult, 18..=39),
                (AgeBand::Adult, 40..=64),
                (AgeBand::OlderAdult, 65..=120),
            ] {
                let birth = band.birth(today);
                assert!(
                    matches!(&birth, Birth::About { precision: Precision::Year, age_years, told_on, .. }
                        if years.contains(age_years) && *told_on == today),
                    "{band:?}: {birth:?}"
                );
            }
            let newborn = AgeBand::Newborn.birth(today);
            assert!(matches!(newborn, Birth::About { precision: Precision::Month, age_years: 0, .. }));
            assert_eq!(AgeBand::Unknown.birth(today), Birth::Unknown);
        }
    }

    #[test]
    fn nothing_at_all_may_be_known() {
        let nothing = Stranger { sex: Gender::Unknown, age_band: AgeBand::Unknown, note: None };
        assert_eq!(Stranger::parse(None, None, None).ok(), Some(nothing));
        for (sex, band, note) in
            [(Some("male"), None, None), (None, Some("OLD"), None), (None, None, Some("a\0"))]
        {
            assert!(Stranger::parse(sex, band, note).is_err(), "{sex:?} {band:?} {note:?}");
        }
    }
}
