//! The controls of a form: label, hint, error and input, wired together.
//!
//! Only a [`FormState`] makes them, so that each shows what was typed and what is wrong with it.

use askama::Template;
use askama::filters::HtmlSafe;

use super::filters;
use super::forms::FormState;
use crate::kernel::wall_clock::Fold;

impl FormState {
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
            live: "",
            form: "",
        }
    }

    /// A choice of one.
    #[must_use]
    pub fn select<'a>(&'a self, name: &'a str, label: &'a str, choices: &'a [Choice]) -> Field<'a> {
        Field { control: Control::Select(choices), ..self.text(name, label) }
    }

    /// A text of several lines.
    #[must_use]
    pub fn area<'a>(&'a self, name: &'a str, label: &'a str, rows: u8) -> Field<'a> {
        Field { control: Control::Area { rows }, ..self.text(name, label) }
    }

    /// A box to tick; it sends `true`.
    #[must_use]
    pub fn tick<'a>(&'a self, name: &'a str, label: &'a str) -> Field<'a> {
        Field { control: Control::Tick(self.ticked(name)), ..self.text(name, label) }
    }

    /// A file of these types, of at most so many megabytes. The form needs `enctype="multipart/form-data"`.
    #[must_use]
    pub fn file<'a>(
        &'a self,
        name: &'a str,
        label: &'a str,
        accept: &'static str,
        megabytes: u16,
    ) -> Field<'a> {
        let field = self.text(name, label);
        Field { value: "", required: false, control: Control::File { accept, megabytes }, ..field }
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

    /// Which of the two, of a time that the clock shows twice.
    #[must_use]
    pub fn folds() -> Vec<Self> {
        let both = Fold::ALL.iter().map(|fold| Self::new(fold.code(), fold.word()));
        std::iter::once(Self::new("", "Choose")).chain(both).collect()
    }
}

#[derive(Debug, Clone, Copy)]
enum Control<'a> {
    Input { kind: &'static str, mode: &'static str },
    Area { rows: u8 },
    Select(&'a [Choice]),
    File { accept: &'static str, megabytes: u16 },
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
    /// Where what is typed is sent for a word about it.
    live: &'static str,
    /// Id of the form that it belongs to, where that stands elsewhere on the page.
    form: &'static str,
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

    /// A number, typed as people write it; a phone shows its digits.
    #[must_use]
    pub fn decimal(self) -> Self {
        Self { control: Control::Input { kind: "text", mode: "decimal" }, max: 12, ..self }
    }

    /// A day; browsers send it as `2026-03-14`.
    #[must_use]
    pub fn day(self) -> Self {
        Self { control: Control::Input { kind: "date", mode: "" }, max: 10, ..self }
    }

    /// A day with its time, on the clock of the page.
    #[must_use]
    pub fn moment(self) -> Self {
        Self { control: Control::Input { kind: "datetime-local", mode: "" }, max: 40, ..self }
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

    /// While somebody types, the hint becomes what this address answers.
    #[must_use]
    pub fn live(self, address: &'static str) -> Self {
        Self { live: address, ..self }
    }

    /// Sent with the form of this id, which stands elsewhere on the page.
    #[must_use]
    pub fn form(self, id: &'static str) -> Self {
        Self { form: id, ..self }
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
    fn a_field_of_a_form_elsewhere_names_it_whatever_its_control_is() {
        let form = FormState::new();
        let choices = Choice::folds();
        let kinds = [
            form.text("at", "At").moment(),
            form.select("fold", "Which", &choices),
            form.area("note", "Note", 3),
            form.tick("sure", "Sure"),
            form.file("scan", "Scan", "image/png", 5),
            form.hidden("version"),
        ];
        for field in kinds {
            let name = field.name;
            let own = field.to_string();
            assert!(!own.contains(" form="), "{own}");
            let html = field.form("consult").to_string();
            let control = html.split('<').find(|tag| tag.contains(&format!("name=\"{name}\""))).unwrap();
            assert!(control.contains(" form=\"consult\""), "{html}");
            assert_eq!(html.matches(" form=").count(), 1, "{html}");
        }
    }

    #[test]
    fn a_password_is_never_sent_back() {
        let form = FormState::new().with("password", "secret-1").with_error("password", "Too short.");
        assert!(!form.password("password", "Password", "new-password").to_string().contains("secret-1"));
    }
}
