//! Plain words for what the audit says: verbs, the things that they were done to, and what else it knows of an act.
//!
//! The audit keeps codes, because words change. Each code in the source has its words here; a test reads the source. A
//! code of an older or newer version that has none is said as it is.

use serde_json::{Map, Value};

use super::words::{capital, counted};

/// What kind of act a verb is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Somebody looked, and changed nothing.
    Look,
    Change,
    /// Something left the house in a file.
    File,
    /// Somebody came in, went out or was kept out.
    Access,
}

impl Sort {
    pub const ALL: [Self; 4] = [Self::Look, Self::Change, Self::File, Self::Access];

    /// The word in an address: `?kind=looks`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Look => "looks",
            Self::Change => "changes",
            Self::File => "files",
            Self::Access => "access",
        }
    }

    /// The same for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Look => "All looks",
            Self::Change => "All changes",
            Self::File => "All files taken away",
            Self::Access => "All about signing in",
        }
    }

    /// The verbs of this kind.
    #[must_use]
    pub fn verbs(self) -> Vec<&'static str> {
        VERBS.iter().filter(|(.., sort)| *sort == self).map(|(code, ..)| *code).collect()
    }
}

/// The verbs that a word of an address means: those of a kind of act, or itself.
#[must_use]
pub fn verbs_of(word: String) -> Vec<String> {
    match Sort::ALL.into_iter().find(|sort| sort.code() == word) {
        Some(sort) => sort.verbs().into_iter().map(str::to_owned).collect(),
        None => vec![word],
    }
}

