//! A patient's observation chart on paper: whose it is on every page, lines over time, and each set with its words.
//!
//! Paper is black and white, so what a colour says stands there as a word. What was entered in error is struck through and
//! says so; what is missing says why. Sets are read and committed, with their audit, before the file is made.

mod plots;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use self::plots::{Plot, plots};
use self::rows::{Row, rows};
use super::View;
use super::domain::asked;
use super::domain::reading;
use super::model::VitalSet;
use super::tables::Tables;
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::patients::pages::written_birth;
use crate::clinic::patients::{self, Gender, Patient, PatientId, Period};
use crate::clinic::profile::{House, Letterhead};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::kernel::wall_clock::offset_of_two;
use crate::paper::{self, Template, written};
use crate::web::{NoContent, PdfFile, words};

static CHART: Template = Template::new(include_str!("chart.typ"));

/// Sets on one paper; a longer period is printed in parts.
const MOST: usize = 300;

#[derive(Serialize)]
struct Data<'a> {
    house: House<'a>,
    about: String,
    /// At the head of the table on each page: nobody takes another person's paper.
    whose: String,
    /// How the words are meant.
    key: String,
    printed: String,
    plots: Vec<Plot>,
    rows: Vec<Row>,
}

/// Everything that goes onto the paper, read before it is made.
struct Sheet {
    head: Letterhead,
    logo: Option<Bytes>,
    by: String,
    patient: Patient,
    period: Period,
    /// The oldest first.
    sets: Vec<VitalSet>,
    /// There are more in this period.
    is_cut: bool,
    names: BTreeMap<UserId, String>,
    tables: Tables,
}

/// The chart of a patient; that it was taken away is on record before it is made.
pub(super) async fn pdf(
    tx: Authorized<View>,
    app: &App,
    id: PatientId,
    period: Period,
) -> Result<PdfFile, AppError> {
    paper::pdf_is_there()?;
    let patient = patients::show(&tx, id).await?;
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let mut sets = reading::within(&tx, patient.id, period, most + 1).await?;
    let is_cut = sets.len() > MOST;
    sets.truncate(MOST);
    sets.reverse();
    let people: Vec<UserId> = sets
        .iter()
        .flat_map(|set| std::iter::once(set.recorded_by).chain(set.ended.as_ref().map(|ended| ended.by)))
        .collect();
    let mut sheet = Sheet {
        head: Letterhead::read(&tx).await?,
        logo: None,
        by: tx.actor().name(),
        names: patients::staff_names(&tx, &people).await?,
        tables: asked::tables(&tx).await?,
        patient,
        period,
        sets,
        is_cut,
    };
    let count = sheet.sets.len();
    let audit = Audit::exported("vitals", "pdf", count)
        .with(json!({ "patient_id": sheet.patient.id, "count": count, "format": "pdf" }));
    tx.commit(audit, NoContent).await?;
    sheet.logo = sheet.head.logo(app).await;
    Ok(PdfFile::new("observations.pdf", paper::make(move || sheet.pdf()).await?))
}

impl Sheet {
    /// On the hospital's clock; with its offset where the clock shows this time twice.
    fn moment(&self, at: Timestamp) -> String {
        let there = at.to_zoned(self.head.now.time_zone().clone());
        let text = self.head.moment(at);
        match offset_of_two(&there) {
            Some(offset) => format!("{text} ({offset})"),
            None => text,
        }
    }

    fn day(&self, at: Timestamp) -> String {
        words::date(at.to_zoned(self.head.now.time_zone().clone()).date())
    }

    fn name(&self, id: UserId) -> &str {
        self.names.get(&id).map_or("somebody who left", String::as_str)
    }

    fn pdf(&self) -> Result<Vec<u8>, AppError> {
        let data = Data {
            house: self.head.house(),
            about: self.about(),
            whose: self.whose(),
            key: self.key(),
            printed: format!("Printed by {}, {}", written(&self.by), self.moment(self.head.now.timestamp())),
            plots: plots(&self.sets, |at| self.day(at)),
            rows: rows(self),
        };
        CHART.pdf(&data, self.logo.as_deref())
    }

    /// Two identifiers and more.
    fn whose(&self) -> String {
        let details = &self.patient.details;
        let birth = written_birth(&details.birth);
        let sex = words::sex(details.gender.map_or("", Gender::code)).0;
        format!("{}, {}, born {birth}, {sex}", written(&self.patient.name()), self.patient.code)
    }

    /// Whose chart, of which days, how much.
    fn about(&self) -> String {
        let many = i64::try_from(self.sets.len()).unwrap_or(i64::MAX);
        let sets = words::counted(many, "set of vital signs", "sets of vital signs");
        // A period ends before its last instant.
        let last =
            self.period.until.and_then(|until| until.checked_sub(jiff::SignedDuration::from_micros(1)).ok());
        let days = match (self.period.from, last) {
            (Some(from), Some(last)) if self.day(from) == self.day(last) => format!(" of {}", self.day(from)),
            (Some(from), Some(last)) => format!(" from {} to {}", self.day(from), self.day(last)),
            (Some(from), None) => format!(" since {}", self.day(from)),
            (None, Some(last)) => format!(" until {}", self.day(last)),
            (None, None) => String::new(),
        };
        let cut = match self.is_cut {
            true => format!(" The newest {MOST}: print a shorter period to see the others."),
            false => String::new(),
        };
        format!("{}. {sets}{days}.{cut}", self.whose())
    }

    fn key(&self) -> String {
        let versions: BTreeSet<&str> = self.sets.iter().map(|set| set.score.table.as_str()).collect();
        let versions =
            versions.into_iter().filter(|version| !version.is_empty()).collect::<Vec<_>>().join(", ");
        let by =
            if versions.is_empty() { String::new() } else { format!(" Scored by {}.", written(&versions)) };
        format!(
            "The word below a value says how it stands to what is usual: low, high, dangerously low, dangerously high. \
             Points are those of NEWS2. What is struck through was entered in error and does not count.{by}"
        )
    }
}
