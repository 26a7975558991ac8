//! Texts of people on paper, in the order of their script.

use std::borrow::Cow;

/// From here on, the first letter decides on the order.
const ISOLATE: char = '\u{2068}';
const END_OF_ISOLATE: char = '\u{2069}';

/// A text that somebody wrote, as a template shows it: if it has letters from right to left, it keeps to itself, and no
/// number or bracket beside it changes places with it.
#[must_use]
pub fn written(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_rtl) {
        Cow::Owned(format!("{ISOLATE}{text}{END_OF_ISOLATE}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Hebrew, Arabic and the other scripts from right to left, with their presentation forms and marks.
fn is_rtl(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08ff}' | '\u{200f}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_from_right_to_left_keeps_to_itself() {
        assert_eq!(written("آمنة (2)"), "\u{2068}آمنة (2)\u{2069}");
        assert_eq!(written("דנה"), "\u{2068}דנה\u{2069}");
        for text in ["", "Zoë (2)", "आरती देशमुख", "山田"] {
            assert_eq!(written(text), text);
        }
    }
}
