//! Choices that several forms offer: zones, currencies, countries.

use jiff::Timestamp;

use crate::kernel::countries::COUNTRIES;
use crate::kernel::{money, zones};
use crate::web::words;

use super::fields::Choice;

/// `Asia/Kolkata` as value, "Asia/Kolkata (10:42 now)" as label.
#[must_use]
pub fn time_zones(now: Timestamp) -> Vec<Choice> {
    let label = |name: &str| {
        let clock = zones::zone(name).map(|(_, zone)| words::clock(&now.to_zoned(zone)));
        format!("{name} ({} now)", clock.unwrap_or_default())
    };
    zones::offered().into_iter().map(|name| Choice::new(name.as_str(), label(&name))).collect()
}

/// `INR` as value, "INR, Indian rupee" as label.
#[must_use]
pub fn currencies() -> Vec<Choice> {
    money::CURRENCIES.iter().map(|c| Choice::new(c.code, format!("{}, {}", c.code, c.name))).collect()
}

/// `IN` as value, "India" as label, after a blank "Choose".
#[must_use]
pub fn countries() -> Vec<Choice> {
    let all = COUNTRIES.iter().map(|country| Choice::new(country.code, country.name));
    std::iter::once(Choice::new("", "Choose")).chain(all).collect()
}
