//! A hospital's own profile: name, place, zone, currency, how numbers and times are written, hours and holidays.

use std::time::{Duration, Instant};

use axum::http::Method;
use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Browser, Client, Hospital, PASSWORD, Reply, TestApp, eventually};
use crate::patients::{faults, registered};

const HOSPITAL: &str = "/api/v1/hospital";
const PAGE: &str = "/settings/hospital";

async fn hospital(client: &Client) -> Value {
    let reply = client.get(HOSPITAL).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json
}

async fn changed(client: &Client, body: &Value) -> Value {
    let reply = client.patch(HOSPITAL, body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json
}

/// What the profile's page sends, with these fields on top.
fn form<'a>(version: &'a str, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let defaults = [
        ("version", version),
        ("name", "Asha Clinic"),
        ("address", "12 MG Road, Pune 411001"),
        ("contact_phone", "020 2612 3456"),
        ("country", "IN"),
        ("time_zone", "Asia/Kolkata"),
        ("clock_hours", "24"),
        ("week_starts_on", "MONDAY"),
        ("currency", "INR"),
        ("locale", "en-IN"),
    ];
    let mut form: Vec<_> =
        defaults.into_iter().filter(|(name, _)| fields.iter().all(|(other, _)| other != name)).collect();
    form.extend(fields);
    form
}

/// A role of this hospital may also do this.
async fn grant(clinic: &Hospital<'_>, role: SystemRole, code: &str) {
    let key = role.key();
    clinic
        .sql(&format!(
            "insert into role_permissions (role_id, permission_code) select id, '{code}' from roles where system_key = '{key}'"
        ))
        .await;
}

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
async fn a_new_zone_and_clock_hold_on_every_instance_within_a_second() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let other = app.second_instance().await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let elsewhere = desk.on(&other.router);
    let page = Browser::new(other.router.clone());
    let signed_in = page.submit("/sign-in", &[("username", &clinic.email), ("password", PASSWORD)]).await;
    assert_eq!(signed_in.status, 303);
    // Both instances have them in their caches.
    assert_eq!(elsewhere.get("/api/v1/auth/me").await.json["tenant"]["time_zone"], "Asia/Kolkata");
    assert!(page.get("/patients").await.text.contains("Kolkata time"));

    changed(&admin, &json!({ "time_zone": "Asia/Kathmandu", "clock_hours": 12 })).await;
    let begun = Instant::now();
    let own = desk.get("/api/v1/auth/me").await;
    assert_eq!(own.json["tenant"]["time_zone"], "Asia/Kathmandu", "at once on the instance that changed it");
    eventually("the other instance knows", async || {
        elsewhere.get("/api/v1/auth/me").await.json["tenant"]["time_zone"] == "Asia/Kathmandu"
    })
    .await;
    let clock = |text: &str| {
        text.split("class=\"clock num\"><b>").nth(1).unwrap().split('<').next().unwrap().to_owned()
    };
    let shown = page.get("/patients").await.text;
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert!(shown.contains("Kathmandu time"));
    assert!(clock(&shown).ends_with("\u{a0}am") || clock(&shown).ends_with("\u{a0}pm"), "{}", clock(&shown));
    let zone = jiff::tz::TimeZone::get("Asia/Kathmandu").unwrap();
    let now = app.app.clock.in_zone(&zone);
    let minutes = [0, 1].map(|back| {
        let at = now.checked_sub(jiff::SignedDuration::from_mins(back)).unwrap();
        hms::kernel::manner::Hours::Twelve.written(at.hour(), at.minute())
    });
    assert!(minutes.contains(&clock(&shown)), "{} is not one of {minutes:?}", clock(&shown));
}

#[tokio::test]
async fn the_zone_decides_which_patients_are_of_today() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    // At 10:00 UTC it is 15:45 in Kathmandu; at 20:00 UTC it is the next day there.
    let second_of_day = app.app.clock.now().as_second().rem_euclid(86_400);
    app.app.clock.shift((10 * 3_600 - second_of_day).rem_euclid(86_400));
    changed(&clinic.admin().await, &json!({ "time_zone": "UTC" })).await;
    registered(&clinic.staff(SystemRole::Receptionist).await, json!({})).await;
    app.app.clock.shift(10 * 3_600);
    let admin = clinic.admin().await;
    let page = admin.browser().await;
    let today = async || {
        let list = page.get("/patients?registered=today").await.text;
        assert_eq!(list.contains("Zoë"), !list.contains("No patient matches these filters"));
        let head = page.get("/patients").await.text.contains("registered, 1 today");
        assert_eq!(list.contains("Zoë"), head, "list and head agree");
        head
    };
    assert!(today().await, "the same day in UTC");
    changed(&admin, &json!({ "time_zone": "Asia/Kathmandu" })).await;
    assert!(!today().await, "yesterday in Kathmandu");
    let yesterday = page.get("/today").await.text;
    assert!(yesterday.contains("1 yesterday"), "{yesterday}");
    changed(&admin, &json!({ "time_zone": "UTC" })).await;
    assert!(today().await);
}

