//! The source files as the rules read them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// One Rust file of `src`.
pub struct Source {
    /// `src/clinic/patients/store.rs`
    pub path: String,
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

    /// `platform/signup` for a capability's file.
    pub(super) fn capability(&self) -> Option<String> {
        let module = self.module();
        let parts: Vec<&str> = module.split("::").collect();
        (parts.len() > 2 && ["platform", "clinic"].contains(&parts[1]))
            .then(|| format!("{}/{}", parts[1], parts[2]))
    }

    /// Paths from the crate's root that it names, `super` followed: `clinic::patients::Patient`.
    pub(super) fn uses(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let own: Vec<String> = self.module().split("::").skip(1).map(str::to_owned).collect();
        for (at, _) in self.code.match_indices("crate::") {
            if !self.code[..at].ends_with(|c: char| c == '$' || c == '_' || c.is_alphanumeric()) {
                tree(&self.code[at + "crate::".len()..], &mut Vec::new(), &mut found);
            }
        }
        for (at, _) in self.code.match_indices("super::") {
            if self.code[..at].ends_with(|c: char| c == ':' || c == '_' || c.is_alphanumeric()) {
                continue;
            }
            let mut rest = &self.code[at..];
            let mut here = own.clone();
            while let Some(more) = rest.strip_prefix("super::") {
                here.pop();
                rest = more;
            }
            tree(rest, &mut here, &mut found);
        }
        // `use crate::{clinic, platform}` and then `clinic::staff::…`
        for side in ["platform", "clinic"] {
            if found.contains(side) {
                for (at, _) in self.code.match_indices(&format!("{side}::")) {
                    if !self.code[..at].ends_with(|c: char| c == ':' || c == '_' || c.is_alphanumeric()) {
                        tree(&self.code[at..], &mut Vec::new(), &mut found);
                    }
                }
            }
        }
        found
    }
}

/// Read `a::b::{c, d::e}` into full paths; where the reading ended.
fn tree<'a>(text: &'a str, before: &mut Vec<String>, found: &mut BTreeSet<String>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            let next = tree(rest, before, found).trim_start();
            let next = match next.strip_prefix("as ") {
                Some(renamed) => {
                    renamed.trim_start_matches(|c: char| c == '_' || c.is_alphanumeric()).trim_start()
                }
                None => next,
            };
            rest = next.strip_prefix(',').unwrap_or(next);
            if next == text {
                return next;
            }
        }
    }
    let end = text.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        let rest = rest.strip_prefix('*').unwrap_or(rest);
        found.insert(before.join("::"));
        // Never stand still: the caller goes on behind whatever this is.
        return if rest.len() == text.len() { rest.get(1..).unwrap_or_default() } else { rest };
    }
    before.push(name.to_owned());
    let rest = match rest.strip_prefix("::") {
        Some(more) if !more.starts_with('<') => tree(more, before, found),
        _ => {
            found.insert(before.join("::"));
            rest
        }
    };
    before.pop();
    rest
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files below `folder` whose name ends so.
pub(super) fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
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

pub(super) fn below_root(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned()
}

/// The product's Rust files, tests left out.
pub fn sources() -> Vec<Source> {
    let files = files("src", ".rs").into_iter().filter(|path| {
        let path = below_root(path);
        !path.ends_with("/tests.rs") && !path.contains("/tests/")
    });
    files
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            Source { code: code_of(&text), path: below_root(&path) }
        })
        .collect()
}

/// Without whole-line comments and without the test module at the end.
fn code_of(text: &str) -> String {
    let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = product.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.fold(String::new(), |all, line| all + line + "\n")
}
