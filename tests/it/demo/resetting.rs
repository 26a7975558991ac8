//! Removing the demo removes exactly that.

use hms::demo;
use hms::platform::demo::Action;
use serde_json::json;

use super::{A, B, PASSWORD, act, count, seeded, sign_in};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_added_stays_and_a_hospital_that_holds_nothing_else_goes() {
    let app = seeded(&[]).await;
    let desk = sign_in(&app, "receptionist1", A).await;
    let made = desk
        .post(
            "/api/v1/patients/quick-register",
            &json!({ "first_name": "Own", "last_name": "Patient", "phone_primary": "+91 98220 55555", "gender": "FEMALE", "dob": "1990-01-01", "city": "Pune" }),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let own = made.json["id"].as_str().unwrap().to_owned();

    let told = act(&app.app, Action::Reset).await;
    assert!(told.contains("Demo Hospital A lost 100 demo patients"), "{told}");
    assert!(told.contains("1 patient and 0 people that were added"), "{told}");
    assert!(told.contains("Demo Hospital B is gone"), "{told}");

    for table in [
        "appointments",
        "appointment_events",
        "encounters",
        "notes",
        "note_versions",
        "diagnoses",
        "vitals",
        "escalations",
        "print_jobs",
        "doctor_leaves",
    ] {
        assert_eq!(count(&app, 'A', &format!("select count(*) from {table}")).await, 0, "{table}");
    }
    assert_eq!(count(&app, 'A', "select count(*) from patients").await, 1);
    assert_eq!(desk.get(&format!("/api/v1/patients/{own}")).await.status, 200);
    assert_eq!(desk.get("/api/v1/patients").await.json["total"], 1);
    let counted = app.sql("select sum(patients)::bigint as n from public.tenant_usage").await;
    assert_eq!(counted[0]["n"], 1, "the platform's number follows");

    let gone = app
        .anonymous()
        .form("/api/v1/auth/login", &[("username", &format!("admin@{B}")), ("password", PASSWORD)])
        .await;
    assert_eq!(gone.status, 401, "its accounts, whose password everybody knows, are gone");
    let left = app.sql("select count(*) as n from public.tenants where name = 'Demo Hospital B'").await;
    assert_eq!(left[0]["n"], 0);

    // And again: both are there, the patient among them.
    act(&app.app, Action::Seed).await;
    assert_eq!(count(&app, 'A', "select count(*) from patients").await, 101);
    assert_eq!(count(&app, 'B', "select count(*) from patients").await, 100);
    demo::check(&app.app).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_signed_in_to_a_hospital_that_goes_is_signed_out() {
    let app = seeded(&[]).await;
    let doctor = sign_in(&app, "doctor1", B).await;
    assert_eq!(doctor.get("/api/v1/auth/me").await.status, 200);
    act(&app.app, Action::Reset).await;
    crate::harness::eventually("the session is over", async || {
        doctor.get("/api/v1/auth/me").await.status == 401
    })
    .await;
    let again = act(&app.app, Action::Reset).await;
    assert_eq!(again, "there is no demo; nothing was changed");
}
