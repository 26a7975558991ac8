//! Whose patients a doctor or nurse is shown, care teams and cover, and the reason that opens everything else.

mod covers;
mod glass;
mod lists;
mod rules;
mod sweep;
mod teams;
mod visits;

use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::appointments::APPOINTMENTS;
use crate::authorization::me;
use crate::harness::{Client, Hospital, Reply, TestApp};
use crate::patients::{PATIENTS, list, path_of, registered};

const RULES: &str = "/api/v1/care/rules";
const COVERS: &str = "/api/v1/care/covers";

/// Two doctors and a nurse of different departments; two patients of the front desk, one of the first doctor.
struct Stage<'a> {
    clinic: Hospital<'a>,
    admin: Client,
    desk: Client,
    /// Of Cardiology.
    ana: Client,
    /// Of Pediatrics.
    ben: Client,
    /// Of Cardiology.
    nurse: Client,
    /// Asha Rao and Bela Shah of the desk, Chandra Iyer of Ana.
    patients: [Value; 3],
}

impl<'a> Stage<'a> {
    /// With the rules on.
    async fn on(app: &'a TestApp) -> Self {
        let stage = Self::off(app).await;
        switch(&stage.admin, true).await;
        stage
    }

    async fn off(app: &'a TestApp) -> Self {
        let clinic = app.hospital("Asha Clinic").await;
        let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
        let ana = of_department(&clinic, SystemRole::Doctor, "Cardiology").await;
        let ben = of_department(&clinic, SystemRole::Doctor, "Pediatrics").await;
        let nurse = of_department(&clinic, SystemRole::Nurse, "Cardiology").await;
        let mut patients = Vec::new();
        for (by, first, last) in [(&desk, "Asha", "Rao"), (&desk, "Bela", "Shah"), (&ana, "Chandra", "Iyer")]
        {
            let fields = json!({ "first_name": first, "last_name": last, "city": format!("{first}pur"), "dob": "1961-02-03" });
            patients.push(registered(by, fields).await);
        }
        Self { clinic, admin, desk, ana, ben, nurse, patients: patients.try_into().unwrap() }
    }

    fn path(&self, n: usize) -> String {
        path_of(&self.patients[n])
    }

    fn page(&self, n: usize) -> String {
        format!("/patients/{}", self.patients[n]["id"].as_str().unwrap())
    }
}

/// Somebody of this role who works in a department.
async fn of_department(clinic: &Hospital<'_>, role: SystemRole, department: &str) -> Client {
    let person = clinic.staff(role).await;
    let id = me(&person).await;
    clinic
        .sql(&format!(
            "update staff set department_id = (select id from departments where name = '{department}')
              where user_id = '{}'",
            id.as_str().unwrap()
        ))
        .await;
    person.again().await
}

async fn department(clinic: &Hospital<'_>, name: &str) -> Value {
    clinic.sql(&format!("select id from departments where name = '{name}'")).await[0]["id"].clone()
}

/// The first quarter of an hour after so many of them.
fn quarter(app: &TestApp, n: i64) -> String {
    let begun = app.app.clock.now().as_second().div_euclid(900) * 900;
    jiff::Timestamp::from_second(begun + (n + 1) * 900).unwrap().to_string()
}

/// The desk books a patient with a doctor, in a department of this name.
async fn booked(stage: &Stage<'_>, (n, doctor, of): (usize, &Client, &str), at: &str) -> Value {
    let body = json!({
        "patient_id": stage.patients[n]["id"], "doctor_user_id": me(doctor).await,
        "department_id": department(&stage.clinic, of).await, "scheduled_at": at,
    });
    let made = stage.desk.post(APPOINTMENTS, &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json
}

async fn switch(admin: &Client, on: bool) {
    let set = admin.patch(RULES, &json!({ "row_rules": on })).await;
    assert_eq!((set.status, &set.json["row_rules"]), (200, &json!(on)), "{}", set.text);
}

fn code(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json["code"].as_str().unwrap_or_default().to_owned())
}

fn not_linked() -> (u16, String) {
    (403, "patients.not_linked".to_owned())
}

/// Codes of a list, and how many it says there are.
fn codes(reply: &Reply) -> (Vec<String>, i64) {
    assert_eq!(reply.status, 200, "{}", reply.text);
    let items = reply.json["items"].as_array().unwrap();
    let codes = items.iter().map(|p| p["patient_code"].as_str().unwrap().to_owned());
    (codes.collect(), reply.json["total"].as_i64().unwrap())
}

/// Codes that a person's list of this query shows.
async fn shown(person: &Client, query: &[(&str, &str)]) -> Vec<String> {
    let (codes, total) = codes(&list(person, query).await);
    assert_eq!(total, i64::try_from(codes.len()).unwrap(), "the total of {query:?}");
    codes
}

async fn break_glass(person: &Client, path: &str) -> Reply {
    person.post(&format!("{path}/break-glass"), &json!({ "reason": "Emergency: unconscious" })).await
}

async fn assign(person: &Client, path: &str, body: Value) -> Reply {
    person.post(&format!("{path}/care-team"), &body).await
}

/// So many seconds from now on the stage's clock.
fn later(app: &TestApp, seconds: i64) -> String {
    (app.app.clock.now() + jiff::SignedDuration::from_secs(seconds)).to_string()
}
