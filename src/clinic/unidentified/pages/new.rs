//! Somebody whom nobody knows arrives: sex, age, done.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::{Audit, Authorized, Frame};
use crate::clinic::patients::{self, Gender, RegisterInNeed, Registered};
use crate::clinic::unidentified::{self, AgeBand, Stranger};
use crate::kernel::AppError;
use crate::kernel::ids::new_uuid;
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, SeeOther, words};

/// `GET /patients/unidentified` and the 422 answer to its POST. Fields: `form_key`, `sex`, `age_band`, `note`.
#[derive(Template)]
#[template(path = "clinic/unidentified/pages/new.html")]
struct UnidentifiedPage {
    shell: Shell,
    form: FormState,
}

impl UnidentifiedPage {
    fn is_chosen(&self, row: &str, code: &str) -> bool {
        self.form.value(row) == code
    }

    /// Code and word of each sex, in the order of the buttons.
    fn sexes() -> [(&'static str, &'static str); 4] {
        [Gender::Female, Gender::Male, Gender::Other, Gender::Unknown]
            .map(|sex| (sex.code(), words::sex(sex.code()).0))
    }
}

/// What the form sends; a row without a choice is unknown.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct UnidentifiedForm {
    /// Made when the form was shown: the same form sent twice registers one patient.
    form_key: String,
    sex: String,
    age_band: String,
    note: String,
}

/// `GET /patients/unidentified`
pub(super) async fn form(tx: Authorized<RegisterInNeed>, frame: Frame) -> Result<Response, AppError> {
    let form = FormState::new().with("form_key", new_uuid().to_string());
    Ok(Page(UnidentifiedPage { shell: frame.shell(tx.actor()), form }).into_response())
}

/// `POST /patients/unidentified`
pub(super) async fn register(
    tx: Authorized<RegisterInNeed>,
    frame: Frame,
    Form(typed): Form<UnidentifiedForm>,
) -> Result<Response, AppError> {
    let chosen = |code: &'_ str| (!code.is_empty()).then(|| code.to_owned());
    let (sex, age_band) = (chosen(&typed.sex), chosen(&typed.age_band));
    let stranger = match Stranger::parse(sex.as_deref(), age_band.as_deref(), Some(&typed.note)) {
        Ok(stranger) => stranger,
        Err(AppError::Problem(problem)) => {
            let form = FormState::new()
                .with("form_key", typed.form_key)
                .with("sex", typed.sex)
                .with("age_band", typed.age_band)
                .with("note", typed.note)
                .with_errors(&problem.errors);
            let page = UnidentifiedPage { shell: frame.shell(tx.actor()), form };
            return Ok(PageWithStatus(problem.status, page).into_response());
        }
        Err(other) => return Err(other),
    };
    let key = typed.form_key.parse().unwrap_or_else(|_| new_uuid());
    let (id, audit) = match unidentified::register(&tx, stranger, key).await? {
        Registered::Now(id) => (id, patients::audit_of_arrival(&patients::show(&tx, id).await?)),
        Registered::Before(id) => (id, Audit::did("registered_again", id)),
    };
    let next = SeeOther(format!("/patients/{id}?done=registered"));
    Ok(tx.commit(audit, next).await?.into_response())
}
