//! What identifies the rows of a table whatever their order, and what identifies a file.

use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

/// Number of rows and their digest: the sum (modulo 2^256) of the SHA-256 of each line of COPY's text. A table that was
/// loaded anew may give its rows in another order; this stays the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rows {
    pub count: u64,
    pub digest: String,
}

/// Reads COPY's text piece by piece. A line break inside a value is two characters there, so lines are rows.
#[derive(Default)]
pub(super) struct RowReader {
    count: u64,
    sum: [u64; 4],
    line: Sha256,
    in_line: bool,
}

impl RowReader {
    pub fn read(&mut self, mut piece: &[u8]) {
        while let Some(end) = piece.iter().position(|byte| *byte == b'\n') {
            self.line.update(&piece[..end]);
            self.add();
            piece = &piece[end + 1..];
        }
        if !piece.is_empty() {
            self.line.update(piece);
            self.in_line = true;
        }
    }

    fn add(&mut self) {
        let hash = self.line.finalize_reset();
        let mut carry = 0;
        for (sum, part) in self.sum.iter_mut().zip(hash.chunks_exact(8)) {
            let part = u64::from_le_bytes(part.try_into().expect("eight bytes"));
            let (with_part, over) = sum.overflowing_add(part);
            let (with_carry, again) = with_part.overflowing_add(carry);
            *sum = with_carry;
            carry = u64::from(over || again);
        }
        self.count += 1;
        self.in_line = false;
    }

    pub fn finish(mut self) -> Rows {
        // A file that was cut off in the middle of a row.
        if self.in_line {
            self.add();
        }
        let bytes: Vec<u8> = self.sum.iter().flat_map(|part| part.to_le_bytes()).collect();
        Rows { count: self.count, digest: hex(&bytes) }
    }
}

/// A reader or writer that hashes what passes.
pub(super) struct Hashing<T> {
    inner: T,
    hash: Sha256,
    bytes: u64,
}

impl<T> Hashing<T> {
    pub fn new(inner: T) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    /// What is below, the number of bytes, their SHA-256.
    pub fn finish(self) -> (T, u64, String) {
        (self.inner, self.bytes, hex(&self.hash.finalize()))
    }

    fn passed(&mut self, piece: &[u8]) {
        self.hash.update(piece);
        self.bytes += piece.len() as u64;
    }
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.passed(&into[..read]);
        Ok(read)
    }
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(piece)?;
        self.passed(&piece[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(pieces: &[&[u8]]) -> Rows {
        let mut reader = RowReader::default();
        pieces.iter().for_each(|piece| reader.read(piece));
        reader.finish()
    }

    #[test]
    fn order_and_pieces_do_not_matter_and_every_byte_does() {
        let whole = rows(&[b"a\t1\nb\t2\nc\t3\n"]);
        assert_eq!(whole.count, 3);
        assert_eq!(whole, rows(&[b"c\t3\nb\t", b"2", b"\na\t1\n"]));
        for other in [
            &b"a\t1\nb\t2\nc\t4\n"[..],
            b"a\t1\nb\t2\n",
            b"a\t1\nb\t2\nc\t3\nc\t3\n",
            b"a\t1\nb\t2\nc\t3",
            b"",
        ] {
            let found = rows(&[other]);
            assert!(found != whole || other == b"a\t1\nb\t2\nc\t3", "{other:?}");
        }
        assert_eq!(rows(&[]).digest, "0".repeat(64));
    }
}
