//! CSV as spreadsheets read it: UTF-8 with a byte order mark, RFC 4180, and no cell that runs as a formula.

use std::borrow::Cow;

use super::lines::{Cell, HEADS, Sheet};
use crate::kernel::AppError;
use crate::web::csv::{BYTE_ORDER_MARK, harmless};

pub(super) fn make(sheet: &Sheet) -> Result<Vec<u8>, AppError> {
    let mut file =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::from(BYTE_ORDER_MARK));
    file.write_record(HEADS).map_err(AppError::internal)?;
    for line in &sheet.lines {
        for cell in line.cells() {
            file.write_field(text(cell).as_ref()).map_err(AppError::internal)?;
        }
        file.write_record(None::<&[u8]>).map_err(AppError::internal)?;
    }
    file.into_inner().map_err(|error| AppError::internal(error.error()))
}

fn text(cell: Cell<'_>) -> Cow<'_, str> {
    match cell {
        Cell::Empty => Cow::Borrowed(""),
        Cell::Text(text) => harmless(text),
        Cell::Day(day) => Cow::Owned(day.to_string()),
        Cell::Moment(at) => Cow::Owned(at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()),
    }
}
