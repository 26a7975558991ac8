//! The fields of a profile: changed, refused, raced for.

use super::*;

#[tokio::test]
async fn a_hospital_sees_itself_and_changes_every_field() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let before = admin.get(HOSPITAL).await;
    assert_eq!(before.header("etag"), format!("\"{}\"", before.json["version"]));
    for (field, value) in [
        ("name", json!("Asha Clinic")),
        ("contact_email", json!(clinic.email)),
        ("country", json!("IN")),
        ("country_name", json!("India")),
        ("time_zone", json!("Asia/Kolkata")),
        ("utc_offset", json!("+05:30")),
        ("currency_digits", json!(2)),
        ("locale", json!("en-IN")),
        ("clock_hours", json!(24)),
        ("week_starts_on", json!("MONDAY")),
        ("confirmed", json!(false)),
        ("opening_hours", json!([])),
        ("is_open_now", json!(null)),
    ] {
        assert_eq!(before.json[field], value, "{field} of {}", before.text);
    }

    let wanted = json!({
        "name": "Hill Hospital", "address": "Ward 4,  Dhulikhel", "contact_phone": "011-490 497", "country": "NP",
        "time_zone": "Asia/Kathmandu", "currency": "NPR", "locale": "en-GB", "clock_hours": 12, "week_starts_on": "SUNDAY",
        "opening_hours": [
            { "weekday": "SUNDAY", "opens": "09:00", "closes": "13:00" },
            { "weekday": "SUNDAY", "opens": "20:00", "closes": "06:00" },
            { "weekday": "FRIDAY", "opens": "00:00", "closes": "24:00" },
        ],
        "holidays": [{ "day": "2026-10-20", "name": "दशैँ" }, { "day": "2026-04-14", "name": "New Year" }],
        "version": before.json["version"],
    });
    let after = changed(&admin, &wanted).await;
    assert_eq!(after["version"].as_i64(), before.json["version"].as_i64().map(|v| v + 1));
    assert_eq!(after, hospital(&admin).await);
    for field in ["name", "country", "time_zone", "currency", "locale", "clock_hours", "week_starts_on"] {
        assert_eq!(after[field], wanted[field], "{field}");
    }
    assert_eq!((&after["address"], &after["utc_offset"]), (&json!("Ward 4, Dhulikhel"), &json!("+05:45")));
    assert_eq!(after["confirmed"], true);
    assert_eq!(
        (&after["contact_phone"], &after["contact_phone_typed"], &after["contact_phone_e164"]),
        (&json!("011490497"), &json!("011-490 497"), &json!("+97711490497"))
    );
    let hours = after["opening_hours"].as_array().unwrap();
    assert_eq!(hours.len(), 3);
    assert_eq!(hours[0], wanted["opening_hours"][2], "by weekday, then by time");
    assert_eq!(hours[2], wanted["opening_hours"][1], "over midnight as it was told");
    assert_eq!(after["holidays"][1], wanted["holidays"][0], "by day");

    let me = admin.get("/api/v1/auth/me").await.json;
    assert_eq!((&me["tenant"]["name"], &me["tenant"]["clock_hours"]), (&json!("Hill Hospital"), &json!(12)));

    // Recorded at the hospital, by name and without a value.
    let rows = clinic.audit().await;
    let row = rows.iter().find(|row| row["kind"] == "updated").unwrap();
    assert_eq!((&row["entity"], &row["entity_id"]), (&json!("hospital"), &json!(clinic.id)));
    assert_eq!(
        row["detail"]["fields"],
        json!([
            "name",
            "address",
            "contact_phone",
            "country",
            "time_zone",
            "currency",
            "locale",
            "clock_hours",
            "week_starts_on",
            "opening_hours",
            "holidays",
            "confirmed"
        ])
    );
    assert!(!row.to_string().contains("Dhulikhel"));
}

#[tokio::test]
async fn what_is_left_out_stays_null_clears_and_nothing_said_writes_nothing() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let hours = json!([{ "weekday": "MONDAY", "opens": "9:00", "closes": "17:00" }]);
    let first = changed(&admin, &json!({ "address": "12 MG Road", "opening_hours": hours })).await;
    let version = first["version"].as_i64().unwrap();
    assert_eq!((&first["opening_hours"][0]["opens"], &first["confirmed"]), (&json!("09:00"), &json!(true)));
    for nothing in [json!({}), json!({ "address": "12 MG Road" }), json!({ "opening_hours": hours })] {
        assert_eq!(changed(&admin, &nothing).await["version"], version, "{nothing}");
    }
    let cleared = changed(&admin, &json!({ "address": null, "opening_hours": [] })).await;
    assert_eq!((&cleared["address"], &cleared["opening_hours"]), (&Value::Null, &json!([])));
    assert_eq!(cleared["name"], "Asha Clinic");
    let updates = clinic.audit().await.iter().filter(|row| row["kind"] == "updated").count();
    assert_eq!(updates, 2);

    // Hours alone confirm nothing of the profile.
    let other = app.hospital("Other").await;
    let admin = other.admin().await;
    assert_eq!(changed(&admin, &json!({ "opening_hours": hours })).await["confirmed"], false);
    assert_eq!(
        changed(&admin, &json!({ "time_zone": "Asia/Kolkata" })).await["confirmed"],
        true,
        "as it was"
    );
}

