//! Alarms: raised by a set, answered once by name, said again and higher if nobody answers.

use hms::clinic::escalations;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::appointments::{Stage, code, refused, set_clock};
use crate::harness::{Browser, Client, TestApp, eventually};
use crate::vitals::{arrived, nurse_of, recorded, set};

const ALARMS: &str = "/api/v1/escalations";

async fn waiting(who: &Client, query: &str) -> Vec<Value> {
    let reply = who.get(&format!("{ALARMS}{query}")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json["items"].as_array().unwrap().clone()
}

fn answer_to(alarm: &Value) -> String {
    format!("{ALARMS}/{}/acknowledge", alarm["id"].as_str().unwrap())
}

#[tokio::test]
async fn five_points_or_one_red_value_tell_the_doctor_and_four_do_not() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let visit = arrived(&stage, &stage.asha).await;
    let body = |fields: Value| {
        let mut body = set(&stage.asha, fields);
        body["appointment_id"] = visit["id"].clone();
        body
    };
    recorded(&nurse, &body(json!({ "spo2": 93, "oxygen_given": true }))).await;
    assert!(waiting(&nurse, "").await.is_empty(), "4 points, none of them 3");
    recorded(&nurse, &body(json!({ "respiratory_rate": 25 }))).await;
    let alarms = waiting(&stage.doctor, "?mine=true").await;
    assert_eq!(alarms.len(), 1);
    assert_eq!(
        (&alarms[0]["reason"], &alarms[0]["level"], &alarms[0]["patient_name"], &alarms[0]["doctor_user_id"]),
        (&json!("SINGLE_RED"), &json!(1), &json!("Asha Rao"), &json!(stage.doctor_id))
    );
    // The same again says nothing new; worse does.
    recorded(&nurse, &body(json!({ "respiratory_rate": 26 }))).await;
    assert_eq!(waiting(&nurse, "").await.len(), 1);
    recorded(&nurse, &body(json!({ "respiratory_rate": 26, "spo2": 91, "heart_rate": 112 }))).await;
    let alarms = waiting(&nurse, "").await;
    assert_eq!(
        alarms.iter().map(|alarm| &alarm["level"]).collect::<Vec<_>>(),
        [3, 1],
        "the most urgent first"
    );
    // A late entry from before the newest alarms nobody.
    let earlier = (stage.now() - jiff::SignedDuration::from_mins(50)).to_string();
    recorded(&nurse, &set(&stage.ravi, json!({}))).await;
    recorded(&nurse, &set(&stage.ravi, json!({ "respiratory_rate": 25, "recorded_at": earlier }))).await;
    assert!(waiting(&nurse, "").await.iter().all(|alarm| alarm["patient_id"] == stage.asha["id"]));

    let other = stage.clinic.staff(SystemRole::Doctor).await;
    assert!(waiting(&other, "?mine=true").await.is_empty());
    let bell = nurse.browser().await.get("/escalations/bell").await;
    assert!(
        bell.text.contains("2 alarms wait: emergency team") && !bell.text.contains("Asha"),
        "{}",
        bell.text
    );
    let shown = stage.doctor.browser().await.get("/escalations?mine=true").await.text;
    assert!(
        shown.contains("Asha Rao") && shown.contains("Emergency team") && shown.contains("I go"),
        "{shown}"
    );
    let today = stage.doctor.browser().await.get("/vitals/queue").await.text;
    assert!(today.contains("hx-get=\"/escalations/bell\""), "the bell is on every page: {today}");
    let desk = stage.desk.browser().await.get("/today").await.text;
    assert!(!desk.contains("/escalations"), "not for who may not see vital signs");
}

