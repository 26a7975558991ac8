//! `/patients/export/…`: the list with the same filters, as a file.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::transform::TransformOperation;
use axum::extract::State;

use super::{Csv, Download, Format, Pdf, Xlsx};
use crate::access::Authorized;
use crate::app::App;
use crate::clinic::patients::{ListQuery, View};
use crate::kernel::AppError;
use crate::web::Query;
use crate::web::openapi::{header, op, refuses};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/patients/export/csv",
            get_with(file::<Csv>, described("patients.export_csv", "Patients as CSV", CSV, REFUSALS)),
        )
        .api_route(
            "/patients/export/xlsx",
            get_with(
                file::<Xlsx>,
                described("patients.export_xlsx", "Patients as an Excel workbook", XLSX, REFUSALS),
            ),
        )
        .api_route(
            "/patients/export/pdf",
            get_with(
                file::<Pdf>,
                described("patients.export_pdf", "Patients on paper (PDF)", PDF, PDF_REFUSALS),
            ),
        )
}

const CSV: &str = "The list with the same filters, all pages of it (`page`, `page_size` and `include` have no effect), at \
    most 50,000 patients. UTF-8 with a byte order mark, RFC 4180. A text that begins with `=`, `+`, `-` or `@` has an \
    apostrophe before it, so that no spreadsheet runs it: a phone number reads `'+46855500142`. `DOB` is `1992` or \
    `1992-03` where only that is known. Times are the hospital's, with offset. Recorded in the audit.";
const XLSX: &str = "The list with the same filters, all pages of it, at most 50,000 patients. Texts are strings and \
    never run; times are the hospital's, its zone is on the second sheet. Recorded in the audit.";
const REFUSALS: &[&str] = &["exports.too_many", "rate_limited"];
const PDF_REFUSALS: &[&str] = &["exports.too_many", "rate_limited", "pdf.absent"];
const PDF: &str = "The list with the same filters, all pages of it, at most 1,000 patients: A4 or Letter \
    across, as the hospital chose, with its logo, name and letterhead, the filters, who printed it and when. Times are the hospital's. Recorded in \
    the audit. An HMS that was built without PDF files answers 501.";

fn described(
    id: &'static str,
    summary: &'static str,
    description: &'static str,
    refusals: &'static [&'static str],
) -> impl for<'t> FnOnce(TransformOperation<'t>) -> TransformOperation<'t> {
    move |o| {
        refuses(op(id, summary), refusals)(o).description(description).with(header(
            200,
            "Content-Disposition",
            "`attachment`, with a name like `patients_2026-03-14.csv`.",
        ))
    }
}

async fn file<F: Format>(
    tx: Authorized<View>,
    app: State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Download<F>, AppError> {
    let filter = query.filter(&tx)?;
    super::export(tx, app, filter).await
}
