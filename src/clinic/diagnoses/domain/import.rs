//! A hospital's own edition of ICD-10, from a table: each line by itself, good lines go whatever becomes of the others.
//!
//! What is imported is written over what was there with the same code; nothing is removed, and diagnoses that were recorded
//! keep their words and the name of their edition.

use std::collections::BTreeSet;

use crate::access::TenantTx;
use crate::clinic::diagnoses::model::{Icd10, code};
use crate::clinic::diagnoses::store::codes as store;
use crate::clinic::patients;
use crate::kernel::problem::FieldError;
use crate::kernel::{AppError, FieldErrors, Problem, text};
use crate::web::words;

/// Lines of one table.
pub const MAX_LINES: usize = 20_000;
/// Bytes of one table.
pub const MAX_BYTES: usize = 1_900_000;
/// Characters of an edition's name.
const MAX_EDITION: usize = 60;
/// Faults that are told.
pub const MAX_FAULTS: usize = 200;

/// One line as it came.
#[derive(Debug, Clone, Default)]
pub struct RawCode {
    /// Where it stands, from 1.
    pub number: u64,
    pub code: String,
    pub title: String,
    /// Blank: that of the table.
    pub edition: String,
    pub has_more_cells: bool,
}

/// A line with a fault.
#[derive(Debug, Clone)]
pub struct Fault {
    pub number: u64,
    /// As it was written.
    pub code: String,
    pub errors: Vec<FieldError>,
}

/// What became of a table.
#[derive(Debug)]
pub struct Imported {
    /// Codes that are there now; with a check they would be.
    pub taken: usize,
    /// Lines with a fault; all of them.
    pub refused: usize,
    /// The first of them.
    pub faults: Vec<Fault>,
}

/// Names by which people call the columns, without case, blanks and signs.
const CODE: [&str; 4] = ["code", "icd10", "icd10code", "icd10cmcode"];
const TITLE: [&str; 6] = ["title", "description", "name", "text", "longdescription", "term"];
/// May be left out.
const EDITION: [&str; 2] = ["edition", "version"];

/// Read a text whose first line names the columns, in any order.
///
/// # Errors
/// A sentence for people, if it is no such table at all.
pub fn read(text: &str) -> Result<Vec<RawCode>, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("The list is larger than {} kB. Send it in parts.", MAX_BYTES / 1000));
    }
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut heads: Option<Heads> = None;
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| "The list cannot be read as a table.".to_owned())?;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let Some(heads) = &heads else {
            heads = Some(Heads::read(&record)?);
            continue;
        };
        if lines.len() == MAX_LINES {
            return Err(format!("At most {MAX_LINES} codes are taken at once. Send the list in parts."));
        }
        let cell = |at: usize| record.get(at).unwrap_or_default().trim().to_owned();
        lines.push(RawCode {
            number: record.position().map_or(0, csv::Position::line),
            code: cell(heads.code),
            title: cell(heads.title),
            edition: heads.edition.map(cell).unwrap_or_default(),
            has_more_cells: record.iter().skip(heads.cells).any(|cell| !cell.trim().is_empty()),
        });
    }
    if lines.is_empty() {
        return Err("There is no code below the first line, which names the columns.".to_owned());
    }
    Ok(lines)
}

/// Where the columns stand, and how many cells a line has.
struct Heads {
    code: usize,
    title: usize,
    edition: Option<usize>,
    cells: usize,
}

impl Heads {
    fn read(record: &csv::StringRecord) -> Result<Self, String> {
        let plain = |head: &str| {
            let plain: String = head.chars().filter(|c| c.is_alphanumeric()).collect();
            plain.to_lowercase()
        };
        let place = |names: &[&str]| record.iter().position(|head| names.contains(&plain(head).as_str()));
        match (place(&CODE), place(&TITLE)) {
            (Some(code), Some(title)) => {
                Ok(Self { code, title, edition: place(&EDITION), cells: record.len() })
            }
            _ => Err("The first line must name the columns: code, title.".to_owned()),
        }
    }
}

/// What parts the cells of the first line: the most frequent of the three.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |sign: u8| first.bytes().filter(|byte| *byte == sign).count();
    let more = |best: u8, sign: u8| if count(sign) > count(best) { sign } else { best };
    [b';', b'\t'].into_iter().fold(b',', more)
}

