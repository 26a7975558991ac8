//! Somebody else saved first: what differs, before one decides over their version.

use askama::Template;
use askama::filters::HtmlSafe;

use super::components::When;

/// Somebody changed the thing meanwhile. The page says so in its own words and shows `differences`.
#[derive(Debug)]
pub struct Conflict {
    /// "Dr. Shah"
    pub who: String,
    pub when: When,
    pub differences: Differences,
}

/// What differs, as a table; nothing where nothing does. `{{ conflict.differences }}`
#[derive(Debug, Template)]
#[template(path = "web/layout/_differences.html")]
pub struct Differences(Vec<Difference>);

/// Label, what is saved now, what was typed here.
pub type Difference = (&'static str, String, String);

impl HtmlSafe for Differences {}

impl Differences {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<Difference>> for Differences {
    fn from(differing: Vec<Difference>) -> Self {
        Self(differing)
    }
}
