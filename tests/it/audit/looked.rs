//! Who looked at one patient, printed, changed or opened the record.

use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use super::{id_of, kinds};
use crate::harness::{Client, TestApp};
use crate::patients::{path_of, registered};

/// What was done with a record, newest first.
async fn looked(reader: &Client, path: &str) -> Vec<Value> {
    let reply = reader.get(&format!("{path}/audit")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let items = reply.json["items"].as_array().unwrap().clone();
    assert_eq!((&reply.json["total"], &reply.json["total_is_more"]), (&json!(items.len()), &json!(false)));
    items
}

/// Whom each line names, by the record.
fn records(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["patient_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn every_look_and_change_of_one_patient_is_told_and_lists_are_not() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (desk, doctor) =
        (clinic.staff(SystemRole::Receptionist).await, clinic.staff(SystemRole::Doctor).await);
    let admin = clinic.admin().await;
    let (hers, his) =
        (registered(&desk, json!({})).await, registered(&desk, json!({ "first_name": "Ravi" })).await);
    let path = path_of(&hers);
    doctor.get(&path).await;
    doctor.get(&format!("{path}/history")).await;
    doctor.post(&format!("{path}/allergies"), &json!({ "substance": "Latex" })).await;
    doctor.get(&path_of(&his)).await;
    doctor.get("/api/v1/patients").await;
    let page = doctor.browser().await;
    let told = page
        .submit(&format!("/patients/{}/reveal", hers["id"].as_str().unwrap()), &[("field", "phone")])
        .await;
    assert_eq!(told.status, 200);

    let lines = looked(&admin, &path).await;
    assert_eq!(kinds(&lines), ["revealed", "created", "viewed", "viewed", "created"]);
    assert!(lines.iter().all(|line| line["patient_id"] == hers["id"]));
    assert_eq!(lines[4]["actor_id"], json!(id_of(&desk).await));
    assert_eq!(lines[2]["detail"]["part"], "history");
    // Whoever asks who looked is told to the next one.
    let lines = looked(&admin, &path).await;
    assert_eq!((&lines[0]["kind"], &lines[0]["what"]), (&json!("read_audit"), &json!("Read who looked")));
    let paged = admin.get(&format!("{path}/audit?page=2&page_size=3")).await.json;
    assert_eq!((&paged["total"], paged["items"].as_array().unwrap().len()), (&json!(7), 3), "{paged}");
}

#[tokio::test]
async fn two_records_that_are_compared_or_merged_both_say_so() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let admin = clinic.admin().await;
    let (stays, goes) =
        (registered(&desk, json!({})).await, registered(&desk, json!({ "first_name": "Zoe" })).await);
    let [a, b] = [&stays, &goes].map(|patient| patient["id"].as_str().unwrap().to_owned());
    let page = desk.browser().await;
    let compared =
        page.get(&format!("/patients/{a}/merge?with={}", goes["patient_code"].as_str().unwrap())).await;
    assert_eq!(compared.status, 200, "{}", compared.text);
    for (path, other) in [(path_of(&stays), &b), (path_of(&goes), &a)] {
        let lines = looked(&admin, &path).await;
        assert_eq!(kinds(&lines), ["viewed", "created"], "{path}");
        assert_eq!(lines[0]["detail"]["compared_with"], json!(other));
        assert_eq!(lines[0]["request_id"], compared.header("x-request-id"), "one act, a line for each");
    }

    desk.get(&path_of(&goes)).await;
    let body = json!({ "duplicate_id": b, "reason": "Same passport" });
    let merge = desk.post(&format!("{}/merge", path_of(&stays)), &body).await;
    assert_eq!(merge.status, 201, "{}", merge.text);
    // Both records are one now: what was done with either is told, whichever id is asked for.
    for path in [path_of(&stays), path_of(&goes)] {
        let lines = looked(&admin, &path).await;
        let done: Vec<_> = lines.iter().filter(|line| line["kind"] != "read_audit").collect();
        assert_eq!(done.len(), 7, "2 merged, 1 look, 2 of the comparison, 2 registered: {lines:?}");
        assert!(
            done.iter().any(|line| line["patient_id"] == json!(b))
                && done.iter().any(|line| line["patient_id"] == json!(a))
        );
    }
    // While they are one, who looks at her looks at him.
    desk.get(&path_of(&stays)).await;
    let merge = merge.json["id"].as_str().unwrap();
    let undone =
        desk.post(&format!("/api/v1/patients/merges/{merge}/undo"), &json!({ "reason": "Two people" })).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    desk.get(&path_of(&stays)).await;
    let of_b = looked(&admin, &path_of(&goes)).await;
    let of_b: Vec<Value> = of_b.into_iter().filter(|line| line["kind"] != "read_audit").collect();
    assert_eq!(kinds(&of_b), ["unmerged", "viewed", "merged", "merged", "viewed", "viewed", "created"]);
    let of_a = looked(&admin, &path_of(&stays)).await;
    let of_a: Vec<Value> = of_a.into_iter().filter(|line| line["kind"] != "read_audit").collect();
    assert_eq!(kinds(&of_a), ["viewed", "unmerged", "viewed", "merged", "viewed", "created"]);
    assert!(records(&of_a).iter().all(|id| *id == a), "nothing of the other person's");
}

#[tokio::test]
async fn who_looked_at_a_restricted_record_is_read_without_opening_it() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (desk, doctor) =
        (clinic.staff(SystemRole::Receptionist).await, clinic.staff(SystemRole::Doctor).await);
    let made = registered(&desk, json!({ "first_name": "Vidya" })).await;
    let path = path_of(&made);
    let marked = doctor.patch(&path, &json!({ "confidentiality": "V", "change_reason": "Works here" })).await;
    assert_eq!(marked.status, 200, "{}", marked.text);
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let opened =
        nurse.post(&format!("{path}/break-glass"), &json!({ "reason": "Emergency: unconscious" })).await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    nurse.get(&path).await;
    // Somebody who reads the audit and sees patients, but not this one.
    clinic.sql("insert into role_permissions (role_id, permission_code) select id, 'audit:view' from roles where system_key = 'NURSE'").await;
    let auditor = clinic.staff(SystemRole::Nurse).await;
    assert_eq!(auditor.get(&path).await.status, 403);
    let lines = looked(&auditor, &path).await;
    assert_eq!(kinds(&lines[..2]), ["viewed", "broke_glass"]);
    assert_eq!(lines[0]["detail"]["opened"], "break_glass");
    assert_eq!(lines[0]["actor_id"], json!(id_of(&nurse).await));
    let page =
        auditor.browser().await.get(&format!("/patients/{}/audit", made["id"].as_str().unwrap())).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let code = made["patient_code"].as_str().unwrap();
    assert!(
        page.text.contains(&format!("Who looked at {code}")) && page.text.contains("Opened with a reason")
    );
    assert!(page.text.contains("Very restricted record") && !page.text.contains("Vidya"), "{}", page.text);
    assert_eq!(auditor.get(&path).await.status, 403, "reading who looked opens nothing");
}
