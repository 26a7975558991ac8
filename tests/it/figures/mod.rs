//! The day in numbers: they are those of the lists behind them, for whoever asks.

mod page;

use hms::clinic::roles::SystemRole;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::harness::{Client, Hospital, Reply, TestApp};
use crate::patients::registered;

const METRICS: &str = "/api/v1/dashboard/metrics";
const APPOINTMENTS: &str = "/api/v1/appointments";

/// What the contract calls it, word for word.
const FIELDS: &str = "patients_today upcoming_appointments appointments_today prescriptions_today ipd_admissions_today \
    appointments_by_status patient_registrations_last_7_days prescriptions_by_status opd_scheduled_today opd_checked_in_today \
    opd_in_consultation_today opd_completed_today active_ipd_admissions pending_prescriptions_draft pending_prescriptions_issued \
    my_appointments_today my_pending_prescriptions active_staff_users prescriptions_to_dispense low_stock_items_count \
    doctor_pending_consultations receptionist_pending_checkins nurse_pending_vitals no_show_risk_count incomplete_clinical_notes \
    patient_gender_distribution patient_age_distribution total_tenants total_users total_patients total_appointments \
    total_prescriptions";

/// A hospital in its morning, with two doctors.
struct Stage<'a> {
    app: &'a TestApp,
    clinic: Hospital<'a>,
    zone: TimeZone,
    desk: Client,
    nurse: Client,
    doctor: Client,
    other: Client,
    department: String,
}

/// Check-in at any time of the day.
async fn app() -> TestApp {
    TestApp::configured(&[("OPD_CHECKIN_GRACE_MINUTES", "1440")]).await
}

async fn id_of(person: &Client) -> String {
    person.get("/api/v1/auth/me").await.json["id"].as_str().unwrap().to_owned()
}

impl<'a> Stage<'a> {
    async fn on(app: &'a TestApp) -> Self {
        let clinic = app.hospital("Asha Clinic").await;
        let zone = clinic.in_the_morning().await;
        let rows = clinic.sql("select id from departments where is_for_patients order by name limit 1").await;
        Self {
            desk: clinic.staff(SystemRole::Receptionist).await,
            nurse: clinic.staff(SystemRole::Nurse).await,
            doctor: clinic.staff(SystemRole::Doctor).await,
            other: clinic.staff(SystemRole::Doctor).await,
            department: rows[0]["id"].as_str().unwrap().to_owned(),
            app,
            clinic,
            zone,
        }
    }

    fn now(&self) -> Timestamp {
        self.app.app.clock.now()
    }

    /// The hospital's day.
    fn today(&self) -> String {
        self.now().to_zoned(self.zone.clone()).date().to_string()
    }

    /// Somebody new, booked for the quarter of an hour that comes so many minutes from now.
    async fn book(&self, doctor: &Client, minutes: i64) -> Value {
        let patient = registered(&self.desk, json!({ "first_name": "Meena" })).await;
        let after = self.now() + SignedDuration::from_mins(minutes);
        let at = Timestamp::from_second((after.as_second() / 900 + 1) * 900).unwrap();
        let body = json!({
            "patient_id": patient["id"], "doctor_user_id": id_of(doctor).await, "department_id": self.department,
            "scheduled_at": at.to_string(),
        });
        let booked = self.desk.post(APPOINTMENTS, &body).await;
        assert_eq!(booked.status, 201, "{}", booked.text);
        booked.json
    }

    async fn step(&self, by: &Client, appointment: &Value, step: &str, body: &Value) {
        let reply = by.patch(&format!("{}/{step}", path_of(appointment)), body).await;
        assert_eq!(reply.status, 200, "{step}: {}", reply.text);
    }

    /// As if its time, and what happened to it, had been so many minutes earlier.
    async fn earlier(&self, appointment: &Value, minutes: i64) {
        let id = appointment["id"].as_str().unwrap();
        self.clinic
            .sql(&format!(
                "update appointments set scheduled_at = scheduled_at - interval '{minutes} minutes',
                        ends_at = ends_at - interval '{minutes} minutes',
                        checked_in_at = checked_in_at - interval '{minutes} minutes' where id = '{id}'"
            ))
            .await;
    }

    /// How many the list has, narrowed so.
    async fn listed(&self, by: &Client, query: &[(&str, &str)]) -> Value {
        let query = serde_urlencoded::to_string(query).unwrap();
        let reply = by.get(&format!("{APPOINTMENTS}?{query}")).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json["total"].clone()
    }

