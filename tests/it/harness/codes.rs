//! Every refusal that any test sees is one that the API's description tells.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use axum::http::Method;

use super::Reply;

/// What the description tells of refusals.
struct Told {
    /// Statuses of each code.
    statuses: BTreeMap<&'static str, BTreeSet<u16>>,
    /// What any operation may answer with at any time.
    always: BTreeSet<&'static str>,
    operations: Vec<(Method, String, BTreeSet<String>)>,
}

impl Told {
    fn get() -> &'static Self {
        static TOLD: OnceLock<Told> = OnceLock::new();
        TOLD.get_or_init(|| {
            let described = hms::server::api();
            let entries = || described.codes.iter().flat_map(|group| &group.codes);
            let statuses = entries().map(|entry| {
                (entry.code, entry.told.iter().map(|told| told.status.as_u16()).collect::<BTreeSet<_>>())
            });
            let operations = described.api.operations().map(|(path, method, operation)| {
                let codes = operation.extensions["x-codes"].as_array().unwrap();
                let codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
                (method.to_uppercase().parse().unwrap(), path.to_owned(), codes)
            });
            Self {
                statuses: statuses.collect(),
                always: entries().filter(|entry| entry.always).map(|entry| entry.code).collect(),
                operations: operations.collect(),
            }
        })
    }

    /// The operation at this address: the template with the most fixed parts.
    fn operation(&self, method: &Method, path: &str) -> Option<&(Method, String, BTreeSet<String>)> {
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |template: &str| {
            let wanted: Vec<&str> = template.split('/').collect();
            let same = wanted.len() == parts.len()
                && wanted.iter().zip(&parts).all(|(w, p)| w.starts_with('{') && !p.is_empty() || w == p);
            same.then(|| wanted.iter().filter(|part| !part.starts_with('{')).count())
        };
        let fitting = self.operations.iter().filter_map(|one| Some((fits(&one.1)?, one)));
        // A more exact address without this method hides one with it.
        let (fixed, _) = fitting.clone().max_by_key(|(fixed, _)| *fixed)?;
        fitting.filter(|(other, (of, ..))| *other == fixed && of == method).map(|(_, one)| one).next()
    }
}

/// Look at a reply in passing.
pub fn are_told(method: &Method, path: &str, reply: &Reply) {
    if reply.headers.get("content-type").is_none_or(|kind| kind != "application/problem+json") {
        return;
    }
    let told = Told::get();
    let code = reply.json["code"].as_str().unwrap_or_default();
    let Some(statuses) = told.statuses.get(code) else {
        panic!(
            "{method} {path} answers {} {code:?}, which is in no catalogue: name the error's CODES in `problems` of its \
             MODULE (what every operation may answer is in src/kernel/codes.rs)",
            reply.status
        )
    };
    assert_eq!(reply.json["type"], format!("/docs/errors#{code}"), "{method} {path}");
    // A library's refusal may have any status.
    assert!(
        statuses.contains(&reply.status) || code == "bad_request",
        "{method} {path} answers {code} with {} instead of {statuses:?}",
        reply.status
    );
    if let Some((_, template, codes)) = told.operation(method, path) {
        assert!(
            codes.contains(code) || told.always.contains(code),
            "{method} {template} answers {code}, which its description does not tell: name it in \
             `refuses(op(…), &[…])`, or in `problems` of the MODULE for all of its operations that change something"
        );
    }
}
