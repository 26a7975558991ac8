//! Every code that a program can be refused with, and what it means to people.
//!
//! A capability's own come from its `problem!`; what the layers around all of them refuse with is listed here, because
//! it is raised in many places. Tests hold that no answer has a code that is in neither.

use axum::http::StatusCode;

/// One way to be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// `patients.limit_reached`: stable for programs.
    pub code: &'static str,
    pub status: StatusCode,
    /// What people read; `{…}` stands for what differs from time to time.
    pub sentence: &'static str,
    /// The field that it is about; empty for none.
    pub field: &'static str,
    /// When this happens, or what to do, if the sentence does not say it. May be empty; words of programs stand in
    /// back quotes.
    pub when: &'static str,
}

/// Error, variant, sentence.
const SENTENCES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/sentences.rs"));

impl Code {
    /// The code of an error's variant, with the sentence that `build.rs` found at it. Evaluated by the compiler.
    ///
    /// # Panics
    /// If the variant has no `#[error("…")]`: the build fails.
    #[must_use]
    #[expect(clippy::panic, reason = "evaluated by the compiler only, for which it is an error message")]
    pub const fn of(
        error: &str,
        variant: &str,
        status: StatusCode,
        code: &'static str,
        field: &'static str,
    ) -> Self {
        let mut at = 0;
        while at < SENTENCES.len() {
            let (of, name, sentence) = SENTENCES[at];
            if same(of, error) && same(name, variant) {
                return Self { code, status, sentence, field, when: "" };
            }
            at += 1;
        }
        panic!("a variant that problem! names has no #[error(\"sentence\")]")
    }

    /// `409 Conflict`
    #[must_use]
    pub fn status_words(&self) -> String {
        format!("{} {}", self.status.as_u16(), self.status.canonical_reason().unwrap_or_default())
    }

    /// Where people read about it: the `type` of the problem.
    #[must_use]
    pub fn address(code: &str) -> String {
        format!("/docs/errors#{code}")
    }
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Which operations may answer with a shared code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All of them, at any time.
    All,
    /// None: it is about an address or a method that no operation has.
    None,
    /// Those that ask who is there.
    SignedIn,
    /// Those that need a permission.
    Permitted,
    /// Those of a hospital's staff.
    Staff,
    /// Those of the platform's operators.
    Operators,
    /// Those that change something.
    Changes,
    /// POST and PATCH.
    Post,
    /// POST or PATCH by somebody who is signed in: its answer is kept for its `Idempotency-Key`.
    Repeatable,
    /// Those with a body.
    Body,
    /// Those with a body of JSON.
    Json,
    /// Those that take a file.
    File,
    /// Those with a query or a form.
    Encoded,
    /// Those with a body or a query.
    Fields,
    /// Those on one thing, by its id in the path.
    Id,
    /// Those about one patient, or about two that were merged.
    Record,
    /// Those with `If-Match`.
    Version,
    /// Those that name it themselves.
    Named,
}

const fn code(
    reach: Reach,
    status: StatusCode,
    code: &'static str,
    sentence: &'static str,
    when: &'static str,
) -> (Reach, Code) {
    (reach, Code { code, status, sentence, field: "", when })
}

