//! Through small routers: every bad input gets its problem, every layer does its work.

use std::time::Duration;

use aide::axum::routing::{get_with, patch_with, post_with};
use aide::axum::{ApiRouter, IntoApiResponse};
use aide::openapi::Operation;
use aide::{OperationInput, generate::GenContext};
use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use http_body_util::BodyExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::kernel::ids::TenantId;
use crate::kernel::{AppError, DbError, Problem};
use crate::web::layers::{self, BodyLimit, Settings};
use crate::web::{
    Created, Form, IfMatch, Json, NoContent, Outcome, Page, PageWithStatus, Path, Query, Reply, RequestInfo,
    SeeOther, StoredReply, openapi,
};

// ------------------------------------------------------------------------------ a toy capability

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Sex {
    Female,
    Male,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RegisterPatient {
    name: String,
    age: u8,
    sex: Option<Sex>,
    #[serde(default)]
    contacts: Vec<Contact>,
    doctor: Option<uuid::Uuid>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Contact {
    phone: String,
}

/// A patient.
#[derive(Debug, Serialize, JsonSchema)]
struct PatientView {
    name: String,
    sex: Option<Sex>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ListQuery {
    /// Part of a name.
    search: Option<String>,
    page: Option<i64>,
    active: Option<bool>,
}

/// What the gate does to a documented route.
struct MayRegister;

impl<S: Send + Sync> FromRequestParts<S> for MayRegister {
    type Rejection = AppError;
    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, AppError> {
        Ok(Self)
    }
}

impl OperationInput for MayRegister {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        openapi::add_security(operation, Some("patients.create"));
    }
}

async fn register(
    _: MayRegister,
    Json(body): Json<RegisterPatient>,
) -> Result<Created<PatientView>, AppError> {
    let _ = (body.age, body.doctor, body.contacts.iter().map(|c| c.phone.len()).sum::<usize>());
    let view = PatientView { name: body.name, sex: body.sex };
    Ok(Reply::new(view).etag(1).location("/api/v1/patients/1"))
}

async fn list(Query(query): Query<ListQuery>) -> Result<Json<Vec<PatientView>>, AppError> {
    let name = format!("{:?} {:?} {:?}", query.search, query.page, query.active);
    Ok(Json(vec![PatientView { name, sex: None }]))
}

async fn show(Path(id): Path<TenantId>) -> Result<Reply<PatientView>, AppError> {
    Ok(Reply::new(PatientView { name: id.to_string(), sex: Some(Sex::Male) }).etag(7))
}

async fn rename(
    Path((_, part)): Path<(TenantId, i32)>,
    IfMatch(version): IfMatch,
    Json(contact): Json<Contact>,
) -> Result<NoContent, AppError> {
    assert_eq!((version, part, contact.phone.as_str()), (Some(7), 3, "1"));
    Ok(NoContent)
}

async fn form(Form(contact): Form<Contact>) -> String {
    contact.phone
}

fn api() -> ApiRouter {
    let patients = ApiRouter::new()
        .api_route("/patients", get_with(list, openapi::op("patients.list", "List patients")))
        .api_route("/patients", post_with(register, openapi::op("patients.register", "Register a patient")))
        .api_route(
            "/patients/{patient_id}",
            get_with(show, |o| {
                openapi::op("patients.show", "Show a patient")(o).with(openapi::header(
                    200,
                    "ETag",
                    "Version, for If-Match.",
                ))
            }),
        )
        .api_route(
            "/patients/{patient_id}/parts/{part}",
            patch_with(rename, openapi::op("patients.rename", "Rename")),
        );
    ApiRouter::new().nest("/api/v1", patients)
}

fn render(problem: &Problem, info: &RequestInfo) -> Html<String> {
    Html(format!("<h1>{}</h1>{} {} {}", problem.detail, info.request_id, info.path, info.htmx))
}

async fn sleepy() -> &'static str {
    tokio::time::sleep(Duration::from_secs(5)).await;
    "late"
}

#[expect(clippy::panic, reason = "what the test is about")]
async fn panics() -> &'static str {
    panic!("a value that must not be seen")
}

async fn database(Path(sqlstate): Path<String>) -> AppError {
    let sqlstate = std::borrow::Cow::Owned(sqlstate);
    DbError { sqlstate, constraint: Some("patients_name".into()), statement: "patients::INSERT" }.into()
}