    /// The same, of today.
    async fn listed_today(&self, by: &Client, query: &[(&str, &str)]) -> Value {
        let today = self.today();
        let days = [("date_from", today.as_str()), ("date_to", today.as_str())];
        self.listed(by, &[&days, query].concat()).await
    }
}

fn path_of(appointment: &Value) -> String {
    format!("{APPOINTMENTS}/{}", appointment["id"].as_str().unwrap())
}

async fn metrics(by: &Client) -> Value {
    let reply: Reply = by.get(METRICS).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json
}

#[tokio::test]
async fn the_numbers_are_those_of_the_lists() {
    let app = app().await;
    let stage = Stage::on(&app).await;
    let (d, o) = (&stage.doctor, &stage.other);
    let nothing = json!({});
    stage.book(d, 15).await;
    stage.book(d, 300).await;
    stage.book(d, 24 * 60).await;
    let here = stage.book(d, 30).await;
    let inside = stage.book(d, 45).await;
    let done = stage.book(o, 15).await;
    let off = stage.book(o, 30).await;
    let late = stage.book(o, 60).await;
    let missed = stage.book(o, 90).await;
    for (one, by) in [(&inside, d), (&done, o)] {
        stage.step(&stage.desk, one, "check-in", &nothing).await;
        stage.step(by, one, "start-consultation", &nothing).await;
    }
    stage.step(&stage.desk, &here, "check-in", &nothing).await;
    stage.step(o, &done, "complete", &nothing).await;
    stage.step(&stage.desk, &off, "cancel", &json!({ "reason": "PATIENT_REQUEST" })).await;
    stage.earlier(&late, 120).await;
    let id = missed["id"].as_str().unwrap();
    let gone = "update appointments set status = 'NO_SHOW', no_show_at = now(), holds_slot = false";
    stage.clinic.sql(&format!("{gone} where id = '{id}'")).await;

    let shown = metrics(&stage.desk).await;
    let mut told: Vec<&str> = shown.as_object().unwrap().keys().map(String::as_str).collect();
    let mut wanted: Vec<&str> = FIELDS.split_whitespace().collect();
    told.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(told, wanted);

    assert_eq!(shown["appointments_today"], 8);
    assert_eq!(shown["appointments_today"], stage.listed_today(&stage.desk, &[]).await);
    for (field, status, number) in [
        ("opd_scheduled_today", "SCHEDULED", 3),
        ("opd_checked_in_today", "CHECKED_IN", 1),
        ("opd_in_consultation_today", "IN_CONSULTATION", 1),
        ("opd_completed_today", "COMPLETED", 1),
    ] {
        assert_eq!(shown[field], number, "{field}");
        assert_eq!(shown[field], stage.listed_today(&stage.desk, &[("status", status)]).await, "{field}");
    }
    let by_status = json!({ "COMPLETED": 1, "CANCELLED": 1, "NO_SHOW": 1, "ACTIVE": 5 });
    assert_eq!(shown["appointments_by_status"], by_status, "tomorrow is no part of the last days");
    let (now, soon) = (stage.now(), stage.now() + SignedDuration::from_hours(4));
    let (now, soon) = (now.to_string(), soon.to_string());
    let due = [("status", "SCHEDULED"), ("date_from", &now), ("date_to", &soon)];
    assert_eq!(shown["receptionist_pending_checkins"], 1);
    assert_eq!(shown["receptionist_pending_checkins"], stage.listed(&stage.desk, &due).await);
    assert_eq!((&shown["no_show_risk_count"], &shown["upcoming_appointments"]), (&json!(1), &json!(3)));
    assert_eq!(shown["my_appointments_today"], 0, "the desk has none");

    let mine = metrics(d).await;
    let statuses = "SCHEDULED,CHECKED_IN,IN_CONSULTATION,COMPLETED";
    let of_doctor = [("doctor_user_id", id_of(d).await), ("status", statuses.to_owned())];
    let of_doctor: Vec<(&str, &str)> =
        of_doctor.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(
        (&mine["my_appointments_today"], &mine["doctor_pending_consultations"]),
        (&json!(4), &json!(1))
    );
    assert_eq!(mine["my_appointments_today"], stage.listed_today(d, &of_doctor).await);

    assert_eq!(shown["patients_today"], 9);
    assert_eq!(shown["patient_gender_distribution"], json!({ "FEMALE": 9 }));
    assert_eq!(shown["active_staff_users"], 5, "administrator, desk, nurse and two doctors");
    assert_eq!(stage.clinic.audit().await.iter().filter(|row| row["entity"] == "dashboard").count(), 2);
}

