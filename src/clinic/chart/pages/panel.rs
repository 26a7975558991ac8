//! Both lists in short, on the patient's page.

use askama::Template;
use askama::filters::HtmlSafe;

use super::parts::{Row, State, Words};
use crate::access::TenantTx;
use crate::clinic::chart::{self, Asked, Entry};
use crate::clinic::patients::texts::List;
use crate::clinic::patients::{self, PatientId};
use crate::identity::actor::Actor;
use crate::kernel::AppError;
use crate::web::layout::*;

/// Entries of a list that the panel shows.
const SHOWN: usize = 6;

/// "Allergies and conditions".
#[derive(Template)]
#[template(path = "clinic/chart/pages/panel.html")]
pub struct Panel {
    sides: [Side; 2],
    may_update: bool,
}

impl HtmlSafe for Panel {}

struct Side {
    words: &'static Words,
    /// `/patients/{id}/allergies`
    href: String,
    state: State,
    rows: Vec<Row>,
    /// How many are not shown.
    more: usize,
}

/// The panel of a patient, for somebody who may see patients.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn panel(tx: &TenantTx, actor: &Actor, patient: PatientId) -> Result<Panel, AppError> {
    let chart = chart::standing(tx, patient).await?;
    let now = patients::hospital_now(tx);
    let side = |list: List, entries: &[Entry], asked: Option<&Asked>| {
        let words = Words::of(list);
        Side {
            words,
            href: format!("/patients/{patient}/{}", words.path),
            state: State::of(!entries.is_empty(), asked, &now),
            rows: entries.iter().take(SHOWN).map(|entry| Row::of(entry, &now)).collect(),
            more: entries.len().saturating_sub(SHOWN),
        }
    };
    let sides = [
        side(List::Allergies, &chart.allergies, chart.allergies_asked.as_ref()),
        side(List::Conditions, &chart.conditions, chart.conditions_asked.as_ref()),
    ];
    Ok(Panel { sides, may_update: actor.holds("patients:update") })
}
