//! What a demo is made of, and that it is made once.

use hms::demo::{self, Size};
use hms::platform::demo::Action;
use serde_json::json;

use super::{A, B, PASSWORD, act, count, in_demo_mode, rows, seeded, sign_in};
use crate::cli::run;
use crate::harness::{Client, TestApp};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hospitals_are_there_with_everybody_of_the_contract() {
    let app = seeded(&[]).await;
    let people = [
        ("admin", "HOSPITAL_ADMIN", "Administrator"),
        ("doctor1", "DOCTOR", "General Medicine"),
        ("doctor2", "DOCTOR", "General Medicine"),
        ("nurse1", "NURSE", "General Medicine"),
        ("nurse2", "NURSE", "General Medicine"),
        ("pharmacist1", "PHARMACIST", "General Medicine"),
        ("pharmacist2", "PHARMACIST", "General Medicine"),
        ("receptionist1", "RECEPTIONIST", "Administrator"),
        ("receptionist2", "RECEPTIONIST", "Administrator"),
        ("cashier1", "CASHIER", "Administrator"),
        ("labtech1", "LAB_TECHNICIAN", "General Medicine"),
        ("bloodbank1", "BLOOD_BANK_TECHNICIAN", "General Medicine"),
        ("dispatcher1", "DISPATCHER", "Administrator"),
        ("auditor1", "AUDITOR", "Administrator"),
    ];
    for (letter, domain) in [('A', A), ('B', B)] {
        for (key, role, department) in people {
            let person = sign_in(&app, key, domain).await;
            assert_eq!(person.login["must_change_password"], false, "{key}");
            let me = person.get("/api/v1/auth/me").await.json;
            assert_eq!(me["roles"][0]["name"], role, "{key}");
            assert_eq!(me["department"], department, "{key}");
            assert_eq!(me["tenant_name"], format!("Demo Hospital {letter}"));
            assert_eq!(me["tenant"]["max_patients"], json!(null), "a demo has no limit");
        }
    }
    let verified = app
        .sql("select count(*) as n from public.users where not email_verified and email like '%demo-tenant%'")
        .await;
    assert_eq!(verified[0]["n"], 0);
    let mails = app.sql("select count(*) as n from public.mails").await;
    assert_eq!(mails[0]["n"], 0, "nobody is mailed for a demo");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_day_is_believable_and_so_are_the_months_around_it() {
    let app = seeded(&[]).await;
    for (letter, zone) in [('A', "Asia/Kolkata"), ('B', "Europe/London")] {
        assert_eq!(count(&app, letter, "select count(*) from patients where is_demo").await, 100);
        assert_eq!(count(&app, letter, "select count(*) from appointments where is_demo").await, 500);
        let now = app.app.clock.now();
        let by_status = rows(
            &app,
            letter,
            &format!(
                "select status, count(*) as n from appointments
                  where (scheduled_at at time zone '{zone}')::date = (timestamptz '{now}' at time zone '{zone}')::date
                  group by status"
            ),
        )
        .await;
        let of = |status: &str| {
            by_status.iter().find(|row| row["status"] == status).map_or(0, |row| row["n"].as_i64().unwrap())
        };
        assert_eq!(of("IN_CONSULTATION"), 1, "{by_status:?}");
        assert!(of("COMPLETED") >= 3, "{by_status:?}");
        assert!((3..=12).contains(&of("CHECKED_IN")), "{by_status:?}");
        assert!(of("SCHEDULED") >= 3, "{by_status:?}");
        // Everybody who came has a token, from 1 on and without gaps.
        let came = of("CHECKED_IN") + of("IN_CONSULTATION") + of("COMPLETED");
        let tokens = "select count(distinct token_number) from appointments where token_day is not null";
        assert_eq!(count(&app, letter, tokens).await, came);
        assert_eq!(count(&app, letter, "select max(token_number)::bigint from appointments").await, came);
        assert_eq!(count(&app, letter, "select max(value)::bigint from token_counters").await, came);

        let past = "select count(*) from appointments where status = 'COMPLETED'";
        let done = count(&app, letter, past).await;
        assert!(done > 300, "{done}");
        let signed = "select count(*) from notes n join encounters e on e.id = n.encounter_id
                       where n.status = 'SIGNED' and e.status = 'FINISHED'";
        assert_eq!(count(&app, letter, signed).await, done, "each visit has its signed note");
        assert!(
            count(&app, letter, "select count(*) from diagnoses where icd10_code is not null").await >= done
        );
        assert!(count(&app, letter, "select count(*) from vitals").await > done * 8 / 10);
        assert!(count(&app, letter, "select count(*) from appointments where kind = 'FOLLOW_UP'").await > 20);
        let span = "select (max(scheduled_at)::date - min(scheduled_at)::date)::bigint from appointments";
        assert!((115..=135).contains(&count(&app, letter, span).await));
        // Who has high blood pressure has it when it is measured.
        let pressure =
            "select min(v.systolic_bp)::bigint from vitals v join appointments a on a.id = v.appointment_id
                         where a.reason = 'Blood pressure check'";
        assert!(count(&app, letter, pressure).await >= 128);
        let fever = "select count(*) from vitals v join appointments a on a.id = v.appointment_id
                      where a.reason = 'Fever and body ache' and v.temperature_tenths < 376";
        assert_eq!(count(&app, letter, fever).await, 0);
        let kids = "select count(*) from vitals v join patients p on p.id = v.patient_id
                     where p.dob > v.recorded_at - interval '15 years' and v.news2_total is not null";
        assert_eq!(count(&app, letter, kids).await, 0, "no score of grown-ups for children");
    }
    let scripts = "select count(*) from patients where name_alternate is not null";
    assert!(count(&app, 'A', scripts).await > 10 && count(&app, 'B', scripts).await == 0);
    let numbers = "select count(*) from patients where phone_primary is not null and phone_e164 is null";
    assert_eq!(
        count(&app, 'A', numbers).await + count(&app, 'B', numbers).await,
        0,
        "numbers of the country"
    );
    demo::check(&app.app).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_pages_and_lists_show_it() {
    let app = seeded(&[]).await;
    let desk = sign_in(&app, "receptionist1", A).await;
    let patients = desk.get("/api/v1/patients?page_size=5").await;
    assert_eq!(patients.json["total"], 100, "{}", patients.text);
    let appointments = desk.get("/api/v1/appointments?page_size=5").await;
    assert_eq!(
        (appointments.status, &appointments.json["total"]),
        (200, &json!(500)),
        "{}",
        appointments.text
    );
    let doctor = sign_in(&app, "doctor1", A).await.browser().await;
    for page in ["/today", "/patients", "/appointments"] {
        let shown = doctor.get(page).await;
        assert_eq!(shown.status, 200, "{page}: {}", shown.text);
    }
    let boss = app.super_admin().await;
    let hospitals = boss.get("/api/v1/platform/tenants").await.text;
    assert!(hospitals.contains("Demo Hospital A") && hospitals.contains("Demo Hospital B"), "{hospitals}");
    let counted = app.sql("select sum(patients)::bigint as n from public.tenant_usage").await;
    assert_eq!(counted[0]["n"], 200, "the platform knows how many there are");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn done_twice_it_is_as_if_done_once() {
    let app = in_demo_mode(&[]).await;
    let first = act(&app.app, Action::Seed).await;
    assert!(
        first.contains("Demo Hospital A and Demo Hospital B filled: 100 patients and 500 appointments"),
        "{first}"
    );
    let everything = "select (select count(*) from patients) + (select count(*) from appointments) + (select count(*) from staff)
                           + (select count(*) from vitals) + (select count(*) from rooms) + (select count(*) from doctor_hours)";
    let before = count(&app, 'A', everything).await;
    let again = act(&app.app, Action::Seed).await;
    assert!(again.contains("were filled before; nothing was changed"), "{again}");
    assert_eq!(count(&app, 'A', everything).await, before);
    let hospitals = app.sql("select count(*) as n from public.tenants where is_demo").await;
    assert_eq!(hospitals[0]["n"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_makes_the_same_people() {
    let who = "select string_agg(first_name || last_name || dob || coalesce(phone_primary, '') || id, ',' order by id) as all from patients";
    let mut made = Vec::new();
    for seed in [7, 7, 8] {
        let app = in_demo_mode(&[]).await;
        demo::at_terminal(&app.app, Action::Seed, Size { seed, scale: 1 }).await.unwrap();
        made.push(rows(&app, 'B', who).await[0]["all"].as_str().unwrap().to_owned());
    }
    assert_eq!(made[0], made[1]);
    assert_ne!(made[0], made[2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_any_hour_there_is_a_clinic_going_on() {
    let app = seeded(&[]).await;
    // Five past two at night.
    app.app.clock.shift(15 * 3600 - 10 * 60);
    act(&app.app, Action::Freshen).await;
    let today = "select count(*) from appointments where status in ('CHECKED_IN', 'IN_CONSULTATION')";
    assert!(count(&app, 'A', today).await >= 3);
    let opened = "select count(*) from doctor_exceptions where is_demo and kind = 'EXTRA'";
    assert!(count(&app, 'A', opened).await >= 2, "hours are opened for it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_checker_names_the_rule_that_is_broken() {
    let app = seeded(&[]).await;
    let break_and_mend = [
        (
            "update vitals set news2_total = news2_total + 1 where id = (select id from vitals where news2_total = 0 limit 1)",
            "Every early-warning score is what its values come to.",
            "update vitals set news2_total = 0 where news2_total = 1 and news2_parts = (select news2_parts from vitals where news2_total = 0 limit 1)",
        ),
        (
            "update token_counters set value = 1",
            "A token is given once in a department's day, and none is above its counter.",
            "update token_counters set value = 500",
        ),
        (
            "update counters set value = 3 where name = 'patients'",
            "The numbers of patients that are kept are the numbers of patients.",
            "update counters set value = 100 where name = 'patients'",
        ),
        (
            "update encounters set patient_id = (select id from patients p where p.id <> encounters.patient_id limit 1)
              where id = (select id from encounters limit 1)",
            "belong to the same patient as their",
            "select 1",
        ),
    ];
    for (breaks, rule, mends) in break_and_mend {
        demo::check(&app.app).await.unwrap();
        rows(&app, 'B', breaks).await;
        let error = format!("{:#}", demo::check(&app.app).await.unwrap_err());
        assert!(error.contains(rule) && error.contains("Demo Hospital B"), "{error}");
        rows(&app, 'B', mends).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_database_that_is_not_prepared_it_says_what_to_do_first() {
    let app = TestApp::new().await;
    app.sql("alter table public.demo_tasks rename to tasks_of_before").await;
    app.sql("alter table public.tenants rename to tenants_of_before").await;
    for act in ["seed", "freshen", "reset", "check"] {
        let refused = run(&app.cli_env(), &["demo", act]).await;
        assert_eq!(refused.code, 1, "{act}");
        let what = "the database is not prepared: run `hms migrate` first";
        assert!(refused.err.contains(what), "{act}: {}", refused.err);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_production_without_demo_mode_refuses_and_the_command_tells_what_it_did() {
    let app = TestApp::new().await;
    let mut production = app.cli_env();
    production.push(("HMS_ENV".into(), "production".into()));
    let refused = run(&production, &["demo", "seed"]).await;
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("Set DEMO_MODE=true if that is meant"), "{}", refused.err);
    let none = app.sql("select count(*) as n from public.tenants").await;
    assert_eq!(none[0]["n"], 0);

    let done = run(&app.cli_env(), &["demo", "seed"]).await;
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("filled: 100 patients and 500 appointments each"), "{}", done.out);
    let checked = run(&app.cli_env(), &["demo", "check"]).await;
    assert_eq!(
        (checked.code, checked.out.trim()),
        (0, "2 demo hospitals looked through: everything is as it must be")
    );
    rows(&app, 'A', "update counters set value = 3 where name = 'patients'").await;
    let wrong = run(&app.cli_env(), &["demo", "check"]).await;
    assert_eq!(wrong.code, 1);
    assert!(
        wrong.err.contains("The numbers of patients that are kept are the numbers of patients."),
        "{}",
        wrong.err
    );
    // As everywhere, the password is kept as a hash only.
    let doctor = Client::sign_in(app.router.clone(), "doctor1@demo-tenant-b.hms", PASSWORD).await;
    assert_eq!(doctor.get("/api/v1/auth/me").await.status, 200);
}
