//! architecture
use std::path::{Path, PathBuf};

/// One Rust file of `src`.
pub struct Source {
    /// `src/clinic/patients/store.rs`
    pub path: String,
    pub text: String,
    /// Without comments and test modules.
    pub code: String,
}

impl Source {
    /// `hms::clinic::patients::store`
    pub fn module(&self) -> String {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        match path {
            "lib" | "main" => "hms".to_owned(),
            _ => format!("hms::{}", path.replace('/', "::")),
        }
    }
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files below `folder` whose name ends so.
pub fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().unwrap().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The product's Rust files, tests left out.
pub fn sources() -> Vec<Source> {
    files("src", ".rs")
        .into_iter()
        .filter(|path| !path.ends_with("tests.rs"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            Source { code: code_of(&text), path, text }
        })
        .collect()
}

/// Without whole-line comments, and without what follows the test module's head.
fn code_of(text: &str) -> String {
    let product = match text.find("#[cfg(test)]\nmod ") {
        Some(at) => &text[..at],
        None => text,
    };
    product
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .fold(String::new(), |all, line| all + line + "\n")
}
