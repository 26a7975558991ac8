//! What several pages of roles show: a line of the list, the check boxes of the permissions.

use crate::clinic::roles::{self, Codes, Role, SystemRole, by_area};
use crate::identity::actor::Actor;
use crate::web::layout::*;
use crate::web::words;

/// A role as lists and questions name it.
pub(super) struct Line {
    /// `/roles/{id}`
    pub href: String,
    pub title: Name,
    pub description: String,
    /// "Patients, Appointments and 3 more areas"
    pub grants: String,
    pub people: i64,
    pub is_system: bool,
    pub is_active: bool,
    /// Its reader changes nothing of it: it comes with HMS, or grants what they do not hold.
    pub is_closed: bool,
    /// What it makes of whoever holds it, beside rights.
    pub work: Option<&'static str>,
}

/// What else holds for whoever holds a role that works so.
pub(super) fn about_work(works_as: Option<&str>) -> Option<&'static str> {
    let is = |role: SystemRole| works_as == Some(role.key());
    if is(SystemRole::Doctor) {
        Some(
            "Whoever holds it works as a doctor: patients can be booked with them, and what your hospital decided about \
             doctors and their own patients holds for them.",
        )
    } else if is(SystemRole::Nurse) {
        Some(
            "Whoever holds it works as a nurse: what your hospital decided about nurses and the patients of their department \
             holds for them.",
        )
    } else {
        None
    }
}

impl Line {
    /// As `actor` sees it.
    pub(super) fn of(role: &Role, actor: &Actor) -> Self {
        Self {
            is_closed: roles::may_change(role, actor).is_err(),
            work: about_work(role.works_as.as_deref()),
            href: format!("/roles/{}", role.id),
            title: Name::new(role.title()),
            description: role.description.clone().unwrap_or_default(),
            grants: role.in_short(),
            people: role.users,
            is_system: role.is_system,
            is_active: role.is_active,
        }
    }

    pub(super) fn badge(&self) -> Badge {
        match (self.is_active, self.is_system) {
            (false, _) => Badge::new(Kind::Warn, Icon("circle-off"), "Disabled"),
            (true, true) => Badge::new(Kind::Neutral, Icon("lock"), "Built in"),
            (true, false) => Badge::new(Kind::Ok, Icon("circle-check"), "Active"),
        }
    }

    /// "3 people hold it"
    pub(super) fn holders(&self) -> String {
        match self.people {
            0 => "Nobody holds it".to_owned(),
            1 => "1 person holds it".to_owned(),
            people => format!("{} people hold it", words::count(people)),
        }
    }
}

/// One part of the hospital with its permissions as check boxes.
pub(super) struct Area {
    pub name: String,
    pub ticks: Vec<Tick>,
}

/// A permission as a check box.
pub(super) struct Tick {
    pub code: &'static str,
    pub label: &'static str,
    pub is_ticked: bool,
    /// It stays as it is: the reader may not give it, because they do not hold it.
    pub is_fixed: bool,
}

/// The check boxes, ticked as `codes` says, of which `actor` may change those that they hold.
pub(super) fn areas(codes: &Codes, actor: &Actor) -> Vec<Area> {
    let tick = |code: &'static str, label| Tick {
        code,
        label,
        is_ticked: codes.contains(code),
        is_fixed: !actor.holds(code),
    };
    by_area()
        .into_iter()
        .map(|(name, permissions)| Area {
            name,
            ticks: permissions
                .into_iter()
                .map(|permission| tick(permission.code, permission.label))
                .collect(),
        })
        .collect()
}
