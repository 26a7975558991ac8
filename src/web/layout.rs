//! What every page is made of: the frames around it and the components inside it.
//!
//! Plain data and templates, no I/O. A page is an askama struct with a [`Shell`] (signed in) or a
//! [`Public`] frame; forms keep what was typed in a [`FormState`]. Template files are in `layout/`:
//! `shell.html` and `public.html` are extended by pages; the rest belongs to the structs below.
//!
//! A module with pages starts with `use crate::web::layout::*;`, which also brings the filters
//! `|icon`, `|icon_s` and `|icon_l` into its templates: `{{ "user-plus"|icon }}`.

use std::collections::BTreeMap;

use askama::Template;
use askama::filters::HtmlSafe;

use crate::kernel::paging::Page;
use crate::kernel::problem::FieldError;
use crate::kernel::text::initials;
use crate::web::words;

pub mod filters {
    //! Filters of our templates.

    use askama::filters::Safe;
    use askama::{Result, Values};

    use super::Icon;

    /// `{{ "bed"|icon }}`: an icon of 18 px. `build.rs` collects the names.
    #[askama::filter_fn]
    pub fn icon(name: impl AsRef<str>, _: &dyn Values) -> Result<Safe<String>> {
        Ok(Safe(svg("icon", name.as_ref())))
    }

    /// `{{ "bed"|icon_s }}`: 15 px, beside small text.
    #[askama::filter_fn]
    pub fn icon_s(name: impl AsRef<str>, _: &dyn Values) -> Result<Safe<String>> {
        Ok(Safe(svg("icon icon-s", name.as_ref())))
    }

    /// `{{ "bed"|icon_l }}`: 24 px, beside headings.
    #[askama::filter_fn]
    pub fn icon_l(name: impl AsRef<str>, _: &dyn Values) -> Result<Safe<String>> {
        Ok(Safe(svg("icon icon-l", name.as_ref())))
    }

    fn svg(class: &str, name: &str) -> String {
        let sprite = crate::web::assets::path("icons.svg");
        format!("<svg class=\"{class}\" aria-hidden=\"true\"><use href=\"{sprite}#{name}\"/></svg>")
    }

    impl AsRef<str> for Icon {
        fn as_ref(&self) -> &str {
            self.0
        }
    }
}

/// Name of a Tabler outline icon. Write it as `Icon("bed")` with a literal: `build.rs` puts exactly
/// the names it finds in this form into the sprite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Icon(pub &'static str);

/// Colours of a page, from the cookie [`Theme::COOKIE`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device has it.
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    /// Set by `hms.js`, readable by it, so it says nothing about the person.
    pub const COOKIE: &str = "hms_theme";

    #[must_use]
    pub fn from_cookie(value: Option<&str>) -> Self {
        match value {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::Auto,
        }
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

// ---------- Frames ----------

/// Which of the two signed-in rooms this is: nobody should mistake one for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Console {
    Staff,
    Platform,
}

impl Console {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Platform => "platform",
        }
    }
}

/// Frame of a signed-in page: side bar, top bar, account menu.
#[derive(Debug, Clone)]
pub struct Shell {
    pub console: Console,
    /// Where the mark in the side bar leads: the person's start page.
    pub home: &'static str,
    /// The hospital's name; "HMS platform" for operators.
    pub place_name: String,
    /// Town or zone; "Operator console" for operators.
    pub place_sub: String,
    pub nav: Vec<NavGroup>,
    /// The search in the top bar; absent for people who may not search.
    pub search: Option<TopSearch>,
    pub user_name: String,
    pub user_initials: String,
    /// "Doctor, Cardiology": names of the roles, for the account menu.
    pub role_names: String,
    /// The hospital's time, `10:42`.
    pub clock: String,
    /// Day and place of that time: `Sun 22 Nov, Pune`.
    pub clock_sub: String,
    pub theme: Theme,
    pub toast: Option<Toast>,
}

/// Part of the navigation. A group without items is not shown.
#[derive(Debug, Clone, Default)]
pub struct NavGroup {
    /// Empty for a group without heading.
    pub label: &'static str,
    pub items: Vec<NavItem>,
}

#[derive(Debug, Clone)]
pub struct NavItem {
    pub href: &'static str,
    pub label: &'static str,
    pub icon: Icon,
    /// `g` and this letter lead here: `t`, `p`, `a`, `c`, `b`; empty for none.
    pub key: &'static str,
    /// This page or a page below it.
    pub current: bool,
    /// Work waiting, not a total.
    pub count: Option<String>,
}