/// What the layers around the capabilities refuse with.
pub const SHARED: &[(Reach, Code)] = &[
    code(
        Reach::Fields,
        StatusCode::UNPROCESSABLE_ENTITY,
        "validation_failed",
        "{count} fields need attention.",
        "Some fields cannot be taken as they are: `errors` holds one sentence for each, with the field's name.",
    ),
    code(
        Reach::Json,
        StatusCode::BAD_REQUEST,
        "malformed_json",
        "The request body is not valid JSON (line {line}, column {column}).",
        "",
    ),
    code(
        Reach::Body,
        StatusCode::BAD_REQUEST,
        "malformed_body",
        "The request body is not valid UTF-8 text.",
        "",
    ),
    code(
        Reach::Body,
        StatusCode::BAD_REQUEST,
        "incomplete_body",
        "The request ended before its body was complete.",
        "The connection broke. Send it again.",
    ),
    code(
        Reach::Encoded,
        StatusCode::BAD_REQUEST,
        "malformed_encoding",
        "The address is not encoded correctly.",
        "A `%` in the query or form is not followed by two hexadecimal digits, or the bytes are not UTF-8.",
    ),
    code(
        Reach::Id,
        StatusCode::BAD_REQUEST,
        "malformed_path",
        "The address is not encoded correctly.",
        "The path is not UTF-8.",
    ),
    code(
        Reach::All,
        StatusCode::BAD_REQUEST,
        "bad_request",
        "The request is not understood.",
        "It breaks a rule of HTTP itself.",
    ),
    code(
        Reach::Body,
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        "The request is too large; at most {limit} are read.",
        "",
    ),
    code(
        Reach::File,
        StatusCode::REQUEST_TIMEOUT,
        "too_slow",
        "The file took too long to arrive. Try again with a better connection or a smaller file.",
        "Nothing was kept of it.",
    ),
    code(
        Reach::Body,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "Send the body as {type}.",
        "The `Content-Type` is missing or another one.",
    ),
    code(
        Reach::SignedIn,
        StatusCode::UNAUTHORIZED,
        "auth.unauthenticated",
        "Not authenticated",
        "There is no valid access token. Exchange the refresh token for a new one, or sign in again.",
    ),
    code(
        Reach::SignedIn,
        StatusCode::FORBIDDEN,
        "auth.inactive",
        "This account is inactive. Ask your administrator.",
        "",
    ),
    code(
        Reach::SignedIn,
        StatusCode::UNAUTHORIZED,
        "auth.locked",
        "The screen of this session is locked. Unlock it with your password.",
        "Only a browser's session is locked, at `/lock`; one with an access token never is.",
    ),
    code(
        Reach::SignedIn,
        StatusCode::FORBIDDEN,
        "auth.account_locked",
        "This account is locked. Ask your administrator.",
        "",
    ),
    code(
        Reach::SignedIn,
        StatusCode::FORBIDDEN,
        "auth.hospital_not_active",
        "This hospital is suspended. Contact the platform.",
        "The hospital is not confirmed yet, or was stopped. Its data is kept.",
    ),
    code(
        Reach::Staff,
        StatusCode::FORBIDDEN,
        "hospital_restricted",
        "The platform has restricted this hospital: it takes no new patients, bookings and accounts for the time. Records \
         stay open, and emergencies and births are registered as always.",
        "Whatever makes a hospital grow waits: new patients, bookings, accounts, departments, roles and shares.",
    ),
    code(
        Reach::Permitted,
        StatusCode::FORBIDDEN,
        "auth.password_change_required",
        "Change your temporary password first.",
        "Until `POST /api/v1/auth/change-password` nothing else is open.",
    ),
    code(
        Reach::Permitted,
        StatusCode::FORBIDDEN,
        "auth.mfa_enrolment_required",
        "Set up two-step sign-in first. It is required for your account.",
        "The hospital or the platform demands a second step and the caller has none: until `POST /api/v1/auth/mfa/enrol` and \
         `POST /api/v1/auth/mfa/confirm` nothing else is open.",
    ),
    code(
        Reach::Permitted,
        StatusCode::FORBIDDEN,
        "auth.permission_missing",
        "Insufficient permissions. Required: {permission}",
        "None of the caller's roles grants the operation's permission (`x-permission`).",
    ),
    code(
        Reach::Record,
        StatusCode::FORBIDDEN,
        "patients.confidential",
        "This record is restricted. Give a reason to open it; the hospital sees who did, when and why.",
        "`POST /api/v1/patients/{patient_id}/break-glass` opens it to the caller for four hours.",
    ),
    code(
        Reach::Record,
        StatusCode::FORBIDDEN,
        "patients.not_linked",
        "This is not your patient. Give a reason to open the record; the hospital sees who did, when and why.",
        "Only for doctors of a hospital that shows them their own patients. `POST \
         /api/v1/patients/{patient_id}/break-glass` opens it to the caller for four hours.",
    ),
    code(
        Reach::Staff,
        StatusCode::FORBIDDEN,
        "auth.tenant_required",
        "This operation requires a tenant user.",
        "Operators of the platform belong to no hospital and see no patients.",
    ),
    code(
        Reach::Operators,
        StatusCode::FORBIDDEN,
        "auth.super_admin_required",
        "Only a super-admin of the platform may do this.",
        "",
    ),
    code(
        Reach::Changes,
        StatusCode::FORBIDDEN,
        "csrf.cross_origin",
        "This request did not come from a page of this site. Open the page again and retry.",
        "Only with a session cookie: programs use a bearer token and never meet it.",
    ),
    code(
        Reach::Id,
        StatusCode::NOT_FOUND,
        "not_found",
        "{thing} was not found.",
        "Absent, or of another hospital: the answer is the same.",
    ),
    code(
        Reach::None,
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This cannot be done here.",
        "The address has no such method.",
    ),
    code(Reach::None, StatusCode::UPGRADE_REQUIRED, "upgrade_required", "Connect with a WebSocket here.", ""),
    code(
        Reach::Changes,
        StatusCode::CONFLICT,
        "conflict",
        "This does not fit with what is already recorded.",
        "The database refused the change. Read the thing again, then decide.",
    ),
    code(
        Reach::Changes,
        StatusCode::CONFLICT,
        "conflict.retry",
        "Somebody else changed the same thing at the same moment. Try again.",
        "Nothing was changed: the same request may be sent again at once.",
    ),
    code(
        Reach::Version,
        StatusCode::PRECONDITION_FAILED,
        "precondition_failed",
        "If-Match must repeat the ETag that you were given.",
        "",
    ),
    code(
        Reach::Post,
        StatusCode::BAD_REQUEST,
        "idempotency.invalid_key",
        "The Idempotency-Key must have 1 to 200 plain characters.",
        "",
    ),
    code(
        Reach::Repeatable,
        StatusCode::UNPROCESSABLE_ENTITY,
        "idempotency.key_reused",
        "This Idempotency-Key was already used with another request.",
        "Make a new key for each new request.",
    ),
    code(
        Reach::Repeatable,
        StatusCode::CONFLICT,
        "idempotency.reply_withheld",
        "This was already done. The answer held a secret and is told only once.",
        "The first request with this key succeeded.",
    ),
    code(
        Reach::Named,
        StatusCode::TOO_MANY_REQUESTS,
        "rate_limited",
        "There were too many attempts. Wait a little and try again.",
        "`Retry-After` says for how many seconds.",
    ),
    code(
        Reach::All,
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_requests",
        "There were too many requests in a short time. Wait a little and try again.",
        "The limit on all requests of a person or of an address; `RateLimit` tells what is left of it.",
    ),
    code(
        Reach::Named,
        StatusCode::NOT_IMPLEMENTED,
        "pdf.absent",
        "This HMS was built without PDF files. Choose another format.",
        "",
    ),
    code(
        Reach::All,
        StatusCode::SERVICE_UNAVAILABLE,
        "unavailable",
        "The service is not available for a moment. Try again shortly.",
        "Nothing was changed. `Retry-After` says for how many seconds to wait.",
    ),
    code(
        Reach::All,
        StatusCode::SERVICE_UNAVAILABLE,
        "outcome_unknown",
        "The connection broke while this was being saved, so it may or may not have been kept. Look before you send it again.",
        "With an `Idempotency-Key` it can be sent again as it is: it is done once, whatever became of the first. Without one, look first.",
    ),
    code(
        Reach::All,
        StatusCode::SERVICE_UNAVAILABLE,
        "timeout",
        "This took too long and was stopped. Try again.",
        "After 30 seconds, unless the operator set another time. Whether a change was kept is not known: send it with an `Idempotency-Key`.",
    ),
    code(
        Reach::All,
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "Something went wrong on our side; nothing was changed.",
        "Tell us the `request_id`: the cause is in the log under it.",
    ),
];
