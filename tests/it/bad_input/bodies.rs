//! Bodies that cannot be read, are of another kind or too big, or hold values of another type.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Attack, fingerprint, form_operations, json_operations, status_is};
use crate::harness::files::{Part, multipart, png};
use crate::harness::routes::{self, Operation};
use crate::harness::{Reply, TestApp};

#[tokio::test]
async fn a_body_that_cannot_be_read_is_a_400_and_writes_nothing() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let before = fingerprint(&app, &[]).await;
    let nested = |open: &str, times: usize| open.repeat(times);
    let malformed: Vec<Vec<u8>> = vec![
        b"{".to_vec(),
        b"{\"first_name\":".to_vec(),
        b"{\"first_name\": Asha}".to_vec(),
        b"{'first_name': 'Asha'}".to_vec(),
        b"{\"first_name\": \"Asha\",}".to_vec(),
        b"{\"first_name\": \"Asha\"} trailing".to_vec(),
        b"{\"first_name\": \"\\ud800\"}".to_vec(),
        b"{\"first_name\": \"a\nb\"}".to_vec(),
        b"{\"first_name\": \"\xff\xfe\"}".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"\0".to_vec(),
        b"nul".to_vec(),
        b"   ".to_vec(),
        b"first_name=Asha".to_vec(),
        b"<xml/>".to_vec(),
        nested("[", 100_000).into_bytes(),
        nested("{\"a\":", 100_000).into_bytes(),
        format!("{{\"zzz\":{}", nested("[", 100_000)).into_bytes(),
    ];
    for operation in json_operations() {
        let body = operation.body.as_ref().unwrap();
        // A step that reads nothing of what it is sent.
        if body.fields().is_empty() {
            continue;
        }
        let any = || body.fields().into_iter().map(|(name, _)| name).next();
        // Of a form, as an id has: a text that breaks off may be called none of that form.
        let free =
            |(name, schema): &(String, Value)| schema["format"].is_null() && body.texts().contains(name);
        let text = body.fields().into_iter().find(free).map(|(name, _)| name);
        let no_text = text.is_none();
        let field = text.or_else(any).unwrap_or_default();
        for body in &malformed {
            // In a field that is read: what stands in unknown ones is skipped.
            let body = &replaced(body, b"first_name", field.as_bytes());
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            let what = format!("{} with {shown}", operation.name());
            let reply = attack.raw(&operation, "application/json", body.clone()).await;
            // What breaks only after a wrong shape, as a text is where none belongs, may be called either.
            let either = body.len() > 1000 || body.ends_with(b"trailing") || no_text;
            status_is(&what, &reply, if either { &[400, 422] } else { &[400] });
        }
        if operation.body.as_ref().is_some_and(|body| body.required) {
            let reply = attack.raw(&operation, "application/json", "").await;
            status_is(&format!("{} with nothing", operation.name()), &reply, &[400]);
        }
    }
    for operation in form_operations() {
        for body in [&b"a=%"[..], b"a=%zz", b"a=%ff", b"a=%c3", b"a=\xff", b"%ff=a"] {
            let what = format!("{} with {}", operation.name(), String::from_utf8_lossy(body));
            let reply = attack.raw(&operation, "application/x-www-form-urlencoded", body.to_vec()).await;
            status_is(&what, &reply, &[400]);
        }
    }
    assert_eq!(fingerprint(&app, &[]).await, before);
}

