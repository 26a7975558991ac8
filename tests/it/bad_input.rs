//! What a broken, careless or hostile client sends: each operation that the routes describe is sent all of it, by
//! somebody who may use the operation. Every answer is a problem with one plain sentence, none is a fault of ours, and
//! nothing is written.

use std::collections::BTreeMap;

use axum::http::Method;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::authorization::{Kind, kind_of, make};
use crate::harness::files::{Part, multipart, png};
use crate::harness::routes::{self, Operation};
use crate::harness::{Client, Hospital, PASSWORD, Reply, TestApp};

/// Random bodies for each operation.
const CASES: usize = 60;

/// Everybody who is needed to pass each gate, and one thing of each kind.
pub struct Attack<'a> {
    app: &'a TestApp,
    admin: Client,
    boss: Client,
    anyone: Client,
    ids: Vec<(Kind, String)>,
}

impl<'a> Attack<'a> {
    pub async fn on(app: &'a TestApp, hospital: &Hospital<'_>) -> Self {
        let mut this = Self {
            app,
            admin: hospital.admin().await,
            boss: app.super_admin().await,
            anyone: app.anonymous(),
            ids: Vec::new(),
        };
        for operation in routes::all() {
            let mut within: Option<String> = None;
            for kind in operation.parameters().iter().filter_map(|p| kind_of(p)) {
                if this.id(kind).is_none() {
                    let id = make(kind, app, &this.admin, &this.boss, &operation, within.as_deref()).await;
                    this.ids.push((kind, id));
                }
                within = this.id(kind);
            }
        }
        this
    }

    /// Who holds the permission.
    pub fn actor(&self, operation: &Operation) -> &Client {
        match (operation.secured, operation.platform) {
            (false, _) => &self.anyone,
            (true, true) => &self.boss,
            (true, false) => &self.admin,
        }
    }

    fn id(&self, kind: Kind) -> Option<String> {
        self.ids.iter().find(|(known, _)| *known == kind).map(|(_, id)| id.clone())
    }

    /// The path to something that is there.
    pub fn path(&self, operation: &Operation) -> String {
        operation.path_with(|p| kind_of(p).and_then(|kind| self.id(kind)).unwrap_or_default())
    }

    async fn raw(
        &self,
        operation: &Operation,
        content_type: &str,
        body: impl Into<axum::body::Body>,
    ) -> Reply {
        let call = self.actor(operation).request(operation.method.clone(), &self.path(operation));
        call.raw(content_type, body).send().await
    }

    /// Each call from another address, so that no brake hides what lies behind it.
    pub async fn json(&self, operation: &Operation, body: &Value, n: usize) -> Reply {
        let call = self.actor(operation).request(operation.method.clone(), &self.path(operation));
        call.json(body).from(&format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255)).await
    }

    pub async fn form(&self, operation: &Operation, fields: &[(&str, &str)], n: usize) -> Reply {
        let call = self.actor(operation).request(operation.method.clone(), &self.path(operation));
        call.form(fields).from(&format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255)).await
    }
}

/// Operations that read JSON.
fn json_operations() -> Vec<Operation> {
    routes::all().into_iter().filter(|o| o.body.as_ref().is_some_and(routes::Body::is_json)).collect()
}

/// Operations that read a form.
fn form_operations() -> Vec<Operation> {
    routes::all().into_iter().filter(|o| o.body.as_ref().is_some_and(routes::Body::is_form)).collect()
}

/// Operations that read a file.
fn file_operations() -> Vec<Operation> {
    routes::all().into_iter().filter(|o| o.body.as_ref().is_some_and(routes::Body::is_multipart)).collect()
}

