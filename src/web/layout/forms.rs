//! What a form knows: what was typed, what is wrong with it, and the notice that says so.
//!
//! The controls that it makes are in `fields`.

use std::collections::BTreeMap;

use askama::Template;
use askama::filters::HtmlSafe;

use crate::kernel::problem::FieldError;

use super::filters;

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

    /// With what is wrong: at its fields, or the sentence where no field is at fault.
    #[must_use]
    pub fn refused(self, errors: &[FieldError], sentence: impl Into<String>) -> Self {
        if errors.is_empty() { self.with_fault(sentence) } else { self.with_errors(errors) }
    }

    /// Was something typed, or left blank, rather than not said at all?
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        self.values.contains_key(name)
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

    /// In the order of the labels, which is that of the fields.
    fn errors(&self) -> Vec<&(String, String)> {
        let mut errors: Vec<_> = self.form.errors.iter().collect();
        errors.sort_by_key(|(name, _)| {
            self.labels.iter().position(|(field, _)| field == name).unwrap_or(usize::MAX)
        });
        errors
    }
}