#[tokio::test]
async fn of_two_who_answer_at_once_one_is_named() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let other = stage.clinic.staff(SystemRole::Doctor).await;
    recorded(&nurse, &set(&stage.asha, json!({ "respiratory_rate": 25 }))).await;
    let alarm = waiting(&nurse, "").await.remove(0);
    let path = answer_to(&alarm);
    stage.pass(3);
    // Both stand before the row before either may change it.
    let hold = stage.clinic.sql(
        "begin;
         select id from escalations for update;
         do $$ begin
           for n in 1..600 loop
             perform pg_sleep(0.05), pg_stat_clear_snapshot();
             if (select count(*) from pg_stat_activity
                  where datname = current_database() and usename = 'hms_app' and wait_event_type = 'Lock') >= 2 then
               return;
             end if;
           end loop;
           raise exception 'after thirty seconds two connections do not stand in line';
         end $$;
         commit",
    );
    let race = async {
        let held = "select count(*) as n from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
        eventually("the alarm is held", async || app.sql(held).await[0]["n"] == 1).await;
        let body = json!({ "action": "Oxygen, blood gas" });
        tokio::join!(stage.doctor.post(&path, &body), other.post(&path, &body))
    };
    let (_, (one, two)) = tokio::join!(hold, race);
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.text, two.text);
    let (won, lost) = if one.status == 200 { (one, two) } else { (two, one) };
    assert_eq!(code(&lost), refused(409, "escalations.acknowledged"));
    assert!(lost.detail().contains("Meera Kulkarni"), "who it was: {}", lost.text);
    assert_eq!(won.json["action"], "Oxygen, blood gas");
    assert!((180..=240).contains(&won.json["seconds_to_acknowledge"].as_i64().unwrap()), "{}", won.text);
    assert!(waiting(&nurse, "").await.is_empty());
    assert_eq!(waiting(&nurse, "?state=acknowledged").await.len(), 1);
    let speed = nurse.get(&format!("{ALARMS}/speed")).await.json;
    assert_eq!((&speed[0]["raised"], &speed[0]["acknowledged"]), (&json!(1), &json!(1)), "{speed}");
    assert!((180..=240).contains(&speed[0]["median_seconds"].as_i64().unwrap()), "{speed}");
    let steps = stage.clinic.sql("select kind from escalation_steps order by at, id").await;
    assert_eq!(steps.iter().map(|step| &step["kind"]).collect::<Vec<_>>(), ["RAISED", "ACKNOWLEDGED"]);
    assert_eq!(
        nurse.post(&format!("{ALARMS}/{}/acknowledge", uuid::Uuid::new_v4()), &json!({})).await.status,
        404
    );
}

#[tokio::test]
async fn what_nobody_answers_is_said_again_and_climbs_until_somebody_does() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    recorded(&nurse, &set(&stage.asha, json!({ "respiratory_rate": 25 }))).await;
    assert_eq!(escalations::housekeep(&app.app).await.unwrap(), 0, "not before its time");
    // Level 1 is said every 15 minutes, level 2 every 10, level 3 every 5; each second time it climbs.
    for (minutes, level, rounds) in [(16, 1, 2), (16, 2, 3), (11, 2, 4), (11, 3, 5), (6, 3, 6), (6, 3, 7)] {
        stage.pass(minutes);
        assert_eq!(escalations::housekeep(&app.app).await.unwrap(), 1);
        assert_eq!(escalations::housekeep(&app.app).await.unwrap(), 0, "once");
        let alarm = waiting(&nurse.again().await, "").await.remove(0);
        assert_eq!((&alarm["level"], &alarm["rounds"]), (&json!(level), &json!(rounds)), "{alarm}");
        assert_eq!(alarm["first_level"], 1);
    }
    let doctor = stage.doctor.again().await;
    let alarm = waiting(&doctor, "").await.remove(0);
    let page = doctor.browser().await;
    let to = format!("/escalations/{}/acknowledge", alarm["id"].as_str().unwrap());
    let done = page.submit(&to, &[("action", "Moved to the ward")]).await;
    assert_eq!(
        (done.status, done.header("location")),
        (303, "/escalations?done=acknowledged"),
        "{}",
        done.text
    );
    assert_eq!(page.submit(&to, &[("action", "")]).await.status, 409);
    stage.pass(60);
    assert_eq!(escalations::housekeep(&app.app).await.unwrap(), 0, "answered");
    let shown = page.get("/escalations?state=acknowledged").await.text;
    assert!(shown.contains("Moved to the ward") && shown.contains("Time to an answer"), "{shown}");
    let steps = stage.clinic.sql("select kind, level from escalation_steps order by at, id").await;
    let kinds: Vec<&str> = steps.iter().map(|step| step["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["RAISED", "REPEATED", "CLIMBED", "REPEATED", "CLIMBED", "REPEATED", "REPEATED", "ACKNOWLEDGED"]
    );
}

