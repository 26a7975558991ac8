//! The demo's day becomes today's, and what people recorded stays where it is.

use hms::demo;
use hms::platform::demo::Action;
use serde_json::json;

use super::{A, act, count, in_demo_mode, rows, seeded, sign_in};

const DAY: i64 = 24 * 3600;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_moves_by_the_days_that_have_passed_and_today_is_alive_again() {
    let app = seeded(&[]).await;
    let first = "select extract(epoch from min(scheduled_at))::bigint from appointments where is_demo";
    let before = count(&app, 'A', first).await;
    let open = "select count(*) from appointments where status in ('IN_CONSULTATION', 'CHECKED_IN')";
    let ahead = |now: jiff::Timestamp| {
        format!("select count(*) from appointments where status = 'SCHEDULED' and scheduled_at > '{now}'")
    };
    for (days, told) in [(3, "Demo Hospital A was moved by 3 days"), (0, "Demo Hospital A was of today")] {
        app.app.clock.shift(days * DAY);
        let sentence = act(&app.app, Action::Freshen).await;
        assert!(sentence.contains(told), "{sentence}");
        assert_eq!(count(&app, 'A', first).await, before + 3 * DAY);
        assert_eq!(count(&app, 'A', "select count(*) from appointments").await, 500);
        assert!(count(&app, 'A', open).await >= 4);
        assert!(count(&app, 'A', &ahead(app.app.clock.now())).await > 20);
        let kept = "select count(*) from patients where last_visited_at is not null";
        assert!(count(&app, 'A', kept).await > 80);
        demo::check(&app.app).await.unwrap();
    }
    let days = app.sql("select distinct demo_day::text as day from public.tenants where is_demo").await;
    assert_eq!(days.len(), 1, "{days:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_booked_stays_and_nothing_comes_to_lie_over_it() {
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
    // Somebody's booking at the very time at which a demo appointment will come to lie.
    rows(
        &app,
        'A',
        &format!(
            "with a as (select doctor_user_id, department_id, scheduled_at, ends_at, created_by_id from appointments
                         where is_demo and holds_slot and status = 'COMPLETED' order by scheduled_at desc offset 40 limit 1)
             insert into appointments (id, patient_id, department_id, doctor_user_id, scheduled_at, ends_at, holds_slot,
                                       status, completed_at, consultation_started_at, checked_in_at, created_by_id, created_at, updated_at)
             select gen_random_uuid(), '{own}', department_id, doctor_user_id, scheduled_at + interval '2 days',
                    ends_at + interval '2 days', true, 'COMPLETED', ends_at + interval '2 days', scheduled_at + interval '2 days',
                    scheduled_at + interval '2 days', created_by_id, scheduled_at, ends_at + interval '2 days' from a
              where not exists (select from appointments b, a a2 where b.holds_slot and b.doctor_user_id = a2.doctor_user_id
                                  and b.scheduled_at = a2.scheduled_at + interval '2 days')"
        ),
    )
    .await;
    let theirs = format!(
        "select string_agg(scheduled_at::text, ',') as at from appointments where patient_id = '{own}'"
    );
    let before = rows(&app, 'A', &theirs).await;
    app.app.clock.shift(2 * DAY);
    act(&app.app, Action::Freshen).await;
    assert_eq!(rows(&app, 'A', &theirs).await, before, "what people made is not moved");
    demo::check(&app.app).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_that_visitors_closed_open_again() {
    let app = seeded(&[]).await;
    app.sql(
        "update public.users set password_hash = 'none', is_active = false, status = 'INACTIVE', must_change_password = true
          where email = 'nurse1@demo-tenant-a.hms'",
    )
    .await;
    rows(&app, 'A', "update staff set is_active = false where email = 'nurse1@demo-tenant-a.hms'").await;
    act(&app.app, Action::Freshen).await;
    let nurse = sign_in(&app, "nurse1", A).await;
    assert_eq!(nurse.login["must_change_password"], false);
    assert_eq!(nurse.get("/api/v1/patients").await.status, 200);
    assert_eq!(count(&app, 'A', "select count(*) from staff where not is_active").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_demo_there_is_nothing_to_make_fresh() {
    let app = in_demo_mode(&[]).await;
    let error = demo::at_terminal(&app.app, Action::Freshen, demo::Size::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no demo to make fresh: seed it first");
    let task = app.sql("select status, error from public.demo_tasks").await;
    assert_eq!((&task[0]["status"], &task[0]["error"]), (&json!("FAILED"), &json!(error.to_string())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_visitors_do_with_its_patients_breaks_no_rule() {
    let app = seeded(&[]).await;
    let admin = sign_in(&app, "admin", A).await;
    for status in ["CHECKED_IN", "IN_CONSULTATION"] {
        let one =
            format!("select id from appointments where is_demo and status = '{status}' order by id limit 1");
        let one = rows(&app, 'A', &one).await.remove(0);
        let path = format!("/api/v1/appointments/{}/complete", one["id"].as_str().unwrap());
        let done = admin.patch(&path, &json!({})).await;
        assert_eq!(done.status, 200, "{status}: {}", done.text);
    }
    demo::check(&app.app).await.unwrap();
    app.app.clock.shift(DAY);
    act(&app.app, Action::Freshen).await;
    demo::check(&app.app).await.unwrap();
}
