//! Every permission that a role can grant, and what the system roles grant.
//!
//! The codes are the contract's, and ours where it has none (`patients:restrict`, `vitals:*`, `audit:view`). A receptionist
//! may also see patients, departments and staff, and move appointments along: nobody books or checks in without. A doctor
//! may see departments and staff, to book a follow-up. A nurse may register and change patients: in an emergency and at a
//! birth a nurse is often the first one there. Cashier, technicians and dispatcher find patients only as far as their work
//! needs it; an auditor reads who may do what and who did what, and no patient's record.
//!
//! A part of HMS that is still to come gives its roles what they need when it comes: until then they hold what there is.

use crate::access::PermissionInfo;

macro_rules! catalogue {
    ($($code:literal $label:literal,)+) => {
        /// All permissions, in the order in which the role editor shows them.
        pub const CATALOGUE: &[PermissionInfo] = &[$(PermissionInfo { code: $code, label: $label },)+];
    };
}

catalogue! {
    "dashboard:view" "See the dashboard",
    "patients:view" "See patients",
    "patients:create" "Register patients",
    "patients:update" "Change patients",
    "patients:restrict" "Mark patients as confidential",
    "care:assign" "Assign care teams",
    "appointments:view" "See appointments",
    "appointments:create" "Book appointments",
    "appointments:update_status" "Move appointments along",
    "prescriptions:view" "See prescriptions",
    "prescriptions:create" "Write prescriptions",
    "prescriptions:update_status" "Issue and cancel prescriptions",
    "vitals:view" "See vital signs",
    "vitals:record" "Record vital signs",
    "encounters:view" "See consultations",
    "encounters:record" "Write consultations",
    "users:view" "See staff",
    "users:create" "Invite staff",
    "users:update" "Change staff",
    "users:deactivate" "Deactivate staff",
    "users:assign_roles" "Assign roles",
    "billing:view" "See bills",
    "billing:create" "Write bills",
    "pharmacy:view" "See the pharmacy",
    "pharmacy:dispense" "Dispense medicines",
    "lab:view" "See laboratory work",
    "lab:order" "Order laboratory tests",
    "lab:result" "Enter laboratory results",
    "ipd:view" "See inpatients",
    "ipd:admit" "Admit patients",
    "ipd:discharge" "Discharge patients",
    "documents:view" "See documents",
    "documents:upload" "Upload documents",
    "sharing:create" "Share patients with another hospital",
    "sharing:view" "See shared patients",
    "departments:view" "See departments",
    "departments:create" "Create departments",
    "departments:update" "Change departments",
    "departments:delete" "Remove departments",
    "roles:view" "See roles",
    "roles:create" "Create roles",
    "roles:update" "Change roles",
    "roles:delete" "Remove roles",
    "roles:assign_permissions" "Grant permissions to roles",
    "stock_items:view" "See stock",
    "stock_items:manage" "Manage stock",
    "settings:view" "See settings",
    "settings:update" "Change settings",
    "audit:view" "Read the audit trail",
}

/// The permission with this code.
#[must_use]
pub fn permission(code: &str) -> Option<&'static PermissionInfo> {
    CATALOGUE.iter().find(|permission| permission.code == code)
}

/// The roles that every hospital starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SystemRole {
    HospitalAdmin,
    Doctor,
    Nurse,
    Pharmacist,
    Receptionist,
    Cashier,
    LabTechnician,
    BloodBankTechnician,
    Dispatcher,
    Auditor,
}

impl SystemRole {
    pub const ALL: [Self; 10] = [
        Self::HospitalAdmin,
        Self::Doctor,
        Self::Nurse,
        Self::Pharmacist,
        Self::Receptionist,
        Self::Cashier,
        Self::LabTechnician,
        Self::BloodBankTechnician,
        Self::Dispatcher,
        Self::Auditor,
    ];

    /// Key and name, as clients know it.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::HospitalAdmin => "HOSPITAL_ADMIN",
            Self::Doctor => "DOCTOR",
            Self::Nurse => "NURSE",
            Self::Pharmacist => "PHARMACIST",
            Self::Receptionist => "RECEPTIONIST",
            Self::Cashier => "CASHIER",
            Self::LabTechnician => "LAB_TECHNICIAN",
            Self::BloodBankTechnician => "BLOOD_BANK_TECHNICIAN",
            Self::Dispatcher => "DISPATCHER",
            Self::Auditor => "AUDITOR",
        }
    }

    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::HospitalAdmin => "Runs the hospital's account",
            Self::Doctor => "Treats patients",
            Self::Nurse => "Cares for patients",
            Self::Pharmacist => "Dispenses medicines and keeps the stock",
            Self::Receptionist => "Registers patients and books visits",
            Self::Cashier => "Writes bills and takes payments",
            Self::LabTechnician => "Works on laboratory requests and enters results",
            Self::BloodBankTechnician => "Keeps the blood bank",
            Self::Dispatcher => "Takes emergency calls and sends crews",
            Self::Auditor => "Reads who may do what, and who did what",
        }
    }

    /// The codes that it grants.
    #[must_use]
    pub fn permissions(self) -> Vec<&'static str> {
        let codes = match self {
            Self::HospitalAdmin => return CATALOGUE.iter().map(|p| p.code).collect(),
            Self::Doctor => {
                "dashboard:view patients:view patients:create patients:update patients:restrict care:assign appointments:view \
                 appointments:create appointments:update_status prescriptions:view prescriptions:create prescriptions:update_status vitals:view vitals:record encounters:view encounters:record ipd:view \
                 ipd:admit ipd:discharge lab:view lab:order documents:view documents:upload sharing:create sharing:view \
                 stock_items:view departments:view users:view"
            }
            Self::Nurse => {
                "dashboard:view patients:view patients:create patients:update care:assign appointments:view vitals:view \
                 vitals:record encounters:view ipd:view ipd:admit ipd:discharge stock_items:view departments:view"
            }
            Self::Pharmacist => {
                "dashboard:view prescriptions:view prescriptions:update_status pharmacy:view pharmacy:dispense \
                 stock_items:view stock_items:manage"
            }
            Self::Receptionist => {
                "dashboard:view patients:view patients:create patients:update appointments:view appointments:create \
                 appointments:update_status departments:view users:view"
            }
            Self::Cashier => "dashboard:view patients:view billing:view billing:create",
            Self::LabTechnician => "dashboard:view patients:view lab:view lab:result",
            Self::BloodBankTechnician => "dashboard:view patients:view",
            Self::Dispatcher => "dashboard:view departments:view",
            Self::Auditor => "dashboard:view users:view departments:view roles:view audit:view",
        };
        codes.split_whitespace().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_granted_code_is_in_the_catalogue_once() {
        for role in SystemRole::ALL {
            let codes = role.permissions();
            for code in &codes {
                assert!(CATALOGUE.iter().any(|p| p.code == *code), "{code} of {}", role.key());
                assert_eq!(codes.iter().filter(|c| *c == code).count(), 1, "{code} of {}", role.key());
            }
        }
    }
}
