//! Visits: whose patients they make somebody, until when, and who may not make themselves one.

use super::*;
use crate::appointments::{an_app, path_of as path_of_visit};
use crate::encounters::ENCOUNTERS;
use crate::queue::WALK_INS;

fn outlasts_a_reason() -> (u16, String) {
    (403, "patients.opened_with_reason".to_owned())
}

/// A step of the desk that succeeds.
async fn steps(stage: &Stage<'_>, visit: &Value, step: &str, body: Value) {
    let done = stage.desk.patch(&format!("{}/{step}", path_of_visit(visit)), &body).await;
    assert_eq!(done.status, 200, "{step}: {}", done.text);
}

/// What the care team says of a patient: of each line the name, and whether it holds.
async fn team(stage: &Stage<'_>, n: usize) -> Vec<(Value, bool)> {
    let team = stage.admin.get(&format!("{}/care-team", stage.path(n))).await;
    assert_eq!(team.status, 200, "{}", team.text);
    let members = team.json["members"].as_array().unwrap();
    let line = |m: &Value| {
        assert_eq!(m["until"].is_null(), m["is_current"] == true, "{m}");
        (m["user_id"].clone(), m["is_current"] == true)
    };
    members.iter().map(line).collect()
}

#[tokio::test]
async fn nobody_makes_a_reason_last_by_booking_themselves() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let (ben, at) = (me(&stage.ben).await, quarter(&app, 4));
    let pediatrics = department(&stage.clinic, "Pediatrics").await;
    let itself = json!({ "patient_id": stage.patients[0]["id"], "scheduled_at": at });
    assert_eq!(code(&stage.ben.post(APPOINTMENTS, &itself).await), not_linked());
    assert_eq!(break_glass(&stage.ben, &stage.path(0)).await.status, 201);
    let named = json!({
        "patient_id": stage.patients[0]["id"], "scheduled_at": at, "doctor_user_id": ben, "department_id": pediatrics,
    });
    let walk_in = json!({ "patient_id": stage.patients[0]["id"], "doctor_user_id": ben, "reason": "Fever" });
    for (path, body) in [(APPOINTMENTS, &itself), (APPOINTMENTS, &named), (WALK_INS, &walk_in)] {
        let refused = stage.ben.post(path, body).await;
        assert_eq!(code(&refused), outlasts_a_reason(), "{path} {body}: {}", refused.text);
    }
    let fields = ["patient_id", "scheduled_at", "doctor_user_id", "department_id"]
        .map(|name| (name, named[name].as_str().unwrap()));
    let page = stage.ben.browser().await.submit("/appointments/new", &fields).await;
    assert!(page.status == 403 && page.text.contains("for the reason you gave"), "{}", page.text);
    for table in ["appointments", "care_relations", "walk_ins"] {
        assert!(stage.clinic.sql(&format!("select 1 as one from {table}")).await.is_empty(), "{table}");
    }

    // For a colleague they book as ever, but for one whom they cover; and for who is theirs anyway.
    let mut other = named.clone();
    other["department_id"] = department(&stage.clinic, "Cardiology").await;
    other["doctor_user_id"] = me(&stage.ana).await;
    for whom in ["for_user_id", "for_department_id"] {
        let whose = if whom == "for_user_id" { &other["doctor_user_id"] } else { &other["department_id"] };
        let cover = json!({ "user_id": ben, whom: whose, "ends_at": later(&app, 3600) });
        let covers = stage.admin.post(COVERS, &cover).await;
        assert_eq!(covers.status, 201, "{}", covers.text);
        assert_eq!(code(&stage.ben.post(APPOINTMENTS, &other).await), outlasts_a_reason(), "{whom}");
        let end = format!("{COVERS}/{}/end", covers.json["id"].as_str().unwrap());
        assert_eq!(stage.ben.post(&end, &json!({})).await.status, 200);
    }
    let made = stage.ben.post(APPOINTMENTS, &other).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let own = registered(&stage.ben, json!({ "first_name": "Mine" })).await;
    let made = stage.ben.post(APPOINTMENTS, &json!({ "patient_id": own["id"], "scheduled_at": at })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    app.app.clock.shift(4 * 3600 + 60);
    assert_eq!(code(&stage.ben.get(&stage.path(0)).await), not_linked(), "the four hours are over");
    assert_eq!(stage.ana.get(&stage.path(0)).await.status, 200);
}

