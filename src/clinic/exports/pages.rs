//! The menu "Export" of the list: its filters, posted, because a search text may name a patient.

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::extract::State;

use super::{Csv, Download, Format, Pdf, Xlsx};
use crate::access::Authorized;
use crate::app::App;
use crate::clinic::patients::pages::SearchForm;
use crate::clinic::patients::{self, View};
use crate::kernel::AppError;
use crate::web::Form;
use crate::web::openapi::op;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/patients/export/csv",
            post_with(file::<Csv>, op("pages.patients.export_csv", "Save as CSV")),
        )
        .api_route(
            "/patients/export/xlsx",
            post_with(file::<Xlsx>, op("pages.patients.export_xlsx", "Save as Excel workbook")),
        )
        .api_route(
            "/patients/export/pdf",
            post_with(file::<Pdf>, op("pages.patients.export_pdf", "Save as PDF")),
        )
}

async fn file<F: Format>(
    tx: Authorized<View>,
    app: State<App>,
    Form(form): Form<SearchForm>,
) -> Result<Download<F>, AppError> {
    let filter = form.filter(&patients::hospital_now(&tx))?;
    super::export(tx, app, filter).await
}
