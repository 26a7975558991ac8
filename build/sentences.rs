//! What errors say, read from their source: `problem!` puts the sentences into the API's description.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Error and variant -> its sentence.
pub type Sentences = BTreeMap<(String, String), String>;

/// Of each variant with an `#[error("…")]`: its enum and name, and the sentence.
pub fn of(text: &str) -> Vec<((String, String), String)> {
    let mut found = Vec::new();
    for (at, marker) in text.match_indices("#[error(") {
        let Some((sentence, rest)) = literal(&text[at + marker.len()..]) else { continue };
        let Some((_, rest)) = rest.split_once(")]") else { continue };
        let variant: String = rest.trim_start().chars().take_while(|c| c.is_alphanumeric()).collect();
        let error = text[..at].rsplit_once("enum ").map(|(_, after)| after).unwrap_or_default();
        let error: String = error.chars().take_while(|c| c.is_alphanumeric()).collect();
        // What is no variant (`pub struct …`) begins small.
        if error.is_empty() || !variant.starts_with(|c: char| c.is_uppercase()) {
            continue;
        }
        found.push(((error, variant), sentence));
    }
    found
}

/// The string literal at the start of Rust code, and what follows.
fn literal(code: &str) -> Option<(String, &str)> {
    let code = code.trim_start().strip_prefix('"')?;
    let mut text = String::new();
    let mut chars = code.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((text, &code[at + 1..])),
            '\\' => match chars.next()?.1 {
                // The rest of a long sentence stands on the next line.
                '\n' => while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                escaped => text.push(escaped),
            },
            c => text.push(c),
        }
    }
    None
}

/// The table as Rust.
pub fn table(sentences: &Sentences) -> String {
    let mut table = String::from("&[\n");
    for ((error, variant), sentence) in sentences {
        writeln!(table, "    ({error:?}, {variant:?}, {sentence:?}),").expect("String");
    }
    table.push_str("]\n");
    table
}
