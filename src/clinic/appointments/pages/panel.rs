//! What a patient's page says of what is ahead.

use askama::Template;
use askama::filters::HtmlSafe;

use super::parts::{badge, href};
use crate::access::TenantTx;
use crate::clinic::appointments::model::Appointment;
use crate::clinic::appointments::open_of_patient;
use crate::clinic::patients::{self, PatientId};
use crate::identity::actor::Actor;
use crate::kernel::AppError;
use crate::web::layout::*;

/// So many are shown; the tab has all.
const SHOWN: usize = 3;

/// What is ahead, or under way; nothing where nothing is, or for who may not see appointments.
#[derive(Template)]
#[template(path = "clinic/appointments/pages/panel.html")]
pub struct Panel {
    lines: Vec<Line>,
    all: String,
}

impl HtmlSafe for Panel {}

struct Line {
    href: String,
    at: When,
    doctor: String,
    department: String,
    status: Badge,
}

/// Of a patient whose record the caller has opened, or opens.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn panel(tx: &TenantTx, actor: &Actor, patient: PatientId) -> Result<Panel, AppError> {
    let open = match actor.holds("appointments:view") {
        true => open_of_patient(tx, patient).await?,
        false => Vec::new(),
    };
    let now = patients::hospital_now(tx);
    let line = |one: &Appointment| Line {
        href: href(one),
        at: When::exactly(one.scheduled_at, &now),
        doctor: one.names.doctor.clone(),
        department: one.names.department.clone(),
        status: badge(one),
    };
    let lines = open.iter().filter(|one| one.is_open()).take(SHOWN).map(line).collect();
    Ok(Panel { lines, all: format!("/patients/{patient}/appointments") })
}