#[tokio::test]
async fn numbers_and_times_are_written_as_the_hospital_writes_them() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    registered(&clinic.staff(SystemRole::Receptionist).await, json!({})).await;
    clinic.sql("update counters set value = 1234567 where name = 'patients'").await;
    let page = admin.browser().await;
    for (locale, written) in [("en-IN", "12,34,567"), ("de-DE", "1.234.567"), ("en-GB", "1,234,567")] {
        changed(&admin, &json!({ "locale": locale, "clock_hours": 12 })).await;
        let list = page.get("/patients").await.text;
        assert!(list.contains(&format!("{written} patients")), "{locale}: {list}");
        assert!(list.contains("\u{a0}am</time>") || list.contains("\u{a0}pm</time>"), "moments too: {list}");
    }
    // Another hospital on the same connections is not touched.
    let other = app.hospital("Other").await;
    changed(&other.admin().await, &json!({ "locale": "en-GB" })).await;
    other.sql("update counters set value = 1234567 where name = 'patients'").await;
    let theirs = other.admin().await.browser().await.get("/patients").await.text;
    assert!(theirs.contains("1,234,567 patients") && !theirs.contains("\u{a0}pm</b>"), "{theirs}");
}

#[tokio::test]
async fn hours_are_typed_as_people_write_them() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, page) = (clinic.admin().await, clinic.admin().await.browser().await);
    let proposal = page.get("/settings/hospital/hours").await.text;
    assert!(proposal.contains("A proposal") && proposal.contains("09:00\u{2013}17:00"), "{proposal}");
    let version = hospital(&admin).await["version"].to_string();
    let hours = |days: &[(&'static str, &'static str)]| {
        let mut form = vec![("version", version.clone())];
        form.extend(days.iter().map(|(day, text)| (*day, (*text).to_owned())));
        form
    };
    let submit = async |fields: Vec<(&'static str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
        page.submit("/settings/hospital/hours", &fields).await
    };
    let bad =
        submit(hours(&[("monday", "9-13, 12-14"), ("tuesday", "nine to five"), ("friday", "9-5")])).await;
    assert_eq!(bad.status, 422);
    for part in ["tuesday-error", "friday-error", "Write hours like", "nine to five"] {
        assert!(bad.text.contains(part), "{part} in {}", bad.text);
    }
    let bad = submit(hours(&[("sunday", "20-6"), ("monday", "5-9")])).await;
    assert!(bad.text.contains("These hours go on into those of Monday."), "{}", bad.text);

    let fine = hours(&[("monday", "9-13, 16:00 to 20:00"), ("saturday", "8 pm-6 am"), ("sunday", "closed")]);
    assert_eq!(submit(fine.clone()).await.status, 303);
    let saved = hospital(&admin).await;
    assert_eq!(saved["opening_hours"].as_array().unwrap().len(), 3);
    assert_eq!(
        saved["opening_hours"][2],
        json!({ "weekday": "SATURDAY", "opens": "20:00", "closes": "06:00" })
    );
    // The same form again: somebody was quicker, and the page says what differs in the same words.
    let late = submit(hours(&[("monday", "9-13, 16:00 to 20:00"), ("saturday", "closed")])).await;
    assert_eq!(late.status, 412);
    assert!(
        late.text.contains("20:00\u{2013}06:00") && !late.text.contains("<th scope=\"row\">Monday"),
        "{}",
        late.text
    );

    // Saturday 23:30 and Sunday 03:00 are open, 07:00 is not, nor Sunday's evening.
    let open_at = async |day: &str| {
        let at: jiff::Timestamp = format!("{day}[Asia/Kolkata]").parse::<jiff::Zoned>().unwrap().timestamp();
        app.app.clock.shift(at.as_second() - app.app.clock.now().as_second());
        let open = hospital(&clinic.admin().await).await["is_open_now"].clone();
        open.as_bool().unwrap()
    };
    let saturday = {
        let today = app.app.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let ahead = (6 - i32::from(today.weekday().to_monday_one_offset())).rem_euclid(7) + 7;
        today.checked_add(jiff::Span::new().days(ahead)).unwrap()
    };
    let sunday = saturday.tomorrow().unwrap();
    assert!(open_at(&format!("{saturday}T23:30")).await);
    assert!(open_at(&format!("{sunday}T03:00")).await);
    assert!(!open_at(&format!("{sunday}T07:00")).await);
}

