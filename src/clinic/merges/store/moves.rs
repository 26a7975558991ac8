//! Every table that names a patient: what moves with a merge, and back when it is undone.
//!
//! A new table that names a patient gets two statements and a line in [`FOLLOWS`], or a line in [`STAYS`] with the
//! reason. `tests/it/merges.rs` reads the catalogue and fails if one is missing.

use std::collections::BTreeMap;

use crate::access::TenantTx;
use crate::clinic::patients::PatientId;
use crate::db::{Stmt, Tenant};
use crate::kernel::DbError;
use crate::statements;

/// Rows of the duplicate `$2` become the survivor's `$1`, but for those that the condition leaves behind.
macro_rules! there {
    ($table:literal, $column:literal, $key:literal) => {
        there!($table, $column, $key, "")
    };
    ($table:literal, $column:literal, $key:literal, $unless:literal) => {
        concat!(
            "update ",
            $table,
            " set ",
            $column,
            " = $1 where ",
            $column,
            " = $2",
            $unless,
            " returning ",
            $key,
            "::text as key"
        )
    };
}
/// Those that moved, by their keys `$3`, go back from `$1` to `$2`.
macro_rules! back {
    ($table:literal, $column:literal, $key:literal) => {
        concat!(
            "update ",
            $table,
            " set ",
            $column,
            " = $2 where ",
            $column,
            " = $1 and ",
            $key,
            "::text = any ($3)"
        )
    };
}

statements! { Tenant;
    // Who was merged into the duplicate before leads to the survivor now, in one step.
    EARLIER(UUID, UUID) = there!("patients", "merged_into", "id");
    EARLIER_BACK(UUID, UUID, TEXT_ARRAY) = back!("patients", "merged_into", "id");
    CHILDREN(UUID, UUID) = there!("patients", "mother_id", "id");
    CHILDREN_BACK(UUID, UUID, TEXT_ARRAY) = back!("patients", "mother_id", "id");
    DECISIONS(UUID, UUID) = there!("duplicate_decisions", "patient_id", "id");
    DECISIONS_BACK(UUID, UUID, TEXT_ARRAY) = back!("duplicate_decisions", "patient_id", "id");
    ENTRIES(UUID, UUID) = there!("chart_entries", "patient_id", "id");
    ENTRIES_BACK(UUID, UUID, TEXT_ARRAY) = back!("chart_entries", "patient_id", "id");
    /// Whoever is on both teams at one time stays behind on the one.
    CARE(UUID, UUID) = there!("care_relations", "patient_id", "id",
        " and not (kind = 'TEAM' and exists (
              select from care_relations s
               where s.patient_id = $1 and s.kind = 'TEAM' and s.user_id is not distinct from care_relations.user_id
                 and s.department_id is not distinct from care_relations.department_id
                 and tstzrange(s.since, s.until) && tstzrange(care_relations.since, care_relations.until)))");
    CARE_BACK(UUID, UUID, TEXT_ARRAY) = back!("care_relations", "patient_id", "id");
    /// Nothing waits twice for a printer.
    PRINTS(UUID, UUID) = there!("print_jobs", "patient_id", "id",
        " and not (outcome is null and exists (
              select from print_jobs s
               where s.patient_id = $1 and s.kind = print_jobs.kind and s.outcome is null
                 and s.appointment_id is not distinct from print_jobs.appointment_id))");
    PRINTS_BACK(UUID, UUID, TEXT_ARRAY) = back!("print_jobs", "patient_id", "id");
    /// A time that runs into one of the survivor's stays behind: nobody is in two places.
    APPOINTMENTS(UUID, UUID) = there!("appointments", "patient_id", "id",
        " and not (holds_slot and exists (
              select from appointments s
               where s.patient_id = $1 and s.holds_slot
                 and tstzrange(s.scheduled_at, s.ends_at) && tstzrange(appointments.scheduled_at, appointments.ends_at)))");
    APPOINTMENTS_BACK(UUID, UUID, TEXT_ARRAY) = back!("appointments", "patient_id", "id");
    REVIEWS(UUID, UUID) = there!("chart_reviews", "patient_id", "id");
    REVIEWS_BACK(UUID, UUID, TEXT_ARRAY) = back!("chart_reviews", "patient_id", "id");
    ENCOUNTERS(UUID, UUID) = there!("encounters", "patient_id", "id");
    ENCOUNTERS_BACK(UUID, UUID, TEXT_ARRAY) = back!("encounters", "patient_id", "id");
    NOTES(UUID, UUID) = there!("notes", "patient_id", "id");
    NOTES_BACK(UUID, UUID, TEXT_ARRAY) = back!("notes", "patient_id", "id");
    DIAGNOSES(UUID, UUID) = there!("diagnoses", "patient_id", "id");
    DIAGNOSES_BACK(UUID, UUID, TEXT_ARRAY) = back!("diagnoses", "patient_id", "id");
    VITALS(UUID, UUID) = there!("vitals", "patient_id", "id");
    VITALS_BACK(UUID, UUID, TEXT_ARRAY) = back!("vitals", "patient_id", "id");
    ALARMS(UUID, UUID) = there!("escalations", "patient_id", "id");
    ALARMS_BACK(UUID, UUID, TEXT_ARRAY) = back!("escalations", "patient_id", "id");
    OXYGEN(UUID, UUID) = there!("oxygen_orders", "patient_id", "id");
    OXYGEN_BACK(UUID, UUID, TEXT_ARRAY) = back!("oxygen_orders", "patient_id", "id");
    PLANS(UUID, UUID) = there!("observation_plans", "patient_id", "id");
    PLANS_BACK(UUID, UUID, TEXT_ARRAY) = back!("observation_plans", "patient_id", "id");
}

