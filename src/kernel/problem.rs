//! What can go wrong, as data: RFC 9457 problems. The web layer renders them as JSON or as a page.

use std::borrow::Cow;

use axum::http::StatusCode;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Serialize;

/// A refusal that the caller can act on. `detail` is one plain sentence (clients read it as a string).
#[derive(Debug, Clone)]
pub struct Problem {
    pub status: StatusCode,
    /// Stable for programs, for example `patients.limit_reached`.
    pub code: &'static str,
    pub detail: Cow<'static, str>,
    pub errors: Vec<FieldError>,
    /// Seconds after which trying again makes sense (429, 503).
    pub retry_after: Option<u32>,
    /// The page that asks for what is missing; a browser that wanted to read is led there.
    pub asks_at: Option<String>,
    /// Names the sign-in that goes on with a code.
    pub mfa_token: Option<SecretString>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, Serialize, JsonSchema, PartialEq, Eq)]
pub struct FieldError {
    /// Name of the field as the request has it.
    pub field: String,
    /// One sentence for the person who typed it.
    pub message: String,
}

impl Problem {
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            asks_at: None,
            mfa_token: None,
        }
    }

    #[must_use]
    pub fn bad_request(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    #[must_use]
    pub fn unauthenticated(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "auth.unauthenticated", detail)
    }

    #[must_use]
    pub fn forbidden(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, detail)
    }

    /// Absent, or none of the caller's business: the same answer.
    #[must_use]
    pub fn not_found(what: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("{what} was not found."))
    }

    #[must_use]
    pub fn conflict(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    #[must_use]
    pub fn too_many(retry_after_seconds: u32) -> Self {
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limited",
            "There were too many attempts. Wait a little and try again.",
        );
        problem.retry_after = Some(retry_after_seconds);
        problem
    }

    /// The limit on all requests of an address or a person; see [`Problem::too_many`] for one act's.
    #[must_use]
    pub fn too_many_requests(retry_after_seconds: u32) -> Self {
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            "There were too many requests in a short time. Wait a little and try again.",
        );
        problem.retry_after = Some(retry_after_seconds);
        problem
    }

    #[must_use]
    pub fn unavailable(detail: impl Into<Cow<'static, str>>, retry_after_seconds: u32) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail);
        problem.retry_after = Some(retry_after_seconds);
        problem
    }

    /// The problem of a capability's error, to add to it.
    #[must_use]
    pub fn from_error(error: impl Into<AppError>) -> Self {
        match error.into() {
            AppError::Problem(problem) => problem,
            AppError::Db(_) | AppError::Internal(_) => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side.")
            }
        }
    }

    /// A 4xx with the same message at one field, for forms.
    #[must_use]
    pub fn at_field(mut self, field: &str) -> Self {
        self.errors.push(FieldError { field: field.to_owned(), message: self.detail.clone().into_owned() });
        self
    }
}

/// Field errors gathered while parsing; all are reported at once.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldError { field: field.to_owned(), message: message.into() });
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// `Ok` if nothing was found, else the 422 problem.
    ///
    /// # Errors
    /// The problem with all field errors.
    pub fn finish(self) -> Result<(), AppError> {
        if self.0.is_empty() { Ok(()) } else { Err(AppError::Problem(self.into())) }
    }

    /// The parsed value, or the 422 problem. `None` without an error is a mistake of the parser.
    ///
    /// # Errors
    /// The problem with all field errors.
    pub fn finish_with<T>(self, value: Option<T>) -> Result<T, AppError> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(AppError::Problem(self.into())),
        }
    }
}

impl From<FieldErrors> for Problem {
    fn from(errors: FieldErrors) -> Self {
        let detail = match errors.0.as_slice() {
            [one] => format!("{}: {}", one.field, one.message),
            many => format!("{} fields need attention.", many.len()),
        };
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "validation_failed", detail);
        problem.errors = errors.0;
        problem
    }
}

/// Every failure of a request.
#[derive(Debug)]
pub enum AppError {
    /// A refusal to tell the caller about.
    Problem(Problem),
    /// The database failed in a way that no rule foresaw.
    Db(DbError),
    /// A fault of ours: logged, answered as 500 without detail.
    Internal(String),
}

