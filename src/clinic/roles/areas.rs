//! The parts of the hospital that permissions belong to: how the role editor and the API group them.

use super::catalogue::CATALOGUE;
use crate::access::PermissionInfo;

/// What a code's first word is called, where it is not that word itself.
const NAMES: [(&str, &str); 4] =
    [("users", "Staff"), ("ipd", "Inpatients"), ("lab", "Laboratory"), ("encounters", "Consultations")];

/// The part of the hospital that a code belongs to: "Stock items" for `stock_items:view`.
#[must_use]
pub fn area(code: &str) -> String {
    let word = code.split(':').next().unwrap_or_default();
    match NAMES.iter().find(|(of, _)| *of == word) {
        Some((_, name)) => (*name).to_owned(),
        None => sentence_case(word),
    }
}

/// "Lab technician" of `LAB_TECHNICIAN`.
pub(super) fn sentence_case(word: &str) -> String {
    let plain = word.replace('_', " ").to_lowercase();
    let mut chars = plain.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// All permissions by area: areas in the order in which the catalogue first names them.
#[must_use]
pub fn by_area() -> Vec<(String, Vec<&'static PermissionInfo>)> {
    let mut areas: Vec<(String, Vec<&PermissionInfo>)> = Vec::new();
    for permission in CATALOGUE {
        let name = area(permission.code);
        match areas.iter_mut().find(|(known, _)| *known == name) {
            Some((_, permissions)) => permissions.push(permission),
            None => areas.push((name, vec![permission])),
        }
    }
    areas
}

/// What a role with these codes grants, in a few words: "Patients, Appointments and 3 more areas".
#[must_use]
pub fn in_short<'a>(codes: impl Iterator<Item = &'a str>) -> String {
    const NAMED: usize = 4;
    let held: Vec<&str> = codes.collect();
    if held.is_empty() {
        return "Nothing yet".to_owned();
    }
    if CATALOGUE.iter().all(|permission| held.contains(&permission.code)) {
        return "Everything".to_owned();
    }
    let names: Vec<String> = by_area()
        .into_iter()
        .filter(|(_, permissions)| permissions.iter().any(|permission| held.contains(&permission.code)))
        .map(|(name, _)| name)
        .collect();
    match names.len().checked_sub(NAMED) {
        None | Some(0 | 1) => names.join(", "),
        Some(more) => format!("{} and {more} more areas", names.get(..NAMED).unwrap_or_default().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_stands_in_one_area() {
        let areas = by_area();
        let total: usize = areas.iter().map(|(_, permissions)| permissions.len()).sum();
        assert_eq!(total, CATALOGUE.len());
        assert_eq!(areas[0].0, "Dashboard");
        for (code, name) in
            [("stock_items:view", "Stock items"), ("users:view", "Staff"), ("ipd:admit", "Inpatients")]
        {
            assert_eq!(area(code), name);
        }
    }

    #[test]
    fn a_role_is_told_in_a_few_words() {
        assert_eq!(in_short([].into_iter()), "Nothing yet");
        assert_eq!(in_short(CATALOGUE.iter().map(|permission| permission.code)), "Everything");
        assert_eq!(in_short(["patients:view", "patients:update"].into_iter()), "Patients");
        let many = ["patients:view", "users:view", "lab:view", "ipd:view", "billing:view", "sharing:view"];
        assert_eq!(in_short(many.into_iter()), "Patients, Staff, Billing, Laboratory and 2 more areas");
    }
}
