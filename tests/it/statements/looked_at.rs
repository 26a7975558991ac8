//! Statements of hospitals that are looked at with values for which an index has to answer.

/// A statement, its values, and the index that must answer (or how its name begins, where the planner may choose).
pub(super) type Looked = (&'static str, &'static [&'static str], &'static str);

/// The values of a search for these two words, over all patients.
macro_rules! search {
    ($first:literal, $second:literal; $($more:literal),*) => {
        &[EVER, NEVER, "null", "null", "null", "false", "gen_random_uuid()", $first, $second, "'{}'", $($more),*]
    };
}

/// The values of a list of somebody's own patients, with this word.
macro_rules! own {
    ($first:literal; $($more:literal),*) => {
        &["null", "null", "null", "null", "null", "false", "gen_random_uuid()", $first, "null", "'{}'", SOME, SOME, SOME,
          "now()", $($more),*]
    };
}

/// The values of a list of who visits this department and this doctor.
macro_rules! visited {
    ($department:literal, $doctor:literal; $($more:expr),*) => {
        &["null", "null", "null", "null", "null", "false", "gen_random_uuid()", "'{}'", $department, $doctor, $($more),*]
    };
}

/// The values of a list of appointments: from, statuses, patient, doctor, department, found, for whom; at any time.
macro_rules! booked {
    ($($filter:literal),*; $($more:literal),*) => {
        &[$($filter,)* "false", "gen_random_uuid()", $($more),*]
    };
}

/// Those of patients and their visits; the audit's and the platform's are in `audit_and_platform`. Statements that are in
/// neither get a value by type.
pub(super) const LOOKED_AT: &[Looked] = &[
    ("directory::platform::SESSION", &["gen_random_uuid()"], "sessions_pkey"),
    ("patients::store::SHOW", &["gen_random_uuid()", "gen_random_uuid()", "now()"], "patients_pkey"),
    ("patients::store::LOCK", &["gen_random_uuid()", "gen_random_uuid()", "now()"], "patients_pkey"),
    ("patients::store::BY_REGISTRATION_KEY", &["gen_random_uuid()"], "patients_registration_key_unique"),
    ("patients::store::PAGE", &["false", "gen_random_uuid()", "20", "0"], "patients_by_visit"),
    ("patients::store::HIDDEN", &["gen_random_uuid()"], "patients_very_restricted"),
    ("encounters::store::OF_PATIENT", &["gen_random_uuid()", "20", "0"], "encounters_by_patient"),
    ("encounters::store::OF_APPOINTMENT", &["gen_random_uuid()"], "encounters_appointment_unique"),
    ("notes::store::OWN", &["gen_random_uuid()", "gen_random_uuid()"], "notes_one_of_author"),
    ("notes::store::DRAFTS", &["gen_random_uuid()", "50"], "notes_drafts"),
    ("diagnoses::store::OF_PATIENT", &["gen_random_uuid()", "false", "50", "0"], "diagnoses_by_patient"),
    ("vitals::store::PAGE", &["gen_random_uuid()", "null", "null", "false", "50", "0"], "vitals_by_patient"),
    ("vitals::store::TOTAL", &["gen_random_uuid()", "null", "null", "false"], "vitals_by_patient"),
    ("vitals::store::WITHIN", &["gen_random_uuid()", "null", "null", "301"], "vitals_by_patient"),
    ("vitals::store::NEWEST_OF", &[SOME, "4"], "vitals_by_patient"),
    ("vitals::store::LATEST", &["gen_random_uuid()"], "vitals_by_patient"),
    ("vitals::store::STANDING", &["gen_random_uuid()"], "vitals_by_patient"),
    ("vitals::store::PREGNANT", &["gen_random_uuid()", "gen_random_uuid()", "now()"], "vitals_by_"),
    ("vitals::store::EARLIER", &["gen_random_uuid()", "now()"], "vitals_by_patient"),
    ("vitals::store::waiting::DUE", &["now() - interval '72 hours'", "now()", "500"], "vitals_by_due"),
    ("vitals::store::waiting::QUEUE", &["now() - interval '10 hours'", "500"], "appointments_by_status"),
    (
        "vitals::store::handover::THERE",
        &[
            "now() - interval '10 hours'",
            "now() - interval '72 hours'",
            "now() + interval '1 hour'",
            "null",
            "200",
        ],
        "vitals_by_due",
    ),
    ("vitals::store::raising::OPEN_LEVEL", &["gen_random_uuid()"], "escalations_by_"),
    ("vitals::store::raising::CLOSE", &["gen_random_uuid()", "now()"], "escalations_once_a_set"),
    ("vitals::store::plans::ORDER_AT", &["gen_random_uuid()", "now()"], "oxygen_orders_by_patient"),
    ("vitals::store::plans::OPEN_PLAN", &["gen_random_uuid()"], "observation_plans_by_patient"),
    ("escalations::store::ALIVE_AFTER_ALL", &["now() - interval '72 hours'"], "escalations_by_closed"),
    ("escalations::store::SILENT", &["now()"], "escalations_by_next"),
    ("escalations::store::WAITING", &[], "escalations_by_next"),
    ("escalations::store::PAGE", &["null", "false", "25", "0"], "escalations_by_time"),
    ("diagnoses::store::codes::BY_CODE", &["'E11%'", "20"], "icd10_codes_"),
    (
        "diagnoses::store::codes::BY_WORDS",
        &["'hypertension'", "'primary'", "null", "20"],
        "icd10_codes_search",
    ),
    ("appointments::store::FIND", &["gen_random_uuid()"], "appointments_pkey"),
    ("appointments::store::LOCK", &["gen_random_uuid()"], "appointments_pkey"),
    (
        "appointments::store::FREE_SEAT",
        &["gen_random_uuid()", "now()", "now() + interval '15 minutes'", "3", "null"],
        "appointments_doctor_free",
    ),
    (
        "appointments::store::PATIENT_BUSY",
        &["gen_random_uuid()", "now()", "now() + interval '15 minutes'", "null"],
        "appointments_patient_free",
    ),
    ("appointments::store::steps::DUE", &["now() - interval '3 hours'", "200"], "appointments_due"),
    ("appointments::store::steps::OF_THE_DEAD", &["now()", "200"], "patients_deceased"),
    (
        "appointments::store::events::OF_APPOINTMENT",
        &["gen_random_uuid()"],
        "appointment_events_by_appointment",
    ),
    ("appointments::store::lists::OPEN_OF_PATIENT", &["gen_random_uuid()"], "appointments_by_patient"),
    ("appointments::store::lists::FOLLOW_UPS", &["gen_random_uuid()"], "appointments_by_follow_up"),
    (
        "appointments::store::lists::OF_DOCTORS",
        // Doctors who have appointments: of nobody's, the smallest index is as good as the right one.
        &["array[md5('d1')::uuid, md5('d2')::uuid]", "now()", "now() + interval '7 days'", "5000"],
        "appointments_by_doctor",
    ),
    (
        "appointments::store::lists::OF_ALL",
        &["now()", "now() + interval '1 day'", "5000"],
        "appointments_by_time",
    ),
    ("appointments::store::lists::BUSY", &[SOME, "now()", "now() + interval '1 day'"], "appointments_"),
    // All of them, of a day, by status, of a patient, of a doctor, of a department, of whom a search found, of a circle.
    (
        "appointments::store::lists::PAGE",
        booked!["null", "null", "null", "null", "null", "null", "null", "null", "null"; "50", "0"],
        "appointments_by_time",
    ),
    (
        "appointments::store::lists::PAGE",
        booked!["now()", "now() + interval '1 day'", "null", "null", "null", "null", "null", "null", "null"; "50", "0"],
        "appointments_by_time",
    ),
    (
        "appointments::store::lists::PAGE",
        booked!["null", "null", "array['CANCELLED', 'NO_SHOW']", "null", "null", "null", "null", "null", "null"; "50", "0"],
        "appointments_",
    ),
    (
        "appointments::store::lists::PAGE",
        booked!["null", "null", "null", "gen_random_uuid()", "null", "null", "null", "null", "null"; "50", "0"],
        "appointments_by_patient",
    ),
    (
        "appointments::store::lists::PAGE",
        booked!["null", "null", "null", "null", "md5('d7')::uuid", "null", "null", "null", "null"; "50", "0"],
        "appointments_by_doctor",
    ),
    (
        "appointments::store::lists::PAGE",
        booked!["null", "null", "null", "null", "null", "gen_random_uuid()", "null", "null", "null"; "50", "0"],
        "appointments_by_department",
    ),
    (
        "appointments::store::lists::PAGE",
        booked!["null", "null", "null", "null", "null", "null", "array[gen_random_uuid()]", "null", "null"; "50", "0"],
        "appointments_by_patient",
    ),
    (
        "appointments::store::lists::PAGE",
        booked!["null", "null", "null", "null", "null", "null", "null", "array[md5('d7')::uuid]", "'{}'::uuid[]"; "50", "0"],
        "appointments_",
    ),
    (
        "appointments::store::lists::TOTAL",
        booked!["null", "null", "null", "null", "null", "null", "null", "null", "null"; "10001"],
        "appointments_by_time",
    ),
    (
        "appointments::store::lists::TOTAL",
        booked!["null", "null", "null", "null", "md5('d7')::uuid", "null", "null", "null", "null"; "10001"],
        "appointments_by_doctor",
    ),
    (
        "figures::store::DAY",
        &[DAYS_AGO_1, "now()", "now()", "false", "gen_random_uuid()", "null", "null"],
        "appointments_by_time",
    ),
    (
        "figures::store::STATUSES",
        &[DAYS_AGO_2, "now()", "false", "gen_random_uuid()", "null", "null"],
        "appointments_by_time",
    ),
    (
        "figures::store::REGISTERED",
        &[DAYS_AGO_2, "now()", "'Asia/Kolkata'", "'2026-03-14'", "false", "gen_random_uuid()", "false"],
        "patients_by_created",
    ),
    // All of them by stretches of ids.
    (
        "patients::store::search::BATCH",
        &[
            EVER,
            NEVER,
            "null",
            "null",
            "null",
            "false",
            "gen_random_uuid()",
            "'00000000-0000-0000-0000-000000000000'",
            "2000",
        ],
        "patients_",
    ),
    (
        "patients::store::search::SEARCHED_BATCH",
        search!["'asha1a2b'", "'asha1a2b'"; "'00000000-0000-0000-0000-000000000000'", "2000"],
        "patients_search",
    ),
    ("patients::store::REGISTERED_LAST", &["false", "gen_random_uuid()", "8"], "patients_by_created"),
    ("store::viewed::VIEWED_LAST", &["false", "gen_random_uuid()", "8"], "audit_events_by_actor"),
    (
        "patients::store::REGISTERED",
        &["false", "gen_random_uuid()", DAYS_AGO_2, DAYS_AGO_1, "now()"],
        "patients_by_created",
    ),
    // By sex, by day of registration, by day of the last visit.
    (
        "patients::store::search::FILTERED",
        &[EVER, NEVER, "'MALE'", "null", "null", "false", "gen_random_uuid()", "20", "0"],
        "patients_by_visit",
    ),
    (
        "patients::store::search::FILTERED",
        &[DAYS_AGO_1, NEVER, "null", "null", "null", "false", "gen_random_uuid()", "20", "0"],
        "patients_by_",
    ),
    (
        "patients::store::search::FILTERED",
        &[EVER, NEVER, "null", DAYS_AGO_1, "now()", "false", "gen_random_uuid()", "20", "0"],
        "patients_by_visit",
    ),
    (
        "patients::store::search::FILTERED_TOTAL",
        &[DAYS_AGO_1, NEVER, "null", "null", "null", "false", "gen_random_uuid()"],
        "patients_by_created",
    ),
    // A name, part of a phone number, two words, a word in another script.
    (
        "patients::store::search::SEARCHED",
        search!["'asha1a2b'", "null"; "20", "0", "null"],
        "patients_search",
    ),
    (
        "patients::store::search::SEARCHED",
        search!["'80007919'", "null"; "20", "0", "null"],
        "patients_search",
    ),
    (
        "patients::store::search::SEARCHED",
        search!["'asha1a2b'", "'rao0c'"; "20", "0", "null"],
        "patients_search",
    ),
    ("patients::store::search::SEARCHED", search!["'आशा'", "null"; "20", "0", "null"], "patients_search"),
    ("patients::store::search::SEARCHED", search!["'asha1a2b'", "null"; "20", "0", "null"], "patients_pkey"),
    ("patients::store::search::SEARCHED_TOTAL", search!["'asha1a2b'", "null";], "patients_search"),
    // One or two letters: also those that everybody has.
    ("patients::store::search::LETTERS_TOTAL", search!["'a'", "null";], "patients_grams"),
    ("patients::store::search::LETTERS_TOTAL", search!["'p-'", "null";], "patients_grams"),
    ("patients::store::search::LETTERS_TOTAL", search!["'qx'", "'zy'";], "patients_grams"),
    ("patients::store::search::LETTERS_FEW", search!["'王'", "null"; "20", "0"], "patients_grams"),
    ("patients::store::search::LETTERS_MANY", search!["'a'", "null"; "20", "0"], "patients_by_visit"),
    ("patients::store::search::LETTERS_MANY", search!["'ив'", "null"; "20", "0"], "patients_by_visit"),
    // Of somebody who is shown their own patients first: by whom they registered and whom they care for.
    ("store::care::OWN_OF", &[SOME, SOME, SOME, SOME, "now()"], "care_relations_by_"),
    ("store::care::OWN_OF", &[SOME, SOME, SOME, SOME, "now()"], "patients_pkey"),
    // By visits to a department, to a doctor, and of those to whom somebody cares for.
    (
        "care::visits::VISITED_PAGE",
        visited!("md5('g1')::uuid", "null"; "20", "0"),
        "appointments_of_department",
    ),
    ("care::visits::VISITED_PAGE", visited!("null", "md5('d1')::uuid"; "20", "0"), "appointments_of_doctor"),
    ("care::visits::VISITED_TOTAL", visited!("md5('g1')::uuid", "null";), "appointments_of_department"),
    (
        "care::visits::VISITED_BATCH",
        visited!("null", "md5('d1')::uuid"; "'00000000-0000-0000-0000-000000000000'", "2000"),
        "appointments_of_doctor",
    ),
    (
        "care::visits::OWN_VISITED_TOTAL",
        visited!("md5('g1')::uuid", "null"; SOME, SOME, SOME, "now()"),
        "appointments_of_department",
    ),
    ("departments::store::PATIENTS", &["array[md5('g1')::uuid]"], "appointments_of_department"),
    ("departments::store::PATIENTS", &["array[md5('g1')::uuid]"], "patients_uncounted"),
    ("store::care::OWN_PAGE", own!("null"; "20", "0"), "patients_by_registrar"),
    ("store::care::OWN_PAGE", own!("null"; "20", "0"), "care_relations_by_"),
    ("store::care::OWN_PAGE", own!("'asha1a2b'"; "20", "0"), "care_relations_by_"),
    ("store::care::OWN_PAGE", own!("null"; "20", "0"), "appointments_of_doctor"),
    ("store::care::OWN_PAGE", own!("null"; "20", "0"), "notes_of_author"),
    ("store::care::OWN_PAGE", own!("null"; "20", "0"), "diagnoses_of_recorder"),
    ("store::care::OWN_TOTAL", own!("null";), "care_relations_by_"),
    ("store::care::OWN_TOTAL", own!("null";), "appointments_of_department"),
    (
        "store::care::OWN_BATCH",
        own!("null"; "'00000000-0000-0000-0000-000000000000'", "2000"),
        "care_relations_by_",
    ),
    (
        "care::others::OTHERS_NAMED",
        &["'asha1a2b'", "array['asha1a2b', 'rao0c']", "false", SOME, SOME, SOME, "now()"],
        "patients_search",
    ),
    (
        "care::others::OTHERS_NAMED_SHORT",
        &["'王'", "array['王']", "false", SOME, SOME, SOME, "now()"],
        "patients_grams",
    ),
    ("care::others::BY_CODE", &["'P-000077'"], "patients_code_unique"),
    ("care::store::OF_PATIENT", &["gen_random_uuid()", "200"], "care_relations_by_patient"),
    ("store::moves::CARE", &["gen_random_uuid()", "gen_random_uuid()"], "care_relations_"),
    ("history::store::PAGE", &["gen_random_uuid()", "25", "0"], "patient_changes_by_patient"),
    ("history::store::TOTAL", &["gen_random_uuid()"], "patient_changes_by_patient"),
    ("store::kept::ANSWERS", &["gen_random_uuid()", "50"], "consents_by_patient"),
    ("patients::store::BY_OLD_CODE", &["'P-000077'"], "patients_code_unique"),
    ("patients::store::PRACTICE", &[], "patients_practice_once"),
    ("patients::store::PRACTICE_FOUND", &["'practice'", "'patient'", "'{}'"], "patients_practice"),
    ("patients::store::RETIRE_PRACTICE", &["now()", "gen_random_uuid()"], "patients_practice"),
    ("practice::store::MADE", &[], "patients_practice"),
    // A phone with its swapped digits, a document, a birthday: each by its index.
    ("duplicates::store::CANDIDATES", LOOKS_ALIKE, "patients_by_phone_end"),
    ("duplicates::store::CANDIDATES", LOOKS_ALIKE, "patients_by_other_phone_end"),
    ("duplicates::store::CANDIDATES", LOOKS_ALIKE, "patients_by_document"),
    ("duplicates::store::CANDIDATES", LOOKS_ALIKE, "patients_by_birthday"),
    ("merges::store::LOCK_BOTH", &["array[gen_random_uuid(), gen_random_uuid()]"], "patients_pkey"),
    ("store::moves::EARLIER", &["gen_random_uuid()", "gen_random_uuid()"], "patients_by_survivor"),
    ("store::moves::ENTRIES", &["gen_random_uuid()", "gen_random_uuid()"], "chart_entries_by_patient"),
    ("store::moves::REVIEWS", &["gen_random_uuid()", "gen_random_uuid()"], "chart_reviews_by_patient"),
    ("chart::store::ACTIVE", &["gen_random_uuid()"], "chart_entries_by_patient"),
    ("chart::store::ASKED", &["gen_random_uuid()"], "chart_reviews_by_patient"),
    ("chart::store::VERSIONS", &["gen_random_uuid()", "'ALLERGY'", "100"], "chart_versions_pkey"),
    ("lists::LINES", &["gen_random_uuid()", "'ALLERGY'"], "chart_entries_by_patient"),
    ("pictures::store::FORGET_AT_MERGED", &["gen_random_uuid()", "'a'"], "patients_by_"),
    ("pictures::store::IS_NEEDED", &["'patients/a/b.jpg'"], "patients_by_photo"),
    (
        "pictures::store::UNNEEDED",
        &["string_to_array(repeat('patients/a/b.jpg,', 500), ',')"],
        "patients_by_photo",
    ),
];

const LOOKS_ALIKE: &[&str] = &[
    "'asha1a2b'",
    "'rao0c'",
    "array['80007919', '80009719']",
    "'AB1234'",
    "date '1990-01-01'",
    "null",
    "null",
];
const SOME: &str = "array[gen_random_uuid(), gen_random_uuid()]";
const EVER: &str = "'epoch'";
const NEVER: &str = "'infinity'";
const DAYS_AGO_1: &str = "now() - interval '1 day'";
const DAYS_AGO_2: &str = "now() - interval '2 days'";
