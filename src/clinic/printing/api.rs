//! Papers as PDF files, and `/print-jobs`.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::transform::TransformOperation;
use axum::extract::State;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::domain;
use super::model::{self, Ending, MOST_AT_ONCE, NewJobs, PrintJob, PrintJobId, Slip, Wrist};
use super::reply::Recorded;
use super::sheets::{Label, TestPage, Ticket};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::appointments::{self, AppointmentId};
use crate::clinic::patients::{self, PatientId};
use crate::clinic::profile::{self, Letterhead};
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors};
use crate::paper;
use crate::web::openapi::{op, refuses, refuses_closed};
use crate::web::{Created, Json, Path, PdfFile, Query, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/appointments/{appointment_id}/token.pdf", get_with(token, tokens))
        .api_route("/patients/{patient_id}/label.pdf", get_with(label, labels))
        .api_route("/patients/{patient_id}/wristband.pdf", get_with(wristband, wristbands))
        .api_route("/print-jobs", get_with(list, lists))
        .api_route("/print-jobs", post_with(add, adds))
        .api_route("/print-jobs/{print_job_id}/printed", post_with(printed, printeds))
        .api_route("/print-jobs/{print_job_id}/withdrawn", post_with(withdrawn, withdrawns))
        .api_route("/print-tests/token.pdf", get_with(test_token, test_tokens))
        .api_route("/print-tests/label.pdf", get_with(test_label, test_labels))
        .api_route("/print-tests/document.pdf", get_with(test_document, test_documents))
}

type Op<'t> = TransformOperation<'t>;

