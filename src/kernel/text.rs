//! Text that people type: trimmed, NFC, without control characters, counted as people count.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;
use uuid::Uuid;

use super::problem::FieldErrors;

/// Trim, compose (NFC) and collapse runs of white space; zero-width spaces, which nobody types on purpose, are
/// dropped. Every script passes, and the joiners that some scripts and emoji need.
#[must_use]
pub fn tidy(typed: &str) -> String {
    let composed: String = typed.chars().filter(|c| *c != '\u{200b}').nfc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// True if the text has a character that no name or note holds: controls (NUL first of all),
/// and the bidi overrides that make text read as something else.
#[must_use]
pub fn has_forbidden(text: &str) -> bool {
    text.chars().any(|c| {
        (c.is_control() && c != '\n' && c != '\t' && c != '\r')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    })
}

/// Is there anything to be seen? Joiners, marks of direction and fillers alone are nothing.
#[must_use]
pub fn is_visible(text: &str) -> bool {
    text.chars().any(|c| !is_invisible(c) && !c.is_whitespace() && !c.is_control())
}

/// A character that leaves no mark: joiners, marks of direction, fillers.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// One line of required text with at most `max` characters (`char`s, what the column counts).
pub fn required(field: &str, typed: Option<&str>, max: usize, errors: &mut FieldErrors) -> Option<String> {
    match optional(field, typed, max, errors) {
        Ok(Some(text)) => Some(text),
        Ok(None) => {
            errors.add(field, "This is needed.");
            None
        }
        Err(Refused) => None,
    }
}

/// An id as somebody typed it; absent is none.
pub fn id(field: &str, typed: Option<&str>, errors: &mut FieldErrors) -> Option<Uuid> {
    let found = typed.map(|typed| typed.trim().parse());
    if let Some(Err(_)) = found {
        errors.add(field, "Use an id like 0199c3a1-52e4-7b06-9d1f-3c5e8a7b2f10.");
    }
    found?.ok()
}

/// The field was filled in, but its text was refused; the reason is in the errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

/// One line of optional text; blank counts as absent.
///
/// # Errors
/// [`Refused`] after adding the reason to `errors`.
pub fn optional(
    field: &str,
    typed: Option<&str>,
    max: usize,
    errors: &mut FieldErrors,
) -> Result<Option<String>, Refused> {
    let Some(typed) = typed else { return Ok(None) };
    if has_forbidden(typed) {
        errors.add(field, "Remove the hidden control characters from this text.");
        return Err(Refused);
    }
    let text = tidy(typed);
    if text.is_empty() {
        return Ok(None);
    }
    if !is_visible(&text) {
        errors.add(field, "There is nothing to be seen in this text.");
        return Err(Refused);
    }
    if text.chars().count() > max {
        errors.add(field, format!("Use at most {max} characters."));
        return Err(Refused);
    }
    Ok(Some(text))
}

/// A person's name: any script, but at least one letter (so not `---` or `123`).
pub fn person_name(field: &str, typed: Option<&str>, max: usize, errors: &mut FieldErrors) -> Option<String> {
    let name = required(field, typed, max, errors)?;
    if name.chars().any(|c| c.is_alphabetic() && !is_invisible(c)) {
        Some(name)
    } else {
        errors.add(field, "A name has at least one letter.");
        None
    }
}

/// The name of a hospital: any script, but at least one letter or digit.
pub fn place_name(field: &str, typed: Option<&str>, max: usize, errors: &mut FieldErrors) -> Option<String> {
    let name = required(field, typed, max, errors)?;
    if name.chars().any(char::is_alphanumeric) {
        Some(name)
    } else {
        errors.add(field, "A name has at least one letter or digit.");
        None
    }
}

/// An e-mail address in lower case, at most 254 characters (RFC 5321).
pub fn email(field: &str, typed: Option<&str>, errors: &mut FieldErrors) -> Option<String> {
    let address = required(field, typed, 254, errors)?.to_lowercase();
    let well_formed = address.parse::<lettre::Address>().is_ok()
        && address.rsplit_once('@').is_some_and(|(_, domain)| domain.contains('.') || domain == "localhost");
    if well_formed {
        Some(address)
    } else {
        errors.add(field, "Enter an e-mail address like name@hospital.org.");
        None
    }
}

/// First letters of the first and last word, by grapheme, for an avatar.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|w| w.graphemes(true).next()).unwrap_or("?");
    let last = words.next_back().and_then(|w| w.graphemes(true).next()).unwrap_or("");
    format!("{}{}", first.to_uppercase(), last.to_uppercase())
}

/// 1 to 12 for an English month in any case, by at least its first three letters.
#[must_use]
pub fn month_named(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.to_lowercase();
    let found = MONTHS.iter().position(|name| word.len() >= 3 && name.starts_with(&word))?;
    i8::try_from(found + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_script_pass_and_controls_do_not() {
        for name in ["Ana", "आशा", "خالد الأنصاري", "王", "O'Neill-Smith", "Zoë"] {
            let mut errors = FieldErrors::default();
            assert!(person_name("n", Some(name), 50, &mut errors).is_some(), "{name}");
        }
        for bad in ["", "  ", "123", "a\0b", "a\u{202e}b", &"x".repeat(51)] {
            let mut errors = FieldErrors::default();
            assert!(person_name("n", Some(bad), 50, &mut errors).is_none(), "{bad:?}");
            assert_eq!(errors.len(), 1);
        }
    }

    #[test]
    fn joiners_survive_and_zero_width_spaces_do_not() {
        for kept in ["क\u{94d}\u{200d}ष", "می\u{200c}خواهم", "👩\u{200d}⚕\u{fe0f} Ana", "അവന\u{d4d}\u{200d}"]
        {
            assert_eq!(tidy(kept), kept);
        }
        assert_eq!(tidy("As\u{200b}ha\u{200b} Rao"), "Asha Rao");
        for nothing in ["\u{200d}", "\u{200c}\u{200d} \u{200f}", "\u{3164}", "\u{2800}", "\u{ad}"] {
            let mut errors = FieldErrors::default();
            assert_eq!(person_name("n", Some(nothing), 50, &mut errors), None, "{nothing:?}");
            assert_eq!(optional("n", Some(nothing), 50, &mut errors), Err(Refused), "{nothing:?}");
            assert_eq!(errors.len(), 2);
        }
        let mut errors = FieldErrors::default();
        assert_eq!(optional("n", Some(" \u{200b} "), 50, &mut errors), Ok(None));
        assert!(errors.is_empty());
    }

    #[test]
    fn composed_and_decomposed_spellings_are_one() {
        assert_eq!(tidy("Zoe\u{308}  Ng "), "Zoë Ng");
    }
}
