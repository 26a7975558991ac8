//! Languages that people speak: stored as codes of BCP 47, read and typed as names. Pure.

macro_rules! languages {
    ($($code:literal $name:literal,)+) => {
        const NAMES: &[(&str, &str)] = &[$(($code, $name)),+];
    };
}

languages! {
    "am" "Amharic", "ar" "Arabic", "as" "Assamese", "az" "Azerbaijani", "bg" "Bulgarian", "bho" "Bhojpuri", "bn" "Bengali",
    "bs" "Bosnian", "ca" "Catalan", "cs" "Czech", "da" "Danish", "de" "German", "el" "Greek", "en" "English", "es" "Spanish",
    "et" "Estonian", "fa" "Persian", "fi" "Finnish", "fil" "Filipino", "fr" "French", "gu" "Gujarati", "ha" "Hausa",
    "he" "Hebrew", "hi" "Hindi", "hr" "Croatian", "hu" "Hungarian", "hy" "Armenian", "id" "Indonesian", "ig" "Igbo",
    "it" "Italian", "ja" "Japanese", "ka" "Georgian", "kk" "Kazakh", "km" "Khmer", "kn" "Kannada", "ko" "Korean",
    "kok" "Konkani", "ks" "Kashmiri", "ku" "Kurdish", "lo" "Lao", "lt" "Lithuanian", "lv" "Latvian", "mai" "Maithili",
    "mg" "Malagasy", "mk" "Macedonian", "ml" "Malayalam", "mn" "Mongolian", "mr" "Marathi", "ms" "Malay", "my" "Burmese",
    "ne" "Nepali", "nl" "Dutch", "no" "Norwegian", "om" "Oromo", "or" "Odia", "pa" "Punjabi", "pl" "Polish", "ps" "Pashto",
    "pt" "Portuguese", "ro" "Romanian", "ru" "Russian", "rw" "Kinyarwanda", "sa" "Sanskrit", "sd" "Sindhi", "si" "Sinhala",
    "sk" "Slovak", "sl" "Slovenian", "so" "Somali", "sq" "Albanian", "sr" "Serbian", "sv" "Swedish", "sw" "Swahili",
    "ta" "Tamil", "te" "Telugu", "th" "Thai", "ti" "Tigrinya", "tl" "Tagalog", "tr" "Turkish", "uk" "Ukrainian", "ur" "Urdu",
    "uz" "Uzbek", "vi" "Vietnamese", "wo" "Wolof", "xh" "Xhosa", "yo" "Yoruba", "zh" "Chinese", "zu" "Zulu",
}

/// "Hindi"; "Portuguese (BR)" for a code with more; one that has no name here is said as it is.
#[must_use]
pub fn name(code: &str) -> String {
    let (language, rest) = code.split_once('-').map_or((code, ""), |(language, rest)| (language, rest));
    match NAMES.iter().find(|(known, _)| *known == language) {
        Some((_, name)) if rest.is_empty() => (*name).to_owned(),
        Some((_, name)) => format!("{name} ({rest})"),
        None => code.to_owned(),
    }
}

/// "English, Hindi"
#[must_use]
pub fn names(codes: &[String]) -> String {
    codes.iter().map(|code| name(code)).collect::<Vec<_>>().join(", ")
}

/// The code of a name as [`name`] writes it, in any case; what is no name stays as it is typed.
#[must_use]
pub fn code(typed: &str) -> String {
    let typed = typed.trim();
    let (word, rest) = typed.strip_suffix(')').and_then(|text| text.split_once('(')).unwrap_or((typed, ""));
    match NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(word.trim())) {
        Some((code, _)) if rest.trim().is_empty() => (*code).to_owned(),
        Some((code, _)) => format!("{code}-{}", rest.trim()),
        None => typed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_typed_as_it_is_read() {
        for code_of in ["en", "mr", "pt-BR", "zh-Hant", "fil", "tlh"] {
            assert_eq!(code(&name(code_of)), code_of);
        }
        assert_eq!((code(" hindi "), code("HI")), ("hi".to_owned(), "HI".to_owned()));
        assert_eq!(names(&["en".to_owned(), "xx".to_owned()]), "English, xx");
        assert!(
            NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1),
            "sorted, each once"
        );
    }
}