#[tokio::test]
async fn a_body_of_another_kind_or_size_is_refused_before_it_is_read() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let before = fingerprint(&app, &[]).await;
    let big = axum::body::Bytes::from(format!("{{\"first_name\":\"{}\"}}", "a".repeat(10 * 1024 * 1024)));
    for operation in routes::all().into_iter().filter(|o| o.body.is_some()) {
        let name = operation.name();
        let takes_file = operation.body.as_ref().is_some_and(routes::Body::is_multipart);
        let right = match &operation.body {
            Some(body) if takes_file => format!("{}; boundary=x", body.media_type),
            Some(body) => body.media_type.clone(),
            None => String::new(),
        };
        for kind in [
            "text/plain",
            "text/html",
            "application/xml",
            "multipart/form-data; boundary=x",
            "x",
            "",
            "application/jsonp",
            ";",
        ] {
            if takes_file && kind.starts_with("multipart/") {
                continue;
            }
            let reply = attack.raw(&operation, kind, "{}").await;
            status_is(&format!("{name} as {kind:?}"), &reply, &[415]);
        }
        let other = if right == "application/json" {
            "application/x-www-form-urlencoded"
        } else {
            "application/json"
        };
        status_is(&format!("{name} as {other}"), &attack.raw(&operation, other, "{}").await, &[415]);

        // Its page says so at the field, and that page is a look at the patient.
        if takes_file && operation.page {
            continue;
        }
        let reply = attack.raw(&operation, &right, big.clone()).await;
        status_is(&format!("{name} with 10 MB"), &reply, &[413]);
        let call = attack.actor(&operation).request(operation.method.clone(), &attack.path(&operation));
        let reply = call.header("content-length", "10485760").raw(&right, big.clone()).send().await;
        status_is(&format!("{name} with 10 MB announced"), &reply, &[413]);
        if operation.method == Method::POST {
            let call = attack.actor(&operation).request(Method::POST, &attack.path(&operation));
            let reply = call.header("idempotency-key", "k1").raw(&right, big.clone()).send().await;
            status_is(&format!("{name} with 10 MB and a key"), &reply, &[413]);
        }
    }
    assert_eq!(fingerprint(&app, &[]).await, before);
}

#[tokio::test]
async fn a_form_without_exactly_one_file_is_refused_at_the_field() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    // A page that shows the form again is a look at the patient, and says so.
    let looks = [format!("{}.audit_events", clinic.schema)];
    let but: Vec<&str> = looks.iter().map(String::as_str).collect();
    let before = fingerprint(&app, &but).await;
    let png = png();
    let file = || Part::file(&png);
    let long = "n".repeat(5_000);
    let named = |name| Part { name, ..file() };
    let at_fields: Vec<(&str, Vec<Part<'_>>, &str)> = vec![
        ("no part at all", vec![], "file"),
        ("text instead", vec![Part::text("file", "a picture")], "file"),
        ("text of the name of a file", vec![Part::text("file", "/etc/passwd")], "file"),
        ("a choice that nobody made", vec![Part { file_name: Some(""), bytes: b"", ..file() }], "file"),
        ("bytes without a name", vec![Part { file_name: Some(""), ..file() }], "file"),
        ("two files", vec![file(), file()], "file"),
        ("a file and a text of its name", vec![file(), Part::text("file", "x")], "file"),
        ("another name", vec![named("picture")], "picture"),
        ("no name", vec![named("")], "body"),
        ("a long name", vec![named(&long)], &long[..120]),
        ("a file and a stranger", vec![file(), Part::text("patient_id", "7")], "patient_id"),
        ("a stranger first", vec![Part::text("photo_path", "../x"), file()], "photo_path"),
        ("a second file of another name", vec![file(), named("other")], "other"),
    ];
    let (content_type, good) = multipart(&[file()]);
    let cut = |at: usize| good[..at].to_vec();
    let unreadable: Vec<(&str, &str, Vec<u8>)> = vec![
        ("no boundary", "multipart/form-data", good.clone()),
        ("another boundary", "multipart/form-data; boundary=other", good.clone()),
        ("no body", &content_type, Vec::new()),
        ("half a boundary", &content_type, cut(9)),
        ("half a head", &content_type, cut(60)),
        ("half a file", &content_type, cut(good.len() - 70)),
        ("no end", &content_type, cut(good.len() - 8)),
        (
            "no head",
            &content_type,
            replaced(&good, b"Content-Disposition: form-data; name=\"file\"", b"\0\0"),
        ),
        ("JSON", "multipart/form-data; boundary=x", b"{\"file\": 1}".to_vec()),
    ];
    let refused_as = |operation: &Operation, what: &str, reply: &Reply, status: u16| {
        let what = format!("{} with {what}", operation.name());
        if operation.page && reply.header("content-type").starts_with("text/html") {
            assert_eq!(reply.status, status, "{what}: {:.400}", reply.text);
            assert!(reply.text.contains("id=\"errors\""), "{what}: not told on the page");
        } else {
            status_is(&what, reply, &[status]);
        }
    };
    let operations = file_operations();
    assert!(operations.len() >= 2, "{operations:?}");
    for operation in &operations {
        for (what, parts, field) in &at_fields {
            let (content_type, body) = multipart(parts);
            let reply = attack.raw(operation, &content_type, body).await;
            refused_as(operation, what, &reply, 422);
            if !operation.page {
                assert_eq!(reply.json["errors"][0]["field"], *field, "{what}: {}", reply.text);
            }
        }
        for (what, content_type, body) in &unreadable {
            refused_as(operation, what, &attack.raw(operation, content_type, body.clone()).await, 400);
        }
        for announced in ["209715200", "12000000", "18446744073709551615"] {
            let call = attack.admin.request(Method::POST, &attack.path(operation));
            let call = call.header("content-length", announced);
            let reply = call.raw(&content_type, good.clone()).send().await;
            refused_as(operation, &format!("{announced} bytes announced"), &reply, 413);
        }
        let reply = attack.raw(operation, &content_type, good.repeat(20_000)).await;
        refused_as(operation, "a body without an end", &reply, if good.len() > 300 { 413 } else { 422 });
    }
    assert_eq!(fingerprint(&app, &but).await, before);
}

