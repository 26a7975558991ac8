//! Between active and suspended: a hospital goes on with those who are there, and takes nobody new but who cannot wait.

use std::time::{Duration, Instant};

use axum::http::Method;
use futures_util::future::join_all;
use hms::access::PAUSED;
use hms::clinic::roles::{CATALOGUE, SystemRole};
use serde_json::{Value, json};

use super::{TENANTS, change, field, history, list, names};
use crate::encounters::{self, ENCOUNTERS};
use crate::harness::{Client, Reply, TestApp, eventually};
use crate::patients::{PATIENTS, QUICK, path_of, patient, registered};
use crate::queue::{WALK_INS, room, walk_in};

async fn restrict(boss: &Client, id: &str, reason: &str) -> Reply {
    boss.patch(&format!("{TENANTS}/{id}/restrict"), &json!({ "reason": reason })).await
}

fn waits(reply: &Reply) -> bool {
    reply.status == 403 && reply.json["code"] == "hospital_restricted"
}

/// Subjects of the mails to this address, oldest first.
pub async fn mails(app: &TestApp, address: &str) -> Vec<(String, String)> {
    let rows = app
        .sql(&format!(
            "select subject, body_text from public.mails where recipient = '{address}' and template = 'hospital_notice'
              order by created_at, id"
        ))
        .await;
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    rows.iter().map(|row| (text(row, "subject"), text(row, "body_text"))).collect()
}

#[test]
fn what_waits_are_rights_that_somebody_can_hold() {
    for code in PAUSED {
        assert!(CATALOGUE.iter().any(|permission| permission.code == *code), "{code}");
    }
}

#[tokio::test]
async fn a_restricted_hospital_cares_for_who_is_there_and_takes_nobody_new_on_any_instance() {
    let app = TestApp::new().await;
    let other = app.second_instance().await;
    let (clinic, neighbour) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let elsewhere = desk.on(&other.router);
    let unharmed = neighbour.staff(SystemRole::Receptionist).await;
    let boss = app.super_admin().await;
    let anna = json!({ "first_name": "Anna", "last_name": "Kovac", "dob": "1994-02-03" });
    let mother = registered(&desk, anna).await;
    assert_eq!(elsewhere.get(&path_of(&mother)).await.status, 200, "both instances know the desk");

    let done = restrict(&boss, &clinic.id, "Licence under review").await;
    let started = Instant::now();
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(
        (&done.json["status"], &done.json["restricted"], &done.json["restricted_reason"]),
        (&json!("ACTIVE"), &json!(true), &json!("Licence under review")),
        "clients that know only the contract see an active hospital"
    );
    for desk in [&desk, &elsewhere] {
        eventually("registering waits", async || waits(&desk.post(QUICK, &patient(json!({}))).await)).await;
    }
    assert!(started.elapsed() < Duration::from_secs(1));
    assert!(waits(&desk.post(PATIENTS, &json!({ "first_name": "Asha" })).await));
    assert!(waits(&desk.post(&format!("{PATIENTS}/practice"), &json!({})).await));
    assert_eq!(unharmed.post(QUICK, &patient(json!({}))).await.status, 201, "the neighbour goes on");

    // Those who are there: read, changed, exported.
    assert_eq!(desk.get(&path_of(&mother)).await.status, 200);
    assert_eq!(desk.patch(&path_of(&mother), &json!({ "city": "Nashik" })).await.status, 200);
    let allergy = json!({ "substance": "Latex" });
    assert_eq!(nurse.post(&format!("{}/allergies", path_of(&mother)), &allergy).await.status, 201);
    assert_eq!(desk.get(&format!("{PATIENTS}/export/csv")).await.status, 200);

    // Those who cannot wait.
    let stranger = nurse.post(&format!("{PATIENTS}/unidentified"), &json!({})).await;
    assert_eq!(stranger.status, 201, "{}", stranger.text);
    let urgent = desk.post(&format!("{PATIENTS}/emergency"), &json!({ "first_name": "Ravi" })).await;
    assert_eq!(urgent.status, 201, "{}", urgent.text);
    let born = json!({ "sex": "FEMALE", "born_at": jiff::Timestamp::now().to_string() });
    let child = nurse.post(&format!("{}/newborns", path_of(&mother)), &born).await;
    assert_eq!(child.status, 201, "{}", child.text);

    let page = desk.browser().await;
    assert!(page.get("/patients").await.text.contains("The platform has restricted this hospital"));
    assert!(!unharmed.browser().await.get("/patients").await.text.contains("has restricted this hospital"));

    let lifted = change(&boss, &clinic.id, "lift").await;
    assert_eq!((lifted.status, &lifted.json["restricted"]), (200, &json!(false)), "{}", lifted.text);
    eventually("registering goes on", async || desk.post(QUICK, &patient(json!({}))).await.status == 201)
        .await;
    let told = mails(&app, &clinic.email).await;
    let subjects: Vec<&str> = told.iter().map(|(subject, _)| subject.as_str()).collect();
    assert_eq!(subjects, ["Asha Clinic is restricted", "Asha Clinic is not restricted any more"]);
    assert!(told[0].1.contains("Licence under review"));
    assert!(mails(&app, &neighbour.email).await.is_empty());
    let rows = app.audit().await;
    let verbs: Vec<&str> = rows
        .iter()
        .filter(|row| row["entity_id"] == clinic.id.as_str())
        .filter_map(|row| row["kind"].as_str())
        .filter(|kind| kind.starts_with("restrict"))
        .collect();
    assert_eq!(verbs, ["restricted", "restriction_lifted"]);
}

