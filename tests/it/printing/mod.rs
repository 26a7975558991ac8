//! Paper of the desk: the right size, what is needed and no more, twins apart, and what waits for a printer.

#[cfg(feature = "pdf")]
mod papers;

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Client, Reply, TestApp};
use crate::patients::{faults, registered};
use crate::queue::{code, id_of, room, walks};

const JOBS: &str = "/api/v1/print-jobs";

async fn asked(desk: &Client, kind: &str, ids: &[&str]) -> Reply {
    desk.post(JOBS, &json!({ "kind": kind, "ids": ids })).await
}

async fn waiting(desk: &Client) -> Value {
    let reply = desk.get(JOBS).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json
}

#[tokio::test]
async fn what_cannot_be_printed_now_waits_until_it_is_printed_or_not_needed() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    assert_eq!(waiting(&desk).await["oldest_asked_at"], json!(null));
    let walked = walks(&desk, &room, "Asha", json!({})).await;
    let (appointment, patient) = (id_of(&walked), walked["patient_id"].as_str().unwrap());
    let token = asked(&desk, "TOKEN", &[&appointment]).await;
    assert_eq!((token.status, &token.json[0]["token"]), (201, &json!("G-001")), "{}", token.text);
    let label = asked(&desk, "LABEL", &[patient]).await;
    assert_eq!((label.status, &label.json[0]["copies"]), (201, &json!(1)), "{}", label.text);
    // Nothing waits twice.
    assert_eq!(asked(&desk, "LABEL", &[patient]).await.json[0]["id"], label.json[0]["id"]);
    let list = waiting(&desk).await;
    assert_eq!((&list["total"], list["items"].as_array().unwrap().len()), (&json!(2), 2));
    assert_eq!(list["items"][0]["kind"], "TOKEN", "the oldest first");
    assert_eq!(list["oldest_asked_at"], list["items"][0]["asked_at"]);
    assert_eq!(list["items"][0]["asked_by_name"], "Meera Kulkarni");

    // The other desk has a printer.
    let other = clinic.staff(SystemRole::Receptionist).await;
    let page = other.browser().await.get("/print-later").await;
    for part in
        ["2 papers wait for a printer", "Asha Walker", "Meera Kulkarni", "/token.pdf", "/label.pdf?copies=1"]
    {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    let id = token.json[0]["id"].as_str().unwrap();
    let done = other.post(&format!("{JOBS}/{id}/printed"), &json!({})).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let twice = other.post(&format!("{JOBS}/{id}/withdrawn"), &json!({})).await;
    assert_eq!((twice.status, code(&twice)), (409, "printing.closed"), "{}", twice.text);
    let id = label.json[0]["id"].as_str().unwrap();
    let browser = other.browser().await;
    assert_eq!(browser.submit(&format!("/print-later/{id}/withdrawn"), &[]).await.status, 303);
    let gone = browser.submit(&format!("/print-later/{id}/printed"), &[]).await;
    assert!(gone.status == 409 && gone.text.contains("printed or withdrawn already"), "{}", gone.text);
    assert_eq!(waiting(&desk).await["total"], 0);
    assert!(browser.get("/print-later").await.text.contains("Nothing waits for a printer"));
    let audit = clinic.audit().await;
    let of_jobs: Vec<_> = audit
        .iter()
        .filter(|row| row["entity"] == "print_job")
        .map(|row| row["kind"].as_str().unwrap())
        .collect();
    for kind in ["print_asked", "print_done", "print_withdrawn"] {
        assert!(of_jobs.contains(&kind), "{kind} in {of_jobs:?}");
    }
    // After that it may be asked for again.
    assert_eq!(browser.submit("/print-later", &[("kind", "LABEL"), ("id", patient)]).await.status, 303);
    assert_eq!(waiting(&desk).await["total"], 1);
}

