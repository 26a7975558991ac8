//! `/print-later`, and what can be printed of a patient.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::api::{audit_of_end, audit_of_jobs};
use super::domain;
use super::model::{self, Ending, NewJobs, PrintJob, PrintJobId, Slip, Wrist};
use crate::access::{Audit, Authorized, Frame};
use crate::app::App;
use crate::clinic::appointments;
use crate::clinic::patients::pages::{banner, href};
use crate::clinic::patients::{self, PatientId, View};
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors, Problem};
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus, Path, Query, SeeOther, words};

const PAGE_SIZE: i64 = 25;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/print-later", get_with(list, op("pages.printing.list", "What is printed later")))
        .api_route("/print-later", post_with(add, op("pages.printing.later", "Print later")))
        .api_route(
            "/print-later/{print_job_id}/printed",
            post_with(printed, op("pages.printing.printed", "It was printed")),
        )
        .api_route(
            "/print-later/{print_job_id}/withdrawn",
            post_with(withdrawn, op("pages.printing.withdrawn", "It is not wanted any more")),
        )
        .api_route(
            "/patients/{patient_id}/print",
            get_with(of_patient, op("pages.printing.of_patient", "Labels and wristbands of a patient")),
        )
}

/// One line of the list.
struct Row {
    id: PrintJobId,
    slip: &'static str,
    token: Option<String>,
    name: Name,
    code: Option<String>,
    copies: i16,
    by: String,
    at: When,
    /// Absent where the reader may not know whose it is.
    file: Option<String>,
}

impl Row {
    fn new(job: &PrintJob, at: When) -> Self {
        let (code, name) = job.person.clone().unzip();
        Self {
            id: job.id,
            slip: job.slip.label(),
            token: job.token.as_ref().map(ToString::to_string),
            name: Name::new(name.unwrap_or_else(|| "Private".to_owned())),
            code,
            copies: job.copies,
            by: job.asked_by_name.clone().unwrap_or_else(|| "somebody who left".to_owned()),
            at,
            file: job.person.is_some().then(|| job.file()),
        }
    }
}

/// `GET /print-later`
#[derive(Template)]
#[template(path = "clinic/printing/pages/later.html")]
struct LaterPage {
    shell: Shell,
    facts: String,
    fault: Option<String>,
    rows: Vec<Row>,
    pager: Pager,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct LaterQuery {
    /// From 1; what is no number is the first.
    page: String,
}

/// `GET /print-later`
async fn list(
    tx: Authorized<View>,
    frame: Frame,
    Query(query): Query<LaterQuery>,
) -> Result<Response, AppError> {
    let page = page(&tx, &frame, &query.page, None).await?;
    let audit = Audit::listed("print_job", page.rows.len());
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}

async fn page(
    tx: &Authorized<View>,
    frame: &Frame,
    number: &str,
    fault: Option<String>,
) -> Result<LaterPage, AppError> {
    let number = number.parse().unwrap_or(1_i64).clamp(1, 10_000);
    let wanted = PageRequest { page: number, page_size: PAGE_SIZE };
    let (found, oldest) = domain::waiting(tx, wanted).await?;
    let now = patients::hospital_now(tx);
    let moment = |at: jiff::Timestamp| When::moment(&at.to_zoned(now.time_zone().clone()), now.date());
    let facts = match oldest {
        None => "Nothing waits for a printer.".to_owned(),
        Some(oldest) => {
            let minutes = (now.timestamp().as_second() - oldest.as_second()) / 60;
            let waits = words::counted(found.total, "paper waits", "papers wait");
            format!("{waits} for a printer, the oldest for {} min.", words::count(minutes.max(0)))
        }
    };
    Ok(LaterPage {
        shell: frame.shell(tx.actor()),
        facts,
        fault,
        rows: found.items.iter().map(|job| Row::new(job, moment(job.asked_at))).collect(),
        pager: Pager::new(&found, |number| Turn::Link(format!("/print-later?page={number}"))),
    })
}

/// What a button "Print later" sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct LaterForm {
    /// `TOKEN`, `LABEL`, `WRISTBAND`
    kind: String,
    id: String,
    copies: String,
}

