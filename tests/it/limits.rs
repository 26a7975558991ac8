//! Limits of number and time: who asks too often, too slowly or too much is told so, and nobody else notices.

use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::Method;
use futures_util::stream::{self, StreamExt as _};
use hms::clinic::roles::SystemRole;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::harness::serving::{Serving, everything};
use crate::harness::{Client, Reply, TestApp, eventually};

async fn from(client: &Client, path: &str, ip: &str) -> Reply {
    client.request(Method::GET, path).from(ip).await
}

fn is_braked(reply: &Reply) {
    assert_eq!((reply.status, &reply.json["code"]), (429, &json!("too_many_requests")), "{}", reply.text);
    let wait: u32 = reply.header("retry-after").parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
}

#[tokio::test]
async fn an_address_that_floods_is_braked_and_others_are_not() {
    let app = TestApp::configured(&[("RATE_LIMIT_PER_ADDRESS", "6")]).await;
    let nobody = app.anonymous();
    let (flood, other) = ("198.51.100.7", "203.0.113.9");
    let first = from(&nobody, "/api/v1/patients", flood).await;
    assert_eq!((first.status, first.header("ratelimit")), (401, "\"address\";r=5"));
    assert_eq!(first.header("ratelimit-policy"), "\"address\";q=6;w=60");
    // Whatever is asked counts, also what is not there.
    for path in ["/", "/sign-in", "/openapi.json", "/nowhere", "/api/v1/nowhere/at/all"] {
        assert_ne!(from(&nobody, path, flood).await.status, 429, "{path}");
    }
    for path in ["/", "/api/v1/patients", "/nowhere", "/docs", "/metrics"] {
        let braked = from(&nobody, path, flood).await;
        is_braked(&braked);
        assert_eq!(braked.header("ratelimit"), "\"address\";r=0", "{path}");
    }
    let own = from(&nobody, "/", "198.51.100.8").await;
    assert_eq!(own.status, 200, "the neighbour's account is another one");
    assert_eq!(from(&nobody, "/api/v1/patients", other).await.status, 401);
    // One IPv6 customer owns a /64.
    for n in 1..=6 {
        assert_eq!(from(&nobody, "/", &format!("2001:db8:1:2::{n}")).await.status, 200);
    }
    is_braked(&from(&nobody, "/", "2001:db8:1:2:ffff::7").await);
    assert_eq!(from(&nobody, "/", "2001:db8:1:3::1").await.status, 200);

    // What every page asks all the time counts for nobody who is let in, and for the address of everybody else.
    let strange = "203.0.113.77";
    for _ in 0..6 {
        assert_ne!(from(&nobody, "/escalations/bell", strange).await.status, 429);
    }
    let braked = from(&nobody, "/escalations/bell", strange).await;
    is_braked(&braked);
    is_braked(&from(&nobody, "/", strange).await);

    // Whoever watches is not told that we are down, and a page that is shown keeps its style.
    let style = from(&nobody, "/", other).await;
    let style = style.text.split("href=\"/assets/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for _ in 0..10 {
        assert_eq!(from(&nobody, "/health", flood).await.status, 200);
        assert_eq!(from(&nobody, &format!("/assets/{style}"), flood).await.status, 200);
    }
    for _ in 0..6 {
        assert_eq!(from(&nobody, "/ready", flood).await.status, 200);
    }
    is_braked(&from(&nobody, "/ready", flood).await);
    assert_eq!(from(&nobody, "/ready", other).await.status, 200);
}

