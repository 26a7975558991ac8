//! The API reference as people use it: chapters that say what they are, examples that work, and every code explained.

use std::collections::{BTreeMap, BTreeSet};

use hms::modules::MODULES;
use serde_json::{Value, json};

use crate::architecture::sources;
use crate::bad_input::Attack;
use crate::harness::{TestApp, routes};

fn document() -> Value {
    serde_json::to_value(hms::server::api().api).unwrap()
}

/// Each operation with `METHOD /path`.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(m, o)| (path, m, o)));
    all.map(|(path, method, operation)| (format!("{} {path}", method.to_uppercase()), operation)).collect()
}

/// Follows one reference.
fn resolved<'a>(value: &'a Value, document: &'a Value) -> &'a Value {
    value["$ref"].as_str().map_or(value, |path| document.pointer(&path[1..]).unwrap())
}

/// Schema and example of each body and each JSON answer of a success.
fn contents(document: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (name, operation) in operations(document) {
        for (kind, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
            if kind == "application/json" || kind == "application/x-www-form-urlencoded" {
                found.push((format!("the body of {name}"), content));
            }
        }
        for (status, response) in operation["responses"].as_object().unwrap() {
            let content = &resolved(response, document)["content"]["application/json"];
            if status.starts_with('2') && content.is_object() {
                found.push((format!("the {status} of {name}"), content));
            }
        }
    }
    found
}

#[test]
fn chapters_say_what_they_are_and_stand_in_groups() {
    let document = document();
    let mut names = Vec::new();
    for tag in document["tags"].as_array().unwrap() {
        let about = tag["description"].as_str().unwrap_or_default();
        assert!(about.len() > 20 && about.ends_with('.'), "{tag}");
        names.push(tag["name"].as_str().unwrap());
    }
    let groups = document["x-tagGroups"].as_array().unwrap();
    let grouped: Vec<&str> =
        groups.iter().flat_map(|g| g["tags"].as_array().unwrap()).map(|t| t.as_str().unwrap()).collect();
    assert_eq!(grouped, names, "every chapter is in one group, in the same order");
    let used: BTreeSet<&str> =
        operations(&document).iter().map(|(_, o)| o["tags"][0].as_str().unwrap()).collect();
    assert_eq!(used, names.iter().copied().collect(), "no chapter is empty");
    for (name, operation) in operations(&document) {
        assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{name}");
    }
    assert_eq!(names.first(), Some(&"Sign-up and sign-in"), "what comes first for whoever begins");
    let about = document["info"]["description"].as_str().unwrap();
    for word in
        ["# Signing in", "curl", "Idempotency-Key", "If-Match", "page_size", "Retry-After", "/docs/errors"]
    {
        assert!(about.contains(word), "the introduction does not speak of {word}");
    }
}

#[test]
fn every_example_fits_its_own_schema() {
    let document = document();
    let (mut faults, mut texts) = (Vec::new(), String::new());
    let all = contents(&document);
    assert!(all.len() > 30, "{}", all.len());
    for (what, content) in all {
        let Some(example) = content.get("example") else {
            faults.push(format!("{what} has no example"));
            continue;
        };
        // The references in it lead into this document.
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "components": document["components"], "allOf": [content["schema"]],
        });
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        faults.extend(validator.iter_errors(example).map(|fault| {
            let place = fault.instance_path().to_string();
            format!("{what}{place}: {fault}: mend it in src/web/openapi/examples.json")
        }));
        texts.push_str(&example.to_string());
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(!texts.contains("\"string\"") && !texts.contains("lorem"), "not what anybody would write");
    for script in ['आ', 'خ', 'Å'] {
        assert!(texts.contains(script), "people of all scripts are in the examples: {script}");
    }
}

#[test]
fn parameters_that_are_needed_have_an_example() {
    let document = document();
    for (name, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let needed = parameter["required"] == true || parameter["name"] == "page";
            let narrows = parameter["in"] == "query" && !needed && parameter["name"] != "page_size";
            assert!(!needed || !parameter["example"].is_null(), "{name}: {parameter}");
            assert!(
                !narrows || parameter["example"].is_null(),
                "{name} would be tried out narrowed: {parameter}"
            );
        }
        let keyed = operation["parameters"].as_array().is_some_and(|all| {
            all.iter().any(|parameter| parameter["name"] == "Idempotency-Key" && parameter["in"] == "header")
        });
        let repeatable =
            (name.starts_with("POST ") || name.starts_with("PATCH ")) && operation["security"].is_array();
        assert_eq!(keyed, repeatable, "{name} and its Idempotency-Key");
    }
}

