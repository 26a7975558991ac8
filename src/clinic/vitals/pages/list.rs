//! A patient's sets, the newest first, with their charts, how often the next is due, and the target of oxygen.

use std::collections::BTreeSet;

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use jiff::Zoned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::charts::charts;
use super::orders::OxygenPanel;
use super::parts::{Scored, Value, absences, values};
use super::rhythm::RhythmPanel;
use crate::access::{Audit, Authorized, Frame, Permission, TenantTx};
use crate::clinic::patients::{self, Patient, PatientId};
use crate::clinic::vitals::domain::asked;
use crate::clinic::vitals::model::{Measure, VitalSet};
use crate::clinic::vitals::tables::Tables;
use crate::clinic::vitals::{self, Narrowed, View};
use crate::identity::actor::Actor;
use crate::kernel::AppError;
use crate::kernel::paging::PageRequest;
use crate::web::layout::*;
use crate::web::{Page, Path, Query, SeeOther};

const PAGE_SIZE: i64 = 25;
/// Sets of a chart.
const CHARTED: i64 = 60;

/// One set.
pub(super) struct Row {
    /// `/vitals/{id}`
    pub href: String,
    pub taken: When,
    /// When it was written down, if that was much later.
    pub late: Option<When>,
    pub values: Vec<Value>,
    pub score: Scored,
    pub by: String,
    pub device: Option<String>,
    pub notes: Option<String>,
    pub absent: Option<String>,
    /// Unlikely, and said to be so.
    pub confirmed: Option<String>,
    /// Unlikely, and nobody was asked.
    pub unconfirmed: Option<String>,
    /// Why it was entered in error, and by whom.
    pub ended: Option<(String, String)>,
    pub is_replaced: bool,
}

impl Row {
    pub(super) fn of(
        set: &VitalSet,
        now: &Zoned,
        tables: &Tables,
        name: impl Fn(crate::kernel::ids::UserId) -> String,
    ) -> Self {
        Self {
            href: format!("/vitals/{}", set.id),
            taken: When::exactly(set.recorded_at, now),
            late: set.is_late().then(|| When::exactly(set.entered_at, now).inline()),
            values: values(set),
            score: Scored::of(&set.score, &tables.response),
            by: name(set.recorded_by),
            device: set.taken.device.clone(),
            notes: set.taken.notes.clone(),
            absent: absences(set),
            confirmed: named(&set.taken.confirmed),
            unconfirmed: named(&set.taken.unconfirmed),
            ended: set.ended.as_ref().map(|ended| (ended.reason.clone(), name(ended.by))),
            is_replaced: set.ended.as_ref().is_some_and(|ended| ended.replaced_by.is_some()),
        }
    }
}

/// "heart rate, weight"
pub(super) fn named(measures: &BTreeSet<Measure>) -> Option<String> {
    let words: Vec<String> = measures.iter().map(|measure| measure.word().to_lowercase()).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// `GET /patients/{id}/vitals`, and the 4xx answers to what is sent from its panels.
#[derive(Template)]
#[template(path = "clinic/vitals/pages/list.html")]
pub(super) struct ListPage {
    shell: Shell,
    banner: Banner,
    tabs: Vec<Tab>,
    /// `/patients/{id}`
    patient_href: String,
    form: FormState,
    rows: Vec<Row>,
    pager: Pager,
    charts: Vec<Lines>,
    rhythm: RhythmPanel,
    oxygen: OxygenPanel,
    may_record: bool,
}

impl ListPage {
    fn new_href(&self) -> String {
        format!("{}/vitals/new", self.patient_href)
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Turned {
    /// From 1; what is no number is the first.
    page: String,
}

/// `GET /patients/{patient_id}/vitals`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Query(query): Query<Turned>,
) -> Result<Response, AppError> {
    let patient = patients::show(&tx, id).await?;
    if patient.id != id {
        return Ok(SeeOther(format!("/patients/{}/vitals", patient.id)).into_response());
    }
    let number = query.page.parse().unwrap_or(1_i64).clamp(1, 10_000);
    let page = page(&tx, &frame, &patient, number, FormState::new()).await?;
    let audit = Audit::viewed(id).with(serde_json::json!({ "list": "vitals" }));
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}

/// The page as it stands, with what is wrong with one of its forms.
pub(super) async fn page<P: Permission>(
    tx: &Authorized<P>,
    frame: &Frame,
    patient: &Patient,
    number: i64,
    form: FormState,
) -> Result<ListPage, AppError> {
    let actor: &Actor = tx.actor();
    let now = patients::hospital_now(tx);
    let tables = asked::tables(tx).await?;
    let narrowed = Narrowed { with_ended: true, ..Narrowed::default() };
    let wanted = PageRequest { page: number, page_size: PAGE_SIZE };
    let found = vitals::list(tx, patient.id, narrowed, wanted).await?;
    let people: Vec<_> = found
        .items
        .iter()
        .flat_map(|set| std::iter::once(set.recorded_by).chain(set.ended.as_ref().map(|ended| ended.by)))
        .collect();
    let names = patients::staff_names(tx, &people).await?;
    let name = |id| names.get(&id).cloned().unwrap_or_else(|| "somebody who left".to_owned());
    let pager =
        Pager::new(&found, |number| Turn::Link(format!("/patients/{}/vitals?page={number}", patient.id)));
    let charted = charted(tx, patient, number).await?;
    Ok(ListPage {
        shell: frame.shell(actor),
        banner: patients::pages::banner(
            patient,
            &now,
            patients::pages::acts(patient, frame, actor, crate::web::nav::Place::Button),
        ),
        tabs: patients::pages::tabs(patient, frame, actor),
        patient_href: patients::pages::href(patient),
        rows: found.items.iter().map(|set| Row::of(set, &now, &tables, name)).collect(),
        pager,
        charts: charts(&charted, asked::age_at(tx, patient, tx.now()), &now, &tables),
        rhythm: RhythmPanel::of(tx, actor, patient, &now).await?,
        oxygen: OxygenPanel::of(tx, actor, patient, &now).await?,
        may_record: actor.holds("vitals:record") && !patient.details.is_deceased,
        form,
    })
}

/// Charts stand on the first page alone.
async fn charted(tx: &TenantTx, patient: &Patient, number: i64) -> Result<Vec<VitalSet>, AppError> {
    match number {
        1 => vitals::of_patient(tx, patient.id, CHARTED).await,
        _ => Ok(Vec::new()),
    }
}
