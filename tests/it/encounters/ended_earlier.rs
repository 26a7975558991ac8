//! A visit that was over before it is written down: when it was, and when that was written down.

use jiff::{SignedDuration, Timestamp};

use super::*;

/// A consultation that began an hour ago; the patient came two hours ago.
async fn begun_an_hour_ago(stage: &Stage<'_>) -> (String, String) {
    let appointment = stage.appointment(&stage.patient, &stage.doctor_id, "CHECKED_IN").await;
    let encounter = id(&ok(stage.begin(&stage.doctor, &appointment).await, 200)).to_owned();
    stage
        .clinic
        .sql(&format!(
            "update appointments set created_at = now() - interval '3 hours', checked_in_at = now() - interval '2 hours',
                    consultation_started_at = now() - interval '1 hour' where id = '{appointment}';
             update encounters set started_at = now() - interval '1 hour' where id = '{encounter}'"
        ))
        .await;
    (appointment, encounter)
}

fn minutes_ago(minutes: i64) -> Timestamp {
    Timestamp::from_second((Timestamp::now() - SignedDuration::from_mins(minutes)).as_second()).unwrap()
}

#[tokio::test]
async fn a_visit_ends_when_it_did_and_not_when_that_was_written_down() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let (appointment, encounter) = begun_an_hour_ago(&stage).await;
    let finish = format!("{ENCOUNTERS}/{encounter}/finish");
    let (before, later, ended) = (minutes_ago(90), minutes_ago(-10), minutes_ago(20));
    for (wrong, says) in [(before, "before the start of the consultation"), (later, "in the future")] {
        let refused = stage.doctor.post(&finish, &json!({ "happened_at": wrong.to_string() })).await;
        assert_eq!((refused.status, &refused.json["errors"][0]["field"]), (422, &json!("happened_at")));
        assert!(refused.text.contains(says), "{}", refused.text);
    }
    let shown = ok(stage.doctor.get(&format!("{ENCOUNTERS}/{encounter}")).await, 200);
    assert_eq!(shown["status"], "IN_PROGRESS", "nothing was ended by what was refused");

    let done = ok(stage.doctor.post(&finish, &json!({ "happened_at": ended.to_string() })).await, 200);
    assert_eq!((&done["status"], &done["ended_at"]), (&json!("FINISHED"), &json!(ended.to_string())));
    let kept = stage
        .clinic
        .sql(&format!(
            "select a.completed_at = '{ended}' and e.happened_at = '{ended}' as is_then,
                    e.recorded_at > now() - interval '5 minutes' as is_written_now
               from appointments a join appointment_events e on e.appointment_id = a.id and e.kind = 'COMPLETED'
              where a.id = '{appointment}'"
        ))
        .await;
    assert_eq!(kept, [json!({ "is_then": true, "is_written_now": true })]);
}

#[tokio::test]
async fn the_page_takes_the_time_and_shows_what_is_wrong_with_it_at_its_field() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let (_, encounter) = begun_an_hour_ago(&stage).await;
    let browser = stage.doctor.browser().await;
    let path = format!("/consultations/{encounter}");
    let page = browser.get(&path).await;
    assert!(page.text.contains("The visit was over earlier"), "{}", page.text);
    // They stand beside the note and are sent with it.
    for name in ["closure_note", "happened_at"] {
        let is_it = |tag: &&str| tag.contains(&format!("name=\"{name}\""));
        let control = page.text.split('<').find(is_it).unwrap_or_else(|| panic!("{name} in {}", page.text));
        assert!(control.contains("form=\"consult\"") && !control.contains(" required"), "{control}");
    }
    let author = page.field("author").to_owned();
    let zone = jiff::tz::TimeZone::get("Asia/Kolkata").unwrap();
    let on_the_wall = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string();
    let sends = |at: &str| {
        let fields = [("version", "0"), ("author", author.as_str()), ("plan", "Rest"), ("act", "complete")];
        let mut fields: Vec<(String, String)> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        fields.push(("happened_at".to_owned(), at.to_owned()));
        fields
    };
    let submit = async |at: &str| {
        let fields = sends(at);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        browser.submit(&format!("{path}/sign"), &fields).await
    };
    let early = on_the_wall(minutes_ago(90));
    let refused = submit(&early).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(refused.text.contains("happened_at-error") && refused.text.contains("before the start"));
    assert!(refused.text.contains(&early) && refused.text.contains("Rest"), "what was typed stays");
    let ended = minutes_ago(20);
    let done = submit(&on_the_wall(ended)).await;
    assert_eq!(done.header("location"), "/consultations?done=visit-completed", "{}", done.text);
    let shown = ok(stage.doctor.get(&format!("{ENCOUNTERS}/{encounter}")).await, 200);
    let told: Timestamp = shown["ended_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(told.as_second().div_euclid(60), ended.as_second().div_euclid(60));
}