/// A refusal as it has to be: a problem, one sentence, an id to quote, nothing from the engine room.
fn refused(what: &str, reply: &Reply) {
    assert!((400..500).contains(&reply.status), "{what}: {} {:.400}", reply.status, reply.text);
    assert_eq!(reply.header("content-type"), "application/problem+json", "{what}");
    assert_eq!(reply.json["status"], reply.status, "{what}");
    let detail = reply.detail();
    let is_sentence =
        detail.ends_with('.') && detail.len() > 8 && detail.chars().count() < 300 && !detail.contains('\n');
    assert!(is_sentence || [401, 403].contains(&reply.status), "{what}: {detail:?}");
    let id = reply.json["request_id"].as_str().unwrap_or_default();
    assert!(!id.is_empty() && id == reply.header("x-request-id"), "{what}: {}", reply.text);
    assert!(reply.json["code"].as_str().is_some_and(|code| !code.is_empty()), "{what}: {}", reply.text);
    for error in reply.json["errors"].as_array().unwrap() {
        let message = error["message"].as_str().unwrap_or_default();
        assert!(
            message.ends_with(['.', '?']) && !error["field"].as_str().unwrap().is_empty(),
            "{what}: {error}"
        );
    }
    for word in
        ["SQLSTATE", "panicked", "serde", "src/", "tokio", "expected value", "invalid type", "postgres"]
    {
        assert!(!reply.text.contains(word), "{what} tells {word}: {}", reply.text);
    }
}

fn status_is(what: &str, reply: &Reply, statuses: &[u16]) {
    refused(what, reply);
    assert!(
        statuses.contains(&reply.status),
        "{what}: {} instead of {statuses:?}: {}",
        reply.status,
        reply.text
    );
}

fn not_our_fault(what: &str, reply: &Reply) {
    assert!(reply.status < 500, "{what}: {} {:.400}", reply.status, reply.text);
    if reply.status >= 400 && reply.header("content-type").contains("json") {
        refused(what, reply);
    }
}

fn replaced(text: &[u8], word: &[u8], by: &[u8]) -> Vec<u8> {
    match text.windows(word.len()).position(|part| part == word) {
        Some(at) => [&text[..at], by, &text[at + word.len()..]].concat(),
        None => text.to_vec(),
    }
}

/// A digest of every table of the database but those that exist to count attempts.
async fn fingerprint(app: &TestApp, but: &[&str]) -> BTreeMap<String, String> {
    let rows = app
        .sql(
            "select t.table_schema || '.' || t.table_name as name,
                    md5(query_to_xml(format('select * from %I.%I t order by t::text', t.table_schema, t.table_name),
                                     true, false, '')::text) as digest
               from information_schema.tables t
              where t.table_type = 'BASE TABLE' and t.table_schema not in ('pg_catalog', 'information_schema')",
        )
        .await;
    assert!(rows.len() > 20);
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    // When somebody was last seen is noted whatever they asked for.
    let is_kept = |name: &str| name != "public.tenant_activity" && !but.contains(&name);
    let kept = rows.iter().filter(|row| is_kept(row["name"].as_str().unwrap()));
    kept.map(|row| (text(row, "name"), text(row, "digest"))).collect()
}

const ATTEMPTS: &[&str] = &["public.denied_attempts", "public.failed_sign_ins", "public.idempotency_keys"];

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

/// Bodies that succeed, so that one bad field among good ones is what is refused.
fn good_bodies() -> Vec<(&'static str, Value)> {
    let patient = json!({
        "first_name": "Asha", "last_name": "Rao", "gender": "FEMALE", "dob": "1990-05-01",
        "phone_primary": "9820012345", "city": "Pune", "email": "asha@example.org",
    });
    let hospital = json!({
        "name": "New Clinic", "contact_email": "new@example.org", "license_number": "NEW-1", "time_zone": "Asia/Kolkata",
        "currency": "INR", "admin_first_name": "Asha", "admin_last_name": "Rao", "admin_password": PASSWORD,
    });
    vec![
        ("patients.create", patient.clone()),
        ("patients.quick_register", patient.clone()),
        ("patients.emergency", patient.clone()),
        ("patients.update", json!({ "city": "Pune" })),
        ("patients.update_profile", json!({ "city": "Pune" })),
        ("consents.record", json!({ "kind": "SMS", "given": true, "source": "DESK" })),
        ("deceased.record", json!({ "died_at": "2026-03-14" })),
        ("deceased.undo", json!({ "reason": "She came in" })),
        ("confidential.break_glass", json!({ "reason": "An emergency" })),
        (
            "unidentified.register",
            json!({ "sex": "FEMALE", "age_band": "ADULT", "note": "Found at the station" }),
        ),
        ("newborns.register", json!({ "sex": "FEMALE", "born_at": jiff::Timestamp::now().to_string() })),
        ("allergies.add", json!({ "substance": "Penicillin" })),
        ("allergies.change", json!({ "reaction": "Hives" })),
        ("allergies.end", json!({ "reason": "Wrong patient" })),
        ("conditions.add", json!({ "text": "Asthma" })),
        ("conditions.change", json!({ "icd10_code": "J45" })),
        ("signup.register", hospital),
        ("hospital.update", json!({ "address": "12 MG Road" })),
        (
            "users.create",
            json!({ "email": "meera@example.org", "first_name": "Meera", "department": "Cardiology", "roles": ["NURSE"] }),
        ),
        ("users.update", json!({ "phone": "9820012345" })),
        ("hospitals.suspend", json!({ "reason": "Asked for it" })),
        ("hospitals.restrict", json!({ "reason": "Asked for it" })),
        ("hospitals.lift", json!({ "reason": "Asked for it" })),
        ("hospitals.reset_admin_password", json!({})),
        ("operators.invite", json!({ "email": "new@platform.example" })),
    ]
}

