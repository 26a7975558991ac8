//! A client that is slow to send its body keeps nobody waiting: it holds none of the few connections meanwhile.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Method;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use hms::clinic::roles::SystemRole;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::bad_input::Attack;
use crate::harness::TestApp;
use crate::harness::routes;

/// Within this time the others have to be served. Who waits for a connection gives up after ten seconds.
const SOON: Duration = Duration::from_secs(4);

/// A body of two halves; the second one comes when it is sent for, or never.
fn halves(whole: &str) -> (Body, oneshot::Sender<()>) {
    let (go, gone) = oneshot::channel();
    let (first, second) = whole.split_at(whole.len() / 2);
    let (first, second) = (Bytes::from(first.to_owned()), Bytes::from(second.to_owned()));
    let rest = stream::once(async move {
        if gone.await.is_err() {
            std::future::pending::<()>().await;
        }
        second
    });
    let body = stream::once(async { first }).chain(rest).map(Ok::<_, std::convert::Infallible>);
    (Body::from_stream(body), go)
}

#[tokio::test]
async fn others_are_served_while_slow_clients_still_send_and_theirs_succeeds_as_well() {
    let app = TestApp::configured(&[("HMS_LANES", "1")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let patient = json!({ "first_name": "Asha", "city": "Pune" }).to_string();
    let mut slow = Vec::new();
    let mut starters = Vec::new();
    for n in 0..6 {
        let (body, go) = halves(&patient);
        let call = desk.request(Method::POST, "/api/v1/patients");
        // Every second one with a key, whose body is read and hashed first.
        let call = if n % 2 == 0 { call } else { call.header("idempotency-key", &format!("slow-{n}")) };
        slow.push(call.raw("application/json", body).send());
        starters.push(go);
    }
    let others = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        for _ in 0..5 {
            let reply = timeout(SOON, desk.get("/api/v1/patients")).await.expect("waits for slow clients");
            assert_eq!((reply.status, &reply.json["total"]), (200, &json!(0)), "{}", reply.text);
        }
        starters.into_iter().for_each(|go| go.send(()).unwrap());
    };
    let (made, ()) = futures_util::future::join(join_all(slow), others).await;
    for reply in made {
        assert_eq!(reply.status, 201, "{}", reply.text);
    }
    assert_eq!(desk.get("/api/v1/patients").await.json["total"], 6);
}

#[tokio::test]
async fn no_operation_holds_the_only_connection_while_its_body_comes() {
    let app = TestApp::configured(&[("HMS_LANES", "1")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let other = clinic.staff(SystemRole::Receptionist).await;
    let mut asked = 0;
    for operation in routes::all() {
        let Some(body) = operation.body.clone() else { continue };
        let (who, path) = (attack.actor(&operation), attack.path(&operation));
        let media_type = match body.media_type.as_str() {
            "multipart/form-data" => "multipart/form-data; boundary=x",
            other => other,
        };
        let (begun, _never) = halves("{\"a\": \"------------------------------------------\"}");
        let slow = who.request(operation.method.clone(), &path).raw(media_type, begun).send();
        let others = async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            timeout(SOON, other.get("/api/v1/patients")).await
        };
        tokio::select! {
            reply = slow => panic!("{} answered {} to half a body", operation.name(), reply.status),
            reply = others => {
                let reply = reply.unwrap_or_else(|_| panic!("{} holds up all others", operation.name()));
                assert_eq!(reply.status, 200, "{}: {}", operation.name(), reply.text);
            }
        }
        asked += 1;
    }
    assert!(asked > 20, "{asked}");
}
