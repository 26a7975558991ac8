//! Bad input: every kind of it gets its problem, which names the field and never the value.

use axum::body::Body;
use serde_json::json;

use crate::kernel::ids::TenantId;

use super::client::{assert_problem, fetch, request, send};

#[tokio::test]
async fn every_bad_body_is_a_problem_that_names_the_field_and_not_the_value() {
    let json = "application/json";
    let deep = "[".repeat(100_000);
    let deep_inside = format!(r#"{{"name":{deep}"#);
    let long_field = format!(r#"{{"name":"n","age":1,"{}":1}}"#, "k".repeat(9000));
    let cases: Vec<(&str, &[u8], u16, &str, &str)> = vec![
        (json, b"{\"name\": secret", 400, "malformed_json", ""),
        (json, b"", 400, "malformed_json", ""),
        (json, b"{\"name\":\"n\",\"age\":1} secret", 400, "malformed_json", ""),
        (json, deep.as_bytes(), 422, "validation_failed", "body"),
        (json, b"{\"name\":\"\xff\xfe\",\"age\":1}", 400, "malformed_body", ""),
        (json, b"{\"name\":\"\\ud800\",\"age\":1}", 400, "malformed_json", ""),
        (json, b"{\"name\":\"n\",\"age\":\"secret\"}", 422, "validation_failed", "age"),
        (json, b"{\"name\":\"n\",\"age\":300}", 422, "validation_failed", "age"),
        (json, b"{\"name\":\"n\",\"age\":1.5}", 422, "validation_failed", "age"),
        (json, b"{\"name\":5,\"age\":1}", 422, "validation_failed", "name"),
        (json, b"{\"age\":1}", 422, "validation_failed", "name"),
        (json, b"{\"name\":\"a\",\"name\":\"b\",\"age\":1}", 422, "validation_failed", "name"),
        (json, b"{\"name\":\"n\",\"age\":1,\"sex\":\"secret\"}", 422, "validation_failed", "sex"),
        (json, b"{\"name\":\"n\",\"age\":1,\"sex\":7}", 422, "validation_failed", "sex"),
        (json, b"{\"name\":\"n\",\"age\":1,\"doctor\":\"secret\"}", 422, "validation_failed", "doctor"),
        (json, b"{\"name\":\"n\",\"age\":1,\"admin\":true}", 422, "validation_failed", "admin"),
        (
            json,
            b"{\"name\":\"n\",\"age\":1,\"contacts\":[{\"phone\":\"1\"},{}]}",
            422,
            "validation_failed",
            "contacts[1].phone",
        ),
        (json, b"{\"name\":\"n\",\"age\":1,\"contacts\":{}}", 422, "validation_failed", "contacts"),
        (json, b"[]", 422, "validation_failed", "body"),
        (json, b"[\"positional\",5]", 422, "validation_failed", "body"),
        (json, deep_inside.as_bytes(), 422, "validation_failed", "name"),
        (json, b"\"secret\"", 422, "validation_failed", "body"),
        (json, b"null", 422, "validation_failed", "body"),
        ("text/plain", b"{}", 415, "unsupported_media_type", ""),
        ("", b"{}", 415, "unsupported_media_type", ""),
        ("application/x-www-form-urlencoded", b"name=n", 415, "unsupported_media_type", ""),
    ];
    for (content_type, body, status, code, field) in cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        let headers = [("content-type", content_type)];
        let headers = if content_type.is_empty() { &headers[..0] } else { &headers[..] };
        let answer = send(request("POST", "/api/v1/patients", headers, body.to_vec())).await;
        let problem = assert_problem(&answer, status, code);
        if field.is_empty() {
            assert_eq!(problem["errors"], json!([]), "{shown}");
        } else {
            assert_eq!(problem["errors"][0]["field"], field, "{shown}: {problem}");
        }
        assert!(!answer.text().contains("secret"), "{problem}");
        println!("{status} {shown:60} {}", problem["detail"]);
    }
    let answer = send(request("POST", "/api/v1/patients", &[("content-type", json)], long_field)).await;
    assert_problem(&answer, 422, "validation_failed");
    assert!(answer.body.len() < 1000);
}

#[tokio::test]
async fn good_bodies_pass_in_every_script_and_with_a_charset() {
    let body = r#"{"name":"आशा","age":5,"sex":"female"}"#;
    let headers = [("content-type", "Application/JSON; charset=utf-8")];
    let answer = send(request("POST", "/api/v1/patients", &headers, body)).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json(), json!({"name": "आशा", "sex": "female"}));
    assert_eq!(answer.header("location"), "/api/v1/patients/1");
    assert_eq!(answer.header("etag"), "\"1\"");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn too_much_is_refused_whether_announced_or_streamed() {
    let big = vec![b' '; 10 * 1024 * 1024];
    for announced in [true, false] {
        let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>(big.clone())]);
        let body = if announced { Body::from(big.clone()) } else { Body::from_stream(chunks) };
        let mut headers = vec![("content-type", "application/json")];
        if announced {
            headers.push(("content-length", "10485760"));
        }
        let answer = send(request("POST", "/api/v1/patients", &headers, body)).await;
        let problem = assert_problem(&answer, 413, "body_too_large");
        assert_eq!(problem["detail"], "The request is too large; at most 2 MB are read.");
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let mut body = b"phone=".to_vec();
    body.extend(vec![b'1'; 3 * 1024 * 1024]);
    let refused = send(request("POST", "/form", &form, body.clone())).await;
    assert_problem(&refused, 413, "body_too_large");
    let passed = send(request("POST", "/upload", &form, body)).await;
    assert_eq!((passed.status.as_u16(), passed.body.len()), (200, 3 * 1024 * 1024));
}

