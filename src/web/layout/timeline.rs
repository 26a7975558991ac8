//! What happened to somebody, newest first: headings by year, a filter by kind, older entries on demand.

use askama::Template;
use askama::filters::HtmlSafe;

use super::components::{Kind, When};
use super::fields::Choice;
use super::filters;
use super::icon::Icon;

/// The entries with what is around them; the part that htmx swaps (`#timeline`). Goes into a panel's body.
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_timeline.html")]
pub struct Timeline {
    years: Vec<(i16, Vec<TimelineEntry>)>,
    filter: Option<TimelineFilter>,
    older: Option<(String, String)>,
}

impl HtmlSafe for Timeline {}

/// One entry: icon, title, when and who, one line.
#[derive(Debug, Clone)]
pub struct TimelineEntry {
    pub kind: Kind,
    pub icon: Icon,
    pub title: String,
    pub year: i16,
    pub when: When,
    /// "nurse P. Lobo"
    pub who: String,
    pub text: String,
    pub link: Option<(String, &'static str)>,
    /// The first one that "Show older" brought: takes the focus.
    pub fresh: bool,
}

/// Which kinds are shown: a form that asks `action` for the field `kind`.
#[derive(Debug, Clone)]
pub struct TimelineFilter {
    pub action: String,
    pub kinds: Vec<Choice>,
    pub chosen: String,
}

impl Timeline {
    /// `entries` are newest first.
    #[must_use]
    pub fn new(entries: Vec<TimelineEntry>) -> Self {
        let mut years: Vec<(i16, Vec<TimelineEntry>)> = Vec::new();
        for entry in entries {
            match years.last_mut() {
                Some((year, same)) if *year == entry.year => same.push(entry),
                _ => years.push((entry.year, vec![entry])),
            }
        }
        Self { years, filter: None, older: None }
    }

    #[must_use]
    pub fn filter(self, filter: TimelineFilter) -> Self {
        Self { filter: Some(filter), ..self }
    }

    /// The same page with older entries as well, and how many those are: "41 entries".
    #[must_use]
    pub fn older(self, href: impl Into<String>, how_many: impl Into<String>) -> Self {
        Self { older: Some((href.into(), how_many.into())), ..self }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn entries_stand_below_their_year() {
        let entry = |year| TimelineEntry {
            kind: Kind::Ok,
            icon: Icon("check"),
            title: format!("In {year}"),
            year,
            when: When::day(&date(year, 3, 1).in_tz("UTC").expect("zone"), date(2026, 11, 22)),
            who: String::new(),
            text: String::new(),
            link: None,
            fresh: false,
        };
        let html =
            Timeline::new(vec![entry(2026), entry(2026), entry(2024)]).older("/x?older=1", "3 entries");
        let html = html.to_string();
        let places: Vec<_> = [">2026</h3>", "In 2026", ">2024</h3>", "In 2024", "Show older, 3 entries"]
            .map(|part| html.find(part).expect(part))
            .into();
        assert!(places.is_sorted(), "{html}");
        assert_eq!(html.matches("<h3").count(), 2);
    }
}
