//! The children of one birth, as they are given and as they are registered.

use jiff::{Timestamp, ToSpan as _, Zoned};

use crate::clinic::patients::{Gender, ONE_BIRTH, Patient, YOUNGEST_MOTHER_YEARS};
use crate::kernel::{AppError, FieldErrors};
use crate::problem;

/// Children of one birth; the column `birth_order` says the same.
pub const MOST: usize = 12;

/// What is said of one child, before anybody judged it.
#[derive(Debug, Clone)]
pub struct GivenChild {
    pub sex: Option<String>,
    /// The moment, or what is wrong with it.
    pub born_at: Result<Timestamp, &'static str>,
    pub birth_order: Option<i64>,
    /// What the request calls these three.
    pub names: [String; 3],
}

/// A child that may be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    pub sex: Gender,
    pub born_at: Timestamp,
    /// 1 for the first of this birth.
    pub order: i16,
}

impl Child {
    /// Was this child registered before?
    #[must_use]
    pub fn is_in_the_place_of(&self, other: &Patient) -> bool {
        let apart = other.origin.born_at.map(|at| at.duration_since(self.born_at).abs());
        other.origin.birth_order == Some(self.order) && apart.is_some_and(|apart| apart < ONE_BIRTH)
    }
}

/// Children of one birth who are registered together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub children: Vec<Child>,
    /// How many children the birth had, if that was said.
    multiple: Option<i16>,
}

impl Delivery {
    /// Parse the children of `mother`, as of `now` at the hospital.
    ///
    /// # Errors
    /// 422 with every field that needs attention.
    pub fn parse(
        given: Vec<GivenChild>,
        multiple: Option<i64>,
        mother: &Patient,
        now: &Zoned,
    ) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let total = given.len();
        if !(1..=MOST).contains(&total) {
            errors.add("children", format!("Register 1 to {MOST} children at once."));
            return errors.finish_with(None);
        }
        let multiple = multiple.and_then(|typed| in_range(typed, "multiple", &mut errors));
        let fits = |count: &i16| usize::try_from(*count).is_ok_and(|count| count >= total);
        if multiple.is_some_and(|count| !fits(&count)) {
            errors.add("multiple", "More children are named than this birth had.");
        }
        let multiple = multiple.filter(fits);
        // Without numbers they are named in their order, if all of them are.
        let all_are_named = multiple.is_none_or(|count| usize::try_from(count) == Ok(total));
        let mut children: Vec<Child> = Vec::new();
        for (at, child) in given.into_iter().enumerate() {
            let [sex_name, born_name, order_name] = &child.names;
            let sex = match child.sex.as_deref() {
                None | Some("") => {
                    errors.add(sex_name, "This is needed.");
                    None
                }
                Some(code) => {
                    let sex = Gender::from_code(code);
                    if sex.is_none() {
                        let codes = Gender::ALL.map(Gender::code).join(", ");
                        errors.add(sex_name, format!("Use one of: {codes}."));
                    }
                    sex
                }
            };
            let born_at = child.born_at.and_then(|at| check_moment(at, mother, now).map(|()| at));
            if let Err(sentence) = born_at {
                errors.add(born_name, sentence);
            }
            let order = match child.birth_order {
                Some(typed) => in_range(typed, order_name, &mut errors),
                None if all_are_named => i16::try_from(at + 1).ok(),
                None => {
                    errors.add(order_name, "Say which child of the birth this is: 1 for the first.");
                    None
                }
            };
            if order.zip(multiple).is_some_and(|(order, count)| order > count) {
                errors.add(order_name, "This birth had fewer children.");
            }
            if order.is_some() && children.iter().any(|other| Some(other.order) == order) {
                errors.add(order_name, "Two children of one birth cannot have the same number.");
            }
            if let Ok(at) = born_at
                && children.iter().any(|other| other.born_at.duration_since(at).abs() >= ONE_BIRTH)
            {
                errors.add(born_name, "Children of one birth are not born months apart.");
            }
            if let (Some(sex), Ok(born_at), Some(order)) = (sex, born_at, order) {
                children.push(Child { sex, born_at, order });
            }
        }
        errors.finish_with(Some(Self { children, multiple }))
    }

    /// How many children this birth had at least, if it was more than one or that was said.
    #[must_use]
    pub fn count(&self) -> Option<i16> {
        let highest = self.children.iter().map(|child| child.order).max().filter(|order| *order > 1);
        self.multiple.max(highest)
    }
}

fn in_range(typed: i64, name: &str, errors: &mut FieldErrors) -> Option<i16> {
    let number = i16::try_from(typed).ok().filter(|n| (1..=12).contains(n));
    if number.is_none() {
        errors.add(name, format!("Use a number from 1 to {MOST}."));
    }
    number
}

fn check_moment(at: Timestamp, mother: &Patient, now: &Zoned) -> Result<(), &'static str> {
    let born = at.to_zoned(now.time_zone().clone());
    let a_year_ago = now.checked_sub(1.year()).map_or(Timestamp::MIN, |then| then.timestamp());
    let earliest =
        mother.details.birth.date().and_then(|day| day.checked_add(YOUNGEST_MOTHER_YEARS.years()).ok());
    if at > now.timestamp() {
        Err("A birth cannot be in the future.")
    } else if at < a_year_ago {
        Err("This is more than a year ago: register the child as a patient instead.")
    } else if earliest.is_some_and(|earliest| born.date() < earliest) {
        Err("The mother was not 8 years old then: check the mother's record and this time.")
    } else {
        Ok(())
    }
}

/// Why a child is not registered.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NewbornError {
    #[error(
        "This patient is recorded as male. Nothing was saved; correct the record first if that is wrong."
    )]
    NotAMother,
    /// `known_as`: ` as P-00012`, or nothing.
    #[error(
        "Child {letter} of this birth is registered already{known_as}. Nothing was saved; another child of the birth \
         needs another number."
    )]
    OrderTaken { letter: char, known_as: String },
}

problem!(NewbornError {
    NotAMother => CONFLICT "newborns.not_a_mother",
    OrderTaken => CONFLICT "newborns.order_taken",
});
