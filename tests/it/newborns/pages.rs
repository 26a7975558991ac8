//! The form on the mother's chart.

use super::*;

#[tokio::test]
async fn a_nurse_writes_down_a_birth_without_a_script() {
    let app = TestApp::new().await;
    let (clinic, nurse, mother) = stage(&app).await;
    let page = nurse.browser().await;
    let mothers = format!("/patients/{}", mother["id"].as_str().unwrap());
    let path = format!("{mothers}/newborns");
    assert!(page.get(&mothers).await.text.contains(&format!(r#"href="{path}""#)), "the act is offered");
    let one = page.get(&path).await;
    assert!(one.text.contains("Child A") && !one.text.contains("Child B"), "{}", one.text);
    let two = page.get(&format!("{path}?count=2")).await;
    assert!(two.text.contains("Child B") && two.text.contains("Register 2 newborns"));
    let key = two.field("form_key").to_owned();
    let (first, second) = (clock(30), clock(29));
    let mut form = vec![
        ("form_key", key.as_str()),
        ("count", "2"),
        ("first_order", "1"),
        ("sex_1", "FEMALE"),
        ("born_1", first.as_str()),
        ("sex_2", ""),
        ("born_2", "yesterday"),
    ];
    let faulty = page.submit(&path, &form).await;
    assert!(
        faulty.status == 422
            && faulty.text.contains("id=\"sex_2-error\"")
            && faulty.text.contains("id=\"born_2-error\"")
    );
    assert_eq!(faulty.field("born_1"), first, "kept as typed");
    form[5].1 = "MALE";
    form[6].1 = &second;
    let done = page.submit(&path, &form).await;
    assert_eq!(
        (done.status, done.header("location")),
        (303, format!("{mothers}?done=born").as_str()),
        "{}",
        done.text
    );
    assert_eq!(
        page.submit(&path, &form).await.header("location"),
        done.header("location"),
        "the same form twice"
    );
    assert_eq!(clinic.sql("select id from patients where mother_id is not null").await.len(), 2);

    let family = page.get(&mothers).await.text;
    for part in ["Girl A, Anna Kovac", "Boy B, Anna Kovac", "A of 2", "30 h", "29 h", "Family"] {
        assert!(family.contains(part), "{part} in {family}");
    }
    let row = clinic.sql("select id from patients where birth_order = 1").await;
    let girls = format!("/patients/{}", row[0]["id"].as_str().unwrap());
    let girl = page.get(&girls).await.text;
    for part in ["Anna Kovac, Girl A", "Baby of", &format!(r#"href="{mothers}""#), "(30 h)", "P-00002"] {
        assert!(girl.contains(part), "{part} in {girl}");
    }
    assert!(!girl.contains("Register newborn"), "she is too young");
    let list = page.get("/patients").await.text;
    assert!(
        list.contains("Girl A, Anna Kovac") && list.contains("Boy B, Anna Kovac") && list.contains("30 h")
    );

    // The third one comes later; somebody else has the form open as well.
    let third = page.get(&path).await;
    assert!(third.text.contains("Registered already") && third.text.contains("Child C"), "{}", third.text);
    let born_at = clock(1);
    let late = [
        ("form_key", third.field("form_key")),
        ("count", "1"),
        ("first_order", "3"),
        ("sex_1", "MALE"),
        ("born_1", &born_at),
    ];
    let done = page.submit(&path, &late).await;
    assert!(done.status == 303 && done.header("location").ends_with("?done=registered"), "{}", done.text);
    let mut other = late;
    other[0].1 = "01890a5d-ac96-774b-bcce-b302099a8057";
    let told = page.submit(&path, &other).await;
    assert!(
        told.status == 409 && told.text.contains("Child C of this birth is registered already as P-00004"),
        "{}",
        told.text
    );
    assert_eq!(clinic.sql("select id from patients where birth_count = 3").await.len(), 3);

    nurse.patch(&path_of(&mother), &json!({ "is_deceased": true })).await;
    assert!(page.get(&path).await.text.contains("The mother has died."));
    let man = registered(&nurse, json!({ "gender": "MALE", "phone_primary": "+913333333333" })).await;
    let mans = format!("/patients/{}", man["id"].as_str().unwrap());
    assert!(!page.get(&mans).await.text.contains("Register newborn"));
    assert_eq!(page.get(&format!("{mans}/newborns")).await.status, 409);
}

#[tokio::test]
async fn a_twin_who_is_not_to_be_seen_is_counted_and_collides_in_words() {
    let app = TestApp::new().await;
    let (clinic, nurse, mother) = stage(&app).await;
    let a = child(&nurse, &mother, json!({ "sex": "FEMALE", "born_at": hours_ago(3) })).await;
    let doctor = clinic.staff(SystemRole::Doctor).await;
    let mark = json!({ "confidentiality": "R", "change_reason": "Works here" });
    assert_eq!(doctor.patch(&path_of(&a), &mark).await.status, 200);
    let other = clinic.staff(SystemRole::Nurse).await.browser().await;
    let path = format!("/patients/{}/newborns", mother["id"].as_str().unwrap());
    let form = other.get(&path).await;
    assert!(form.text.contains("Child B") && !form.text.contains("Child A"), "{}", form.text);
    assert_eq!(form.field("first_order"), "2");

    // Of a whole form, the second child is taken: nothing is registered, and the form says so.
    assert_eq!(
        doctor
            .patch(&path_of(&a), &json!({ "confidentiality": "N", "change_reason": "Lifted" }))
            .await
            .status,
        200
    );
    let b = child(&nurse, &mother, json!({ "sex": "MALE", "born_at": hours_ago(3), "birth_order": 3 })).await;
    assert_eq!(doctor.patch(&path_of(&b), &mark).await.status, 200);
    let (first, second) = (clock(3), clock(2));
    let typed = [
        ("form_key", "01890a5d-ac96-774b-bcce-b302099a8058"),
        ("count", "2"),
        ("first_order", "2"),
        ("sex_1", "FEMALE"),
        ("born_1", first.as_str()),
        ("sex_2", "MALE"),
        ("born_2", second.as_str()),
    ];
    let told = other.submit(&path, &typed).await;
    assert!(
        told.status == 409 && told.text.contains("Child C of this birth is registered already."),
        "{} {}",
        told.status,
        told.text
    );
    assert_eq!(
        clinic.sql("select id from patients where mother_id is not null").await.len(),
        2,
        "all or none"
    );
    let rows = clinic.audit().await;
    let look = rows.last().unwrap();
    assert_eq!(
        (&look["kind"], &look["entity_id"]),
        (&json!("viewed"), &mother["id"]),
        "her banner stood there"
    );
}

#[tokio::test]
async fn who_may_not_see_patients_sees_no_mother_on_the_form() {
    let app = TestApp::new().await;
    let (clinic, _, mother) = stage(&app).await;
    clinic.take("patients:view", SystemRole::Nurse).await;
    let blind = clinic.staff(SystemRole::Nurse).await.browser().await;
    let path = format!("/patients/{}/newborns", mother["id"].as_str().unwrap());
    let key = ("form_key", "01890a5d-ac96-774b-bcce-b302099a8059");
    for reply in [blind.get(&path).await, blind.submit(&path, &[key, ("count", "1")]).await] {
        assert_eq!(reply.status, 403, "{}", reply.text);
        assert!(!reply.text.contains("Kovac"), "{}", reply.text);
    }
}
