//! CSV as spreadsheets read it: UTF-8 with a byte order mark, RFC 4180, and no cell that runs as a formula.

use std::borrow::Cow;

use super::lines::{Cell, HEADS, Sheet};
use crate::kernel::AppError;

/// Excel takes a file without it for the legacy encoding of its computer.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

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

/// A text that spreadsheets would run as a formula, with an apostrophe before it. That holds for phone numbers with
/// `+` too: `'+46855500142`. Full-width signs and signs after blanks are no different for some of them.
fn harmless(text: Cow<'_, str>) -> Cow<'_, str> {
    const SIGNS: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    let runs = text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(SIGNS);
    if runs { Cow::Owned(format!("'{text}")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text() {
        for text in ["=cmd|' /C calc'!A0", "+46855", "-1", "@SUM(A1)", "\t=1", "\rx", " =1", "\u{ff1d}1"] {
            assert_eq!(harmless(text.into()), format!("'{text}"));
        }
        for text in ["", "Asha", "O'Neill-Smith", "1=1", "आशा"] {
            assert_eq!(harmless(text.into()), text);
        }
    }
}
