//! GET /appointments: filters, order, paging, who reads what; reading changes nothing.

use serde_json::{Value, json};

use super::{APPOINTMENTS, Stage, an_app, code, doctor_of, path_of, refused};
use crate::harness::Client;
use crate::patients::path_of as patient_path;

async fn ids(who: &Client, query: &str) -> Vec<String> {
    let reply = who.get(&format!("{APPOINTMENTS}?{query}")).await;
    assert_eq!(reply.status, 200, "{query}: {}", reply.text);
    let items = reply.json["items"].as_array().unwrap();
    assert_eq!(reply.json["total"], json!(items.len()), "{query}");
    items.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

fn id(appointment: &Value) -> String {
    appointment["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_list_is_narrowed_by_everything_that_the_contract_names() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let heart = super::department_of(&stage.clinic, "Cardiology").await;
    let (_, other) = doctor_of(&stage.clinic, &heart).await;
    let first = stage.booked(&stage.asha, &stage.quarter(1)).await;
    let second = stage.booked(&stage.ravi, &stage.quarter(2)).await;
    let next_week = super::in_weeks(stage.quarter(4).parse().unwrap(), 1, "Asia/Kolkata").to_string();
    let mut body = stage.body(&stage.asha, &next_week);
    body["doctor_user_id"] = json!(other);
    body["department_id"] = json!(heart);
    let third = stage.desk.post(APPOINTMENTS, &body).await.json;
    stage.desk_does(&second, "check-in", &json!({})).await;
    let all = vec![id(&third), id(&second), id(&first)];
    let today = stage.now().to_zoned(jiff::tz::TimeZone::get("Asia/Kolkata").unwrap()).date();
    let asha = stage.asha["id"].as_str().unwrap();
    for (query, expected) in [
        (String::new(), all.clone()),
        ("visit_type=OPD&search=&status=".to_owned(), all.clone()),
        ("status=CHECKED_IN".to_owned(), vec![id(&second)]),
        ("status=SCHEDULED,NO_SHOW".to_owned(), vec![id(&third), id(&first)]),
        (format!("patient_id={asha}"), vec![id(&third), id(&first)]),
        (format!("doctor_user_id={other}"), vec![id(&third)]),
        (format!("department_id={}", stage.department), vec![id(&second), id(&first)]),
        (format!("date_from={today}&date_to={today}"), vec![id(&second), id(&first)]),
        (format!("date_from={next_week}"), vec![id(&third)]),
        (format!("date_to={}", stage.quarter(1)), vec![id(&first)]),
        ("search=asha".to_owned(), vec![id(&third), id(&first)]),
        ("search=iyer%20ravi".to_owned(), vec![id(&second)]),
        (format!("search={}", stage.ravi["patient_code"].as_str().unwrap()), vec![id(&second)]),
        ("search=11111".to_owned(), vec![id(&second)]),
        ("search=nobody".to_owned(), vec![]),
        (format!("search=asha&doctor_user_id={other}"), vec![id(&third)]),
    ] {
        assert_eq!(ids(&stage.desk, &query).await, expected, "{query}");
    }
    let page = stage.desk.get(&format!("{APPOINTMENTS}?page=2&page_size=1")).await.json;
    assert_eq!((&page["items"][0]["id"], &page["total"]), (&json!(id(&second)), &json!(3)));
    assert_eq!(
        (&page["page"], &page["page_size"], &page["total_is_more"]),
        (&json!(2), &json!(1), &json!(false))
    );
    assert_eq!(stage.desk.get(APPOINTMENTS).await.json["page_size"], 50);
    for (query, expected) in [
        ("status=OPEN", refused(400, "appointment.unknown_status")),
        ("status=scheduled", refused(400, "appointment.unknown_status")),
        ("page_size=501", refused(422, "validation_failed")),
        ("page=0", refused(422, "validation_failed")),
        ("date_from=yesterday", refused(422, "validation_failed")),
        ("doctor_user_id=me", refused(422, "validation_failed")),
        ("patient_id=0199c3a1-52e4-7b06-9d1f-3c5e8a7b2f10", refused(404, "not_found")),
    ] {
        assert_eq!(code(&stage.desk.get(&format!("{APPOINTMENTS}?{query}")).await), expected, "{query}");
    }
}

#[tokio::test]
async fn reading_the_list_changes_nothing() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    stage.pass(60 * 5);
    let before = stage.row(&booked).await;
    assert_eq!(ids(&stage.desk, "").await, [id(&booked)]);
    assert_eq!(stage.row(&booked).await, before);
    assert_eq!(stage.desk.get(&path_of(&booked)).await.json["status"], "SCHEDULED");
}

#[tokio::test]
async fn where_the_rules_are_on_a_doctor_reads_their_own_and_is_never_shut_out() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let (ben, ben_id) = doctor_of(&stage.clinic, &stage.department).await;
    let mine = stage.booked(&stage.asha, &stage.quarter(4)).await;
    let mut body = stage.body(&stage.ravi, &stage.quarter(4));
    body["doctor_user_id"] = json!(ben_id);
    let bens = stage.desk.post(APPOINTMENTS, &body).await.json;
    assert_eq!(
        ids(&stage.doctor, "").await.len(),
        2,
        "the rules are off until the hospital switches them on"
    );
    let admin = stage.clinic.admin().await;
    let on = admin.patch("/api/v1/care/rules", &json!({ "row_rules": true })).await;
    assert_eq!(on.status, 200, "{}", on.text);
    let (ana, ben) = (stage.doctor.again().await, ben.again().await);
    assert_eq!(ids(&ana, "").await, [id(&mine)]);
    assert_eq!(ids(&ben, "").await, [id(&bens)]);
    assert_eq!(ids(&stage.desk, "").await.len(), 2, "the desk reads all");
    assert_eq!(ana.get(&path_of(&mine)).await.status, 200);
    assert_eq!(code(&ana.get(&path_of(&bens)).await), refused(403, "patients.not_linked"));
    assert_eq!(
        code(&ana.get(&format!("{}/history", path_of(&bens))).await),
        refused(403, "patients.not_linked")
    );
    // Cover opens it.
    let until = super::later(stage.now(), 60).to_string();
    let cover = ben
        .post(
            "/api/v1/care/covers",
            &json!({ "user_id": stage.doctor_id, "for_user_id": ben_id, "ends_at": until }),
        )
        .await;
    assert_eq!(cover.status, 201, "{}", cover.text);
    assert_eq!(ids(&ana, "").await.len(), 2);
    assert_eq!(ana.get(&path_of(&bens)).await.status, 200);
    stage.pass(61);
    assert_eq!(ids(&ana, "").await, [id(&mine)]);
    // And so does a reason, for whoever has to know.
    let glass = ana
        .post(
            &format!("{}/break-glass", patient_path(&stage.ravi)),
            &json!({ "reason": "Emergency in the hall" }),
        )
        .await;
    assert_eq!(glass.status, 201, "{}", glass.text);
    assert_eq!(ana.get(&path_of(&bens)).await.status, 200);
}

