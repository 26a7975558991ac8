//! POST /appointments, row by row of the contract.

use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use super::{
    APPOINTMENTS, Stage, allow_overbooking, an_app, code, department_of, doctor_of, path_of, refused,
};
use crate::patients::path_of as patient_path;

#[tokio::test]
async fn the_desk_books_and_everybody_reads_the_same() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let at = stage.quarter(4);
    let mut body = stage.body(&stage.asha, &at);
    body["notes"] = json!("Bring the old x-ray");
    body["reason"] = json!("Cough");
    let made = stage.desk.post(APPOINTMENTS, &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.header("location"), path_of(&made.json));
    assert_eq!(made.header("etag"), "\"1\"");
    for (field, value) in [
        ("patient_id", stage.asha["id"].clone()),
        ("doctor_user_id", json!(stage.doctor_id)),
        ("department_id", json!(stage.department)),
        ("scheduled_at", json!(at)),
        ("status", json!("SCHEDULED")),
        ("kind", json!("BOOKED")),
        ("notes", json!("Bring the old x-ray")),
        ("reason", json!("Cough")),
        ("patient_name", json!("Asha Rao")),
        ("patient_code", stage.asha["patient_code"].clone()),
        ("doctor_name", json!("Meera Kulkarni")),
        ("department", json!("General Medicine")),
        ("has_prescription", json!(false)),
        ("prescription_count", json!(0)),
        ("prescription_status", Value::Null),
        ("checked_in_at", Value::Null),
        ("consultation_started_at", Value::Null),
        ("completed_at", Value::Null),
        ("no_show_at", Value::Null),
        ("cancelled_reason", Value::Null),
        ("cancelled_note", Value::Null),
        ("linked_ipd_admission_id", Value::Null),
        ("token", Value::Null),
    ] {
        assert_eq!(made.json[field], value, "{field}");
    }
    let shown = stage.doctor.get(&path_of(&made.json)).await;
    assert_eq!((shown.status, &shown.json), (200, &made.json));
    // It ties the doctor to the patient, and is written down.
    let ties = stage.clinic.sql("select kind, user_id, source_id from care_relations").await;
    assert_eq!(
        ties,
        [json!({ "kind": "APPOINTMENT", "user_id": stage.doctor_id, "source_id": made.json["id"] })]
    );
    let history = stage.desk.get(&format!("{}/history", path_of(&made.json))).await;
    assert_eq!(history.json[0]["kind"], "BOOKED");
    assert_eq!(history.json[0]["actor_name"], "Meera Kulkarni");
    assert_eq!(history.json[0]["happened_at"], history.json[0]["recorded_at"]);
    let audit = stage.clinic.audit().await;
    let row = audit.iter().find(|row| row["entity"] == "appointment" && row["kind"] == "created").unwrap();
    assert_eq!(row["detail"], json!({ "patient_id": stage.asha["id"] }));
}

#[tokio::test]
async fn a_booking_is_refused_for_what_the_contract_names() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let at = stage.quarter(4);
    let with = |field: &str, value: Value| {
        let mut body = stage.body(&stage.asha, &at);
        body[field] = value;
        body
    };
    let nobody = json!("0199c3a1-52e4-7b06-9d1f-3c5e8a7b2f10");
    let nurse = super::id_of(&stage.clinic.staff(SystemRole::Nurse).await).await;
    let office = department_of(&stage.clinic, "Administrator").await;
    for (body, expected) in [
        (with("patient_id", nobody.clone()), refused(404, "not_found")),
        (with("doctor_user_id", nobody.clone()), refused(404, "not_found")),
        (with("department_id", nobody), refused(404, "not_found")),
        (with("doctor_user_id", json!(nurse)), refused(400, "appointment.not_a_doctor")),
        (with("doctor_user_id", Value::Null), refused(400, "appointment.doctor_needed")),
        (with("department_id", Value::Null), refused(400, "appointment.department_needed")),
        (with("department_id", json!(office)), refused(400, "appointment.department_without_patients")),
        (with("scheduled_at", json!(stage.quarter(0))), refused(400, "appointment.in_the_past")),
        (with("scheduled_at", json!("2019-03-14T09:00:00Z")), refused(400, "appointment.in_the_past")),
        (with("scheduled_at", json!("2399-03-14T09:00:00Z")), refused(400, "appointment.too_far")),
        (with("scheduled_at", Value::Null), refused(422, "validation_failed")),
        (with("scheduled_at", json!("tomorrow")), refused(422, "validation_failed")),
        (with("scheduled_at", json!("9999-12-31T23:45:00Z")), refused(422, "validation_failed")),
        (with("patient_id", Value::Null), refused(422, "validation_failed")),
        (with("patient_id", json!("me")), refused(422, "validation_failed")),
        (with("notes", json!("x".repeat(1001))), refused(422, "validation_failed")),
    ] {
        let reply = stage.desk.post(APPOINTMENTS, &body).await;
        assert_eq!(code(&reply), expected, "{body}: {}", reply.text);
    }
    assert!(stage.clinic.sql("select * from appointments").await.is_empty());
    assert!(stage.clinic.sql("select * from care_relations").await.is_empty());
}