#[tokio::test]
async fn every_fault_is_told_at_its_field_and_nothing_is_kept() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let before = hospital(&admin).await;
    let span = |opens: &str, closes: &str| json!([{ "weekday": "MONDAY", "opens": opens, "closes": closes }]);
    let long = "x".repeat(256);
    for (field, bad) in [
        ("name", json!(null)),
        ("name", json!(" ")),
        ("name", json!("---")),
        ("name", json!(long)),
        ("name", json!("a\u{202e}b")),
        ("address", json!("x".repeat(501))),
        ("contact_phone", json!("call us")),
        ("contact_phone", json!("12")),
        ("country", json!(null)),
        ("country", json!("India")),
        ("country", json!("XX")),
        ("time_zone", json!("Mars/Olympus")),
        ("time_zone", json!("")),
        ("currency", json!("RUPEE")),
        ("locale", json!("xx-XX")),
        ("clock_hours", json!(13)),
        ("clock_hours", json!(null)),
        ("week_starts_on", json!("SOMEDAY")),
        ("opening_hours", span("9", "9")),
        ("opening_hours", span("nine", "five")),
        ("opening_hours", span("09:00", "05:00")),
        ("opening_hours", span("24:00", "25:00")),
        (
            "opening_hours",
            json!([
                { "weekday": "SUNDAY", "opens": "20:00", "closes": "06:00" },
                { "weekday": "MONDAY", "opens": "05:00", "closes": "09:00" },
            ]),
        ),
        ("holidays", json!([{ "day": "2026-01-26", "name": " " }])),
        ("holidays", json!([{ "day": "2026-01-26", "name": "A" }, { "day": "2026-01-26", "name": "B" }])),
        ("holidays", json!([{ "day": "9999-01-26", "name": "Far" }])),
    ] {
        let mut body = json!({ "address": "Elsewhere" });
        body[field] = bad.clone();
        let reply = admin.patch(HOSPITAL, &body).await;
        assert_eq!(faults(&reply), [field.to_owned()].into(), "{field} = {bad}");
    }
    let all = admin
        .patch(HOSPITAL, &json!({ "name": "", "time_zone": "x", "currency": "y", "clock_hours": 7 }))
        .await;
    assert_eq!(faults(&all).len(), 4, "all at once: {}", all.text);
    assert_eq!(hospital(&admin).await, before);

    // The database holds the same line against whoever writes past us.
    let overlap = "insert into opening_hours values (1, 540, 780), (1, 700, 900)";
    let refused = tokio::spawn({
        let (target, schema) = (app.target().clone(), clinic.schema.clone());
        async move {
            let client = target.connect(&target.app).await.unwrap();
            let context = format!("begin; set local role {schema}; set local search_path to {schema}");
            client.batch_execute(&context).await.unwrap();
            client.batch_execute(overlap).await.unwrap_err()
        }
    });
    let refused = refused.await.unwrap();
    assert_eq!(refused.as_db_error().unwrap().constraint(), Some("opening_hours_apart"));
}

#[tokio::test]
async fn the_edges_of_names_zones_and_currencies() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let name = format!("عيادة \"A & B\" <الأمل>{}", " م".repeat(100));
    let name: String = name.chars().chain("ن".chars().cycle()).take(255).collect();
    let made = changed(&admin, &json!({ "name": name })).await;
    assert_eq!(made["name"].as_str(), Some(name.as_str()));
    let page = admin.browser().await;
    let shown = page.get(PAGE).await;
    assert!(shown.text.contains("&#34;A &#38; B&#34; &#60;الأمل&#62;") && !shown.text.contains("<الأمل>"));

    for (currency, digits, written) in
        [("JPY", 0, "123,456,789"), ("EUR", 2, "1,234,567.89"), ("KWD", 3, "123,456.789")]
    {
        let made = changed(&admin, &json!({ "currency": currency, "locale": "en-GB" })).await;
        assert_eq!((&made["currency"], &made["currency_digits"]), (&json!(currency), &json!(digits)));
        let shown = page.get(PAGE).await.text;
        assert!(shown.contains(&format!("{written}\u{a0}{currency}")), "{currency}: {shown}");
    }
    for (zone, offset) in [("Asia/Kathmandu", "+05:45"), ("Pacific/Kiritimati", "+14:00"), ("UTC", "+00:00")]
    {
        assert_eq!(changed(&admin, &json!({ "time_zone": zone })).await["utc_offset"], offset, "{zone}");
    }
}

