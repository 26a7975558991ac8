//! Mothers, children and twins, when records are merged or not to be seen.

use super::*;

#[tokio::test]
async fn a_child_is_found_by_the_name_that_it_had_first() {
    let app = TestApp::new().await;
    let (_clinic, nurse, mother) = stage(&app).await;
    let girl = child(&nurse, &mother, json!({ "sex": "FEMALE", "born_at": hours_ago(1) })).await;
    assert_eq!(found(&nurse, "Kovac Girl").await, ["Girl A"]);
    let renamed = nurse.patch(&path_of(&girl), &json!({ "first_name": "Mila", "last_name": "Kovac" })).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text);
    assert_eq!(
        (&renamed.json["former_names"], &renamed.json["mother_id"]),
        (&json!(["Anna Kovac, Girl A"]), &mother["id"])
    );
    nurse.patch(&path_of(&girl), &json!({ "city": "Pune" })).await;
    let again = nurse.patch(&path_of(&girl), &json!({ "first_name": "Milana" })).await;
    assert_eq!(again.json["former_names"], json!(["Anna Kovac, Girl A", "Mila Kovac"]));
    let back = nurse.patch(&path_of(&girl), &json!({ "first_name": "Mila" })).await;
    assert_eq!(back.json["former_names"], json!(["Anna Kovac, Girl A", "Milana Kovac"]));
    for search in ["Girl A", "girl kovac anna", "Milana"] {
        assert_eq!(found(&nurse, search).await, ["Mila"], "{search}");
    }
    // Everybody else's too.
    let married = nurse.patch(&path_of(&mother), &json!({ "last_name": "Novak" })).await;
    assert_eq!(married.json["former_names"], json!(["Anna Kovac"]));
    assert!(found(&nurse, "Anna Kovac").await.contains(&"Anna".to_owned()));
}

#[tokio::test]
async fn children_follow_their_mother_and_twins_stay_two() {
    let app = TestApp::new().await;
    let (clinic, nurse, mother) = stage(&app).await;
    let twice = registered(&nurse, json!({ "first_name": "Ana", "phone_primary": "+914444444444" })).await;
    let boy = |hours| json!({ "sex": "MALE", "born_at": hours_ago(hours), "birth_order": 2 });
    let a = child(&nurse, &mother, json!({ "sex": "FEMALE", "born_at": hours_ago(3) })).await;
    let b = child(&nurse, &twice, boy(2)).await;
    let done = merge(&nurse, &mother, &twice).await;
    assert_eq!(done.status, 201, "{}", done.text);
    assert_eq!(done.json["moved"], json!({ "patients.mother_id": 1 }));
    assert_eq!(nurse.get(&path_of(&b)).await.json["mother_id"], mother["id"]);
    assert!(taken(&born(&nurse, &mother, boy(1)).await));

    for (stays, goes) in [(&a, &b), (&b, &a)] {
        assert_eq!(code(&merge(&nurse, stays, goes).await), (409, "merges.different_children"));
    }
    for (stays, goes) in [(&a, &mother), (&mother, &a)] {
        assert_eq!(code(&merge(&clinic.admin().await, stays, goes).await), (409, "merges.mother_and_child"));
    }
    let page = nurse.browser().await;
    let asked = page
        .get(&format!(
            "/patients/{}/merge?with={}",
            a["id"].as_str().unwrap(),
            b["patient_code"].as_str().unwrap()
        ))
        .await;
    assert!(asked.text.contains("These are two children of one birth."), "{}", asked.text);
    let undo = |merge: &Value| format!("{PATIENTS}/merges/{}/undo", merge["id"].as_str().unwrap());
    let undone = nurse.post(&undo(&done.json), &json!({ "reason": "Two women" })).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    assert_eq!(nurse.get(&path_of(&b)).await.json["mother_id"], twice["id"]);

    // One woman and one child, both registered twice: the child first.
    let same = child(&nurse, &twice, json!({ "sex": "FEMALE", "born_at": hours_ago(3) })).await;
    assert_eq!(code(&merge(&nurse, &mother, &twice).await), (409, "merges.children_collide"));
    let child_merge = merge(&nurse, &a, &same).await;
    assert_eq!(child_merge.status, 201, "{}", child_merge.text);
    assert_eq!(merge(&nurse, &mother, &twice).await.status, 201);
    let early = nurse.post(&undo(&child_merge.json), &json!({ "reason": "Two children" })).await;
    assert_eq!(code(&early), (409, "merges.children_collide"));
    // With a second person twins can become one child.
    let admin = clinic.admin().await;
    let forced = merge(&admin, &a, &b).await;
    assert_eq!(forced.status, 201, "{}", forced.text);
}
