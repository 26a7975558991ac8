//! The front desk in a rush: twenty who walk in, at three desks, some of whom have been here before.

use std::collections::BTreeSet;
use std::time::Instant;

use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Client, TestApp};
use crate::patients::{PATIENTS, QUICK, patient, registered};

/// Codes of those who look like this person, each with why.
async fn alike(desk: &Client, fields: &Value) -> Vec<(String, String)> {
    let names = ["first_name", "last_name", "phone_primary", "dob"];
    let query: Vec<(&str, &str)> =
        names.iter().filter_map(|name| Some((*name, fields[*name].as_str()?))).collect();
    let query = serde_urlencoded::to_string(query).unwrap();
    let reply = desk.get(&format!("{PATIENTS}/check-duplicates?{query}")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let one = |c: &Value| (text(&c["patient_code"]), text(&c["match_reason"]));
    reply.json["candidates"].as_array().unwrap().iter().map(one).collect()
}

#[tokio::test]
async fn who_comes_again_is_offered_with_the_reason_and_nobody_is_blocked() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let known = |first: &str, last: &str, phone: &str, dob: &str, more: Value| {
        let mut fields =
            json!({ "first_name": first, "last_name": last, "phone_primary": phone, "dob": dob });
        for (name, value) in more.as_object().unwrap() {
            fields[name] = value.clone();
        }
        fields
    };
    let meera = registered(&desk, known("Meera", "Joshi", "+919822011223", "1988-02-01", json!({}))).await;
    let ravi = registered(&desk, known("Ravi", "Shah", "+919822045678", "1975-07-19", json!({}))).await;
    let aarti = registered(&desk, known("Aarti", "Deshmukh", "+919822077001", "1992-03-14", json!({}))).await;
    let both = json!({ "name_alternate": "आरती देशमुख" });
    let path = format!("{PATIENTS}/{}", aarti["id"].as_str().unwrap());
    assert_eq!(desk.patch(&path, &both).await.status, 200);

    // A new surname, two digits swapped, the name in another script.
    let married = known("Meera", "Patil", "+919822011223", "1988-02-01", json!({}));
    let swapped = known("Ravi", "Shah", "+919822054678", "1975-07-19", json!({}));
    let native = known("आरती", "देशमुख", "+919822099999", "1992-03-14", json!({}));
    for (typed, who, why) in [
        (&married, &meera, "another last name"),
        (&swapped, &ravi, "two digits swapped"),
        (&native, &aarti, "another script"),
    ] {
        let found = alike(&desk, typed).await;
        let code = who["patient_code"].as_str().unwrap();
        let reason = &found.iter().find(|(c, _)| c == code).unwrap_or_else(|| panic!("{typed}: {found:?}")).1;
        assert!(reason.contains(why), "{reason}");
    }

    // Twins and a family on one phone, a visitor from abroad, a man without a phone: all of them get in.
    let twins = ["Anaya", "Aarav"].map(|first| known(first, "Rao", "+919822088000", "2021-05-05", json!({})));
    let visitor = known("Emma", "Brown", "+44 20 7946 0018", "1990-01-30", json!({}));
    for fields in twins.iter().chain([&visitor]) {
        registered(&desk, fields.clone()).await;
    }
    let without =
        json!({ "first_name": "Babu", "gender": "MALE", "age_only": 60, "no_phone_reason": "NONE" });
    let made = desk.post(PATIENTS, &without).await;
    assert_eq!((made.status, &made.json["no_phone_reason"]), (201, &json!("NONE")), "{}", made.text);
    let twin = alike(&desk, &twins[0]).await;
    assert!(twin.len() == 2 && twin[1].1.contains("perhaps a twin"), "{twin:?}");
    let contradicting = json!({ "phone_primary": "+919822012345", "no_phone_reason": "NONE" });
    let refused = desk.post(PATIENTS, &patient(contradicting)).await;
    assert_eq!(refused.json["errors"][0]["field"], "no_phone_reason", "{}", refused.text);
}

#[tokio::test]
async fn three_desks_at_once_give_sixty_codes_without_a_gap() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let mut desks = Vec::new();
    for _ in 0..3 {
        desks.push(clinic.staff(SystemRole::Receptionist).await);
    }
    let begun = Instant::now();
    let made = join_all(desks.iter().enumerate().map(|(d, desk)| async move {
        let mut codes = Vec::new();
        for n in 0..20 {
            let body = patient(json!({ "first_name": "Asha", "phone_primary": format!("+9198{d}20{n:05}") }));
            let reply = desk.post(QUICK, &body).await;
            assert_eq!(reply.status, 201, "{}", reply.text);
            codes.push(reply.json["patient_code"].as_str().unwrap().to_owned());
        }
        codes
    }))
    .await;
    println!("60 registrations at three desks in {} ms", begun.elapsed().as_millis());
    let codes: BTreeSet<String> = made.into_iter().flatten().collect();
    let wanted: BTreeSet<String> = (1..=60).map(|n| format!("P-{n:05}")).collect();
    assert_eq!(codes, wanted);
}

#[tokio::test]
async fn what_was_not_found_begins_the_form() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = clinic.staff(SystemRole::Receptionist).await.browser().await;
    for (typed, field, value) in [
        ("आरती", "first_name", "आरती"),
        ("Aarti Deshmukh", "last_name", "Deshmukh"),
        ("+91 98220 10142", "phone_primary", "+91 98220 10142"),
        ("\"><script>", "first_name", "&#34;&#62;&#60;script&#62;"),
    ] {
        let nobody = page.submit("/patients/search", &[("search", typed)]).await;
        assert!(nobody.text.contains("action=\"/patients/new/from\""), "{}", nobody.text);
        let form = page.submit("/patients/new/from", &[("search", typed)]).await;
        let input = format!("name=\"{field}\"");
        let line = form.text.lines().find(|line| line.contains(&input)).unwrap_or_else(|| panic!("{field}"));
        assert!(form.status == 200 && line.contains(&format!("value=\"{value}\"")), "{line}");
    }
    assert_eq!(
        clinic.sql("select count(*) as n from patients").await[0]["n"],
        0,
        "nobody is registered by it"
    );
}