/// As if it were sent on the day: who is registered at birth was born lately, and who covers does so until later.
fn now(example: Value) -> Value {
    match example {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| match name.as_str() {
                "born_at" => {
                    (name, json!((jiff::Timestamp::now() - jiff::SignedDuration::from_hours(2)).to_string()))
                }
                // A time of the clock is one on any day.
                "starts_at" | "ends_at" if value.as_str().is_some_and(|text| text.len() == 5) => {
                    (name, value)
                }
                "starts_at" if value.as_str().is_some_and(|text| text.len() == 10) => {
                    (name, json!(jiff::Timestamp::now().in_tz("Asia/Kolkata").unwrap().date().to_string()))
                }
                "on_date" | "valid_from" => {
                    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(72);
                    (name, json!(later.in_tz("Asia/Kolkata").unwrap().date().to_string()))
                }
                "ends_at" => {
                    (name, json!((jiff::Timestamp::now() + jiff::SignedDuration::from_hours(8)).to_string()))
                }
                _ => (name, now(value)),
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(now).collect(),
        other => other,
    }
}

#[tokio::test]
async fn the_example_of_each_body_is_understood_by_its_operation() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let document = document();
    let examples: BTreeMap<String, &Value> = operations(&document)
        .into_iter()
        .filter_map(|(_, o)| Some((o["operationId"].as_str()?.to_owned(), o.get("requestBody")?)))
        .collect();
    let mut all = routes::api();
    // After it nobody who signed in before is signed in.
    all.sort_by_key(|operation| operation.id == "auth.change_password");
    let (mut tried, mut succeeded) = (0, BTreeSet::new());
    for operation in &all {
        let Some(body) = operation.body.as_ref().filter(|body| body.is_json() || body.is_form()) else {
            continue;
        };
        let example = &now(examples[&operation.id]["content"][&body.media_type]["example"].clone());
        let reply = if body.is_json() {
            attack.json(operation, example, tried).await
        } else {
            let fields = example.as_object().unwrap().iter();
            let fields: Vec<(&str, &str)> = fields.map(|(k, v)| (k.as_str(), v.as_str().unwrap())).collect();
            attack.form(operation, &fields, tried).await
        };
        let code = reply.json["code"].as_str().unwrap_or_default();
        let refused = ["validation_failed", "malformed_json", "malformed_body", "malformed_encoding"];
        assert!(!refused.contains(&code), "{} refuses its own example: {}", operation.name(), reply.text);
        tried += 1;
        if reply.status < 300 {
            succeeded.insert(operation.id.as_str());
        }
    }
    for id in
        ["patients.create", "patients.quick_register", "signup.register", "hospitals.suspend", "merges.undo"]
    {
        assert!(succeeded.contains(id), "{id}: {succeeded:?}");
    }
}

// ------------------------------------------------------------------------------------- codes

/// Codes of the catalogue.
fn catalogue() -> BTreeSet<&'static str> {
    hms::server::api().codes.iter().flat_map(|group| &group.codes).map(|entry| entry.code).collect()
}

fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text
            .split('.')
            .all(|part| part.chars().all(|c| c == '_' || c.is_ascii_lowercase()) && !part.is_empty())
}

#[test]
fn every_code_in_the_source_is_in_the_catalogue() {
    let catalogue = catalogue();
    let mut written: BTreeMap<String, String> = BTreeMap::new();
    for file in sources() {
        // `Variant => STATUS "code"`
        for block in file.code.split("problem!(").skip(1).filter(|_| file.path != "src/kernel/problem.rs") {
            let block = block.split(");").next().unwrap_or_default();
            for mapping in block.split("=>").skip(1) {
                let code = mapping.split('"').nth(1).unwrap_or_default();
                written.insert(code.to_owned(), file.path.clone());
            }
        }
        for call in ["Problem::new(", "Problem::bad_request(", "Problem::forbidden(", "Problem::conflict("] {
            for (at, _) in file.code.match_indices(call) {
                let arguments = &file.code[at + call.len()..];
                let end = arguments.find(");").or(arguments.find(')')).unwrap_or(arguments.len());
                let code = arguments[..end].split('"').nth(1).unwrap_or_default();
                if is_code(code) {
                    written.insert(code.to_owned(), file.path.clone());
                }
            }
        }
    }
    assert!(written.len() > 40, "{written:?}");
    for (code, path) in &written {
        assert!(
            catalogue.contains(code.as_str()),
            "{path} refuses with {code}, which is in no catalogue: name the error's CODES in `problems` of its MODULE"
        );
    }
}

