//! What the operators' pages show: the list of hospitals, and the question before a change.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Hospital, Sort};
use crate::identity::actor::TenantStatus;
use crate::web::layout::*;
use crate::web::words;

/// One line of the list. Counts only: operators never see patient records.
#[derive(Debug)]
pub struct HospitalRow {
    /// `/console/hospitals/{id}`: `/suspend` and `/activate` hang below it.
    pub base: String,
    pub name: Name,
    pub license_number: String,
    pub status: TenantStatus,
    pub users: i64,
    pub max_users: Option<i64>,
    pub patients: i64,
    pub max_patients: Option<i64>,
    pub created: When,
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
            users: hospital.users,
            max_users: hospital.max_users.map(i64::from),
            patients: hospital.patients,
            max_patients: hospital.max_patients.map(i64::from),
            created: When::day(&created, now.date()),
        }
    }

    /// Patients beyond the limit: nobody is refused in an emergency or at a birth.
    fn over(&self) -> Option<i64> {
        self.max_patients.map(|max| self.patients - max).filter(|over| *over > 0)
    }

    fn can_be_suspended(&self) -> bool {
        !matches!(self.status, TenantStatus::Suspended | TenantStatus::Inactive)
    }

    fn badge(&self) -> Badge {
        match self.status {
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
    pub by_name: SortHead,
    pub by_created: SortHead,
}

impl HtmlSafe for HospitalRows {}

impl HospitalRows {
    /// Heads of the sortable columns; `turn` makes the way to an order.
    #[must_use]
    pub fn heads(sort: Sort, turn: impl Fn(Sort) -> Turn) -> [SortHead; 2] {
        let name = match sort {
            Sort::Name => (Sorted::Up, Sort::NameDown),
            Sort::NameDown => (Sorted::Down, Sort::Name),
            _ => (Sorted::No, Sort::Name),
        };
        // Dates start with the newest.
        let created = match sort {
            Sort::Created => (Sorted::Up, Sort::CreatedDown),
            Sort::CreatedDown => (Sorted::Down, Sort::Created),
            _ => (Sorted::No, Sort::CreatedDown),
        };
        [("Hospital", "w-name", name), ("Created", "col-3", created)]
            .map(|(label, class, (sorted, next))| SortHead { label, class, sorted, turn: turn(next) })
    }
}

/// `GET /console/hospitals` and `POST /console/hospitals/search`. Fields: `search`, `status`.
#[derive(Debug, Template)]
#[template(path = "platform/hospitals/pages/list.html")]
pub struct HospitalListPage {
    pub shell: Shell,
    pub form: FormState,
    /// All, Active, Waiting for e-mail, Suspended; each with its count.
    pub tabs: Vec<Tab>,
    pub total_patients: i64,
    pub total_users: i64,
    pub list: HospitalRows,
}

/// What is about to happen to a hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Suspend,
    Activate,
}

/// `GET /console/hospitals/{id}/suspend` and `/activate`; the POST to the same address does it. The
/// list shows the part marked `data-ask` in a dialog. Fields: `reason`, `version`.
#[derive(Debug, Template)]
#[template(path = "platform/hospitals/pages/change.html")]
pub struct HospitalChangePage {
    pub shell: Shell,
    pub change: Change,
    pub hospital: HospitalRow,
    /// Where the hospital will stand.
    pub becomes: TenantStatus,
    /// People who are signed in at this moment.
    pub signed_in: i64,
    pub form: FormState,
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

impl HospitalChangePage {
    fn verb(&self) -> &'static str {
        if self.change == Change::Suspend { "Suspend" } else { "Activate" }
    }

    fn question(&self) -> Confirm<'_> {
        let hint = "Kept in the audit of the platform; the hospital does not see it.";
        let fields = vec![
            self.form.text("reason", "Reason").hint(hint).max(500).optional(),
            self.form.hidden("version"),
        ];
        let danger = self.change == Change::Suspend;
        Confirm {
            ask: self.verb(),
            what: self.hospital.name.clone(),
            consequences: if danger { self.when_suspended() } else { self.when_activated() },
            note: format!("Licence {}", self.hospital.license_number),
            fields,
            action: format!("{}/{}", self.hospital.base, self.verb().to_lowercase()),
            back: ("/console/hospitals", "Leave it as it is"),
            verb: if danger { "Suspend hospital" } else { "Activate hospital" },
            busy: if danger { "Suspending…" } else { "Activating…" },
            icon: if danger { Icon("ban") } else { Icon("circle-check") },
            danger,
        }
    }

    fn when_suspended(&self) -> Vec<(Icon, String)> {
        let people = words::counted(self.hospital.users, "person", "people");
        let now = match self.signed_in {
            0 => String::new(),
            n => format!(" Whoever is signed in now ({}) is refused within a second.", words::count(n)),
        };
        let records = match self.hospital.patients {
            0 => String::new(),
            n => {
                format!("{} untouched. ", words::counted(n, "patient record stays", "patient records stay"))
            }
        };
        vec![
            (Icon("users"), format!("{people} can no longer sign in.{now}")),
            (Icon("database"), format!("{records}Nothing is deleted.")),
            (Icon("arrow-back-up"), "You can activate the hospital again at any time.".to_owned()),
        ]
    }

    fn when_activated(&self) -> Vec<(Icon, String)> {
        let mut lines = Vec::new();
        if self.becomes == TenantStatus::Active {
            let people = words::counted(self.hospital.users, "person", "people");
            lines.push((Icon("users"), format!("{people} can sign in at once.")));
            if self.hospital.status == TenantStatus::Pending {
                let line = "Its e-mail address is not confirmed. You vouch for the hospital instead.";
                lines.push((Icon("mail"), line.to_owned()));
            }
        } else {
            let line = "The suspension ends. Its e-mail address was not confirmed before, so it waits for that again.";
            lines.push((Icon("mail"), line.to_owned()));
        }
        if self.hospital.patients > 0 {
            let records = words::counted(self.hospital.patients, "patient record is", "patient records are");
            lines.push((Icon("database"), format!("{records} there as before.")));
        }
        lines
    }
}
