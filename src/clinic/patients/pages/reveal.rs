//! A number, an address or a document that is masked on pages; "Show" tells one of them for half a minute, and is
//! audited.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::http::header::REFRESH;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::parts::{banner, href};
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::patients::model::{Patient, PatientId};
use crate::clinic::patients::{self, View};
use crate::kernel::{AppError, FieldErrors, phone};
use crate::web::layout::*;
use crate::web::{Form, Page, Path, words};

/// How long a value is shown, in seconds.
const SHOWN_SECONDS: u32 = 30;

/// What is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Phone,
    OtherPhone,
    Email,
    NationalId,
    EmergencyPhone,
}

impl Part {
    const ALL: [Self; 5] =
        [Self::Phone, Self::OtherPhone, Self::Email, Self::NationalId, Self::EmergencyPhone];

    fn code(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::OtherPhone => "other_phone",
            Self::Email => "email",
            Self::NationalId => "national_id",
            Self::EmergencyPhone => "emergency_phone",
        }
    }

    /// What it is called in a sentence.
    fn word(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::OtherPhone => "other phone",
            Self::Email => "e-mail address",
            Self::NationalId => "number of the identity document",
            Self::EmergencyPhone => "phone of the emergency contact",
        }
    }

    fn value(self, patient: &Patient) -> Option<String> {
        let d = &patient.details;
        let group = |number: &Option<String>, e164: Option<&str>| {
            number.as_deref().map(|digits| phone::grouped(digits, e164))
        };
        match self {
            Self::Phone => group(&d.phone_primary, d.phone_e164.as_deref()),
            Self::OtherPhone => group(&d.phone_alternate, None),
            Self::EmergencyPhone => group(&d.emergency_contact_phone, None),
            Self::Email => d.email.clone(),
            Self::NationalId => d.national_id_number.clone(),
        }
    }
}

/// One masked value with its button. `{{ secret }}`
#[derive(Debug, Clone, Template)]
#[template(path = "clinic/patients/pages/_secret.html")]
pub(super) struct Secret {
    /// `/patients/{id}`
    href: String,
    part: Part,
    masked: String,
}

impl HtmlSafe for Secret {}

impl Secret {
    /// `None` if there is nothing to mask.
    pub(super) fn of(patient: &Patient, part: Part) -> Option<Self> {
        let value = part.value(patient)?;
        let masked = match part {
            Part::Email => words::masked_email(&value),
            _ => words::masked(&value),
        };
        Some(Self { href: href(patient), part, masked })
    }

    /// Letters that stay readable, for people who hear the page.
    fn ending(&self) -> &str {
        self.masked.trim_start_matches(['•', ' '])
    }
}

/// The same, told for a while: what htmx puts in its place.
#[derive(Debug, Template)]
#[template(path = "clinic/patients/pages/_told.html")]
struct Told {
    secret: Secret,
    value: String,
}

impl HtmlSafe for Told {}

/// And as a page.
#[derive(Debug, Template)]
#[template(path = "clinic/patients/pages/told.html")]
struct ToldPage {
    shell: Shell,
    banner: Banner,
    href: String,
    word: &'static str,
    value: String,
}

/// Which value to show.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct RevealForm {
    /// `phone`, `other_phone`, `email`, `national_id`, `emergency_phone`
    field: String,
}

/// `POST /patients/{patient_id}/reveal`
pub(super) async fn reveal(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Form(form): Form<RevealForm>,
) -> Result<Response, AppError> {
    let patient = patients::show(&tx, id).await?;
    let part = Part::ALL.into_iter().find(|part| part.code() == form.field);
    let told = part.and_then(|part| Some((part, Secret::of(&patient, part)?, part.value(&patient)?)));
    let Some((part, secret, value)) = told else {
        let mut errors = FieldErrors::default();
        errors.add("field", "There is nothing of this kind on the record.");
        return errors.finish_with(None::<Response>);
    };
    let audit = Audit::did("revealed", patient.id).with(json!({ "field": part.code() }));
    if frame.htmx {
        return Ok(tx.commit(audit, Page(Told { secret, value })).await?.into_response());
    }
    let page = ToldPage {
        shell: frame.shell(tx.actor()),
        banner: banner(&patient, &patients::hospital_now(&tx), Vec::new()),
        href: href(&patient),
        word: part.word(),
        value,
    };
    let mut response = tx.commit(audit, Page(page)).await?.into_response();
    // Without a script the browser goes back by itself.
    if let Ok(back) = format!("{SHOWN_SECONDS}; url={}", href(&patient)).parse() {
        response.headers_mut().insert(REFRESH, back);
    }
    Ok(response)
}