/// A column that names a patient and goes with the merge.
pub struct Follow {
    pub table: &'static str,
    pub column: &'static str,
    there: &'static Stmt<Tenant>,
    back: &'static Stmt<Tenant>,
}

/// In the order in which they move.
pub static FOLLOWS: &[Follow] = &[
    Follow { table: "patients", column: "merged_into", there: &EARLIER, back: &EARLIER_BACK },
    Follow { table: "patients", column: "mother_id", there: &CHILDREN, back: &CHILDREN_BACK },
    Follow { table: "duplicate_decisions", column: "patient_id", there: &DECISIONS, back: &DECISIONS_BACK },
    Follow { table: "chart_entries", column: "patient_id", there: &ENTRIES, back: &ENTRIES_BACK },
    Follow { table: "care_relations", column: "patient_id", there: &CARE, back: &CARE_BACK },
    Follow { table: "print_jobs", column: "patient_id", there: &PRINTS, back: &PRINTS_BACK },
    Follow { table: "appointments", column: "patient_id", there: &APPOINTMENTS, back: &APPOINTMENTS_BACK },
    Follow { table: "chart_reviews", column: "patient_id", there: &REVIEWS, back: &REVIEWS_BACK },
    Follow { table: "encounters", column: "patient_id", there: &ENCOUNTERS, back: &ENCOUNTERS_BACK },
    Follow { table: "notes", column: "patient_id", there: &NOTES, back: &NOTES_BACK },
    Follow { table: "diagnoses", column: "patient_id", there: &DIAGNOSES, back: &DIAGNOSES_BACK },
    Follow { table: "vitals", column: "patient_id", there: &VITALS, back: &VITALS_BACK },
    Follow { table: "escalations", column: "patient_id", there: &ALARMS, back: &ALARMS_BACK },
    Follow { table: "oxygen_orders", column: "patient_id", there: &OXYGEN, back: &OXYGEN_BACK },
    Follow { table: "observation_plans", column: "patient_id", there: &PLANS, back: &PLANS_BACK },
];

/// Columns that name a patient and stay: table, column, why.
pub const STAYS: &[(&str, &str, &str)] = &[
    ("merges", "survivor_id", "what was merged into whom is history"),
    ("merges", "duplicate_id", "what was merged into whom is history"),
    (
        "consents",
        "patient_id",
        "an answer holds for the record that it was given to, like consent_sms and consent_email",
    ),
    ("patient_changes", "patient_id", "the history of a record stays with the record"),
    ("break_glass", "patient_id", "a reason was given for one record, not for the one it became part of"),
];

/// Move everything; the keys of what moved, by `table.column`.
pub(in crate::clinic::merges) async fn there(
    tx: &TenantTx,
    survivor: PatientId,
    duplicate: PatientId,
) -> Result<BTreeMap<String, Vec<String>>, DbError> {
    let mut moved = BTreeMap::new();
    for follow in FOLLOWS {
        let rows = tx.rows(follow.there, &[&survivor, &duplicate]).await?;
        if !rows.is_empty() {
            let keys: Vec<String> = rows.iter().map(|row| row.get("key")).collect();
            moved.insert(format!("{}.{}", follow.table, follow.column), keys);
        }
    }
    Ok(moved)
}

/// Move back what moved.
pub(in crate::clinic::merges) async fn back(
    tx: &TenantTx,
    survivor: PatientId,
    duplicate: PatientId,
    moved: &BTreeMap<String, Vec<String>>,
) -> Result<(), DbError> {
    for follow in FOLLOWS.iter().rev() {
        if let Some(keys) = moved.get(&format!("{}.{}", follow.table, follow.column)) {
            tx.execute(follow.back, &[&survivor, &duplicate, keys]).await?;
        }
    }
    Ok(())
}
