//! Who may do what others may not, each with its reason.

/// What a model may use besides `kernel`.
pub(super) const MODELS_USE: &[(&str, &str, &str)] = &[
    ("src/clinic/appointments/model.rs", "clinic", "patients are seen by doctors, in departments and rooms"),
    (
        "src/clinic/appointments/model/typed.rs",
        "clinic",
        "a search finds patients, a period is days of a zone",
    ),
    ("src/clinic/availability/model.rs", "clinic", "hours are of doctors, in rooms, on weekdays"),
    ("src/clinic/doctors/model.rs", "clinic", "a doctor and a room are of a department"),
    ("src/clinic/leave/model.rs", "clinic", "an absence falls upon appointments"),
    ("src/clinic/slots/model.rs", "clinic", "free times are of doctors, within their hours"),
    ("src/clinic/audit/model.rs", "clinic", "what was looked at is a patient's record, and in which period"),
    ("src/clinic/chart/model.rs", "clinic", "an entry is a patient's, and a line of her text"),
    ("src/clinic/confidential/model.rs", "clinic", "what is opened is a patient's record"),
    ("src/clinic/consents/model.rs", "clinic", "the patient's answers are part of the patient"),
    ("src/clinic/duplicates/model.rs", "clinic", "who looks alike is a patient"),
    (
        "src/clinic/encounters/model.rs",
        "clinic",
        "who is met is a patient, in a department, for an appointment",
    ),
    ("src/clinic/notes/model.rs", "clinic", "what is written is about a patient's encounter"),
    ("src/clinic/diagnoses/model.rs", "clinic", "what is found is a patient's, in an encounter"),
    ("src/clinic/history/model.rs", "clinic", "what changed is a patient"),
    ("src/clinic/care/model.rs", "clinic", "who is cared for are patients, by people and departments"),
    ("src/clinic/merges/model.rs", "clinic", "what is merged are patients"),
    ("src/clinic/merges/model/doubts.rs", "clinic", "how long one birth may take is a rule of patients"),
    (
        "src/clinic/printing/model.rs",
        "clinic",
        "what is printed is of a patient, or the token of an appointment",
    ),
    ("src/clinic/queue/model.rs", "clinic", "who waits has an appointment with a doctor of a department"),
    ("src/clinic/newborns/model.rs", "clinic", "mother and child are patients"),
    ("src/clinic/staff/model.rs", "clinic", "a person has a department and roles"),
    ("src/clinic/unidentified/model.rs", "clinic", "an age as it looks is a patient's birth"),
    ("src/clinic/vitals/model.rs", "clinic", "a set is of a patient, and of an appointment"),
    ("src/clinic/escalations/model.rs", "clinic", "an alarm is of a patient's set of vital signs"),
    ("src/platform/audit/model.rs", "clinic", "a period is days of a zone, as in a hospital's lists"),
    ("src/platform/hospitals/model.rs", "identity", "a hospital's standing is what the gate asks for"),
    ("src/platform/sessions/model.rs", "identity", "a hospital's standing is what the gate asks for"),
    ("src/platform/signup/model.rs", "identity", "the rules of a password"),
];

/// Who may write on both sides in one transaction.
pub(super) const BRIDGE: &[(&str, &str)] = &[
    (
        "src/platform/account/mod.rs",
        "the address that signs in is the platform's, and in the person's profile",
    ),
    ("src/platform/signup/mod.rs", "a hospital and its schema begin together"),
    ("src/clinic/staff/domain/joining.rs", "a hospital and its administrator begin together"),
    ("src/clinic/staff/domain/office.rs", "a person's sign-in is the platform's, the profile the hospital's"),
    (
        "src/clinic/audit/domain/attempts.rs",
        "failed sign-ins are the platform's, the names of those people the hospital's",
    ),
    ("src/demo/hospital.rs", "a demo hospital and its people begin together"),
    ("src/clinic/care/mod.rs", "the hospital's choice is announced to every instance"),
    (
        "src/clinic/confidential/domain/alerts.rs",
        "the opening is the hospital's, the mail about it the platform's",
    ),
    (
        "src/clinic/profile/mod.rs",
        "a hospital's row is the platform's, its hours and holidays the hospital's",
    ),
];

/// Commits without a row of the audit, because an earlier one tells of the same stretch of work.
pub(super) const TOLD_BEFORE: &[(&str, &str)] =
    &[("src/clinic/notes/api.rs", "a draft is saved every few seconds while its author types")];