#[tokio::test]
async fn a_wrong_type_is_a_422_at_its_field() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let before = fingerprint(&app, &[]).await;
    for operation in json_operations() {
        let body = operation.body.as_ref().unwrap();
        for whole in [json!([]), json!([{}]), json!(5), json!("text"), json!(true)] {
            let what = format!("{} with {whole}", operation.name());
            let reply = attack.json(&operation, &whole, 1).await;
            status_is(&what, &reply, &[422]);
            assert_eq!(reply.json["errors"][0]["field"], "body", "{what}: {}", reply.text);
        }
        if body.required {
            status_is(&operation.name(), &attack.json(&operation, &Value::Null, 1).await, &[422]);
        }
        for (field, schema) in body.fields() {
            let wrong = match schema["type"].as_str().or(schema["type"][0].as_str()) {
                Some("boolean") => [json!("yes"), json!(1), json!({}), json!([])],
                Some("integer") => [json!("x"), json!(1.5), json!(1e300), json!([])],
                Some("number") => [json!("x"), json!({ "a": 1 }), json!([]), json!(false)],
                Some("array") => [json!("x"), json!(5), json!({ "a": 1 }), json!(false)],
                Some("string") => [json!(5), json!({ "a": 1 }), json!(["a"]), json!(false)],
                // A thing of its own, of which any object or list may be one.
                _ => [json!(5), json!(1.5), json!(true), json!(false)],
            };
            for value in wrong {
                let what = format!("{} with {field} = {value}", operation.name());
                let reply = attack.json(&operation, &json!({ field.as_str(): value }), 1).await;
                status_is(&what, &reply, &[422]);
                let named =
                    reply.json["errors"].as_array().unwrap().iter().any(|e| e["field"] == field.as_str());
                assert!(named, "{what} is not told: {}", reply.text);
            }
        }
        let Some((first, _)) = body.fields().into_iter().next() else { continue };
        let twice = format!("{{\"{first}\": \"a\", \"{first}\": \"b\"}}");
        let reply = attack.raw(&operation, "application/json", twice).await;
        status_is(&format!("{} with {first} twice", operation.name()), &reply, &[422]);
    }
    assert_eq!(fingerprint(&app, &[]).await, before);
}

/// Operations that read a file.
fn file_operations() -> Vec<Operation> {
    routes::all().into_iter().filter(|o| o.body.as_ref().is_some_and(routes::Body::is_multipart)).collect()
}

fn replaced(text: &[u8], word: &[u8], by: &[u8]) -> Vec<u8> {
    match text.windows(word.len()).position(|part| part == word) {
        Some(at) => [&text[..at], by, &text[at + word.len()..]].concat(),
        None => text.to_vec(),
    }
}