#[tokio::test]
async fn holidays_are_pasted_one_a_line() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, page) = (clinic.admin().await, clinic.admin().await.browser().await);
    let path = "/settings/hospital/holidays";
    let version = hospital(&admin).await["version"].to_string();
    let bad =
        page.submit(path, &[("version", &version), ("holidays", "26 Jan 2099 Republic Day\nsoon")]).await;
    assert_eq!(bad.status, 422);
    assert!(bad.text.contains("Line 2:") && bad.text.contains("\nsoon</textarea>"), "{}", bad.text);
    let typed = "26 Jan 2099 Republic Day\r\n15/08/2099: <Independence> Day\r\n\r\n2099-10-02 गांधी जयंती\r\n";
    let saved = page.submit(path, &[("version", &version), ("holidays", typed)]).await;
    assert_eq!((saved.status, saved.header("location")), (303, "/settings/hospital/holidays?done=saved"));
    let days = hospital(&admin).await["holidays"].clone();
    assert_eq!(days[1], json!({ "day": "2099-08-15", "name": "<Independence> Day" }));
    let shown = page.get(path).await.text;
    for part in ["Saturday, 15 Aug 2099", "&#60;Independence&#62; Day", "गांधी जयंती", "2 Oct 2099"]
    {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let late = page.submit(path, &[("version", &version), ("holidays", "26 Jan 2099 Republic Day")]).await;
    assert_eq!(late.status, 412);
    assert!(late.text.contains("15 Aug 2099: none"), "{}", late.text);

    // A holiday closes a day that has hours.
    let today = app.app.clock.in_zone(&jiff::tz::TimeZone::get("Asia/Kolkata").unwrap()).date();
    let all: Vec<Value> = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
        .map(|day| json!({ "weekday": day, "opens": "00:00", "closes": "24:00" }))
        .into();
    assert_eq!(changed(&admin, &json!({ "opening_hours": all })).await["is_open_now"], true);
    let closed = changed(&admin, &json!({ "holidays": [{ "day": today, "name": "Flood" }] })).await;
    assert_eq!(closed["is_open_now"], false);
    assert!(page.get("/settings/hospital/hours").await.text.contains("for Flood"));
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
async fn a_sign_up_proposes_the_country_and_nothing_from_dollars() {
    let app = TestApp::new().await;
    let sign_up = async |n: usize, fields: Value| -> Reply {
        let mut body = json!({
            "name": "New", "contact_email": format!("new{n}@example.org"), "license_number": format!("N-{n}"),
        });
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        app.anonymous().post("/api/v1/tenants/register", &body).await
    };
    for (n, (fields, country, e164, locale)) in [
        (json!({}), Value::Null, Value::Null, "en-GB"),
        (
            json!({ "currency": "NPR", "contact_phone": "984-1234567" }),
            json!("NP"),
            json!("+9779841234567"),
            "en-IN",
        ),
        (
            json!({ "currency": "INR", "contact_phone": "+1 204 555 0142" }),
            json!("CA"),
            json!("+12045550142"),
            "en-GB",
        ),
        (json!({ "currency": "EUR" }), Value::Null, Value::Null, "en-GB"),
        (json!({ "currency": "EUR", "country": "de" }), json!("DE"), Value::Null, "de-DE"),
    ]
    .into_iter()
    .enumerate()
    {
        let made = sign_up(n, fields.clone()).await;
        assert_eq!((made.status, &made.json["country"]), (201, &country), "{fields}: {}", made.text);
        let row = &app
            .sql(&format!("select * from public.tenants where id = '{}'", made.json["id"].as_str().unwrap()))
            .await[0];
        assert_eq!(
            (&row["country"], &row["contact_phone_e164"], &row["locale"]),
            (&country, &e164, &json!(locale)),
            "{fields}"
        );
        assert_eq!(row["profile_confirmed_at"], Value::Null, "proposed, not confirmed");
    }
    assert_eq!(faults(&sign_up(9, json!({ "country": "Nepal" })).await), ["country".to_owned()].into());
    let page = Browser::new(app.router.clone()).get("/sign-up").await.text;
    assert_eq!(page.matches("class=\"form-label\"").count(), 6, "the page asks for no more than before");
}

/// The rule of `clinic::profile`: whoever stores the first amount of money makes another currency be refused, and
/// tests it here instead of this.
#[tokio::test]
async fn the_currency_may_change_as_long_as_no_amount_is_stored() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let amounts = clinic
        .sql(&format!(
            "select table_name, column_name from information_schema.columns where table_schema = '{}'
                and (column_name like '%\\_minor' or column_name ~ 'amount|price|money')",
            clinic.schema
        ))
        .await;
    assert!(
        amounts.is_empty(),
        "amounts are stored now, so `Office::change` has to refuse another currency: {amounts:?}"
    );
    assert_eq!(changed(&clinic.admin().await, &json!({ "currency": "KWD" })).await["currency"], "KWD");
}
