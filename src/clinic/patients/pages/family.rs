//! Mother and children on each other's pages, and what is special about how somebody came here.

use askama::Template;
use askama::filters::HtmlSafe;
use jiff::{ToSpan as _, Zoned};

use super::parts::href;
use super::{born, filters};
use crate::access::TenantTx;
use crate::clinic::patients::model::{Gender, Patient, YOUNGEST_MOTHER_YEARS};
use crate::clinic::patients::{self, naming};
use crate::identity::actor::Actor;
use crate::kernel::AppError;
use crate::web::layout::{Act, Icon, Name};
use crate::web::words;

/// Mother and children of a patient. `{{ family }}`: the panel on the mother's page, nothing where there is nobody.
#[derive(Debug, Template)]
#[template(path = "clinic/patients/pages/_family.html")]
pub struct Family {
    href: String,
    mother: Option<(Name, String)>,
    children: Vec<Child>,
    may_register: bool,
    is_newborn: bool,
}

impl HtmlSafe for Family {}

#[derive(Debug)]
struct Child {
    href: String,
    name: Name,
    code: String,
    age: String,
    sex: &'static str,
    /// `1 of 2`
    place: Option<String>,
    deceased: bool,
}

impl Family {
    pub(super) async fn of(
        tx: &TenantTx,
        actor: &Actor,
        patient: &Patient,
        now: &Zoned,
    ) -> Result<Self, AppError> {
        let mother = match patient.origin.mother {
            // A mother whose record is restricted is not told of here; the child's page opens all the same.
            Some(id) => match patients::show(tx, id).await {
                Ok(mother) => Some(mother),
                Err(AppError::Problem(_)) => None,
                Err(error) => return Err(error),
            },
            None => None,
        };
        // Who may not bear any more, by a correction perhaps, may have children all the same.
        let children = patients::children(tx, patient.id).await?;
        let month = now.date().checked_sub(28.days()).unwrap_or(now.date());
        Ok(Self {
            href: href(patient),
            mother: mother.map(|mother| (Name::new(mother.name()), href(&mother))),
            children: children.iter().map(|child| Child::new(child, now)).collect(),
            may_register: may_bear(patient, now) && actor.holds("patients:create"),
            is_newborn: patient.details.birth.date().is_some_and(|born| born > month),
        })
    }

    /// The act "Register newborn", for who may.
    pub(super) fn act(&self) -> Option<Act> {
        self.may_register.then(|| Act {
            href: format!("{}/newborns", self.href),
            label: "Register newborn",
            icon: Icon("baby-carriage"),
        })
    }

    /// For the banner of a newborn.
    pub(super) fn baby_of(&self) -> Option<(Name, String)> {
        self.mother.clone().filter(|_| self.is_newborn)
    }
}

/// Could this patient have borne a child by now, as far as is recorded?
fn may_bear(patient: &Patient, now: &Zoned) -> bool {
    let d = &patient.details;
    let old_enough = d.birth.date().is_none_or(|born| {
        born.checked_add(YOUNGEST_MOTHER_YEARS.years()).is_ok_and(|birthday| birthday <= now.date())
    });
    d.gender != Some(Gender::Male) && old_enough
}

impl Child {
    fn new(child: &Patient, now: &Zoned) -> Self {
        let (d, origin) = (&child.details, &child.origin);
        let count = origin.birth_count.filter(|count| *count > 1);
        Self {
            href: href(child),
            name: Name::new(child.listed_name()),
            code: child.code.clone(),
            age: born::age_of(child, now),
            sex: words::sex(d.gender.map_or("", Gender::code)).0,
            place: origin
                .birth_order
                .zip(count)
                .map(|(order, count)| format!("{} of {count}", naming::letter(order))),
            deceased: d.is_deceased,
        }
    }
}

/// What has to be said about a patient who did not come to the desk in the usual way. `{{ arrived }}`
#[derive(Debug, Template)]
#[template(path = "clinic/patients/pages/_arrived.html")]
pub struct Arrived {
    /// Nobody knows who this is; what was noted when the patient was brought in.
    unidentified: Option<Option<String>>,
    href: String,
    may_identify: bool,
    /// Registered a moment ago although the hospital is full: how many it has, and may have.
    over: Option<(i64, i64)>,
}

impl HtmlSafe for Arrived {}

impl Arrived {
    pub(super) async fn of(
        tx: &TenantTx,
        actor: &Actor,
        patient: &Patient,
        just_now: bool,
    ) -> Result<Self, AppError> {
        let limit = tx.hospital().max_patients.at(tx.now()).map(i64::from);
        let over = match limit.filter(|_| just_now && patient.origin.over_limit) {
            Some(limit) => Some((patients::counts(tx).await?, limit)),
            None => None,
        };
        // Whoever is shown their own alone is not told how many there are.
        let over = over.filter(|(counts, _)| !counts.own).map(|(counts, limit)| (counts.total, limit));
        let note = patient.details.clinical_notes.clone();
        Ok(Self {
            unidentified: patient.origin.is_unidentified.then_some(note),
            href: href(patient),
            may_identify: patient.origin.is_unidentified && actor.holds("patients:update"),
            over,
        })
    }

    /// The act "Identify", for who may.
    pub(super) fn act(&self) -> Option<Act> {
        self.may_identify.then(|| Act {
            href: format!("{}/identify", self.href),
            label: "Identify",
            icon: Icon("user-check"),
        })
    }
}