/// Every verb: code, words, kind.
pub const VERBS: &[(&str, &str, Sort)] = &[
    ("viewed", "Looked at", Sort::Look),
    ("listed", "Saw a list", Sort::Look),
    ("revealed", "Had a masked value shown", Sort::Look),
    ("asked", "Asked for", Sort::Look),
    ("broke_glass", "Opened with a reason", Sort::Look),
    ("read_audit", "Read who looked", Sort::Look),
    ("created", "Added", Sort::Change),
    ("updated", "Changed", Sort::Change),
    ("registered_again", "Sent the same form again", Sort::Change),
    ("identified", "Identified", Sort::Change),
    ("deceased", "Recorded a death", Sort::Change),
    ("not_deceased", "Took back a death", Sort::Change),
    ("consent_recorded", "Recorded an answer about consent", Sort::Change),
    ("entered_in_error", "Marked as entered in error", Sort::Change),
    ("none_known", "Noted that none is known", Sort::Change),
    ("drafted", "Kept a draft of a note", Sort::Change),
    ("signed", "Signed", Sort::Change),
    ("amended", "Amended", Sort::Change),
    ("finished", "Finished", Sort::Change),
    ("revised", "Revised", Sort::Change),
    ("icd10_imported", "Imported codes of ICD-10", Sort::Change),
    ("checked_in", "Checked in", Sort::Change),
    ("arrived_late", "Checked in late", Sort::Change),
    ("consultation_started", "Began a consultation", Sort::Change),
    ("completed", "Completed", Sort::Change),
    ("cancelled", "Cancelled", Sort::Change),
    ("missed", "Noted that the patient did not come", Sort::Change),
    ("rescheduled", "Moved to another time", Sort::Change),
    ("merged", "Merged", Sort::Change),
    ("unmerged", "Undid a merge", Sort::Change),
    ("put_off", "Put off a step of getting started", Sort::Change),
    ("brought_back", "Brought back a step of getting started", Sort::Change),
    ("suspended", "Suspended", Sort::Change),
    ("activated", "Activated", Sort::Change),
    ("verified", "Confirmed the e-mail address", Sort::Change),
    ("confirmation_resent", "Asked for the confirmation again", Sort::Change),
    ("sign_up_disowned", "Said that they signed nothing up: it was removed", Sort::Change),
    ("sign_up_replaced", "Signed up again: the sign-up before was removed", Sort::Change),
    ("sign_up_rejected", "Rejected a sign-up", Sort::Change),
    ("sign_up_expired", "Removed a sign-up that nobody confirmed", Sort::Change),
    ("super_admin_ensured", "Made or renewed an operator", Sort::Change),
    ("restored", "Restored from a backup", Sort::Change),
    ("removed", "Removed", Sort::Change),
    ("enabled", "Enabled", Sort::Change),
    ("disabled", "Disabled", Sort::Change),
    ("ended", "Ended", Sort::Change),
    ("reviewed", "Reviewed", Sort::Change),
    ("care_assigned", "Put somebody on a care team", Sort::Change),
    ("care_ended", "Took somebody off a care team", Sort::Change),
    ("row_rules_on", "Switched on who sees whom", Sort::Change),
    ("row_rules_off", "Switched off who sees whom", Sort::Change),
    ("doctor_changed", "Changed a doctor's profile", Sort::Change),
    ("hours_set", "Wrote a doctor's hours", Sort::Change),
    ("hours_copied", "Gave a doctor the opening hours", Sort::Change),
    ("told", "Let a patient be told that the doctor is away", Sort::Change),
    ("withdrawn", "Took back", Sort::Change),
    ("staff_imported", "Invited people from a table", Sort::Change),
    ("staff_checked", "Looked at a table of people before inviting them", Sort::Look),
    ("invitation_withdrawn", "Withdrew an invitation", Sort::Change),
    ("invited_again", "Sent an invitation again", Sort::Change),
    ("restricted", "Restricted", Sort::Change),
    ("restriction_lifted", "Lifted a restriction", Sort::Change),
    ("limits_changed", "Changed the limits", Sort::Change),
    ("limits_raised", "Raised the limits for a time", Sort::Change),
    ("recounted", "Counted anew", Sort::Change),
    ("operator_invited", "Invited an operator", Sort::Change),
    ("operator_activated", "Activated an operator", Sort::Change),
    ("operator_deactivated", "Deactivated an operator", Sort::Change),
    ("operator_unlocked", "Unlocked an operator", Sort::Access),
    ("walked_in", "Gave a token to somebody who walked in", Sort::Change),
    ("called", "Called from the queue", Sort::Change),
    ("sent_back", "Sent back to waiting", Sort::Change),
    ("skipped", "Skipped in the queue", Sort::Change),
    ("left_unseen", "Noted that somebody left unseen", Sort::Change),
    ("handed_over", "Handed a waiting patient over to another doctor", Sort::Change),
    ("prioritised", "Changed the turn in the queue", Sort::Change),
    ("acknowledged", "Answered an alarm", Sort::Change),
    ("print_asked", "Asked to print later", Sort::Change),
    ("print_done", "Noted that it was printed", Sort::Change),
    ("print_withdrawn", "Took off the list of what is printed", Sort::Change),
    ("printed", "Printed", Sort::File),
    ("exported", "Took away a file", Sort::File),
    ("backed_up", "Made a backup", Sort::File),
    ("signed_in", "Signed in", Sort::Access),
    ("signed_out", "Signed out", Sort::Access),
    ("refreshed", "Went on with a session", Sort::Access),
    ("refresh_reused", "Used a spent token: the session was ended", Sort::Access),
    ("sign_in_failed", "Gave a wrong password", Sort::Access),
    ("locked", "Locked the screen", Sort::Access),
    ("unlocked", "Unlocked the screen", Sort::Access),
    ("password_changed", "Changed the password", Sort::Access),
    ("password_set_by_link", "Set the password by a link", Sort::Access),
    ("password_rehashed", "Password stored anew", Sort::Access),
    ("password_accepted", "Gave the right password; a code was owed", Sort::Access),
    ("password_reset_sent", "Was sent a link to a new password", Sort::Access),
    ("mail_asked", "Asked for a mail without being signed in", Sort::Access),
    ("admin_password_reset", "Sent an administrator a link to a new password", Sort::Access),
    ("admin_second_factor_reset", "Reset an administrator's two-step sign-in", Sort::Access),
    ("operator_password_reset", "Sent an operator a link to a new password", Sort::Access),
    ("email_change_asked", "Asked for another e-mail address", Sort::Access),
    ("email_changed", "Changed the e-mail address", Sort::Access),
    ("session_ended", "Signed a device out", Sort::Access),
    ("other_sessions_ended", "Signed all other devices out", Sort::Access),
    ("second_factor_begun", "Began to set up two-step sign-in", Sort::Access),
    ("second_factor_on", "Switched two-step sign-in on", Sort::Access),
    ("second_factor_off", "Switched two-step sign-in off", Sort::Access),
    ("second_factor_proved", "Proved who they are by a code", Sort::Access),
    ("second_factor_failed", "Gave a wrong code", Sort::Access),
    ("second_factor_reset", "Reset somebody's two-step sign-in", Sort::Access),
    ("recovery_codes_renewed", "Had new recovery codes made", Sort::Access),
];

/// Every thing: code, one, many.
pub const THINGS: &[(&str, &str, &str)] = &[
    ("patient", "patient", "patients"),
    ("allergy", "allergy", "allergies"),
    ("condition", "condition", "conditions"),
    ("chart_entry", "entry of a chart", "entries of charts"),
    ("vitals", "set of vital signs", "sets of vital signs"),
    ("vitals_table", "table of vital signs", "tables of vital signs"),
    ("oxygen_order", "oxygen target", "oxygen targets"),
    ("observation_plan", "observation plan", "observation plans"),
    ("escalation", "alarm", "alarms"),
    ("appointment", "appointment", "appointments"),
    ("encounter", "consultation", "consultations"),
    ("note", "note", "notes"),
    ("note_template", "template of notes", "templates of notes"),
    ("diagnosis", "diagnosis", "diagnoses"),
    ("icd10_code", "code of ICD-10", "codes of ICD-10"),
    ("patient_change", "change of a record", "changes of records"),
    ("merge", "merge", "merges"),
    ("break_glass", "opened record", "opened records"),
    ("audit_event", "line of the audit", "lines of the audit"),
    ("failed_sign_in", "failed sign-in", "failed sign-ins"),
    ("denied_attempt", "denied attempt", "denied attempts"),
    ("user", "person", "people"),
    ("role", "role", "roles"),
    ("department", "department", "departments"),
    ("room", "room", "rooms"),
    ("doctor_exception", "day with other hours", "days with other hours"),
    ("doctor_leave", "absence of a doctor", "absences of doctors"),
    ("permission", "permission", "permissions"),
    ("care_relation", "place on a care team", "places on care teams"),
    ("care_cover", "cover", "covers"),
    ("operator", "operator", "operators"),
    ("dashboard", "dashboard", "dashboards"),
    ("mail_request", "mail that was asked for", "mails that were asked for"),
    ("hospital", "hospital", "hospitals"),
    ("session", "session", "sessions"),
    ("mail", "mail", "mails"),
    ("checklist_line", "step of getting started", "steps of getting started"),
    ("health", "page of health", "pages of health"),
    ("print_job", "paper to be printed", "papers to be printed"),
    ("test_print", "test print", "test prints"),
    ("demo_task", "act on the demo", "acts on the demo"),
];

