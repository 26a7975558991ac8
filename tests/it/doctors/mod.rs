//! Doctors' profiles, their rooms, and what others use of them on the stage.

mod pages;

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::harness::files::png;
use crate::harness::{Client, Hospital, Reply, TestApp};
use crate::patients::{faults, registered};

pub const DOCTORS: &str = "/api/v1/doctors";
const ROOMS: &str = "/api/v1/rooms";

/// A doctor who is booked and never signs in.
pub struct Doctor {
    pub id: String,
    pub department: String,
}

pub async fn department(admin: &Client, name: &str) -> String {
    let all = admin.get("/api/v1/departments").await.json;
    let found = all.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap();
    found["id"].as_str().unwrap().to_owned()
}

/// Somebody with the role of doctors, in Cardiology.
pub async fn doctor(admin: &Client, name: &str) -> Doctor {
    let body = json!({
        "email": format!("{}@example.org", uuid::Uuid::new_v4().simple()), "first_name": name, "last_name": "Doctor",
        "department": "Cardiology", "specialization": "Heart failure", "roles": ["DOCTOR"],
    });
    let made = admin.post("/api/v1/users", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.json["id"].as_str().unwrap().to_owned();
    Doctor { id, department: department(admin, "Cardiology").await }
}

/// The own id of whoever asks.
pub async fn me(client: &Client) -> String {
    client.get("/api/v1/auth/me").await.json["id"].as_str().unwrap().to_owned()
}

/// A doctor who signs in, in Cardiology.
pub async fn signed_in(clinic: &Hospital<'_>, admin: &Client) -> (Client, Doctor) {
    let client = clinic.staff(SystemRole::Doctor).await;
    let id = me(&client).await;
    let department = department(admin, "Cardiology").await;
    clinic.sql(&format!("update staff set department_id = '{department}' where user_id = '{id}'")).await;
    (client, Doctor { id, department })
}

pub async fn put(client: &Client, path: &str, body: &Value) -> Reply {
    client.request(Method::PUT, path).json(body).send().await
}

/// The hospital's day.
pub fn today(app: &TestApp, zone: &str) -> Date {
    app.app.clock.now().in_tz(zone).unwrap().date()
}

pub const WEEK: [&str; 7] = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

/// The same hours on each day of the week.
pub fn every_day(starts_at: &str, ends_at: &str, slot_minutes: i64) -> Value {
    let span = |day: &str| json!({ "weekday": day, "starts_at": starts_at, "ends_at": ends_at, "slot_minutes": slot_minutes });
    json!({ "hours": WEEK.map(span) })
}

pub async fn with_hours(admin: &Client, doctor: &Doctor, starts_at: &str, ends_at: &str, slot_minutes: i64) {
    let path = format!("{DOCTORS}/{}/hours", doctor.id);
    let set = put(admin, &path, &every_day(starts_at, ends_at, slot_minutes)).await;
    assert_eq!(set.status, 200, "{}", set.text);
}

/// Free times of a doctor on a day, as the reply writes them.
pub async fn free(client: &Client, doctor: &Doctor, day: Date) -> Vec<String> {
    let path = format!(
        "/api/v1/appointments/available-slots?doctor_user_id={}&date_from={day}&date_to={day}",
        doctor.id
    );
    let reply = client.get(&path).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let slots = reply.json["doctors"][0]["days"][0]["slots"].as_array().cloned().unwrap_or_default();
    slots.iter().map(|slot| slot["starts_at"].as_str().unwrap().to_owned()).collect()
}

pub async fn new_patient(desk: &Client, name: &str) -> String {
    registered(desk, json!({ "first_name": name })).await["id"].as_str().unwrap().to_owned()
}

pub async fn book(desk: &Client, patient: &str, doctor: &Doctor, at: &str) -> Reply {
    let body = json!({
        "patient_id": patient, "doctor_user_id": doctor.id, "department_id": doctor.department, "scheduled_at": at,
    });
    desk.post("/api/v1/appointments", &body).await
}

/// A booking that succeeds, of a new patient.
pub async fn booked(desk: &Client, name: &str, doctor: &Doctor, at: &str) -> Value {
    let patient = new_patient(desk, name).await;
    let made = book(desk, &patient, doctor, at).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json
}

pub fn code(reply: &Reply) -> (u16, &str) {
    (reply.status, reply.json["code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_profile_is_written_whole_and_read_by_the_desk() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let doctor = doctor(&admin, "Nikhil").await;
    let path = format!("{DOCTORS}/{}", doctor.id);
    let profile = format!("{path}/profile");

    let before = desk.get(&path).await;
    assert_eq!((before.status, before.header("etag")), (200, "\"0\""));
    assert_eq!(
        (
            &before.json["slot_minutes"],
            &before.json["overbooking"],
            &before.json["accepts_bookings"],
            &before.json["is_listed"]
        ),
        (&json!(15), &json!(0), &json!(true), &json!(false))
    );
    let room = admin.post(ROOMS, &json!({ "name": "Room 3" })).await.json["id"].clone();
    let body = json!({
        "qualifications": "MBBS, MD", "registration_number": "MMC-2011/0042", "practising_since": 2011,
        "languages": ["mr", "EN", "en"], "fee_minor": 80_000, "about": "हृदय रोग", "room_id": room, "slot_minutes": 30,
        "overbooking": 2, "accepts_bookings": true, "is_listed": true,
    });
    let written = put(&admin, &profile, &body).await;
    assert_eq!(written.status, 200, "{}", written.text);
    let read = desk.get(&path).await;
    assert_eq!(read.header("etag"), "\"1\"");
    let years = today(&app, "Asia/Kolkata").year() - 2011;
    for (field, value) in [
        ("name", json!("Nikhil Doctor")),
        ("specialization", json!("Heart failure")),
        ("qualifications", json!("MBBS, MD")),
        ("experience_years", json!(years)),
        ("languages", json!(["en", "mr"])),
        ("fee_minor", json!(80_000)),
        ("fee_currency", json!("INR")),
        ("room", json!("Room 3")),
        ("slot_minutes", json!(30)),
        ("overbooking", json!(2)),
    ] {
        assert_eq!(read.json[field], value, "{field}");
    }
    // What is left out is not there any more.
    assert_eq!(put(&admin, &profile, &json!({ "slot_minutes": 45 })).await.status, 200);
    let read = desk.get(&path).await.json;
    assert_eq!(
        (&read["qualifications"], &read["room_id"], &read["slot_minutes"]),
        (&Value::Null, &Value::Null, &json!(45))
    );

    let rows = clinic.audit().await;
    let row = rows.iter().rfind(|row| row["kind"] == "doctor_changed").unwrap();
    assert!(row["detail"]["fields"].as_array().unwrap().contains(&json!("fee_minor")), "{row}");
    assert!(!row.to_string().contains("80000"), "names of fields, never values: {row}");
}

#[tokio::test]
async fn what_is_wrong_with_a_profile_is_told_and_nothing_is_written() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let other = app.hospital("Other").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let (doctor, second) = (doctor(&admin, "Nikhil").await, crate::doctors::doctor(&admin, "Sara").await);
    let path = format!("{DOCTORS}/{}/profile", doctor.id);
    let bad = json!({
        "practising_since": 3000, "languages": ["english, please"], "fee_minor": -1, "slot_minutes": 20, "overbooking": 10,
        "about": "x".repeat(1001),
    });
    let fields = ["practising_since", "languages", "fee_minor", "slot_minutes", "overbooking", "about"];
    assert_eq!(faults(&put(&admin, &path, &bad).await), fields.map(str::to_owned).into());
    for body in [json!({ "fee_minor": i64::MAX }), json!({ "fee_minor": "800" }), json!({ "room_id": "x" })] {
        assert_eq!(put(&admin, &path, &body).await.status, 422, "{body}");
    }
    // A room of another hospital, one that is not there, and one out of use.
    let foreign = other.admin().await.post(ROOMS, &json!({ "name": "Room 1" })).await.json["id"].clone();
    let closed = admin.post(ROOMS, &json!({ "name": "Store" })).await.json["id"].clone();
    let away =
        admin.patch(&format!("{ROOMS}/{}", closed.as_str().unwrap()), &json!({ "is_active": false })).await;
    assert_eq!(away.status, 200, "{}", away.text);
    for room in [foreign, json!(uuid::Uuid::new_v4()), closed] {
        assert_eq!(code(&put(&admin, &path, &json!({ "room_id": room })).await), (400, "doctors.no_room"));
    }
    assert_eq!(put(&admin, &path, &json!({ "registration_number": "A-1" })).await.status, 200);
    let taken =
        put(&admin, &format!("{DOCTORS}/{}/profile", second.id), &json!({ "registration_number": "a-1" }))
            .await;
    assert_eq!(code(&taken), (400, "doctors.registration_taken"));
    // Nobody who is no doctor of this hospital has a profile.
    let nurse = me(&clinic.staff(SystemRole::Nurse).await).await;
    let stranger = crate::doctors::doctor(&other.admin().await, "Far").await.id;
    for id in [nurse, stranger, uuid::Uuid::new_v4().to_string()] {
        assert_eq!(put(&admin, &format!("{DOCTORS}/{id}/profile"), &json!({})).await.status, 404, "{id}");
        assert_eq!(admin.get(&format!("{DOCTORS}/{id}")).await.status, 404, "{id}");
    }
    assert_eq!(put(&desk, &path, &json!({})).await.status, 403, "the hospital decides on fees");
}

#[tokio::test]
async fn of_two_who_write_a_profile_one_is_told() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, second) = (clinic.admin().await, clinic.staff(SystemRole::HospitalAdmin).await);
    let doctor = doctor(&admin, "Nikhil").await;
    let path = format!("{DOCTORS}/{}/profile", doctor.id);
    for round in 0..10 {
        let tag = format!("\"{round}\"");
        let write = async |client: &Client, about: &str| {
            let body = json!({ "about": format!("{about} {round}") });
            client.request(Method::PUT, &path).header("if-match", &tag).json(&body).send().await
        };
        let (a, b) = tokio::join!(write(&admin, "A"), write(&second, "B"));
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "{} {}", a.text, b.text);
    }
}

