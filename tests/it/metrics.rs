//! `/metrics`: it counts what happened, tells nobody's name, and is not for everybody.

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use serde_json::json;
use tokio::sync::Mutex;

use crate::harness::{Client, TestApp, eventually};
use crate::patients;

/// The recorder is the process's: gauges hold what the instance that was asked last has.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

async fn read(app: &TestApp) -> String {
    let reply = app.anonymous().get("/metrics").await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    reply.text
}

/// The value of the line with this name and all of these labels; 0 if there is none yet.
fn value(text: &str, name: &str, labels: &[&str]) -> f64 {
    let is_it = |line: &&str| {
        let rest = line.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(['{', ' ']))
            && labels.iter().all(|label| line.contains(label))
    };
    text.lines().filter(is_it).map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_is_counted_by_route_and_nobody_is_named() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let app = TestApp::new().await;
    let before = read(&app).await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let patient =
        patients::registered(&desk, json!({ "first_name": "Shakuntala", "phone_primary": "+919822070707" }));
    let patient = patient.await;
    let path = patients::path_of(&patient);
    for _ in 0..3 {
        assert_eq!(desk.get(&path).await.status, 200);
    }
    assert_eq!(desk.get(&format!("{}x", path)).await.status, 404);
    for _ in 0..11 {
        let fields = [("username", "nobody@example.org"), ("password", "wrong")];
        app.anonymous().form("/api/v1/auth/login", &fields).await;
    }
    let invented = desk.request(Method::from_bytes(b"SHAKUNTALA").unwrap(), &path).send().await;
    assert_eq!(invented.status, 405);
    assert_eq!(desk.get("/Shakuntala/was/here").await.status, 404);
    tokio::spawn(hms::jobs::run(app.app.clone()));
    eventually("the mail left", async || {
        app.sql("select status from public.mails").await.iter().all(|row| row["status"] == "SENT")
    })
    .await;
    // It is counted only when the job has ended, which is after its mail.
    let done = ["task=\"mail.send\"", "outcome=\"done\""];
    eventually("the job is counted", async || {
        value(&read(&app).await, "hms_jobs_total", &done) > value(&before, "hms_jobs_total", &done)
    })
    .await;
    let after = read(&app).await;
    app.app.shutdown.cancel();
    // Other tests count in this process too, so at least.
    let grew = |name, labels: &[&str]| value(&after, name, labels) - value(&before, name, labels);
    let route = "route=\"/api/v1/patients/{patient_id}\"";
    for (at_least, name, labels) in [
        (3.0, "hms_http_requests_total", &["method=\"GET\"", route, "status=\"2xx\""][..]),
        (1.0, "hms_http_requests_total", &["method=\"GET\"", route, "status=\"4xx\""]),
        (1.0, "hms_http_requests_total", &["method=\"other\"", "status=\"4xx\""]),
        (1.0, "hms_http_requests_total", &["route=\"-\"", "status=\"4xx\""]),
        (4.0, "hms_http_request_duration_seconds_count", &[route]),
        (4.0, "hms_http_request_duration_seconds_bucket", &[route, "le=\"+Inf\""]),
        (10.0, "hms_lane_wait_seconds_count", &[]),
        (5.0, "hms_statement_cache_total", &["what=\"hit\""]),
        (5.0, "hms_statement_cache_total", &["what=\"miss\""]),
        (1.0, "hms_braked_total", &["limit=\"sign_in\""]),
        (10.0, "hms_password_wait_seconds_count", &[]),
        (1.0, "hms_mails_total", &["outcome=\"sent\""]),
        (1.0, "hms_jobs_total", &["task=\"mail.send\"", "outcome=\"done\""]),
    ] {
        assert!(grew(name, labels) >= at_least, "{name} {labels:?}: {} in\n{after}", grew(name, labels));
    }
    for (name, labels, is) in [
        ("hms_tenants_open", &[][..], 1.0),
        ("hms_lane_depth", &["lane=\"0\""], 0.0),
        ("hms_db_up", &[], 1.0),
        ("hms_registry_live", &[], 1.0),
        ("hms_mails", &["state=\"waiting\""], 0.0),
        ("hms_jobs", &["state=\"failed\""], 0.0),
        ("hms_passwords", &["state=\"waiting\""], 0.0),
    ] {
        assert!((value(&after, name, labels) - is).abs() < 1e-9, "{name} {labels:?} in\n{after}");
    }
    assert!(
        value(&after, "hms_lane_statements", &[]) >= 5.0 && value(&after, "hms_lane_connected", &[]) >= 1.0
    );
    assert!(value(&after, "process_resident_memory_bytes", &[]) > 1e6);
    for secret in [
        "Shakuntala",
        "SHAKUNTALA",
        "22070707",
        "Asha",
        "nobody@",
        &clinic.id,
        &clinic.schema,
        patient["id"].as_str().unwrap(),
        patient["mrn"].as_str().unwrap_or("P-0"),
        "LIC-",
    ] {
        assert!(!after.contains(secret), "{secret} in\n{after}");
    }
    // Nothing but what the program lists can be a label: no id is in any of them.
    for line in after.lines().filter(|line| !line.starts_with('#')) {
        let labels = line.split_once('{').map_or("", |(_, rest)| rest.rsplit_once('}').unwrap().0);
        let is_id = labels.split(['"', '/']).any(|part| part.parse::<uuid::Uuid>().is_ok());
        assert!(!is_id, "{line}");
    }
}