fn app() -> Router {
    let described = openapi::describe(api);
    let router = described
        .router
        .route("/api/v1/sleepy", get(sleepy))
        .route("/api/v1/panics", get(panics))
        .route("/page", get(async || Problem::forbidden("no", "You may not do this.")))
        .route("/api/v1/db/{sqlstate}", get(database))
        .route("/api/v1/broken", get(async || AppError::internal("a fault")))
        .route("/api/v1/bare", get(async || (StatusCode::IM_A_TEAPOT, "plain words")))
        .route("/api/v1/denied", get(async || Problem::unauthenticated("Not authenticated")))
        .route("/form", post(form))
        .route("/upload", post(form).layer(layers::body_limit(BodyLimit(8 * 1024 * 1024))))
        .route("/style.css", get(async || ([("cache-control", "max-age=9")], "x".repeat(4000))))
        .merge(openapi::routes(&described.api, |name| format!("/assets/{name}")));
    let settings = Settings {
        origins: vec!["https://app.example.org".into()],
        https: true,
        timeout: Duration::from_millis(60),
        render: Some(render),
        ..Settings::default()
    };
    layers::wrap(router, &settings).expect("origins are origins")
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().expect("text"))
    }
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

async fn send(request: Request) -> Answer {
    let response = app().oneshot(request).await.expect("infallible");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a body").to_bytes().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

fn request(method: &str, uri: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).expect("a request")
}

async fn fetch(uri: &str) -> Answer {
    send(request("GET", uri, &[], "")).await
}

/// The reply is a whole problem: status, code, a sentence, the request's id; returns the body.
fn assert_problem(answer: &Answer, status: u16, code: &str) -> Value {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let body = answer.json();
    assert_eq!(body["code"], code, "{body}");
    assert_eq!(body["status"], status);
    assert_eq!(body["type"], "about:blank");
    assert!(body["title"].as_str().is_some_and(|t| !t.is_empty()));
    assert!(body["detail"].as_str().is_some_and(|d| d.ends_with(['.', 'd'])), "{body}");
    assert!(body["errors"].is_array());
    assert_eq!(body["request_id"], answer.header("x-request-id"));
    assert!(body["request_id"].as_str().is_some_and(|id| id.len() >= 8));
    body
}

// ------------------------------------------------------------------------------------ bad input

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

// ------------------------------------------------------------------------------------- failures

#[tokio::test]
async fn a_panic_is_a_500_that_tells_nothing() {
    let answer = fetch("/api/v1/panics").await;
    let problem = assert_problem(&answer, 500, "internal");
    assert_eq!(problem["detail"], "Something went wrong on our side; nothing was changed.");
    assert!(!answer.text().contains("value"));
}

#[tokio::test]
async fn too_slow_is_a_503() {
    let answer = fetch("/api/v1/sleepy").await;
    assert_problem(&answer, 503, "timeout");
    assert_eq!(answer.header("retry-after"), "2");
}

#[tokio::test]
async fn the_database_speaks_in_problems() {
    for (sqlstate, status, code) in [
        ("closed", 503, "unavailable"),
        ("57P01", 503, "unavailable"),
        ("53300", 503, "unavailable"),
        ("08006", 503, "unavailable"),
        ("57014", 503, "unavailable"),
        ("55P03", 503, "unavailable"),
        ("40001", 409, "conflict.retry"),
        ("40P01", 409, "conflict.retry"),
        ("22021", 422, "validation_failed"),
        ("22P05", 422, "validation_failed"),
        ("22001", 422, "validation_failed"),
        ("22003", 422, "validation_failed"),
        ("22007", 422, "validation_failed"),
        ("22008", 422, "validation_failed"),
        ("23505", 409, "conflict"),
        ("23503", 409, "conflict"),
        ("23514", 409, "conflict"),
        ("23P01", 409, "conflict"),
        ("42501", 500, "internal"),
        ("poisoned", 500, "internal"),
    ] {
        let answer = fetch(&format!("/api/v1/db/{sqlstate}")).await;
        assert_problem(&answer, status, code);
        let retry = matches!(status, 503) || code == "conflict.retry";
        assert_eq!(answer.headers.contains_key("retry-after"), retry, "{sqlstate}");
        assert!(!answer.text().contains("patients"), "{}", answer.text());
    }
    assert_problem(&fetch("/api/v1/broken").await, 500, "internal");
}

