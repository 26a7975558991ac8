//! What the operators' pages show: the list of hospitals. The question before a change is in `ask`, one hospital in
//! `details`.

mod ask;
mod details;

pub use ask::{Change, HospitalChangePage, HospitalResetPage, HospitalSecondStepPage};
pub use details::{EventRow, HospitalPage};

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Hospital, Sort, Used};
use crate::db::migrate;
use crate::identity::actor::TenantStatus;
use crate::web::layout::*;
use crate::web::words;

/// One line of the list. Counts only: operators never see patient records.
#[derive(Debug)]
pub struct HospitalRow {
    /// `/console/hospitals/{id}`: its page; `/suspend` and the other acts hang below it.
    pub base: String,
    pub name: Name,
    pub license_number: String,
    pub status: TenantStatus,
    pub restricted: bool,
    /// Its e-mail address was never confirmed.
    pub unconfirmed: bool,
    pub users: i64,
    pub accounts: Option<UsedBar>,
    pub patients: i64,
    pub places: Option<UsedBar>,
    /// "3.2 GB"; nothing until it was measured.
    pub storage: Option<String>,
    pub schema_version: i32,
    /// Its tables lack what this version of HMS added.
    pub is_behind: bool,
    pub last_active: Option<When>,
    pub created: When,
}

/// How much of a limit is used.
#[derive(Debug, Clone, Template)]
#[template(path = "platform/hospitals/pages/_used.html")]
pub struct UsedBar {
    used: Used,
    /// "accounts"
    what: &'static str,
}

impl HtmlSafe for UsedBar {}

impl UsedBar {
    fn of(used: Option<Used>, what: &'static str) -> Option<Self> {
        used.map(|used| Self { used, what })
    }

    /// "90 %", or "3 over": nobody is refused in an emergency or at a birth. Nothing while there is room.
    fn warning(&self) -> Option<String> {
        match self.used.used - self.used.limit {
            over @ 1.. => Some(format!("{} over", words::count(over))),
            _ if self.used.stage() > 0 => Some(format!("{} %", self.used.percent())),
            _ => None,
        }
    }
}

/// `3.2 GB`: how much room that is, as people say it.
#[must_use]
pub fn bytes(bytes: i64) -> String {
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    let (mut whole, mut tenths, mut unit) = (bytes.max(0), 0, 0);
    while whole >= 1000 && unit + 1 < UNITS.len() {
        (whole, tenths, unit) = (whole / 1000, whole % 1000 / 100, unit + 1);
    }
    if unit == 0 || whole >= 10 {
        format!("{whole} {}", UNITS[unit])
    } else {
        format!("{whole}.{tenths} {}", UNITS[unit])
    }
}

impl HospitalRow {
    /// `now` is in the zone in which operators read dates.
    #[must_use]
    pub fn new(hospital: &Hospital, now: &jiff::Zoned) -> Self {
        let created = hospital.created_at.to_zoned(now.time_zone().clone());
        Self {
            base: format!("/console/hospitals/{}", hospital.id),
            name: Name::new(&hospital.name),
            license_number: hospital.license_number.clone(),
            status: hospital.status,
            restricted: hospital.restricted.is_some(),
            unconfirmed: match hospital.status {
                TenantStatus::Pending | TenantStatus::Verified => true,
                TenantStatus::Suspended => hospital.when_activated() != TenantStatus::Active,
                TenantStatus::Active | TenantStatus::Inactive => false,
            },
            users: hospital.users,
            accounts: UsedBar::of(hospital.accounts_used(), "accounts"),
            patients: hospital.patients,
            places: UsedBar::of(hospital.patients_used(), "patients"),
            storage: hospital.storage.map(|storage| bytes(storage.bytes())),
            schema_version: hospital.schema_version,
            is_behind: hospital.is_behind(migrate::tenant_version()),
            last_active: hospital
                .last_active_at
                .map(|at| When::moment(&at.to_zoned(now.time_zone().clone()), now.date())),
            created: When::day(&created, now.date()),
        }
    }

    /// Of each limit that there is.
    fn bars(&self) -> impl Iterator<Item = &UsedBar> {
        [&self.accounts, &self.places].into_iter().flatten()
    }