#[tokio::test]
async fn doctors_are_found_by_name_department_and_specialisation() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let (a, b) = (doctor(&admin, "Zoë").await, doctor(&admin, "आरती").await);
    let general = department(&admin, "General Medicine").await;
    clinic
        .sql(&format!("update staff set department_id = '{general}', specialization = 'Family medicine' where user_id = '{}'", b.id))
        .await;
    assert_eq!(
        put(&admin, &format!("{DOCTORS}/{}/profile", b.id), &json!({ "accepts_bookings": false }))
            .await
            .status,
        200
    );
    clinic.staff(SystemRole::Nurse).await;
    let ids = async |query: &str| {
        let reply = desk.get(&format!("{DOCTORS}?{query}")).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let items = reply.json["items"].as_array().unwrap().clone();
        assert_eq!(reply.json["total"], json!(items.len()), "{query}");
        items.iter().map(|one| one["user_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids("").await.len(), 2, "no nurse is a doctor");
    assert_eq!(ids("search=zoe").await, [a.id.as_str()]);
    assert_eq!(ids("search=%25").await, [""; 0], "a sign of search patterns is a sign");
    assert_eq!(ids(&format!("department_id={general}")).await, [b.id.as_str()]);
    assert_eq!(ids("specialization=family%20MEDICINE").await, [b.id.as_str()]);
    assert_eq!(ids("specialization=family").await, [""; 0]);
    assert_eq!(ids("accepts_bookings=true").await, [a.id.as_str()]);
    let words = desk.get(&format!("{DOCTORS}/specializations")).await.json;
    assert_eq!(
        words,
        json!([{ "specialization": "Family medicine", "doctors": 1 }, { "specialization": "Heart failure", "doctors": 1 }])
    );
    assert_eq!(faults(&desk.get(&format!("{DOCTORS}?page_size=0")).await), ["page_size".to_owned()].into());

    // Whose account is stopped is nobody's doctor any more, and comes back with it.
    assert_eq!(admin.post(&format!("/api/v1/users/{}/deactivate", a.id), &json!({})).await.status, 200);
    assert_eq!(ids("search=zoe").await, [""; 0]);
    assert_eq!(desk.get(&format!("{DOCTORS}/{}", a.id)).await.status, 404);
    assert_eq!(
        admin.patch(&format!("/api/v1/users/{}", a.id), &json!({ "status": "ACTIVE" })).await.status,
        200
    );
    assert_eq!(ids("search=zoe").await, [a.id.as_str()]);

    // A backup of before there was the hospital's own note of it is brought in step by a job.
    clinic.sql("update staff set is_active = not is_active").await;
    hms::clinic::staff::bring_in_step(&app.app).await.unwrap();
    assert_eq!(ids("search=zoe").await, [a.id]);
    app.sql(&format!("update public.users set is_active = false where id = '{}'", b.id)).await;
    hms::clinic::staff::bring_in_step(&app.app).await.unwrap();
    assert_eq!(ids("").await.len(), 1, "whose account is stopped is not found");
}

#[tokio::test]
async fn rooms_are_there_once_and_taken_out_of_use_instead_of_removed() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let cardiology = department(&admin, "Cardiology").await;
    let made = admin.post(ROOMS, &json!({ "name": " Room  3 ", "department_id": cardiology })).await;
    assert_eq!((made.status, &made.json["name"]), (201, &json!("Room 3")), "{}", made.text);
    let path = format!("{ROOMS}/{}", made.json["id"].as_str().unwrap());
    assert_eq!(code(&admin.post(ROOMS, &json!({ "name": "ROOM 3" })).await), (400, "rooms.name_taken"));
    let nowhere = json!({ "name": "Room 4", "department_id": uuid::Uuid::new_v4() });
    assert_eq!(code(&admin.post(ROOMS, &nowhere).await), (400, "doctors.no_department"));
    for name in
        [json!(""), json!("  "), json!("?!"), json!("x".repeat(51)), json!("a\u{0}b"), json!(null), json!(3)]
    {
        assert_eq!(admin.post(ROOMS, &json!({ "name": name })).await.status, 422, "{name}");
    }
    let tag = admin
        .request(Method::PATCH, &path)
        .header("if-match", "\"7\"")
        .json(&json!({ "name": "X" }))
        .send()
        .await;
    assert_eq!(code(&tag), (412, "doctors.version_conflict"));
    let closed = admin.patch(&path, &json!({ "is_active": false })).await;
    assert_eq!(
        (closed.status, &closed.json["is_active"], &closed.json["version"]),
        (200, &json!(false), &json!(2))
    );
    assert_eq!(desk.get(&format!("{ROOMS}?is_active=true")).await.json, json!([]));
    assert_eq!(desk.get(ROOMS).await.json.as_array().unwrap().len(), 1);
    assert_eq!(desk.post(ROOMS, &json!({ "name": "Mine" })).await.status, 403);
    assert_eq!(admin.patch(&format!("{ROOMS}/{}", uuid::Uuid::new_v4()), &json!({})).await.status, 404);

    let both = async |name: &str| admin.post(ROOMS, &json!({ "name": name })).await.status;
    for round in 0..10 {
        let name = format!("Door {round}");
        let (a, b) = tokio::join!(both(&name), both(&name));
        assert_eq!(a.max(b), 400, "{a} {b}");
        assert_eq!(a.min(b), 201, "{a} {b}");
    }
}

#[tokio::test]
async fn a_photo_is_made_anew_and_goes_with_its_row() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let doctor = doctor(&admin, "Nikhil").await;
    let path = format!("{DOCTORS}/{}/photo", doctor.id);
    assert_eq!(code(&desk.get(&path).await), (404, "doctors.no_photo"));
    let give =
        async |client: &Client, bytes: &[u8]| client.request(Method::POST, &path).file(bytes).send().await;
    assert_eq!(give(&desk, &png()).await.status, 403);
    assert_eq!(code(&give(&admin, b"no picture at all").await), (400, "pictures.not_a_picture"));
    let given = give(&admin, &png()).await;
    assert_eq!((given.status, &given.json["has_photo"]), (200, &json!(true)), "{}", given.text);
    let before = clinic.sql("select photo from doctors").await[0]["photo"].clone();
    let shown = desk.get(&format!("{path}?size=thumb")).await;
    assert_eq!((shown.status, shown.header("content-type")), (200, "image/jpeg"));
    assert_eq!(shown.bytes[..3], [0xff, 0xd8, 0xff], "encoded anew");
    // A written profile keeps it; another one takes its place, and the file is gone.
    assert_eq!(
        put(&admin, &format!("{DOCTORS}/{}/profile", doctor.id), &json!({})).await.json["has_photo"],
        true
    );
    assert_eq!(give(&admin, &png()).await.status, 200);
    let file = app.app.config.files.join(&clinic.schema).join(before.as_str().unwrap());
    assert!(!file.exists(), "{}", file.display());
    assert_eq!(admin.request(Method::DELETE, &path).send().await.status, 204);
    assert_eq!(code(&admin.request(Method::DELETE, &path).send().await), (404, "doctors.no_photo"));
    assert_eq!(desk.get(&path).await.status, 404);
    let other = app.hospital("Other").await.admin().await;
    assert_eq!(other.get(&path).await.status, 404, "nobody of this hospital");
}