#[tokio::test]
async fn what_is_confidential_is_not_told_by_an_appointment() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let mut body = stage.body(&stage.asha, &stage.quarter(4));
    (body["reason"], body["notes"]) = (json!("Fertility"), json!("Private"));
    let secret = stage.desk.post(APPOINTMENTS, &body).await.json;
    let admin = stage.clinic.admin().await;
    let nurse = stage.clinic.staff(hms::clinic::roles::SystemRole::Nurse).await;
    for (level, shown) in [("R", 1), ("V", 0)] {
        let marked = admin
            .patch(
                &patient_path(&stage.asha),
                &json!({ "confidentiality": level, "change_reason": "Known in town" }),
            )
            .await;
        assert_eq!(marked.status, 200, "{}", marked.text);
        let list = nurse.get(APPOINTMENTS).await;
        for word in ["Asha", "Rao", "Fertility", "Private"] {
            assert!(!list.text.contains(word), "{level} tells {word}: {}", list.text);
        }
        assert_eq!(list.json["total"], shown, "{level}");
        assert_eq!(list.json["items"].as_array().unwrap().len(), shown, "{level}");
        assert_eq!(
            code(&nurse.get(&path_of(&secret)).await),
            refused(403, "patients.confidential"),
            "{level}"
        );
        let found = nurse.get(&format!("{APPOINTMENTS}?search=Asha")).await.json;
        assert_eq!(found["total"], 0, "{level}");
        assert_eq!(admin.get(&path_of(&secret)).await.json["reason"], "Fertility");
    }
}