#[tokio::test]
async fn forms_are_decoded_strictly() {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let good = send(request("POST", "/form", &form, "phone=%E0%A4%86+1%2B2")).await;
    assert_eq!(good.text(), "आ 1+2");
    let blank = send(request("POST", "/form", &form, "phone=")).await;
    assert_eq!((blank.status.as_u16(), blank.text().as_str()), (200, ""));
    for bad in ["phone=%ff", "phone=%", "phone=%zz", "%c3=1&phone=1"] {
        let answer = send(request("POST", "/form", &form, bad)).await;
        assert_problem(&answer, 400, "malformed_encoding");
    }
    assert_problem(
        &send(request("POST", "/form", &form, b"phone=\xff".to_vec())).await,
        400,
        "malformed_body",
    );
    let missing = send(request("POST", "/form", &form, "")).await;
    assert_eq!(assert_problem(&missing, 422, "validation_failed")["errors"][0]["field"], "phone");
}

#[tokio::test]
async fn queries_are_parsed_strictly_and_blanks_are_absent() {
    let good = fetch("/api/v1/patients?search=a%20b&page=2&active=true").await;
    assert_eq!(good.json()[0]["name"], r#"Some("a b") Some(2) Some(true)"#);
    let blank = fetch("/api/v1/patients?search=&page=&active=").await;
    assert_eq!(blank.json()[0]["name"], "None None None");
    for (query, field, says) in [
        ("page=two", "page", "This must be a whole number."),
        ("page=99999999999999999999", "page", "This number is out of range."),
        ("page=1.5", "page", "This must be a whole number."),
        ("active=yes", "active", "This must be true or false."),
        ("page=1&page=2", "page", "This is given twice."),
    ] {
        let answer = fetch(&format!("/api/v1/patients?{query}")).await;
        let problem = assert_problem(&answer, 422, "validation_failed");
        assert_eq!(problem["errors"], json!([{ "field": field, "message": says }]), "{query}");
    }
    for query in ["search=%ff", "search=%", "%c3%28=1"] {
        assert_problem(&fetch(&format!("/api/v1/patients?{query}")).await, 400, "malformed_encoding");
    }
}

#[tokio::test]
async fn an_id_that_is_none_is_not_found() {
    for id in ["1", "x", "%00", "..", "0190000000000000000000000000000", "%27%20or%201%3D1"] {
        let answer = fetch(&format!("/api/v1/patients/{id}")).await;
        assert_problem(&answer, 404, "not_found");
        assert!(!answer.text().contains("or 1"));
    }
    assert_problem(&fetch("/api/v1/patients/%ff").await, 400, "malformed_path");
    assert_problem(&fetch("/%ff%fe").await, 404, "not_found");
    assert_problem(&fetch("/api/v1/nothing/here").await, 404, "not_found");
    let id = TenantId::new();
    let answer = fetch(&format!("/api/v1/patients/{id}")).await;
    assert_eq!((answer.status.as_u16(), answer.header("etag")), (200, "\"7\""));
}

#[tokio::test]
async fn if_match_reads_what_etag_wrote() {
    let uri = format!("/api/v1/patients/{}/parts/3", TenantId::new());
    for (tag, status) in [("\"7\"", 204), ("W/\"7\"", 204), ("7", 412), ("*", 412), ("\"x\"", 412)] {
        let headers = [("content-type", "application/json"), ("if-match", tag)];
        let answer = send(request("PATCH", &uri, &headers, r#"{"phone":"1"}"#)).await;
        assert_eq!(answer.status.as_u16(), status, "{tag}");
    }
}