#[tokio::test]
async fn nobody_prints_for_another_hospital_or_what_is_not_there() {
    let app = TestApp::new().await;
    let (clinic, other) = (app.hospital("Asha Clinic").await, app.hospital("Other Clinic").await);
    clinic.in_the_morning().await;
    let (desk, stranger) =
        (clinic.staff(SystemRole::Receptionist).await, other.staff(SystemRole::Receptionist).await);
    let room = room(&clinic).await;
    let walked = walks(&desk, &room, "Asha", json!({})).await;
    let (appointment, patient) = (id_of(&walked), walked["patient_id"].as_str().unwrap());
    let job = asked(&desk, "WRISTBAND", &[patient]).await.json[0]["id"].as_str().unwrap().to_owned();
    for (kind, id) in [("TOKEN", appointment.as_str()), ("LABEL", patient), ("WRISTBAND", patient)] {
        assert_eq!(asked(&stranger, kind, &[id]).await.status, 404, "{kind}");
    }
    // A patient is no appointment, and the other way round.
    assert_eq!(asked(&desk, "TOKEN", &[patient]).await.status, 404);
    assert_eq!(asked(&desk, "LABEL", &[&appointment]).await.status, 404);
    for path in [
        format!("/api/v1/appointments/{appointment}/token.pdf"),
        format!("/api/v1/patients/{patient}/label.pdf"),
        format!("/api/v1/patients/{patient}/wristband.pdf"),
    ] {
        let answer = stranger.get(&path).await;
        assert!(
            answer.status == 404 || (!hms::paper::PDF && answer.status == 501),
            "{path}: {}",
            answer.text
        );
    }
    for end in ["printed", "withdrawn"] {
        assert_eq!(stranger.post(&format!("{JOBS}/{job}/{end}"), &json!({})).await.status, 404);
    }
    assert_eq!(waiting(&stranger).await["total"], 0);
    for (body, field) in [
        (json!({ "kind": "POSTER", "ids": [patient] }), "kind"),
        (json!({ "kind": "LABEL", "ids": [] }), "ids"),
        (json!({ "kind": "LABEL" }), "ids"),
        (json!({ "kind": "LABEL", "ids": vec![patient; 51] }), "ids"),
        (json!({ "kind": "LABEL", "ids": [patient], "copies": 21 }), "copies"),
    ] {
        let refused = desk.post(JOBS, &body).await;
        assert!(faults(&refused).contains(field), "{}", refused.text);
    }
    // Without a check-in there is no token.
    clinic
        .sql(&format!(
            "update appointments set token_day = null, token_prefix = null, token_number = null, queue_state = null
              where id = '{appointment}'"
        ))
        .await;
    let none = asked(&desk, "TOKEN", &[&appointment]).await;
    assert_eq!((none.status, code(&none)), (409, "printing.no_token"), "{}", none.text);
}

#[tokio::test]
async fn a_merge_takes_along_what_waits_to_be_printed() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (stays, goes) = (
        registered(&admin, json!({ "first_name": "Asha" })).await,
        registered(&admin, json!({ "first_name": "Asha", "phone_primary": "+919822012345" })).await,
    );
    let id = |patient: &Value| patient["id"].as_str().unwrap().to_owned();
    for (kind, patient) in [("LABEL", &stays), ("LABEL", &goes), ("WRISTBAND", &goes)] {
        assert_eq!(asked(&admin, kind, &[&id(patient)]).await.status, 201);
    }
    let merged = admin
        .request(Method::POST, &format!("/api/v1/patients/{}/merge", id(&stays)))
        .json(&json!({ "duplicate_id": id(&goes), "reason": "The same person" }))
        .send()
        .await;
    assert!(merged.status < 300, "{}", merged.text);
    let rows = clinic.sql("select kind, patient_id from print_jobs order by kind, patient_id").await;
    let bands: Vec<_> = rows.iter().filter(|row| row["kind"] == "WRISTBAND").collect();
    assert_eq!(bands[0]["patient_id"], stays["id"], "{rows:?}");
    // The label that waits for both is printed once more than needed, and nothing is lost.
    assert_eq!(rows.iter().filter(|row| row["kind"] == "LABEL").count(), 2);
}
