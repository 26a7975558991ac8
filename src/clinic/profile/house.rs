//! Head and foot of a hospital's paper, as the templates take them (`paper/paper.typ`), and its clock.

use std::borrow::Cow;

use axum::body::Bytes;
use jiff::{Timestamp, Zoned};
use serde::Serialize;

use super::domain::logo;
use super::settings::{DocumentPaper, Settings};
use super::settings_of;
use crate::access::TenantTx;
use crate::app::App;
use crate::clinic::patients;
use crate::identity::actor::TenantFacts;
use crate::kernel::AppError;
use crate::paper::written;
use crate::web::words;

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

/// The hospital and its clock, read before a paper is made.
#[derive(Debug, Clone)]
pub struct Letterhead {
    facts: TenantFacts,
    pub settings: Settings,
    pub now: Zoned,
}

impl Letterhead {
    /// # Errors
    /// Whatever PostgreSQL answers.
    pub async fn read(tx: &TenantTx) -> Result<Self, AppError> {
        Ok(Self {
            facts: tx.hospital().clone(),
            settings: settings_of(tx).await?,
            now: patients::hospital_now(tx),
        })
    }

    #[must_use]
    pub fn hospital(&self) -> &str {
        &self.facts.name
    }

    #[must_use]
    pub fn house(&self) -> House<'_> {
        let own: Vec<_> = self.settings.letterhead.iter().map(|line| written(line)).collect();
        let lines = if own.is_empty() {
            let (address, phone) = (self.facts.address.as_deref(), self.facts.contact_phone.as_deref());
            [address, phone].into_iter().flatten().map(written).collect()
        } else {
            own
        };
        House {
            name: written(&self.facts.name),
            lines,
            footer: self.settings.paper_footer.as_deref().map(written),
            paper: match self.settings.document_paper {
                DocumentPaper::A4 => "a4",
                DocumentPaper::Letter => "us-letter",
            },
        }
    }

    /// The bytes of the logo, a PNG: to be asked for when nothing is open any more.
    pub async fn logo(&self, app: &App) -> Option<Bytes> {
        logo::for_paper(app, &self.facts, self.settings.logo.as_deref()).await
    }

    /// `26 Nov 2026, 10:41`
    #[must_use]
    pub fn moment(&self, at: Timestamp) -> String {
        let at = at.to_zoned(self.now.time_zone().clone());
        format!("{}, {}", words::date(at.date()), words::clock(&at))
    }
}
