//! Small things inside a page, each a struct that a template writes as `{{ row.status }}`.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::kernel::text::initials;
use crate::kernel::wall_clock::offset_of_two;
use crate::web::words;

use super::filters;
use super::icon::Icon;

/// Colour of a status, always beside an icon and a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Neutral,
    Info,
    Active,
    Ok,
    Warn,
    Danger,
}

impl Kind {
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Neutral => "is-neutral",
            Self::Info => "is-info",
            Self::Active => "is-active",
            Self::Ok => "is-ok",
            Self::Warn => "is-warn",
            Self::Danger => "is-danger",
        }
    }
}

/// A status: `{{ row.status }}`.
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_badge.html")]
pub struct Badge {
    pub kind: Kind,
    pub icon: Icon,
    pub word: &'static str,
}

impl HtmlSafe for Badge {}

impl Badge {
    #[must_use]
    pub fn new(kind: Kind, icon: Icon, word: &'static str) -> Self {
        Self { kind, icon, word }
    }
}

/// A point in time: words for people, `iso` (with offset) for machines. `{{ row.created }}`
#[derive(Debug, Clone, Template)]
#[template(ext = "html", source = r#"<time datetime="{{ iso }}">{{ text }}</time>"#)]
pub struct When {
    pub text: String,
    pub iso: String,
}

impl HtmlSafe for When {}

impl When {
    /// "Today, 10:41" in the zone of `at`, where it is `today`.
    #[must_use]
    pub fn moment(at: &jiff::Zoned, today: jiff::civil::Date) -> Self {
        Self { text: words::moment(at, today), iso: at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string() }
    }

    /// The same of an instant, on the clock of `now`; with its offset where that clock shows this time twice.
    #[must_use]
    pub fn exactly(at: jiff::Timestamp, now: &jiff::Zoned) -> Self {
        let there = at.to_zoned(now.time_zone().clone());
        let mut when = Self::moment(&there, now.date());
        if let Some(offset) = offset_of_two(&there) {
            when.text = format!("{} ({offset})", when.text);
        }
        when
    }

    /// The same inside a sentence: "today, 10:41".
    #[must_use]
    pub fn inline(&self) -> Self {
        let text = match self.text.split_at_checked(1) {
            Some((first @ ("T" | "Y"), rest)) => first.to_lowercase() + rest,
            _ => self.text.clone(),
        };
        Self { text, iso: self.iso.clone() }
    }

    /// "Today", "22 Nov 2026" in the zone of `at`, where it is `today`.
    #[must_use]
    pub fn day(at: &jiff::Zoned, today: jiff::civil::Date) -> Self {
        Self { text: words::day(at.date(), today), iso: at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string() }
    }
}

/// A name as its owner writes it: isolated from the direction of the text around it. `{{ row.name }}`
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = r#"<bdi{% if let Some(lang) = lang %} lang="{{ lang }}"{% endif %}>{{ text }}</bdi>"#
)]
pub struct Name {
    pub text: String,
    pub lang: Option<&'static str>,
}

impl HtmlSafe for Name {}

impl Name {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { lang: words::script_lang(&text), text }
    }

    #[must_use]
    pub fn initials(&self) -> String {
        initials(&self.text)
    }
}

/// A phone number of which only the end is shown. `{{ row.phone }}`
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = r#"<span class="num nowrap" aria-hidden="true">•••• ••{{ ending }}</span><span class="visually-hidden">ending {{ ending }}</span>"#
)]
pub struct MaskedPhone {
    pub ending: String,
}

impl HtmlSafe for MaskedPhone {}

impl MaskedPhone {
    /// `None` for a number too short to mask.
    #[must_use]
    pub fn new(phone: &str) -> Option<Self> {
        words::phone_ending(phone).map(|ending| Self { ending })
    }
}

/// Label and value of a record; `None` reads "Not recorded".
#[derive(Debug, Clone)]
pub struct Fact {
    pub label: &'static str,
    pub value: Option<String>,
}

impl Fact {
    #[must_use]
    pub fn new(label: &'static str, value: Option<String>) -> Self {
        Self { label, value: value.filter(|value| !value.trim().is_empty()) }
    }
}

/// A button that is a link.
#[derive(Debug, Clone)]
pub struct Act {
    pub href: String,
    pub label: &'static str,
    pub icon: Icon,
}
