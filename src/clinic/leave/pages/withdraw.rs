//! The question before an absence is taken back, and its refusal.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::clinic::availability::{self, Leave, LeaveId};
use crate::clinic::doctors::{self, Doctor};
use crate::clinic::leave::{LeaveError, Take, audit_of_withdrawal, may_take, withdraw as take_back};
use crate::clinic::patients;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::layout::*;
use crate::web::{Page, PageWithStatus, Path, SeeOther};

/// `GET /doctors/{user_id}/leave/{leave_id}/withdraw`, and the refusals of its POST.
#[derive(Template)]
#[template(path = "clinic/leave/pages/withdraw.html")]
pub(super) struct WithdrawPage {
    shell: Shell,
    href: String,
    name: Name,
    form: FormState,
    range: String,
    action: String,
}

impl WithdrawPage {
    fn question(&self) -> Confirm<'_> {
        Confirm {
            ask: "Take back the absence of",
            what: self.name.clone(),
            consequences: vec![
                (Icon("calendar"), format!("{}.", self.range)),
                (Icon("calendar-plus"), "The doctor can be booked in this time again, at once.".to_owned()),
                (Icon("history"), "Bookings that were moved or cancelled stay so.".to_owned()),
            ],
            note: String::new(),
            fields: Vec::new(),
            action: self.action.clone(),
            back: ("/doctors/leave", "Leave it as it is"),
            verb: "Take back",
            busy: "Taking back…",
            icon: Icon("arrow-back-up"),
            danger: false,
        }
    }
}

fn page(
    tx: &Authorized<Take>,
    frame: &Frame,
    doctor: &Doctor,
    leave: &Leave,
    form: FormState,
) -> WithdrawPage {
    let now = patients::hospital_now(tx);
    let when = |at: jiff::Timestamp| When::moment(&at.to_zoned(now.time_zone().clone()), now.date());
    let (from, until) = (when(leave.starts_at), when(leave.ends_at).inline());
    WithdrawPage {
        shell: frame.shell(tx.actor()),
        href: format!("/doctors/{}", doctor.user_id),
        name: Name::new(&doctor.name),
        form,
        range: format!("{}, {} to {}", leave.kind.label(), from.inline().text, until.text),
        action: format!("/doctors/{}/leave/{}/withdraw", doctor.user_id, leave.id),
    }
}

async fn both(tx: &TenantTx, id: UserId, leave: LeaveId) -> Result<(Doctor, Leave), AppError> {
    let doctor = doctors::named(tx, id).await?;
    let leave = availability::leave(tx, leave, id).await?;
    if may_take(tx, id) { Ok((doctor, leave)) } else { Err(LeaveError::NotYours.into()) }
}

/// `GET /doctors/{user_id}/leave/{leave_id}/withdraw`
pub(super) async fn ask(
    tx: Authorized<Take>,
    frame: Frame,
    Path((id, leave)): Path<(UserId, LeaveId)>,
) -> Result<Page<WithdrawPage>, AppError> {
    let (doctor, leave) = both(&tx, id, leave).await?;
    let page = page(&tx, &frame, &doctor, &leave, FormState::new());
    tx.commit(Audit::viewed(leave.id), Page(page)).await
}

/// `POST /doctors/{user_id}/leave/{leave_id}/withdraw`
pub(super) async fn withdraw(
    tx: Authorized<Take>,
    frame: Frame,
    Path((id, leave)): Path<(UserId, LeaveId)>,
) -> Result<Response, AppError> {
    let (doctor, leave) = both(&tx, id, leave).await?;
    match tx.attempt(take_back(&tx, id, leave.id)).await {
        Ok(leave) => {
            let next = SeeOther(format!("/doctors/{id}?done=leave-withdrawn"));
            Ok(tx.commit(audit_of_withdrawal(&leave), next).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status == StatusCode::CONFLICT => {
            let form = FormState::new().with_fault(problem.detail);
            let page = page(&tx, &frame, &doctor, &leave, form);
            Ok(tx
                .commit(Audit::viewed(leave.id), PageWithStatus(problem.status, page))
                .await?
                .into_response())
        }
        Err(other) => Err(other),
    }
}
