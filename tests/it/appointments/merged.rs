//! Two records become one: appointments go with it, and one that runs into another stays behind, usable all the same.

use serde_json::{Value, json};

use super::{Stage, allow_overbooking, an_app, path_of};
use crate::patients::path_of as patient_path;

#[tokio::test]
async fn appointments_go_with_a_merge_and_back_and_none_is_lost() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    allow_overbooking(&stage.clinic, &stage.doctor_id, 1).await;
    let (both, alone) = (stage.quarter(1), stage.quarter(4));
    let kept = stage.booked(&stage.asha, &both).await;
    let overlaps = stage.booked(&stage.ravi, &both).await;
    let goes = stage.booked(&stage.ravi, &alone).await;
    let admin = stage.clinic.admin().await;
    let body = json!({ "duplicate_id": stage.ravi["id"], "reason": "Same person" });
    let merge = admin.post(&format!("{}/merge", patient_path(&stage.asha)), &body).await;
    assert_eq!(merge.status, 201, "{}", merge.text);
    assert_eq!(stage.row(&goes).await["patient_id"], stage.asha["id"]);
    assert_eq!(stage.row(&overlaps).await["patient_id"], stage.ravi["id"], "nobody is in two places");
    // All three are the survivor's for whoever reads, and the one that stayed behind can be called off.
    let list: Value = stage
        .desk
        .get(&format!("{}?patient_id={}", super::APPOINTMENTS, stage.asha["id"].as_str().unwrap()))
        .await
        .json;
    assert_eq!(list["total"], 3);
    assert_eq!(stage.desk.get(&path_of(&overlaps)).await.json["patient_name"], "Asha Rao");
    stage.desk_does(&overlaps, "cancel", &json!({ "reason": "OTHER", "note": "Booked twice" })).await;
    stage.desk_does(&kept, "check-in", &json!({})).await;
    let id = merge.json["id"].as_str().unwrap();
    let undone =
        admin.post(&format!("/api/v1/patients/merges/{id}/undo"), &json!({ "reason": "Two people" })).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    assert_eq!(stage.row(&goes).await["patient_id"], stage.ravi["id"]);
    assert_eq!(stage.row(&kept).await["patient_id"], stage.asha["id"]);
}

#[tokio::test]
async fn what_stayed_behind_is_listed_and_counted_as_the_record_that_stands_may_be_known() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    allow_overbooking(&stage.clinic, &stage.doctor_id, 1).await;
    let (both, alone) = (stage.quarter(1), stage.quarter(4));
    for (patient, at) in [(&stage.asha, &both), (&stage.ravi, &both), (&stage.ravi, &alone)] {
        stage.booked(patient, at).await;
    }
    stage.booked(&stage.patient(3).await, &stage.quarter(8)).await;
    let admin = stage.clinic.admin().await;
    let body = json!({ "duplicate_id": stage.ravi["id"], "reason": "Same person" });
    let merge = admin.post(&format!("{}/merge", patient_path(&stage.asha)), &body).await;
    assert_eq!(merge.status, 201, "{}", merge.text);
    let nurse = stage.clinic.staff(hms::clinic::roles::SystemRole::Nurse).await;
    let mark = async |level: &str| {
        let body = json!({ "confidentiality": level, "change_reason": "Known in town" });
        let marked = admin.patch(&patient_path(&stage.asha), &body).await;
        assert_eq!(marked.status, 200, "{}", marked.text);
    };
    let told = async |who: &crate::harness::Client| {
        let mut told = Vec::new();
        for query in [String::new(), format!("doctor_user_id={}", stage.doctor_id), "page_size=1".to_owned()]
        {
            let reply = who.get(&format!("{}?{query}", super::APPOINTMENTS)).await.json;
            told.push((reply["items"].as_array().unwrap().len(), reply["total"].as_i64().unwrap()));
        }
        told
    };
    assert_eq!(told(&nurse).await, [(4, 4), (4, 4), (1, 4)]);
    mark("V").await;
    assert_eq!(told(&nurse).await, [(1, 1), (1, 1), (1, 1)], "a total tells of nobody who is hidden");
    assert_eq!(told(&admin).await, [(4, 4), (4, 4), (1, 4)]);
    // The duplicate was very restricted, and the record that stands is not any more.
    let ravi = stage.ravi["id"].as_str().unwrap();
    stage.clinic.sql(&format!("update patients set confidentiality = 'V' where id = '{ravi}'")).await;
    mark("N").await;
    assert_eq!(told(&nurse).await, [(4, 4), (4, 4), (1, 4)]);
}