#[tokio::test]
async fn a_person_is_braked_wherever_they_come_from_and_colleagues_are_not() {
    let app = TestApp::configured(&[("RATE_LIMIT_PER_USER", "5")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let (busy, calm) =
        (clinic.staff(SystemRole::Receptionist).await, clinic.staff(SystemRole::Receptionist).await);
    for n in 0..5 {
        let reply = from(&busy, "/api/v1/patients", &format!("198.51.100.{n}")).await;
        assert_eq!((reply.status, reply.header("ratelimit")), (200, &*format!("\"user\";r={}", 4 - n)));
        assert_eq!(reply.header("ratelimit-policy"), "\"user\";q=5;w=60");
    }
    let braked = from(&busy, "/api/v1/patients", "203.0.113.9").await;
    is_braked(&braked);
    assert_eq!(braked.header("ratelimit"), "\"user\";r=0");
    assert_eq!(from(&calm, "/api/v1/patients", "203.0.113.9").await.status, 200);
    // The same person at a browser has the same account, and reads a page.
    let browser = busy.browser().await;
    let page = browser.get("/patients").await;
    assert_eq!(page.status, 429);
    assert!(page.text.contains("too many requests") && page.text.contains("<html"), "{}", page.text);
    let rows = clinic.sql("select count(*) as n from audit_events where kind = 'listed'").await;
    assert_eq!(rows[0]["n"], 6, "what was braked did nothing");
}

#[tokio::test]
async fn nothing_is_limited_or_told_where_the_limits_are_switched_off() {
    let app = TestApp::new().await;
    let nobody = app.anonymous();
    for _ in 0..20 {
        let reply = nobody.get("/api/v1/patients").await;
        assert_eq!((reply.status, reply.header("ratelimit")), (401, ""));
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_stopped_and_changes_nothing() {
    let app = TestApp::configured(&[("REQUEST_TIMEOUT_SECONDS", "1")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let begun = Bytes::from_static(b"{\"first_name\": \"Asha\", \"city\": ");
    let endless = stream::once(async { Ok::<_, std::convert::Infallible>(begun) }).chain(stream::pending());
    let call = desk.request(Method::POST, "/api/v1/patients");
    let reply = call.raw("application/json", Body::from_stream(endless)).send().await;
    assert_eq!((reply.status, &reply.json["code"]), (503, &json!("timeout")), "{}", reply.text);
    assert_eq!(desk.get("/api/v1/patients").await.json["total"], 0);
}

/// The connection is closed by the other side; how long that took.
async fn closes(hms: &Serving, sent: &str) -> (Duration, String) {
    let begun = Instant::now();
    let said = hms.exchange(sent).await;
    (begun.elapsed(), said)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_says_nothing_or_says_it_slowly_is_closed() {
    let app = TestApp::new().await;
    let hms = Serving::start(&app, &[("HEADER_TIMEOUT_SECONDS", "1"), ("KEEP_ALIVE_SECONDS", "2")]).await;
    let head = "GET /health HTTP/1.1\r\nHost: hms\r\n";
    let slow = async {
        // A byte now and then does not buy more time.
        let mut stream = hms.connect().await;
        let (mut read, mut write) = stream.split();
        let begun = Instant::now();
        let drip = async {
            for byte in head.bytes() {
                if write.write_all(&[byte]).await.is_err() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        let mut answer = Vec::new();
        tokio::select! {
            read = read.read_to_end(&mut answer) => { let _ = read; }
            () = drip => panic!("a whole head took its time and nobody minded"),
        }
        (begun.elapsed(), String::from_utf8(answer).unwrap())
    };
    let unread = async {
        let page = hms.get("/redoc", None).await;
        let script = page.split("src=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let mut stream = socket.connect(hms.address).await.unwrap();
        stream.write_all(format!("GET {script} HTTP/1.1\r\nHost: hms\r\n\r\n").as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(8)).await;
        let mut got = Vec::new();
        let _ = stream.read_to_end(&mut got).await;
        (got.len(), hms::web::assets::path("redoc.standalone.js") == script)
    };
    let (silent, half, http2, slow, unread) = tokio::join!(
        closes(&hms, ""),
        closes(&hms, head),
        // The first bytes of HTTP/2, which is recognised by 24 of them.
        closes(&hms, "PRI * HTTP/2.0\r\n"),
        slow,
        unread,
    );
    assert!(unread.1 && unread.0 < 500_000, "{unread:?}: whoever does not read is not waited for");
    for (what, (took, said)) in [("silent", silent), ("half", half), ("http2", http2), ("slow", slow)] {
        assert!(took >= Duration::from_millis(900), "{what} was closed after {took:?}");
        assert!(!said.contains("200 OK"), "{what}: {said}");
    }
    // An idle connection is kept for a while, and served again.
    let mut idle = hms.connect().await;
    for pause in [0, 1200, 1200] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        idle.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
        let mut answer = [0; 15];
        idle.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        // The rest of it: a small body, which came in the same packet or comes at once.
        let mut rest = [0; 4096];
        let _ = tokio::time::timeout(Duration::from_millis(100), idle.read(&mut rest)).await;
    }
    everything(&mut idle).await;
    // And a head has an end.
    let endless = format!("{head}X-Long: {}", "x".repeat(80_000));
    let (_, said) = closes(&hms, &endless).await;
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 431"), "{said}");
    let many: String = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect();
    let (_, said) = closes(&hms, &format!("{head}{many}\r\n")).await;
    assert!(said.starts_with("HTTP/1.1 431"), "{said}");
    assert!(hms.get("/health", None).await.starts_with("HTTP/1.1 200"), "everybody else is served");
    let metrics = hms.get("/metrics", None).await;
    assert!(metrics.contains("hms_connections_refused_total{reason=\"slow_head\"} 4"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_lets_running_requests_finish_and_takes_no_new_ones() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let mut hms = Serving::start(&app, &[("REQUEST_TIMEOUT_SECONDS", "20")]).await;
    let body = json!({ "first_name": "Asha", "city": "Pune" }).to_string();
    let (first, second) = body.split_at(10);
    let mut running = hms.connect().await;
    let head = format!(
        "POST /api/v1/patients HTTP/1.1\r\nHost: hms\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{first}",
        desk.token.as_deref().unwrap(),
        body.len()
    );
    running.write_all(head.as_bytes()).await.unwrap();
    let mut idle = hms.connect().await;
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: hms\r\n\r\n").await.unwrap();
    idle.read_exact(&mut [0; 15]).await.unwrap();
    eventually("the request has begun", async || {
        hms.get("/metrics", None).await.contains("hms_http_requests_running 2")
    })
    .await;

    hms.terminate();
    eventually("nobody is let in", async || tokio::net::TcpStream::connect(hms.address).await.is_err()).await;
    everything(&mut idle).await;
    running.write_all(second.as_bytes()).await.unwrap();
    let reply = everything(&mut running).await;
    assert!(reply.starts_with("HTTP/1.1 201"), "{reply}");
    let status = hms.ended().await;
    assert!(status.success(), "{status}: {}", hms.log());
    assert!(hms.log().contains("stopped"), "{}", hms.log());
    assert_eq!(desk.get("/api/v1/patients").await.json["total"], 1, "what was acknowledged is there");
}
