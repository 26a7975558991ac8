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
    /// `14 Mar 1992 (34 y)`, `about 1992 (34 y)`, `Unknown`
    pub born: String,
    pub sex: &'static str,
    pub code: String,
    pub phone: Option<MaskedPhone>,
    pub allergies: Allergies,
    /// "Pregnant, 22 weeks"
    pub alerts: Vec<String>,
    /// One a line.
    pub conditions: Vec<String>,
    pub blood_group: Option<String>,
    /// Date of death; empty text if the date is unknown.
    pub deceased: Option<String>,
    /// Acts of this page; the last one is the primary one.
    pub acts: Vec<Act>,
    /// Further acts, in a menu.
    pub more: Vec<Act>,
}

impl HtmlSafe for Banner {}

/// "None" and "not asked yet" are different facts, and both are shown.
#[derive(Debug, Clone)]
pub enum Allergies {
    NotAsked,
    NoneKnown,
    /// The most urgent first.
    Known(Vec<String>),
}
