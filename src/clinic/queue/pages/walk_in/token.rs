//! What a walk-in ends with: the token, big enough to be read across the desk, and paper.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use crate::access::{Audit, Authorized, Frame};
use crate::clinic::appointments::{self, AppointmentId, QueueState};
use crate::clinic::patients;
use crate::clinic::queue::{self, WalkIn};
use crate::kernel::{AppError, Problem};
use crate::web::layout::*;
use crate::web::{Page, Path};

/// `GET /walk-ins/{appointment_id}`
#[derive(Template)]
#[template(path = "clinic/queue/pages/token.html")]
struct TokenPage {
    shell: Shell,
    token: String,
    name: Name,
    code: String,
    /// `/patients/{id}`
    record: String,
    patient_id: String,
    appointment_id: String,
    doctor: String,
    department: String,
    room: Option<String>,
    /// Came at, where that is earlier than it was written down.
    came: Option<(When, When)>,
    is_over: bool,
}

/// `GET /walk-ins/{appointment_id}`
pub(in crate::clinic::queue::pages) async fn done(
    tx: Authorized<WalkIn>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
) -> Result<Response, AppError> {
    let appointment = appointments::show(&tx, id).await?;
    let Some(token) = appointment.token else { return Err(Problem::not_found("The token").into()) };
    let now = patients::hospital_now(&tx);
    let moment = |at: jiff::Timestamp| When::moment(&at.to_zoned(now.time_zone().clone()), now.date());
    let came = queue::came(&tx, id).await?.filter(|(came, written)| came < written);
    let page = TokenPage {
        shell: frame.shell(tx.actor()),
        token: token.to_string(),
        name: Name::new(appointment.names.patient),
        code: appointment.names.patient_code,
        record: format!("/patients/{}", appointment.patient),
        patient_id: appointment.patient.to_string(),
        appointment_id: id.to_string(),
        doctor: appointment.names.doctor,
        department: appointment.names.department,
        room: appointment.names.room,
        came: came.map(|(came, written)| (moment(came).inline(), moment(written).inline())),
        is_over: matches!(appointment.queue, None | Some(QueueState::Done | QueueState::Left)),
    };
    let audit = Audit::viewed(id).with(json!({ "patient_id": appointment.patient }));
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}
