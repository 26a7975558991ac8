//! Ids of other hospitals, and of other things, in every place: nothing is told and nothing is done.

use serde_json::{Value, json};

use super::{APPOINTMENTS, Stage, an_app, path_of};

#[tokio::test]
async fn what_belongs_to_another_hospital_does_not_exist() {
    let app = an_app().await;
    let ours = Stage::on(&app).await;
    let theirs = Stage::here(&app).await;
    let booked = theirs.booked(&theirs.asha, &theirs.quarter(1)).await;
    let path = path_of(&booked);
    for reply in [
        ours.desk.get(&path).await,
        ours.desk.get(&format!("{path}/history")).await,
        ours.desk.get(&format!("{path}/follow-up")).await,
        ours.desk.post(&format!("{path}/follow-up"), &json!({})).await,
        ours.desk.patch(&path, &json!({ "notes": "ours" })).await,
    ] {
        assert_eq!(reply.status, 404, "{}", reply.text);
    }
    let admin = ours.clinic.admin().await;
    for (step, body) in [
        ("check-in", json!({})),
        ("start-consultation", json!({})),
        ("complete", json!({})),
        ("cancel", json!({ "reason": "OTHER" })),
        ("no-show", json!({})),
        ("reschedule", json!({ "scheduled_at": ours.quarter(9) })),
        ("arrived-late", json!({ "reason": "x" })),
    ] {
        assert_eq!(ours.act(&admin, &booked, step, &body).await.status, 404, "{step}");
    }
    assert_eq!(theirs.desk.get(&path).await.json, booked);
    // Their ids in our bookings and filters.
    for (field, foreign) in [
        ("patient_id", theirs.asha["id"].clone()),
        ("doctor_user_id", json!(theirs.doctor_id)),
        ("department_id", json!(theirs.department)),
    ] {
        let mut body = ours.body(&ours.asha, &ours.quarter(4));
        body[field] = foreign;
        assert_eq!(ours.desk.post(APPOINTMENTS, &body).await.status, 404, "{field}");
    }
    let mine = ours.booked(&ours.asha, &ours.quarter(4)).await;
    let body = json!({ "scheduled_at": ours.quarter(5), "doctor_user_id": theirs.doctor_id });
    assert_eq!(ours.act(&ours.desk, &mine, "reschedule", &body).await.status, 404);
    for query in
        [format!("doctor_user_id={}", theirs.doctor_id), format!("department_id={}", theirs.department)]
    {
        let list: Value = ours.desk.get(&format!("{APPOINTMENTS}?{query}")).await.json;
        assert_eq!(list["total"], 0, "{query}");
    }
}
