//! The chapters of the API reference: what a person looks for, not how the code is divided.

use std::collections::BTreeMap;

use aide::openapi::{OpenApi, Tag};
use serde_json::json;

use super::publish::Capability;

/// The groups of chapters, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Access,
    Patients,
    Hospital,
    Platform,
}

impl Part {
    /// Its heading.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Access => "Getting in",
            Self::Patients => "Patients",
            Self::Hospital => "The hospital",
            Self::Platform => "The platform",
        }
    }
}

/// Where a capability's operations stand. Two capabilities that belong together name the same one:
/// `docs: duplicates::MODULE.docs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chapter {
    pub part: Part,
    /// Its heading: "Duplicates and merging".
    pub name: &'static str,
    /// One or two sentences under it. Markdown.
    pub about: &'static str,
}

impl Chapter {
    #[must_use]
    pub const fn new(part: Part, name: &'static str, about: &'static str) -> Self {
        Self { part, name, about }
    }
}

/// Put each operation under its chapter, and the chapters in order.
pub(super) fn sort(api: &mut OpenApi, capabilities: &[Capability], faults: &mut Vec<String>) {
    let mut chapters: Vec<Chapter> = Vec::new();
    let mut chapter_of = BTreeMap::new();
    for capability in capabilities.iter().filter(|capability| !capability.operations.is_empty()) {
        let Some(chapter) = capability.docs else {
            faults.push(format!(
                "{0} has operations but no chapter: add `docs: Some(Chapter::new(Part::…, \"{0}\", \"…\"))` to its MODULE",
                capability.name
            ));
            continue;
        };
        if chapter.about.len() < 20 {
            faults.push(format!(
                "the chapter {} of {} says nothing about itself",
                chapter.name, capability.name
            ));
        }
        match chapters.iter().find(|known| known.name == chapter.name) {
            Some(known) if *known == chapter => {}
            Some(_) => faults.push(format!("two chapters are called {}", chapter.name)),
            None => chapters.push(chapter),
        }
        chapter_of.extend(capability.operations.iter().map(|id| (id.as_str(), chapter.name)));
    }
    // Stable: within a part as the capabilities are registered.
    chapters.sort_by_key(|chapter| chapter.part);

    for item in api.paths.iter_mut().flat_map(|paths| paths.paths.values_mut()) {
        let Some(item) = item.as_item_mut() else { continue };
        for operation in super::document::operations_of(item) {
            let id = operation.operation_id.as_deref().unwrap_or_default();
            if let Some(chapter) = chapter_of.get(id) {
                operation.tags = vec![(*chapter).to_owned()];
            }
        }
    }
    api.tags = chapters
        .iter()
        .map(|chapter| Tag {
            name: chapter.name.to_owned(),
            description: Some(chapter.about.to_owned()),
            ..Tag::default()
        })
        .collect();
    let mut groups: Vec<(Part, Vec<&str>)> = Vec::new();
    for chapter in &chapters {
        match groups.last_mut() {
            Some((part, names)) if *part == chapter.part => names.push(chapter.name),
            _ => groups.push((chapter.part, vec![chapter.name])),
        }
    }
    let groups: Vec<_> =
        groups.iter().map(|(part, names)| json!({ "name": part.name(), "tags": names })).collect();
    api.extensions.insert("x-tagGroups".to_owned(), groups.into());
}
