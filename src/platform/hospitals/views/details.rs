//! One hospital, as its operators' page shows it. Counts only: operators never see patient records.

use askama::Template;

use super::{HospitalRow, bytes};
use crate::identity::actor::TenantStatus;
use crate::platform::hospitals::{Event, Hospital};
use crate::web::layout::*;
use crate::web::words;

/// One act on the hospital.
#[derive(Debug)]
pub struct EventRow {
    pub at: When,
    pub what: String,
    pub by: String,
    pub reason: Option<String>,
}

impl EventRow {
    /// `now` is in the zone in which operators read dates.
    #[must_use]
    pub fn new(event: &Event, now: &jiff::Zoned) -> Self {
        Self {
            at: When::moment(&event.at.to_zoned(now.time_zone().clone()), now.date()),
            what: words::capital(&event.kind.replace('_', " ")),
            by: event.by.clone().unwrap_or_else(|| "HMS".to_owned()),
            reason: event.reason.clone(),
        }
    }
}

/// `GET /console/hospitals/{id}`, and the 400, 412 and 422 answers to its forms of limits. Fields: `max_users`,
/// `max_patients`, `version`; `raise_users`, `raise_patients`, `hours`, `version`.
#[derive(Debug, Template)]
#[template(path = "platform/hospitals/pages/details.html")]
pub struct HospitalPage {
    pub shell: Shell,
    pub row: HospitalRow,
    pub hospital: Hospital,
    pub signed_in: i64,
    pub administrators: Vec<String>,
    pub events: Vec<EventRow>,
    /// Of this version of HMS.
    pub newest_schema: i32,
    /// When it was restricted, in words.
    pub restricted_since: Option<When>,
    /// When its storage was measured.
    pub measured: Option<When>,
    /// Raises that hold, in sentences.
    pub raises: Vec<String>,
    pub form: FormState,
}

impl HospitalPage {
    /// For how long a limit may be raised.
    fn hours() -> Vec<Choice> {
        let hours = [("24", "24 hours"), ("72", "72 hours"), ("168", "7 days")];
        hours.map(|(value, label)| Choice::new(value, label)).into()
    }

    fn can_be_raised(&self) -> bool {
        self.hospital.max_users.most.is_some() || self.hospital.max_patients.most.is_some()
    }

    fn tiles(&self) -> Tiles {
        let accounts = Tile::new(Icon("users"), "Accounts", words::count(self.hospital.users));
        let accounts = match self.hospital.accounts_used() {
            Some(used) if used.stage() > 0 => accounts.note(of(used.limit, used.percent())).warns(),
            Some(used) => accounts.note(of(used.limit, used.percent())),
            None => accounts.note("no limit"),
        };
        let patients = Tile::new(Icon("user-heart"), "Patients", words::count(self.hospital.patients));
        let patients = match self.hospital.patients_used() {
            Some(used) if used.stage() > 0 => patients.note(of(used.limit, used.percent())).warns(),
            Some(used) => patients.note(of(used.limit, used.percent())),
            None => patients.note("no limit"),
        };
        let storage =
            match self.hospital.storage {
                Some(storage) => Tile::new(Icon("database"), "Storage", bytes(storage.bytes()))
                    .note(format!("{} tables, {} files", bytes(storage.data), bytes(storage.files))),
                None => Tile::new(Icon("database"), "Storage", "–").note("not measured yet"),
            };
        let online = Tile::new(Icon("user-check"), "Signed in now", words::count(self.signed_in));
        let online = match &self.row.last_active {
            Some(when) => online.note(format!("last seen {}", when.inline().text)),
            None => online.note("nobody was seen yet"),
        };
        Tiles(vec![accounts, patients, storage, online])
    }

    /// Label and value of each fact; a fact that is not there is left out.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let h = &self.hospital;
        let schema = match self.row.is_behind {
            true => format!("{} of {}: an update is due", h.schema_version, self.newest_schema),
            false => format!("{}, the newest", h.schema_version),
        };
        [
            ("Licence number", Some(h.license_number.clone())),
            ("E-mail address", Some(h.contact_email.clone())),
            ("Phone", h.contact_phone.clone()),
            ("Address", h.address.clone()),
            (
                "Country",
                h.country.as_deref().and_then(crate::kernel::countries::country).map(|c| c.name.to_owned()),
            ),
            ("Time zone", Some(h.time_zone.clone())),
            ("Currency", Some(h.currency.clone())),
            ("Created", Some(self.row.created.text.clone())),
            ("Schema version", Some(schema)),
        ]
        .into_iter()
        .filter_map(|(label, value)| Some((label, value.filter(|value| !value.is_empty())?)))
        .collect()
    }

    fn because(&self) -> &str {
        let restriction = self.hospital.restricted.as_ref();
        restriction.and_then(|restriction| restriction.reason.as_deref()).unwrap_or_default()
    }
}

fn of(limit: i64, percent: i64) -> String {
    format!("of {}, {percent} %", words::count(limit))
}
