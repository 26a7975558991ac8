//! CSV as spreadsheets read it: UTF-8 with a byte order mark, RFC 4180, and no cell that runs as a formula.

use std::borrow::Cow;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as ResponseDoc};
use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{Stream, StreamExt as _, once};

use super::openapi::{add_problem, file};
use crate::kernel::AppError;

/// Excel takes a file without it for the legacy encoding of its computer.
pub const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

const MIME: &str = "text/csv; charset=utf-8";

/// A text that spreadsheets would run as a formula, with an apostrophe before it. That holds for phone numbers with
/// `+` too: `'+46855500142`. Full-width signs and signs after blanks are no different for some of them.
#[must_use]
pub fn harmless(text: Cow<'_, str>) -> Cow<'_, str> {
    const SIGNS: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    let runs = text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(SIGNS);
    if runs { Cow::Owned(format!("'{text}")) } else { text }
}

/// Lines of a file, each with its cells.
///
/// # Errors
/// None that memory does not give.
pub fn lines<const CELLS: usize>(rows: impl IntoIterator<Item = [String; CELLS]>) -> Result<Bytes, AppError> {
    let mut file = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        for cell in row {
            file.write_field(harmless(cell.into()).as_ref()).map_err(AppError::internal)?;
        }
        file.write_record(None::<&[u8]>).map_err(AppError::internal)?;
    }
    file.into_inner().map(Bytes::from).map_err(|error| AppError::internal(error.error()))
}

/// A file to be saved, sent piece by piece: none of it is kept in memory longer than it takes to send.
///
/// When a piece cannot be made, the connection is broken off, so that nobody takes a part for the whole.
#[derive(Debug)]
pub struct CsvFile {
    disposition: String,
    body: Body,
}

impl CsvFile {
    /// `name` is plain ASCII without quotes.
    ///
    /// # Errors
    /// None that memory does not give.
    pub fn new<const CELLS: usize>(
        name: &str,
        heads: [&str; CELLS],
        pieces: impl Stream<Item = Result<Bytes, AppError>> + Send + 'static,
    ) -> Result<Self, AppError> {
        let head = [BYTE_ORDER_MARK, &lines([heads.map(str::to_owned)])?].concat();
        let told = pieces.inspect(|piece| {
            if let Err(error) = piece {
                tracing::warn!(%error, "a file was broken off while it was sent");
            }
        });
        let body = Body::from_stream(once(async { Ok(Bytes::from(head)) }).chain(told));
        Ok(Self { disposition: format!("attachment; filename=\"{name}\""), body })
    }
}

impl IntoResponse for CsvFile {
    fn into_response(self) -> Response {
        let headers: [(HeaderName, String); 3] = [
            (CONTENT_TYPE, MIME.to_owned()),
            (CONTENT_DISPOSITION, self.disposition),
            (CACHE_CONTROL, "no-store".to_owned()),
        ];
        (headers, self.body).into_response()
    }
}

impl OperationOutput for CsvFile {
    type Inner = ();

    fn operation_response(_: &mut GenContext, _: &mut Operation) -> Option<ResponseDoc> {
        Some(file(MIME, "The file."))
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, ResponseDoc)> {
        add_problem(operation, StatusCode::UNPROCESSABLE_ENTITY);
        add_problem(operation, StatusCode::TOO_MANY_REQUESTS);
        add_problem(operation, StatusCode::SERVICE_UNAVAILABLE);
        Self::operation_response(ctx, operation).map(|doc| (Some(200), doc)).into_iter().collect()
    }
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

    #[test]
    fn lines_are_quoted_where_they_have_to_be() {
        let file =
            lines([["a,b".to_owned(), "=1+1".to_owned()], ["\"x\"".to_owned(), String::new()]]).unwrap();
        assert_eq!(file, "\"a,b\",'=1+1\r\n\"\"\"x\"\"\",\r\n".as_bytes());
    }
}
