//! One bad field among good ones, and markup in all of them.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Attack, fingerprint, form_operations, json_operations, status_is};
use crate::harness::{PASSWORD, TestApp};

/// Bodies that succeed, so that one bad field among good ones is what is refused.
fn good_bodies() -> Vec<(&'static str, Value)> {
    let patient = json!({
        "first_name": "Asha", "last_name": "Rao", "gender": "FEMALE", "dob": "1990-05-01",
        "phone_primary": "9820012345", "city": "Pune", "email": "asha@example.org",
    });
    let hospital = json!({
        "name": "New Clinic", "contact_email": "new@example.org", "license_number": "NEW-1", "time_zone": "Asia/Kolkata",
        "currency": "INR", "admin_first_name": "Asha", "admin_last_name": "Rao", "admin_password": PASSWORD,
    });
    vec![
        ("patients.create", patient.clone()),
        ("patients.quick_register", patient.clone()),
        ("patients.emergency", patient.clone()),
        ("patients.update", json!({ "city": "Pune" })),
        ("patients.update_profile", json!({ "city": "Pune" })),
        ("consents.record", json!({ "kind": "SMS", "given": true, "source": "DESK" })),
        ("deceased.record", json!({ "died_at": "2026-03-14" })),
        ("deceased.undo", json!({ "reason": "She came in" })),
        ("confidential.break_glass", json!({ "reason": "An emergency" })),
        (
            "unidentified.register",
            json!({ "sex": "FEMALE", "age_band": "ADULT", "note": "Found at the station" }),
        ),
        ("newborns.register", json!({ "sex": "FEMALE", "born_at": jiff::Timestamp::now().to_string() })),
        ("allergies.add", json!({ "substance": "Penicillin" })),
        ("allergies.change", json!({ "reaction": "Hives" })),
        ("allergies.end", json!({ "reason": "Wrong patient" })),
        ("conditions.add", json!({ "text": "Asthma" })),
        ("conditions.change", json!({ "icd10_code": "J45" })),
        ("signup.register", hospital),
        ("hospital.update", json!({ "address": "12 MG Road" })),
        (
            "users.create",
            json!({ "email": "meera@example.org", "first_name": "Meera", "department": "Cardiology", "roles": ["NURSE"] }),
        ),
        ("users.update", json!({ "phone": "9820012345" })),
        ("hospitals.suspend", json!({ "reason": "Asked for it" })),
        ("hospitals.restrict", json!({ "reason": "Asked for it" })),
        ("hospitals.lift", json!({ "reason": "Asked for it" })),
        ("hospitals.reset_admin_password", json!({})),
        ("hospitals.reset_admin_mfa", json!({ "reason": "Lost the phone" })),
        ("operators.invite", json!({ "email": "new@platform.example" })),
    ]
}

#[tokio::test]
async fn one_bad_text_among_good_ones_is_refused_at_its_field_and_nothing_is_kept() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let before = fingerprint(&app, &[]).await;
    let long = "x".repeat(20_000);
    let accents = format!("e{}", "\u{301}".repeat(5_000));
    let bad = ["a\0b", "\0", &long, &accents];
    let mut tried = 0;
    for (id, good) in good_bodies() {
        let operation =
            json_operations().into_iter().find(|o| o.id == id).unwrap_or_else(|| panic!("{id} is gone"));
        for field in operation.body.as_ref().unwrap().texts() {
            for value in bad {
                let mut body = good.clone();
                body[&field] = json!(value);
                let what = format!("{id} with {field} = {value:.12?}");
                let reply = attack.json(&operation, &body, tried).await;
                status_is(&what, &reply, &[422]);
                let named =
                    reply.json["errors"].as_array().unwrap().iter().any(|e| e["field"] == field.as_str());
                assert!(named, "{what} is not told: {}", reply.text);
                assert!(reply.text.len() < 4_000, "{what} is echoed");
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
    assert_eq!(fingerprint(&app, &[]).await, before);
}

#[tokio::test]
async fn unknown_choices_and_impossible_numbers_are_refused_at_their_field() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let before = fingerprint(&app, &[]).await;
    let bad = [
        ("gender", json!("female")),
        ("gender", json!("FEMALE\u{0}")),
        ("blood_group", json!("C+")),
        ("dob", json!("1990-02-30")),
        ("dob", json!("2990-01-01")),
        ("dob", json!("-000001-01-01")),
        ("dob", json!("01/05/1990")),
        ("age_only", json!(-1)),
        ("age_only", json!(131)),
        ("age_only", json!(9_223_372_036_854_775_807_i64)),
        ("email", json!("asha")),
        ("email", json!("asha@exa mple.org")),
        ("email", json!("asha@example.org\r\nBcc: all@example.org")),
        ("phone_primary", json!("call me")),
        ("phone_primary", json!("123")),
        ("phone_primary", json!("9".repeat(40))),
        ("first_name", json!("   ")),
        ("first_name", json!("123")),
        ("first_name", json!("\u{202e}\u{200b}")),
        ("city", json!("P")),
    ];
    let operation = json_operations().into_iter().find(|o| o.id == "patients.create").unwrap();
    let (_, good) = good_bodies().into_iter().next().unwrap();
    for (field, value) in bad {
        let mut body = good.clone();
        if field == "age_only" {
            body["dob"] = Value::Null;
        }
        body[field] = value.clone();
        let what = format!("{field} = {value}");
        let reply = attack.json(&operation, &body, 1).await;
        status_is(&what, &reply, &[422]);
        let named = reply.json["errors"].as_array().unwrap().iter().any(|e| e["field"] == field);
        assert!(named, "{what} is not told: {}", reply.text);
    }
    assert_eq!(fingerprint(&app, &[]).await, before);
}

#[tokio::test]
async fn what_is_typed_into_forms_never_comes_back_as_markup() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let mut shown = 0;
    for operation in form_operations().into_iter().filter(|o| o.page) {
        let fields: Vec<String> =
            operation.body.as_ref().unwrap().fields().into_iter().map(|(name, _)| name).collect();
        for (n, attempt) in [
            "<script>alert(1)</script>",
            "\"><img src=x onerror=alert(1)>",
            "'-alert(1)-'",
            "{{7*7}}",
            "javascript:alert(1)",
        ]
        .into_iter()
        .enumerate()
        {
            let pairs: Vec<(&str, &str)> = fields.iter().map(|field| (field.as_str(), attempt)).collect();
            let call = attack.actor(&operation).request(Method::POST, &attack.path(&operation));
            let reply = call.header("accept", "text/html").form(&pairs).from(&format!("10.9.0.{n}")).await;
            let what = format!("{} with {attempt}", operation.name());
            assert!(reply.status < 500, "{what}: {}", reply.text);
            assert!(reply.header("content-security-policy").contains("script-src 'self';"), "{what}");
            for raw in [
                "<script>alert",
                "<img src=x",
                "href=\"javascript:",
                "src=\"javascript:",
                "action=\"javascript:",
            ] {
                assert!(!reply.text.contains(raw), "{what} comes back: {raw}");
            }
            shown += usize::from(reply.text.contains("alert(1)"));
        }
    }
    assert!(shown > 0, "no form shows again what was typed, so this test sees nothing");
}
