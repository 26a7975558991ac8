//! The API's description of itself: sound, up to date in the repository, served, and readable in a browser.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::Value;

use crate::harness::TestApp;

const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/snapshots/openapi.json");

#[test]
fn the_routes_describe_themselves_without_a_fault() {
    assert_eq!(hms::server::api().faults, Vec::<String>::new());
    // What pages say of bodies and answers is never published; the rest is what the authorization sweep stands on.
    let faults = hms::server::pages().faults;
    let published_only =
        |fault: &str| fault.ends_with("describes no success") || fault.starts_with("two different schemas");
    let real: Vec<_> = faults.iter().filter(|f| !published_only(f)).collect();
    assert!(real.is_empty(), "{real:?}");
}

#[test]
fn the_description_in_the_repository_is_the_one_of_the_routes() {
    let kept = std::fs::read_to_string(KEPT).unwrap();
    let now = hms::web::openapi::to_json(&hms::server::api().api);
    let first = kept.lines().zip(now.lines()).position(|(a, b)| a != b);
    assert!(
        kept == now,
        "{KEPT} differs from line {first:?} on: run `cargo run -- openapi --out tests/it/snapshots/openapi.json`, look at the difference, commit it"
    );
    assert_eq!(now, hms::web::openapi::to_json(&hms::server::api().api), "made twice, the same");
}

fn document() -> Value {
    serde_json::to_value(hms::server::api().api).unwrap()
}

/// Each operation with `METHOD /path`.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(move |(m, o)| (format!("{} {path}", m.to_uppercase()), o))
        })
        .collect()
}

#[test]
fn it_has_the_shape_of_openapi_3_1() {
    let document = document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."), "{}", document["openapi"]);
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert!(document["info"]["title"].is_string() && document["info"]["license"]["name"] == "MIT");

    let mut references = BTreeSet::new();
    gather_references(&document, &mut references);
    assert!(references.len() > 10);
    for reference in &references {
        let found = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        assert!(found.is_some(), "{reference} leads nowhere");
    }

    let tags: BTreeSet<&str> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        let text = |key: &str| operation[key].as_str().unwrap_or_default();
        assert!(ids.insert(text("operationId").to_owned()), "{name}: no operationId of its own");
        assert!(text("operationId").contains('.'), "{name}: noun.verb");
        assert!(
            text("summary").len() > 3 && !text("summary").ends_with('.'),
            "{name}: {:?}",
            text("summary")
        );
        let tag = operation["tags"][0].as_str().unwrap_or_default();
        assert!(tags.contains(tag), "{name}: the tag {tag:?} is not listed");
        for requirement in operation["security"].as_array().into_iter().flatten() {
            for scheme in requirement.as_object().unwrap().keys() {
                assert!(schemes.contains_key(scheme), "{name}: {scheme}");
            }
        }
        answers(&name, operation, &document);
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let place = parameter["in"].as_str().unwrap();
            assert!(["path", "query", "header"].contains(&place), "{name}: {parameter}");
            assert!(parameter["schema"].is_object() || parameter["schema"] == true, "{name}: {parameter}");
            assert!(place != "path" || parameter["required"] == true, "{name}: {parameter}");
        }
        if name.starts_with("GET ") {
            assert!(operation.get("requestBody").is_none(), "{name} reads a body");
        }
    }
}

/// A success, and every refusal as a problem.
fn answers(name: &str, operation: &Value, document: &Value) {
    let responses = operation["responses"].as_object().unwrap();
    assert!(responses.keys().any(|status| status.starts_with('2')), "{name} never succeeds");
    assert!(responses.contains_key("default"), "{name}: any operation may fail");
    let secured = operation["security"].as_array().is_some_and(|s| !s.is_empty());
    for status in ["401", "403"].iter().filter(|_| secured) {
        assert!(responses.contains_key(*status), "{name} is secured and never answers {status}");
    }
    if operation.get("requestBody").is_some() {
        for status in ["400", "413", "415", "422"] {
            assert!(responses.contains_key(status), "{name} reads a body and never answers {status}");
        }
    }
    if name.contains('{') {
        assert!(responses.contains_key("404"), "{name} takes an id and never answers 404");
    }
    for (status, response) in responses {
        let response = match response["$ref"].as_str() {
            Some(reference) => document.pointer(&reference[1..]).unwrap(),
            None => response,
        };
        assert!(!response["description"].as_str().unwrap_or_default().is_empty(), "{name} {status}");
        if status.starts_with('4') || status.starts_with('5') || status == "default" {
            let schema = &response["content"]["application/problem+json"]["schema"];
            assert_eq!(schema["$ref"], "#/components/schemas/Problem", "{name} {status}");
        }
    }
}

fn gather_references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                found.insert(reference.to_owned());
            }
            map.values().for_each(|v| gather_references(v, found));
        }
        Value::Array(items) => items.iter().for_each(|v| gather_references(v, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_description_is_served_and_not_sent_twice() {
    let app = TestApp::new().await;
    let anyone = app.anonymous();
    let first = anyone.get("/openapi.json").await;
    assert_eq!((first.status, first.header("content-type")), (200, "application/json"));
    assert_eq!(first.text, hms::web::openapi::to_json(&hms::server::api().api));
    let tag = first.header("etag");
    assert!(tag.starts_with('"') && tag.len() > 10, "{tag}");
    for known in [tag.to_owned(), format!("W/{tag}"), format!("\"other\", {tag}")] {
        let again = anyone.request(Method::GET, "/openapi.json").header("if-none-match", &known).send().await;
        assert_eq!((again.status, again.text.len(), again.header("etag")), (304, 0, tag));
    }
    let changed = anyone.request(Method::GET, "/openapi.json").header("if-none-match", "\"x\"").send().await;
    assert_eq!(changed.status, 200);
}

#[tokio::test]
async fn both_readers_bring_all_they_need_and_run_no_inline_script() {
    let app = TestApp::new().await;
    let anyone = app.anonymous();
    for path in ["/docs", "/redoc"] {
        let page = anyone.get(path).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"), "{path}");
        let policy = page.header("content-security-policy");
        let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src")).unwrap();
        assert_eq!(scripts.trim(), "script-src 'self'", "{path}");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");

        let sources: Vec<&str> =
            page.text.split("src=\"").skip(1).filter_map(|s| s.split('"').next()).collect();
        let styles = page.text.split("<link rel=\"stylesheet\" href=\"").skip(1);
        let styles: Vec<&str> = styles.filter_map(|s| s.split('"').next()).collect();
        assert_eq!(page.text.matches("<script").count(), sources.len(), "{path}: a script without a source");
        assert_eq!(page.text.matches("></script>").count(), sources.len(), "{path}: a script with content");
        assert!(sources.len() >= 2, "{path}");
        for (asset, kind) in
            sources.iter().map(|s| (s, "javascript")).chain(styles.iter().map(|s| (s, "css")))
        {
            assert!(asset.starts_with("/assets/"), "{path} loads {asset}");
            let reply = anyone.get(asset).await;
            assert_eq!(reply.status, 200, "{path} loads {asset}");
            assert!(reply.header("content-type").contains(kind), "{asset}: {}", reply.header("content-type"));
            assert!(reply.text.len() > 100, "{asset} is empty");
        }
    }
}
