//! Consents: asked, default no, with source and time; what holds and what was answered are one.

use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Client, Hospital, TestApp};
use crate::patients::{QUICK, faults, path_of, patient, registered};

const MOBILE: &str = "+91 98220 12345";

async fn consents(person: &Client, path: &str) -> Value {
    let reply = person.get(&format!("{path}/consents")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json
}

/// States of SMS and e-mail.
async fn states(person: &Client, path: &str) -> (String, String) {
    let found = consents(person, path).await;
    let of = |n: usize| found["consents"][n]["state"].as_str().unwrap().to_owned();
    (of(0), of(1))
}

async fn in_step(clinic: &Hospital<'_>) {
    let off = clinic
        .sql(
            "select p.id from patients p,
                    lateral (values ('SMS', p.consent_sms), ('EMAIL', p.consent_email)) as f (kind, holds)
              where holds is distinct from coalesce((select c.given from consents c
                     where c.patient_id = p.id and c.kind = f.kind order by c.recorded_at desc, c.id desc limit 1), false)",
        )
        .await;
    assert!(off.is_empty(), "the newest answer and the field differ: {off:?}");
}

#[tokio::test]
async fn nobody_has_agreed_before_being_asked() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let made = registered(&desk, json!({ "phone_primary": MOBILE, "email": "z@example.org" })).await;
    assert_eq!((&made["consent_sms"], &made["consent_email"]), (&json!(false), &json!(false)));
    let path = path_of(&made);
    assert_eq!(states(&desk, &path).await, ("not_asked".into(), "not_asked".into()));
    // A program that sends back what it read asks nobody either.
    desk.patch(&path, &json!({ "consent_sms": false, "consent_email": false })).await;
    assert_eq!(states(&desk, &path).await, ("not_asked".into(), "not_asked".into()));
    assert!(clinic.sql("select id from consents").await.is_empty());

    let asked = registered(&desk, json!({ "phone_primary": MOBILE, "consent_sms": true })).await;
    let found = consents(&desk, &path_of(&asked)).await;
    assert_eq!(
        (&found["consents"][0]["state"], &found["consents"][0]["answer"]["source"]),
        (&json!("given"), &json!("API"))
    );
    assert_eq!(found["consents"][0]["answer"]["recorded_by_name"], "Meera Kulkarni");
    in_step(&clinic).await;
}

#[tokio::test]
async fn each_answer_is_kept_and_the_newest_one_holds() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let path =
        path_of(&registered(&desk, json!({ "phone_primary": MOBILE, "email": "z@example.org" })).await);
    let answer = async |body: Value| desk.post(&format!("{path}/consents"), &body).await;

    let declined =
        answer(json!({ "kind": "SMS", "given": false, "source": "DESK", "note": "In a hurry" })).await;
    assert_eq!(declined.status, 201, "{}", declined.text);
    assert_eq!(declined.header("location"), format!("{path}/consents"));
    assert_eq!(declined.json["consents"][0]["state"], "refused");
    let agreed = answer(
        json!({ "kind": "SMS", "given": true, "source": "PAPER", "asked_at": "2026-01-02T10:00:00+05:30" }),
    )
    .await;
    assert_eq!(agreed.json["consents"][0]["state"], "given");
    assert_eq!(agreed.json["consents"][0]["answer"]["asked_at"], "2026-01-02T04:30:00Z");
    assert_eq!(desk.get(&path).await.json["consent_sms"], true);
    let answers = agreed.json["answers"].as_array().unwrap().clone();
    assert_eq!((answers.len(), &answers[1]["note"]), (2, &json!("In a hurry")));
    // Through the fields, and by the portal later: the same rows.
    desk.patch(&path, &json!({ "consent_sms": false })).await;
    let found = consents(&desk, &path).await;
    assert_eq!(
        (&found["consents"][0]["state"], &found["answers"][0]["source"]),
        (&json!("refused"), &json!("API"))
    );
    assert_eq!(states(&desk, &path).await.1, "not_asked");
    in_step(&clinic).await;

    for (body, at) in [
        (json!({}), vec!["kind", "given", "source"]),
        (json!({ "kind": "FAX", "given": true, "source": "DESK" }), vec!["kind"]),
        (json!({ "kind": "SMS", "given": true, "source": "DREAM" }), vec!["source"]),
        (
            json!({ "kind": "SMS", "given": true, "source": "DESK", "asked_at": "yesterday" }),
            vec!["asked_at"],
        ),
        (
            json!({ "kind": "SMS", "given": true, "source": "DESK", "asked_at": "2999-01-01T00:00:00Z" }),
            vec!["asked_at"],
        ),
        (json!({ "kind": "SMS", "given": true, "source": "DESK", "note": "x".repeat(501) }), vec!["note"]),
    ] {
        assert_eq!(
            faults(&answer(body.clone()).await),
            at.into_iter().map(str::to_owned).collect(),
            "{body}"
        );
    }
    assert_eq!(clinic.sql("select id from consents").await.len(), 3);
    let nurse = clinic.looker().await;
    assert_eq!(nurse.get(&format!("{path}/consents")).await.status, 200);
    let body = json!({ "kind": "SMS", "given": true, "source": "DESK" });
    assert_eq!(nurse.post(&format!("{path}/consents"), &body).await.status, 403);
}

