//! What stands around every answer (headers, other sites, compression), and that SECURITY.md tells the truth.

use std::collections::BTreeSet;

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use serde_json::json;

use crate::architecture::{root, sources};
use crate::harness::routes;
use crate::harness::{Client, Reply, TestApp};
use crate::patients;

/// On every answer, whatever it is.
const HEADERS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    ),
];

fn is_guarded(what: &str, reply: &Reply, https: bool) {
    for (name, value) in HEADERS {
        assert_eq!(reply.header(name), value, "{what}: {name}");
    }
    let policy = reply.header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action"] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(
        !policy.contains("unsafe") || what.starts_with("GET /docs") || what.starts_with("GET /redoc"),
        "{what}"
    );
    assert_eq!(reply.header("strict-transport-security").is_empty(), !https, "{what}");
    assert!(reply.header("server").is_empty() && reply.header("x-powered-by").is_empty(), "{what}");
    let caching = reply.header("cache-control");
    let is_public = ["GET /assets/", "GET /openapi.json", "GET /docs", "GET /redoc"]
        .iter()
        .any(|public| what.starts_with(public));
    // What stays in a browser after its person has left: pictures, which ask again each time.
    let is_asked_again = caching.contains("private") && caching.contains("no-cache");
    assert!(caching.contains("no-store") || is_public || is_asked_again, "{what}: {caching}");
}

#[tokio::test]
async fn every_answer_of_every_operation_carries_the_security_headers() {
    let plain = TestApp::new().await;
    let clinic = plain.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let patient = patients::registered(&desk, json!({ "first_name": "Asha" })).await;
    let browser = desk.browser().await;
    let nobody = plain.anonymous();
    let mut asked = 0;
    for operation in routes::all() {
        let path = operation.path.replace("{patient_id}", patient["id"].as_str().unwrap());
        let path = path.replace(['{', '}'], "");
        let what = format!("{} {path}", operation.method);
        let reply = nobody.request(operation.method.clone(), &path).send().await;
        is_guarded(&format!("{what} (nobody)"), &reply, false);
        if operation.method == Method::GET {
            let reply = if operation.page { browser.get(&path).await } else { desk.get(&path).await };
            is_guarded(&what, &reply, false);
        }
        asked += 1;
    }
    assert!(asked > 100, "{asked}");
    for path in
        ["/nowhere", "/health", "/ready", "/metrics", "/openapi.json", "/docs", "/redoc", "/docs/errors"]
    {
        is_guarded(&format!("GET {path}"), &nobody.get(path).await, false);
    }
    let https = TestApp::configured(&[("PUBLIC_URL", "https://hms.test")]).await;
    for path in ["/", "/sign-in", "/api/v1/patients", "/nowhere", "/health"] {
        is_guarded(&format!("GET {path}"), &https.anonymous().get(path).await, true);
    }
}

#[tokio::test]
async fn other_sites_may_call_the_api_only_where_the_configuration_says_so_and_never_with_cookies() {
    async fn preflight(client: &Client, origin: &str) -> Reply {
        let call = client.request(Method::OPTIONS, "/api/v1/patients").header("origin", origin);
        call.header("access-control-request-method", "POST").send().await
    }
    let closed = TestApp::new().await;
    let origin = "https://app.example.org";
    assert_eq!(preflight(&closed.anonymous(), origin).await.header("access-control-allow-origin"), "");
    let open = TestApp::configured(&[("BACKEND_CORS_ORIGINS", origin)]).await;
    let nobody = open.anonymous();
    let allowed = preflight(&nobody, origin).await;
    assert_eq!(allowed.header("access-control-allow-origin"), origin);
    assert_eq!(allowed.header("access-control-allow-credentials"), "");
    for other in ["https://app.example.org.evil.example", "http://app.example.org", "null"] {
        assert_eq!(preflight(&nobody, other).await.header("access-control-allow-origin"), "", "{other}");
    }
    let call = nobody.request(Method::GET, "/api/v1/patients").header("origin", origin);
    let exposed = call.send().await;
    for name in ["retry-after", "ratelimit", "ratelimit-policy", "etag", "x-request-id"] {
        assert!(exposed.header("access-control-expose-headers").contains(name), "{name}");
    }
}

#[tokio::test]
async fn long_answers_are_compressed_but_none_that_holds_a_secret() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let login = app
        .anonymous()
        .request(Method::POST, "/api/v1/auth/login")
        .header("accept-encoding", "gzip, br")
        .form(&[("username", &clinic.email), ("password", crate::harness::PASSWORD)])
        .send()
        .await;
    assert!(login.json["access_token"].is_string() && login.text.len() > 512, "{}", login.text);
    assert_eq!(login.header("content-encoding"), "", "its length would tell about the token");
    let desk = clinic.admin().await;
    let asked =
        |path: &'static str| desk.request(Method::GET, path).header("accept-encoding", "gzip, br").send();
    assert_eq!(asked("/openapi.json").await.header("content-encoding"), "br");
    assert_eq!(asked("/sign-in").await.header("content-encoding"), "br");
    let tiny = asked("/health").await;
    assert_eq!((tiny.status, tiny.header("content-encoding")), (200, ""));
}

/// Besides the database, which `db` alone can reach (clippy forbids others to connect).
#[test]
fn only_mail_and_traces_leave_the_house() {
    let speaks = ["TcpStream", "UnixStream", "UdpSocket", "reqwest", "hyper_util::client", "lettre::"];
    let mut outside: Vec<(String, &str)> = Vec::new();
    for source in sources() {
        for word in speaks.into_iter().filter(|word| source.code.contains(word)) {
            outside.push((source.path.clone(), word));
        }
    }
    let listed = [
        ("src/config/mail.rs", "lettre::", "reads the sender's address"),
        ("src/kernel/text.rs", "lettre::", "reads addresses"),
        ("src/mail/mime.rs", "lettre::", "writes a mail"),
        ("src/mail/smtp.rs", "lettre::", "the configured mail server"),
        ("src/observe/collector.rs", "hyper_util::client", "the configured collector"),
        ("src/server/listen.rs", "TcpStream", "whoever asks us"),
    ];
    let listed: Vec<(String, &str)> = listed.map(|(path, word, _)| (path.to_owned(), word)).into();
    assert_eq!(outside, listed, "who speaks to other machines");
}

/// `pictures::rights::no_client_writes_or_reads_where_a_picture_lies` in back quotes, as SECURITY.md names a test.
fn named_tests(text: &str) -> BTreeSet<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    quoted.filter(|name| name.contains("::") && name.split("::").all(plain)).collect()
}

#[test]
fn each_test_that_security_md_names_exists() {
    let text = std::fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let named = named_tests(&text);
    assert!(named.len() >= 40, "SECURITY.md names only {} tests", named.len());
    // As the tests call themselves, those that a macro makes too.
    let list = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--list", "--format", "terse"])
        .output()
        .unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let tests: BTreeSet<&str> = list.lines().filter_map(|line| line.strip_suffix(": test")).collect();
    for name in named.into_iter().filter(|name| cfg!(feature = "otel") || !name.starts_with("traces::")) {
        assert!(tests.contains(name), "SECURITY.md names {name}, which is no test");
    }
    // Each of the ten is met by something that is tested.
    for number in 1..=10 {
        let begin =
            text.find(&format!("### API{number}:2023")).unwrap_or_else(|| panic!("API{number} is missing"));
        let section = text[begin + 4..].split("\n#").next().unwrap();
        assert!(!named_tests(section).is_empty(), "API{number} names no test");
    }
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains("(SECURITY.md)"), "README.md leads to it");
}
