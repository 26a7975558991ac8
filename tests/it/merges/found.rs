//! A merged record is found by its code, its id and its names.

use super::*;

#[tokio::test]
async fn the_old_code_and_id_still_find_her_and_she_counts_once() {
    let app = TestApp::new().await;
    let (clinic, desk) = stage(&app).await;
    let (survivor, duplicate) = (registered(&desk, asha()).await, registered(&desk, aasha()).await);
    clinic.set_limit(2).await;
    assert_eq!(desk.post(PATIENTS, &asha()).await.status, 400, "full");
    let merge = merged(&desk, &survivor, &duplicate).await;

    let list = desk.get(PATIENTS).await.json;
    assert_eq!((&list["total"], &list["items"][0]["id"]), (&json!(1), &json!(survivor)));
    for (search, total) in [("P-00002", 1), ("p-00002", 1), ("P-00001", 1), ("Aasha", 1), ("Kulkarni", 1)] {
        let found = desk.get(&format!("{PATIENTS}?search={search}")).await.json;
        assert_eq!(found["total"], total, "{search}");
        assert!(total == 0 || found["items"][0]["id"] == json!(survivor), "{search}");
    }
    let old = desk.get(&format!("{PATIENTS}/{duplicate}")).await;
    assert_eq!((old.status, &old.json["id"]), (200, &json!(survivor)));
    assert_eq!(old.header("content-location"), format!("{PATIENTS}/{survivor}"));
    assert_eq!(desk.get(&format!("{PATIENTS}/{survivor}")).await.header("content-location"), "");
    let change = desk.patch(&format!("{PATIENTS}/{duplicate}"), &json!({ "city": "Goa" })).await;
    assert_eq!((change.status, &change.json["code"]), (409, &json!("patients.merged")));
    let page = desk.browser().await.get(&format!("/patients/{duplicate}")).await;
    assert_eq!((page.status, page.header("location")), (303, format!("/patients/{survivor}").as_str()));
    let check = format!("{PATIENTS}/check-duplicates?first_name=Aasha&phone_primary=%2B919822012345");
    let candidates = desk.get(&check).await.json["candidates"].clone();
    assert_eq!((candidates.as_array().unwrap().len(), &candidates[0]["id"]), (1, &json!(survivor)));

    let counted = async || {
        let usage =
            format!("select patients from public.tenant_usage where schema_name = '{}'", clinic.schema);
        let value =
            clinic.sql("select value from counters where name = 'patients'").await[0]["value"].clone();
        (value, app.sql(&usage).await[0]["patients"].clone())
    };
    assert_eq!(counted().await, (json!(1), json!(1)));
    registered(&desk, json!({ "first_name": "Freed" })).await;
    // An undo is never refused for the limit.
    assert_eq!(undo(&desk, &merge).await.status, 200);
    assert_eq!(counted().await, (json!(3), json!(3)));
}

#[tokio::test]
async fn a_name_that_is_given_up_is_found_until_the_merge_is_undone() {
    let app = TestApp::new().await;
    let (_clinic, desk) = stage(&app).await;
    let survivor = registered(&desk, json!({ "first_name": "Asha", "last_name": "Kulkarni" })).await;
    let fields = json!({ "first_name": "Aisha", "last_name": "Deshpande", "name_alternate": "आयशा" });
    let duplicate = registered(&desk, fields).await;
    let merge = merged(&desk, &survivor, &duplicate).await;
    let found = async |search: &str| {
        let query = serde_urlencoded::to_string([("search", search)]).unwrap();
        let found = desk.get(&format!("{PATIENTS}?{query}")).await.json;
        assert_eq!(found["total"], 1, "{search}: {found}");
        found["items"][0]["id"].as_str().unwrap().to_owned()
    };
    for search in ["Aisha", "deshpande aisha", "आयशा", "Asha Kulkarni"] {
        assert_eq!(found(search).await, survivor, "{search}");
    }
    let now = desk.get(&format!("{PATIENTS}/{survivor}")).await.json;
    assert_eq!(now["former_names"], json!(["Aisha Deshpande"]));
    assert_eq!(now["name_alternate"], "आयशा", "taken over, so not given up");
    assert_eq!(undo(&desk, &merge).await.status, 200);
    assert_eq!(found("Aisha").await, duplicate);
    assert_eq!(desk.get(&format!("{PATIENTS}/{survivor}")).await.json["former_names"], json!([]));
    // The other way round, field by field.
    let chosen = json!({ "fields": { "first_name": "duplicate" } });
    assert_eq!(self::merge(&desk, &survivor, &duplicate, chosen).await.status, 201);
    let now = desk.get(&format!("{PATIENTS}/{survivor}")).await.json;
    assert_eq!((&now["first_name"], &now["last_name"]), (&json!("Aisha"), &json!("Kulkarni")));
    assert_eq!(now["former_names"], json!(["Asha Kulkarni", "Aisha Deshpande"]));
}

#[tokio::test]
async fn a_whole_old_code_is_found_before_longer_ones_and_within_no_other_filter() {
    let app = TestApp::new().await;
    let (clinic, desk) = stage(&app).await;
    let (survivor, duplicate) = (registered(&desk, asha()).await, registered(&desk, aasha()).await);
    registered(&desk, json!({ "first_name": "Zara" })).await;
    clinic.sql("update patients set patient_code = 'P-000021' where first_name = 'Zara'").await;
    merged(&desk, &survivor, &duplicate).await;
    for (query, total) in [
        ("search=P-00002", 1),
        ("search=p-00002", 1),
        ("search=P-00002&gender=MALE", 0),
        ("search=P-00002&registered_to=2020-01-01", 0),
        ("search=P-000021", 1),
    ] {
        let found = desk.get(&format!("{PATIENTS}?{query}")).await.json;
        assert_eq!(found["total"], total, "{query}: {found}");
        let is_old = query.to_lowercase().ends_with("p-00002");
        assert!(!is_old || found["items"][0]["id"] == json!(survivor), "{query}: {found}");
    }
}
