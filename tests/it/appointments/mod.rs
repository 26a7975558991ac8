//! Appointments: booked, moved, checked in, seen, called off.

mod booking;
mod calendar;
mod follow_ups;
mod jobs;
mod late;
mod late_entry;
mod lists;
mod merged;
mod off_later;
mod pages;
mod paper;
mod races;
mod steps;
mod strangers;
mod tokens;
mod windows;

use hms::clinic::roles::SystemRole;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::harness::{Client, Hospital, Reply, TestApp};
use crate::patients::registered;

pub const APPOINTMENTS: &str = "/api/v1/appointments";

/// An app whose tokens live for as long as a test's day.
pub async fn an_app() -> TestApp {
    TestApp::configured(&[("ACCESS_TOKEN_EXPIRE_MINUTES", "1440")]).await
}

/// Let the app's clock show this instant, give or take a second.
pub fn set_clock(app: &TestApp, to: Timestamp) {
    app.app.clock.shift(to.as_second() - app.app.clock.now().as_second());
}

/// A day of a clinic in Asia/Kolkata, ten o'clock: a doctor of General Medicine, the desk, two patients.
pub struct Stage<'a> {
    pub app: &'a TestApp,
    pub clinic: Hospital<'a>,
    pub desk: Client,
    pub doctor: Client,
    pub doctor_id: String,
    pub department: String,
    pub asha: Value,
    pub ravi: Value,
}

impl<'a> Stage<'a> {
    pub async fn on(app: &'a TestApp) -> Self {
        // Tomorrow, so that no clock of the tests is behind the database's.
        let tomorrow = app.app.clock.now().to_zoned(TimeZone::UTC).date().tomorrow().unwrap();
        let ten = tomorrow.at(4, 30, 0, 0).to_zoned(TimeZone::UTC).unwrap();
        set_clock(app, ten.timestamp());
        Self::here(app).await
    }

    /// At whatever time the clock shows.
    pub async fn here(app: &'a TestApp) -> Self {
        let clinic = app.hospital("Asha Clinic").await;
        let desk = clinic.staff(SystemRole::Receptionist).await;
        let department = department_of(&clinic, "General Medicine").await;
        let (doctor, doctor_id) = doctor_of(&clinic, &department).await;
        let asha = registered(&desk, json!({ "first_name": "Asha", "last_name": "Rao" })).await;
        let ravi = registered(
            &desk,
            json!({ "first_name": "Ravi", "last_name": "Iyer", "phone_primary": "+91 98765 11111" }),
        )
        .await;
        Self { app, clinic, desk, doctor, doctor_id, department, asha, ravi }
    }

    pub fn now(&self) -> Timestamp {
        self.app.app.clock.now()
    }

    pub fn pass(&self, minutes: i64) {
        self.app.app.clock.shift(minutes * 60);
    }

    /// So many quarters of an hour after the last one that has begun.
    pub fn quarter(&self, n: i64) -> String {
        let begun = self.now().as_second().div_euclid(900) * 900;
        Timestamp::from_second(begun + n * 900).unwrap().to_string()
    }

    pub fn body(&self, patient: &Value, at: &str) -> Value {
        json!({
            "patient_id": patient["id"], "doctor_user_id": self.doctor_id, "department_id": self.department,
            "scheduled_at": at,
        })
    }

    /// A booking that succeeds.
    pub async fn booked(&self, patient: &Value, at: &str) -> Value {
        let reply = self.desk.post(APPOINTMENTS, &self.body(patient, at)).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.json
    }

    pub async fn act(&self, who: &Client, appointment: &Value, step: &str, body: &Value) -> Reply {
        who.patch(&format!("{}/{step}", path_of(appointment)), body).await
    }

    /// A step of the desk that succeeds.
    pub async fn desk_does(&self, appointment: &Value, step: &str, body: &Value) -> Value {
        let reply = self.act(&self.desk, appointment, step, body).await;
        assert_eq!(reply.status, 200, "{step}: {}", reply.text);
        reply.json
    }

    pub async fn doctor_does(&self, appointment: &Value, step: &str, body: &Value) -> Value {
        let reply = self.act(&self.doctor, appointment, step, body).await;
        assert_eq!(reply.status, 200, "{step}: {}", reply.text);
        reply.json
    }

    /// As the database has it.
    pub async fn row(&self, appointment: &Value) -> Value {
        let id = appointment["id"].as_str().unwrap();
        self.clinic.sql(&format!("select * from appointments where id = '{id}'")).await.remove(0)
    }

    /// One more patient.
    pub async fn patient(&self, n: usize) -> Value {
        let phone = format!("+91 98765 {n:05}");
        registered(&self.desk, json!({ "first_name": "Meena", "last_name": "Nair", "phone_primary": phone }))
            .await
    }
}

pub async fn department_of(clinic: &Hospital<'_>, name: &str) -> String {
    let rows = clinic.sql(&format!("select id from departments where name = '{name}'")).await;
    rows[0]["id"].as_str().unwrap().to_owned()
}

pub async fn id_of(client: &Client) -> String {
    client.get("/api/v1/auth/me").await.json["id"].as_str().unwrap().to_owned()
}

/// A doctor of this department, signed in, and their id.
pub async fn doctor_of(clinic: &Hospital<'_>, department: &str) -> (Client, String) {
    let doctor = clinic.staff(SystemRole::Doctor).await;
    let id = id_of(&doctor).await;
    clinic.sql(&format!("update staff set department_id = '{department}' where user_id = '{id}'")).await;
    (doctor, id)
}

/// How many may be booked beside the first into one slot.
pub async fn allow_overbooking(clinic: &Hospital<'_>, doctor: &str, overbooking: u8) {
    clinic
        .sql(&format!(
            "insert into doctors (user_id, overbooking, changed_by_id, updated_at) values ('{doctor}', {overbooking}, '{doctor}', now())
             on conflict (user_id) do update set overbooking = {overbooking}"
        ))
        .await;
}

pub fn path_of(appointment: &Value) -> String {
    format!("{APPOINTMENTS}/{}", appointment["id"].as_str().unwrap())
}

/// Status and code of a refusal.
pub fn code(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json["code"].as_str().unwrap_or_default().to_owned())
}

pub fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

pub fn later(at: Timestamp, minutes: i64) -> Timestamp {
    at + SignedDuration::from_mins(minutes)
}

pub fn in_weeks(at: Timestamp, weeks: i64, zone: &str) -> Timestamp {
    at.to_zoned(TimeZone::get(zone).unwrap()).checked_add(weeks.weeks()).unwrap().timestamp()
}