#[test]
fn a_code_means_one_thing_and_says_it_in_a_sentence() {
    let described = hms::server::api();
    for entry in described.codes.iter().flat_map(|group| &group.codes) {
        assert!(is_code(entry.code), "{}", entry.code);
        for told in &entry.told {
            let sentence = told.sentence;
            let contract = sentence == "Not authenticated" || sentence.contains("Required: {");
            assert!(sentence.ends_with('.') || contract, "{}: {sentence}", entry.code);
            assert!(told.status.is_client_error() || told.status.is_server_error(), "{}", entry.code);
        }
    }
    // What a capability refuses with begins with its own name, or is shared.
    let shared: BTreeSet<&str> = hms::kernel::codes::SHARED.iter().map(|(_, code)| code.code).collect();
    let mut owner: BTreeMap<&str, &str> = BTreeMap::new();
    for module in MODULES {
        for code in module.problems.iter().copied().flatten().filter(|code| !shared.contains(code.code)) {
            let other = owner.insert(code.code, module.name);
            assert!(other.is_none(), "{} is refused with by {} and {other:?}", code.code, module.name);
        }
    }
    assert!(owner.len() > 20, "{owner:?}");
}

#[test]
fn each_operation_tells_its_codes_where_their_status_is() {
    let document = document();
    let problem = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": document["components"], "$ref": "#/components/schemas/Problem",
    });
    let problem = jsonschema::validator_for(&problem).unwrap();
    let mut seen = BTreeSet::new();
    for (name, operation) in operations(&document) {
        let mut told = BTreeSet::new();
        for (status, response) in operation["responses"].as_object().unwrap() {
            let examples = &resolved(response, &document)["content"]["application/problem+json"]["examples"];
            for example in examples.as_object().into_iter().flat_map(|examples| examples.values()) {
                let value = &resolved(example, &document)["value"];
                assert!(problem.is_valid(value), "{name} {status}: {value}");
                assert!(
                    status == "default" || value["status"].as_u64() == status.parse().ok(),
                    "{name} {status}: {value}"
                );
                told.insert(value["code"].as_str().unwrap());
            }
        }
        let codes = operation["x-codes"].as_array().unwrap();
        for code in codes.iter().map(|code| code.as_str().unwrap()) {
            assert!(told.contains(code), "{name} lists {code} and has no response with it");
            seen.insert(code);
        }
    }
    let of = |id: &str| {
        let all = operations(&document);
        let (_, operation) = all.iter().find(|(_, operation)| operation["operationId"] == id).unwrap();
        operation["x-codes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c.as_str().unwrap().to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert!(
        of("auth.login").contains("auth.wrong_credentials")
            && !of("auth.login").contains("auth.same_password")
    );
    assert!(of("patients.create").contains("patients.limit_reached"));
    assert!(!of("patients.list").contains("patients.limit_reached"), "reading registers nobody");
    assert!(of("hospitals.list").contains("auth.super_admin_required"));
    assert!(!of("patients.list").contains("auth.super_admin_required"));
}

#[tokio::test]
async fn the_type_of_a_problem_leads_to_its_explanation() {
    let app = TestApp::new().await;
    let anyone = app.anonymous();
    let page = anyone.get("/docs/errors").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    for code in catalogue() {
        assert_eq!(page.text.matches(&format!("id=\"{code}\"")).count(), 1, "{code}");
    }
    for path in ["/api/v1/nothing", "/api/v1/auth/me"] {
        let problem = anyone.get(path).await;
        let (address, code) = problem.json["type"].as_str().unwrap().split_once('#').unwrap();
        assert_eq!(address, "/docs/errors");
        assert!(page.text.contains(&format!("id=\"{code}\"")));
    }
    assert!(page.text.contains("/docs#/Patients/patients.create"), "from a code to who answers with it");
    for reader in ["/docs", "/redoc"] {
        assert!(page.text.contains(&format!("href=\"{reader}\"")));
    }
}
