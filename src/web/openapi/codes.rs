//! Which refusals each operation can answer with, and all of them in one place.
//!
//! A capability's own codes belong to all of its operations that change something; [`refuses`] says it exactly. The
//! shared ones go by what an operation takes. Each code is an example under `components.examples`, to which responses
//! refer; an operation lists its own under `x-codes`.

use std::collections::BTreeMap;

use aide::openapi::{
    Components, Example, OpenApi, Operation, Parameter, ReferenceOr, Response, StatusCode as StatusDoc,
};
use aide::transform::TransformOperation;
use axum::http::StatusCode;
use indexmap::IndexMap;
use serde_json::json;

use super::document::named_operations_of;
use super::problems::{self, add_default_problem, add_problem};
use super::publish::Capability;
use crate::kernel::Code;
use crate::kernel::codes::{Reach, SHARED};
use crate::web::problem::PROBLEM_JSON;

const CODES: &str = "x-codes";
/// A record does not lie open to whoever asks.
const CLOSED: &[&str] = &["patients.confidential", "patients.not_linked"];
/// What the layers around the capabilities refuse with.
const EVERYWHERE: &str = "Every operation";
/// Of capabilities without operations.
const ELSEWHERE: &str = "Commands and tasks";

/// Codes that belong together.
#[derive(Debug, Clone)]
pub struct CodeGroup {
    pub name: &'static str,
    pub codes: Vec<CodeEntry>,
}

/// A code with all that is said under it.
#[derive(Debug, Clone)]
pub struct CodeEntry {
    pub code: &'static str,
    /// At least one.
    pub told: Vec<Code>,
    /// Who may answer with it; none for a shared code.
    pub operations: Vec<Answers>,
    /// Every operation may, at any time.
    pub always: bool,
}

impl CodeEntry {
    /// Whether what is told at this place has another status than the one before it.
    #[must_use]
    pub fn starts_a_status(&self, place: &usize) -> bool {
        let status = |place: usize| self.told.get(place).map(|code| code.status);
        *place == 0 || status(*place) != status(*place - 1)
    }
}

impl Answers {
    /// Where Swagger UI shows it.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/docs#/{}/{}", self.chapter.replace(' ', "%20"), self.id)
    }
}

/// An operation that may refuse so.
#[derive(Debug, Clone)]
pub struct Answers {
    pub id: String,
    pub chapter: String,
    /// `POST /api/v1/patients`
    pub name: String,
}

/// The codes that this operation can refuse with, where not all of its capability's fit, or another's do:
/// `refuses(op("patients.export_csv", "…"), &["exports.too_many", "rate_limited"])`.
pub fn refuses<D>(
    describe: D,
    codes: &'static [&'static str],
) -> impl for<'t> FnOnce(TransformOperation<'t>) -> TransformOperation<'t>
where
    D: for<'t> FnOnce(TransformOperation<'t>) -> TransformOperation<'t>,
{
    move |operation| {
        let mut operation = describe(operation);
        operation.inner_mut().extensions.insert(CODES.to_owned(), codes.into());
        operation
    }
}

/// The same for an operation on something of a patient: besides these, that her record does not lie open to whoever asks.
pub fn refuses_closed<D>(
    describe: D,
    codes: &'static [&'static str],
) -> impl for<'t> FnOnce(TransformOperation<'t>) -> TransformOperation<'t>
where
    D: for<'t> FnOnce(TransformOperation<'t>) -> TransformOperation<'t>,
{
    move |operation| {
        let mut operation = describe(operation);
        let codes = [CLOSED, codes].concat();
        operation.inner_mut().extensions.insert(CODES.to_owned(), codes.into());
        operation
    }
}

