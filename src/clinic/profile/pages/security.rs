//! Of whom the hospital demands a second step to sign in.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{SECURITY, Shown, conclude, look, tabs, version};
use crate::access::{Authorized, Frame};
use crate::app::App;
use crate::clinic::patients::Given;
use crate::clinic::profile::{Hospital, MfaPolicy, Office, ProfileFields, Update, View};
use crate::kernel::AppError;
use crate::web::Form;
use crate::web::layout::*;

const LABELS: &[(&str, &str)] = &[("mfa_policy", "Two-step sign-in")];

/// `GET /settings/hospital/security`, and the 422 and 412 answers to its POST.
#[derive(Template)]
#[template(path = "clinic/profile/pages/security.html")]
struct SecurityPage {
    shell: Shell,
    tabs: Vec<Tab>,
    form: FormState,
    conflict: Option<Conflict>,
    may_change: bool,
    policies: Vec<Choice>,
}

impl SecurityPage {
    fn new(shown: Shown<'_>) -> Self {
        let Shown { shell, may_change, form, conflict, .. } = shown;
        let policies = MfaPolicy::ALL.map(|policy| Choice::new(policy.code(), label(policy)));
        Self { shell, tabs: tabs(SECURITY), form, conflict, may_change, policies: policies.into() }
    }
}

fn label(policy: MfaPolicy) -> &'static str {
    match policy {
        MfaPolicy::Off => "Whoever wants it",
        MfaPolicy::Administrators => "Required for administrators",
        MfaPolicy::Everybody => "Required for everybody",
    }
}

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct SecurityForm {
    /// Of the hospital as the form showed it.
    version: String,
    mfa_policy: String,
}

impl SecurityForm {
    fn state(&self) -> FormState {
        FormState::new().with("mfa_policy", self.mfa_policy.clone()).with("version", self.version.clone())
    }

    fn differences(&self, hospital: &Hospital) -> Vec<Difference> {
        let saved = hospital.settings.mfa_policy;
        let typed = MfaPolicy::by_code(&self.mfa_policy).filter(|typed| *typed != saved);
        let line = |typed| ("Two-step sign-in", label(saved).to_owned(), label(typed).to_owned());
        typed.map(line).into_iter().collect()
    }
}

/// `GET /settings/hospital/security`
pub(super) async fn form(tx: Authorized<View>, frame: Frame) -> Result<Response, AppError> {
    let (shell, at) = (frame.shell(tx.actor()), tx.now());
    let may_change = tx.actor().holds("settings:update");
    let office = Office::of(tx);
    let state =
        |hospital: &Hospital| FormState::new().with("mfa_policy", hospital.settings.mfa_policy.code());
    look(office, (shell, at), may_change, state, SecurityPage::new).await
}

/// `POST /settings/hospital/security`
pub(super) async fn save(
    tx: Authorized<Update>,
    State(app): State<App>,
    frame: Frame,
    Form(form): Form<SecurityForm>,
) -> Result<Response, AppError> {
    let (shell, at) = (frame.shell(tx.actor()), tx.now());
    let mut office = Office::of(tx);
    let policy = Given::Value(form.mfa_policy.clone());
    let fields = ProfileFields { mfa_policy: policy, ..ProfileFields::default() };
    let outcome = office.change(fields, &[version(&form.version)]).await;
    let state = form.state();
    conclude(
        office,
        &app,
        (shell, at),
        outcome,
        (SECURITY, state),
        |hospital| form.differences(hospital),
        SecurityPage::new,
    )
    .await
}
