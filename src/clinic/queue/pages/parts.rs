//! What several pages of the queue need: whose queue it is, and what can be chosen.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::TenantTx;
use crate::clinic::departments::{self, Wanted as WantedDepartments};
use crate::clinic::doctors::{self, Wanted as WantedDoctors};
use crate::clinic::queue::model::Wanted;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::web::layout::Choice;

/// So many are offered.
const MOST: PageRequest = PageRequest { page: 1, page_size: 500 };

/// Whose queue a page is about: ids, or blank for any.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Whose {
    pub department: String,
    pub doctor: String,
}

impl Whose {
    /// What is no id is any.
    pub(super) fn wanted(&self) -> Wanted {
        Wanted { department: self.department.parse().ok(), doctor: self.doctor.parse().ok() }
    }

    /// `department=…&doctor=…` of what was understood.
    pub(super) fn query(wanted: Wanted) -> String {
        let department = wanted.department.map(|id| id.to_string()).unwrap_or_default();
        let doctor = wanted.doctor.map(|id| id.to_string()).unwrap_or_default();
        format!("department={department}&doctor={doctor}")
    }
}

/// Departments and doctors that see patients, as choices.
#[derive(Debug, Clone, Default)]
pub(super) struct Choices {
    pub departments: Vec<(String, String)>,
    /// Id, name, department.
    pub doctors: Vec<(String, String, String)>,
}

impl Choices {
    pub(super) async fn read(tx: &TenantTx) -> Result<Self, AppError> {
        let wanted = WantedDepartments { for_staff: None, for_patients: Some(true) };
        let departments = departments::list(tx, wanted, MOST).await?.items;
        let doctors = doctors::list(tx, &WantedDoctors::default(), MOST).await?.items;
        Ok(Self {
            departments: departments.into_iter().map(|one| (one.id.to_string(), one.name)).collect(),
            doctors: doctors
                .into_iter()
                .map(|one| (one.user_id.to_string(), one.name, one.department))
                .collect(),
        })
    }

    pub(super) fn departments(&self) -> Vec<Choice> {
        let any = std::iter::once(Choice::new("", "All departments"));
        any.chain(self.departments.iter().map(|(id, name)| Choice::new(id.as_str(), name.as_str()))).collect()
    }

    pub(super) fn doctors(&self) -> Vec<Choice> {
        let any = std::iter::once(Choice::new("", "All doctors"));
        any.chain(self.doctors.iter().map(|(id, name, _)| Choice::new(id.as_str(), name.as_str()))).collect()
    }

    /// Who else may see somebody of this doctor's: those of the department first.
    pub(super) fn colleagues(&self, of: UserId, department: &str) -> Vec<Choice> {
        let but = of.to_string();
        let others = || self.doctors.iter().filter(|(id, _, _)| *id != but);
        let choice = |(id, name, department): &(String, String, String)| {
            Choice::new(id.as_str(), format!("{name}, {department}"))
        };
        let near = others().filter(|(_, _, of)| of == department);
        let far = others().filter(|(_, _, of)| of != department);
        std::iter::once(Choice::new("", "Choose")).chain(near.chain(far).map(choice)).collect()
    }

    /// Whom a walk-in may want to see: one control for both, because every key counts.
    pub(super) fn whom(&self) -> Vec<Choice> {
        let department = |(id, name): &(String, String)| {
            Choice::new(format!("department:{id}"), format!("{name}: whoever is free first"))
        };
        let doctor = |(id, name, department): &(String, String, String)| {
            Choice::new(format!("doctor:{id}"), format!("{name}, {department}"))
        };
        let staffed =
            self.departments.iter().filter(|(_, name)| self.doctors.iter().any(|(_, _, of)| of == name));
        let all: Vec<Choice> = staffed.map(department).chain(self.doctors.iter().map(doctor)).collect();
        match all.len() {
            1 => all,
            _ => std::iter::once(Choice::new("", "Choose")).chain(all).collect(),
        }
    }
}
