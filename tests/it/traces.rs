//! Traces go to the collector that is configured, and hold no more of a request than the log does.
#![cfg(feature = "otel")]

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::{HeaderMap, Uri};
use axum::routing::post;
use axum::{Extension, Router};
use hms::clinic::roles::SystemRole;
use serde_json::json;

use crate::harness::serving::Serving;
use crate::harness::{TestApp, eventually};
use crate::patients;

type Received = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// Takes what an exporter sends, as a collector does.
async fn collector() -> (String, Received) {
    async fn take(
        uri: Uri,
        headers: HeaderMap,
        Extension(all): Extension<Received>,
        body: Bytes,
    ) -> &'static str {
        assert_eq!(uri.path(), "/v1/traces");
        all.lock().unwrap().push((headers, body));
        ""
    }
    let received = Received::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/v1/traces", post(take)).layer(Extension(Arc::clone(&received)));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, received)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_becomes_a_span_without_a_word_about_its_patient() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let patient = patients::registered(&desk, json!({ "first_name": "Shakuntala", "city": "Pune" })).await;
    let (address, received) = collector().await;
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", address.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-team=ward-7"),
        ("OTEL_SERVICE_NAME", "hms-of-a-test"),
        ("LOG_LEVEL", "warn"),
    ];
    let mut hms = Serving::start(&app, &variables).await;
    let path = format!("{}?why=Shakuntala", patients::path_of(&patient));
    let shown = hms.get(&path, desk.token.as_deref()).await;
    assert!(shown.starts_with("HTTP/1.1 200") && shown.contains("Shakuntala"), "{shown}");
    let request =
        shown.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap().trim().to_owned();
    // What is not sent yet goes out with the end.
    hms.terminate();
    assert!(hms.ended().await.success(), "{}", hms.log());
    eventually("a batch arrives", async || !received.lock().unwrap().is_empty()).await;

    let batches = received.lock().unwrap();
    for (headers, _) in batches.iter() {
        assert_eq!(headers["content-type"], "application/x-protobuf");
        assert_eq!(headers["x-team"], "ward-7");
    }
    // Texts stand in protobuf as they are.
    let all = batches.iter().map(|(_, body)| String::from_utf8_lossy(body).into_owned()).collect::<String>();
    for told in [
        "hms-of-a-test",
        "GET /api/v1/patients/{patient_id}",
        "http.route",
        "http.response.status_code",
        &request,
        &clinic.id,
    ] {
        assert!(all.contains(told), "{told} is missing in {all:?}");
    }
    for secret in [
        "Shakuntala",
        patient["id"].as_str().unwrap(),
        &clinic.schema,
        "Asha",
        desk.token.as_deref().unwrap(),
        "why=",
    ] {
        assert!(!all.contains(secret), "{secret} in {all:?}");
    }
}