#[tokio::test]
async fn one_bad_text_among_good_ones_is_refused_at_its_field_and_nothing_is_kept() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let before = fingerprint(&app, &[]).await;
    let long = "x".repeat(20_000);
    let accents = format!("e{}", "\u{301}".repeat(5_000));
    let bad = ["a\0b", "\0", &long, &accents];
    let mut tried = 0;
    for (id, good) in good_bodies() {
        let operation =
            json_operations().into_iter().find(|o| o.id == id).unwrap_or_else(|| panic!("{id} is gone"));
        for field in operation.body.as_ref().unwrap().texts() {
            for value in bad {
                let mut body = good.clone();
                body[&field] = json!(value);
                let what = format!("{id} with {field} = {value:.12?}");
                let reply = attack.json(&operation, &body, tried).await;
                status_is(&what, &reply, &[422]);
                let named =
                    reply.json["errors"].as_array().unwrap().iter().any(|e| e["field"] == field.as_str());
                assert!(named, "{what} is not told: {}", reply.text);
                assert!(reply.text.len() < 4_000, "{what} is echoed");
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
    assert_eq!(fingerprint(&app, &[]).await, before);
}

#[tokio::test]
async fn unknown_choices_and_impossible_numbers_are_refused_at_their_field() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let before = fingerprint(&app, &[]).await;
    let bad = [
        ("gender", json!("female")),
        ("gender", json!("FEMALE\u{0}")),
        ("blood_group", json!("C+")),
        ("dob", json!("1990-02-30")),
        ("dob", json!("2990-01-01")),
        ("dob", json!("-000001-01-01")),
        ("dob", json!("01/05/1990")),
        ("age_only", json!(-1)),
        ("age_only", json!(131)),
        ("age_only", json!(9_223_372_036_854_775_807_i64)),
        ("email", json!("asha")),
        ("email", json!("asha@exa mple.org")),
        ("email", json!("asha@example.org\r\nBcc: all@example.org")),
        ("phone_primary", json!("call me")),
        ("phone_primary", json!("123")),
        ("phone_primary", json!("9".repeat(40))),
        ("first_name", json!("   ")),
        ("first_name", json!("123")),
        ("first_name", json!("\u{202e}\u{200b}")),
        ("city", json!("P")),
    ];
    let operation = json_operations().into_iter().find(|o| o.id == "patients.create").unwrap();
    let (_, good) = good_bodies().into_iter().next().unwrap();
    for (field, value) in bad {
        let mut body = good.clone();
        if field == "age_only" {
            body["dob"] = Value::Null;
        }
        body[field] = value.clone();
        let what = format!("{field} = {value}");
        let reply = attack.json(&operation, &body, 1).await;
        status_is(&what, &reply, &[422]);
        let named = reply.json["errors"].as_array().unwrap().iter().any(|e| e["field"] == field);
        assert!(named, "{what} is not told: {}", reply.text);
    }
    assert_eq!(fingerprint(&app, &[]).await, before);
}

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

/// Any JSON, or an object with the operation's own fields holding anything.
fn bodies(fields: Vec<String>) -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[a-zA-Z ]{0,40}",
        prop::sample::select(vec![
            "\u{0}",
            "\u{202e}abc",
            "😀",
            "आशा",
            "'; drop table x",
            "%",
            "2026-02-29",
            "1990-01-01",
            "MALE",
            "a@b.org",
            "9820012345",
            "Asia/Kolkata",
            "INR",
            "P-00001",
            "null",
            "\u{feff}",
            "e\u{301}\u{301}",
            "\r\n",
            "\\",
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let any_json = leaf.clone().prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    let name = prop::sample::select(if fields.is_empty() { vec!["x".to_owned()] } else { fields });
    let own = prop::collection::btree_map(name, prop_oneof![4 => leaf, 1 => any_json.clone()], 0..12)
        .prop_map(|map| Value::Object(map.into_iter().collect()));
    prop_oneof![1 => any_json, 4 => own]
}

#[tokio::test]
async fn no_random_body_is_a_fault_of_ours() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let mut runner = TestRunner::deterministic();
    let mut n = 0;
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for operation in json_operations() {
        let fields = operation.body.as_ref().unwrap().fields().into_iter().map(|(name, _)| name).collect();
        let strategy = bodies(fields);
        for _ in 0..CASES {
            n += 1;
            let body = strategy.new_tree(&mut runner).unwrap().current();
            let reply = attack.json(&operation, &body, n).await;
            not_our_fault(&format!("{} with {body}", operation.name()), &reply);
            *statuses.entry(reply.status).or_default() += 1;
        }
    }
    for operation in form_operations() {
        let fields: Vec<String> =
            operation.body.as_ref().unwrap().fields().into_iter().map(|(name, _)| name).collect();
        let strategy = prop::collection::vec((prop::sample::select(fields), any::<String>()), 0..12);
        for _ in 0..CASES / 2 {
            n += 1;
            let body = strategy.new_tree(&mut runner).unwrap().current();
            let pairs: Vec<(&str, &str)> = body.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            let reply = attack.form(&operation, &pairs, n).await;
            not_our_fault(&format!("{} with {body:?}", operation.name()), &reply);
            *statuses.entry(reply.status).or_default() += 1;
        }
    }
    assert!(statuses.get(&422).is_some_and(|n| *n > 100), "{statuses:?}");
    assert!(attack.app.router.has_routes());
}

#[tokio::test]
async fn what_is_typed_into_forms_never_comes_back_as_markup() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let mut shown = 0;
    for operation in form_operations().into_iter().filter(|o| o.page) {
        let fields: Vec<String> =
            operation.body.as_ref().unwrap().fields().into_iter().map(|(name, _)| name).collect();
        for (n, attempt) in [
            "<script>alert(1)</script>",
            "\"><img src=x onerror=alert(1)>",
            "'-alert(1)-'",
            "{{7*7}}",
            "javascript:alert(1)",
        ]
        .into_iter()
        .enumerate()
        {
            let pairs: Vec<(&str, &str)> = fields.iter().map(|field| (field.as_str(), attempt)).collect();
            let call = attack.actor(&operation).request(Method::POST, &attack.path(&operation));
            let reply = call.header("accept", "text/html").form(&pairs).from(&format!("10.9.0.{n}")).await;
            let what = format!("{} with {attempt}", operation.name());
            assert!(reply.status < 500, "{what}: {}", reply.text);
            assert!(reply.header("content-security-policy").contains("script-src 'self';"), "{what}");
            for raw in [
                "<script>alert",
                "<img src=x",
                "href=\"javascript:",
                "src=\"javascript:",
                "action=\"javascript:",
            ] {
                assert!(!reply.text.contains(raw), "{what} comes back: {raw}");
            }
            shown += usize::from(reply.text.contains("alert(1)"));
        }
    }
    assert!(shown > 0, "no form shows again what was typed, so this test sees nothing");
}

#[tokio::test]
async fn a_flood_of_bad_input_leaves_the_counters_of_attempts_as_the_only_trace() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let before = fingerprint(&app, ATTEMPTS).await;
    for operation in
        json_operations().into_iter().filter(|o| o.body.as_ref().is_some_and(|body| body.required))
    {
        // Of somebody whom nobody knows everything may be blank, and blank notes are none.
        if ["unidentified.register", "appointments.update"].contains(&operation.id.as_str()) {
            continue;
        }
        // Read well, refused by its rules.
        let everything_blank: Value =
            operation.body.as_ref().unwrap().texts().into_iter().map(|field| (field, json!(" "))).collect();
        let reply = attack.json(&operation, &everything_blank, 77).await;
        if reply.status < 300 && operation.path.ends_with("/resend-verification") {
            continue;
        }
        refused(&format!("{} with blanks", operation.name()), &reply);
    }
    assert_eq!(fingerprint(&app, ATTEMPTS).await, before);
}
