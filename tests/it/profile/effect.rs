//! What zone, clock, country and currency change elsewhere.

use super::*;
use crate::roles::races::while_held;

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

/// The rule of `clinic::profile`: every table with amounts of money is asked before another currency is taken.
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
    let asked = json!([{ "table_name": "doctors", "column_name": "fee_minor" }]);
    assert_eq!(json!(amounts), asked, "ask each of them in `profile::store::HAS_AMOUNTS`, and test it here");
    let admin = clinic.admin().await;
    assert_eq!(changed(&admin, &json!({ "currency": "KWD" })).await["currency"], "KWD");
    let doctor = clinic.staff(SystemRole::Doctor).await;
    let id = doctor.get("/api/v1/auth/me").await.json["id"].as_str().unwrap().to_owned();
    let profile = async |body: Value| {
        admin.request(Method::PUT, &format!("/api/v1/doctors/{id}/profile")).json(&body).send().await
    };
    let given = profile(json!({ "fee_minor": 12_500 })).await;
    assert_eq!((given.status, &given.json["fee_currency"]), (200, &json!("KWD")), "{}", given.text);

    let refused = admin.patch("/api/v1/hospital", &json!({ "currency": "INR" })).await;
    assert_eq!((refused.status, &refused.json["code"]), (409, &json!("hospital.currency_in_use")));
    assert_eq!(admin.get("/api/v1/hospital").await.json["currency"], "KWD");
    assert_eq!(changed(&admin, &json!({ "currency": "KWD", "clock_hours": 12 })).await["clock_hours"], 12);

    assert_eq!(profile(json!({})).await.status, 200);
    assert_eq!(changed(&admin, &json!({ "currency": "INR" })).await["currency"], "INR");
}

/// A fee and another currency at the same moment: whoever comes second finds what the first has done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fee_is_never_written_in_a_currency_that_has_just_been_changed() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let doctor = clinic.staff(SystemRole::Doctor).await;
    let id = doctor.get("/api/v1/auth/me").await.json["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/doctors/{id}/profile");
    let write = async |body: Value| admin.request(Method::PUT, &path).json(&body).send().await;
    let hold = format!("select from public.tenants where id = '{}' for update", clinic.id);
    let mut won = [0, 0];
    for round in 0..12 {
        let old = admin.get("/api/v1/hospital").await.json["currency"].as_str().unwrap().to_owned();
        let new = if old == "INR" { "KWD" } else { "INR" };
        let (fee, currency) = (json!({ "fee_minor": 12_500 }), json!({ "currency": new }));
        let (first, second) = (Duration::ZERO, Duration::from_millis(150));
        let (fee_waits, change_waits) = if round % 2 == 0 { (first, second) } else { (second, first) };
        let racers = async {
            let fee = async {
                tokio::time::sleep(fee_waits).await;
                write(fee).await
            };
            let change = async {
                tokio::time::sleep(change_waits).await;
                admin.patch(HOSPITAL, &currency).await
            };
            tokio::join!(fee, change)
        };
        // Both stand in line for the hospital's row: without that, nobody does, and this fails.
        let (fee, change) = while_held(&app, &clinic, (&hold, "commit"), 2, racers).await;
        let now = admin.get("/api/v1/hospital").await.json["currency"].as_str().unwrap().to_owned();
        match (fee.status, change.status) {
            (200, 409) => {
                assert_eq!((&now, &fee.json["fee_currency"]), (&old, &json!(old)));
                won[0] += 1;
            }
            (409, 200) => {
                assert_eq!((fee.json["code"].as_str(), &*now), (Some("hospital.currency_changed"), new));
                won[1] += 1;
            }
            other => panic!("round {round}: {other:?} {} {}", fee.text, change.text),
        }
        assert_eq!(write(json!({})).await.status, 200);
    }
    assert!(won[0] > 0 && won[1] > 0, "each was first at times: {won:?}");
}