/// Write the codes into the description; the catalogue of them.
pub(super) fn list(
    api: &mut OpenApi,
    capabilities: &[Capability],
    faults: &mut Vec<String>,
) -> Vec<CodeGroup> {
    let mut groups = catalogue(capabilities);
    let owner_of: BTreeMap<&str, &Capability> =
        capabilities.iter().flat_map(|c| c.operations.iter().map(move |id| (id.as_str(), c))).collect();
    for (path, item) in api.paths.iter_mut().flat_map(|paths| &mut paths.paths) {
        let Some(item) = item.as_item_mut() else { continue };
        for (method, operation) in named_operations_of(item) {
            let facts = Facts::of(path, method, operation);
            let id = operation.operation_id.clone().unwrap_or_default();
            let own: Vec<Code> = owner_of.get(id.as_str()).map_or(Vec::new(), |c| c.problems.concat());
            let own = match operation.extensions.get(CODES).and_then(serde_json::Value::as_array) {
                None if method == "GET" => Vec::new(),
                None => own,
                Some(named) => {
                    named.iter().flat_map(|code| meant(code, &own, &groups, &id, faults)).collect()
                }
            };
            let shared = SHARED.iter().filter(|(reach, code)| facts.reaches(*reach) && !own.contains(code));
            let shared: Vec<Code> = shared.map(|(_, code)| *code).collect();
            let mut names: Vec<&str> = own.iter().chain(&shared).map(|code| code.code).collect();
            names.sort_unstable();
            names.dedup();
            operation.extensions.insert(CODES.to_owned(), names.into());
            let chapter = operation.tags.first().cloned().unwrap_or_default();
            let answers = Answers { id, chapter, name: format!("{method} {path}") };
            for entry in groups.iter_mut().flat_map(|group| &mut group.codes) {
                if own.iter().any(|code| code.code == entry.code) {
                    entry.operations.push(answers.clone());
                }
            }
            // What the shared response says of 403 is about people who are signed in.
            let (own_words, shared): (Vec<Code>, Vec<Code>) = if facts.secured {
                (own, shared)
            } else {
                let (forbidden, others) =
                    shared.into_iter().partition(|code| code.status == StatusCode::FORBIDDEN);
                ([own, forbidden].concat(), others)
            };
            refuse(operation, &own_words, &shared, &groups);
        }
    }
    let components = api.components.get_or_insert_default();
    let told = groups.iter().flat_map(|group| &group.codes).flat_map(|entry| &entry.told);
    let mut examples: Vec<_> =
        told.map(|code| (key(code, &groups), ReferenceOr::Item(example(code)))).collect();
    examples.sort_by(|(a, _), (b, _)| a.cmp(b));
    components.examples.extend(examples);
    share(components, &groups);
    groups
}

fn catalogue(capabilities: &[Capability]) -> Vec<CodeGroup> {
    let shared = SHARED.iter().map(|(reach, code)| (EVERYWHERE, *code, *reach == Reach::All));
    // In the order of the chapters; what has none comes last.
    let mut in_order: Vec<&Capability> = capabilities.iter().collect();
    in_order
        .sort_by_key(|capability| (capability.docs.is_none(), capability.docs.map(|chapter| chapter.part)));
    let own = in_order.into_iter().flat_map(|capability| {
        let group = capability.docs.map_or(ELSEWHERE, |chapter| chapter.name);
        capability.problems.iter().copied().flatten().map(move |code| (group, *code, false))
    });
    let mut groups: Vec<CodeGroup> = Vec::new();
    for (name, code, always) in shared.chain(own) {
        let mut entries = groups.iter_mut().flat_map(|group| &mut group.codes);
        if let Some(known) = entries.find(|entry| entry.code == code.code) {
            if !known.told.contains(&code) {
                known.told.push(code);
            }
            continue;
        }
        let entry = CodeEntry { code: code.code, told: vec![code], operations: Vec::new(), always };
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.codes.push(entry),
            None => groups.push(CodeGroup { name, codes: vec![entry] }),
        }
    }
    groups
}

/// What an operation means by a code's name: its capability's, else whatever is told under that name.
fn meant(
    name: &serde_json::Value,
    own: &[Code],
    groups: &[CodeGroup],
    id: &str,
    faults: &mut Vec<String>,
) -> Vec<Code> {
    let name = name.as_str().unwrap_or_default();
    let of_own: Vec<Code> = own.iter().filter(|code| code.code == name).copied().collect();
    if !of_own.is_empty() {
        return of_own;
    }
    let mut entries = groups.iter().flat_map(|group| &group.codes);
    let Some(entry) = entries.find(|entry| entry.code == name) else {
        faults.push(format!("{id} names the code {name}, which no capability has in its `problems`"));
        return Vec::new();
    };
    entry.told.clone()
}

/// What an operation takes, as far as refusals depend on it.
struct Facts<'a> {
    path: &'a str,
    method: &'a str,
    secured: bool,
    permission: bool,
    platform: bool,
    body: bool,
    json: bool,
    file: bool,
    encoded: bool,
    query: bool,
    version: bool,
}

impl<'a> Facts<'a> {
    fn of(path: &'a str, method: &'a str, operation: &Operation) -> Self {
        let body = operation.request_body.as_ref().and_then(ReferenceOr::as_item);
        let kind_is = |kind: &str| body.is_some_and(|body| body.content.keys().any(|key| key.contains(kind)));
        let parameters = || operation.parameters.iter().filter_map(ReferenceOr::as_item);
        let query = parameters().any(|p| matches!(p, Parameter::Query { .. }));
        Self {
            path,
            method,
            secured: !operation.security.is_empty(),
            permission: operation.extensions.contains_key("x-permission"),
            platform: operation.extensions.contains_key("x-platform"),
            body: body.is_some(),
            json: kind_is("json"),
            file: kind_is("multipart"),
            encoded: query || kind_is("urlencoded"),
            query,
            version: parameters().any(|p| p.parameter_data_ref().name == "If-Match"),
        }
    }

