//! Who may do what in a new hospital, as a page of the documentation: written by `hms roles`, compared by a test.

use std::fmt::Write as _;

use super::areas::{by_area, sentence_case};
use super::catalogue::SystemRole;

const HEAD: &str = "# Who may do what

Written by `hms roles --out docs/ROLES.md`; a test fails if this page and the program differ.

Every hospital starts with these roles. They come with HMS and stay as they are: nobody edits, disables or removes them. A
hospital makes roles of its own beside them, from any of these permissions. A person may hold several roles and then may
do what any of them grants; a role that is disabled grants nothing. Names grant nothing: only permissions do. Beside
permissions, a role that was made from the doctor's or the nurse's makes whoever holds it a doctor or a nurse: for bookings,
and for the rules about whose patients somebody is shown first.

";

const FOOT: &str = "
Codes with a ○ are asked for by nothing yet: that part of HMS is still to come. Whoever holds one gets the part with it.
";

/// The page. `is_asked_for` says whether anything demands a code already.
#[must_use]
pub fn table(is_asked_for: impl Fn(&str) -> bool) -> String {
    let roles = SystemRole::ALL.map(|role| (role, role.permissions()));
    let mut page = HEAD.to_owned();
    for (role, codes) in &roles {
        let (name, about) = (sentence_case(role.key()), role.description());
        let _ = writeln!(page, "- **{name}** (`{}`): {about}. {} permissions.", role.key(), codes.len());
    }
    let heads: Vec<String> = roles.iter().map(|(role, _)| sentence_case(role.key())).collect();
    let _ = writeln!(page, "\n| Permission | Code | {} |", heads.join(" | "));
    let _ = writeln!(page, "|---|---|{}", ":-:|".repeat(heads.len()));
    for (area, permissions) in by_area() {
        let _ = writeln!(page, "| **{area}** | |{}", " |".repeat(heads.len()));
        for permission in permissions {
            let mark = if is_asked_for(permission.code) { "" } else { " ○" };
            let ticks: Vec<&str> = roles
                .iter()
                .map(|(_, codes)| if codes.contains(&permission.code) { "●" } else { "" })
                .collect();
            let _ = writeln!(
                page,
                "| {} | `{}`{mark} | {} |",
                permission.label,
                permission.code,
                ticks.join(" | ")
            );
        }
    }
    page + FOOT
}
