//! The formats and their bounds.

use super::lines::Sheet;
use super::{csv_file, excel_file, pdf_file};
use crate::kernel::AppError;
use crate::paper;

/// One format of file.
pub(super) trait Format: 'static {
    /// Ending of the file's name.
    const ENDING: &'static str;
    const MIME: &'static str;
    /// Most patients in one file.
    const MOST: i64;
    /// It bears the hospital's letterhead.
    const ON_PAPER: bool = false;

    /// Whether this HMS makes such files at all; asked before anything is read.
    fn is_there() -> Result<(), AppError> {
        Ok(())
    }

    fn make(sheet: &Sheet) -> Result<Vec<u8>, AppError>;
}

/// Comma-separated values.
#[derive(Debug)]
pub(super) enum Csv {}

/// A workbook of Excel.
#[derive(Debug)]
pub(super) enum Xlsx {}

/// Paper.
#[derive(Debug)]
pub(super) enum Pdf {}

impl Format for Csv {
    const ENDING: &'static str = "csv";
    const MIME: &'static str = "text/csv; charset=utf-8";
    const MOST: i64 = 50_000;

    fn make(sheet: &Sheet) -> Result<Vec<u8>, AppError> {
        csv_file::make(sheet)
    }
}

impl Format for Xlsx {
    const ENDING: &'static str = "xlsx";
    const MIME: &'static str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    const MOST: i64 = 50_000;

    fn make(sheet: &Sheet) -> Result<Vec<u8>, AppError> {
        excel_file::make(sheet)
    }
}

impl Format for Pdf {
    const ENDING: &'static str = "pdf";
    const MIME: &'static str = "application/pdf";
    const MOST: i64 = 1_000;
    const ON_PAPER: bool = true;

    fn is_there() -> Result<(), AppError> {
        paper::pdf_is_there()
    }

    fn make(sheet: &Sheet) -> Result<Vec<u8>, AppError> {
        pdf_file::make(sheet)
    }
}
