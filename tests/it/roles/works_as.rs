//! A role that a hospital made from the doctors' or the nurses': whoever holds it is a doctor or a nurse in all that is not
//! a right. By such a role nobody leaves the rules about whose patients somebody is shown.

use hms::clinic::roles::SystemRole;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{ROLES, codes, made, path_of, system};
use crate::harness::{Client, Hospital, TestApp};
use crate::patients::{self, list, registered};

const DOCTORS: &str = "/api/v1/doctors";

/// A role that begins with another one.
async fn from(admin: &Client, name: &str, template: &Value) -> Value {
    let reply = admin.post(ROLES, &json!({ "name": name, "template_role_id": template["id"] })).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json
}

/// Somebody of General Medicine whose only role this is, and their id.
async fn only(clinic: &Hospital<'_>, role: &Value) -> (Client, String) {
    let person = clinic.staff(SystemRole::Dispatcher).await;
    let me = person.get("/api/v1/auth/me").await.json["id"].as_str().unwrap().to_owned();
    clinic
        .sql(&format!(
            "delete from user_roles where user_id = '{me}';
             insert into user_roles (user_id, role_id) values ('{me}', '{}');
             update staff set department_id = (select id from departments where name = 'General Medicine')
              where user_id = '{me}'",
            role["id"].as_str().unwrap()
        ))
        .await;
    (person.again().await, me)
}

/// Who is listed as a doctor.
async fn doctors(by: &Client) -> Vec<String> {
    let reply = by.get(DOCTORS).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let items = reply.json["items"].as_array().unwrap_or_else(|| panic!("{}", reply.text));
    items.iter().map(|doctor| doctor["user_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn whoever_holds_a_role_made_from_the_doctors_is_a_doctor() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let senior = from(&admin, "Senior doctor", &system(&admin, SystemRole::Doctor).await).await;
    let chief = from(&admin, "Chief doctor", &senior).await;
    assert_eq!((&senior["works_as"], &chief["works_as"]), (&json!("DOCTOR"), &json!("DOCTOR")));
    assert_eq!((&senior["is_system"], &senior["system_key"]), (&json!(false), &Value::Null));
    // The same rights, given one by one, are rights and no more.
    let ticked = made(&admin, "Ticked", &codes(&senior)).await;
    assert_eq!(ticked["works_as"], Value::Null);
    let (ana, ana_id) = only(&clinic, &senior).await;
    let (ben, ben_id) = only(&clinic, &chief).await;
    let (_, other_id) = only(&clinic, &ticked).await;

    // They are booked.
    let listed = doctors(&desk).await;
    assert!(
        listed.contains(&ana_id) && listed.contains(&ben_id) && !listed.contains(&other_id),
        "{listed:?}"
    );
    let department = clinic.sql("select id from departments where name = 'General Medicine'").await;
    let patient = registered(&desk, json!({ "first_name": "Asha", "last_name": "Rao" })).await;
    let begun = app.app.clock.now().as_second().div_euclid(900) * 900;
    let book = async |doctor: &str, quarters: i64| {
        let body = json!({
            "patient_id": patient["id"], "doctor_user_id": doctor, "department_id": department[0]["id"],
            "scheduled_at": Timestamp::from_second(begun + quarters * 900).unwrap().to_string(),
        });
        desk.post("/api/v1/appointments", &body).await
    };
    for (doctor, quarters) in [(&ana_id, 4), (&ben_id, 8)] {
        let booked = book(doctor, quarters).await;
        assert_eq!(booked.status, 201, "{}", booked.text);
    }
    assert_eq!(book(&other_id, 12).await.json["code"], "appointment.not_a_doctor");
    let staff = admin.browser().await;
    for (id, is_doctor) in [(&ana_id, true), (&other_id, false)] {
        let page = staff.get(&format!("/staff/{id}")).await.text;
        assert_eq!(page.contains(&format!("href=\"/doctors/{id}\"")), is_doctor, "{page}");
    }
    // A doctor runs no desk.
    let booked = ana.get("/api/v1/appointments").await.json;
    let mine = booked["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{booked}")).to_owned();
    let refused = ana.patch(&format!("/api/v1/appointments/{mine}/check-in"), &json!({})).await;
    assert_eq!(
        (refused.status, &refused.json["code"]),
        (403, &json!("appointment.desk_only")),
        "{}",
        refused.text
    );

    // They are shown their own patients first.
    let stranger = registered(
        &desk,
        json!({ "first_name": "Bela", "last_name": "Shah", "phone_primary": "+91 98765 22222" }),
    )
    .await;
    let path = patients::path_of(&stranger);
    assert_eq!(ana.get(&path).await.status, 200, "the hospital switched nothing on yet");
    let on = admin.patch("/api/v1/care/rules", &json!({ "row_rules": true })).await;
    assert_eq!(on.status, 200, "{}", on.text);
    for doctor in [&ana, &ben] {
        let closed = doctor.get(&path).await;
        assert_eq!(
            (closed.status, &closed.json["code"]),
            (403, &json!("patients.not_linked")),
            "{}",
            closed.text
        );
        assert!(!list(doctor, &[]).await.text.contains("Shah"));
    }
    let question = staff.get("/settings/care").await.text;
    assert!(question.contains("2 doctors"), "{question}");

    // A disabled role makes nobody a doctor.
    assert_eq!(admin.patch(&format!("{}/toggle-active", path_of(&chief)), &json!({})).await.status, 200);
    let listed = doctors(&desk).await;
    assert!(listed.contains(&ana_id) && !listed.contains(&ben_id), "{listed:?}");
}

#[tokio::test]
async fn whoever_holds_a_role_made_from_the_nurses_is_a_nurse() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let lead = from(&admin, "Ward lead", &system(&admin, SystemRole::Nurse).await).await;
    assert_eq!(lead["works_as"], "NURSE");
    let (nurse, _) = only(&clinic, &lead).await;
    let (other, _) = only(&clinic, &made(&admin, "Ticked", &codes(&lead)).await).await;
    let patient = registered(&desk, json!({ "first_name": "Asha", "last_name": "Rao" })).await;
    assert_eq!(list(&nurse, &[]).await.json["total"], 1);
    admin.patch("/api/v1/care/rules", &json!({ "row_rules": true })).await;
    assert_eq!(list(&nurse, &[]).await.json["total"], 0, "nobody of their department");
    assert_eq!(nurse.get(&patients::path_of(&patient)).await.status, 200, "it opens as it is");
    assert_eq!(list(&other, &[]).await.json["total"], 1);
}

