//! A workbook: texts as strings, so that none can run; days and times as dates that sort and filter.

use jiff::civil::date;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::lines::{Cell, HEADS, Sheet};
use crate::kernel::AppError;

/// Of each column, in characters.
const WIDTHS: [f64; 14] =
    [12.0, 18.0, 20.0, 11.0, 10.0, 17.0, 26.0, 16.0, 12.0, 17.0, 17.0, 22.0, 22.0, 17.0];

const LAST_COLUMN: u16 = 13;

pub(super) fn make(sheet: &Sheet) -> Result<Vec<u8>, AppError> {
    workbook(sheet).map_err(|error| AppError::internal(format_args!("a workbook: {error}")))
}

fn workbook(sheet: &Sheet) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    list(book.add_worksheet(), sheet)?;
    about(book.add_worksheet(), sheet)?;
    book.save_to_buffer()
}

fn list(page: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    let head = Format::new().set_bold().set_text_wrap();
    // Without the prefix, opening such a cell and leaving it again would turn its text into a formula.
    let text = Format::new().set_quote_prefix();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let moment = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    page.set_name("Patients")?;
    for (column, (title, width)) in (0_u16..).zip(HEADS.into_iter().zip(WIDTHS)) {
        page.write_string_with_format(0, column, title, &head)?;
        page.set_column_width(column, width)?;
    }
    let mut last = 0;
    for (row, line) in (1_u32..).zip(&sheet.lines) {
        for (column, cell) in (0_u16..).zip(line.cells()) {
            match cell {
                Cell::Empty => {}
                Cell::Text(it) => {
                    page.write_string_with_format(row, column, it, &text)?;
                }
                // Excel's calendar begins in 1900, and its first two months are off by a day.
                Cell::Day(it) if it < date(1900, 3, 1) => {
                    page.write_string_with_format(row, column, it.to_string(), &text)?;
                }
                Cell::Day(it) => {
                    page.write_datetime_with_format(row, column, it, &day)?;
                }
                Cell::Moment(at) => {
                    page.write_datetime_with_format(row, column, at.datetime(), &moment)?;
                }
            }
        }
        last = row;
    }
    page.set_freeze_panes(1, 0)?;
    page.autofilter(0, 0, last, LAST_COLUMN)?;
    Ok(())
}

/// A second page that tells what the first one is.
fn about(page: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    let text = Format::new().set_quote_prefix();
    let facts = [
        ("Hospital", sheet.head.hospital().to_owned()),
        ("Patients", format!("{}. {}", sheet.counted(), sheet.filters)),
        ("Exported by", sheet.by.clone()),
        ("Exported at", sheet.at_in_words()),
        ("Time zone of all times", sheet.zone.clone()),
    ];
    page.set_name("About")?;
    page.set_column_width(0, 24)?;
    page.set_column_width(1, 60)?;
    for (row, (name, fact)) in (0_u32..).zip(facts) {
        page.write_string(row, 0, name)?;
        page.write_string_with_format(row, 1, fact, &text)?;
    }
    Ok(())
}
