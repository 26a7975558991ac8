//! What a list needs around its rows: pages, order, and the way to another of either.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::kernel::paging::{LongPage, Page};
use crate::web::words;

use super::filters;

/// How to get to another page or order of a list.
///
/// Without a search text it is a link, so that the state lives in the URL. With one it submits the
/// list's form again: a search may name a patient and must not be in a URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Turn {
    #[default]
    Off,
    Link(String),
    /// Submit the form with this id (which posts to `action`) with one field more.
    Submit {
        form: &'static str,
        action: &'static str,
        name: &'static str,
        value: String,
    },
}

/// Previous, next and the range. `{{ pager }}`
#[derive(Debug, Clone, Default, Template)]
#[template(path = "web/layout/_pager.html")]
pub struct Pager {
    /// `1–25 of 54`
    pub range: String,
    pub previous: Turn,
    pub next: Turn,
}

impl HtmlSafe for Pager {}

impl Pager {
    /// Pager of a page of the contract. `turn` makes the way to a page number.
    pub fn new<T>(page: &Page<T>, turn: impl Fn(i64) -> Turn) -> Self {
        let (first, last) = page.range();
        Self {
            range: match (first, last) {
                (0, _) => format!("None of {}", words::count(page.total)),
                _ => {
                    format!("{}–{} of {}", words::count(first), words::count(last), words::count(page.total))
                }
            },
            previous: if page.page > 1 { turn(page.page - 1) } else { Turn::Off },
            next: if page.has_next() { turn(page.page + 1) } else { Turn::Off },
        }
    }

    /// Pager of a list whose count stops somewhere: `1–25 of 10,000+`.
    pub fn of_long<T>(page: &LongPage<T>, turn: impl Fn(i64) -> Turn) -> Self {
        let (first, last) = page.range();
        let total = format!("{}{}", words::count(page.total), if page.total_is_more { "+" } else { "" });
        Self {
            range: match (first, last) {
                (0, _) => format!("None of {total}"),
                _ => format!("{}–{} of {total}", words::count(first), words::count(last)),
            },
            previous: if page.page > 1 { turn(page.page - 1) } else { Turn::Off },
            next: if page.has_next() { turn(page.page + 1) } else { Turn::Off },
        }
    }
}

/// Order of a list by one of its columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sorted {
    #[default]
    No,
    Up,
    Down,
}

/// Head of a column that one can sort by. `{{ rows.by_name }}`
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_sort_head.html")]
pub struct SortHead {
    pub label: &'static str,
    /// Classes of the `th`: `w-name`, `r col-2` …
    pub class: &'static str,
    pub sorted: Sorted,
    pub turn: Turn,
}

impl HtmlSafe for SortHead {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::paging::PageRequest;

    #[test]
    fn a_pager_turns_only_where_there_is_something() {
        let page = Page { items: vec![(); 25], total: 1_054, page: 1, page_size: 25 };
        let pager = Pager::new(&page, |n| Turn::Link(format!("/patients?page={n}")));
        assert_eq!(pager.range, "1–25 of 1,054");
        assert_eq!((pager.previous, pager.next), (Turn::Off, Turn::Link("/patients?page=2".to_owned())));
    }

    #[test]
    fn a_long_list_says_that_it_was_not_counted_to_its_end() {
        let wanted = PageRequest { page: 400, page_size: 25 };
        let pager =
            Pager::of_long(&wanted.long(vec![(); 25], 10_001), |n| Turn::Link(format!("/audit?page={n}")));
        assert_eq!(pager.range, "9,976–10,000 of 10,000+");
        assert_eq!((pager.previous, pager.next), (Turn::Link("/audit?page=399".to_owned()), Turn::Off));
        let whole =
            Pager::of_long(&PageRequest { page: 1, page_size: 25 }.long(vec![(); 3], 3), |_| Turn::Off);
        assert_eq!(whole.range, "1–3 of 3");
    }
}
