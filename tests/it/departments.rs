//! Departments: the contract's rows, what is in use and stays, and their pages.

use axum::http::Method;
use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::appointments::{Stage, an_app};
use crate::harness::{Client, Reply, TestApp};
use crate::patients::faults;
use crate::roles::races::{until_served, while_held};
use crate::roles::{delete, somebody};

const DEPARTMENTS: &str = "/api/v1/departments";

fn path_of(department: &Value) -> String {
    format!("{DEPARTMENTS}/{}", department["id"].as_str().unwrap())
}

async fn named(client: &Client, name: &str) -> Value {
    let all = client.get(DEPARTMENTS).await.json;
    all.as_array().unwrap().iter().find(|d| d["name"] == name).unwrap().clone()
}

async fn made(client: &Client, name: &str) -> Value {
    let reply = client.post(DEPARTMENTS, &json!({ "name": name })).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json
}

fn names(reply: &Reply) -> Vec<&str> {
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json.as_array().unwrap().iter().map(|d| d["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn departments_are_listed_made_changed_and_removed_as_the_contract_has_it() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let all = admin.get(DEPARTMENTS).await;
    assert_eq!(names(&all), ["Administrator", "Cardiology", "Emergency", "General Medicine", "Pediatrics"]);
    assert_eq!(all.header("x-total-count"), "5");
    let administrator = &all.json[0];
    for (key, value) in [
        ("is_system", json!(true)),
        ("is_for_staff", json!(true)),
        ("is_for_patients", json!(false)),
        ("user_count", json!(1)),
        ("patient_count", json!(0)),
        ("description", Value::Null),
    ] {
        assert_eq!(administrator[key], value, "{key} of {administrator}");
    }
    clinic.staff(SystemRole::Receptionist).await;
    assert_eq!(named(&admin, "Administrator").await["user_count"], 2);
    let of = async |query: &str| admin.get(&format!("{DEPARTMENTS}?{query}")).await;
    assert_eq!(names(&of("for_patients=true").await).len(), 4);
    assert_eq!(names(&of("for_patients=false").await), ["Administrator"]);
    assert_eq!(
        names(&of("for_staff=true&for_patients=true&page_size=2&page=2").await),
        ["General Medicine", "Pediatrics"]
    );
    let first = of("for_patients=true&page_size=3").await;
    assert_eq!(
        (first.header("x-total-count"), first.header("link")),
        ("4", "</api/v1/departments?page=2&page_size=3&for_patients=true>; rel=\"next\"")
    );
    assert_eq!(faults(&of("for_staff=perhaps").await), ["for_staff".to_owned()].into());

    let body = json!({ "name": " हृदय  रोग ", "description": "2nd floor", "is_for_staff": false });
    let reply = admin.post(DEPARTMENTS, &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let department = reply.json.clone();
    assert_eq!((reply.header("location"), reply.header("etag")), (path_of(&department).as_str(), "\"1\""));
    for (key, value) in [
        ("name", json!("हृदय रोग")),
        ("description", json!("2nd floor")),
        ("is_for_staff", json!(false)),
        ("is_for_patients", json!(true)),
        ("is_system", json!(false)),
        ("user_count", json!(0)),
    ] {
        assert_eq!(department[key], value, "{key} of {department}");
    }
    let path = path_of(&department);
    assert_eq!(admin.get(&path).await.json, department);
    let changed = admin.patch(&path, &json!({ "is_for_staff": true, "description": "" })).await;
    assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""), "{}", changed.text);
    assert_eq!((&changed.json["description"], &changed.json["name"]), (&Value::Null, &json!("हृदय रोग")));
    assert_eq!(
        admin.patch(&path, &json!({ "is_for_staff": true })).await.json["version"],
        2,
        "nothing changed"
    );
    let stale =
        admin.request(Method::PATCH, &path).header("if-match", "\"1\"").json(&json!({ "name": "Mine" }));
    let stale = stale.send().await;
    assert_eq!((stale.status, &stale.json["code"]), (412, &json!("departments.version_conflict")));
    assert_eq!(admin.patch(&path, &json!({ "name": "Heart", "version": 2 })).await.status, 200);
    assert_eq!(delete(&admin, &path).await.status, 204);
    assert_eq!([admin.get(&path).await.status, delete(&admin, &path).await.status], [404, 404]);

    let rows = clinic.audit().await;
    let of =
        |kind: &str| rows.iter().find(|r| r["kind"] == kind && r["entity_id"] == department["id"]).unwrap();
    assert_eq!(of("updated")["detail"]["fields"], json!(["description", "is_for_staff"]));
    assert_eq!(
        (&of("created")["entity"], &of("removed")["detail"]["name"]),
        (&json!("department"), &json!("Heart"))
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_department_is_told_at_its_field() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    for name in ["Cardiology", "CARDIOLOGY", " cardiology ", "administrator"] {
        let twice = admin.post(DEPARTMENTS, &json!({ "name": name })).await;
        assert_eq!((twice.status, &twice.json["code"]), (400, &json!("departments.name_taken")), "{name}");
        assert_eq!(twice.json["errors"][0]["field"], "name");
    }
    let ward = path_of(&made(&admin, "Ward 3: surgical (women), 2-bed").await);
    let taken = admin.patch(&ward, &json!({ "name": "emergency" })).await;
    assert_eq!((taken.status, &taken.json["code"]), (400, &json!("departments.name_taken")));
    for name in [json!(null), json!(""), json!("X"), json!("--"), json!("x".repeat(101)), json!("a\u{202e}b")]
    {
        let reply = admin.post(DEPARTMENTS, &json!({ "name": name })).await;
        assert_eq!(faults(&reply), ["name".to_owned()].into(), "{name}");
    }
    let nobody = json!({ "name": "", "description": "x".repeat(501), "is_for_staff": false, "is_for_patients": false });
    assert_eq!(faults(&admin.patch(&ward, &nobody).await).len(), 3);
    assert_eq!(
        faults(&admin.patch(&ward, &json!({ "is_for_staff": false, "is_for_patients": false })).await).len(),
        1
    );

    // What a client has no say in.
    let id = uuid::Uuid::new_v4();
    let body = json!({
        "name": "Mine", "id": id, "is_system": true, "version": 9, "user_count": 7, "patient_count": 7,
        "created_at": "2001-01-01T00:00:00Z", "tenant_id": id,
    });
    let mine = admin.post(DEPARTMENTS, &body).await;
    assert_eq!(
        (mine.status, &mine.json["is_system"], &mine.json["version"]),
        (201, &json!(false), &json!(1))
    );
    assert_ne!(mine.json["id"], json!(id));
    let change = json!({ "is_system": true, "name": "Still mine", "id": id });
    assert_eq!(admin.patch(&path_of(&mine.json), &change).await.json["is_system"], false);
    assert_eq!(delete(&admin, &path_of(&mine.json)).await.status, 204, "it protected nothing");
}

#[tokio::test]
async fn each_code_opens_exactly_what_it_promises() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let ward = path_of(&made(&admin, "Ward 3").await);
    // Who books has to know where: the desk and doctors may look, and no more.
    for role in [SystemRole::Receptionist, SystemRole::Doctor, SystemRole::Nurse] {
        let person = clinic.staff(role).await;
        assert_eq!(person.get(DEPARTMENTS).await.status, 200, "{role:?}");
        assert_eq!(person.get(&ward).await.status, 200, "{role:?}");
        for (reply, code) in [
            (person.post(DEPARTMENTS, &json!({ "name": "Mine" })).await, "departments:create"),
            (person.patch(&ward, &json!({ "name": "Mine" })).await, "departments:update"),
            (delete(&person, &ward).await, "departments:delete"),
        ] {
            assert_eq!(reply.status, 403, "{role:?}");
            assert_eq!(reply.detail(), format!("Insufficient permissions. Required: {code}"));
        }
    }
    assert_eq!(clinic.staff(SystemRole::Cashier).await.get(DEPARTMENTS).await.status, 403);
    let (changes, _) = somebody(&clinic, &admin, &["departments:update"]).await;
    assert_eq!(changes.patch(&ward, &json!({ "name": "Ward 4" })).await.status, 200);
    assert_eq!(
        [
            changes.post(DEPARTMENTS, &json!({ "name": "Mine" })).await.status,
            delete(&changes, &ward).await.status
        ],
        [403, 403]
    );
    let (removes, _) = somebody(&clinic, &admin, &["departments:delete"]).await;
    assert_eq!(removes.patch(&ward, &json!({ "name": "Ward 5" })).await.status, 403);
    assert_eq!(delete(&removes, &ward).await.status, 204);

    let other = app.hospital("Other").await;
    let stranger = other.admin().await;
    let heart = path_of(&named(&admin, "Cardiology").await);
    for reply in [
        stranger.get(&heart).await,
        stranger.patch(&heart, &json!({ "name": "Mine" })).await,
        delete(&stranger, &heart).await,
    ] {
        assert_eq!(reply.status, 404, "{}", reply.text);
    }
    assert_eq!(named(&admin, "Cardiology").await["version"], 1);
    assert_eq!(app.super_admin().await.get(DEPARTMENTS).await.status, 403);
}

#[tokio::test]
async fn the_administrators_department_keeps_its_name_and_stays() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let path = path_of(&named(&admin, "Administrator").await);
    for reply in [delete(&admin, &path).await, admin.patch(&path, &json!({ "name": "Front office" })).await] {
        assert_eq!(
            (reply.status, &reply.json["code"]),
            (403, &json!("departments.protected")),
            "{}",
            reply.text
        );
    }
    let told =
        admin.patch(&path, &json!({ "name": "Administrator", "description": "And the front desk" })).await;
    assert_eq!(
        (told.status, &told.json["description"]),
        (200, &json!("And the front desk")),
        "{}",
        told.text
    );
    assert_eq!(named(&admin, "Administrator").await["is_system"], true);
}

