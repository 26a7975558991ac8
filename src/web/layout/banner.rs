//! Who the page is about: the head of every page that touches a record.

use askama::Template;
use askama::filters::HtmlSafe;

use super::components::{Act, MaskedPhone, Name};
use super::filters;

/// Who the page is about; heads every page that touches a record. `{{ banner }}`
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_banner.html")]
pub struct Banner {
    pub name: Name,
    /// The name in a second script.
    pub name_2: Option<Name>,
    /// Where the small picture is; initials stand for it otherwise.
    pub picture: Option<String>,
    /// `14 Mar 1992 (34 y)`, `about 1992 (34 y)`, `Unknown`
    pub born: String,
    pub sex: &'static str,
    pub code: String,
    /// For trying things out: says so above everything else.
    pub practice: bool,
    pub phone: Option<MaskedPhone>,
    pub allergies: Allergies,
    /// "Pregnant, 22 weeks"
    pub alerts: Vec<String>,
    /// One a line.
    pub conditions: Vec<String>,
    pub blood_group: Option<String>,
    /// Nobody knows who this is: the name is a made-up one.
    pub unidentified: bool,
    /// The mother of a newborn, and her page.
    pub baby_of: Option<(Name, String)>,
    /// Date and time of death; empty text if they are unknown.
    pub deceased: Option<String>,
    pub restricted: Option<Restricted>,
    /// Acts of this page; the last one is the primary one.
    pub acts: Vec<Act>,
    /// Further acts, in a menu.
    pub more: Vec<Act>,
}

impl HtmlSafe for Banner {}

/// A record that most people may not see.
#[derive(Debug, Clone)]
pub struct Restricted {
    /// "Restricted", "Very restricted"
    pub word: &'static str,
    /// Until when it lies open to the reader, who gave a reason: "today, 14:41".
    pub until: Option<String>,
}

/// "None" and "not asked yet" are different facts, and both are shown.
#[derive(Debug, Clone)]
pub enum Allergies {
    NotAsked,
    NoneKnown,
    /// The most urgent first.
    Known(Vec<String>),
}