/// Who may act for somebody who is not signed in.
pub(super) const PUBLIC: &[(&str, &str)] = &[
    ("src/platform/account/api.rs", "a password is asked again, as at the sign-in"),
    ("src/platform/account/mod.rs", "a password is asked again, as at the sign-in"),
    ("src/platform/account/pages.rs", "a password is asked again, as at the sign-in"),
    ("src/platform/gallery/pages.rs", "development: every component"),
    ("src/platform/lock/mod.rs", "a password is asked again, as at the sign-in"),
    ("src/platform/lock/pages.rs", "a password is asked again, as at the sign-in"),
    ("src/platform/messages/pages.rs", "development: mail that was not sent"),
    ("src/platform/mfa/api.rs", "the code that is owed after the password"),
    ("src/platform/mfa/mod.rs", "the code that is owed after the password"),
    ("src/platform/mfa/pages.rs", "the code that is owed after the password"),
    ("src/platform/sessions/api.rs", "signing in, refreshing, choosing a password by link"),
    ("src/platform/sessions/domain/failures.rs", "a failed sign-in is of somebody unknown"),
    ("src/platform/sessions/domain/links.rs", "choosing a password by link"),
    ("src/platform/sessions/domain/passwords.rs", "a password is asked again, as at the sign-in"),
    ("src/platform/sessions/domain/resets.rs", "whoever forgot a password cannot sign in"),
    ("src/platform/sessions/mod.rs", "signing in, refreshing"),
    ("src/platform/sessions/pages.rs", "signing in and out, choosing a password by link"),
    ("src/platform/sessions/pages/forgot.rs", "whoever forgot a password cannot sign in"),
    ("src/platform/sessions/store.rs", "address and program of a new session, a failed sign-in"),
    ("src/platform/signup/api.rs", "a newcomer has no account yet"),
    ("src/platform/signup/mod.rs", "a newcomer has no account yet"),
    ("src/platform/signup/pages.rs", "a newcomer has no account yet"),
    ("src/platform/signup/pages/verify.rs", "a newcomer has no account yet"),
];

/// Who may act without a person.
pub(super) const SYSTEM: &[(&str, &str)] = &[
    ("src/cli/backup.rs", "a command of the operator at the machine"),
    ("src/cli/operator.rs", "commands of the operator at the machine"),
    ("src/cli/tenant.rs", "commands of the operator at the machine"),
    ("src/cli/tenant/limits.rs", "a command of the operator at the machine"),
    ("src/cli/tenant/recount.rs", "a command of the operator at the machine"),
    ("src/cli/tenant/second_step.rs", "a command of the operator at the machine"),
    ("src/clinic/appointments/housekeeping.rs", "a job"),
    ("src/clinic/audit/domain/export.rs", "a file is read in pieces while it is sent to who was let in"),
    ("src/clinic/confidential/domain/alerts.rs", "a job"),
    ("src/clinic/escalations/housekeeping.rs", "a job"),
    ("src/clinic/pictures/housekeeping.rs", "a job"),
    ("src/clinic/profile/domain/logo.rs", "a job"),
    ("src/demo/reset.rs", "a job, and a command of the operator at the machine"),
    ("src/clinic/staff/domain/in_step.rs", "a job"),
    ("src/platform/audit/domain/export.rs", "a file is read in pieces while it is sent to who was let in"),
    ("src/platform/demo/mod.rs", "a job, and a command of the operator at the machine"),
    ("src/platform/hospitals/domain/limits.rs", "a job"),
    ("src/platform/hospitals/domain/measuring.rs", "a job, and a command of the operator at the machine"),
    ("src/platform/housekeeping.rs", "a job"),
    ("src/platform/messages/mod.rs", "a job"),
    ("src/platform/mfa/housekeeping.rs", "a job"),
    ("src/platform/operators/mod.rs", "the first super-admin is made by a command"),
    ("src/platform/sessions/domain/resets.rs", "a job"),
    ("src/platform/signup/mod.rs", "a job"),
    ("src/platform/signup/domain/removing.rs", "a job"),
    ("src/server.rs", "GET /ready asks the database"),
    ("src/server/metrics.rs", "GET /metrics counts mails and jobs"),
];

/// What a session may still do while its screen is locked.
pub(super) const EVEN_LOCKED: &[(&str, &str)] = &[
    ("src/platform/account/pages/confirm.rs", "the link in a mail leads to the sign-in first"),
    ("src/platform/lock/pages.rs", "the lock itself"),
    ("src/platform/sessions/pages.rs", "signing out"),
];

/// Routes without a description, so outside of the authorization sweep.
pub(super) const BARE_ROUTES: &[(&str, &str)] = &[
    ("/api/v1/auth/health", "the contract's second name of /health"),
    ("/api/v1/tenants/health", "the contract's third name of /health"),
    ("/assets/{file}", "style sheets and scripts, the same for everybody"),
    ("/docs", "reads /openapi.json"),
    ("/docs/errors", "what refusals mean, the same for everybody"),
    ("/metrics", "for the machine that watches; by token, or from this machine only"),
    ("/health", "says only that the process lives"),
    ("/openapi.json", "the description itself"),
    ("/ready", "for the machine that sends traffic here; names safeguards, no data"),
    ("/redoc", "reads /openapi.json"),
];

/// Types that are put into a page unescaped without being templates themselves.
pub(super) const SAFE_WITHOUT_TEMPLATE: &[(&str, &str)] = &[];

/// Where SQL may be sent without a typed statement.
pub(super) const RAW_SQL: [&str; 3] = ["src/db/", "src/access/", "src/demo/"];
