//! The list of a day on paper.

use hms::clinic::roles::SystemRole;
use serde_json::json;

use super::{Stage, an_app};

#[tokio::test]
async fn a_day_is_printed_by_doctor_and_keeps_what_the_list_keeps() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let heart = super::department_of(&stage.clinic, "Cardiology").await;
    let (_, other) = super::doctor_of(&stage.clinic, &heart).await;
    stage.clinic.sql(&format!("update staff set first_name = 'Zara' where user_id = '{other}'")).await;
    let admin = stage.clinic.admin().await;
    let told = admin.patch("/api/v1/hospital", &json!({ "letterhead": ["12 Hill Road, Pune"] })).await;
    assert_eq!(told.status, 200, "{}", told.text);

    let mut body = stage.body(&stage.ravi, &stage.quarter(6));
    body["reason"] = json!("Gonorrhoea");
    let hidden = stage.desk.post(super::APPOINTMENTS, &body).await;
    assert_eq!(hidden.status, 201, "{}", hidden.text);
    let asha = stage.booked(&stage.asha, &stage.quarter(1)).await;
    stage.desk_does(&asha, "check-in", &json!({})).await;
    let (off, very) = (stage.patient(3).await, stage.patient(4).await);
    let off = stage.booked(&off, &stage.quarter(3)).await;
    stage.desk_does(&off, "cancel", &json!({ "reason": "OTHER" })).await;
    let mut body = stage.body(&very, &stage.quarter(2));
    (body["doctor_user_id"], body["department_id"]) = (json!(other), json!(heart));
    assert_eq!(stage.desk.post(super::APPOINTMENTS, &body).await.status, 201);
    let level = |of: &str, level: &str| {
        let doctor = &stage.doctor_id;
        format!(
            "update patients set confidentiality = '{level}', created_by_id = '{doctor}' where id = '{of}'"
        )
    };
    stage.clinic.sql(&level(stage.ravi["id"].as_str().unwrap(), "R")).await;

    let page = stage.desk.browser().await;
    let plan = page.get("/appointments/day").await;
    let list = page.get("/appointments").await;
    for (from, text) in [("the plan", &plan.text), ("the list", &list.text)] {
        assert!(text.contains("/appointments/paper?date="), "{from} leads there: {text}");
    }
    let paper = page.get("/appointments/paper").await;
    assert_eq!(paper.status, 200, "{}", paper.text);
    for part in ["Asha Clinic", "12 Hill Road, Pune", "Asha Rao", "10:15", "G-001", "Arrived", "Restricted"] {
        assert!(paper.text.contains(part), "{part} in {}", paper.text);
    }
    for kept in ["Ravi", "Iyer", "Gonorrhoea"] {
        assert!(!paper.text.contains(kept), "{kept} in {}", paper.text);
    }
    let sheet = |text: &str, n: usize| {
        text.split("<section class=\"panel paper-sheet\"").nth(n).unwrap_or_default().to_owned()
    };
    let (first, second) = (sheet(&paper.text, 1), sheet(&paper.text, 2));
    assert!(first.contains("Meera Kulkarni") && first.contains("2 visits"), "{first}");
    assert!(first.find("10:15") < first.find("11:30"), "in the order of the day: {first}");
    assert!(second.contains("Zara Kulkarni") && second.contains("Meena Nair"), "{second}");
    assert_eq!(sheet(&paper.text, 3), "", "a sheet for each doctor, and none for what is off");

    // Whom the reader may not know of at all is not there; practice is on no list.
    stage.clinic.sql(&level(very["id"].as_str().unwrap(), "V")).await;
    let one = page.get(&format!("/appointments/paper?doctor={other}")).await;
    assert!(one.text.contains("Nothing is booked that day"), "{}", one.text);
    stage
        .clinic
        .sql("update patients set is_practice = true, registered_as = 'PRACTICE' where first_name = 'Asha'")
        .await;
    let paper = page.get(&format!("/appointments/paper?department={}", stage.department)).await;
    assert!(!paper.text.contains("Asha Rao") && paper.text.contains("1 visit"), "{}", paper.text);
    let nobody = page.get("/appointments/paper?date=2031-01-06").await;
    assert!(nobody.text.contains("Nothing is booked that day"), "{}", nobody.text);
    let pharmacist = stage.clinic.staff(SystemRole::Pharmacist).await.browser().await;
    assert_eq!(pharmacist.get("/appointments/paper").await.status, 403);
}