/// A verb for people: "Looked at".
#[must_use]
pub fn verb(code: &str) -> String {
    VERBS
        .iter()
        .find(|(known, ..)| *known == code)
        .map_or_else(|| as_it_is(code), |(_, words, _)| (*words).to_owned())
}

/// What kind of act a verb is; of an unknown one nothing is said.
#[must_use]
pub fn sort(code: &str) -> Option<Sort> {
    VERBS.iter().find(|(known, ..)| *known == code).map(|(.., sort)| *sort)
}

/// The thing that something was done to: "Allergy", "25 patients", "48 patients (csv)".
#[must_use]
pub fn thing(entity: Option<&str>, detail: Option<&Map<String, Value>>) -> String {
    let Some(entity) = entity else { return String::new() };
    let known = THINGS.iter().find(|(code, ..)| *code == entity);
    let (one, many) = known.map_or((entity, entity), |(_, one, many)| (*one, *many));
    let part = |name: &str| detail.and_then(|detail| detail.get(name));
    let format =
        part("format").and_then(Value::as_str).map_or_else(String::new, |format| format!(" ({format})"));
    match part("count").and_then(Value::as_i64) {
        // Of a look at one thing it counts the lines that were seen there.
        Some(count) if part("list").is_none() => format!("{}{format}", counted(count, one, many)),
        _ => as_it_is(one),
    }
}

/// What else is known of an act, line by line. It holds ids, names of fields and counts, and never a value of a record.
#[must_use]
pub fn lines(detail: &Map<String, Value>) -> Vec<(String, String)> {
    detail
        .iter()
        .map(|(name, value)| (as_it_is(name), said(value)))
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

fn said(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(said).collect::<Vec<_>>().join(", "),
        Value::Object(parts) => {
            let parts: Vec<String> =
                parts.iter().map(|(name, part)| format!("{name} {}", said(part))).collect();
            parts.join(", ")
        }
    }
}

fn as_it_is(code: &str) -> String {
    capital(&code.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn acts_are_said_in_words_and_unknown_ones_as_they_are() {
        assert_eq!(verb("viewed"), "Looked at");
        assert_eq!(verb("took_to_the_moon"), "Took to the moon");
        assert_eq!(thing(Some("patient"), None), "Patient");
        assert_eq!(thing(Some("patient"), Some(&map(json!({ "count": 1 })))), "1 patient");
        assert_eq!(
            thing(Some("patient"), Some(&map(json!({ "count": 48, "format": "csv" })))),
            "48 patients (csv)"
        );
        assert_eq!(thing(Some("patient"), Some(&map(json!({ "list": "allergies", "count": 3 })))), "Patient");
        assert_eq!(thing(Some("moon_stone"), None), "Moon stone");
        assert_eq!(thing(None, None), "");
    }

    #[test]
    fn what_else_is_known_is_told_line_by_line() {
        let detail =
            map(json!({ "fields": ["city", "email"], "count": 2, "opened": "break_glass", "none": null,
                                 "moved": { "merges": 1 }, "given": true }));
        let told = lines(&detail);
        for line in [("Fields", "city, email"), ("Count", "2"), ("Moved", "merges 1"), ("Given", "Yes")] {
            assert!(told.contains(&(line.0.to_owned(), line.1.to_owned())), "{line:?} in {told:?}");
        }
        assert_eq!(told.len(), 5, "nothing is said of nothing");
    }

    #[test]
    fn each_code_has_its_words_once() {
        for (n, (code, words, _)) in VERBS.iter().enumerate() {
            assert!(VERBS[n + 1..].iter().all(|(other, ..)| other != code), "{code}");
            assert!(words.starts_with(char::is_uppercase), "{words}");
        }
        for (n, (code, ..)) in THINGS.iter().enumerate() {
            assert!(THINGS[n + 1..].iter().all(|(other, ..)| other != code), "{code}");
        }
        let all: usize = Sort::ALL.iter().map(|sort| sort.verbs().len()).sum();
        assert_eq!(all, VERBS.len());
    }
}