#[tokio::test]
async fn a_department_counts_who_visits_it_once() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let admin = stage.clinic.admin().await;
    let count = async || named(&admin, "General Medicine").await["patient_count"].clone();
    assert_eq!(count().await, 0);
    for n in [4, 8] {
        stage.booked(&stage.asha, &stage.quarter(n)).await;
    }
    let ravi = stage.booked(&stage.ravi, &stage.quarter(12)).await;
    assert_eq!(count().await, 2, "two of Asha's are one patient");
    assert_eq!(named(&admin, "Cardiology").await["patient_count"], 0);
    let path = path_of(&named(&admin, "General Medicine").await);
    assert_eq!(admin.get(&path).await.json["patient_count"], 2);
    stage.desk_does(&ravi, "cancel", &json!({ "reason": "PATIENT_REQUEST" })).await;
    assert_eq!(count().await, 1, "called off");
    let hidden = json!({ "confidentiality": "V", "change_reason": "Known in town" });
    assert_eq!(admin.patch(&crate::patients::path_of(&stage.asha), &hidden).await.status, 200);
    assert_eq!(count().await, 0, "who is in no count");
}

#[tokio::test]
async fn nobody_counts_visits_to_choose_a_department() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let admin = stage.clinic.admin().await;
    let page = admin.browser().await;
    let ward = named(&admin, "Cardiology").await;
    let one = format!("/departments/{}", ward["id"].as_str().unwrap());
    let paths = ["/departments", one.as_str(), "/rooms/new"];
    for path in paths {
        assert_eq!(page.get(path).await.status, 200, "{path}");
    }
    // Whoever looked at consultations would wait until nobody holds them.
    let held = "begin; lock table encounters in access exclusive mode; select pg_sleep(8); commit";
    let is_held = "select count(*) as n from pg_stat_activity
                    where datname = current_database() and wait_event = 'PgSleep'";
    let look = async {
        crate::harness::eventually("it is held", async || app.sql(is_held).await[0]["n"] == 1).await;
        for path in paths {
            let shown = page.get(path).await;
            assert!(shown.status == 200 && shown.text.contains("Cardiology"), "{path}: {}", shown.text);
        }
        assert_eq!(app.sql(is_held).await[0]["n"], 1, "all were there before it ended");
    };
    tokio::join!(stage.clinic.sql(held), look);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_department_that_is_in_use_stays_even_if_somebody_joins_at_this_moment() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (heart, ward) = (named(&admin, "Cardiology").await, made(&admin, "Ward 3").await);
    let move_to = |department: &Value| {
        let (id, email) = (department["id"].as_str().unwrap(), &clinic.email);
        format!("update staff set department_id = '{id}' where email = '{email}'")
    };
    clinic.sql(&move_to(&heart)).await;
    let told = delete(&admin, &path_of(&heart)).await;
    assert_eq!((told.status, &told.json["code"]), (400, &json!("departments.has_staff")));
    assert_eq!(told.detail(), "1 person belongs to this department. Move them to another one first.");
    let page = admin.browser().await;
    let href = format!("/departments/{}/remove", heart["id"].as_str().unwrap());
    assert!(
        page.get(&href).await.text.contains("1 person belongs to it. Move them to another department first.")
    );
    let refused = page.submit(&href, &[]).await;
    assert!(
        refused.status == 400 && refused.text.contains("Move them to another one first."),
        "{}",
        refused.text
    );

    let path = path_of(&ward);
    let removed = while_held(&app, &clinic, (&move_to(&ward), "commit"), 1, delete(&admin, &path)).await;
    assert_eq!(
        (removed.status, &removed.json["code"]),
        (400, &json!("departments.has_staff")),
        "{}",
        removed.text
    );
    assert!(removed.detail().starts_with("Somebody belongs to this department."), "{}", removed.text);
    assert_eq!(admin.get(&path).await.json["user_count"], 1);

    // Whatever else points at a department keeps it, by its foreign key alone.
    let empty = made(&admin, "Ward 9").await;
    let visits = format!(
        "create table visits_of_tomorrow (department_id uuid constraint visits_of_tomorrow_department_fkey references departments (id));
         insert into visits_of_tomorrow values ('{}')",
        empty["id"].as_str().unwrap()
    );
    clinic.sql(&visits).await;
    let kept = delete(&admin, &path_of(&empty)).await;
    assert_eq!((kept.status, &kept.json["code"]), (400, &json!("departments.in_use")), "{}", kept.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_those_who_take_one_name_at_once_one_gets_it() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let ward = path_of(&made(&admin, "Ward 3").await);
    let bodies: Vec<Value> =
        ["Day clinic", "DAY CLINIC"].iter().cycle().take(6).map(|name| json!({ "name": name })).collect();
    let creating =
        join_all(bodies.iter().map(|body| until_served(async || admin.post(DEPARTMENTS, body).await)));
    let body = json!({ "name": "day clinic" });
    let renaming = until_served(async || admin.patch(&ward, &body).await);
    let racers = async { tokio::join!(creating, renaming) };
    let hold = ("insert into departments (id, name) values (gen_random_uuid(), 'Day clinic')", "rollback");
    let (mut replies, renamed) = while_held(&app, &clinic, hold, 2, racers).await;
    replies.push(renamed);
    let got = replies.iter().filter(|r| [200, 201].contains(&r.status)).count();
    let taken =
        replies.iter().filter(|r| r.status == 400 && r.json["code"] == "departments.name_taken").count();
    assert_eq!((got, taken), (1, 6), "{:?}", replies.iter().map(|r| &r.text).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_new_name_stands_beside_its_people_within_a_second() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let second = app.second_instance().await;
    let admin = clinic.admin().await;
    let heart = named(&admin, "Cardiology").await;
    let doctor = clinic.staff(SystemRole::Doctor).await;
    clinic.sql(&format!("update staff set department_id = '{}'", heart["id"].as_str().unwrap())).await;
    let there = doctor.again().await.on(&second.router);
    assert_eq!(there.get("/api/v1/auth/me").await.json["department"], "Cardiology");
    assert_eq!(admin.patch(&path_of(&heart), &json!({ "name": "Heart centre" })).await.status, 200);
    let begun = std::time::Instant::now();
    while there.get("/api/v1/auth/me").await.json["department"] != "Heart centre" {
        assert!(begun.elapsed() < std::time::Duration::from_secs(1), "the old name after a second");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn an_administrator_arranges_the_departments_on_pages() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let page = admin.browser().await;
    let list = page.get("/departments").await.text;
    for part in ["5 departments.", ">Cardiology</bdi>", "Staff only", "Staff and patients", "Built in</span>"]
    {
        assert!(list.contains(part), "{part} in {list}");
    }
    let patients = page.get("/departments?show=patients").await.text;
    assert!(
        patients.contains(">Cardiology</bdi>") && !patients.contains(">Administrator</bdi>"),
        "{patients}"
    );
    assert!(
        patients.contains("<option value=\"patients\" selected>Patients") && patients.contains("Clear all")
    );

    assert!(page.get("/departments/new").await.text.contains("name=\"is_for_staff\" value=\"true\" checked"));
    let refused = page.submit("/departments/new", &[("name", "cardiology"), ("is_for_staff", "true")]).await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.text.contains("A department of this name exists already.")
            && refused.text.contains("value=\"cardiology\"")
    );
    let nobody = page.submit("/departments/new", &[("name", "Ward <3>")]).await;
    assert!(
        nobody.status == 422 && nobody.text.contains("for staff, for patients, or for both"),
        "{}",
        nobody.text
    );
    let made = page.submit("/departments/new", &[("name", "Ward <3>"), ("is_for_patients", "true")]).await;
    assert_eq!(made.header("location"), "/departments?done=department-created");
    let list = page.get(made.header("location")).await.text;
    assert!(
        list.contains("Department created.")
            && list.contains("Ward &#60;3&#62;")
            && list.contains("Patients only")
    );

    let ward = named(&admin, "Ward <3>").await;
    let href = format!("/departments/{}", ward["id"].as_str().unwrap());
    let fields = [("version", "1"), ("name", "Ward 3"), ("is_for_staff", "true")];
    assert_eq!(page.submit(&href, &fields).await.header("location"), "/departments?done=saved");
    let stale = page.submit(&href, &[("version", "1"), ("name", "Ward 7"), ("is_for_staff", "true")]).await;
    assert_eq!((stale.status, stale.field("version")), (412, "2"));
    assert!(
        stale.text.contains("Saved now") && stale.text.contains("Ward 3") && stale.text.contains("Ward 7")
    );
    let now = named(&admin, "Ward 3").await;
    assert_eq!(
        (&now["is_for_staff"], &now["is_for_patients"]),
        (&json!(true), &json!(false)),
        "an empty box is no"
    );
    assert!(page.get(&format!("{href}/remove")).await.text.contains("Remove <bdi>Ward 3</bdi>?"));
    let removed = page.submit(&format!("{href}/remove"), &[]).await;
    assert_eq!(removed.header("location"), "/departments?done=department-removed");
    assert_eq!(page.get(&href).await.status, 404);

    let administrator = named(&admin, "Administrator").await;
    let href = format!("/departments/{}", administrator["id"].as_str().unwrap());
    assert!(page.get(&href).await.text.contains("This department comes with HMS."));
    let fields = [("version", "1"), ("name", "Mine"), ("is_for_staff", "true")];
    let refused = page.submit(&href, &fields).await;
    assert!(refused.status == 403 && refused.text.contains("its name stays"), "{}", refused.text);
    assert_eq!(page.submit(&format!("{href}/remove"), &[]).await.status, 403);

    // Who may only look finds no act.
    let desk = clinic.staff(SystemRole::Receptionist).await.browser().await;
    let list = desk.get("/departments").await.text;
    assert!(
        list.contains(">Cardiology</bdi>") && !list.contains("/departments/new") && !list.contains("/remove")
    );
    assert!(!desk.get(&href).await.text.contains("Save changes"));
}