#[tokio::test]
async fn of_two_who_change_it_at_once_one_succeeds_and_the_other_sees_both() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let version = hospital(&admin).await["version"].clone();
    let bodies: Vec<Value> =
        (0..10).map(|n| json!({ "address": format!("House {n}"), "version": version })).collect();
    let racers = join_all(bodies.iter().map(|body| admin.patch(HOSPITAL, body))).await;
    assert_eq!(racers.iter().filter(|r| r.status == 200).count(), 1);
    let late: Vec<_> = racers.iter().filter(|r| r.status == 412).collect();
    assert_eq!(late.len(), 9);
    assert!(late.iter().all(|r| r.json["code"] == "hospital.version_conflict"));
    let stale = admin.request(Method::PATCH, HOSPITAL).header("if-match", "\"1\"");
    assert_eq!(stale.json(&json!({ "address": "Late" })).send().await.status, 412);

    // The page shows what is saved beside what was typed; saving again is a decision.
    let now = hospital(&admin).await;
    let (seen, page) = (now["version"].to_string(), admin.browser().await);
    changed(&admin, &json!({ "name": "Asha Hospital", "country": "NP" })).await;
    let late = page
        .submit(PAGE, &form(&seen, &[("name", "Asha <Care>"), ("address", now["address"].as_str().unwrap())]))
        .await;
    assert_eq!(late.status, 412, "{}", late.text);
    for part in [
        "Asha Admin",
        "changed the settings <time",
        "Asha Hospital",
        "Asha &#60;Care&#62;",
        "Nepal",
        "India",
        "Save mine over it",
    ] {
        assert!(late.text.contains(part), "{part} in {}", late.text);
    }
    assert_eq!(hospital(&admin).await["name"], "Asha Hospital", "nothing is lost");
    let newest = hospital(&admin).await["version"].to_string();
    let over = page.submit(PAGE, &form(&newest, &[("name", "Asha <Care>")])).await;
    assert_eq!((over.status, over.header("location")), (303, "/settings/hospital?done=saved"));
    assert_eq!(hospital(&admin).await["name"], "Asha <Care>");

    // The platform counts too, and is not called by the name of whoever changed it before.
    let seen = hospital(&admin).await["version"].to_string();
    let boss = app.super_admin().await;
    for act in ["suspend", "activate"] {
        boss.patch(&format!("/api/v1/platform/tenants/{}/{act}", clinic.id), &json!({})).await;
    }
    eventually("the hospital is served again", async || page.get(PAGE).await.status == 200).await;
    let late = page.submit(PAGE, &form(&seen, &[("name", "Asha <Care>")])).await;
    assert_eq!(late.status, 412);
    assert!(late.text.contains("The platform"), "{}", late.text);
}

#[tokio::test]
async fn who_may_see_the_settings_may_not_change_them_by_that() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    grant(&clinic, SystemRole::Nurse, "settings:view").await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let page = nurse.browser().await;
    for path in [PAGE, "/settings/hospital/hours", "/settings/hospital/holidays"] {
        let shown = page.get(path).await;
        assert_eq!(shown.status, 200);
        assert!(shown.text.contains("<fieldset class=\"plain\" disabled>"), "{path}");
        assert!(!shown.text.contains("type=\"submit\" data-busy=\"Saving"), "{path}");
        assert_eq!(page.submit(path, &[("version", "1")]).await.status, 403, "{path}");
    }
    assert_eq!(nurse.get(HOSPITAL).await.status, 200);
    assert_eq!(nurse.patch(HOSPITAL, &json!({ "name": "Mine" })).await.status, 403);
    let desk = clinic.staff(SystemRole::Receptionist).await;
    assert_eq!(desk.get(HOSPITAL).await.status, 403);
    assert!(!desk.browser().await.get("/today").await.text.contains("/settings/hospital"));
}

#[tokio::test]
async fn a_change_that_is_sent_twice_is_done_once() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let send = async |name: &str| {
        let call = admin.request(Method::PATCH, HOSPITAL).header("idempotency-key", "rename-1");
        call.json(&json!({ "name": name })).send().await
    };
    let first = send("Asha Hospital").await;
    assert_eq!(first.status, 200, "{}", first.text);
    let again = send("Asha Hospital").await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (200, "true"), "{}", again.text);
    assert_eq!(again.json, first.json, "the same answer, and no other version");
    assert_eq!(send("Asha Palace").await.status, 422, "a key is of one request");
    assert_eq!(hospital(&admin).await["version"], first.json["version"]);

    // The choice of the row rules stands on both sides as well.
    let choose = async || {
        let call = admin.request(Method::PATCH, "/api/v1/care/rules").header("idempotency-key", "rules-1");
        call.json(&json!({ "row_rules": true })).send().await
    };
    let (first, again) = (choose().await, choose().await);
    assert_eq!((first.status, again.header("idempotency-replayed")), (200, "true"), "{}", again.text);
    assert_eq!(first.json, again.json);
}
