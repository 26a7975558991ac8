//! Sign-up of a hospital: two pages of one form, then "confirm by e-mail"; and the link in that mail.
//!
//! The form works without a script. Both pages post to `/sign-up`; the button's field `step` says
//! what to do: `hospital` checks page 1 and answers page 2, `account` registers, `back` answers
//! page 1 again. Page 2 carries the values of page 1 ([`HOSPITAL_FIELDS`]) as hidden fields, so the
//! server keeps nothing between the steps and checks everything again at the end.
//!
//! What the link in the mail leads to is in `verify`.

mod verify;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NewHospital, RegisterHospital};
use crate::access::{Frame, Public};
use crate::app::App;
use crate::identity::password::RULES;
use crate::kernel::{AppError, Problem};
use crate::web::layout::{Choice, FormState, Name, Public as PublicFrame, choices, filters};
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus};

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
    ("password", "Password"),
];

/// Page 1, `GET /sign-up`; also the 422 answer to `step=hospital`, and `step=back`.
///
/// Fields: [`HOSPITAL_FIELDS`].
#[derive(Debug, Template)]
#[template(path = "platform/signup/pages/hospital.html")]
pub struct SignUpHospitalPage {
    pub public: PublicFrame,
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
    pub public: PublicFrame,
    /// Values of both pages.
    pub form: FormState,
    /// The rules of a password in one line: "At least 10 characters. …"
    pub password_rules: &'static str,
}

/// Step 3: after registering, and after asking for the link again.
#[derive(Debug, Template)]
#[template(path = "platform/signup/pages/sent.html")]
pub struct SignUpSentPage {
    pub public: PublicFrame,
    pub hospital_name: Name,
    pub email: String,
    /// The link was sent again just now.
    pub again: bool,
    /// "24 hours"
    pub valid_for: &'static str,
}

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/sign-up", get_with(start, op("pages.signup.start", "Sign-up form")))
        .api_route("/sign-up", post_with(step, op("pages.signup.step", "One step of the sign-up")))
        .merge(verify::router())
}

/// Everything that the two pages send; absent fields are blank.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SignUpForm {
    step: String,
    name: String,
    license_number: String,
    contact_email: String,
    contact_phone: String,
    time_zone: String,
    currency: String,
    admin_first_name: String,
    admin_last_name: String,
    admin_password: String,
}

impl SignUpForm {
    fn state(&self) -> FormState {
        FormState::new()
            .with("name", &self.name)
            .with("license_number", &self.license_number)
            .with("contact_email", &self.contact_email)
            .with("contact_phone", &self.contact_phone)
            .with("time_zone", &self.time_zone)
            .with("currency", &self.currency)
            .with("admin_first_name", &self.admin_first_name)
            .with("admin_last_name", &self.admin_last_name)
    }

    fn raw(&self, with_account: bool) -> RegisterHospital {
        let filled = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
        RegisterHospital {
            name: filled(&self.name),
            contact_email: filled(&self.contact_email),
            license_number: filled(&self.license_number),
            address: None,
            contact_phone: filled(&self.contact_phone),
            admin_first_name: filled(&self.admin_first_name),
            admin_last_name: filled(&self.admin_last_name),
            // On the second page a password is needed, so a blank one is a wrong one.
            admin_password: with_account.then(|| self.admin_password.clone()),
            time_zone: filled(&self.time_zone),
            currency: filled(&self.currency),
            // Proposed; the hospital's profile asks for it.
            country: None,
        }
    }
}

async fn start(public: Public, frame: Frame) -> Result<Response, AppError> {
    let form = FormState::new().with("time_zone", "UTC").with("currency", "USD");
    Ok(Page(hospital_page(&public.app, &frame, form)).into_response())
}

fn hospital_page(app: &App, frame: &Frame, form: FormState) -> SignUpHospitalPage {
    SignUpHospitalPage {
        public: frame.public(),
        form,
        time_zones: choices::time_zones(app.clock.now()),
        currencies: choices::currencies(),
    }
}

async fn step(public: Public, frame: Frame, Form(form): Form<SignUpForm>) -> Result<Response, AppError> {
    let app = &public.app;
    match form.step.as_str() {
        "back" => Ok(Page(hospital_page(app, &frame, form.state())).into_response()),
        "account" => {
            let result = match NewHospital::parse(form.raw(true)) {
                Ok(new) if form.admin_first_name.trim().is_empty() => {
                    drop(new);
                    Err(Problem::new(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        "validation_failed",
                        "This is needed.",
                    )
                    .at_field("admin_first_name")
                    .into())
                }
                Ok(new) => match app.throttles.sign_up(public.facts.ip) {
                    Ok(()) => super::sign_up(&public, new).await,
                    Err(problem) => Err(problem.into()),
                },
                Err(error) => Err(error),
            };
            match result {
                Ok(registered) => {
                    Ok(Page(sent_page(&frame, &registered.hospital.name, &registered.hospital.email, false))
                        .into_response())
                }
                Err(AppError::Problem(problem)) => Ok(refused(app, &frame, &form, &problem)),
                Err(other) => Err(other),
            }
        }
        _ => match NewHospital::parse(form.raw(false)) {
            Ok(_) => Ok(Page(account_page(&frame, form.state())).into_response()),
            Err(AppError::Problem(problem)) => Ok(refused(app, &frame, &form, &problem)),
            Err(other) => Err(other),
        },
    }
}

fn account_page(frame: &Frame, form: FormState) -> SignUpAccountPage {
    SignUpAccountPage { public: frame.public(), form, password_rules: RULES }
}

fn sent_page(frame: &Frame, hospital: &str, email: &str, again: bool) -> SignUpSentPage {
    SignUpSentPage {
        public: frame.public(),
        hospital_name: Name::new(hospital),
        email: email.to_owned(),
        again,
        valid_for: "24 hours",
    }
}

/// The page that holds the first field at fault, with what was typed.
fn refused(app: &App, frame: &Frame, form: &SignUpForm, problem: &Problem) -> Response {
    let state = form.state().refused(&problem.errors, problem.detail.clone());
    let status = if problem.status == StatusCode::BAD_REQUEST {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        problem.status
    };
    let on_first = problem.errors.iter().any(|e| HOSPITAL_FIELDS.contains(&e.field.as_str()));
    if on_first || form.step != "account" {
        PageWithStatus(status, hospital_page(app, frame, state)).into_response()
    } else {
        PageWithStatus(status, account_page(frame, state)).into_response()
    }
}
