//! Search over everything, for the palette and the page "Search": people first, then pages, then acts.
//!
//! It has no tables of its own and gives no right: patients are looked for by who may see patients, hospitals by
//! operators, and only pages and acts that the person may open are named. The text is posted, never part of an address.
//! What was looked at is audited like a list.

mod pages;

use crate::access::{Module, PlatformTx, TenantTx};
use crate::clinic::patients::pages::PatientRow;
use crate::clinic::patients::{self, PatientFilter, Search};
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, FieldErrors};
use crate::platform::hospitals::{self, Hospital, Sort, Wanted};

/// This capability, for the registry.
pub const MODULE: Module = Module { pages: Some(pages::router), ..Module::named("search") };

/// How many people or hospitals are shown; the list has them all.
const MOST: i64 = 8;
const FIRST: PageRequest = PageRequest { page: 1, page_size: MOST };

/// The patients that a text finds; without a text, those that the person opened last.
///
/// # Errors
/// 422 for a text that is none.
async fn patients(tx: &TenantTx, typed: &str) -> Result<Page<PatientRow>, AppError> {
    let mut errors = FieldErrors::default();
    let search = Search::parse(typed, &mut errors);
    errors.finish()?;
    let found = match search {
        None => FIRST.envelope(patients::viewed_last(tx, MOST).await?, 0),
        search => patients::list(tx, &PatientFilter { search, ..PatientFilter::default() }, FIRST).await?,
    };
    let now = patients::hospital_now(tx);
    Ok(found.map(|patient| PatientRow::new(&patient, &now)))
}

/// The hospitals that a text finds, by name; none without a text.
///
/// # Errors
/// 422 for a text that is none.
async fn hospitals(tx: &PlatformTx, typed: &str) -> Result<Page<Hospital>, AppError> {
    let mut errors = FieldErrors::default();
    let search = hospitals::search_text(Some(typed), &mut errors);
    errors.finish()?;
    if search.is_none() {
        return Ok(FIRST.envelope(Vec::new(), 0));
    }
    hospitals::list(tx, &Wanted { status: None, restricted: None, search, sort: Sort::Name, page: FIRST })
        .await
}

/// Does every word that was typed occur in what something is called?
fn is_called(typed: &str, called: &str) -> bool {
    let called = called.to_lowercase();
    typed.to_lowercase().split_whitespace().all(|word| called.contains(word))
}

#[cfg(test)]
mod tests {
    use super::is_called;

    #[test]
    fn pages_are_found_by_parts_of_their_words_in_any_order() {
        for (typed, found) in [
            ("", true),
            ("reg", true),
            ("patient REGISTER", true),
            ("new", true),
            ("register doctor", false),
            ("ज", false),
        ] {
            assert_eq!(is_called(typed, "Register patient new add"), found, "{typed}");
        }
    }
}
