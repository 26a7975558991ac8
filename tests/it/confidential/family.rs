//! A child is called after its mother, and is as confidential as she is.

use super::*;

async fn child(nurse: &Client, mother: &str) -> Value {
    let born_at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
    let body = json!({ "sex": "FEMALE", "born_at": born_at.to_string() });
    let born = nurse.post(&format!("{mother}/newborns"), &body).await;
    assert_eq!(born.status, 201, "{}", born.text);
    born.json["newborns"][0].clone()
}

#[tokio::test]
async fn a_mother_who_is_marked_after_the_birth_is_not_named_by_her_child() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let other = stage.clinic.staff(SystemRole::Nurse).await;
    let mother = registered(&stage.nurse, json!({ "first_name": "Rekha", "last_name": "Rekhason" })).await;
    let girl = child(&stage.nurse, &path_of(&mother)).await;
    assert_eq!(other.get(&path_of(&girl)).await.json["mother_id"], mother["id"]);
    for level in ["R", "V"] {
        let mark = json!({ "confidentiality": level, "change_reason": "Works here" });
        assert_eq!(stage.doctor.patch(&path_of(&mother), &mark).await.status, 200);
        let raised = stage.doctor.get(&path_of(&girl)).await.json;
        assert_eq!((&raised["confidentiality"], &raised["first_name"]), (&json!(level), &json!("Girl A")));
        let all = list(&other, &[]).await;
        tells_nothing("the list", &all);
        tells_nothing("a search", &list(&other, &[("search", "Girl")]).await);
        tells_nothing("a file", &other.get(&format!("{PATIENTS}/export/csv")).await);
        assert_eq!(code(&other.get(&path_of(&girl)).await), (403, "patients.confidential".into()));
    }
    let step = &history(&stage.doctor, &path_of(&girl)).await[0];
    assert_eq!(
        (&step["reason"], &step["old_values"], &step["new_values"]),
        (
            &json!("As confidential as the mother's record"),
            &json!({ "confidentiality": "R" }),
            &json!({ "confidentiality": "V" })
        )
    );
    // Marked down by hand, with a name of her own, she does not lead to the mother.
    let named = json!({ "confidentiality": "N", "first_name": "Mila", "last_name": "Novak", "change_reason": "Asked" });
    assert_eq!(stage.doctor.patch(&path_of(&girl), &named).await.json["mother_id"], mother["id"]);
    assert_eq!(other.get(&path_of(&girl)).await.json["mother_id"], Value::Null);
    let row = list(&other, &[("search", "Mila")]).await;
    assert_eq!((&row.json["total"], &row.json["items"][0]["mother_id"]), (&json!(1), &Value::Null));
    assert_eq!(stage.nurse.get(&path_of(&girl)).await.json["mother_id"], mother["id"], "who registered both");
}

#[tokio::test]
async fn a_merge_that_marks_the_mother_marks_her_children() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    for (survivor, duplicate) in [(None, Some(2)), (Some(2), None)] {
        let mother = registered(&stage.nurse, json!({ "first_name": "Ana" })).await;
        let girl = child(&stage.nurse, &path_of(&mother)).await;
        let of = |n: Option<usize>| n.map_or(&mother, |n| &stage.patients[n]);
        let body = json!({ "duplicate_id": of(duplicate)["id"], "reason": "The same" });
        let merged = stage.doctor.post(&format!("{}/merge", path_of(of(survivor))), &body).await;
        assert_eq!(merged.status, 201, "{}", merged.text);
        assert_eq!(stage.doctor.get(&path_of(&girl)).await.json["confidentiality"], "V", "{survivor:?}");
        let undo = format!("{PATIENTS}/merges/{}/undo", merged.json["id"].as_str().unwrap());
        assert_eq!(stage.doctor.post(&undo, &json!({ "reason": "Two" })).await.status, 200);
    }
}
