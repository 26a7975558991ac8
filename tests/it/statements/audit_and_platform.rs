//! Statements of the audit, on both sides, and of the platform that are looked at with values of their own.

use super::looked_at::Looked;

/// The values of a filtered audit: who, way, verbs, kind of thing, its id, records, request; at any time.
macro_rules! trail {
    ($($filter:literal),*; $($more:literal),*) => {
        &["null", "null", $($filter,)* $($more),*]
    };
}

pub(super) const AUDIT_AND_PLATFORM: &[Looked] = &[
    // The audit by each of its filters; without one, by time.
    (
        "clinic::audit::store::PAGE",
        trail!["null", "null", "null", "null", "null", "null", "null"; "25", "0", "'t'"],
        "audit_events_by_time",
    ),
    (
        "clinic::audit::store::PAGE",
        trail!["gen_random_uuid()", "null", "null", "null", "null", "null", "null"; "25", "0", "'t'"],
        "audit_events_by_actor",
    ),
    (
        "clinic::audit::store::PAGE",
        trail!["null", "'GET /rare'", "null", "null", "null", "null", "null"; "25", "0", "'t'"],
        "audit_events_by_action",
    ),
    (
        "clinic::audit::store::PAGE",
        trail!["null", "null", "array['rare']", "null", "null", "null", "null"; "25", "0", "'t'"],
        "audit_events_by_kind",
    ),
    (
        "clinic::audit::store::PAGE",
        trail!["null", "null", "null", "'rare'", "null", "null", "null"; "25", "0", "'t'"],
        "audit_events_by_entity",
    ),
    (
        "clinic::audit::store::PAGE",
        trail!["null", "null", "null", "'patient'", "gen_random_uuid()", "null", "null"; "25", "0", "'t'"],
        "audit_events_by_entity",
    ),
    (
        "clinic::audit::store::PAGE",
        trail!["null", "null", "null", "null", "null", "array[gen_random_uuid()]", "null"; "25", "0", "'t'"],
        "audit_events_by_patient",
    ),
    (
        "clinic::audit::store::PAGE",
        trail!["null", "null", "null", "null", "null", "null", "'rare'"; "25", "0", "'t'"],
        "audit_events_by_request",
    ),
    (
        "clinic::audit::store::COUNTED",
        trail!["gen_random_uuid()", "null", "null", "null", "null", "null", "null"; "10001", "'t'"],
        "audit_events_by_actor",
    ),
    (
        "clinic::audit::store::COUNTED",
        trail!["null", "null", "null", "null", "null", "array[gen_random_uuid()]", "null"; "10001", "'t'"],
        "audit_events_by_patient",
    ),
    (
        "clinic::audit::store::BATCH",
        trail!["null", "null", "null", "null", "null", "null", "null"; "now()", "gen_random_uuid()", "2000", "'t'"],
        "audit_events_by_time",
    ),
    ("clinic::audit::store::OF_PATIENT", &["gen_random_uuid()", "25", "0"], "audit_events_by_patient"),
    ("clinic::audit::store::COUNTED_OF_PATIENT", &["gen_random_uuid()", "10001"], "audit_events_by_patient"),
    (
        "audit::store::attempts::FAILED",
        &["md5('t77')::uuid", "null", "null", "null", "25", "0"],
        "failed_sign_ins_by_user",
    ),
    (
        "audit::store::attempts::FAILED_COUNTED",
        &["md5('t77')::uuid", "null", "null", "null", "10001"],
        "failed_sign_ins_by_user",
    ),
    (
        "audit::store::attempts::DENIED",
        &["md5('t77')::uuid", "null", "null", "null", "25", "0"],
        "denied_attempts_by_tenant",
    ),
    (
        "platform::audit::store::PAGE",
        &["null", "null", "null", "null", "null", "null", "25", "0"],
        "audit_events_by_time",
    ),
    (
        "platform::audit::store::PAGE",
        &["null", "null", "md5('t77')::uuid", "null", "null", "null", "25", "0"],
        "audit_events_by_",
    ),
    (
        "platform::audit::store::PAGE",
        &["null", "null", "null", "gen_random_uuid()", "null", "null", "25", "0"],
        "audit_events_by_actor",
    ),
    (
        "platform::audit::store::PAGE",
        &["null", "null", "null", "null", "'GET /rare'", "null", "25", "0"],
        "audit_events_by_action",
    ),
    (
        "platform::audit::store::PAGE",
        &["null", "null", "null", "null", "null", "array['rare']", "25", "0"],
        "audit_events_by_kind",
    ),
    (
        "platform::audit::store::BATCH",
        &["null", "null", "null", "null", "null", "null", "now()", "gen_random_uuid()", "2000"],
        "audit_events_by_time",
    ),
    ("platform::audit::store::FAILED", &["null", "null", "null", "25", "0"], "failed_sign_ins_by_"),
    (
        "platform::audit::store::FAILED",
        &["null", "null", "md5('t77')::uuid", "25", "0"],
        "failed_sign_ins_by_",
    ),
    ("platform::audit::store::REFUSED", &["null", "null", "25", "0"], "denied_attempts_by_tenant"),
    // Through all of them, a hundred at a time.
    ("directory::platform::HOSPITALS", &["'00000000-0000-0000-0000-000000000000'", "1"], "tenants_pkey"),
    ("hospitals::store::FIND", &["gen_random_uuid()"], "tenants_pkey"),
    ("hospitals::store::FIND_BY_LICENSE", &["'lic-77'"], "tenants_license_unique"),
    ("hospitals::store::BY_NAME", &["null", "null", "25", "0", "null"], "tenants_by_name"),
    ("hospitals::store::BY_NAME_DOWN", &["null", "null", "25", "0", "null"], "tenants_by_name"),
    ("hospitals::store::BY_CREATED", &["null", "null", "25", "0", "null"], "tenants_by_created"),
    ("hospitals::store::BY_CREATED_DOWN", &["null", "null", "25", "0", "null"], "tenants_by_created"),
    ("hospitals::store::BY_CREATED_DOWN", &["'SUSPENDED'", "null", "25", "0", "null"], "tenants_by_status"),
    ("hospitals::store::BY_NAME", &["null", "'Clinic a1b2'", "25", "0", "null"], "tenants_search"),
    ("hospitals::store::COUNTS", &["null", "'Clinic a1b2'", "null"], "tenants_search"),
    ("hospitals::store::BY_CREATED_DOWN", &["null", "null", "25", "0", "true"], "tenants_restricted"),
    ("hospitals::store::NEAR_LIMIT", &["8"], "tenants_near_limit"),
    ("store::limits::DUE", &["now()"], "tenants_limited"),
    ("store::people::ADMINISTRATORS", &["gen_random_uuid()"], "users_pkey"),
    ("store::people::EVENTS", &["gen_random_uuid()", "20"], "audit_events_by_entity"),
    ("dashboard::store::SIGNUPS", &["'day'", "now() - interval '3 days'"], "tenants_by_created"),
    ("dashboard::store::WAITING", &["now()"], "tenants_by_status"),
    ("operators::store::LIST", &[], "users_operators"),
    ("operators::store::HOLD_ABLE", &[], "users_operators"),
    ("account::store::SESSIONS", &["gen_random_uuid()", "now()"], "sessions_by_user"),
    ("hospitals::store::SIGNED_IN", &["gen_random_uuid()", "now()"], "users_"),
];