#[tokio::test]
async fn what_is_missing_is_counted_until_it_is_there() {
    let app = app().await;
    let stage = Stage::on(&app).await;
    let visit = stage.book(&stage.doctor, 15).await;
    stage.step(&stage.desk, &visit, "check-in", &json!({})).await;
    let missing = async |field: &str| metrics(&stage.nurse).await[field].clone();
    assert_eq!(missing("nurse_pending_vitals").await, 1);
    let queue = stage.nurse.get("/api/v1/vitals/queue").await;
    assert_eq!(queue.json.as_array().map(Vec::len), Some(1), "the same list: {}", queue.text);
    let set = json!({
        "patient_id": visit["patient_id"], "appointment_id": visit["id"], "heart_rate": 72, "systolic_bp": 120,
        "diastolic_bp": 80, "temperature_c": 36.8, "respiratory_rate": 16, "spo2": 98,
    });
    let kept = stage.nurse.post("/api/v1/vitals", &set).await;
    assert_eq!(kept.status, 201, "{}", kept.text);
    assert_eq!(missing("nurse_pending_vitals").await, 0);

    // A note is missing an hour after the check-in, and until one is signed.
    assert_eq!(missing("incomplete_clinical_notes").await, 0, "it is early");
    stage.earlier(&visit, 90).await;
    assert_eq!(missing("incomplete_clinical_notes").await, 1);
    let begun = stage.doctor.post("/api/v1/encounters", &json!({ "appointment_id": visit["id"] })).await;
    let note = format!(
        "/api/v1/encounters/{}/note",
        begun.json["id"].as_str().unwrap_or_else(|| panic!("{}", begun.text))
    );
    let body = json!({ "texts": { "subjective": "Better", "objective": "", "assessment": "Strain", "plan": "Rest" } });
    let kept = stage.doctor.request(axum::http::Method::PUT, &note).json(&body).send().await;
    assert!(kept.status < 300, "{}", kept.text);
    assert_eq!(missing("incomplete_clinical_notes").await, 1, "a draft is no note");
    let signed = stage.doctor.post(&format!("{note}/sign"), &body).await;
    assert!(signed.status < 300, "{}", signed.text);
    assert_eq!(missing("incomplete_clinical_notes").await, 0);
}

#[tokio::test]
async fn nobody_learns_from_a_number_what_is_kept_from_them() {
    let app = app().await;
    let stage = Stage::on(&app).await;
    let (open, hidden) = (stage.book(&stage.doctor, 15).await, stage.book(&stage.other, 15).await);
    let patient = hidden["patient_id"].as_str().unwrap();
    stage.clinic.sql(&format!("update patients set confidentiality = 'V' where id = '{patient}'")).await;
    let nurse = metrics(&stage.nurse).await;
    assert_eq!((&nurse["appointments_today"], &nurse["patients_today"]), (&json!(1), &json!(1)));
    assert_eq!(nurse["appointments_today"], stage.listed_today(&stage.nurse, &[]).await);
    let doctor = metrics(&stage.doctor).await;
    assert_eq!((&doctor["appointments_today"], &doctor["patients_today"]), (&json!(2), &json!(2)));

    // Practice is in no number.
    let practice = stage.desk.post("/api/v1/patients/practice", &json!({})).await.json;
    let id = open["id"].as_str().unwrap();
    let moved = format!(
        "update appointments set patient_id = '{}' where id = '{id}'",
        practice["id"].as_str().unwrap()
    );
    stage.clinic.sql(&moved).await;
    assert_eq!(metrics(&stage.nurse).await["appointments_today"], 0);
    assert_eq!(metrics(&stage.desk).await["patients_today"], 2, "whom the desk registered itself");

    // What somebody may not see at all is 0.
    let cashier = stage.clinic.staff(SystemRole::Cashier).await;
    let shown = metrics(&cashier).await;
    assert_eq!((&shown["appointments_today"], &shown["active_staff_users"]), (&json!(0), &json!(0)));
    assert_eq!(shown["patients_today"], 1);
    let auditor = metrics(&stage.clinic.staff(SystemRole::Auditor).await).await;
    assert_eq!((&auditor["patients_today"], &auditor["active_staff_users"]), (&json!(0), &json!(7)));
    for field in
        ["total_tenants", "total_users", "total_patients", "total_appointments", "total_prescriptions"]
    {
        assert!(shown[field].is_null(), "{field} is the platform's");
    }

    // Another hospital's numbers are its own.
    let elsewhere = app.hospital("Zen Hospital").await.admin().await;
    assert_eq!(metrics(&elsewhere).await["appointments_today"], 0);
    assert_eq!(app.anonymous().get(METRICS).await.status, 401);
    stage.clinic.take("dashboard:view", SystemRole::Nurse).await;
    let nurse = stage.clinic.staff(SystemRole::Nurse).await;
    assert_eq!(nurse.get(METRICS).await.status, 403);
}

