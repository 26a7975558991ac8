//! Whether a description is whole.

use std::collections::BTreeSet;

use aide::openapi::{OpenApi, StatusCode as StatusDoc};

use super::parameters::{path_parameter, placeholders};

/// What a reader of the description would stumble over.
#[must_use]
pub fn check(api: &OpenApi) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (path, method, operation) in api.operations() {
        match &operation.operation_id {
            None => faults.push(format!("{method} {path} has no operation id")),
            Some(id) if !seen.insert(id.clone()) => faults.push(format!("two operations are called {id}")),
            Some(_) => {}
        }
        let mut named: Vec<&str> = operation.parameters.iter().filter_map(path_parameter).collect();
        let mut wanted = placeholders(path);
        named.sort_unstable();
        wanted.sort_unstable();
        if named != wanted {
            faults.push(format!("{method} {path} has parameters {wanted:?} but describes {named:?}"));
        }
        let answers = operation.responses.iter().flat_map(|r| r.responses.keys());
        if !answers.into_iter().any(|s| matches!(s, StatusDoc::Code(code) if *code < 400)) {
            faults.push(format!("{method} {path} describes no success"));
        }
    }
    let schemas = api.components.iter().flat_map(|c| c.schemas.keys()).collect::<BTreeSet<_>>();
    for name in &schemas {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        if stem.len() < name.len() && schemas.iter().any(|other| *other == stem) {
            faults.push(format!("two different schemas are called {stem}"));
        }
    }
    faults
}
