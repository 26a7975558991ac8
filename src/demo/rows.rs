//! Rows on their way into a table: as COPY's text, gathered and sent in pieces, so that memory is bounded however many
//! there are.

use std::fmt::Write as _;
use std::pin::pin;

use axum::body::Bytes;
use futures_util::SinkExt as _;
use jiff::Timestamp;
use jiff::civil::Date;
use tokio_postgres::Transaction;
use uuid::Uuid;

use crate::kernel::DbError;

/// What PostgreSQL answered, without the values of the row that it stumbled over.
pub(super) fn told(what: &'static str) -> impl Fn(tokio_postgres::Error) -> anyhow::Error {
    move |error| anyhow::Error::new(DbError::of(&error, what)).context(format!("{what} failed"))
}

/// A value of a row.
pub(super) trait Cell {
    fn write(&self, text: &mut String);
}

macro_rules! plain {
    ($($kind:ty)+) => {$(
        impl Cell for $kind {
            fn write(&self, text: &mut String) {
                let _ = write!(text, "{self}");
            }
        }
    )+};
}
plain! { Uuid Timestamp Date i16 i32 i64 }

impl Cell for bool {
    fn write(&self, text: &mut String) {
        text.push(if *self { 't' } else { 'f' });
    }
}

impl Cell for str {
    fn write(&self, text: &mut String) {
        for c in self.chars() {
            match c {
                '\\' => text.push_str("\\\\"),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                c => text.push(c),
            }
        }
    }
}

impl Cell for String {
    fn write(&self, text: &mut String) {
        self.as_str().write(text);
    }
}

impl Cell for serde_json::Value {
    fn write(&self, text: &mut String) {
        self.to_string().as_str().write(text);
    }
}

impl<T: Cell + ?Sized> Cell for &T {
    fn write(&self, text: &mut String) {
        (**self).write(text);
    }
}

impl<T: Cell> Cell for Option<T> {
    fn write(&self, text: &mut String) {
        match self {
            Some(value) => value.write(text),
            None => text.push_str("\\N"),
        }
    }
}

/// Rows of one table that wait to be sent.
#[derive(Debug)]
pub(super) struct Rows {
    table: &'static str,
    columns: &'static str,
    text: String,
    waiting: u64,
    /// Sent so far.
    pub(super) sent: u64,
}

impl Rows {
    pub(super) fn new(table: &'static str, columns: &'static str) -> Self {
        Self { table, columns, text: String::new(), waiting: 0, sent: 0 }
    }

    /// One more row, its values in the order of the columns.
    pub(super) fn add(&mut self, values: &[&dyn Cell]) {
        debug_assert_eq!(values.len(), self.columns.split(',').count(), "{}", self.table);
        for (n, value) in values.iter().enumerate() {
            if n > 0 {
                self.text.push('\t');
            }
            value.write(&mut self.text);
        }
        self.text.push('\n');
        self.waiting += 1;
    }

    /// Send what waits.
    pub(super) async fn send(&mut self, tx: &Transaction<'_>) -> anyhow::Result<()> {
        if self.waiting == 0 {
            return Ok(());
        }
        let copy = format!("copy {} ({}) from stdin", self.table, self.columns);
        let failed = |error| told("writing rows")(error).context(format!("of {}", self.table));
        let mut sink = pin!(tx.copy_in::<_, Bytes>(&copy).await.map_err(failed)?);
        sink.send(Bytes::from(std::mem::take(&mut self.text))).await.map_err(failed)?;
        self.sent += sink.finish().await.map_err(failed)?;
        self.waiting = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_copy_reads_them() {
        let mut rows = Rows::new("t", "a, b, c, d, e");
        rows.add(&[&"tab\there \\ and\nline", &None::<i32>, &Some(true), &7_i64, &"आरती".to_owned()]);
        assert_eq!(rows.text, "tab\\there \\\\ and\\nline\t\\N\tt\t7\tआरती\n");
    }
}