#[tokio::test]
async fn the_editor_hands_it_on_and_says_so() {
    let app = TestApp::new().await;
    let (clinic, other) = (app.hospital("Asha Clinic").await, app.hospital("Other").await);
    let admin = clinic.admin().await;
    let page = admin.browser().await;
    let doctor = system(&admin, SystemRole::Doctor).await;
    let template = doctor["id"].as_str().unwrap();
    let begun = page.get(&format!("/roles/new?template={template}")).await.text;
    let hidden = format!(r#"<input type="hidden" name="template" value="{template}">"#);
    assert!(begun.contains(&hidden) && begun.contains("Whoever holds it works as a doctor"), "{begun}");
    assert!(!page.get("/roles/new").await.text.contains("works as"));

    // A name that is taken keeps what it begins with.
    let fields = [("name", "nurse"), ("template", template), ("patients:view", "true")];
    let taken = page.submit("/roles/new", &fields).await;
    assert!(taken.status == 400 && taken.text.contains(&hidden), "{}", taken.text);
    let fields = [("name", "Locum"), ("template", template), ("patients:view", "true")];
    let saved = page.submit("/roles/new", &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    let shown = page.get(saved.header("location")).await.text;
    assert!(shown.contains("Whoever holds it works as a doctor"), "{shown}");
    let row = clinic.sql("select id, works_as from roles where name = 'Locum'").await.remove(0);
    assert_eq!(row["works_as"], "DOCTOR");
    let path = path_of(&row);
    assert_eq!(codes(&admin.get(&path).await.json), ["patients:view"], "what was ticked, and no more");
    // It is never changed.
    let change = json!({ "name": "Locum 2", "works_as": null, "template_role_id": null });
    assert_eq!(admin.patch(&path, &change).await.json["works_as"], "DOCTOR");

    // One that is not there, or another hospital's, is none.
    let foreign = made(&other.admin().await, "Theirs", &["patients:view"]).await;
    for gone in [foreign["id"].as_str().unwrap(), "nonsense"] {
        let fields = [("name", "Again"), ("template", gone), ("patients:view", "true")];
        let told = page.submit("/roles/new", &fields).await;
        assert_eq!(told.status, 404, "{}", told.text);
        assert!(
            told.text.contains("The role to begin with was not found.")
                && told.text.contains("value=\"Again\"")
        );
        assert!(told.text.contains(r#"<input type="hidden" name="template" value="">"#), "{}", told.text);
    }
}

#[tokio::test]
async fn a_hospital_that_the_version_before_made_has_its_doctors() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (doctor, id) = only(&clinic, &system(&admin, SystemRole::Doctor).await).await;
    let before = admin.get(ROLES).await.json;
    // That version knows no such column.
    clinic.sql("update roles set works_as = null").await;
    let doctor = doctor.again().await;
    assert_eq!(doctors(&admin).await, [id]);
    assert_eq!(admin.get(ROLES).await.json, before);
    let patient = registered(&admin, json!({ "first_name": "Asha" })).await;
    admin.patch("/api/v1/care/rules", &json!({ "row_rules": true })).await;
    assert_eq!(doctor.get(&patients::path_of(&patient)).await.json["code"], "patients.not_linked");
}