#[tokio::test]
async fn who_is_alone_with_an_emergency_writes_it_down_and_the_audit_says_so() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    stage.clinic.in_the_morning().await;
    let (ben, pediatrics) = (me(&stage.ben).await, department(&stage.clinic, "Pediatrics").await);
    let walk_in = |priority: &str| {
        json!({
            "patient_id": stage.patients[0]["id"], "doctor_user_id": ben, "department_id": pediatrics,
            "reason": "Collapsed in the hall", "priority": priority, "priority_reason": "Collapsed in the hall",
        })
    };
    let unopened = stage.ben.post(WALK_INS, &walk_in("EMERGENCY")).await;
    assert_eq!(code(&unopened), not_linked(), "first the reason: {}", unopened.text);
    assert_eq!(break_glass(&stage.ben, &stage.path(0)).await.status, 201);
    for priority in ["ROUTINE", "PRIORITY"] {
        let refused = stage.ben.post(WALK_INS, &walk_in(priority)).await;
        assert_eq!(code(&refused), outlasts_a_reason(), "{priority}: {}", refused.text);
    }
    let walked = stage.ben.post(WALK_INS, &walk_in("EMERGENCY")).await;
    assert_eq!(walked.status, 201, "{}", walked.text);
    let visit = json!({ "appointment_id": walked.json["appointment_id"] });
    let begun = stage.ben.post(ENCOUNTERS, &visit).await;
    assert_eq!(begun.status, 200, "{}", begun.text);
    let list = format!("{ENCOUNTERS}/{}/diagnoses", begun.json["id"].as_str().unwrap());
    let found = stage.ben.post(&list, &json!({ "text": "Syncope", "certainty": "PROVISIONAL" })).await;
    assert_eq!(found.status, 201, "{}", found.text);
    let said = async || {
        let rows = stage.clinic.audit().await;
        let walked = rows.into_iter().filter(|row| row["kind"] == "walked_in");
        walked.map(|row| row["detail"]["opened"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(said().await, [json!("break_glass")], "whoever reviews the reason sees what came of it");

    // Nothing is said of an emergency at the desk.
    let desk = json!({
        "patient_id": stage.patients[1]["id"], "doctor_user_id": ben, "reason": "Chest pain", "priority": "EMERGENCY",
    });
    let walked = stage.desk.post(WALK_INS, &desk).await;
    assert_eq!(walked.status, 201, "{}", walked.text);
    assert_eq!(said().await.iter().filter(|opened| opened.is_null()).count(), 1);
}

#[tokio::test]
async fn a_reason_for_a_secret_keeps_nobody_from_their_own_patients() {
    let app = an_app().await;
    let stage = Stage::off(&app).await;
    stage.clinic.take("patients:restrict", SystemRole::Doctor).await;
    let ben = stage.ben.again().await;
    let mark = json!({ "confidentiality": "R", "change_reason": "Works here" });
    for n in [0, 1] {
        assert_eq!(stage.admin.patch(&stage.path(n), &mark).await.status, 200);
        let broken = break_glass(&ben, &stage.path(n)).await;
        assert_eq!((broken.status, &broken.json["kind"]), (201, &json!("CONFIDENTIAL")), "{}", broken.text);
    }
    let books = async |n: usize, at: i64| {
        let body = json!({ "patient_id": stage.patients[n]["id"], "scheduled_at": quarter(&app, at) });
        ben.post(APPOINTMENTS, &body).await
    };
    let free = books(0, 4).await;
    assert_eq!(
        free.status, 201,
        "everybody's patients are everybody's while the rules are off: {}",
        free.text
    );
    switch(&stage.admin, true).await;
    assert_eq!(books(0, 8).await.status, 201, "who visits them is theirs");
    let refused = books(1, 12).await;
    assert_eq!(code(&refused), outlasts_a_reason(), "{}", refused.text);
}

#[tokio::test]
async fn what_a_visit_ties_ends_with_it() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    stage.clinic.in_the_morning().await;
    let (ana, ben) = (me(&stage.ana).await, me(&stage.ben).await);
    let first = booked(&stage, (0, &stage.ben, "Pediatrics"), &quarter(&app, 4)).await;
    assert_eq!(stage.ben.get(&stage.path(0)).await.status, 200);
    assert_eq!(shown(&stage.ben, &[]).await, ["P-00001"]);
    let second = booked(&stage, (0, &stage.ben, "Pediatrics"), &quarter(&app, 8)).await;
    let off = json!({ "reason": "PATIENT_REQUEST" });
    steps(&stage, &first, "cancel", off.clone()).await;
    assert_eq!(stage.ben.get(&stage.path(0)).await.status, 200, "the other one holds");
    assert_eq!(team(&stage, 0).await, [(ben.clone(), true), (ben.clone(), true)]);
    steps(&stage, &second, "cancel", off).await;
    assert_eq!(code(&stage.ben.get(&stage.path(0)).await), not_linked(), "called off");
    assert!(shown(&stage.ben, &[]).await.is_empty());
    assert_eq!(team(&stage, 0).await, [(ben.clone(), false), (ben.clone(), false)], "it stays as history");

    // With somebody else from now on.
    let third = booked(&stage, (0, &stage.ben, "Pediatrics"), &quarter(&app, 4)).await;
    assert_eq!(stage.ben.get(&stage.path(0)).await.status, 200);
    let body = json!({ "scheduled_at": quarter(&app, 4), "doctor_user_id": ana });
    steps(&stage, &third, "reschedule", body).await;
    assert_eq!(code(&stage.ben.get(&stage.path(0)).await), not_linked(), "moved");
    assert_eq!(stage.ana.get(&stage.path(0)).await.status, 200);
    let now = team(&stage, 0).await;
    assert_eq!(now.iter().filter(|(_, holds)| *holds).collect::<Vec<_>>(), [&(ana, true)], "{now:?}");

    // Nobody ends by hand what follows from an appointment.
    let all = stage.admin.get(&format!("{}/care-team", stage.path(0))).await;
    let held = all.json["members"].as_array().unwrap().iter().find(|m| m["is_current"] == true).unwrap();
    let end = format!("{}/care-team/{}/end", stage.path(0), held["id"].as_str().unwrap());
    assert_eq!(code(&stage.admin.post(&end, &json!({})).await), (409, "care.follows_visit".into()));
    let page = stage.admin.browser().await.get(&format!("{}/care-team", stage.page(0))).await;
    assert!(page.text.contains("Cares now") && !page.text.contains("/end\""), "{}", page.text);

    // Who does not come is not theirs, and who comes after all is.
    app.app.clock.shift(6 * 900);
    steps(&stage, &third, "no-show", json!({})).await;
    assert_eq!(code(&stage.ana.get(&stage.path(0)).await), not_linked(), "did not come");
    assert!(team(&stage, 0).await.iter().all(|(_, holds)| !holds));
    steps(&stage, &third, "arrived-late", json!({ "reason": "Train strike" })).await;
    assert_eq!(stage.ana.get(&stage.path(0)).await.status, 200, "came after all");
}

#[tokio::test]
async fn who_found_something_stays_whatever_becomes_of_the_appointment() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    stage.clinic.in_the_morning().await;
    let walk_in = json!({
        "patient_id": stage.patients[0]["id"], "doctor_user_id": me(&stage.ben).await, "reason": "Fever",
        "department_id": department(&stage.clinic, "Pediatrics").await,
    });
    let walked = stage.desk.post(WALK_INS, &walk_in).await;
    assert_eq!(walked.status, 201, "{}", walked.text);
    let visit = json!({ "id": walked.json["appointment_id"] });
    let begun = stage.ben.post(ENCOUNTERS, &json!({ "appointment_id": visit["id"] })).await;
    assert_eq!(begun.status, 200, "{}", begun.text);
    let back = format!("/api/v1/queue/{}/back", visit["id"].as_str().unwrap());
    assert_eq!(stage.desk.post(&back, &json!({})).await.status, 200);
    let list = format!("{ENCOUNTERS}/{}/diagnoses", begun.json["id"].as_str().unwrap());
    let found = stage.ben.post(&list, &json!({ "text": "Migraine", "certainty": "CONFIRMED" })).await;
    assert_eq!(found.status, 201, "{}", found.text);
    steps(&stage, &visit, "cancel", json!({ "reason": "PATIENT_REQUEST" })).await;
    assert_eq!(stage.ben.get(&stage.path(0)).await.status, 200, "somebody answers for what was found");
    assert_eq!(shown(&stage.ben, &[]).await, ["P-00001"]);
    assert!(team(&stage, 0).await.iter().all(|(_, holds)| *holds));
    // Nothing is left of it.
    let wrong = format!("/api/v1/diagnoses/{}/entered-in-error", found.json["id"].as_str().unwrap());
    assert_eq!(stage.ben.post(&wrong, &json!({ "reason": "Another patient" })).await.status, 200);
    assert_eq!(code(&stage.ben.get(&stage.path(0)).await), not_linked());
    assert!(shown(&stage.ben, &[]).await.is_empty());
    assert!(team(&stage, 0).await.iter().all(|(_, holds)| !holds));
}