impl LaterForm {
    fn read(&self) -> Result<NewJobs, AppError> {
        let mut errors = FieldErrors::default();
        let slip = Slip::parse(Some(&self.kind), &mut errors);
        let copies = match self.copies.trim() {
            "" => Some(1),
            typed => model::copies(Some(typed.parse().unwrap_or(0)), &mut errors),
        };
        let id = self.id.trim().parse().ok();
        if id.is_none() {
            errors.add("id", "This is not an id.");
        }
        let new =
            slip.zip(copies).zip(id).map(|((slip, copies), id)| NewJobs { slip, ids: vec![id], copies });
        errors.finish_with(new)
    }
}

/// `POST /print-later`
async fn add(tx: Authorized<View>, frame: Frame, Form(form): Form<LaterForm>) -> Result<Response, AppError> {
    let done = match form.read() {
        Ok(new) => {
            if new.slip == Slip::Token {
                patients::also::<appointments::View>(&tx)?;
            }
            domain::later(&tx, &new).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(jobs) => {
            let next = SeeOther("/print-later?done=print-later".to_owned());
            Ok(tx.commit(audit_of_jobs(&jobs), next).await?.into_response())
        }
        Err(error) => refused(tx, &frame, error).await,
    }
}

async fn printed(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<PrintJobId>,
) -> Result<Response, AppError> {
    end(tx, &frame, id, Ending::Printed).await
}

async fn withdrawn(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<PrintJobId>,
) -> Result<Response, AppError> {
    end(tx, &frame, id, Ending::Withdrawn).await
}

async fn end(
    tx: Authorized<View>,
    frame: &Frame,
    id: PrintJobId,
    ending: Ending,
) -> Result<Response, AppError> {
    match domain::close(&tx, id, ending).await {
        Ok(job) => {
            let done = match ending {
                Ending::Printed => "print-done",
                Ending::Withdrawn => "print-withdrawn",
            };
            let next = SeeOther(format!("/print-later?done={done}"));
            Ok(tx.commit(audit_of_end(&job, ending), next).await?.into_response())
        }
        Err(error) => refused(tx, frame, error).await,
    }
}

/// The list again, with what was wrong.
async fn refused(tx: Authorized<View>, frame: &Frame, error: AppError) -> Result<Response, AppError> {
    let problem = match error {
        AppError::Problem(problem) if told_here(&problem) => problem,
        other => return Err(other),
    };
    let sentence = match problem.errors.as_slice() {
        [first, ..] => first.message.clone(),
        [] => problem.detail.into_owned(),
    };
    let page = page(&tx, frame, "", Some(sentence)).await?;
    let audit = Audit::listed("print_job", page.rows.len());
    Ok(tx.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
}

fn told_here(problem: &Problem) -> bool {
    matches!(problem.status, StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY)
}

/// `GET /patients/{patient_id}/print`
#[derive(Template)]
#[template(path = "clinic/printing/pages/print.html")]
struct PrintPage {
    shell: Shell,
    banner: Banner,
    record: String,
    patient_id: String,
    is_newborn: bool,
}

/// `GET /patients/{patient_id}/print`
async fn of_patient(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<PatientId>,
) -> Result<Response, AppError> {
    let patient = patients::show(&tx, id).await?;
    let page = PrintPage {
        shell: frame.shell(tx.actor()),
        banner: banner(&patient, &patients::hospital_now(&tx), Vec::new()),
        record: href(&patient),
        patient_id: patient.id.to_string(),
        is_newborn: domain::wrist_of(&tx, &patient) == Wrist::Newborn,
    };
    Ok(tx.commit(Audit::viewed(patient.id), Page(page)).await?.into_response())
}
