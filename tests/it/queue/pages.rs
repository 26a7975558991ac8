//! The pages of the queue: the board, what hangs on the wall, and a walk-in from the first key to the token.

use hms::clinic::roles::SystemRole;
use serde_json::json;

use super::{QUEUE, id_of, me, moves, names, room, walks};
use crate::harness::{Browser, Reply, TestApp};
use crate::patients::{path_of, registered};

/// As htmx asks.
async fn part(client: &crate::harness::Client, path: &str) -> Reply {
    client.request(axum::http::Method::GET, path).header("hx-request", "true").send().await
}

/// Where a part of a page asks for itself.
fn poll(page: &str) -> String {
    let at = page.find("hx-trigger=\"every ").unwrap();
    let from = page[..at].rfind("hx-get=\"").unwrap() + 8;
    page[from..].split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
}

#[tokio::test]
async fn the_screen_on_the_wall_says_tokens_and_rooms_and_nobodys_name() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    let id = uuid::Uuid::now_v7();
    clinic.sql(&format!("insert into rooms (id, name, created_at) values ('{id}', 'Room 3', now())")).await;
    clinic
        .sql(&format!(
            "insert into doctors (user_id, room_id, changed_by_id, updated_at) values ('{0}', '{id}', '{0}', now())",
            room.doctor_id
        ))
        .await;
    let first = id_of(&walks(&desk, &room, "Zubeida", json!({ "reason": "Gonorrhoea" })).await);
    let second = walks(&desk, &room, "Yashoda", json!({})).await;
    clinic.sql("update patients set confidentiality = 'V' where first_name = 'Yashoda'").await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let wall = nurse.browser().await;
    let shown = wall.get("/queue/screen").await;
    assert_eq!(shown.status, 200);
    for part in ["G-001", "G-002", "Nobody is called at the moment.", "(2 waiting)"] {
        assert!(shown.text.contains(part), "{part} in {}", shown.text);
    }
    assert_eq!(moves(&desk, &first, "call", json!({})).await.status, 200);
    // It asks for itself, and is answered because something has changed; then nothing has.
    let again = poll(&shown.text);
    let changed = part(&nurse, &again).await;
    assert_eq!(changed.status, 200, "{again}");
    assert!(changed.text.contains("data-say>Called: G-001, Room 3<"), "{}", changed.text);
    assert_eq!(part(&nurse, &poll(&changed.text)).await.status, 204, "nothing to swap");
    for text in [&shown.text, &changed.text, &wall.get("/queue/screen").await.text] {
        for secret in ["Zubeida", "Yashoda", "Walker", "P-0000", "Gonorrhoea", "Meera", "Kulkarni"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    // On the board the token of who is very restricted stands too, and no more of it.
    let board = wall.get("/queue").await;
    let token = second["token"].as_str().unwrap();
    assert!(board.text.contains(token) && board.text.contains("Private"), "{}", board.text);
    assert!(!board.text.contains("Yashoda") && board.text.contains("Zubeida Walker"), "{}", board.text);
    let told = nurse.get(QUEUE).await;
    let hidden = told.json["items"].as_array().unwrap().iter().find(|e| e["token"] == json!(token)).unwrap();
    assert_eq!(
        (&hidden["patient_name"], &hidden["patient_id"], &hidden["patient_code"]),
        (&json!("Private"), &json!(null), &json!(null))
    );
    assert_eq!(told.json["counts"]["waiting"], 1, "and is counted, because she stands there");
}

#[tokio::test]
async fn the_board_moves_with_and_without_a_script() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    let page = desk.browser().await;
    assert!(page.get("/queue").await.text.contains("Nobody is in the queue"));
    let asha = id_of(&walks(&desk, &room, "Asha", json!({})).await);
    let bina = id_of(&walks(&desk, &room, "Bina", json!({})).await);
    let of_doctor = format!("/queue?department=&doctor={}", room.doctor_id);
    let board = page.get(&of_doctor).await;
    for part in [
        "Call the next patient",
        "longest 0 min",
        &format!("id=\"call-{asha}\""),
        "Wheelchair".get(0..0).unwrap(),
    ] {
        assert!(board.text.contains(part), "{part} in {}", board.text);
    }
    assert!(!board.text.contains(&format!("id=\"call-{bina}\"")), "only whose turn it is");
    let fields = [("department", ""), ("doctor", room.doctor_id.as_str())];
    let called = page.submit("/queue/next", &fields).await;
    assert_eq!(
        (called.status, called.header("location")),
        (303, format!("{of_doctor}&done=queue-moved").as_str())
    );
    let skipped = desk
        .request(axum::http::Method::POST, &format!("/queue/{asha}/skip"))
        .header("hx-request", "true")
        .form(&fields)
        .send()
        .await;
    assert_eq!(skipped.status, 200, "{}", skipped.text);
    assert!(
        skipped.text.contains("data-say>G-001: Skipped<") && !skipped.text.contains("<html"),
        "{}",
        skipped.text
    );
    // Once more: said at the board, nothing done.
    let twice = desk
        .request(axum::http::Method::POST, &format!("/queue/{bina}/back"))
        .header("hx-request", "true")
        .form(&fields)
        .send()
        .await;
    assert!(twice.status == 409 && twice.text.contains("This patient is waiting now"), "{}", twice.text);
    // The page of one: a reason is asked for where one is needed.
    let back = page.submit(&format!("/queue/{asha}/back"), &fields).await;
    assert_eq!(back.status, 303);
    let ask = page.get(&format!("/queue/{asha}?department=&doctor={}", room.doctor_id)).await;
    assert!(ask.status == 200 && ask.text.contains("Change the turn"), "{}", ask.text);
    let early = page.submit(&format!("/queue/{asha}/call"), &fields).await;
    assert!(early.status == 422 && early.text.contains("Say why they are called first"), "{}", early.text);
    let fields = [("priority", "PRIORITY"), ("reason", "Wheelchair"), ("doctor", room.doctor_id.as_str())];
    assert_eq!(page.submit(&format!("/queue/{asha}/prioritise"), &fields).await.status, 303);
    assert_eq!(names(&desk, "WAITING").await, ["Asha", "Bina"]);
    assert!(page.get(&of_doctor).await.text.contains("Wheelchair"));
    assert_eq!(page.submit(&format!("/queue/{bina}/left"), &[("reason", "")]).await.status, 303);
    assert!(page.get(&of_doctor).await.text.contains("Left"));
    // A doctor finds the way to the own queue; who may only look gets no buttons.
    let doctors = room.doctor.browser().await.get("/queue").await;
    assert!(doctors.text.contains(&format!("/queue?doctor={}", me(&room.doctor).await)), "{}", doctors.text);
    let nurses = clinic.staff(SystemRole::Nurse).await.browser().await.get("/queue").await;
    assert!(
        !nurses.text.contains("action=\"/queue/") && nurses.text.contains("Asha Walker"),
        "{}",
        nurses.text
    );
}

