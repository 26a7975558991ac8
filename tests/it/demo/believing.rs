//! What a clinician sees in the demo's records: treatment, follow-ups, growth, and what is going on today.

use hms::demo;
use hms::platform::demo::Action;
use serde_json::json;

use super::{A, B, act, count, rows, seeded, sign_in};

const DAY: i64 = 24 * 3600;
/// Each hospital with its clock.
const BOTH: [(char, &str); 2] = [('A', "Asia/Kolkata"), ('B', "Europe/London")];

/// Why `hms demo check` is not content.
async fn complaint(app: &crate::harness::TestApp) -> String {
    format!("{:#}", demo::check(&app.app).await.unwrap_err())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_note_gives_what_its_patient_must_not_have() {
    let app = seeded(&[]).await;
    let against = |chart: &str, medicines: &str| {
        format!(
            "select count(*) from notes n join note_versions v on v.note_id = n.id
              where v.subjective || ' ' || v.plan ~* '{medicines}'
                and exists (select from chart_entries c where c.patient_id = n.patient_id and c.line ~* '{chart}')"
        )
    };
    for (letter, _) in BOTH {
        for (chart, medicines) in [
            ("penicillin", "amoxicillin"),
            ("ibuprofen", "ibuprofen|aspirin"),
            ("kidney", "(^|[^o] )ibuprofen|metformin|nitrofurantoin"),
            ("asthma", "ibuprofen|aspirin|bisoprolol"),
            ("coronary", "ibuprofen|sumatriptan"),
        ] {
            let wrong = count(&app, letter, &against(chart, medicines)).await;
            assert_eq!(wrong, 0, "{letter}: {medicines} against {chart}");
        }
        let given = count(&app, letter, &against("", "amoxicillin|ibuprofen")).await;
        assert!(given > 0, "others do have it");
    }
    // And a note that does is found.
    demo::check(&app.app).await.unwrap();
    rows(
        &app,
        'B',
        "update note_versions set plan = 'Amoxicillin for seven days.'
          where note_id = (select n.id from notes n join chart_entries c on c.patient_id = n.patient_id
                            where n.status = 'SIGNED' and c.line like 'Penicillin%' limit 1)",
    )
    .await;
    let told = complaint(&app).await;
    let rule =
        "No note gives a medicine against a recorded allergy or condition. This is not so for 1 of them.";
    assert!(told.contains(rule) && told.contains("Demo Hospital B"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_asked_back_comes_when_the_plan_says_and_is_better() {
    let app = seeded(&[]).await;
    let plans = [
        ("Fever in a child", 2),
        ("Cough with fever", 3),
        ("Ear pain", 7),
        ("Short of breath", 7),
        ("Wants to stop smoking", 14),
        ("Blood pressure check", 28),
        ("Diabetes check", 42),
        ("Child check-up", 90),
    ];
    let mut acute = 0;
    for (letter, zone) in BOTH {
        for (reason, days) in plans {
            let between = format!(
                "select (f.scheduled_at at time zone '{zone}')::date - (a.scheduled_at at time zone '{zone}')::date as days,
                        f.created_at >= a.completed_at as is_booked_then
                   from appointments f join appointments a on a.id = f.follow_up_of where a.reason = '{reason}'"
            );
            for row in rows(&app, letter, &between).await {
                let after = row["days"].as_i64().unwrap();
                assert!((days - 2..=days + 2).contains(&after), "{letter} {reason}: after {after} days");
                assert_eq!(row["is_booked_then"], true, "it is booked when leaving");
                acute += i64::from(days <= 7);
            }
        }
        let same = "select count(*) from appointments f join appointments a on a.id = f.follow_up_of
                      join encounters x on x.appointment_id = f.id join notes n on n.encounter_id = x.id
                      join note_versions v on v.note_id = n.id
                      join encounters y on y.appointment_id = a.id join notes m on m.encounter_id = y.id
                      join note_versions w on w.note_id = m.id
                     where a.kind <> 'FOLLOW_UP' and (v.subjective = w.subjective or v.plan = w.plan)";
        assert_eq!(count(&app, letter, same).await, 0, "the text is one of its own");
        let fever = "select count(*) from appointments f join vitals v on v.appointment_id = f.id
                      where f.kind = 'FOLLOW_UP' and v.temperature_tenths >= 378";
        assert_eq!(count(&app, letter, fever).await, 0, "who comes back has no fever any more");
        let sunday = format!(
            "select count(*) from appointments where kind = 'FOLLOW_UP'
               and extract(isodow from scheduled_at at time zone '{zone}') = 7"
        );
        assert_eq!(count(&app, letter, &sunday).await, 0);
    }
    assert!(acute >= 3, "some were ill and came back within days: {acute}");
    rows(
        &app,
        'A',
        "update appointments set scheduled_at = scheduled_at - interval '9 days', ends_at = ends_at - interval '9 days', holds_slot = false
          where id = (select follow_up_of from appointments where follow_up_of is not null order by id limit 1)",
    )
    .await;
    let told = complaint(&app).await;
    assert!(told.contains("Whoever is asked back comes when the plan says."), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_seen_before_it_was_made_fresh_is_asked_back_too() {
    let app = seeded(&[]).await;
    app.app.clock.shift(DAY);
    act(&app.app, Action::Freshen).await;
    let ahead = format!(
        "select count(*) from appointments where kind = 'FOLLOW_UP' and status = 'SCHEDULED' and scheduled_at > '{}'",
        app.app.clock.now()
    );
    assert!(count(&app, 'A', &ahead).await + count(&app, 'B', &ahead).await >= 3);
    demo::check(&app.app).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_note_quotes_was_measured() {
    let app = seeded(&[]).await;
    let unmeasured = "select count(*) from notes n join note_versions v on v.note_id = n.id
                        join encounters e on e.id = n.encounter_id
                       where v.objective || v.plan ~ '[0-9] (°C|kg)|[0-9]/[0-9]'
                         and not exists (select from vitals m where m.appointment_id = e.appointment_id)";
    for (letter, _) in BOTH {
        assert_eq!(count(&app, letter, unmeasured).await, 0);
    }
    rows(
        &app,
        'A',
        "update note_versions set objective = 'Temperature 41.7 °C.'
          where note_id = (select id from notes where status = 'SIGNED' order by id limit 1)",
    )
    .await;
    let told = complaint(&app).await;
    assert!(told.contains("What a note quotes was measured at that visit."), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sneezes_from_pollen_when_there_is_none() {
    let app = seeded(&[]).await;
    for ((letter, zone), months) in BOTH.into_iter().zip(["2, 3, 4", "3, 4, 5, 6, 7"]) {
        let wrong = format!(
            "select count(*) from appointments where reason = 'Sneezing and itching eyes'
                and extract(month from scheduled_at at time zone '{zone}') not in ({months})"
        );
        assert_eq!(count(&app, letter, &wrong).await, 0);
        assert_eq!(count(&app, letter, "select count(*) from appointments where reason ~ 'spring'").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn children_grow_from_visit_to_visit() {
    let app = seeded(&[]).await;
    let grown = "select count(*) from (
             select v.weight_grams - lag(v.weight_grams) over w as gain, v.height_mm - lag(v.height_mm) over w as more,
                    v.recorded_at - lag(v.recorded_at) over w as passed, v.recorded_at - p.dob as age
               from vitals v join patients p on p.id = v.patient_id
              where p.dob > v.recorded_at - interval '1 year' window w as (partition by p.id order by v.recorded_at)) x
          where passed > interval '21 days'";
    let mut seen = 0;
    for (letter, _) in BOTH {
        seen += count(&app, letter, grown).await;
        let not = format!("{grown} and (gain < 100 or more < 3)");
        assert_eq!(count(&app, letter, &not).await, 0, "an infant gains in three weeks");
    }
    assert!(seen > 0, "an infant came more than once");
    rows(
        &app,
        'A',
        "update vitals set height_mm = 2400 where id = (
             select v.id from vitals v join patients p on p.id = v.patient_id
              where p.dob > v.recorded_at - interval '12 years'
                and exists (select from vitals o where o.patient_id = p.id and o.recorded_at > v.recorded_at)
              order by v.id limit 1)",
    )
    .await;
    let told = complaint(&app).await;
    assert!(told.contains("Children do not shrink"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_list_of_the_day_has_somebody_in_it_at_first_and_after_it_was_made_fresh() {
    let app = seeded(&[]).await;
    for turn in 0..2 {
        let now = app.app.clock.now();
        let soon = now + jiff::SignedDuration::from_mins(15);
        for ((letter, _), domain) in BOTH.into_iter().zip([A, B]) {
            let looked_at = |from: jiff::Timestamp, until: jiff::Timestamp| {
                format!(
                    "select count(*) from vitals v join appointments a on a.id = v.appointment_id
                      where v.is_watched and a.status = 'CHECKED_IN' and v.next_due_at > '{from}' and v.next_due_at <= '{until}'"
                )
            };
            let hour = jiff::SignedDuration::from_hours(1);
            assert!(count(&app, letter, &looked_at(now - hour, now)).await >= 1, "{turn} {letter}: overdue");
            assert!(count(&app, letter, &looked_at(now, soon)).await >= 1, "{turn} {letter}: due soon");
            let open = format!("select count(*) from escalations where next_at > '{now}'");
            assert_eq!(count(&app, letter, &open).await, 1, "{turn} {letter}: one alarm waits for an answer");
            assert!(count(&app, letter, "select count(*) from print_jobs where outcome is null").await >= 2);

            let nurse = sign_in(&app, "nurse1", domain).await.browser().await;
            let alarms = nurse.get("/escalations").await;
            assert!(alarms.status == 200 && alarms.text.contains("/acknowledge"), "{}", alarms.text);
            // A doctor who is away next week, and nobody booked with them then.
            let leaves = rows(&app, letter, "select * from doctor_leaves where withdrawn_at is null").await;
            assert_eq!(leaves.len(), 1, "{turn} {letter}");
            let begins: jiff::Timestamp = leaves[0]["starts_at"].as_str().unwrap().parse().unwrap();
            let ahead = begins.duration_since(now).as_hours();
            assert!((4 * 24..=10 * 24).contains(&ahead), "{ahead} hours");
            let booked =
                "select count(*) from appointments a join doctor_leaves l on l.user_id = a.doctor_user_id
                           where a.holds_slot and a.scheduled_at < l.ends_at and a.ends_at > l.starts_at";
            assert_eq!(count(&app, letter, booked).await, 0);
        }
        if turn == 0 {
            app.app.clock.shift(DAY);
            act(&app.app, Action::Freshen).await;
        }
    }
    demo::check(&app.app).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_doctor_who_is_on_leave_stays_without_bookings_when_it_is_made_fresh() {
    let app = seeded(&[]).await;
    let boss = sign_in(&app, "admin", B).await;
    let doctor = sign_in(&app, "doctor1", B).await.get("/api/v1/auth/me").await.json["id"].clone();
    let doctor = doctor.as_str().unwrap().to_owned();
    let now = app.app.clock.now();
    rows(
        &app,
        'B',
        &format!(
            "insert into doctor_leaves (id, user_id, kind, starts_at, ends_at, made_by_id, made_at)
             values (gen_random_uuid(), '{doctor}', 'SICK', timestamptz '{now}' - interval '2 hours',
                     timestamptz '{now}' + interval '3 days', '{doctor}', '{now}')"
        ),
    )
    .await;
    // Whoever took it has settled what was booked, so that nothing is wrong before the days are made anew.
    demo::check(&app.app).await.unwrap();
    app.app.clock.shift(60);
    act(&app.app, Action::Freshen).await;
    demo::check(&app.app).await.unwrap();
    let booked = format!(
        "select count(*) from appointments a where a.doctor_user_id = '{doctor}' and a.status in ('SCHEDULED', 'CHECKED_IN')
            and a.scheduled_at > timestamptz '{now}' - interval '2 hours' and a.scheduled_at < timestamptz '{now}' + interval '3 days'"
    );
    assert_eq!(count(&app, 'B', &booked).await, 0, "nobody is booked with somebody who is away");
    assert_eq!(boss.get("/api/v1/appointments?page_size=1").await.status, 200);

    rows(
        &app,
        'B',
        &format!(
            "update appointments set holds_slot = false, scheduled_at = timestamptz '{now}' + interval '1 day',
                    ends_at = timestamptz '{now}' + interval '1 day' + interval '15 minutes'
              where id = (select id from appointments where doctor_user_id = '{doctor}' and status = 'SCHEDULED'
                             and follow_up_of is null order by id limit 1)"
        ),
    )
    .await;
    let told = complaint(&app).await;
    assert!(told.contains("Nobody is booked with a doctor who is on leave."), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_visitors_record_breaks_no_rule_of_what_was_believable() {
    let app = seeded(&[]).await;
    let doctor = sign_in(&app, "doctor1", A).await;
    // An allergy that is found out after the medicine was given.
    let given = rows(
        &app,
        'A',
        "select n.patient_id from notes n join note_versions v on v.note_id = n.id
          where v.plan like '%moxicillin%' or v.plan like '%buprofen%' order by n.id limit 1",
    )
    .await;
    let path = format!("/api/v1/patients/{}/allergies", given[0]["patient_id"].as_str().unwrap());
    for substance in ["Amoxicillin", "Ibuprofen"] {
        let said = doctor.post(&path, &json!({ "substance": substance })).await;
        assert_eq!(said.status, 201, "{}", said.text);
    }
    demo::check(&app.app).await.unwrap();
    app.app.clock.shift(3 * DAY);
    act(&app.app, Action::Freshen).await;
    demo::check(&app.app).await.unwrap();
}