#[tokio::test]
async fn the_time_is_a_quarter_of_an_hour_to_the_second() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let at = stage.quarter(4);
    let day = &at[..11];
    for off in ["09:07:00Z", "09:15:01Z", "09:15:00.5Z", "09:14:59.999999Z", "09:59:00Z"] {
        let reply = stage.desk.post(APPOINTMENTS, &stage.body(&stage.asha, &format!("{day}{off}"))).await;
        assert_eq!(code(&reply), refused(422, "validation_failed"), "{off}");
        assert_eq!(reply.json["errors"][0]["field"], "scheduled_at");
    }
    // Without an offset it is UTC, with one it is that moment.
    let naive = stage.booked(&stage.asha, &format!("{day}09:15:00")).await;
    assert_eq!(naive["scheduled_at"], format!("{day}09:15:00Z"));
    let local = stage.booked(&stage.ravi, &format!("{day}15:15:00+05:30")).await;
    assert_eq!(local["scheduled_at"], format!("{day}09:45:00Z"));
}

#[tokio::test]
async fn nobody_who_has_died_is_booked_and_what_was_booked_is_called_off() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(8)).await;
    let waiting = stage.booked(&stage.asha, &stage.quarter(1)).await;
    stage.desk_does(&waiting, "check-in", &json!({})).await;
    let other = stage.booked(&stage.ravi, &stage.quarter(2)).await;
    let admin = stage.clinic.admin().await;
    let path = format!("{}/deceased", patient_path(&stage.asha));
    let died = admin.post(&path, &json!({ "died_at": stage.now().to_string() })).await;
    assert_eq!(died.status, 200, "{}", died.text);
    for gone in [&booked, &waiting] {
        let shown = stage.desk.get(&path_of(gone)).await.json;
        assert_eq!(
            (&shown["status"], &shown["cancelled_reason"]),
            (&json!("CANCELLED"), &json!("PATIENT_DECEASED"))
        );
    }
    assert_eq!(stage.desk.get(&path_of(&other)).await.json["status"], "SCHEDULED");
    let reply = stage.desk.post(APPOINTMENTS, &stage.body(&stage.asha, &stage.quarter(12))).await;
    assert_eq!(code(&reply), refused(400, "appointment.patient_deceased"));
    // Its time is free at once.
    stage.booked(&stage.ravi, &stage.quarter(8)).await;
}

#[tokio::test]
async fn a_doctor_who_names_nobody_books_for_themselves() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let body = json!({ "patient_id": stage.asha["id"], "scheduled_at": stage.quarter(4) });
    let made = stage.doctor.post(APPOINTMENTS, &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.json["doctor_user_id"], json!(stage.doctor_id));
    assert_eq!(made.json["department_id"], json!(stage.department));
    // Also for a colleague.
    let (_, other) = doctor_of(&stage.clinic, &stage.department).await;
    let mut body = stage.body(&stage.ravi, &stage.quarter(4));
    body["doctor_user_id"] = json!(other);
    assert_eq!(stage.doctor.post(APPOINTMENTS, &body).await.status, 201);
}