    fn reaches(&self, reach: Reach) -> bool {
        match reach {
            Reach::All | Reach::None | Reach::Named => false,
            Reach::SignedIn => self.secured,
            Reach::Permitted => self.permission,
            Reach::Staff => self.permission && !self.platform,
            Reach::Operators => self.platform,
            Reach::Changes => self.method != "GET",
            Reach::Post => matches!(self.method, "POST" | "PATCH"),
            Reach::Repeatable => matches!(self.method, "POST" | "PATCH") && self.secured,
            Reach::Body => self.body,
            Reach::Json => self.json,
            Reach::File => self.file,
            Reach::Encoded => self.encoded,
            Reach::Fields => self.body || self.query,
            Reach::Id => self.path.contains('{'),
            Reach::Record => self.path.contains("/patients/{") || self.path.contains("/patients/merges"),
            Reach::Version => self.version,
        }
    }
}

/// The responses of these codes: a shared one, or one with the operation's own codes in it.
fn refuse(operation: &mut Operation, own: &[Code], shared: &[Code], groups: &[CodeGroup]) {
    add_default_problem(operation);
    // The layers refuse whoever asks too often, and what takes too long, wherever it is asked.
    for status in [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE] {
        add_problem(operation, status);
    }
    for code in shared {
        add_problem(operation, code.status);
    }
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in own {
        by_status.entry(code.status.as_u16()).or_default().push(*code);
    }
    let responses = &mut operation.responses.get_or_insert_default().responses;
    for (status, own) in by_status {
        let also: Vec<Code> = shared.iter().filter(|code| code.status.as_u16() == status).copied().collect();
        let words = own.iter().map(|code| format!("- `{}`: {}", code.code, code.sentence));
        let words = words.collect::<Vec<_>>().join("\n");
        let words = match also.as_slice() {
            [] => words,
            _ => format!("{}; or:\n\n{words}", problems::words(own[0].status).trim_end_matches('.')),
        };
        let mut response = problems::refer(&words);
        set_examples(&mut response, own.iter().chain(&also), groups);
        responses.insert(StatusDoc::Code(status), ReferenceOr::Item(response));
    }
    responses.sort_keys();
}

/// The shared responses get the shared codes of their status, the default one those that may come at any time.
fn share(components: &mut Components, groups: &[CodeGroup]) {
    for (name, response) in &mut components.responses {
        let ReferenceOr::Item(response) = response else { continue };
        let codes = SHARED.iter().filter(|(reach, code)| match reach {
            Reach::All => *name == problems::ANY_PROBLEM,
            _ => *name == problems::component_of(code.status),
        });
        set_examples(response, codes.map(|(_, code)| code), groups);
    }
}

fn set_examples<'a>(response: &mut Response, codes: impl Iterator<Item = &'a Code>, groups: &[CodeGroup]) {
    if let Some(content) = response.content.get_mut(PROBLEM_JSON) {
        content.examples = codes
            .map(|code| {
                let key = key(code, groups);
                let reference = ReferenceOr::ref_(&format!("#/components/examples/{key}"));
                (key, reference)
            })
            .collect::<IndexMap<_, _>>();
    }
}

/// The code, and its status and number where more is told under it.
fn key(code: &Code, groups: &[CodeGroup]) -> String {
    let entry = groups.iter().flat_map(|group| &group.codes).find(|entry| entry.code == code.code);
    match entry.and_then(|entry| entry.told.iter().position(|told| told == code)) {
        None | Some(0) => code.code.to_owned(),
        Some(at) => format!("{}-{}", code.code, at + 1),
    }
}

fn example(code: &Code) -> Example {
    let errors = match (code.field, code.code) {
        ("", "validation_failed") => json!([{ "field": "phone_primary", "message": "This is needed." }]),
        ("", _) => json!([]),
        (field, _) => json!([{ "field": field, "message": code.sentence }]),
    };
    let value = json!({
        "type": Code::address(code.code),
        "title": code.status.canonical_reason().unwrap_or("Error"),
        "status": code.status.as_u16(),
        "detail": code.sentence,
        "code": code.code,
        "errors": errors,
        "request_id": "0199c3a1-6f2e-7c10-8a54-2d9b7e1f4c03",
    });
    let description = Some(code.when.to_owned()).filter(|when| !when.is_empty());
    Example { description, value: Some(value), ..Example::default() }
}
