//! The fonts of paper.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Fonts that PDF files are set in: npm package below `@expo-google-fonts`, and the weights wanted of it. The first is
/// the house's own (Latin, Greek, Cyrillic, Devanagari); the others lend letters that it lacks. Chinese
/// and Japanese share a font; it is larger than all others together.
pub const FONTS: &[(&str, &[&str])] = &[
    ("noto-sans", &["400Regular", "700Bold"]),
    ("ibm-plex-sans-arabic", &["400Regular", "700Bold"]),
    ("noto-sans-armenian", &["400Regular"]),
    ("noto-sans-bengali", &["400Regular"]),
    ("noto-sans-ethiopic", &["400Regular"]),
    ("noto-sans-georgian", &["400Regular"]),
    ("noto-sans-gujarati", &["400Regular"]),
    ("noto-sans-gurmukhi", &["400Regular"]),
    ("noto-sans-hebrew", &["400Regular"]),
    ("noto-sans-kannada", &["400Regular"]),
    ("noto-sans-khmer", &["400Regular"]),
    ("noto-sans-lao", &["400Regular"]),
    ("noto-sans-malayalam", &["400Regular"]),
    ("noto-sans-myanmar", &["400Regular"]),
    ("noto-sans-oriya", &["400Regular"]),
    ("noto-sans-sinhala", &["400Regular"]),
    ("noto-sans-tamil", &["400Regular"]),
    ("noto-sans-telugu", &["400Regular"]),
    ("noto-sans-thai", &["400Regular"]),
    ("noto-sans-sc", &["400Regular"]),
    ("nanum-gothic", &["400Regular"]),
    ("noto-emoji", &["400Regular"]),
];

pub const FONT_PACKAGES: &str = "@expo-google-fonts";

/// `noto-sans/400Regular/NotoSans_400Regular.ttf` of each font, as a full path.
pub fn files(fonts: &[(&str, &[&str])], modules: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for (package, weights) in fonts {
        let name: String = package
            .split('-')
            .map(|word| match word {
                "ibm" | "sc" => word.to_ascii_uppercase(),
                _ => format!("{}{}", word[..1].to_ascii_uppercase(), &word[1..]),
            })
            .collect();
        let folder = modules.join(FONT_PACKAGES).join(package);
        files.extend(weights.iter().map(|weight| folder.join(weight).join(format!("{name}_{weight}.ttf"))));
    }
    files
}

/// What `src/paper/engine.rs` includes.
pub fn table(fonts: &[(&str, &[&str])], modules: &Path) -> String {
    let table = files(fonts, modules).iter().fold(String::from("&[\n"), |mut table, file| {
        writeln!(table, "    include_bytes!({file:?}),").expect("String");
        table
    });
    format!("{table}]\n")
}