#[tokio::test]
async fn a_slot_is_given_once_and_so_often_more_as_the_doctor_allows() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let at = stage.quarter(4);
    stage.booked(&stage.asha, &at).await;
    let again = stage.desk.post(APPOINTMENTS, &stage.body(&stage.asha, &at)).await;
    assert_eq!(
        code(&again),
        refused(400, "appointment.patient_busy"),
        "the contract's code for the same patient"
    );
    let taken = stage.desk.post(APPOINTMENTS, &stage.body(&stage.ravi, &at)).await;
    assert_eq!(code(&taken), refused(409, "appointment.slot_taken"));
    allow_overbooking(&stage.clinic, &stage.doctor_id, 1).await;
    stage.booked(&stage.ravi, &at).await;
    let third = stage.patient(3).await;
    let taken = stage.desk.post(APPOINTMENTS, &stage.body(&third, &at)).await;
    assert_eq!(code(&taken), refused(409, "appointment.slot_taken"));
    let seats = stage.clinic.sql("select seat from appointments order by seat").await;
    assert_eq!(seats, [json!({ "seat": 0 }), json!({ "seat": 1 })]);
    // The next slot is free.
    stage.booked(&third, &stage.quarter(5)).await;
}

#[tokio::test]
async fn two_doctors_do_not_share_a_room_and_one_patient_is_in_one_place() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let (_, other) = doctor_of(&stage.clinic, &stage.department).await;
    let room = "0199c3a1-52e4-7b06-9d1f-3c5e8a7b2f11";
    stage
        .clinic
        .sql(&format!("insert into rooms (id, name, created_at) values ('{room}', 'Room 3', now())"))
        .await;
    for doctor in [&stage.doctor_id, &other] {
        allow_overbooking(&stage.clinic, doctor, 0).await;
        stage.clinic.sql(&format!("update doctors set room_id = '{room}' where user_id = '{doctor}'")).await;
    }
    let at = stage.quarter(4);
    assert_eq!(stage.booked(&stage.asha, &at).await["room"], "Room 3");
    let mut body = stage.body(&stage.ravi, &at);
    body["doctor_user_id"] = json!(other);
    assert_eq!(code(&stage.desk.post(APPOINTMENTS, &body).await), refused(409, "appointment.room_taken"));
    body["patient_id"] = stage.asha["id"].clone();
    assert_eq!(code(&stage.desk.post(APPOINTMENTS, &body).await), refused(400, "appointment.patient_busy"));
}

#[tokio::test]
async fn practice_is_booked_and_counts_nowhere() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let practice = stage.desk.post("/api/v1/patients/practice", &json!({})).await.json;
    stage.booked(&practice, &stage.quarter(4)).await;
    let real = stage.booked(&stage.asha, &stage.quarter(5)).await;
    let list = stage.desk.get(APPOINTMENTS).await.json;
    assert_eq!((list["total"].as_i64(), &list["items"][0]["id"]), (Some(1), &real["id"]));
    let own =
        stage.desk.get(&format!("{APPOINTMENTS}?patient_id={}", practice["id"].as_str().unwrap())).await.json;
    assert_eq!(own["total"], 1);
    let boss = app.super_admin().await;
    let details = boss.get(&format!("/api/v1/platform/tenants/{}/details", stage.clinic.id)).await.json;
    assert_eq!(details["metrics"]["total_appointments"], 1);
}

#[tokio::test]
async fn permissions_are_asked_for() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    let nurse = stage.clinic.staff(SystemRole::Nurse).await;
    assert_eq!(nurse.get(&path_of(&booked)).await.status, 200, "sees");
    assert_eq!(nurse.post(APPOINTMENTS, &stage.body(&stage.ravi, &stage.quarter(3))).await.status, 403);
    assert_eq!(stage.act(&nurse, &booked, "check-in", &json!({})).await.status, 403);
    let pharmacist = stage.clinic.staff(SystemRole::Pharmacist).await;
    assert_eq!(pharmacist.get(APPOINTMENTS).await.status, 403);
    assert_eq!(app.anonymous().get(APPOINTMENTS).await.status, 401);
}
