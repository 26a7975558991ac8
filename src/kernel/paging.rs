//! Page numbers of the contract: `page` from 1, `page_size` from 1 to 500.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::FieldErrors;

/// A page of a list: what the contract calls the page envelope.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// How many there are in all pages.
    pub total: i64,
    pub page: i64,
    pub page_size: i64,
}

impl<T> Page<T> {
    /// The same page with each item turned into its view.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            total: self.total,
            page: self.page,
            page_size: self.page_size,
        }
    }

    /// First and last position shown, from 1; `(0, 0)` when the page is empty.
    #[must_use]
    pub fn range(&self) -> (i64, i64) {
        let shown = i64::try_from(self.items.len()).unwrap_or(i64::MAX);
        if shown == 0 {
            (0, 0)
        } else {
            ((self.page - 1) * self.page_size + 1, (self.page - 1) * self.page_size + shown)
        }
    }

    #[must_use]
    pub fn has_next(&self) -> bool {
        self.page * self.page_size < self.total
    }
}

/// A page of a list that grows without end. Counting all of it would take longer than reading the page, so the count
/// stops at [`MOST_COUNTED`].
#[derive(Debug, Serialize, JsonSchema)]
pub struct LongPage<T> {
    pub items: Vec<T>,
    /// How many there are in all pages, at most 10,000.
    pub total: i64,
    /// There are more than `total`: narrow the list to reach them.
    pub total_is_more: bool,
    pub page: i64,
    pub page_size: i64,
}

/// Where the count of a long list stops.
pub const MOST_COUNTED: i64 = 10_000;

impl<T> LongPage<T> {
    /// The same page with each item turned into its view.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> LongPage<U> {
        let Self { items, total, total_is_more, page, page_size } = self;
        LongPage { items: items.into_iter().map(f).collect(), total, total_is_more, page, page_size }
    }

    /// First and last position shown, from 1; `(0, 0)` when the page is empty.
    #[must_use]
    pub fn range(&self) -> (i64, i64) {
        let shown = i64::try_from(self.items.len()).unwrap_or(i64::MAX);
        let before = (self.page - 1) * self.page_size;
        if shown == 0 { (0, 0) } else { (before + 1, before + shown) }
    }

    #[must_use]
    pub fn has_next(&self) -> bool {
        self.page * self.page_size < self.total
    }
}

/// Which page of a list is wanted. Parsed, so always in range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    pub page: i64,
    pub page_size: i64,
}

/// A page deeper than this many rows is refused: reading it would scan them all.
const MAX_OFFSET: i64 = 1_000_000;

/// The raw query parameters `page` and `page_size`.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
pub struct RawPage {
    /// From 1.
    pub page: Option<i64>,
    /// 1 to 500.
    pub page_size: Option<i64>,
}

impl PageRequest {
    /// The page that somebody typed; the first one where that is not understood, which is told in the errors.
    pub fn typed(number: Option<&str>, size: Option<&str>, usual: i64, errors: &mut FieldErrors) -> Self {
        let before = errors.len();
        let mut read = |field: &str, typed: Option<&str>| {
            let found = typed.map(|typed| typed.trim().parse::<i64>());
            if let Some(Err(_)) = found {
                errors.add(field, "Use a whole number.");
            }
            found.and_then(Result::ok)
        };
        let (number, size) = (read("page", number), read("page_size", size));
        let wanted = Self::parse(number, size, usual, errors);
        if errors.len() == before { wanted } else { Self { page: 1, page_size: usual } }
    }

    /// Parse, with `default_size` where the request names none.
    pub fn parse(
        page: Option<i64>,
        page_size: Option<i64>,
        default_size: i64,
        errors: &mut FieldErrors,
    ) -> Self {
        let request = Self { page: page.unwrap_or(1), page_size: page_size.unwrap_or(default_size) };
        if !(1..=500).contains(&request.page_size) {
            errors.add("page_size", "Use a page size from 1 to 500.");
        } else if request.page < 1 || request.page.saturating_mul(request.page_size) > MAX_OFFSET {
            errors.add("page", "Use a page number from 1; narrow the search instead of paging very far.");
        }
        request
    }

    #[must_use]
    pub fn offset(&self) -> i64 {
        (self.page - 1) * self.page_size
    }

    /// Wrap what a store found.
    #[must_use]
    pub fn envelope<T>(&self, items: Vec<T>, total: i64) -> Page<T> {
        Page { items, total, page: self.page, page_size: self.page_size }
    }

    /// Wrap a page of a long list; `counted` is at most one above [`MOST_COUNTED`].
    #[must_use]
    pub fn long<T>(&self, items: Vec<T>, counted: i64) -> LongPage<T> {
        LongPage {
            items,
            total: counted.min(MOST_COUNTED),
            total_is_more: counted > MOST_COUNTED,
            page: self.page,
            page_size: self.page_size,
        }
    }
}
