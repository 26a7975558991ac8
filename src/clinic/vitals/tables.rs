//! The tables that vital signs are judged by, as data with a version and a source.
//!
//! HMS comes with one of each (the JSON beside this file, shown to whoever may see vital signs). A hospital may write
//! its own version, which counts from the moment a clinician signs it; what was scored before stays as it was scored.

mod children;
mod leaves;
mod limits;
mod news2;
mod read;
mod response;
mod shown;

pub use children::{ChildBand, Children};
pub use leaves::{Leaf, leaves, with_leaves};
pub use limits::Limits;
pub use news2::News2;
pub use read::{Bands, Range, Wrong};
pub use response::{Response, Step};
pub use shown::{Line, lines};

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::model::Measure;

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "VitalsTableName")]
pub enum Name {
    /// What is impossible, and what is asked about.
    Plausibility,
    /// The early-warning score.
    News2,
    /// How soon the next set is due, and who is told.
    Response,
    /// Ranges by age for children.
    Children,
}

impl Name {
    pub const ALL: [Self; 4] = [Self::Plausibility, Self::News2, Self::Response, Self::Children];

    /// The word in the database, in addresses and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Plausibility => "plausibility",
            Self::News2 => "news2",
            Self::Response => "response",
            Self::Children => "children",
        }
    }

    /// For people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Plausibility => "Impossible and unlikely values",
            Self::News2 => "Early-warning score NEWS2",
            Self::Response => "Answer to a score: how soon again, and who is told",
            Self::Children => "Children: ranges and danger zone by age",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.code() == code)
    }

    /// The one that HMS comes with.
    fn text(self) -> &'static str {
        match self {
            Self::Plausibility => include_str!("tables/plausibility.json"),
            Self::News2 => include_str!("tables/news2.json"),
            Self::Response => include_str!("tables/response.json"),
            Self::Children => include_str!("tables/children.json"),
        }
    }

    /// The same as JSON, without version and source.
    #[must_use]
    pub fn body(self) -> Value {
        let mut body: Value =
            serde_json::from_str(self.text()).expect("the tables beside this file are JSON");
        if let Some(fields) = body.as_object_mut() {
            fields.remove("version");
            fields.remove("source");
        }
        body
    }

    /// Version and source of the one that HMS comes with.
    #[must_use]
    pub fn built_in(self) -> Origin {
        let head: Head =
            serde_json::from_str(self.text()).expect("the tables beside this file have a version");
        Origin { version: head.version, source: head.source }
    }
}

/// What a table says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Head {
    version: String,
    source: String,
}

/// Version and source of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub version: String,
    pub source: String,
}

/// All four, as they count at a hospital.
#[derive(Debug, Clone)]
pub struct Tables {
    pub limits: Limits,
    pub news2: News2,
    pub response: Response,
    pub children: Children,
    pub origins: [Origin; 4],
}

static BUILT_IN: LazyLock<Tables> = LazyLock::new(|| {
    const SOUND: &str = "the tables beside this file are sound";
    Tables {
        limits: Limits::read(&Name::Plausibility.body()).expect(SOUND),
        news2: News2::read(&Name::News2.body()).expect(SOUND),
        response: Response::read(&Name::Response.body()).expect(SOUND),
        children: Children::read(&Name::Children.body()).expect(SOUND),
        origins: Name::ALL.map(Name::built_in),
    }
});

impl Tables {
    /// Those that HMS comes with.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// With a hospital's own version of one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn with(mut self, name: Name, origin: Origin, body: &Value) -> Result<Self, Wrong> {
        match name {
            Name::Plausibility => self.limits = Limits::read(body)?,
            Name::News2 => self.news2 = News2::read(body)?,
            Name::Response => self.response = Response::read(body)?,
            Name::Children => self.children = Children::read(body)?,
        }
        if let Some((_, place)) = Name::ALL.into_iter().zip(&mut self.origins).find(|(of, _)| *of == name) {
            *place = origin;
        }
        Ok(self)
    }

    /// Version and source of the one that counts.
    #[must_use]
    pub fn origin(&self, name: Name) -> &Origin {
        let [plausibility, news2, response, children] = &self.origins;
        match name {
            Name::Plausibility => plausibility,
            Name::News2 => news2,
            Name::Response => response,
            Name::Children => children,
        }
    }

    /// What is possible for a measure.
    #[must_use]
    pub fn possible(&self, measure: Measure) -> Option<Range> {
        self.limits.measures.get(&measure).map(|limit| limit.possible)
    }
}

#[cfg(test)]
mod tests;
