//! How the hospital's paper looks: letterhead, foot, sizes, logo.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{PAPER, SettingsForm, Shown, tabs};
use crate::access::{Frame, Permitted, Turned};
use crate::app::App;
use crate::clinic::patients::Given;
use crate::clinic::profile::domain::logo;
use crate::clinic::profile::{
    DocumentPaper, Hospital, LabelSize, Office, ProfileFields, ReceiptPaper, Update,
};
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::{PageWithStatus, SeeOther, Upload};

const LABELS: &[(&str, &str)] = &[
    ("letterhead", "Letterhead"),
    ("paper_footer", "Foot of each page"),
    ("document_paper", "Documents"),
    ("receipt_paper", "Receipts"),
    ("label_size", "Labels"),
    ("file", "Logo"),
];

/// `GET /settings/hospital/paper`, and the 422 and 412 answers to its forms.
#[derive(Template)]
#[template(path = "clinic/profile/pages/paper.html")]
pub(super) struct PaperPage {
    shell: Shell,
    tabs: Vec<Tab>,
    form: FormState,
    conflict: Option<Conflict>,
    may_change: bool,
    has_logo: bool,
    /// Where the logo is.
    logo: Option<String>,
    /// What heads letters as long as there are no lines.
    letterhead_hint: String,
    documents: Vec<Choice>,
    receipts: Vec<Choice>,
    labels: Vec<Choice>,
}

impl PaperPage {
    fn new(shown: Shown<'_>) -> Self {
        let Shown { shell, hospital, may_change, form, conflict, .. } = shown;
        let profile = &hospital.profile;
        let phone = profile.phone.as_ref().map(|phone| phone.written().to_owned());
        let instead: Vec<String> = [profile.address.clone(), phone].into_iter().flatten().collect();
        Self {
            tabs: tabs(PAPER),
            form,
            conflict,
            may_change,
            has_logo: hospital.settings.logo.is_some(),
            logo: shell.logo.clone(),
            letterhead_hint: format!(
                "Up to 6 lines below the name. Without any, it is address and phone: {}.",
                if instead.is_empty() { "nothing yet".to_owned() } else { instead.join(", ") }
            ),
            shell,
            documents: DocumentPaper::ALL.iter().map(|one| Choice::new(one.code(), one.word())).collect(),
            receipts: ReceiptPaper::ALL.iter().map(|one| Choice::new(one.code(), one.word())).collect(),
            labels: LabelSize::ALL.iter().map(|one| Choice::new(one.code(), one.word())).collect(),
        }
    }
}

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct PaperForm {
    /// Of the hospital as the form showed it.
    version: String,
    /// A line each.
    letterhead: String,
    paper_footer: String,
    document_paper: String,
    receipt_paper: String,
    label_size: String,
}

impl PaperForm {
    fn of(hospital: &Hospital) -> Self {
        let settings = &hospital.settings;
        Self {
            version: hospital.version.to_string(),
            letterhead: settings.letterhead.join("\n"),
            paper_footer: settings.paper_footer.clone().unwrap_or_default(),
            document_paper: settings.document_paper.code().to_owned(),
            receipt_paper: settings.receipt_paper.code().to_owned(),
            label_size: settings.label_size.code().to_owned(),
        }
    }

    fn texts(&self) -> [(&'static str, &str); 5] {
        [
            ("letterhead", &self.letterhead),
            ("paper_footer", &self.paper_footer),
            ("document_paper", &self.document_paper),
            ("receipt_paper", &self.receipt_paper),
            ("label_size", &self.label_size),
        ]
    }
}

/// Lines as they are kept, whatever ends them in a form.
fn plain(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

fn label(name: &'static str) -> &'static str {
    LABELS.iter().find(|(field, _)| *field == name).map_or(name, |(_, label)| label)
}

fn readable(name: &str, value: &str) -> String {
    let of = match name {
        "document_paper" => DocumentPaper::from_code(value).map(DocumentPaper::word),
        "receipt_paper" => ReceiptPaper::from_code(value).map(ReceiptPaper::word),
        "label_size" => LabelSize::from_code(value).map(LabelSize::word),
        _ => None,
    };
    of.map_or_else(|| plain(value).join(", "), str::to_owned)
}

impl SettingsForm for PaperForm {
    const PATH: &'static str = PAPER;
    type Page = PaperPage;

    fn shown(hospital: &Hospital) -> FormState {
        Self::of(hospital).state()
    }

    fn state(&self) -> FormState {
        let state =
            self.texts().into_iter().fold(FormState::new(), |state, (name, text)| state.with(name, text));
        state.with("version", self.version.clone())
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn fields(&self) -> Result<ProfileFields, AppError> {
        let given = |text: &str| Given::Value(text.to_owned());
        Ok(ProfileFields {
            letterhead: Given::Value(self.letterhead.lines().map(str::to_owned).collect()),
            paper_footer: Given::typed(&self.paper_footer),
            document_paper: given(&self.document_paper),
            receipt_paper: given(&self.receipt_paper),
            label_size: given(&self.label_size),
            ..ProfileFields::default()
        })
    }

    /// Label, what is saved now, what was typed; as people read it.
    fn differences(&self, hospital: &Hospital) -> Vec<Difference> {
        let saved = Self::of(hospital);
        let pairs = saved.texts().into_iter().zip(self.texts());
        pairs
            .filter(|((_, theirs), (_, yours))| plain(theirs) != plain(yours))
            .map(|((name, theirs), (_, yours))| (label(name), readable(name, theirs), readable(name, yours)))
            .collect()
    }

    fn page(shown: Shown<'_>) -> PaperPage {
        PaperPage::new(shown)
    }
}

/// `POST /settings/hospital/logo`
pub(super) async fn give_logo(
    permitted: Permitted<Update>,
    State(app): State<App>,
    frame: Frame,
    upload: Result<Upload, AppError>,
) -> Result<Response, Turned> {
    let made = match upload {
        Ok(upload) => logo::prepare(upload).await,
        Err(error) => Err(error),
    };
    let problem = match made {
        Ok(made) => {
            let next = |_| SeeOther(format!("{PAPER}?done=logo"));
            return Ok(logo::change(permitted, &app, Some(made), next).await?.into_response());
        }
        Err(AppError::Problem(problem)) if !problem.errors.is_empty() => problem,
        Err(other) => return Err(other.into()),
    };
    let tx = permitted.open().await?;
    let shell = frame.shell(tx.actor());
    let at = tx.now();
    let mut office = Office::of(tx);
    let hospital = office.hospital().await?;
    let form = PaperForm::of(&hospital).state().with_errors(&problem.errors);
    let now = hospital.here(at);
    let shown = Shown { shell, hospital: &hospital, now, may_change: true, form, conflict: None };
    let page = PageWithStatus(problem.status, PaperPage::new(shown));
    Ok(office.looked(page).await?.into_response())
}

/// `POST /settings/hospital/logo/remove`
pub(super) async fn remove_logo(
    permitted: Permitted<Update>,
    State(app): State<App>,
) -> Result<SeeOther, Turned> {
    let done = || SeeOther(format!("{PAPER}?done=logo-removed"));
    match logo::change(permitted, &app, None, |_| done()).await {
        // Asked for twice: it is done.
        Err(Turned::Away(AppError::Problem(problem))) if problem.code == "hospital.no_logo" => Ok(done()),
        other => other,
    }
}