#[tokio::test]
async fn a_doctor_who_is_shown_their_own_patients_gets_their_own_numbers() {
    let app = app().await;
    let stage = Stage::on(&app).await;
    let mine = stage.book(&stage.doctor, 15).await;
    stage.book(&stage.other, 30).await;
    stage.step(&stage.desk, &mine, "check-in", &json!({})).await;
    let admin = stage.clinic.admin().await;
    assert_eq!(admin.patch("/api/v1/care/rules", &json!({ "row_rules": true })).await.status, 200);
    let doctor = stage.doctor.again().await;
    let shown = metrics(&doctor).await;
    assert_eq!(shown["appointments_today"], stage.listed_today(&doctor, &[]).await);
    assert_eq!((&shown["appointments_today"], &shown["my_appointments_today"]), (&json!(1), &json!(1)));
    assert_eq!(metrics(&stage.desk).await["appointments_today"], 2);
}

#[tokio::test]
async fn charts_are_of_the_hospitals_days() {
    let app = app().await;
    let stage = Stage::on(&app).await;
    for n in 0..5 {
        registered(&stage.desk, json!({ "first_name": format!("Day {n}"), "gender": "MALE" })).await;
    }
    // A minute before and after the hospital's midnight, six days ago, 40 days ago, and one of today.
    let zone = stage.zone.iana_name().unwrap();
    let midnight = format!("date_trunc('day', now() at time zone '{zone}') at time zone '{zone}'");
    for (n, at) in [
        (0, "- interval '1 minute'"),
        (1, "+ interval '1 minute'"),
        (2, "- interval '6 days'"),
        (3, "- interval '40 days'"),
    ] {
        let moved = format!("update patients set created_at = {midnight} {at} where first_name = 'Day {n}'");
        stage.clinic.sql(&moved).await;
    }
    let chart = async |range: &str| -> Vec<(String, i64)> {
        let reply = stage.desk.get(&format!("{METRICS}{range}")).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let days = reply.json["patient_registrations_last_7_days"].as_array().unwrap().clone();
        days.iter()
            .map(|day| (day["date"].as_str().unwrap().to_owned(), day["count"].as_i64().unwrap()))
            .collect()
    };
    let week = chart("").await;
    assert_eq!(week.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [1, 0, 0, 0, 0, 1, 2]);
    assert_eq!(week[6].0, stage.today());
    assert_eq!(chart("?trends_date_range=last_7_days").await, week);
    for (range, days, people) in [("today", 1, 2), ("last_30_days", 30, 4), ("last_90_days", 90, 5)] {
        let chart = chart(&format!("?trends_date_range={range}")).await;
        assert_eq!((chart.len(), chart.iter().map(|(_, n)| n).sum::<i64>()), (days, people), "{range}");
    }
    let all = stage.desk.get(&format!("{METRICS}?trends_date_range=last_90_days")).await.json;
    assert_eq!(all["patient_gender_distribution"], json!({ "MALE": 5 }));
    assert_eq!(all["patient_age_distribution"], json!({ "25-44": 5 }));
    assert_eq!(all["patients_today"], 2);
    for range in ["last_year", "last_7", "7"] {
        let refused = stage.desk.get(&format!("{METRICS}?trends_date_range={range}")).await;
        assert_eq!(refused.status, 422, "{range:?}: {}", refused.text);
    }
}

#[tokio::test]
async fn a_super_admin_gets_the_platforms_totals() {
    let app = app().await;
    let stage = Stage::on(&app).await;
    stage.book(&stage.doctor, 15).await;
    app.hospital("Zen Hospital").await;
    let boss = app.super_admin().await;
    let shown = metrics(&boss).await;
    for (field, number) in [
        ("total_tenants", 2),
        ("total_users", 6),
        ("total_patients", 1),
        ("total_appointments", 1),
        ("total_prescriptions", 0),
        ("appointments_today", 0),
    ] {
        assert_eq!(shown[field], number, "{field}");
    }
    let rows = app.audit().await;
    assert!(rows.iter().any(|row| row["kind"] == "listed" && row["entity"] == "dashboard"));
}