/// The search field in the top bar. It posts, because a search may name a patient and URLs are logged.
#[derive(Debug, Clone)]
pub struct TopSearch {
    pub action: &'static str,
    pub label: &'static str,
    pub placeholder: &'static str,
}

/// Frame of a page for everybody: top bar and foot.
#[derive(Debug, Clone, Default)]
pub struct Public {
    pub theme: Theme,
    /// Start page of the signed-in visitor, if there is one: "Sign in" becomes "Open HMS".
    pub home: Option<&'static str>,
    /// Development: a link to `/dev/mail` in the foot.
    pub dev_mail: bool,
    pub toast: Option<Toast>,
}

/// "It worked", for an act whose result is visible. Errors are never toasts only.
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_toast.html")]
pub struct Toast {
    pub text: String,
}

impl HtmlSafe for Toast {}

// ---------- Small components ----------

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

/// One tab above a list, a link with its count.
#[derive(Debug, Clone)]
pub struct Tab {
    pub label: &'static str,
    pub href: String,
    pub count: Option<String>,
    pub current: bool,
}

/// What there is instead of rows: icon, sentence, act. `{{ empty }}`
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_empty.html")]
pub struct Empty {
    pub icon: Icon,
    pub title: String,
    pub text: String,
    /// Link and words of the next act.
    pub act: Option<(&'static str, &'static str)>,
}

impl HtmlSafe for Empty {}

impl Empty {
    /// For `act`, where the struct is written in a template.
    #[must_use]
    pub fn act(href: &'static str, label: &'static str) -> Option<(&'static str, &'static str)> {
        Some((href, label))
    }
}

// ---------- Lists ----------

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

// ---------- Forms ----------

/// What was typed and what is wrong with it. Kept values never include passwords.
#[derive(Debug, Clone, Default)]
pub struct FormState {
    values: BTreeMap<String, String>,
    errors: Vec<(String, String)>,
    fault: Option<String>,
}

impl FormState {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a value, as typed.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.values.insert(name.to_owned(), value.into());
        self
    }

    /// With an optional value; absent stays blank.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// With a ticked or unticked check box.
    #[must_use]
    pub fn with_tick(self, name: &str, ticked: bool) -> Self {
        if ticked { self.with(name, "true") } else { self }
    }

    /// With what is wrong with fields. A message for a field that the form does not have still
    /// stands in the summary.
    #[must_use]
    pub fn with_errors(mut self, errors: &[FieldError]) -> Self {
        self.errors.extend(errors.iter().map(|error| (error.field.clone(), error.message.clone())));
        self
    }

    /// With what is wrong with one field.
    #[must_use]
    pub fn with_error(mut self, name: &str, message: impl Into<String>) -> Self {
        self.errors.push((name.to_owned(), message.into()));
        self
    }

    /// With what is wrong as a whole, in one sentence.
    #[must_use]
    pub fn with_fault(mut self, sentence: impl Into<String>) -> Self {
        self.fault = Some(sentence.into());
        self
    }

    /// What was typed, or nothing.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// True for a ticked box: anything but nothing, `false` and `0`.
    #[must_use]
    pub fn ticked(&self, name: &str) -> bool {
        !matches!(self.value(name), "" | "false" | "0" | "off")
    }

    #[must_use]
    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|(field, _)| field == name).map(|(_, message)| message.as_str())
    }

    #[must_use]
    pub fn failed(&self) -> bool {
        self.fault.is_some() || !self.errors.is_empty()
    }

    /// The notice above a form that failed; nothing if it did not. `labels` are pairs of name and
    /// label: "This is needed." alone says too little. `{{ form.summary(LABELS) }}`
    #[must_use]
    pub fn summary<'a>(&'a self, labels: &'a [(&'a str, &'a str)]) -> Summary<'a> {
        Summary { form: self, labels }
    }

    /// A one-line field. `{{ form.text("city", "City").autocomplete("address-level2") }}`
    #[must_use]
    pub fn text<'a>(&'a self, name: &'a str, label: &'a str) -> Field<'a> {
        Field {
            name,
            label,
            value: self.value(name),
            error: self.error(name),
            hint: "",
            control: Control::Input { kind: "text", mode: "" },
            autocomplete: "off",
            max: 255,
            optional: false,
            required: true,
            wide: false,
            autofocus: false,
        }
    }

    /// A choice of one.
    #[must_use]
    pub fn select<'a>(&'a self, name: &'a str, label: &'a str, choices: &'a [Choice]) -> Field<'a> {
        Field { control: Control::Select(choices), ..self.text(name, label) }
    }

    /// A box to tick; it sends `true`.
    #[must_use]
    pub fn tick<'a>(&'a self, name: &'a str, label: &'a str) -> Field<'a> {
        Field { control: Control::Tick(self.ticked(name)), ..self.text(name, label) }
    }

    /// A value that travels with the form.
    #[must_use]
    pub fn hidden<'a>(&'a self, name: &'a str) -> Field<'a> {
        Field { control: Control::Hidden, ..self.text(name, "") }
    }

    /// A password: never filled in again after an error.
    #[must_use]
    pub fn password<'a>(&'a self, name: &'a str, label: &'a str, autocomplete: &'static str) -> Field<'a> {
        let field = self.text(name, label);
        Field {
            value: "",
            control: Control::Input { kind: "password", mode: "" },
            autocomplete,
            max: 1024,
            ..field
        }
    }
}

