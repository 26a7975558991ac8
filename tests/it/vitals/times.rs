//! When it was taken and when it was written down: late entries, clocks that are wrong, the hour that comes twice.

use super::*;
use crate::appointments::set_clock;

async fn at(nurse: &Client, patient: &Value, time: &str) -> Reply {
    nurse.post(VITALS, &set(patient, json!({ "recorded_at": time }))).await
}

#[tokio::test]
async fn a_late_entry_keeps_both_times_and_is_at_most_a_day_late() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let before = |minutes: i64| (stage.now() - jiff::SignedDuration::from_mins(minutes)).to_string();
    let late = at(&nurse, &stage.asha, &before(23 * 60)).await;
    assert_eq!((late.status, &late.json["is_late_entry"]), (201, &json!(true)), "{}", late.text);
    assert_ne!(late.json["recorded_at"], late.json["entered_at"]);
    for time in [before(24 * 60 + 1), before(-6), "yesterday".to_owned(), "0001-01-01T00:00:00Z".to_owned()] {
        assert_eq!(faults(&at(&nurse, &stage.asha, &time).await).len(), 1, "{time}");
    }
    let ahead = at(&nurse, &stage.asha, &before(-4)).await;
    assert_eq!((ahead.status, &ahead.json["is_late_entry"]), (201, &json!(false)), "{}", ahead.text);
    // What was taken before stands below what was taken later, whenever it was written down.
    let earlier = at(&nurse, &stage.asha, &before(60)).await.json;
    let order: Vec<Value> =
        listed(&nurse, &stage.asha, "").await.iter().map(|set| set["id"].clone()).collect();
    assert_eq!(order, [ahead.json["id"].clone(), earlier["id"].clone(), late.json["id"].clone()]);
    let page = nurse.browser().await.get(&page_of(&stage.asha)).await;
    assert!(page.text.contains("Written down"), "{}", page.text);
    // A time without an offset is one of the hospital's clock.
    let local = (stage.now() - jiff::SignedDuration::from_mins(30)).in_tz("Asia/Kolkata").unwrap();
    let made = at(&nurse, &stage.ravi, &local.strftime("%Y-%m-%dT%H:%M").to_string()).await;
    let kept: jiff::Timestamp = made.json["recorded_at"].as_str().unwrap().parse().unwrap();
    assert!((29..=31).contains(&kept.duration_until(stage.now()).as_mins()), "{}", made.text);
}

#[tokio::test]
async fn a_day_alone_is_no_time_and_never_its_midnight() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    // Its midnight would be less than a day ago: nothing else is wrong with it.
    let today = stage.now().in_tz("Asia/Kolkata").unwrap().date().to_string();
    let sent = at(&nurse, &stage.asha, &today).await;
    assert_eq!(faults(&sent).into_iter().collect::<Vec<_>>(), ["recorded_at"], "{}", sent.text);
    assert!(sent.text.contains("Write the time like"), "{}", sent.text);
    let to = format!("{}/new", page_of(&stage.asha));
    let page = nurse.browser().await;
    let typed = page.submit(&to, &[("heart_rate", "70"), ("recorded_at", today.as_str())]).await;
    assert_eq!(typed.status, 422, "{}", typed.text);
    for part in ["id=\"recorded_at-error\"", "Write the time like", "value=\"70\""] {
        assert!(typed.text.contains(part), "{part} in {}", typed.text);
    }
    assert!(!typed.text.contains("name=\"fold\""), "nobody is asked which of two midnights");
    assert!(listed(&nurse, &stage.asha, "").await.is_empty(), "nothing was written down");
}

#[tokio::test]
async fn the_hour_that_comes_twice_is_kept_twice_in_true_order() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    app.sql(&format!(
        "update public.tenants set time_zone = 'America/New_York' where id = '{}'",
        stage.clinic.id
    ))
    .await;
    app.sql(&format!("select pg_notify('hms_registry', 'tenant:{}')", stage.clinic.id)).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    // The next first Sunday of November, 02:30 after the clocks went back.
    let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
    let mut back = zone.following(stage.now());
    let change = back.find(|change| change.offset() == jiff::tz::offset(-5)).unwrap().timestamp();
    set_clock(&app, change + jiff::SignedDuration::from_mins(90));
    let nurse = nurse_of(&stage).await;
    let night = change.to_zoned(zone.clone()).date();
    let wall = format!("{night}T01:30");
    let unsaid = at(&nurse, &stage.asha, &wall).await;
    assert_eq!(faults(&unsaid).len(), 1, "{}", unsaid.text);
    assert!(unsaid.text.contains("twice"), "{}", unsaid.text);
    let second = at(&nurse, &stage.asha, &format!("{wall}-05:00")).await;
    let first = at(&nurse, &stage.asha, &format!("{wall}-04:00")).await;
    assert_eq!((first.status, second.status), (201, 201), "{} {}", first.text, second.text);
    let order: Vec<Value> =
        listed(&nurse, &stage.asha, "").await.iter().map(|set| set["id"].clone()).collect();
    assert_eq!(order, [second.json["id"].clone(), first.json["id"].clone()], "an hour apart");
    let page = nurse.browser().await;
    let shown = page.get(&page_of(&stage.asha)).await.text;
    assert!(shown.contains("01:30 (UTC-04)") && shown.contains("01:30 (UTC-05)"), "{shown}");
    // The form asks which of the two.
    let to = format!("{}/new", page_of(&stage.ravi));
    let fields = [("heart_rate", "70"), ("recorded_at", wall.as_str())];
    let asked = page.submit(&to, &fields).await;
    assert!(asked.status == 422 && asked.text.contains("name=\"fold\""), "{}", asked.text);
    let told = page.submit(&to, &[fields[0], fields[1], ("fold", "first")]).await;
    assert_eq!(told.status, 303, "{}", told.text);
    let kept = listed(&nurse, &stage.ravi, "").await;
    assert_eq!(kept[0]["recorded_at"], first.json["recorded_at"]);
}