#[tokio::test]
async fn a_nurses_list_has_who_visits_the_department() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    booked(&stage, (0, &stage.ana, "Cardiology"), &quarter(&app, 4)).await;
    let off = booked(&stage, (1, &stage.ana, "Cardiology"), &quarter(&app, 8)).await;
    booked(&stage, (2, &stage.ben, "Pediatrics"), &quarter(&app, 4)).await;
    let mut both = shown(&stage.nurse, &[]).await;
    both.sort_unstable();
    assert_eq!(both, ["P-00001", "P-00002"]);
    steps(&stage, &off, "cancel", json!({ "reason": "PATIENT_REQUEST" })).await;
    assert_eq!(shown(&stage.nurse, &[]).await, ["P-00001"]);
    assert_eq!(shown(&stage.nurse, &[("search", "ash")]).await, ["P-00001"]);
    let beyond = list(&stage.nurse, &[("page", "2"), ("page_size", "1")]).await;
    assert_eq!((beyond.json["total"].as_i64(), &beyond.json["items"]), (Some(1), &json!([])));
    let page = stage.nurse.browser().await.get("/patients").await;
    assert!(
        page.text.contains("1 patient of your department") && page.text.contains("Asha"),
        "{}",
        page.text
    );
    let csv = stage.nurse.get(&format!("{PATIENTS}/export/csv")).await;
    assert!(csv.text.contains("P-00001") && !csv.text.contains("P-00003"), "{}", csv.text);
    assert_eq!(list(&stage.nurse, &[("whose", "all")]).await.json["total"], 3);
}

