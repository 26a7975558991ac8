//! Of whom the hospital demands a second step to sign in.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{SECURITY, SettingsForm, Shown, tabs};
use crate::clinic::patients::Given;
use crate::clinic::profile::{Hospital, MfaPolicy, ProfileFields};
use crate::kernel::AppError;
use crate::web::layout::*;

const LABELS: &[(&str, &str)] = &[("mfa_policy", "Two-step sign-in")];

/// `GET /settings/hospital/security`, and the 422 and 412 answers to its POST.
#[derive(Template)]
#[template(path = "clinic/profile/pages/security.html")]
pub(super) struct SecurityPage {
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

impl SettingsForm for SecurityForm {
    const PATH: &'static str = SECURITY;
    type Page = SecurityPage;

    fn shown(hospital: &Hospital) -> FormState {
        FormState::new().with("mfa_policy", hospital.settings.mfa_policy.code())
    }

    fn state(&self) -> FormState {
        FormState::new().with("mfa_policy", self.mfa_policy.clone()).with("version", self.version.clone())
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn fields(&self) -> Result<ProfileFields, AppError> {
        let policy = Given::Value(self.mfa_policy.clone());
        Ok(ProfileFields { mfa_policy: policy, ..ProfileFields::default() })
    }

    fn differences(&self, hospital: &Hospital) -> Vec<Difference> {
        let saved = hospital.settings.mfa_policy;
        let typed = MfaPolicy::by_code(&self.mfa_policy).filter(|typed| *typed != saved);
        let line = |typed| ("Two-step sign-in", label(saved).to_owned(), label(typed).to_owned());
        typed.map(line).into_iter().collect()
    }

    fn page(shown: Shown<'_>) -> SecurityPage {
        SecurityPage::new(shown)
    }
}
