//! The operators' list of hospitals, and the question before suspending or activating one.
//!
//! Searching posts to `/console/hospitals/search`, as everywhere. With htmx the handler answers
//! [`HospitalRows`] alone.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::web::layout::*;
use crate::web::words;

/// One line of the list. Counts only: operators never see patient records.
#[derive(Debug)]
pub struct HospitalRow {
    /// `/console/hospitals/{id}`: `/suspend` and `/activate` hang below it.
    pub base: String,
    pub name: Name,
    pub license_number: String,
    pub status: HospitalStatus,
    pub users: i64,
    pub max_users: Option<i64>,
    pub patients: i64,
    pub max_patients: Option<i64>,
    pub created: When,
}

/// What operators can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HospitalStatus {
    /// Waits for the link in the mail.
    Pending,
    Active,
    Suspended,
    Inactive,
}

impl HospitalStatus {
    #[must_use]
    pub fn badge(self) -> Badge {
        match self {
            Self::Pending => Badge::new(Kind::Info, Icon("mail"), "Waiting for e-mail"),
            Self::Active => Badge::new(Kind::Ok, Icon("circle-check"), "Active"),
            Self::Suspended => Badge::new(Kind::Danger, Icon("ban"), "Suspended"),
            Self::Inactive => Badge::new(Kind::Neutral, Icon("circle-off"), "Inactive"),
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
    /// Columns to sort by; [`Turn::Off`] while a text is searched for (best match first).
    pub by_name: SortHead,
    pub by_patients: SortHead,
    pub by_created: SortHead,
}

impl HtmlSafe for HospitalRows {}

impl HospitalRows {
    /// Heads of the sortable columns. `sort` is the value of `?sort=`: `name`, `-patients`,
    /// `-created` (a leading `-` is descending); `turn` makes the way to such a value.
    #[must_use]
    pub fn heads(sort: &str, turn: impl Fn(&str) -> Turn) -> [SortHead; 3] {
        [("Hospital", "w-name", "name"), ("Patients", "r col-2", "patients"), ("Created", "col-3", "created")]
            .map(|(label, class, key)| {
                let sorted = match sort.strip_prefix('-') {
                    Some(column) if column == key => Sorted::Down,
                    None if sort == key => Sorted::Up,
                    _ => Sorted::No,
                };
                // Numbers and dates start with the largest.
                let next = match sorted {
                    Sorted::Down => key.to_owned(),
                    Sorted::No if key == "name" => key.to_owned(),
                    _ => format!("-{key}"),
                };
                SortHead { label, class, sorted, turn: turn(&next) }
            })
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
/// list shows the part marked `data-ask` in a dialog.
#[derive(Debug, Template)]
#[template(path = "platform/hospitals/pages/change.html")]
pub struct HospitalChangePage {
    pub shell: Shell,
    pub change: Change,
    pub hospital: HospitalRow,
    /// People who are signed in at this moment.
    pub signed_in: i64,
    pub form: FormState,
}
