//! Turns raw text into values, gathering every fault instead of stopping at the first.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use secrecy::SecretString;

use super::variables::{Fallback, find};

/// What is wrong with one variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    pub name: &'static str,
    /// What is wrong and what is allowed. Never holds the value of a secret.
    pub what: String,
}

/// Everything that is wrong with the configuration; `Display` is one line per fault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigFaults(pub Vec<ConfigFault>);

impl fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}: {}", fault.name, fault.what)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigFaults {}

/// One line of `hms config`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// What holds; `(set)` for a secret, empty if there is no value.
    pub value: String,
    pub is_default: bool,
}

/// Reads variables by name and remembers faults and effective settings.
pub(super) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    pub(super) faults: Vec<ConfigFault>,
    pub(super) settings: BTreeMap<&'static str, Setting>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, faults: Vec::new(), settings: BTreeMap::new() }
    }

    pub(super) fn fault(&mut self, name: &'static str, what: impl Into<String>) {
        self.faults.push(ConfigFault { name, what: what.into() });
    }

    /// The text that holds: what is set, else the default value. Blank counts as not set
    /// (`PORT=` in a compose file). Second: true if it was set.
    fn text(&mut self, name: &'static str) -> Option<(String, bool)> {
        let variable = find(name);
        let set = (self.lookup)(name).filter(|text| !text.trim().is_empty());
        let shown = match (&set, variable.default) {
            (Some(_), _) if variable.secret => "(set)".to_owned(),
            (Some(text), _) => text.trim().to_owned(),
            (None, default) => default.text().to_owned(),
        };
        self.settings.insert(name, Setting { value: shown, is_default: set.is_none() });
        match (set, variable.default) {
            (Some(text), _) if variable.secret => Some((text, true)),
            (Some(text), _) => Some((text.trim().to_owned(), true)),
            (None, Fallback::Value(text)) => Some((text.to_owned(), false)),
            (None, _) => None,
        }
    }

    /// Parse with `parse`; a fault says what was found and `allowed`.
    pub(super) fn parsed<T>(
        &mut self,
        name: &'static str,
        allowed: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let (text, _) = self.text(name)?;
        let value = parse(&text);
        if value.is_none() {
            let found = if find(name).secret { "this value".to_owned() } else { format!("`{text}`") };
            self.fault(name, format!("{found} is not allowed; use {allowed}."));
        }
        value
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, name: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let words = choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        self.parsed(name, &format!("one of {words}"), |text| {
            choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, value)| *value)
        })
    }

    /// A whole number within bounds; the lower bound after a fault, which is reported anyway.
    pub(super) fn number<N>(&mut self, name: &'static str, min: N, max: N) -> N
    where
        N: FromStr + PartialOrd + Copy + fmt::Display,
    {
        let allowed = format!("a whole number from {min} to {max}");
        self.parsed(name, &allowed, |text| text.parse::<N>().ok().filter(|n| *n >= min && *n <= max))
            .unwrap_or(min)
    }

    pub(super) fn flag(&mut self, name: &'static str) -> bool {
        let words =
            [("true", true), ("false", false), ("1", true), ("0", false), ("yes", true), ("no", false)];
        self.choice(name, &words).unwrap_or(false)
    }

    pub(super) fn string(&mut self, name: &'static str) -> Option<String> {
        self.text(name).map(|(text, _)| text)
    }

    pub(super) fn secret(&mut self, name: &'static str) -> Option<SecretString> {
        self.text(name).map(|(text, _)| SecretString::from(text))
    }

    /// True if the operator set the variable (call after reading it).
    pub(super) fn is_set(&self, name: &'static str) -> bool {
        self.settings.get(name).is_some_and(|s| !s.is_default)
    }

    /// Show what a computed default came to.
    pub(super) fn show(&mut self, name: &'static str, value: impl fmt::Display) {
        if let Some(setting) = self.settings.get_mut(name) {
            setting.value = value.to_string();
        }
    }

    /// A variable that is outside [`super::VARIABLES`] and belongs to the system (`HOME`).
    pub(super) fn system(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|text| !text.is_empty())
    }
}