impl AppError {
    pub fn internal(what: impl std::fmt::Display) -> Self {
        Self::Internal(what.to_string())
    }

    /// Name of the violated constraint, if a constraint refused the write.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Db(e) => e.constraint(),
            _ => None,
        }
    }
}

impl From<Problem> for AppError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<DbError> for AppError {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

/// A database error without the values that PostgreSQL puts into DETAIL.
#[derive(Debug, Clone)]
pub struct DbError {
    /// SQLSTATE, or a word of ours (`closed`, `poisoned`, `pool`) where there is none.
    pub sqlstate: Cow<'static, str>,
    pub constraint: Option<String>,
    pub statement: &'static str,
    /// The connection broke while a COMMIT was under way: it may have been carried out.
    pub in_doubt: bool,
}

impl DbError {
    #[must_use]
    pub fn of(error: &tokio_postgres::Error, statement: &'static str) -> Self {
        match error.as_db_error() {
            Some(db) => Self {
                sqlstate: Cow::Owned(db.code().code().to_owned()),
                constraint: db.constraint().map(str::to_owned),
                statement,
                in_doubt: false,
            },
            None if error.is_closed() || is_io(error) => Self::word("closed", statement),
            None => Self::word("client", statement),
        }
    }

    #[must_use]
    pub fn word(word: &'static str, statement: &'static str) -> Self {
        Self { sqlstate: Cow::Borrowed(word), constraint: None, statement, in_doubt: false }
    }

    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        self.constraint.as_deref()
    }

    /// The database is away, starting, stopping, read-only, full or on a failing disk: the caller may try again.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        let s = self.sqlstate.as_ref();
        matches!(s, "pool" | "25006") || self.is_broken_off() || s.starts_with("53") || s.starts_with("58")
    }

    /// The connection broke and nothing was answered.
    #[must_use]
    pub fn is_unanswered(&self) -> bool {
        self.sqlstate == "closed"
    }

    /// The connection broke, or the server said that it breaks it (which it may say after the work was done).
    #[must_use]
    pub fn is_broken_off(&self) -> bool {
        let s = self.sqlstate.as_ref();
        self.is_unanswered() || s.starts_with("08") || s.starts_with("57P")
    }

    /// A statement took too long, or two transactions waited for each other.
    #[must_use]
    pub fn is_contention(&self) -> bool {
        matches!(self.sqlstate.as_ref(), "57014" | "55P03" | "40001" | "40P01")
    }
}

/// Reset, timed out, unreachable: the driver tells some of these as they come from the system.
fn is_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>())
}

impl std::fmt::Display for DbError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "database error {} in {}", self.sqlstate, self.statement)?;
        if let Some(constraint) = &self.constraint {
            write!(f, " (constraint {constraint})")?;
        }
        Ok(())
    }
}

impl std::error::Error for DbError {}

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Problem(p) => write!(f, "{} {}", p.status.as_u16(), p.code),
            Self::Db(e) => e.fmt(f),
            Self::Internal(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for AppError {}

/// Map each variant of a capability's error enum to a status and a stable code:
/// `problem!(DispenseError { OutOfStock => CONFLICT "pharmacy.out_of_stock" at "quantity" })`.
/// `Display` is the sentence for people. The enum gets `CODES`, which the capability's MODULE names in `problems`, so
/// that the API's description tells them with their sentences.
#[macro_export]
macro_rules! problem {
    ($error:ident { $($variant:ident => $status:ident $code:literal $(at $field:literal)?),+ $(,)? }) => {
        impl $error {
            /// What this refuses with.
            pub const CODES: &'static [$crate::kernel::Code] = &[$($crate::kernel::Code::of(
                stringify!($error), stringify!($variant), axum::http::StatusCode::$status, $code,
                concat!($($field)?),
            )),+];
        }

        impl From<$error> for $crate::kernel::AppError {
            fn from(error: $error) -> Self {
                let detail = error.to_string();
                let problem = match &error {$(
                    $error::$variant { .. } =>
                        $crate::kernel::Problem::new(axum::http::StatusCode::$status, $code, detail)$(.at_field($field))?,
                )+};
                Self::Problem(problem)
            }
        }
    };
}