#[tokio::test]
async fn the_desks_form_goes_on_for_an_emergency_only() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await.browser().await;
    let boss = app.super_admin().await;
    restrict(&boss, &clinic.id, "Unpaid").await;
    eventually("the pages say so", async || desk.get("/patients").await.text.contains("has restricted"))
        .await;
    assert_eq!(desk.get("/patients/new").await.status, 200);
    let fields = [
        ("first_name", "Asha"),
        ("phone_primary", "9820012345"),
        ("gender", "FEMALE"),
        ("city", "Pune"),
        ("born", "34y"),
    ];
    let refused = desk.submit("/patients/new", &fields).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert!(refused.text.contains("Is this an emergency?") && refused.text.contains(r#"value="Asha""#));
    assert_eq!(clinic.sql("select id from patients").await.len(), 0);
    let urgent = desk.submit("/patients/new", &[&fields[..], &[("emergency", "1")]].concat()).await;
    assert_eq!(urgent.status, 303, "{}", urgent.text);
    let made = desk.submit("/patients/practice", &[]).await;
    assert!(
        made.status == 403 && made.text.contains("This waits while your hospital is restricted"),
        "{}",
        made.text
    );
}

#[tokio::test]
async fn what_waits_does_not_come_in_by_another_door() {
    let app = TestApp::new().await;
    let stage = encounters::Stage::on(&app).await;
    let (clinic, doctor, desk) = (&stage.clinic, &stage.doctor, &stage.desk);
    // Departments that see no patients take no bookings.
    clinic.sql("update departments set is_for_patients = true").await;
    let encounter = stage.begun().await;
    let home = room(clinic).await;
    restrict(&app.super_admin().await, &clinic.id, "Licence under review").await;
    eventually("registering waits", async || waits(&desk.post(QUICK, &patient(json!({}))).await)).await;

    // The end of a consultation books nothing; without the booking it ends.
    let finish = format!("{ENCOUNTERS}/{encounter}/finish");
    let refused = doctor.post(&finish, &json!({ "follow_up": { "weeks": 2 } })).await;
    assert!(waits(&refused), "{}", refused.text);
    let page = doctor.browser().await;
    let fields = [("act", "complete"), ("weeks", "2"), ("closure_note", "Seen")];
    let told = page.submit(&format!("/consultations/{encounter}/finish"), &fields).await;
    assert_eq!(told.status, 403, "{}", told.text);
    assert!(told.text.contains("The platform has restricted this hospital: it takes no new patients"));
    assert!(!told.text.contains("See again"), "what waits is not offered");
    let state = async || {
        let rows = clinic
            .sql(&format!(
                "select e.status, (select count(*) from appointments) as booked from encounters e where e.id = '{encounter}'"
            ))
            .await;
        (rows[0]["status"].as_str().unwrap().to_owned(), rows[0]["booked"].as_i64().unwrap())
    };
    assert_eq!(state().await, ("IN_PROGRESS".to_owned(), 1), "nothing was done");
    let ended = doctor.post(&finish, &json!({})).await;
    assert_eq!(ended.status, 200, "{}", ended.text);
    assert_eq!(state().await, ("FINISHED".to_owned(), 1));

    // Nobody is registered by walking in, but who cannot wait.
    let known = clinic.sql("select id from patients").await.len();
    let refused = desk.post(WALK_INS, &walk_in(&home, "Meera", json!({}))).await;
    assert!(waits(&refused), "{}", refused.text);
    let urgent = desk.post(WALK_INS, &walk_in(&home, "Ravi", json!({ "priority": "EMERGENCY" }))).await;
    assert_eq!(urgent.status, 201, "{}", urgent.text);
    assert_eq!(urgent.json["registered"], true);
    assert_eq!(clinic.sql("select id from patients").await.len(), known + 1);

    // Nor does a right that is given beside another one open what waits.
    let admin = clinic.admin().await;
    let dispatcher = clinic.sql("select id from roles where system_key = 'DISPATCHER'").await;
    let like = json!({ "name": "Like it", "template_role_id": dispatcher[0]["id"] });
    assert!(waits(&admin.post("/api/v1/roles", &like).await));
}

#[tokio::test]
async fn a_suspension_leaves_the_restriction_as_it_was() {
    let app = TestApp::new().await;
    let (clinic, waiting) = (app.hospital("Asha Clinic").await, app.pending_hospital("Zen Hospital").await);
    let boss = app.super_admin().await;
    let refused = restrict(&boss, &waiting.id, "Unpaid").await;
    assert_eq!((refused.status, &refused.json["code"]), (400, &json!("hospitals.not_active")));
    assert_eq!(change(&boss, &clinic.id, "lift").await.json["code"], "hospitals.not_restricted");
    assert_eq!(restrict(&boss, &clinic.id, "Unpaid").await.status, 200);
    assert_eq!(restrict(&boss, &clinic.id, "Unpaid").await.json["code"], "hospitals.already_restricted");

    assert_eq!(names(&list(&boss, &[("restricted", "true")]).await), ["Asha Clinic"]);
    assert_eq!(names(&list(&boss, &[("restricted", "false")]).await), ["Zen Hospital"]);
    assert_eq!(change(&boss, &clinic.id, "suspend").await.json["restricted"], true);
    let back = change(&boss, &clinic.id, "activate").await;
    assert_eq!((&back.json["status"], &back.json["restricted"]), (&json!("ACTIVE"), &json!(true)));
    assert_eq!(history(&app, &clinic.id).await.len(), 2);
    let subjects: Vec<String> =
        mails(&app, &clinic.email).await.into_iter().map(|(subject, _)| subject).collect();
    assert_eq!(subjects, ["Asha Clinic is restricted", "Asha Clinic is suspended", "Asha Clinic is active"]);

    // An address that nobody confirmed may be a stranger's.
    assert_eq!(change(&boss, &waiting.id, "suspend").await.status, 200);
    assert_eq!(change(&boss, &waiting.id, "activate").await.json["status"], "PENDING");
    assert!(mails(&app, &waiting.email).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_restrict_at_once_one_does_and_the_mail_goes_once() {
    let app = TestApp::configured(&[("HMS_LANES", "10")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let boss = app.super_admin().await;
    let seen = |version: &'static str| {
        boss.request(Method::PATCH, &format!("{TENANTS}/{}/restrict", clinic.id)).header("if-match", version)
    };
    assert_eq!(seen("\"77\"").send().await.status, 412);
    let racers = join_all((0..20).map(|_| restrict(&boss, &clinic.id, "Unpaid"))).await;
    assert_eq!(racers.iter().filter(|reply| reply.status == 200).count(), 1);
    for reply in racers.iter().filter(|reply| reply.status != 200) {
        let refusal = (reply.status, &reply.json["code"]);
        assert_eq!(refusal, (400, &json!("hospitals.already_restricted")), "{}", reply.text);
    }
    assert_eq!(mails(&app, &clinic.email).await.len(), 1);
}

#[tokio::test]
async fn the_pages_ask_with_a_reason_and_say_what_waits() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = app.super_admin().await.browser().await;
    let ask = format!("/console/hospitals/{}/restrict", clinic.id);
    let question = page.get(&ask).await.text;
    for part in [
        "Emergencies and births are registered as always",
        "can still sign in, read, chart, discharge and export",
    ] {
        assert!(question.contains(part), "{part} in {question}");
    }
    let version = field(&question, "version");
    assert_eq!(page.submit(&ask, &[("version", &version)]).await.status, 422);
    let done = page.submit(&ask, &[("version", &version), ("reason", "Unpaid <b>bill</b>")]).await;
    assert_eq!(done.header("location"), "/console/hospitals?done=restricted");
    let list = page.get("/console/hospitals?restricted=true").await.text;
    assert!(list.contains("Asha Clinic") && list.contains("Restricted</span>"), "{list}");
    let shown = page.get(&format!("/console/hospitals/{}", clinic.id)).await.text;
    assert!(shown.contains("Unpaid &#60;b&#62;bill") && shown.contains("Restricted since"), "{shown}");
    let suspending = page.get(&format!("/console/hospitals/{}/suspend", clinic.id)).await.text;
    assert!(!suspending.contains("Restricting the hospital first"), "it is already");
    let lift = format!("/console/hospitals/{}/lift", clinic.id);
    assert_eq!(page.submit(&lift, &[]).await.header("location"), "/console/hospitals?done=lifted");
}
