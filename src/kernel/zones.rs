//! Time zones by their IANA names.

use jiff::tz::TimeZone;

/// Names of zones that are places (and `UTC`), sorted: `Asia/Kolkata`, not `Etc/GMT+5` or `posixrules`.
#[must_use]
pub fn offered() -> Vec<String> {
    let names = jiff::tz::db().available().map(|name| name.to_string());
    names.filter(|name| name == "UTC" || is_place(name)).collect()
}

fn is_place(name: &str) -> bool {
    const AREAS: [&str; 10] = [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ];
    name.split_once('/').is_some_and(|(area, _)| AREAS.contains(&area))
}

/// The zone of this name and the name as the database writes it.
#[must_use]
pub fn zone(typed: &str) -> Option<(String, TimeZone)> {
    let zone = TimeZone::get(typed).ok()?;
    Some((zone.iana_name().unwrap_or(typed).to_owned(), zone))
}