#[tokio::test]
async fn a_list_is_narrowed_to_who_visits_a_department_or_a_doctor() {
    let app = an_app().await;
    let stage = Stage::off(&app).await;
    let (ana, ben) = (me(&stage.ana).await, me(&stage.ben).await);
    let cardiology = department(&stage.clinic, "Cardiology").await;
    let pediatrics = department(&stage.clinic, "Pediatrics").await;
    for (n, doctor, of, at) in
        [(0, &stage.ana, "Cardiology", 4), (1, &stage.ben, "Cardiology", 4), (0, &stage.ben, "Pediatrics", 8)]
    {
        booked(&stage, (n, doctor, of), &quarter(&app, at)).await;
    }
    let off = booked(&stage, (2, &stage.ana, "Cardiology"), &quarter(&app, 12)).await;
    steps(&stage, &off, "cancel", json!({ "reason": "PATIENT_REQUEST" })).await;
    let [ana, ben, cardiology, pediatrics] =
        [&ana, &ben, &cardiology, &pediatrics].map(|id| id.as_str().unwrap());
    let sorted = async |person: &Client, query: &[(&str, &str)]| {
        let mut codes = shown(person, query).await;
        codes.sort_unstable();
        codes
    };
    let both = ["P-00001", "P-00002"];
    let nobody = "0199c3a1-52e4-7b06-9d1f-3c5e8a7b2f10";
    for (query, found) in [
        (vec![("department_id", cardiology)], both.to_vec()),
        (vec![("department_id", pediatrics)], vec!["P-00001"]),
        (vec![("doctor_user_id", ana)], vec!["P-00001"]),
        (vec![("doctor_user_id", ben)], both.to_vec()),
        (vec![("doctor_user_id", ben), ("department_id", cardiology)], vec!["P-00002"]),
        (vec![("doctor_user_id", ana), ("department_id", pediatrics)], vec![]),
        (vec![("department_id", cardiology), ("search", "bel shah")], vec!["P-00002"]),
        (vec![("department_id", cardiology), ("gender", "MALE")], vec![]),
        (vec![("department_id", cardiology), ("registered_to", "2020-01-01")], vec![]),
        (vec![("department_id", nobody)], vec![]),
        (vec![("doctor_user_id", nobody)], vec![]),
    ] {
        assert_eq!(sorted(&stage.desk, &query).await, found, "{query:?}");
    }
    let pages = list(&stage.desk, &[("department_id", cardiology), ("page_size", "1"), ("page", "3")]).await;
    assert_eq!(
        (pages.json["total"].as_i64(), &pages.json["items"]),
        (Some(2), &json!([])),
        "beyond the last page"
    );
    let csv = stage.desk.get(&format!("{PATIENTS}/export/csv?department_id={pediatrics}")).await;
    assert!(csv.text.contains("P-00001") && !csv.text.contains("P-00002"), "{}", csv.text);

    // Of their own patients alone, where somebody is shown no others.
    switch(&stage.admin, true).await;
    let doctor = stage.ana.again().await;
    assert_eq!(sorted(&doctor, &[("department_id", cardiology)]).await, ["P-00001"]);
    for whose in ["mine", "all"] {
        assert!(
            sorted(&doctor, &[("doctor_user_id", ben), ("department_id", cardiology), ("whose", whose)])
                .await
                .is_empty()
        );
    }
    let nurse = stage.nurse.again().await;
    assert_eq!(sorted(&nurse, &[("department_id", pediatrics)]).await, ["P-00001"]);
    assert_eq!(sorted(&nurse, &[("doctor_user_id", ben), ("whose", "all")]).await, both);
    let csv = doctor.get(&format!("{PATIENTS}/export/csv?department_id={cardiology}")).await;
    assert!(csv.text.contains("P-00001") && !csv.text.contains("P-00002"), "{}", csv.text);

    // Where a restricted record has been is told to nobody who does not see it whole.
    stage.clinic.take("patients:restrict", SystemRole::Nurse).await;
    let mark = json!({ "confidentiality": "R", "change_reason": "Works here" });
    assert_eq!(stage.admin.patch(&stage.path(1), &mark).await.status, 200);
    let nurse = nurse.again().await;
    assert_eq!(sorted(&nurse, &[("department_id", cardiology), ("whose", "all")]).await, ["P-00001"]);
    assert_eq!(sorted(&stage.admin, &[("department_id", cardiology)]).await, both);
}

