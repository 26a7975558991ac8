//! The demo's hospitals and accounts: known to everybody, so never anything else than a demo.

use crate::web::layout::Icon;

/// The password of every account of the demo.
pub const PASSWORD: &str = "Demo@12345";

/// A demo hospital.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// `A`
    pub letter: &'static str,
    pub name: &'static str,
    pub licence: &'static str,
    /// Of the addresses of its people.
    pub domain: &'static str,
}

/// Both of them.
pub const HOSPITALS: [Place; 2] = [
    Place { letter: "A", name: "Demo Hospital A", licence: "DEMO-TENANT-A-011", domain: "demo-tenant-a.hms" },
    Place { letter: "B", name: "Demo Hospital B", licence: "DEMO-TENANT-B-011", domain: "demo-tenant-b.hms" },
];

/// Somebody of a demo hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Before the `@`.
    pub key: &'static str,
    /// What the person is there.
    pub label: &'static str,
    pub icon: Icon,
    /// Offered on the sign-in page: one of each kind that has much to see.
    pub is_offered: bool,
}

const fn offered_as(key: &'static str, label: &'static str, icon: Icon) -> Account {
    Account { key, label, icon, is_offered: true }
}

const fn further(key: &'static str, label: &'static str, icon: Icon) -> Account {
    Account { key, label, icon, is_offered: false }
}

/// The people of each demo hospital.
pub const ACCOUNTS: [Account; 14] = [
    offered_as("admin", "Admin", Icon("settings")),
    offered_as("doctor1", "Doctor", Icon("stethoscope")),
    further("doctor2", "Second doctor", Icon("stethoscope")),
    offered_as("nurse1", "Nurse", Icon("heartbeat")),
    further("nurse2", "Second nurse", Icon("heartbeat")),
    offered_as("receptionist1", "Front desk", Icon("calendar-event")),
    further("receptionist2", "Second front desk", Icon("calendar-event")),
    offered_as("pharmacist1", "Pharmacist", Icon("pill")),
    further("pharmacist2", "Second pharmacist", Icon("pill")),
    further("cashier1", "Cashier", Icon("cash")),
    further("labtech1", "Laboratory", Icon("flask")),
    further("bloodbank1", "Blood bank", Icon("droplet")),
    further("dispatcher1", "Dispatcher", Icon("ambulance")),
    offered_as("auditor1", "Auditor", Icon("eye")),
];

impl Account {
    /// Signs in with it.
    #[must_use]
    pub fn email(&self, place: &Place) -> String {
        format!("{}@{}", self.key, place.domain)
    }
}

/// The accounts that the sign-in page offers, hospital by hospital.
#[must_use]
pub fn offered() -> Vec<(Place, Vec<Account>)> {
    let accounts: Vec<Account> = ACCOUNTS.into_iter().filter(|account| account.is_offered).collect();
    HOSPITALS.into_iter().map(|place| (place, accounts.clone())).collect()
}

/// The address of the demo that this is, if it is one of an account of it.
#[must_use]
pub fn account(email: &str) -> Option<String> {
    let (key, domain) = email.split_once('@')?;
    let place = HOSPITALS.iter().find(|place| place.domain == domain)?;
    ACCOUNTS.iter().find(|account| account.key == key).map(|account| account.email(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_demo_are_accounts_of_it() {
        assert_eq!(account("doctor1@demo-tenant-a.hms").as_deref(), Some("doctor1@demo-tenant-a.hms"));
        for other in
            ["doctor1@demo-tenant-c.hms", "boss@demo-tenant-a.hms", "doctor1", "", "admin@example.org"]
        {
            assert_eq!(account(other), None, "{other}");
        }
    }
}