#[tokio::test]
async fn a_child_in_the_danger_zone_alarms_without_a_score() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let fields = json!({ "first_name": "Tara", "last_name": "Sen", "phone_primary": "+91 98765 22222", "dob": null, "age_only": 5 });
    let child = crate::patients::registered(&stage.desk, fields).await;
    let values = json!({ "respiratory_rate": 22, "heart_rate": 141, "systolic_bp": 95, "diastolic_bp": 60, "spo2": 97 });
    let made = recorded(&nurse, &set(&child, values)).await;
    assert_eq!(made["flags"], json!({ "heart_rate": "DANGER_HIGH" }), "{made}");
    let alarm = waiting(&nurse, "").await.remove(0);
    assert_eq!(
        (&alarm["reason"], &alarm["level"], &alarm["news2_total"]),
        (&json!("CHILD"), &json!(2), &Value::Null)
    );
}

#[tokio::test]
async fn a_child_who_does_not_answer_or_breathes_far_too_slowly_alarms() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let fields = json!({ "first_name": "Tara", "last_name": "Sen", "phone_primary": "+91 98765 22222", "dob": null, "age_only": 5 });
    let child = crate::patients::registered(&stage.desk, fields).await;
    let worst = json!({
        "patient_id": child["id"], "consciousness": "UNRESPONSIVE", "respiratory_rate": 8, "heart_rate": 45,
    });
    let made = recorded(&nurse, &worst).await;
    assert_eq!(
        made["flags"],
        json!({ "heart_rate": "DANGER_LOW", "respiratory_rate": "DANGER_LOW", "consciousness": "DANGER_LOW" })
    );
    let alarm = waiting(&nurse, "").await.remove(0);
    assert_eq!((&alarm["reason"], &alarm["vitals_id"]), (&json!("CHILD"), &made["id"]));
    let ended = format!("/api/v1/vitals/{}/entered-in-error", made["id"].as_str().unwrap());
    assert_eq!(nurse.post(&ended, &json!({ "reason": "Typed twice" })).await.status, 200);
    // Each alone is enough; a little below the range is not.
    for (field, value, alarms) in [
        ("consciousness", json!("VOICE"), true),
        ("consciousness", json!("ALERT"), false),
        // At 5 years: pulse from 80, breaths from 20; 30 % below is 56 and 14.
        ("heart_rate", json!(55), true),
        ("heart_rate", json!(56), false),
        ("respiratory_rate", json!(13), true),
        ("respiratory_rate", json!(14), false),
    ] {
        let made = recorded(&nurse, &json!({ "patient_id": child["id"], field: value })).await;
        assert_eq!(waiting(&nurse, "").await.len(), usize::from(alarms), "{made}");
        let ended = format!("/api/v1/vitals/{}/entered-in-error", made["id"].as_str().unwrap());
        assert_eq!(nurse.post(&ended, &json!({ "reason": "The next one" })).await.status, 200);
    }
}

#[tokio::test]
async fn who_is_pregnant_has_no_score_and_alarms_by_signs_of_danger() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let pregnant = async |mut values: Value| {
        values["is_pregnant"] = json!(true);
        let made = recorded(&nurse, &set(&stage.asha, values)).await;
        assert_eq!((&made["news2"]["reason"], &made["news2"]["total"]), (&json!("PREGNANT"), &Value::Null));
        made
    };
    // Values with points, of which none is danger.
    pregnant(json!({ "heart_rate": 112, "systolic_bp": 100 })).await;
    assert!(waiting(&nurse, "").await.is_empty());
    stage.pass(30);
    // Nobody asked, and there is no visit at which somebody did: scored like everybody.
    let made = recorded(&nurse, &set(&stage.asha, json!({ "heart_rate": 112 }))).await;
    assert_eq!((&made["news2"]["total"], &made["is_pregnant"]), (&json!(2), &Value::Null));
    let ill = pregnant(json!({ "systolic_bp": 65, "diastolic_bp": 40 })).await;
    assert_eq!(ill["flags"]["systolic_bp"], "DANGER_LOW");
    let alarm = waiting(&nurse, "").await.remove(0);
    assert_eq!((&alarm["vitals_id"], &alarm["level"]), (&ill["id"], &json!(3)));
    assert_eq!(nurse.post(&answer_to(&alarm), &json!({})).await.status, 200);
    let drowsy = pregnant(json!({ "consciousness": "VOICE" })).await;
    assert_eq!(drowsy["flags"]["consciousness"], "DANGER_LOW");
    let alarm = waiting(&nurse, "").await.remove(0);
    assert_eq!(alarm["vitals_id"], drowsy["id"]);
    assert_eq!(
        recorded(&nurse, &set(&stage.asha, json!({ "is_pregnant": false }))).await["news2"]["total"],
        0
    );
}