/// The notice above a form that failed: takes the focus and links to the fields.
#[derive(Debug, Template)]
#[template(path = "web/layout/_summary.html")]
pub struct Summary<'a> {
    form: &'a FormState,
    labels: &'a [(&'a str, &'a str)],
}

impl HtmlSafe for Summary<'_> {}

impl Summary<'_> {
    /// Label of a field; nothing for a field that the page does not know.
    fn label(&self, name: &str) -> &str {
        self.labels.iter().find(|(field, _)| *field == name).map_or("", |(_, label)| label)
    }
}

/// One option of a choice.
#[derive(Debug, Clone)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

impl Choice {
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

#[derive(Debug, Clone, Copy)]
enum Control<'a> {
    Input { kind: &'static str, mode: &'static str },
    Select(&'a [Choice]),
    Tick(bool),
    Hidden,
}

/// Label, hint, error and control, wired for assistive technology. Made by [`FormState`].
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_field.html")]
pub struct Field<'a> {
    name: &'a str,
    label: &'a str,
    value: &'a str,
    error: Option<&'a str>,
    hint: &'a str,
    control: Control<'a>,
    autocomplete: &'static str,
    max: u16,
    /// Says "(optional)".
    optional: bool,
    required: bool,
    wide: bool,
    autofocus: bool,
}

impl HtmlSafe for Field<'_> {}

impl<'a> Field<'a> {
    /// One line between label and control.
    #[must_use]
    pub fn hint(self, hint: &'a str) -> Self {
        Self { hint, ..self }
    }

    /// What browsers and password managers fill in.
    #[must_use]
    pub fn autocomplete(self, autocomplete: &'static str) -> Self {
        Self { autocomplete, ..self }
    }

    /// An e-mail address.
    #[must_use]
    pub fn email(self) -> Self {
        Self { control: Control::Input { kind: "email", mode: "email" }, max: 254, ..self }
    }

    /// A phone number.
    #[must_use]
    pub fn phone(self) -> Self {
        Self { control: Control::Input { kind: "tel", mode: "tel" }, max: 40, ..self }
    }

    /// May stay blank; says so.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { optional: true, required: false, ..self }
    }

    /// Part of a filter: may stay blank, and nobody expects otherwise.
    #[must_use]
    pub fn filter(self) -> Self {
        Self { required: false, ..self }
    }

    /// Over both columns of the form.
    #[must_use]
    pub fn wide(self) -> Self {
        Self { wide: true, ..self }
    }

    /// Longest text, in characters.
    #[must_use]
    pub fn max(self, max: u16) -> Self {
        Self { max, ..self }
    }

    /// Takes the focus when the page opens, unless the form failed (then the summary does).
    #[must_use]
    pub fn autofocus(self) -> Self {
        Self { autofocus: true, ..self }
    }

    /// Ids that describe the control.
    fn described_by(&self) -> String {
        let mut ids = String::new();
        if !self.hint.is_empty() {
            ids = format!("{}-hint", self.name);
        }
        if self.error.is_some() {
            if !ids.is_empty() {
                ids.push(' ');
            }
            ids = format!("{ids}{}-error", self.name);
        }
        ids
    }
}

// ---------- Patient banner ----------

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
    pub conditions: Option<String>,
    pub blood_group: Option<String>,
    /// Date of death; empty text if the date is unknown.
    pub deceased: Option<String>,
    /// Acts of this page; the last one is the primary one.
    pub acts: Vec<Act>,
}

impl HtmlSafe for Banner {}

/// "None" and "not asked yet" are different facts, and both are shown.
#[derive(Debug, Clone)]
pub enum Allergies {
    NotAsked,
    NoneKnown,
    Known(String),
}