/// The value of a field of a page.
fn value(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("{name} in {page}"));
    let (_, rest) = page[at..].split_once("value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn begun(page: &Browser, search: &str) -> String {
    let form = page.submit("/walk-ins/find", &[("search", search)]).await;
    assert_eq!(form.status, 200, "{}", form.text);
    form.text
}

#[tokio::test]
async fn what_finds_nobody_begins_the_form_and_one_submit_gives_the_token() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    let page = desk.browser().await;
    assert!(page.get("/walk-ins/new").await.text.contains("autofocus"));
    let form = begun(&page, "Aarti Deshmukh").await;
    assert_eq!(
        (value(&form, "first_name").as_str(), value(&form, "last_name").as_str()),
        ("Aarti", "Deshmukh")
    );
    let key = value(&form, "form_key");
    let whom = format!("department:{}", room.department_id);
    assert!(form.contains(&whom), "a department with a doctor is offered: {form}");
    let mut fields = vec![
        ("form_key", key.as_str()),
        ("patient_id", ""),
        ("first_name", "Aarti"),
        ("last_name", "Deshmukh"),
        ("gender", "FEMALE"),
        ("born", "34y"),
        ("phone_primary", "9822012345"),
        ("city", "Pune"),
        ("reason", "Cough"),
        ("whom", ""),
        ("priority", "ROUTINE"),
    ];
    let missing = page.submit("/walk-ins/new", &fields).await;
    assert_eq!(missing.status, 422);
    assert!(
        missing.text.contains("href=\"#whom\"") && missing.text.contains("value=\"Cough\""),
        "{}",
        missing.text
    );
    fields[9] = ("whom", &whom);
    let saved = page.submit("/walk-ins/new", &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    let token = page.get(saved.header("location")).await;
    for part in [
        "<title>Token G-001",
        "Aarti Deshmukh",
        "token.pdf",
        "label.pdf",
        "wristband.pdf",
        "Print the token later",
    ] {
        assert!(token.text.contains(part), "{part} in {}", token.text);
    }
    // Sent twice, it leads to the same.
    let again = page.submit("/walk-ins/new", &fields).await;
    assert_eq!(again.header("location"), saved.header("location"));
    assert_eq!(clinic.sql("select count(*) as n from patients").await[0]["n"], 1);

    // Now she is known: the number alone finds her, and the form asks only for the visit.
    let known = begun(&page, "98220 12345").await;
    assert!(known.contains("Aarti Deshmukh") && known.contains("Somebody else: register"), "{known}");
    assert!(!known.contains("name=\"gender\""), "{known}");
    let id = value(&known, "patient_id");
    let (key, other) = (value(&known, "form_key"), super::room(&clinic).await);
    let whom = format!("doctor:{}", other.doctor_id);
    let visit = [("form_key", key.as_str()), ("patient_id", id.as_str()), ("whom", whom.as_str())];
    let saved = page.submit("/walk-ins/new", &visit).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    assert!(page.get(saved.header("location")).await.text.contains("<title>Token G-002"));
    // Her sister on the same phone looks alike: asked once, never blocked.
    let key = uuid::Uuid::now_v7().to_string();
    fields[0] = ("form_key", &key);
    let asked = page.submit("/walk-ins/new", &fields).await;
    assert_eq!(asked.status, 409);
    assert!(
        asked.text.contains("1 person looks alike") && asked.text.contains("Register anyway"),
        "{}",
        asked.text
    );
    fields.extend([("anyway", "1"), ("anyway_reason", "FAMILY")]);
    let saved = page.submit("/walk-ins/new", &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    assert_eq!(clinic.sql("select count(*) as n from duplicate_decisions").await[0]["n"], 1);
    // Several are found now: the desk chooses.
    let several = begun(&page, "98220 12345").await;
    assert!(several.contains("2 patients found") && several.contains("None of them: register"), "{several}");
}

#[tokio::test]
async fn a_full_hospital_asks_whether_it_is_an_emergency_and_a_closed_record_stays_closed() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    let patient = registered(&desk, json!({})).await;
    clinic.set_limit(1).await;
    let page = desk.browser().await;
    let whom = format!("doctor:{}", room.doctor_id);
    let key = uuid::Uuid::now_v7().to_string();
    let mut fields = vec![
        ("form_key", key.as_str()),
        ("first_name", "Bina"),
        ("gender", "FEMALE"),
        ("born", "unknown"),
        ("phone_primary", "9822054321"),
        ("city", "Pune"),
        ("whom", whom.as_str()),
        ("priority", "ROUTINE"),
    ];
    let full = page.submit("/walk-ins/new", &fields).await;
    assert!(full.status == 400 && full.text.contains("Is this an emergency?"), "{}", full.text);
    fields.push(("urgent", "1"));
    let saved = page.submit("/walk-ins/new", &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    // A record that is kept from the desk is opened with a reason first.
    clinic
        .sql(&format!(
            "update patients set confidentiality = 'R', created_by_id = '{}' where id = '{}'",
            room.doctor_id,
            patient["id"].as_str().unwrap()
        ))
        .await;
    let nurse = clinic.staff(SystemRole::Receptionist).await;
    let closed = nurse
        .browser()
        .await
        .get(&format!("{}/walk-in", path_of(&patient).trim_start_matches("/api/v1")))
        .await;
    assert!(
        closed.status == 303 && closed.header("location").contains("/break-glass"),
        "{} {}",
        closed.status,
        closed.text
    );
}