#[tokio::test]
async fn for_the_dead_nobody_is_called_and_a_death_by_mistake_calls_again() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let ill = json!({ "respiratory_rate": 26, "spo2": 90 });
    recorded(&nurse, &set(&stage.asha, ill.clone())).await;
    recorded(&nurse, &set(&stage.ravi, ill)).await;
    let bell = async || nurse.browser().await.get("/escalations/bell").await.text;
    assert!(bell().await.contains("2 alarms wait"));
    let alarm =
        waiting(&nurse, "").await.into_iter().find(|alarm| alarm["patient_name"] == "Asha Rao").unwrap();
    let path = crate::patients::path_of(&stage.asha);
    let died = json!({ "died_at": stage.now().to_string(), "certified_by": "Dr. Rao" });
    let reply = stage.doctor.post(&format!("{path}/deceased"), &died).await;
    assert!(reply.status < 300, "{}", reply.text);
    assert!(bell().await.contains("1 alarm waits"));
    let late = nurse.post(&answer_to(&alarm), &json!({})).await;
    assert_eq!(code(&late), refused(409, "escalations.closed"), "{}", late.text);
    let page = nurse.browser().await;
    assert!(page.get("/escalations?state=all").await.text.contains("the patient has died"));
    stage.pass(16);
    assert_eq!(escalations::housekeep(&app.app).await.unwrap(), 1, "only for who lives");

    let admin = stage.clinic.admin().await;
    let undone = admin.post(&format!("{path}/deceased/undo"), &json!({ "reason": "Wrong record" })).await;
    assert!(undone.status < 300, "{}", undone.text);
    assert!(bell().await.contains("2 alarms wait"));
    assert_eq!(nurse.again().await.post(&answer_to(&alarm), &json!({})).await.status, 200);

    // However a death was written down: the next round closes what waits.
    let path = crate::patients::path_of(&stage.ravi);
    let changed = json!({ "is_deceased": true, "change_reason": "Told by the ward" });
    let reply = stage.doctor.again().await.patch(&path, &changed).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    stage.pass(16);
    assert_eq!(escalations::housekeep(&app.app).await.unwrap(), 0);
    assert!(bell().await.contains("No alarm waits"));
    let steps = stage
        .clinic
        .sql("select kind, by_id from escalation_steps where kind = 'CLOSED' order by at, id")
        .await;
    assert!(steps.len() == 2 && steps[0]["by_id"].is_string(), "{steps:?}");
}

#[tokio::test]
async fn whoever_lives_after_all_is_called_for_again_however_that_is_written_down() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let ill = json!({ "respiratory_rate": 26, "spo2": 90 });
    let mut sets = Vec::new();
    for patient in [&stage.asha, &stage.asha, &stage.asha, &stage.ravi] {
        stage.pass(1);
        sets.push(recorded(&nurse, &set(patient, ill.clone())).await);
    }
    let who = async || {
        let mut sets: Vec<Value> =
            waiting(&nurse, "").await.iter().map(|alarm| alarm["vitals_id"].clone()).collect();
        sets.sort_by_key(Value::to_string);
        sets
    };
    let mut both = vec![sets[2]["id"].clone(), sets[3]["id"].clone()];
    both.sort_by_key(Value::to_string);
    let wrong = async |set: &Value| {
        let path = format!("{}/{}/entered-in-error", crate::vitals::VITALS, set["id"].as_str().unwrap());
        let ended = nurse.post(&path, &json!({ "reason": "Values of another patient" })).await;
        assert_eq!(ended.status, 200, "{}", ended.text);
    };
    let admin = stage.clinic.admin().await;
    let told = async |is_deceased: bool| {
        for patient in [&stage.asha, &stage.ravi] {
            let body = json!({ "is_deceased": is_deceased, "change_reason": "Told by the ward" });
            let reply = admin.patch(&crate::patients::path_of(patient), &body).await;
            assert_eq!(reply.status, 200, "{}", reply.text);
        }
    };
    told(true).await;
    assert_eq!(escalations::housekeep(&app.app).await.unwrap(), 0);
    // The set that had alarmed is wrong, and another says the same: of the dead nobody is told.
    wrong(&sets[0]).await;
    assert!(who().await.is_empty());
    told(false).await;
    assert_eq!(escalations::housekeep(&app.app).await.unwrap(), 2);
    assert_eq!(who().await, both);
    assert_eq!(escalations::housekeep(&app.app).await.unwrap(), 0, "once");

    // The same where a death is taken back by its own deed.
    let path = format!("{}/deceased", crate::patients::path_of(&stage.asha));
    let died = admin.post(&path, &json!({ "died_at": stage.now().to_string() })).await;
    assert!(died.status < 300, "{}", died.text);
    wrong(&sets[2]).await;
    assert_eq!(who().await, [sets[3]["id"].clone()]);
    let undone = admin.post(&format!("{path}/undo"), &json!({ "reason": "Wrong record" })).await;
    assert!(undone.status < 300, "{}", undone.text);
    let after = who().await;
    assert!(after.len() == 2 && after.contains(&sets[1]["id"]), "{after:?}");
}