/// A button that is a link.
#[derive(Debug, Clone)]
pub struct Act {
    pub href: String,
    pub label: &'static str,
    pub icon: Icon,
}

// ---------- When it did not work ----------

/// The page for a refusal or a fault. Says what happened, what is safe, what to do.
#[derive(Debug, Template)]
#[template(path = "web/layout/error.html")]
pub struct ErrorPage {
    pub public: Public,
    pub status: u16,
    pub title: &'static str,
    /// One sentence: the problem's `detail`.
    pub detail: String,
    /// What to do next.
    pub advice: &'static str,
    pub acts: Vec<(&'static str, &'static str)>,
    pub request_id: Option<String>,
}

impl ErrorPage {
    /// The page for a status, with the guide's words around `detail`.
    #[must_use]
    pub fn new(public: Public, status: u16, detail: impl Into<String>, request_id: Option<String>) -> Self {
        let (title, advice): (_, &str) = match status {
            401 => (
                "Sign in to see this page",
                "Your session has ended or was never there. Nothing you saved is lost.",
            ),
            403 => (
                "You do not have the right for this",
                "Ask your administrator for it. The attempt changed nothing.",
            ),
            404 => (
                "There is nothing here",
                "The address may be mistyped, or the thing belongs to another hospital. Go back and search for it.",
            ),
            405 => ("This page cannot do that", "Go back and use the buttons of the page."),
            409 | 412 => (
                "Somebody was quicker",
                "Nothing of yours was saved over theirs. Go back, compare and save again.",
            ),
            413 => ("That is too large", "Nothing was saved. Send less at once."),
            422 | 400 => (
                "Something in this request cannot be read",
                "Nothing was saved. Go back, correct it and send it again.",
            ),
            429 => {
                ("Too many attempts", "This protects accounts from guessing. Wait a minute, then try again.")
            }
            503 => (
                "HMS is not available right now",
                "Nothing was saved by this attempt. It usually takes less than a minute; then load the page again.",
            ),
            400..500 => ("This did not work", "Nothing was saved. Go back and try again."),
            _ => (
                "This is our fault",
                "The fault was recorded. What you saved before is safe; this attempt changed nothing.",
            ),
        };
        let home = public.home.map_or(("/", "Go to the start page"), |home| (home, "Go to your start page"));
        let acts = match status {
            401 => vec![("/", "Go to the start page"), ("/sign-in", "Sign in")],
            _ => vec![home],
        };
        Self { public, status, title, detail: detail.into(), advice, acts, request_id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_wired_to_its_hint_and_error_and_keeps_its_value() {
        let form =
            FormState::new().with("city", "Pune \"<1>\"").with_error("city", "Use at most 80 characters.");
        let html = form.text("city", "City").hint("Town or village").max(80).to_string();
        for part in [
            r#"for="city""#,
            r#"id="city-hint""#,
            r#"id="city-error""#,
            r#"aria-invalid="true""#,
            r#"aria-describedby="city-hint city-error""#,
            r#"maxlength="80""#,
            "Pune &#34;&#60;1&#62;&#34;",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(
            form.summary(&[("city", "City")]).to_string().contains(r##"href="#city">City: Use at most"##)
        );
        assert_eq!(FormState::new().summary(&[]).to_string().trim(), "");
    }

    #[test]
    fn a_password_is_never_sent_back() {
        let form = FormState::new().with("password", "secret-1").with_error("password", "Too short.");
        assert!(!form.password("password", "Password", "new-password").to_string().contains("secret-1"));
    }

    #[test]
    fn a_pager_turns_only_where_there_is_something() {
        let page = Page { items: vec![(); 25], total: 1_054, page: 1, page_size: 25 };
        let pager = Pager::new(&page, |n| Turn::Link(format!("/patients?page={n}")));
        assert_eq!(pager.range, "1–25 of 1,054");
        assert_eq!((pager.previous, pager.next), (Turn::Off, Turn::Link("/patients?page=2".to_owned())));
    }

    #[test]
    fn every_status_has_words() {
        for status in [400, 401, 403, 404, 405, 409, 412, 413, 422, 429, 500, 503, 418, 502] {
            let page = ErrorPage::new(
                Public::default(),
                status,
                "The patient was not found.",
                Some("req-1".to_owned()),
            );
            let html = page.render().expect("renders");
            assert!(html.contains("The patient was not found.") && html.contains("req-1"), "{status}");
        }
    }
}
