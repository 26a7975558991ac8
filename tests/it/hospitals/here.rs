//! Whoever suspends a hospital is told first how many patients are there.

use serde_json::{Value, json};

use super::{TENANTS, change, history};
use crate::appointments::{Stage, an_app};

#[tokio::test]
async fn who_suspends_a_hospital_is_told_of_the_patients_who_are_there() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let other = app.hospital("Zen Hospital").await;
    let boss = app.super_admin().await;
    let page = boss.browser().await;
    let counted = async |hospital: &str| {
        boss.get(&format!("{TENANTS}/{hospital}/details")).await.json["metrics"]["patients_here_count"]
            .clone()
    };
    let asked =
        async |what: &str| page.get(&format!("/console/hospitals/{}/{what}", stage.clinic.id)).await.text;

    let waiting = stage.booked(&stage.asha, &stage.quarter(1)).await;
    let treated = stage.booked(&stage.ravi, &stage.quarter(2)).await;
    assert_eq!(counted(&stage.clinic.id).await, 0, "whoever is booked is not there yet");
    assert!(asked("suspend").await.contains("No patient is checked in or with a doctor"));

    stage.desk_does(&waiting, "check-in", &json!({})).await;
    stage.desk_does(&treated, "check-in", &json!({})).await;
    stage.doctor_does(&treated, "start-consultation", &json!({})).await;
    assert_eq!(counted(&stage.clinic.id).await, 2);
    assert_eq!(counted(&other.id).await, 0, "each hospital by itself");
    let question = asked("suspend").await;
    for part in ["2 patients are there now", "Nobody could chart them", "Restricting the hospital first"] {
        assert!(question.contains(part), "{part} in {question}");
    }
    assert!(!question.contains("Asha Rao") && !question.contains("Ravi"), "a number, never a patient");

    stage.doctor_does(&treated, "complete", &json!({})).await;
    assert_eq!(change(&boss, &stage.clinic.id, "restrict").await.status, 200);
    let question = asked("suspend").await;
    assert!(
        question.contains("1 patient is there now") && question.contains("see them out first"),
        "{question}"
    );

    assert_eq!(change(&boss, &stage.clinic.id, "suspend").await.status, 200);
    let acts = history(&app, &stage.clinic.id).await;
    assert_eq!(
        acts.last().map(|(kind, detail)| (kind.as_str(), &detail["patients_here"])),
        Some(("suspended", &json!(1)))
    );
    assert_eq!(counted(&stage.clinic.id).await, 1, "the console still knows while nobody can sign in");
}

#[tokio::test]
async fn a_visit_that_nobody_ended_is_nobody_there_after_a_day() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    stage.desk_does(&booked, "check-in", &json!({})).await;
    stage.pass(25 * 60);
    let boss = app.super_admin().await;
    let details = boss.get(&format!("{TENANTS}/{}/details", stage.clinic.id)).await.json;
    assert_eq!(details["metrics"]["patients_here_count"], 0);
}

#[tokio::test]
async fn a_hospital_whose_schema_cannot_tell_is_warned_about_in_general() {
    let app = an_app().await;
    let clinic = app.hospital("Asha Clinic").await;
    let boss = app.super_admin().await;
    let page = boss.browser().await;
    clinic.sql("alter table appointments rename to appointments_of_before").await;
    let details = boss.get(&format!("{TENANTS}/{}/details", clinic.id)).await;
    assert_eq!((details.status, &details.json["metrics"]["patients_here_count"]), (200, &Value::Null));
    let question = page.get(&format!("/console/hospitals/{}/suspend", clinic.id)).await.text;
    assert!(question.contains("Patients may be there now"), "{question}");
    assert_eq!(change(&boss, &clinic.id, "suspend").await.status, 200);
}
