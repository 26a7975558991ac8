//! Days that differ: added from the page of the hours, and taken back there.

use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::hours::{refused, room};
use crate::access::{Authorized, Frame};
use crate::clinic::availability::{self, ExceptionId, TypedDay, Write, audit_of_day};
use crate::clinic::{doctors, patients};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::FormState;
use crate::web::{Form, Path, SeeOther};

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct DayForm {
    on_date: String,
    /// `CLOSED`, `EXTRA`
    kind: String,
    /// Both blank: the whole day falls out.
    starts_at: String,
    ends_at: String,
    day_room_id: String,
    note: String,
}

impl DayForm {
    fn state(&self) -> FormState {
        FormState::new()
            .with("on_date", self.on_date.clone())
            .with("kind", self.kind.clone())
            .with("starts_at", self.starts_at.clone())
            .with("ends_at", self.ends_at.clone())
            .with("day_room_id", self.day_room_id.clone())
            .with("note", self.note.clone())
    }
}

/// `POST /doctors/{user_id}/days`
pub(super) async fn add(
    tx: Authorized<Write>,
    frame: Frame,
    Path(id): Path<UserId>,
    Form(form): Form<DayForm>,
) -> Result<Response, AppError> {
    let added = async {
        let doctor = doctors::named(&tx, id).await?;
        let mut errors = FieldErrors::default();
        let room_id = room("day_room_id", &form.day_room_id, &mut errors);
        errors.finish()?;
        let typed = TypedDay {
            on_date: &form.on_date,
            kind: &form.kind,
            starts_at: &form.starts_at,
            ends_at: &form.ends_at,
            slot_minutes: None,
            room_id,
            note: Some(&form.note),
        };
        let new = typed.parse(doctor.facts.slot_minutes, patients::hospital_now(&tx).date())?;
        availability::add_day(&tx, id, &new).await
    };
    match tx.attempt(added).await {
        Ok(day) => {
            let next = SeeOther(format!("/doctors/{id}/hours?done=saved"));
            Ok(tx.commit(audit_of_day("created", &day), next).await?.into_response())
        }
        Err(error) => refused(tx, &frame, id, form.state(), error).await,
    }
}

/// `POST /doctors/{user_id}/days/{exception_id}/remove`
pub(super) async fn remove(
    tx: Authorized<Write>,
    Path((id, day)): Path<(UserId, ExceptionId)>,
) -> Result<SeeOther, AppError> {
    let day = availability::remove_day(&tx, id, day).await?;
    tx.commit(audit_of_day("removed", &day), SeeOther(format!("/doctors/{id}/hours?done=saved"))).await
}