#[tokio::test]
async fn without_its_database_it_says_so_instead_of_the_last_numbers() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let app = TestApp::new().await;
    assert!(value(&read(&app).await, "hms_db_up", &[]) > 0.0);
    app.app.db.lanes.close();
    let text = read(&app).await;
    assert!(value(&text, "hms_db_up", &[]) == 0.0, "{text}");
    assert!(value(&text, "hms_jobs", &["state=\"waiting\""]).is_nan(), "{text}");
}

#[tokio::test]
async fn only_who_has_the_token_or_sits_at_this_machine_may_read() {
    let _turn = ONE_AT_A_TIME.lock().await;
    async fn status(client: &Client, ip: &str, headers: &[(&str, &str)]) -> u16 {
        let mut call = client.request(Method::GET, "/metrics");
        for (name, value) in headers {
            call = call.header(name, value);
        }
        let reply = call.from(ip).await;
        assert_eq!(reply.text.contains("hms_"), reply.status == 200, "{}", reply.text);
        reply.status
    }
    let open = TestApp::new().await;
    let nobody = open.anonymous();
    assert_eq!(status(&nobody, "127.0.0.1", &[]).await, 200);
    assert_eq!(status(&nobody, "::1", &[]).await, 200);
    assert_eq!(status(&nobody, "192.0.2.1", &[]).await, 404);
    // Through a proxy on this machine everybody seems to sit here.
    for header in ["x-forwarded-for", "forwarded", "x-real-ip", "via"] {
        assert_eq!(status(&nobody, "127.0.0.1", &[(header, "127.0.0.1")]).await, 404, "{header}");
    }
    let behind = TestApp::configured(&[("TRUST_PROXY", "1")]).await;
    assert_eq!(status(&behind.anonymous(), "127.0.0.1", &[]).await, 404);

    let token = "a-token-of-the-watchman";
    let closed = TestApp::configured(&[("METRICS_TOKEN", token)]).await;
    let (nobody, boss) = (closed.anonymous(), closed.super_admin().await);
    let bearer = format!("Bearer {token}");
    assert_eq!(status(&nobody, "192.0.2.1", &[("authorization", &bearer)]).await, 200);
    for wrong in ["Bearer a-token-of-the-watchma", "Bearer ", token, "Basic YTpi"] {
        assert_eq!(status(&nobody, "127.0.0.1", &[("authorization", wrong)]).await, 401, "{wrong}");
    }
    assert_eq!(status(&nobody, "127.0.0.1", &[]).await, 401, "not even from here");
    assert_eq!(status(&boss, "127.0.0.1", &[]).await, 401, "nor with another right");
}