fn tokens(operation: Op<'_>) -> Op<'_> {
    refuses(op("printing.token", "A token on paper (PDF)"), &["printing.no_token", "pdf.absent"])(operation)
        .description(
            "58 or 80 mm wide, as the hospital chose. It says nobody's name. Recorded in the audit. An HMS that was built \
             without PDF files answers 501.",
        )
}

fn labels(operation: Op<'_>) -> Op<'_> {
    refuses(op("printing.label", "Labels of a patient (PDF)"), &["pdf.absent"])(operation).description(
        "In the size that the hospital chose: name, birth, sex, code in letters and as a QR code, and a mark if there are \
         allergies. The name begins with what tells twins apart. Recorded in the audit.",
    )
}

fn wristbands(operation: Op<'_>) -> Op<'_> {
    refuses(op("printing.wristband", "A wristband of a patient (PDF)"), &["pdf.absent"])(operation).description(
        "279 × 25 mm, for a newborn 152 × 25 mm: under 28 days, unless `wrist` says otherwise. Recorded in the audit.",
    )
}

fn lists(operation: Op<'_>) -> Op<'_> {
    op("printing.list", "What waits to be printed, the oldest first")(operation)
}

fn adds(operation: Op<'_>) -> Op<'_> {
    const REFUSALS: &[&str] = &["printing.no_token", "not_found"];
    refuses_closed(op("printing.later", "Print later"), REFUSALS)(operation).description(
        "For when there is no printer. `ids` are appointments for `TOKEN`, patients for the others, at most 50. What waits \
         already stays as it is.",
    )
}

fn printeds(operation: Op<'_>) -> Op<'_> {
    refuses(op("printing.printed", "It was printed"), &["printing.closed"])(operation)
}

fn withdrawns(operation: Op<'_>) -> Op<'_> {
    refuses(op("printing.withdrawn", "It is not wanted any more"), &["printing.closed"])(operation)
}

fn test_tokens(operation: Op<'_>) -> Op<'_> {
    refuses(op("printing.test_token", "A token to try the printer (PDF)"), &["pdf.absent"])(operation)
}

fn test_labels(operation: Op<'_>) -> Op<'_> {
    refuses(op("printing.test_label", "A label to try the printer (PDF)"), &["pdf.absent"])(operation)
}

fn test_documents(operation: Op<'_>) -> Op<'_> {
    refuses(
        op("printing.test_document", "A page with the letterhead to try the printer (PDF)"),
        &["pdf.absent"],
    )(operation)
}

async fn token(
    tx: Authorized<appointments::View>,
    Path(id): Path<AppointmentId>,
) -> Result<PdfFile, AppError> {
    paper::pdf_is_there()?;
    let (appointment, ticket) = domain::ticket(&tx, id).await?;
    let audit =
        Audit::did("printed", id).with(json!({ "patient_id": appointment.patient, "paper": "token" }));
    tx.commit(audit, Recorded).await?;
    Ok(PdfFile::new("token.pdf", paper::make(move || ticket.pdf()).await?))
}

#[derive(Deserialize, JsonSchema)]
struct LabelQuery {
    /// 1 to 20; 1 if left out.
    copies: Option<i64>,
}

async fn label(
    tx: Authorized<patients::View>,
    Path(id): Path<PatientId>,
    Query(query): Query<LabelQuery>,
) -> Result<PdfFile, AppError> {
    paper::pdf_is_there()?;
    let mut errors = FieldErrors::default();
    let copies = model::copies(query.copies, &mut errors);
    let copies = errors.finish_with(copies)?;
    let (patient, label) = domain::label(&tx, id, copies).await?;
    let audit = Audit::did("printed", patient.id).with(json!({ "paper": "label", "copies": copies }));
    tx.commit(audit, Recorded).await?;
    Ok(PdfFile::new("label.pdf", paper::make(move || label.pdf()).await?))
}

#[derive(Deserialize, JsonSchema)]
struct WristbandQuery {
    /// Left out: by the age.
    wrist: Option<Wrist>,
}

async fn wristband(
    tx: Authorized<patients::View>,
    Path(id): Path<PatientId>,
    Query(query): Query<WristbandQuery>,
) -> Result<PdfFile, AppError> {
    paper::pdf_is_there()?;
    let (patient, label) = domain::label(&tx, id, 1).await?;
    let band = label.around(query.wrist.unwrap_or_else(|| domain::wrist_of(&tx, &patient)));
    let audit = Audit::did("printed", patient.id).with(json!({ "paper": "wristband" }));
    tx.commit(audit, Recorded).await?;
    Ok(PdfFile::new("wristband.pdf", paper::make(move || band.pdf()).await?))
}

/// Something that waits for a printer.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PrintJob")]
struct JobView {
    id: PrintJobId,
    kind: Slip,
    /// `null`, like the code and the file, where the reader may not know whose it is.
    patient_id: Option<PatientId>,
    patient_code: Option<String>,
    /// `Private` where the reader may not know whose it is.
    patient_name: String,
    appointment_id: Option<AppointmentId>,
    token: Option<String>,
    copies: i16,
    asked_by_id: UserId,
    asked_by_name: Option<String>,
    asked_at: Timestamp,
    /// Where the PDF file is.
    file_path: Option<String>,
}

impl From<PrintJob> for JobView {
    fn from(job: PrintJob) -> Self {
        let file = job.file();
        let known = job.person.is_some();
        let (code, name) = job.person.unzip();
        Self {
            id: job.id,
            kind: job.slip,
            patient_id: known.then_some(job.patient),
            patient_code: code,
            patient_name: name.unwrap_or_else(|| "Private".to_owned()),
            appointment_id: job.appointment,
            token: job.token.map(|token| token.to_string()),
            copies: job.copies,
            asked_by_id: job.asked_by,
            asked_by_name: job.asked_by_name,
            asked_at: job.asked_at,
            file_path: known.then_some(file),
        }
    }
}

#[derive(Deserialize, JsonSchema)]
struct JobsQuery {
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 50 if left out.
    page_size: Option<i64>,
}

/// What waits for a printer.
#[derive(Serialize, JsonSchema)]
struct PrintJobs {
    items: Vec<JobView>,
    /// How many there are in all pages.
    total: i64,
    page: i64,
    page_size: i64,
    /// When the oldest was asked for; `null`: nothing waits.
    oldest_asked_at: Option<Timestamp>,
}

async fn list(
    tx: Authorized<patients::View>,
    Query(query): Query<JobsQuery>,
) -> Result<Json<PrintJobs>, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, query.page_size, 50, &mut errors);
    errors.finish()?;
    let (found, oldest_asked_at) = domain::waiting(&tx, page).await?;
    let audit = Audit::listed("print_job", found.items.len());
    let found = found.map(JobView::from);
    let view = PrintJobs {
        items: found.items,
        total: found.total,
        page: found.page,
        page_size: found.page_size,
        oldest_asked_at,
    };
    tx.commit(audit, Json(view)).await
}

/// What is to be printed later.
#[derive(Deserialize, JsonSchema)]
struct PrintLater {
    #[schemars(required, with = "Option<Slip>")]
    kind: Option<String>,
    /// Appointments for `TOKEN`, patients for the others.
    #[schemars(required, length(min = 1, max = 50))]
    ids: Option<Vec<uuid::Uuid>>,
    /// 1 to 20; 1 if left out.
    copies: Option<i64>,
}

async fn add(
    tx: Authorized<patients::View>,
    Json(body): Json<PrintLater>,
) -> Result<Created<Vec<JobView>>, AppError> {
    let mut errors = FieldErrors::default();
    let slip = Slip::parse(body.kind.as_deref(), &mut errors);
    let copies = model::copies(body.copies, &mut errors);
    let ids = body.ids.unwrap_or_default();
    if ids.is_empty() || ids.len() > MOST_AT_ONCE {
        errors.add("ids", format!("Give 1 to {MOST_AT_ONCE} ids."));
    }
    let new = slip.zip(copies).map(|(slip, copies)| NewJobs { slip, ids, copies });
    let new = errors.finish_with(new)?;
    if new.slip == Slip::Token {
        patients::also::<appointments::View>(&tx)?;
    }
    let jobs = domain::later(&tx, &new).await?;
    let audit = audit_of_jobs(&jobs);
    tx.commit(audit, Reply::new(jobs.into_iter().map(JobView::from).collect())).await
}

/// A row for each.
pub(super) fn audit_of_jobs(jobs: &[PrintJob]) -> Audit {
    let row = |job: &PrintJob| {
        Audit::did("print_asked", job.id).with(json!({ "patient_id": job.patient, "paper": job.slip.code() }))
    };
    let mut rows = jobs.iter().map(row);
    match rows.next() {
        Some(first) => rows.fold(first, Audit::and),
        None => Audit::listed("print_job", 0),
    }
}

pub(super) fn audit_of_end(job: &PrintJob, ending: Ending) -> Audit {
    let audit = match ending {
        Ending::Printed => Audit::did("print_done", job.id),
        Ending::Withdrawn => Audit::did("print_withdrawn", job.id),
    };
    audit.with(json!({ "patient_id": job.patient, "paper": job.slip.code() }))
}

async fn printed(
    tx: Authorized<patients::View>,
    Path(id): Path<PrintJobId>,
) -> Result<Reply<JobView>, AppError> {
    end(tx, id, Ending::Printed).await
}

async fn withdrawn(
    tx: Authorized<patients::View>,
    Path(id): Path<PrintJobId>,
) -> Result<Reply<JobView>, AppError> {
    end(tx, id, Ending::Withdrawn).await
}

async fn end(
    tx: Authorized<patients::View>,
    id: PrintJobId,
    ending: Ending,
) -> Result<Reply<JobView>, AppError> {
    let job = domain::close(&tx, id, ending).await?;
    let audit = audit_of_end(&job, ending);
    tx.commit(audit, Reply::new(JobView::from(job))).await
}

async fn test_token(tx: Authorized<profile::View>) -> Result<PdfFile, AppError> {
    paper::pdf_is_there()?;
    let ticket = Ticket::test(&Letterhead::read(&tx).await?);
    tx.commit(test_audit(), Recorded).await?;
    Ok(PdfFile::new("token.pdf", paper::make(move || ticket.pdf()).await?))
}

async fn test_label(tx: Authorized<profile::View>) -> Result<PdfFile, AppError> {
    paper::pdf_is_there()?;
    let label = Label::test(&Letterhead::read(&tx).await?)?;
    tx.commit(test_audit(), Recorded).await?;
    Ok(PdfFile::new("label.pdf", paper::make(move || label.pdf()).await?))
}

async fn test_document(tx: Authorized<profile::View>, State(app): State<App>) -> Result<PdfFile, AppError> {
    paper::pdf_is_there()?;
    let head = Letterhead::read(&tx).await?;
    let by = tx.actor().name();
    tx.commit(test_audit(), Recorded).await?;
    let logo = head.logo(&app).await;
    let made = paper::make(move || TestPage::of(&head, &by).pdf(logo.as_deref())).await?;
    Ok(PdfFile::new("document.pdf", made))
}

fn test_audit() -> Audit {
    Audit::exported("test_print", "pdf", 1)
}
