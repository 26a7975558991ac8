//! Hospitals as a person at a terminal reads them.

use std::fmt::Write as _;

use crate::kernel::countries;
use crate::platform::hospitals::{self, Hospital};

/// One line each. The name comes last: it may be as wide as it likes.
pub(super) fn table(hospitals: &[Hospital]) -> String {
    let licence = hospitals.iter().map(|h| h.license_number.chars().count()).max().unwrap_or(0).max(7);
    let mut text = format!(
        "{:<36}  {:<9}  {:>6}  {:>9}  {:<10}  {:<licence$}  NAME\n",
        "ID", "STATUS", "USERS", "PATIENTS", "CREATED", "LICENCE"
    );
    for h in hospitals {
        let created = h.created_at.strftime("%Y-%m-%d").to_string();
        let _ = writeln!(
            text,
            "{:<36}  {:<9}  {:>6}  {:>9}  {created}  {:<licence$}  {}",
            h.id.to_string(),
            h.status.code(),
            h.users,
            h.patients,
            h.license_number,
            h.name
        );
    }
    text
}

fn country(code: &str) -> String {
    countries::country(code).map_or_else(|| code.to_owned(), |country| country.name.to_owned())
}

/// One line a fact.
pub(super) fn card(h: &Hospital) -> String {
    let limit = |n: Option<i32>| n.map_or_else(|| "no limit".to_owned(), |n| format!("at most {n}"));
    let restricted = if h.restricted.is_some() { ", restricted" } else { "" };
    let was = h.suspended_from.map(|was| format!(" (was {})", was.code())).unwrap_or_default();
    let lines = [
        ("id", h.id.to_string()),
        ("name", h.name.clone()),
        ("licence", h.license_number.clone()),
        ("status", format!("{}{was}{restricted}", h.status.code())),
        ("e-mail", h.contact_email.clone()),
        ("phone", h.contact_phone.clone().unwrap_or_default()),
        ("address", h.address.clone().unwrap_or_default()),
        ("country", h.country.as_deref().map_or_else(String::new, country)),
        ("time zone", h.time_zone.clone()),
        ("currency", h.currency.clone()),
        ("users", format!("{} ({})", h.users, limit(h.max_users.at(h.read_at)))),
        ("patients", format!("{} ({})", h.patients, limit(h.max_patients.at(h.read_at)))),
        ("storage", h.storage.map_or_else(String::new, |storage| hospitals::bytes(storage.bytes()))),
        ("last seen", h.last_active_at.map_or_else(|| "never".to_owned(), |at| at.to_string())),
        ("schema", h.schema_version.to_string()),
        ("created", h.created_at.to_string()),
        ("changed", h.updated_at.to_string()),
    ];
    lines.iter().filter(|(_, value)| !value.is_empty()).fold(String::new(), |mut text, (label, value)| {
        let _ = writeln!(text, "{label:<10} {value}");
        text
    })
}
