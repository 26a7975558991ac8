//! How a hospital's paper looks, and of whom it demands a second step to sign in: values and the judging of them. Pure.

use serde::Deserialize;

use super::input::ProfileFields;
use crate::clinic::patients::Given;
use crate::coded;
pub use crate::identity::actor::MfaPolicy;
use crate::kernel::{FieldErrors, text};

/// Lines below the name on letters, and letters of one.
const MOST_LINES: usize = 6;
const LONGEST_LINE: usize = 120;
const LONGEST_FOOTER: usize = 300;

coded! {
    /// The sheets in the printer for documents.
    #[derive(Default, Deserialize)]
    DocumentPaper "DocumentPaper" {
        #[default]
        A4 = "A4" "A4 (210 × 297 mm)",
        Letter = "LETTER" "Letter (8.5 × 11 in)",
    }
    /// The roll in the printer for receipts.
    #[derive(Default, Deserialize)]
    ReceiptPaper "ReceiptPaper" {
        Mm58 = "MM58" "58 mm",
        #[default]
        Mm80 = "MM80" "80 mm",
    }
    /// The labels in the printer for wristbands, tubes and files.
    #[derive(Default, Deserialize)]
    LabelSize "LabelSize" {
        #[default]
        Mm50x25 = "MM50X25" "50 × 25 mm",
        Mm62x29 = "MM62X29" "62 × 29 mm",
        Mm70x37 = "MM70X37" "70 × 37 mm",
        Mm100x50 = "MM100X50" "100 × 50 mm",
    }
}

/// What a hospital chose. Always valid; the default is that of a hospital which chose nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Below the name on letters, in the place of address and phone.
    pub letterhead: Vec<String>,
    /// At the foot of each printed page.
    pub paper_footer: Option<String>,
    pub document_paper: DocumentPaper,
    pub receipt_paper: ReceiptPaper,
    pub label_size: LabelSize,
    pub mfa_policy: MfaPolicy,
    /// Name of the file with the logo; changed by a file of its own.
    pub logo: Option<String>,
}

impl Settings {
    /// Names of the fields in which two differ.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let fields = [
            ("letterhead", self.letterhead != other.letterhead),
            ("paper_footer", self.paper_footer != other.paper_footer),
            ("document_paper", self.document_paper != other.document_paper),
            ("receipt_paper", self.receipt_paper != other.receipt_paper),
            ("label_size", self.label_size != other.label_size),
            ("mfa_policy", self.mfa_policy != other.mfa_policy),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }

    /// These with what was said of them.
    pub(super) fn changed(&self, given: &mut ProfileFields, errors: &mut FieldErrors) -> Self {
        let mut settings = self.clone();
        if let Some(lines) = std::mem::take(&mut given.letterhead).told()
            && let Some(lines) = letterhead(&lines.unwrap_or_default(), errors)
        {
            settings.letterhead = lines;
        }
        if let Some(typed) = std::mem::take(&mut given.paper_footer).told()
            && let Ok(footer) = text::optional("paper_footer", typed.as_deref(), LONGEST_FOOTER, errors)
        {
            settings.paper_footer = footer;
        }
        let one_of = |name: &str, typed: &mut Given<String>, errors: &mut FieldErrors, codes: &[&str]| {
            let typed = std::mem::take(typed).told()?.unwrap_or_default();
            let known = codes.contains(&typed.as_str());
            if !known {
                errors.add(name, format!("Use {}.", codes.join(", ")));
            }
            known.then_some(typed)
        };
        let codes: Vec<_> = DocumentPaper::ALL.iter().map(|one| one.code()).collect();
        if let Some(code) = one_of("document_paper", &mut given.document_paper, errors, &codes) {
            settings.document_paper = DocumentPaper::from_code(&code).unwrap_or_default();
        }
        let codes: Vec<_> = ReceiptPaper::ALL.iter().map(|one| one.code()).collect();
        if let Some(code) = one_of("receipt_paper", &mut given.receipt_paper, errors, &codes) {
            settings.receipt_paper = ReceiptPaper::from_code(&code).unwrap_or_default();
        }
        let codes: Vec<_> = LabelSize::ALL.iter().map(|one| one.code()).collect();
        if let Some(code) = one_of("label_size", &mut given.label_size, errors, &codes) {
            settings.label_size = LabelSize::from_code(&code).unwrap_or_default();
        }
        if let Some(code) =
            one_of("mfa_policy", &mut given.mfa_policy, errors, &MfaPolicy::ALL.map(MfaPolicy::code))
        {
            settings.mfa_policy = MfaPolicy::by_code(&code).unwrap_or_default();
        }
        settings
    }
}

fn letterhead(lines: &[String], errors: &mut FieldErrors) -> Option<Vec<String>> {
    let mut kept = Vec::new();
    for line in lines {
        match text::optional("letterhead", Some(line), LONGEST_LINE, errors) {
            Ok(line) => kept.extend(line),
            Err(_) => return None,
        }
    }
    if kept.len() > MOST_LINES {
        errors.add("letterhead", format!("Use at most {MOST_LINES} lines."));
        return None;
    }
    Some(kept)
}