#[tokio::test]
async fn refusals_of_libraries_become_problems_too() {
    assert_problem(&fetch("/api/v1/bare").await, 418, "bad_request");
    let answer = send(request("DELETE", "/api/v1/patients", &[], "")).await;
    assert_problem(&answer, 405, "method_not_allowed");
    assert_eq!(answer.header("allow"), "GET,HEAD,POST");
    let denied = fetch("/api/v1/denied").await;
    assert_eq!(assert_problem(&denied, 401, "auth.unauthenticated")["detail"], "Not authenticated");
    assert_eq!(denied.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn head_answers_like_get_without_a_body() {
    for uri in ["/api/v1/patients", "/api/v1/nothing", "/api/v1/denied", "/openapi.json"] {
        let whole = fetch(uri).await;
        let head = send(request("HEAD", uri, &[], "")).await;
        assert_eq!(head.status, whole.status, "{uri}");
        assert!(head.body.is_empty());
        assert_eq!(head.header("content-type"), whole.header("content-type"));
        assert_eq!(head.header("content-length"), whole.body.len().to_string(), "{uri}");
    }
}

#[tokio::test]
async fn browsers_see_pages_and_programs_see_json() {
    let html = ("accept", "text/html,application/xhtml+xml");
    let page = send(request("GET", "/page?q=secret", &[html], "")).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (403, "text/html; charset=utf-8"));
    assert!(page.text().starts_with("<h1>You may not do this.</h1>"));
    assert!(page.text().contains(page.header("x-request-id")));
    assert!(page.text().ends_with(" /page false"), "{}", page.text());
    assert!(page.header("vary").contains("Accept"));

    let block = send(request("GET", "/page", &[("hx-request", "true")], "")).await;
    assert!(block.text().ends_with(" /page true"));
    let lost = send(request("GET", "/nowhere", &[html], "")).await;
    assert_eq!((lost.status.as_u16(), lost.header("content-type")), (404, "text/html; charset=utf-8"));
    assert_problem(&send(request("GET", "/api/v1/nowhere", &[html], "")).await, 404, "not_found");
    assert_problem(&fetch("/page").await, 403, "no");
}

// ----------------------------------------------------------------------------------------- layers

#[tokio::test]
async fn a_harmless_request_id_is_kept_and_any_other_is_replaced() {
    for (theirs, kept) in [
        ("abcDEF-12345", true),
        ("short", false),
        ("has spaces in it", false),
        ("semi;colon-123", false),
        (&*"x".repeat(65), false),
    ] {
        let answer = send(request("GET", "/api/v1/patients", &[("x-request-id", theirs)], "")).await;
        assert_eq!(answer.header("x-request-id") == theirs, kept, "{theirs}");
        assert!(answer.header("x-request-id").len() >= 8);
    }
}

#[tokio::test]
async fn security_headers_are_on_everything_and_a_reply_may_choose_its_own() {
    for uri in ["/api/v1/patients", "/nowhere", "/api/v1/panics", "/style.css"] {
        let answer = fetch(uri).await;
        assert_eq!(answer.header("content-security-policy"), layers::STRICT_CSP, "{uri}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
        let caching = if uri == "/style.css" { "max-age=9" } else { "no-store" };
        assert_eq!(answer.header("cache-control"), caching, "{uri}");
    }
    assert!(fetch("/redoc").await.header("content-security-policy").contains("worker-src blob:"));
}

#[tokio::test]
async fn other_sites_may_call_only_if_listed() {
    let preflight = |origin: &'static str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,idempotency-key"),
        ];
        send(request("OPTIONS", "/api/v1/patients", &headers, ""))
    };
    let listed = preflight("https://app.example.org").await;
    assert_eq!(listed.header("access-control-allow-origin"), "https://app.example.org");
    assert!(listed.header("access-control-allow-headers").contains("idempotency-key"));
    assert_eq!(preflight("https://evil.example").await.header("access-control-allow-origin"), "");

    let headers = [("origin", "https://app.example.org")];
    let refused = send(request("GET", "/api/v1/denied", &headers, "")).await;
    assert_problem(&refused, 401, "auth.unauthenticated");
    assert_eq!(refused.header("access-control-allow-origin"), "https://app.example.org");
    for name in ["etag", "x-total-count", "link", "retry-after", "x-request-id"] {
        assert!(refused.header("access-control-expose-headers").contains(name), "{name}");
    }
    for bad in ["app.example.org", "https://a.example/path", "null", ""] {
        assert!(layers::cors(&[bad.to_owned()]).is_err(), "{bad}");
    }
    assert!(layers::cors(&["http://localhost:3000/".to_owned()]).is_ok());
}

#[tokio::test]
async fn large_texts_are_compressed_and_event_streams_are_not() {
    let gzip = [("accept-encoding", "gzip, br")];
    let css = send(request("GET", "/style.css", &gzip, "")).await;
    assert_eq!(css.header("content-encoding"), "br");
    assert!(css.body.len() < 1000);
    assert_eq!(send(request("GET", "/api/v1/patients", &gzip, "")).await.header("content-encoding"), "");

    let events = Router::new()
        .route("/", get(async || ([("content-type", "text/event-stream")], "data: x\n\n".repeat(400))))
        .layer(layers::compression());
    let answer = events.oneshot(request("GET", "/", &gzip, "")).await.expect("infallible");
    assert!(!answer.headers().contains_key("content-encoding"));
}

