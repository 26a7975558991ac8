//! Who is registered already: over the API, in the panel while typing, and when the form is sent.

use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Browser, Client, Hospital, Reply, TestApp};

const CHECK: &str = "/api/v1/patients/check-duplicates";

async fn registered(desk: &Client, fields: Value) -> Value {
    let mut body = json!({
        "first_name": "Asha", "last_name": "Kulkarni", "phone_primary": "+919822012345", "gender": "FEMALE",
        "dob": "1992-03-14", "city": "Pune",
    });
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    let reply = desk.post("/api/v1/patients", &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json
}

async fn check(desk: &Client, query: &[(&str, &str)]) -> Reply {
    desk.get(&format!("{CHECK}?{}", serde_urlencoded::to_string(query).unwrap())).await
}

/// Codes and scores of the candidates, in their order.
async fn scores(desk: &Client, query: &[(&str, &str)]) -> Vec<(String, f64)> {
    let reply = check(desk, query).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let found = reply.json["candidates"].as_array().unwrap();
    assert_eq!(reply.json["has_duplicates"], json!(!found.is_empty()));
    let one =
        |c: &Value| (c["patient_code"].as_str().unwrap().to_owned(), c["match_score"].as_f64().unwrap());
    found.iter().map(one).collect()
}

fn form<'a>(fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let defaults = [
        ("first_name", "Asha"),
        ("last_name", "Kulkarni"),
        ("gender", "FEMALE"),
        ("born", "14/03/1992"),
        ("phone_primary", "+91 98220 12345"),
        ("city", "Pune"),
    ];
    let mut form: Vec<_> =
        defaults.into_iter().filter(|(name, _)| fields.iter().all(|(other, _)| other != name)).collect();
    form.extend(fields);
    form
}

async fn stage(app: &TestApp) -> (Hospital<'_>, Client, Browser) {
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let page = desk.browser().await;
    (clinic, desk, page)
}

async fn count(clinic: &Hospital<'_>) -> Value {
    clinic.sql("select count(*) as n from patients").await[0]["n"].clone()
}

#[tokio::test]
async fn the_contracts_scores_and_fields() {
    let app = TestApp::new().await;
    let (clinic, desk, _) = stage(&app).await;
    let known =
        registered(&desk, json!({ "national_id_type": "Passport", "national_id_number": "AB-123/4" })).await;

    let name = [("first_name", "Asha"), ("last_name", "Kulkarni")];
    let (phone, other) = (("phone_primary", "+919822012345"), ("phone_primary", "+919011199999"));
    let (born, document) = (("dob", "1992-03-14"), ("national_id_number", "ab1234"));
    for (query, score) in [
        (vec![name[0], name[1], phone, born, document], Some(1.2)),
        (vec![name[0], name[1], phone, born], Some(0.9)),
        (vec![name[0], name[1], phone], Some(0.7)),
        (vec![name[0], phone], Some(0.6)),
        (vec![("first_name", "Ravi"), phone], Some(0.5)),
        (vec![name[0], name[1], other, born], Some(0.4)),
        (vec![name[0], other, born], Some(0.3)),
        (vec![("first_name", "Ravi"), other, document], Some(0.3)),
        (vec![name[0], name[1], other], None),
        (vec![("first_name", "Ravi"), other, born], None),
        // People who come back: case and accents, names the other way round, a new surname, two digits swapped.
        (vec![("first_name", "ÁSHA"), ("last_name", "kulkarni"), phone], Some(0.7)),
        (vec![("first_name", "Kulkarni"), ("last_name", "Asha"), phone], Some(0.7)),
        (vec![name[0], ("last_name", "Deshmukh"), phone, born], Some(0.8)),
        (vec![name[0], name[1], ("phone_primary", "+919822012354"), born], Some(0.6)),
        (vec![name[0], name[1], ("phone_primary", "09822012345")], Some(0.6)),
    ] {
        let expected: Vec<_> = score.map(|score| ("P-00001".to_owned(), score)).into_iter().collect();
        assert_eq!(scores(&desk, &query).await, expected, "{query:?}");
    }

    let whole = check(&desk, &[name[0], name[1], phone]).await;
    let candidate = &whole.json["candidates"][0];
    let mut keys: Vec<&String> = candidate.as_object().unwrap().keys().collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "age",
            "dob",
            "first_name",
            "id",
            "last_name",
            "last_visited_at",
            "match_reason",
            "match_score",
            "patient_code",
            "phone_primary"
        ]
    );
    assert_eq!(
        (&candidate["id"], &candidate["match_reason"]),
        (&known["id"], &json!("same phone, same name"))
    );
    assert!(candidate["age"].as_i64().unwrap() >= 33);
    let me = known["id"].as_str().unwrap();
    assert!(scores(&desk, &[name[0], name[1], phone, ("exclude_patient_id", me)]).await.is_empty());
    let listed = clinic.audit().await;
    assert!(listed.iter().any(|row| row["kind"] == "listed" && row["detail"]["count"] == 1));
    assert!(!json!(listed).to_string().contains("9822012345"), "no search text in the audit");
}