#[tokio::test]
async fn who_visits_whom_is_told_to_those_alone_who_may_see_appointments() {
    let app = an_app().await;
    let stage = Stage::off(&app).await;
    booked(&stage, (0, &stage.ana, "Cardiology"), &quarter(&app, 4)).await;
    let (cardiology, ana) = (department(&stage.clinic, "Cardiology").await, me(&stage.ana).await);
    let queries =
        [("department_id", cardiology.as_str().unwrap()), ("doctor_user_id", ana.as_str().unwrap())];
    let file = |(name, id): (&str, &str)| format!("{PATIENTS}/export/csv?{name}={id}");
    for query in queries {
        assert_eq!(shown(&stage.desk, &[query]).await, ["P-00001"]);
    }
    assert!(stage.desk.get(&file(queries[0])).await.text.contains("P-00001"));
    stage.clinic.take("appointments:view", SystemRole::Receptionist).await;
    let desk = stage.desk.again().await;
    for query in queries {
        // Not even by what else would leave nobody.
        for query in [vec![query], vec![query, ("visit_type", "IPD")]] {
            let refused = list(&desk, &query).await;
            assert_eq!(code(&refused), (403, "auth.permission_missing".into()), "{query:?}");
            assert!(refused.detail().contains("appointments:view"), "{}", refused.text);
        }
        assert_eq!(code(&desk.get(&file(query)).await), (403, "auth.permission_missing".into()), "{query:?}");
    }
    assert_eq!(list(&desk, &[]).await.json["total"], 3, "everything else is as it was");
    assert_eq!(desk.get(&format!("{PATIENTS}/export/csv")).await.status, 200);
}

#[tokio::test]
async fn a_merge_takes_the_visits_along_even_one_that_stays_behind() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    // Both records are booked at one time: the one cannot move, and its doctor cares for the patient all the same.
    booked(&stage, (0, &stage.ana, "Cardiology"), &quarter(&app, 4)).await;
    booked(&stage, (1, &stage.ben, "Pediatrics"), &quarter(&app, 4)).await;
    let body = json!({ "duplicate_id": stage.patients[1]["id"], "reason": "The same" });
    let merged = stage.admin.post(&format!("{}/merge", stage.path(0)), &body).await;
    assert_eq!(merged.status, 201, "{}", merged.text);
    for doctor in [&stage.ana, &stage.ben] {
        assert_eq!(doctor.get(&stage.path(0)).await.status, 200);
        assert!(shown(doctor, &[]).await.contains(&"P-00001".to_owned()));
    }
    assert!(team(&stage, 0).await.iter().all(|(_, holds)| *holds));
    let pediatrics = department(&stage.clinic, "Pediatrics").await;
    let of = shown(&stage.desk, &[("department_id", pediatrics.as_str().unwrap())]).await;
    assert_eq!(of, ["P-00001"]);
}
