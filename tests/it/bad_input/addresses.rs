//! Addresses, methods, queries and headers that no page and no program sends.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::json;

use super::{Attack, fingerprint, json_operations, not_our_fault, status_is};
use crate::harness::TestApp;
use crate::harness::routes::{self, Operation};

#[tokio::test]
async fn strange_addresses_and_methods_get_their_problem() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let before = fingerprint(&app, &[]).await;
    let long = format!("/api/v1/patients/{}", "x".repeat(20_000));
    let deep = format!("/api/v1{}", "/a".repeat(300));
    let up = format!("/api/v1/patients{}", "/..".repeat(300));
    for path in [
        "/api/v1",
        "/api/v1/nothing",
        "/api/v2/patients",
        "/api/v1/patients/",
        "/api/v1//patients",
        "/nothing",
        "/.env",
        "/.git/config",
        "/assets/../Cargo.toml",
        "/assets/%2e%2e%2fCargo.toml",
        "/assets/hms.css",
        "/%ff",
        "/%00",
        "/api/v1/%c0%af",
        "/api/v1/patients/%ff",
        "/api/v1/patients/%ed%a0%80",
        &long,
        &deep,
        &up,
    ] {
        for client in [&attack.admin, &attack.anyone] {
            let reply = client.get(path).await;
            status_is(&format!("GET {path:.60}"), &reply, &[400, 401, 404]);
        }
    }
    // Each path, with each method that it does not have.
    let mut methods: BTreeMap<String, Vec<Method>> = BTreeMap::new();
    for operation in routes::all() {
        methods.entry(attack.path(&operation)).or_default().push(operation.method);
    }
    for (path, known) in &methods {
        for method in
            [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, "BREW".parse().unwrap()]
        {
            if known.contains(&method) {
                continue;
            }
            let reply = attack.admin.request(method.clone(), path).json(&json!({})).send().await;
            // A path of the pages may fit two templates; then it is the more exact one that refuses.
            status_is(&format!("{method} {path}"), &reply, &[404, 405]);
        }
    }
    assert_eq!(fingerprint(&app, &[]).await, before);
}

/// What people and machines put into queries.
const ODD: [&str; 26] = [
    "-1",
    "0",
    "1.5",
    "1e5",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "NaN",
    "null",
    "%00",
    "%ff",
    "%",
    "%0d%0aset-cookie:%20a=b",
    "true",
    "2026-13-45",
    "2026-02-30T25:61:61Z",
    "9999-12-31",
    "-9999-01-01",
    "0000-00-00",
    "+262142-12-31T23:59:59Z",
    "%27%3b%20drop%20table%20patients%3b--",
    "%25%5f%5c",
    "%f0%9f%8f%a5",
    "%e2%80%ae",
    "%3cscript%3ealert(1)%3c/script%3e",
    "00000000-0000-0000-0000-000000000000",
];

#[tokio::test]
async fn no_query_is_a_fault_of_ours() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let long = "x".repeat(10_000);
    let mut tried = 0;
    for operation in routes::all().into_iter().filter(Operation::is_read) {
        let path = attack.path(&operation);
        let names = operation.query.iter().map(String::as_str).chain(["unheard_of", "%ff"]);
        for name in names {
            for value in ODD.into_iter().chain([long.as_str()]) {
                let call = attack.actor(&operation).request(Method::GET, &format!("{path}?{name}={value}"));
                let call = if operation.page { call.header("accept", "text/html") } else { call };
                let reply = call.send().await;
                let what = format!("{}?{name}={value:.60}", operation.name());
                not_our_fault(&what, &reply);
                assert!(!reply.text.contains("<script>alert"), "{what} comes back as script");
                assert!(!reply.headers.contains_key("set-cookie"), "{what} sets a cookie");
                tried += 1;
            }
        }
        // The same parameter twice, and a thousand of them.
        for name in &operation.query {
            let reply = attack.actor(&operation).get(&format!("{path}?{name}=1&{name}=2")).await;
            not_our_fault(&format!("{} {name} twice", operation.name()), &reply);
        }
        let reply = attack.actor(&operation).get(&format!("{path}?{}", "a=b&".repeat(5_000))).await;
        not_our_fault(&format!("{} with 5,000 parameters", operation.name()), &reply);
    }
    assert!(tried > 500, "{tried}");
}

#[tokio::test]
async fn headers_cannot_be_used_to_smuggle() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let before = fingerprint(&app, &[]).await;
    let long = "k".repeat(201);
    for operation in routes::all().into_iter().filter(|o| o.method == Method::POST && o.body.is_some()) {
        for key in [long.as_str(), "", "schlüssel"] {
            let call = attack.actor(&operation).request(Method::POST, &attack.path(&operation));
            let kind = operation.body.as_ref().unwrap().media_type.clone();
            let reply = call.header("idempotency-key", key).raw(&kind, "{").send().await;
            status_is(&format!("{} with the key {key:.10}", operation.name()), &reply, &[400]);
            assert_eq!(reply.json["code"], "idempotency.invalid_key", "{}", operation.name());
        }
    }
    let me = "/api/v1/auth/me";
    for id in [
        "short",
        "with space and more",
        "<script>alert(1)</script>",
        &"a".repeat(65),
        "ünïcödé-id",
        "a,b;c=d-e-f",
    ] {
        let reply = attack.admin.request(Method::GET, me).header("x-request-id", id).send().await;
        assert_eq!(reply.status, 200);
        assert_ne!(reply.header("x-request-id"), id, "taken over as it came");
    }
    for value in [
        "Bearer",
        "Bearer ",
        "bearer  x",
        "Basic YTpi",
        "Bearer ü",
        &format!("Bearer {}", "a.".repeat(30_000)),
    ] {
        let reply = attack.anyone.request(Method::GET, me).header("authorization", value).send().await;
        status_is(&format!("{value:.20}"), &reply, &[401]);
    }
    for tag in ["x", "\"x\"", "7", "*", "\"99999999999999999999\"", "ü"] {
        for operation in json_operations()
            .iter()
            .filter(|o| ["patients.update", "hospital.update"].contains(&o.id.as_str()))
        {
            let call = attack.admin.request(Method::PATCH, &attack.path(operation));
            let reply =
                call.header("if-match", tag).json(&json!({ "city": "Pune", "address": "Pune" })).send().await;
            status_is(&format!("If-Match: {tag}"), &reply, &[412]);
        }
    }
    // Forwarded addresses of strangers are not believed, and hosts are not repeated into pages.
    for (name, value) in
        [("x-forwarded-for", "'; drop table sessions; --"), ("host", "evil.example"), ("origin", "null")]
    {
        let reply = attack.admin.request(Method::GET, "/").header(name, value).send().await;
        assert_eq!(reply.status, 200, "{name}");
        assert!(!reply.text.contains(value), "{name} comes back");
    }
    assert_eq!(fingerprint(&app, &[]).await, before);
}