#[tokio::test]
async fn a_consent_ends_with_the_number_or_address_that_it_is_about() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let both = json!({ "phone_primary": MOBILE, "email": "z@example.org", "consent_sms": true, "consent_email": true });
    for (change, kind, note) in [
        (json!({ "phone_primary": null }), 0, "Text messages need a phone number."),
        (
            json!({ "phone_primary": "+44 20 7946 0018" }),
            0,
            "The phone is a landline, and no text message reaches one.",
        ),
        (
            json!({ "phone_is_landline": true }),
            0,
            "The phone is a landline, and no text message reaches one.",
        ),
        (json!({ "email": null }), 1, "E-mails need an e-mail address."),
    ] {
        let path = path_of(&registered(&desk, both.clone()).await);
        let changed = desk.patch(&path, &change).await;
        assert_eq!(changed.status, 200, "{change}: {}", changed.text);
        let found = consents(&desk, &path).await;
        let ended = &found["consents"][kind];
        assert_eq!(
            (&ended["state"], &ended["answer"]["note"]),
            (&json!("refused"), &json!(note)),
            "{change}"
        );
        assert_eq!(found["consents"][1 - kind]["state"], "given", "{change}: the other one stays");
    }
    in_step(&clinic).await;

    // A yes that cannot hold is refused with a sentence, wherever it is said.
    let landline = json!({ "phone_primary": "+44 20 7946 0018" });
    let path = path_of(&registered(&desk, landline).await);
    let refused = desk
        .post(&format!("{path}/consents"), &json!({ "kind": "SMS", "given": true, "source": "DESK" }))
        .await;
    assert_eq!(faults(&refused), ["given".to_owned()].into());
    assert!(refused.detail().contains("landline"), "{}", refused.detail());
    let refused = desk
        .post(&format!("{path}/consents"), &json!({ "kind": "EMAIL", "given": true, "source": "DESK" }))
        .await;
    assert_eq!(faults(&refused), ["given".to_owned()].into());
    let no = desk
        .post(&format!("{path}/consents"), &json!({ "kind": "SMS", "given": false, "source": "DESK" }))
        .await;
    assert_eq!(no.status, 201, "a no is always possible: {}", no.text);
    assert_eq!(
        faults(&desk.patch(&path, &json!({ "consent_sms": true })).await),
        ["consent_sms".to_owned()].into()
    );
    let quick = desk.post(QUICK, &patient(json!({ "consent_sms": true }))).await;
    assert_eq!(
        faults(&quick),
        ["consent_sms".to_owned()].into(),
        "the number of the short form is a landline"
    );
}

#[tokio::test]
async fn answers_that_race_leave_field_and_newest_row_in_step() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let path = path_of(&registered(&desk, json!({ "phone_primary": MOBILE })).await);
    let bodies: Vec<Value> =
        (0..12).map(|n| json!({ "kind": "SMS", "given": n % 2 == 0, "source": "PHONE" })).collect();
    let to = format!("{path}/consents");
    let answers = join_all(bodies.iter().map(|body| desk.post(&to, body)));
    let removed = json!({ "phone_primary": null });
    let (replies, removal) = tokio::join!(answers, desk.patch(&path, &removed));
    assert_eq!(removal.status, 200);
    // After the number is gone, a yes is refused.
    assert!(replies.iter().all(|reply| [201, 422].contains(&reply.status)));
    let holds = desk.get(&path).await.json["consent_sms"].clone();
    assert_eq!(holds, false, "without a number nothing holds");
    in_step(&clinic).await;
}

#[tokio::test]
async fn the_desk_asks_by_form_and_the_record_says_what_was_answered() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let page = desk.browser().await;
    let form = [
        ("form_key", "01890a5d-ac96-774b-bcce-b302099a8057"),
        ("first_name", "Asha"),
        ("gender", "FEMALE"),
        ("born", "34y"),
        ("phone_primary", MOBILE),
        ("city", "Pune"),
        ("email", "asha@example.org"),
        ("consent_sms", "false"),
    ];
    let done = page.submit("/patients/new", &form).await;
    let path = done.header("location").split('?').next().unwrap().to_owned();
    let shown = page.get(&path).await.text;
    assert!(shown.contains("Declined") && shown.contains("Not asked yet"), "{shown}");
    assert!(shown.contains("Today, at the desk, by Meera Kulkarni"), "{shown}");
    assert!(shown.contains(&format!("href=\"{path}/consents\"")));

    let ask = page.get(&format!("{path}/consents")).await;
    assert_eq!(ask.status, 200);
    let to = format!("{path}/consents");
    let blank = page.submit(&to, &[]).await;
    assert_eq!(blank.status, 422);
    for field in ["kind", "given", "source"] {
        assert!(blank.text.contains(&format!("id=\"{field}-error\"")), "{field} in {}", blank.text);
    }
    let agreed = page
        .submit(&to, &[("kind", "EMAIL"), ("given", "true"), ("source", "PAPER"), ("note", "Form 7")])
        .await;
    assert_eq!((agreed.status, agreed.header("location")), (303, format!("{path}?done=answered").as_str()));
    let shown = page.get(agreed.header("location")).await.text;
    for part in ["Agreed", "on paper, by Meera Kulkarni", "Form 7", "Answer recorded."] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert_eq!(desk.get(&format!("/api/v1{path}")).await.json["consent_email"], true);
    in_step(&clinic).await;
    // Who may only look sees the answers and is not offered to ask.
    let nurse = clinic.looker().await.browser().await;
    let seen = nurse.get(&path).await.text;
    assert!(seen.contains("on paper") && !seen.contains(&format!("href=\"{path}/consents\"")));
    assert_eq!(nurse.get(&to).await.status, 403);
}
