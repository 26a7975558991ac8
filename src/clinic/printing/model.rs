//! What is printed at the desk, and what waits for a printer. Pure.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::clinic::appointments::{AppointmentId, Token};
use crate::clinic::patients::{Confidentiality, PatientId};
use crate::kernel::FieldErrors;
use crate::kernel::ids::UserId;
use crate::{ids, problem};

ids! {
    /// Something that is printed later.
    PrintJobId = "print_job";
}

/// Most of one paper at a time.
pub const MOST_COPIES: i64 = 20;
/// Most that is asked for at once.
pub const MOST_AT_ONCE: usize = 50;

/// Paper of the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Slip {
    /// The number in the queue, of an appointment.
    Token,
    /// For files and tubes, of a patient.
    Label,
    /// For the wrist, of a patient.
    Wristband,
}

impl Slip {
    pub const ALL: [Self; 3] = [Self::Token, Self::Label, Self::Wristband];

    /// The word in the database and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Token => "TOKEN",
            Self::Label => "LABEL",
            Self::Wristband => "WRISTBAND",
        }
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Token => "Token",
            Self::Label => "Label",
            Self::Wristband => "Wristband",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|slip| slip.code() == code)
    }

    pub(super) fn parse(typed: Option<&str>, errors: &mut FieldErrors) -> Option<Self> {
        let found = typed.map(str::trim).and_then(Self::from_code);
        if found.is_none() {
            errors.add("kind", "Use one of: TOKEN, LABEL, WRISTBAND.");
        }
        found
    }
}

/// How many of a paper.
pub(super) fn copies(typed: Option<i64>, errors: &mut FieldErrors) -> Option<i16> {
    let wanted = typed.unwrap_or(1);
    let fits = i16::try_from(wanted).ok().filter(|_| (1..=MOST_COPIES).contains(&wanted));
    if fits.is_none() {
        errors.add("copies", format!("Use a number from 1 to {MOST_COPIES}."));
    }
    fits
}

/// Whose wrist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Wrist {
    Adult,
    Newborn,
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Ending {
    Printed,
    Withdrawn,
}

impl Ending {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Printed => "PRINTED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }
}

/// Something that waits for a printer.
#[derive(Debug, Clone)]
pub struct PrintJob {
    pub id: PrintJobId,
    pub slip: Slip,
    pub patient: PatientId,
    pub appointment: Option<AppointmentId>,
    pub token: Option<Token>,
    pub copies: i16,
    pub asked_by: UserId,
    pub asked_by_name: Option<String>,
    pub asked_at: Timestamp,
    /// Code and name, where the reader may know them.
    pub person: Option<(String, String)>,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) level: Confidentiality,
    pub(super) registered_by: UserId,
}

impl PrintJob {
    /// Where its file is.
    #[must_use]
    pub fn file(&self) -> String {
        match (self.slip, self.appointment) {
            (Slip::Token, Some(appointment)) => format!("/api/v1/appointments/{appointment}/token.pdf"),
            (Slip::Wristband, _) => format!("/api/v1/patients/{}/wristband.pdf", self.patient),
            _ => format!("/api/v1/patients/{}/label.pdf?copies={}", self.patient, self.copies),
        }
    }
}

/// What is to be printed later: appointments for tokens, patients for the others.
#[derive(Debug, Clone)]
pub struct NewJobs {
    pub slip: Slip,
    pub ids: Vec<uuid::Uuid>,
    pub copies: i16,
}

/// Why something is not printed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PrintError {
    #[error("This appointment has no token: check the patient in first.")]
    NoToken,
    #[error("This was printed or withdrawn already. Nothing was changed.")]
    Closed,
}

problem!(PrintError {
    NoToken => CONFLICT "printing.no_token",
    Closed => CONFLICT "printing.closed",
});
