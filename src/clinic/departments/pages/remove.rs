//! The question before a department is removed, and its clear refusal.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::LIST;
use super::list::Line;
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::departments::{self, Delete, Department, DepartmentId};
use crate::identity::actor::Actor;
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::{Page, PageWithStatus, Path, SeeOther, words};

/// `GET /departments/{id}/remove`, and the refusals of what is sent there.
#[derive(Template)]
#[template(path = "clinic/departments/pages/remove.html")]
pub(super) struct RemovePage {
    shell: Shell,
    line: Line,
    form: FormState,
}

impl RemovePage {
    fn question(&self) -> Confirm<'_> {
        let people = match self.line.people {
            0 => "Nobody belongs to it.".to_owned(),
            n => format!(
                "{} to it. Move them to another department first.",
                words::counted(n, "person belongs", "people belong")
            ),
        };
        Confirm {
            ask: "Remove",
            what: self.line.name.clone(),
            consequences: vec![
                (Icon("users"), people),
                (Icon("list"), "It leaves every list to choose from.".to_owned()),
                (Icon("history"), "One that anything is recorded for stays.".to_owned()),
            ],
            note: String::new(),
            fields: Vec::new(),
            action: format!("{}/remove", self.line.href),
            back: (LIST, "Leave it as it is"),
            verb: "Remove department",
            busy: "Removing…",
            icon: Icon("trash"),
            danger: true,
        }
    }
}

fn page(frame: &Frame, actor: &Actor, department: &Department, form: FormState) -> RemovePage {
    RemovePage { shell: frame.shell(actor), line: Line::of(department), form }
}

/// `GET /departments/{department_id}/remove`
pub(super) async fn ask(
    tx: Authorized<Delete>,
    frame: Frame,
    Path(id): Path<DepartmentId>,
) -> Result<Page<RemovePage>, AppError> {
    let department = departments::find(&tx, id).await?;
    let page = page(&frame, tx.actor(), &department, FormState::new());
    tx.commit(Audit::viewed(id), Page(page)).await
}

/// `POST /departments/{department_id}/remove`
pub(super) async fn remove(
    tx: Authorized<Delete>,
    frame: Frame,
    Path(id): Path<DepartmentId>,
) -> Result<Response, AppError> {
    match tx.attempt(departments::remove(&tx, id)).await {
        Ok(audit) => {
            let next = SeeOther(format!("{LIST}?done=department-removed"));
            Ok(tx.commit(audit, next).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            let department = departments::find(&tx, id).await?;
            let form = FormState::new().with_fault(problem.detail);
            let page = page(&frame, tx.actor(), &department, form);
            Ok(tx.commit(Audit::viewed(id), PageWithStatus(problem.status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}
