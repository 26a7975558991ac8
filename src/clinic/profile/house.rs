//! Head and foot of a hospital's paper, as the templates take them (`paper/paper.typ`).

use std::borrow::Cow;

use serde::Serialize;

use super::settings::{DocumentPaper, Settings};
use crate::paper::written;

/// The house that a paper comes from.
#[derive(Debug, Clone, Serialize)]
pub struct House<'a> {
    name: Cow<'a, str>,
    /// Below the name: the hospital's own, or its address and phone.
    lines: Vec<Cow<'a, str>>,
    /// At the foot of each page.
    footer: Option<Cow<'a, str>>,
    paper: &'static str,
}

impl<'a> House<'a> {
    #[must_use]
    pub fn of(
        name: &'a str,
        address: Option<&'a str>,
        phone: Option<&'a str>,
        settings: &'a Settings,
    ) -> Self {
        let own: Vec<_> = settings.letterhead.iter().map(|line| written(line)).collect();
        let lines =
            if own.is_empty() { [address, phone].into_iter().flatten().map(written).collect() } else { own };
        Self {
            name: written(name),
            lines,
            footer: settings.paper_footer.as_deref().map(written),
            paper: match settings.document_paper {
                DocumentPaper::A4 => "a4",
                DocumentPaper::Letter => "us-letter",
            },
        }
    }
}
