//! The opening hours for every doctor who has none: once, and they can be booked tomorrow.

use askama::Template;
use axum::response::{IntoResponse as _, Response};

use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::clinic::availability::{self, WriteAll, audit_of_copy};
use crate::clinic::profile::{self, Weekday};
use crate::clinic::{doctors, patients};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::kernel::manner::Manner;
use crate::kernel::paging::PageRequest;
use crate::web::layout::*;
use crate::web::{Page, PageWithStatus, SeeOther, words};

/// A doctor and whether their hours are written.
struct Line {
    href: String,
    name: Name,
    department: String,
    has_hours: bool,
    accepts: bool,
}

/// `GET /doctors/hours`, and the refusals of its POST.
#[derive(Template)]
#[template(path = "clinic/availability/pages/copy.html")]
pub(super) struct CopyPage {
    shell: Shell,
    form: FormState,
    /// Weekday and its opening hours; none as long as nobody has told them.
    opening: Vec<(&'static str, String)>,
    lines: Vec<Line>,
}

impl CopyPage {
    fn without(&self) -> i64 {
        let without = self.lines.iter().filter(|line| !line.has_hours && line.accepts).count();
        i64::try_from(without).unwrap_or(i64::MAX)
    }

    fn facts(&self) -> String {
        match self.without() {
            0 => "Every doctor who takes bookings has hours.".to_owned(),
            n => format!("{} no hours yet.", words::counted(n, "doctor has", "doctors have")),
        }
    }

    fn nobody(&self) -> Empty {
        Empty {
            icon: Icon("stethoscope"),
            title: "No doctors yet".to_owned(),
            text: "Invite them first; then give all of them the opening hours at once.".to_owned(),
            act: Empty::act("/staff/new", "Invite a doctor"),
        }
    }
}

async fn page(tx: &TenantTx, shell: Shell, form: FormState) -> Result<CopyPage, AppError> {
    let manner = Manner::of_reader().hours;
    let week = profile::week_of(tx).await?;
    let days = Weekday::ALL.map(|day| (day.name(), week.written(day, manner)));
    let found =
        doctors::list(tx, &doctors::Wanted::default(), PageRequest { page: 1, page_size: 500 }).await?.items;
    let ids: Vec<UserId> = found.iter().map(|doctor| doctor.user_id).collect();
    let have = availability::have_hours(tx, &ids, patients::hospital_now(tx).date()).await?;
    let line = |doctor: &doctors::Doctor| Line {
        href: format!("/doctors/{}/hours", doctor.user_id),
        name: Name::new(&doctor.name),
        department: doctor.department.clone(),
        has_hours: have.contains(&doctor.user_id),
        accepts: doctor.facts.accepts_bookings,
    };
    Ok(CopyPage {
        shell,
        form,
        opening: if week.is_unknown() { Vec::new() } else { days.into() },
        lines: found.iter().map(line).collect(),
    })
}

/// `GET /doctors/hours`
pub(super) async fn ask(tx: Authorized<WriteAll>, frame: Frame) -> Result<Page<CopyPage>, AppError> {
    let page = page(&tx, frame.shell(tx.actor()), FormState::new()).await?;
    tx.commit(Audit::listed("user", page.lines.len()), Page(page)).await
}

/// `POST /doctors/hours`
pub(super) async fn copy(tx: Authorized<WriteAll>, frame: Frame) -> Result<Response, AppError> {
    let today = patients::hospital_now(&tx).date();
    match tx.attempt(availability::copy_to_all(&tx, today)).await {
        Ok(given) => {
            let next = SeeOther("/doctors/hours?done=hours-copied".to_owned());
            Ok(tx.commit(audit_of_copy(&given), next).await?.into_response())
        }
        Err(AppError::Problem(problem)) => {
            let page =
                page(&tx, frame.shell(tx.actor()), FormState::new().with_fault(problem.detail)).await?;
            let audit = Audit::listed("user", page.lines.len());
            Ok(tx.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}