    fn can_be_suspended(&self) -> bool {
        !matches!(self.status, TenantStatus::Suspended | TenantStatus::Inactive)
    }

    fn can_be_restricted(&self) -> bool {
        self.status == TenantStatus::Active && !self.restricted
    }

    fn badge(&self) -> Badge {
        match self.status {
            TenantStatus::Active if self.is_behind => Badge::new(Kind::Warn, Icon("database"), "Update due"),
            TenantStatus::Active if self.restricted => {
                Badge::new(Kind::Warn, Icon("hand-stop"), "Restricted")
            }
            TenantStatus::Pending => Badge::new(Kind::Info, Icon("mail"), "Waiting for e-mail"),
            TenantStatus::Verified => Badge::new(Kind::Info, Icon("mail-opened"), "E-mail confirmed"),
            TenantStatus::Active => Badge::new(Kind::Ok, Icon("circle-check"), "Active"),
            TenantStatus::Suspended => Badge::new(Kind::Danger, Icon("ban"), "Suspended"),
            TenantStatus::Inactive => Badge::new(Kind::Neutral, Icon("circle-off"), "Inactive"),
        }
    }
}

/// The rows with their pager; the part that htmx swaps (`#rows`).
#[derive(Debug, Template)]
#[template(path = "platform/hospitals/pages/_rows.html")]
pub struct HospitalRows {
    pub rows: Vec<HospitalRow>,
    pub pager: Pager,
    pub search: String,
    pub narrowed: bool,
    /// Columns to sort by; [`Turn::Off`] while a text is searched for (then by name).
    pub by: Heads,
}

/// Heads of the sortable columns.
#[derive(Debug)]
pub struct Heads {
    pub name: SortHead,
    pub users: SortHead,
    pub patients: SortHead,
    pub active: SortHead,
    pub created: SortHead,
}

impl HtmlSafe for HospitalRows {}

impl HospitalRows {
    /// `turn` makes the way to an order. Names begin at the top of the alphabet, numbers and dates with the greatest.
    #[must_use]
    pub fn heads(sort: Sort, turn: impl Fn(Sort) -> Turn) -> Heads {
        let head = |label, class, up: Sort, down: Sort, first: Sort| {
            let (sorted, next) = match sort {
                now if now == up => (Sorted::Up, down),
                now if now == down => (Sorted::Down, up),
                _ => (Sorted::No, first),
            };
            SortHead { label, class, sorted, turn: turn(next) }
        };
        Heads {
            name: head("Hospital", "w-name", Sort::Name, Sort::NameDown, Sort::Name),
            users: head("Accounts", "r col-3", Sort::Users, Sort::UsersDown, Sort::UsersDown),
            patients: head("Patients", "r col-2", Sort::Patients, Sort::PatientsDown, Sort::PatientsDown),
            active: head("Last activity", "col-2", Sort::Active, Sort::ActiveDown, Sort::ActiveDown),
            created: head("Created", "col-3", Sort::Created, Sort::CreatedDown, Sort::CreatedDown),
        }
    }
}

/// `GET /console/hospitals` and `POST /console/hospitals/search`. Fields: `search`, `status`.
#[derive(Debug, Template)]
#[template(path = "platform/hospitals/pages/list.html")]
pub struct HospitalListPage {
    pub shell: Shell,
    pub form: FormState,
    /// All, Active, Restricted, Waiting for e-mail, Suspended; each with its count.
    pub tabs: Vec<Tab>,
    pub total_patients: i64,
    pub total_users: i64,
    pub list: HospitalRows,
}

impl HospitalListPage {
    fn facts(&self) -> String {
        format!(
            "{}, {}. Counts only; operators never see patient records.",
            words::counted(self.total_users, "account", "accounts"),
            words::counted(self.total_patients, "patient", "patients")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn room_is_said_as_people_say_it() {
        for (number, said) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (3_260_000, "3.2 MB"),
            (61_000_000_000, "61 GB"),
            (2_500_000_000_000_000, "2500 TB"),
        ] {
            assert_eq!(bytes(number), said);
        }
    }
}