/// The word that a bell asks with the next time.
fn seen(bell: &str) -> String {
    let (_, rest) = bell.split_once("bell?seen=").unwrap_or_else(|| panic!("{bell}"));
    rest.split('"').next().unwrap().to_owned()
}

/// The bell as it is now, and that the next question is answered from memory: not so at the end of each half minute.
async fn told_from_memory(page: &Browser) -> String {
    for _ in 0..5 {
        let bell = page.get("/escalations/bell").await;
        assert_eq!(bell.status, 200, "{}", bell.text);
        if page.get(&format!("/escalations/bell?seen={}", seen(&bell.text))).await.status == 204 {
            return bell.text;
        }
    }
    panic!("never told from memory");
}

#[tokio::test]
async fn the_bell_rings_within_seconds_and_is_told_from_memory_meanwhile() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let page = nurse.browser().await;
    // What was read is shown for half a minute of the clock: one has just begun, so that what rings was announced.
    let half_minute = (stage.now().as_second() / 30 + 1) * 30;
    set_clock(&app, jiff::Timestamp::from_second(half_minute).unwrap());
    let quiet = told_from_memory(&page).await;
    assert!(quiet.contains("No alarm waits") && quiet.contains("data-every=\"1500\""), "{quiet}");
    let ask = async |word: &str| page.get(&format!("/escalations/bell?seen={word}")).await;
    assert_eq!(ask("anything").await.status, 200);

    recorded(&nurse, &set(&stage.asha, json!({ "respiratory_rate": 26, "spo2": 90 }))).await;
    eventually("the bell rings", async || {
        let bell = ask(&seen(&quiet)).await;
        bell.status == 200 && bell.header("hx-trigger") == "alarms" && bell.text.contains("1 alarm waits")
    })
    .await;
    let ringing = told_from_memory(&page).await;
    let alarm = waiting(&nurse, "").await.remove(0);
    assert_eq!(nurse.post(&answer_to(&alarm), &json!({})).await.status, 200);
    eventually("the bell is still", async || ask(&seen(&ringing)).await.text.contains("No alarm waits"))
        .await;
}

#[tokio::test]
async fn many_open_pages_leave_enough_for_what_people_do() {
    let app = TestApp::configured(&[("RATE_LIMIT_PER_USER", "60")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = clinic.staff(SystemRole::Nurse).await.browser().await;
    let mut word = seen(&told_from_memory(&page).await);
    for _ in 0..150 {
        let bell = page.get(&format!("/escalations/bell?seen={word}")).await;
        assert!([200, 204].contains(&bell.status), "{}", bell.text);
        if bell.status == 200 {
            word = seen(&bell.text);
        }
    }
    assert_eq!(page.get("/vitals/due").await.status, 200);
    let anonymous = app.anonymous().get("/escalations/bell").await;
    assert!([303, 401].contains(&anonymous.status), "{}", anonymous.text);
    // Whoever makes us count each time is braked as everywhere.
    let mut refused = 0;
    for _ in 0..150 {
        refused += usize::from(page.get("/escalations/bell").await.status == 429);
    }
    assert!(refused > 50, "{refused}");
}
