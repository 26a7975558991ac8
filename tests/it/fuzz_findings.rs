//! What generated requests (`scripts/test --fuzz`) have found, each so that it is found here first.

use serde_json::Value;

use crate::bad_input::Attack;
use crate::harness::TestApp;
use crate::harness::routes;

/// Parameters of a query, as the description names them: (name, it may be left out, it may be empty).
fn described(document: &Value, path: &str) -> Vec<(String, bool, bool)> {
    let parameters = document["paths"][path]["get"]["parameters"].as_array().into_iter().flatten();
    let query = parameters.filter(|p| p["in"] == "query");
    let truth = |value: &Value| value.as_bool().unwrap_or_default();
    let name = |p: &Value| p["name"].as_str().unwrap().to_owned();
    query.map(|p| (name(p), !truth(&p["required"]), truth(&p["allowEmptyValue"]))).collect()
}

#[tokio::test]
async fn a_parameter_without_a_value_counts_as_absent_and_the_description_says_so() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let document = serde_json::to_value(&hms::server::api().api).unwrap();
    let mut tried = 0;
    for operation in routes::api().into_iter().filter(routes::Operation::is_read) {
        let query = described(&document, &operation.path);
        for (name, optional, may_be_empty) in &query {
            assert_eq!(optional, may_be_empty, "{}: {name}", operation.name());
        }
        // One that must be there is refused when it is empty; the others change nothing.
        let client = attack.actor(&operation);
        let path = attack.path(&operation);
        if query.is_empty() || query.iter().any(|(_, optional, _)| !optional) || path.contains("/export/")
            // Reading these writes a line that the next reading holds.
            || path.contains("/audit")
        {
            continue;
        }
        let bare = client.get(&path).await;
        let empty: Vec<String> = query.iter().map(|(name, ..)| format!("{name}=")).collect();
        let reply = client.get(&format!("{path}?{}", empty.join("&"))).await;
        assert_eq!(
            (reply.status, reply.bytes.len()),
            (bare.status, bare.bytes.len()),
            "{}",
            operation.name()
        );
        tried += 1;
    }
    assert!(tried >= 5, "{tried}");
}

#[tokio::test]
async fn a_body_that_may_be_left_out_may_be_null_and_the_description_says_so() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let document = serde_json::to_value(&hms::server::api().api).unwrap();
    let mut tried = 0;
    for operation in routes::api() {
        let Some(body) = operation.body.as_ref().filter(|body| body.is_json()) else { continue };
        let method = operation.method.as_str().to_lowercase();
        let schema = &document["paths"][&operation.path][method]["requestBody"]["content"][&body.media_type];
        let nullable = schema["schema"]["anyOf"][1]["type"] == "null";
        assert_eq!(nullable, !body.required, "{}", operation.name());
        let reply = attack.json(&operation, &Value::Null, tried).await;
        let unreadable = reply.status == 422 && reply.json["errors"][0]["field"] == "body";
        assert_eq!(unreadable, body.required, "{}: {}", operation.name(), reply.text);
        tried += 1;
    }
    assert!(tried > 20, "{tried}");
}

#[test]
fn what_the_layers_may_refuse_anywhere_is_described_everywhere() {
    let document = serde_json::to_value(&hms::server::api().api).unwrap();
    for operation in routes::api() {
        let method = operation.method.as_str().to_lowercase();
        let answers = &document["paths"][&operation.path][method]["responses"];
        for status in ["429", "503"] {
            assert!(answers[status].is_object(), "{} does not tell of {status}", operation.name());
        }
    }
}