/// Collects what is logged, as text.
#[derive(Clone, Default)]
struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("unpoisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_names_the_template_and_the_cause_but_no_path_query_or_value() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    // tracing caches "nobody listens" for all threads while only one subscriber is alive.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let guard = tracing::subscriber::set_default(subscriber);
    fetch("/api/v1/patients?search=Asha").await;
    fetch("/api/v1/patients/Asha").await;
    fetch("/api/v1/Asha?Asha=1").await;
    let request_id = fetch("/api/v1/db/23505").await.header("x-request-id").to_owned();
    drop(guard);
    let text = String::from_utf8(log.0.lock().expect("unpoisoned").clone()).expect("text");
    assert!(!text.contains("Asha"), "{text}");
    assert!(text.contains(r#"route="/api/v1/patients/{patient_id}""#), "{text}");
    assert!(text.contains(r#"route="-""#));
    assert!(text.contains("status=404") && text.contains("latency_ms="));
    let warning = text.lines().find(|line| line.contains("WARN")).expect("a warning");
    assert!(warning.contains(r#"constraint="patients_name""#) && warning.contains("23505"), "{warning}");
    assert!(warning.contains(&request_id));
    assert_eq!(text.lines().filter(|line| line.contains("23505")).count(), 1, "{text}");
}

// ---------------------------------------------------------------------------------------- replies

#[derive(askama::Template)]
#[template(source = "<p>{{ name }}</p>", ext = "html")]
struct Hello {
    name: &'static str,
}

async fn sent(response: impl IntoResponse) -> Answer {
    let (parts, body) = response.into_response().into_parts();
    let body = body.collect().await.expect("a body").to_bytes().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

async fn assert_replays(outcome: impl Outcome) -> StoredReply {
    let stored = outcome.stored().expect("stored");
    let first = sent(outcome).await;
    let again = sent(stored.clone()).await;
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    for name in ["content-type", "etag", "location", "link", "x-total-count"] {
        assert_eq!(first.header(name), again.header(name), "{name}");
    }
    stored
}

#[tokio::test]
async fn a_stored_reply_is_the_same_reply() {
    assert_replays(Json(json!({"a": 1}))).await;
    assert_replays(NoContent).await;
    assert_replays(SeeOther("/patients".into())).await;
    let list = Reply::<_, 200>::new(vec![1, 2]).total(9).link("next", "/x?page=2").link("last", "/x?page=5");
    let stored = assert_replays(list).await;
    assert_eq!(stored.headers.iter().filter(|(name, _)| name == "link").count(), 2);
    let created: Created<_> = Reply::new(json!({"id": 1})).etag(1).location("/x/1");
    assert_eq!(assert_replays(created).await.status, 201);
}

#[tokio::test]
async fn a_secret_is_told_once() {
    let reply: Created<_> = Reply::new(json!({"password": "hunter2"})).secret();
    let stored = reply.stored().expect("remembered as done");
    assert!(stored.withheld && stored.body.is_empty() && stored.headers.is_empty());
    let first = sent(reply).await;
    assert!(first.text().contains("hunter2"));
    assert_eq!(first.header("cache-control"), "no-store");
    let again = sent(stored).await;
    assert_eq!(again.status, 409);
    assert_eq!(again.json()["code"], "idempotency.reply_withheld");
}

#[tokio::test]
async fn pages_escape_and_are_not_stored() {
    let page = Page(Hello { name: "<b>" });
    assert!(page.stored().is_none());
    let page = sent(page).await;
    assert_eq!((page.status.as_u16(), page.text().as_str()), (200, "<p>&#60;b&#62;</p>"));
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("vary"), "HX-Request");
    assert_eq!(sent(PageWithStatus(StatusCode::UNPROCESSABLE_ENTITY, Hello { name: "x" })).await.status, 422);
}

#[tokio::test]
async fn a_redirect_stays_in_the_house() {
    for (to, goes) in [
        ("/patients?page=2", "/patients?page=2"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\r\nset-cookie: x", "/"),
        ("", "/"),
    ] {
        let answer = sent(SeeOther(to.to_owned())).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, goes));
    }
}

// ---------------------------------------------------------------------------------------- openapi

#[test]
fn the_description_is_whole_and_the_same_every_time() {
    let described = openapi::describe(api);
    assert_eq!(described.faults, Vec::<String>::new());
    let text = openapi::to_json(&described.api);
    assert_eq!(text, openapi::to_json(&openapi::describe(api).api));

    let doc: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(doc["openapi"], "3.1.0");
    assert_eq!(doc["info"]["title"], "HMS");
    assert_eq!(doc["info"]["version"], env!("CARGO_PKG_VERSION"));
    let register = &doc["paths"]["/api/v1/patients"]["post"];
    assert_eq!(register["operationId"], "patients.register");
    assert_eq!(register["tags"], json!(["patients"]));
    assert_eq!(register["x-permission"], "patients.create");
    assert_eq!(register["security"], json!([{"bearer": []}, {"cookie": []}]));
    let responses = register["responses"].as_object().expect("responses");
    let mut statuses: Vec<&str> = responses.keys().map(String::as_str).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, ["201", "400", "401", "403", "413", "415", "422", "default"]);
    assert_eq!(
        responses["201"]["content"]["application/json"]["schema"]["$ref"],
        "#/components/schemas/PatientView"
    );
    for (status, response) in responses.iter().filter(|(status, _)| *status != "201") {
        let name = response["$ref"].as_str().and_then(|r| r.rsplit('/').next()).expect("a shared response");
        let shared = &doc["components"]["responses"][name];
        let schema = &shared["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(schema, "#/components/schemas/Problem", "{status}");
    }

    let list = &doc["paths"]["/api/v1/patients"]["get"];
    assert!(list.get("security").is_none());
    let names: Vec<_> = list["parameters"].as_array().expect("query").iter().map(|p| &p["name"]).collect();
    assert_eq!(names, ["search", "page", "active"]);
    let show = &doc["paths"]["/api/v1/patients/{patient_id}"]["get"];
    assert_eq!(show["parameters"][0]["name"], "patient_id");
    assert_eq!(show["parameters"][0]["in"], "path");
    assert_eq!(show["parameters"][0]["required"], true);
    assert_eq!(show["responses"]["200"]["headers"]["ETag"]["schema"]["type"], "string");
    let rename = &doc["paths"]["/api/v1/patients/{patient_id}/parts/{part}"]["patch"];
    let names: Vec<_> = rename["parameters"].as_array().expect("parts").iter().map(|p| &p["name"]).collect();
    assert_eq!(names, ["patient_id", "part", "If-Match"]);
    assert!(rename["responses"]["412"].is_object());
    let required = doc["components"]["schemas"]["Problem"]["required"].as_array().expect("required");
    assert!(required.contains(&json!("errors")) && required.contains(&json!("detail")));
    // No reference leads nowhere.
    for reference in text.split("\"$ref\": \"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(doc.pointer(reference).is_some(), "{reference}");
    }
}

#[test]
fn a_careless_description_is_a_fault() {
    async fn nothing() -> impl IntoApiResponse {
        NoContent
    }
    let described = openapi::describe(|| -> ApiRouter {
        ApiRouter::new()
            .api_route("/a", get_with(nothing, |o| o))
            .api_route("/b/{id}", get_with(nothing, openapi::op("b.show", "")))
            .api_route("/c", get_with(list, openapi::op("b.show", "")))
    });
    let faults = described.faults.join("; ");
    assert!(faults.contains("get /a has no operation id"), "{faults}");
    assert!(faults.contains("get /b/{id} has parameters"), "{faults}");
    assert!(faults.contains("two operations are called b.show"), "{faults}");
}

#[tokio::test]
async fn the_description_is_served_with_its_readers_and_no_inline_script() {
    let spec = fetch("/openapi.json").await;
    assert_eq!(spec.header("content-type"), "application/json");
    let tag = spec.header("etag").to_owned();
    assert_eq!(spec.json()["openapi"], "3.1.0");
    let again = send(request("GET", "/openapi.json", &[("if-none-match", &tag)], "")).await;
    assert_eq!((again.status.as_u16(), again.body.len(), again.header("etag")), (304, 0, tag.as_str()));
    for (uri, script) in
        [("/docs", "/assets/swagger-ui-bundle.js"), ("/redoc", "/assets/redoc.standalone.js")]
    {
        let answer = send(request("GET", uri, &[(ACCEPT.as_str(), "text/html")], "")).await;
        assert_eq!(answer.headers[CONTENT_TYPE], "text/html; charset=utf-8");
        let page = answer.text();
        assert!(page.contains(&format!("<script src=\"{script}\"></script>")), "{page}");
        assert!(page.contains("/assets/docs.js"));
        assert!(!page.contains("<script>") && !page.contains("style=") && !page.contains("onload"));
    }
}