/// Take the good lines; with `check_only` nothing is kept. A line without an edition is of `edition`, or of today's import.
///
/// # Errors
/// 422 for the name of an edition, or whatever PostgreSQL answers.
pub async fn import(
    tx: &TenantTx,
    lines: Vec<RawCode>,
    edition: Option<&str>,
    check_only: bool,
) -> Result<Imported, AppError> {
    let mut errors = FieldErrors::default();
    let edition = text::optional("edition", edition, MAX_EDITION, &mut errors).unwrap_or_default();
    errors.finish()?;
    let edition =
        edition.unwrap_or_else(|| format!("Imported {}", words::date(patients::hospital_now(tx).date())));
    let (mut seen, mut codes, mut faults, mut refused) = (BTreeSet::new(), Vec::new(), Vec::new(), 0);
    for line in lines {
        match looked_at(&line, &edition, &mut seen) {
            Ok(code) => codes.push(code),
            Err(errors) => {
                refused += 1;
                if faults.len() < MAX_FAULTS {
                    let code = line.code.chars().take(40).collect();
                    faults.push(Fault { number: line.number, code, errors });
                }
            }
        }
    }
    if !check_only && !codes.is_empty() {
        store::put(tx, &codes).await?;
    }
    Ok(Imported { taken: codes.len(), refused, faults })
}

fn looked_at(line: &RawCode, edition: &str, seen: &mut BTreeSet<String>) -> Result<Icd10, Vec<FieldError>> {
    let mut errors = FieldErrors::default();
    if line.has_more_cells {
        errors.add(
            "line",
            "The line has more cells than the first line. Put a text with a comma into quotation marks.",
        );
    }
    let found = code(&line.code);
    if found.is_none() {
        errors.add("code", "Write a code like E11.9.");
    }
    let title = text::required("title", Some(&line.title), 300, &mut errors);
    let own = text::optional("edition", Some(&line.edition), MAX_EDITION, &mut errors).unwrap_or_default();
    if let Some(code) = found.as_ref().filter(|_| errors.is_empty())
        && !seen.insert(code.clone())
    {
        errors.add("code", "This code stands in an earlier line.");
    }
    match (found, title) {
        (Some(code), Some(title)) if errors.is_empty() => {
            Ok(Icd10 { code, title, edition: own.unwrap_or_else(|| edition.to_owned()) })
        }
        _ => Err(Problem::from(errors).errors),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_as_spreadsheets_part_them() {
        for text in [
            "code,title\nE11.9,\"Diabetes, type 2\"\n",
            "\u{feff}Title;Code\r\n\"Diabetes, type 2\";E11.9\r\n",
            "\n\nICD-10 code\tDescription\tChapter\nE11.9\tDiabetes, type 2\tIV",
        ] {
            let lines = read(text).unwrap();
            let [line] = lines.as_slice() else { unreachable!("{lines:?}") };
            assert_eq!((line.code.as_str(), line.title.as_str()), ("E11.9", "Diabetes, type 2"));
        }
        for (text, word) in [("", "no code"), ("a,b\nc,d", "name the columns"), ("code,title\n", "no code")] {
            let fault = read(text).unwrap_err();
            assert!(fault.contains(word), "{fault}");
        }
    }

    #[test]
    fn each_line_is_judged_by_itself() {
        let line = |code: &str, title: &str| RawCode {
            number: 2,
            code: code.to_owned(),
            title: title.to_owned(),
            ..RawCode::default()
        };
        let mut seen = BTreeSet::new();
        let good = looked_at(&line("e119", " Diabetes "), "WHO 2019", &mut seen).unwrap();
        let said = (good.code.as_str(), good.title.as_str(), good.edition.as_str());
        assert_eq!(said, ("E11.9", "Diabetes", "WHO 2019"));
        for (code, title, field) in
            [("E11.9", "Again", "code"), ("x", "No code", "code"), ("I10", "", "title")]
        {
            let errors = looked_at(&line(code, title), "WHO 2019", &mut seen).unwrap_err();
            assert!(errors.iter().any(|error| error.field == field), "{code}: {errors:?}");
        }
    }
}