#[tokio::test]
async fn an_age_is_no_birthday_and_a_twin_is_shown() {
    let app = TestApp::new().await;
    let (_, desk, _) = stage(&app).await;
    let aged =
        registered(&desk, json!({ "dob": null, "age_only": 34, "phone_primary": "+911111122222" })).await;
    let day = aged["dob"].as_str().unwrap();
    let query =
        [("first_name", "Asha"), ("last_name", "Kulkarni"), ("phone_primary", "+913333344444"), ("dob", day)];
    assert!(scores(&desk, &query).await.is_empty());

    registered(
        &desk,
        json!({ "first_name": "Meera", "phone_primary": "+915555566666", "dob": "2020-05-05" }),
    )
    .await;
    let twin = [
        ("first_name", "Tara"),
        ("last_name", "Kulkarni"),
        ("phone_primary", "+915555566666"),
        ("dob", "2020-05-05"),
    ];
    let reply = check(&desk, &twin).await;
    assert_eq!(reply.json["candidates"][0]["match_score"], 0.5);
    assert!(reply.json["candidates"][0]["match_reason"].as_str().unwrap().contains("twin"));
}

#[tokio::test]
async fn a_phone_of_thousands_stays_bounded_and_still_shows_the_same_name() {
    let app = TestApp::new().await;
    let (clinic, desk, _) = stage(&app).await;
    registered(&desk, json!({})).await;
    clinic
        .sql(
            "insert into patients (id, patient_code, first_name, phone_primary, created_by_id, updated_by_id)
             select gen_random_uuid(), 'X-' || n, 'Person' || n, '0000000000', gen_random_uuid(), gen_random_uuid()
               from generate_series(1, 3000) n",
        )
        .await;
    let found = scores(&desk, &[("first_name", "Person2999"), ("phone_primary", "0000000000")]).await;
    assert_eq!(found.len(), 20);
    assert_eq!(found[0], ("X-2999".to_owned(), 0.6));
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_said_and_who_may_not_see_patients_sees_none() {
    let app = TestApp::new().await;
    let (clinic, desk, _) = stage(&app).await;
    let reply = check(&desk, &[("phone_primary", "12"), ("dob", "yesterday")]).await;
    assert_eq!(reply.status, 422);
    let fields: Vec<_> =
        reply.json["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
    assert_eq!(fields, ["first_name", "phone_primary", "dob"]);
    let pharmacist = clinic.staff(SystemRole::Pharmacist).await;
    assert_eq!(check(&pharmacist, &[("first_name", "A"), ("phone_primary", "12345678")]).await.status, 403);
    assert_eq!(app.anonymous().get(CHECK).await.status, 401);
    // Another hospital's people are nobody's business here.
    registered(&desk, json!({})).await;
    let other = app.hospital("Other Clinic").await.staff(SystemRole::Receptionist).await;
    assert!(scores(&other, &[("first_name", "Asha"), ("phone_primary", "+919822012345")]).await.is_empty());
}

#[tokio::test]
async fn the_panel_fills_while_typing() {
    let app = TestApp::new().await;
    let (_, desk, page) = stage(&app).await;
    let empty = page.get("/patients/new").await;
    assert!(empty.text.contains("id=\"lookalikes\"") && empty.text.contains("role=\"status\""));
    registered(&desk, json!({})).await;
    let nobody = page.submit("/patients/duplicates", &[("first_name", ""), ("phone_primary", "98")]).await;
    assert_eq!((nobody.status, nobody.text.trim()), (200, ""));
    let half = page.submit(
        "/patients/duplicates",
        &[("first_name", "As"), ("phone_primary", "98220 12345"), ("born", "14/3")],
    );
    let half = half.await;
    assert_eq!(half.status, 200, "{}", half.text);
    for part in [
        "1 person looks alike",
        "Asha Kulkarni",
        "P-00001",
        "14 Mar 1992",
        "phone ends alike",
        "ending 45",
        "This is the patient",
    ] {
        assert!(half.text.contains(part), "{part} in {}", half.text);
    }
    assert!(!half.text.contains("9822012345") && !half.text.contains("<html"));
    assert!(!half.text.contains("Register anyway"), "below the score at which one is asked");
}

#[tokio::test]
async fn the_desk_is_asked_once_and_never_blocked() {
    let app = TestApp::new().await;
    let (clinic, desk, page) = stage(&app).await;
    let known = registered(&desk, json!({})).await;

    // A family on one phone: asked, and no reason needed.
    let family = [("first_name", "Ravi"), ("born", "1 Jan 1990")];
    let asked = page.submit("/patients/new", &form(&family)).await;
    assert_eq!(asked.status, 409, "{}", asked.text);
    for part in
        ["1 person looks alike", "Register anyway", "This is the patient", "value=\"Ravi\"", "1 Jan 1990"]
    {
        assert!(asked.text.contains(part), "{part} in {}", asked.text);
    }
    assert!(asked.text.contains(&format!("/patients/{}", known["id"].as_str().unwrap())));
    assert_eq!(count(&clinic).await, 1);
    let done = page.submit("/patients/new", &form(&[family[0], family[1], ("anyway", "1")])).await;
    assert_eq!(done.status, 303, "{}", done.text);

    // The same by phone and name: a reason is needed.
    let refused = page.submit("/patients/new", &form(&[("anyway", "1")])).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("Choose why this is another person."));
    let anyway = form(&[
        ("anyway", "1"),
        ("anyway_reason", "OTHER_PERSON"),
        ("anyway_note", "Cousin, <b>same name</b>"),
    ]);
    let done = page.submit("/patients/new", &anyway).await;
    assert_eq!(done.status, 303, "{}", done.text);
    assert_eq!(count(&clinic).await, 3);

    let kept = clinic.sql("select * from duplicate_decisions order by decided_at").await;
    assert_eq!(kept.len(), 2);
    assert_eq!((&kept[0]["reason"], &kept[0]["candidate_ids"]), (&Value::Null, &json!([known["id"]])));
    assert_eq!(
        (&kept[1]["reason"], &kept[1]["note"]),
        (&json!("OTHER_PERSON"), &json!("Cousin, <b>same name</b>"))
    );
    let me = desk.get("/api/v1/auth/me").await.json["id"].clone();
    assert_eq!(kept[1]["decided_by_id"], me);
    let audit = clinic.audit().await;
    let created = audit.iter().rfind(|row| row["kind"] == "created" && row["entity"] == "patient").unwrap();
    assert_eq!(created["detail"]["reason"], "OTHER_PERSON");
    assert_eq!(created["detail"]["although"][0], known["id"]);
    assert!(!created.to_string().contains("Cousin"), "the note is not for the audit");
}

#[tokio::test]
async fn a_stranger_is_registered_at_once_and_a_second_click_is_not_asked() {
    let app = TestApp::new().await;
    let (clinic, desk, page) = stage(&app).await;
    let key = ("form_key", "01890a5d-ac96-774b-bcce-b302099a8057");
    let first = page.submit("/patients/new", &form(&[key])).await;
    let again = page.submit("/patients/new", &form(&[key])).await;
    assert_eq!((first.status, again.status), (303, 303), "{}", again.text);
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(count(&clinic).await, 1);
    assert!(clinic.sql("select id from duplicate_decisions").await.is_empty());
    // The API registers as ever: advice is for people.
    registered(&desk, json!({})).await;
    assert_eq!(count(&clinic).await, 2);
}
