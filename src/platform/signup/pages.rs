//! Sign-up of a hospital: two pages of one form, then "confirm by e-mail"; and the link in that mail.
//!
//! The form works without a script. Both pages post to `/sign-up`; the button's field `step` says
//! what to do: `hospital` checks page 1 and answers page 2, `account` registers, `back` answers
//! page 1 again. Page 2 carries the values of page 1 ([`HOSPITAL_FIELDS`]) as hidden fields, so the
//! server keeps nothing between the steps and checks everything again at the end.

use askama::Template;

use crate::web::layout::*;

/// Fields of page 1, carried along by page 2.
pub const HOSPITAL_FIELDS: [&str; 6] =
    ["name", "license_number", "contact_email", "contact_phone", "time_zone", "currency"];

/// Labels of the fields, for the summary of errors.
const LABELS: &[(&str, &str)] = &[
    ("name", "Hospital name"),
    ("license_number", "Licence number"),
    ("contact_email", "Hospital e-mail"),
    ("contact_phone", "Phone"),
    ("time_zone", "Time zone"),
    ("currency", "Currency"),
    ("admin_first_name", "First name"),
    ("admin_last_name", "Last name"),
    ("admin_password", "Password"),
    ("email", "Hospital e-mail"),
];

/// Page 1, `GET /sign-up`; also the 422 answer to `step=hospital`, and `step=back`.
///
/// Fields: [`HOSPITAL_FIELDS`].
#[derive(Debug, Template)]
#[template(path = "platform/signup/pages/hospital.html")]
pub struct SignUpHospitalPage {
    pub public: Public,
    pub form: FormState,
    /// `Asia/Kolkata` as value, "Asia/Kolkata (10:42 now)" as label.
    pub time_zones: Vec<Choice>,
    /// `INR` as value, "INR, Indian rupee" as label.
    pub currencies: Vec<Choice>,
}

/// Page 2: the 200 answer to `step=hospital` and the 422 answer to `step=account`.
///
/// Fields: `admin_first_name`, `admin_last_name`, `admin_password`. If an error belongs to a field of
/// page 1 (the licence was taken meanwhile), answer page 1 instead.
#[derive(Debug, Template)]
#[template(path = "platform/signup/pages/account.html")]
pub struct SignUpAccountPage {
    pub public: Public,
    /// Values of both pages.
    pub form: FormState,
    /// The rules of a password in one line: "At least 12 characters. …"
    pub password_rules: &'static str,
}

/// Step 3: after registering, and after asking for the link again.
#[derive(Debug, Template)]
#[template(path = "platform/signup/pages/sent.html")]
pub struct SignUpSentPage {
    pub public: Public,
    pub hospital_name: Name,
    pub email: String,
    /// The link was sent again just now.
    pub again: bool,
    /// "24 hours"
    pub valid_for: &'static str,
}

/// What the link in the mail led to.
#[derive(Debug)]
pub enum Verified {
    /// The hospital is active now.
    Now {
        hospital_name: Name,
    },
    /// It was active before.
    Already,
    Expired,
    /// Not one of ours, or used up by a newer one.
    Unknown,
}

/// `GET /verify?token=…`, and the 422 answer of `POST /verify` (field `email`: send a new link).
/// `POST /verify` answers [`SignUpSentPage`] with `again`, whether the address is known or not.
#[derive(Debug, Template)]
#[template(path = "platform/signup/pages/verify.html")]
pub struct VerifyPage {
    pub public: Public,
    pub outcome: Verified,
    pub form: FormState,
}

impl VerifyPage {
    fn expired(&self) -> bool {
        matches!(self.outcome, Verified::Expired)
    }
}
