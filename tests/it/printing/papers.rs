//! The papers themselves, read back with the programs that people's desks have for it.

use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::files::poppler;
use crate::harness::{Client, Reply, TestApp};
use crate::patients::registered;
use crate::queue::{id_of, room, walks};

/// Text, pages, width and height in points.
fn read(reply: &Reply) -> (String, usize, f64, f64) {
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/pdf"), "{}", reply.text);
    assert_eq!(reply.header("cache-control"), "private, no-store");
    let text = poppler("pdftotext", &["-layout", "-enc", "UTF-8", "-", "-"], &reply.bytes);
    let about = poppler("pdfinfo", &["-"], &reply.bytes);
    let line = |name: &str| about.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    let size = line("Page size:");
    let mut numbers = size.split(' ').filter_map(|part| part.parse::<f64>().ok());
    let (width, height) = (numbers.next().unwrap(), numbers.next().unwrap());
    (text.split_whitespace().collect::<Vec<_>>().join(" "), line("Pages:").parse().unwrap(), width, height)
}

fn points(millimetres: f64) -> f64 {
    millimetres * 72.0 / 25.4
}

async fn set(clinic: &crate::harness::Hospital<'_>, column: &str, value: &str) {
    clinic
        .sql(&format!(
            "insert into hospital_settings ({column}) values ('{value}') on conflict (one) do update set {column} = '{value}'"
        ))
        .await;
}

async fn printed(clinic: &crate::harness::Hospital<'_>) -> Vec<Value> {
    clinic.audit().await.into_iter().filter(|row| row["kind"] == "printed").collect()
}

#[tokio::test]
async fn a_token_fits_the_roll_and_says_nobodys_name() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    let walked = walks(&desk, &room, "Zubeida", json!({ "reason": "Gonorrhoea" })).await;
    let path = format!("/api/v1/appointments/{}/token.pdf", id_of(&walked));
    for (roll, width) in [("MM58", 58.0), ("MM80", 80.0)] {
        set(&clinic, "receipt_paper", roll).await;
        let (text, pages, wide, high) = read(&desk.get(&path).await);
        assert_eq!(pages, 1);
        assert!((wide - points(width)).abs() < 0.5, "{roll}: {wide}");
        assert!(high > points(30.0) && high < points(120.0), "{roll}: {high}");
        for part in ["G-001", "Asha Clinic", "General Medicine", "Meera Kulkarni"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        for secret in ["Zubeida", "Walker", "P-0000", "Gonorrhoea"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    let audit = printed(&clinic).await;
    assert_eq!(audit.len(), 2, "each is recorded");
    assert_eq!(
        (&audit[0]["entity"], &audit[0]["detail"]["patient_id"]),
        (&json!("appointment"), &walked["patient_id"])
    );
}

#[tokio::test]
async fn a_label_has_the_size_of_the_settings_and_what_is_needed_on_one_page() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let long = "Pneumono".repeat(20);
    let patient =
        registered(&desk, json!({ "first_name": "आरती", "last_name": "देशमुख", "city": "Pune" })).await;
    let endless = registered(&desk, json!({ "first_name": long, "last_name": "Ng" })).await;
    let path =
        |patient: &Value, rest: &str| format!("/api/v1/patients/{}/{rest}", patient["id"].as_str().unwrap());
    for (size, width, height) in
        [("MM50X25", 50.0, 25.0), ("MM62X29", 62.0, 29.0), ("MM70X37", 70.0, 37.0), ("MM100X50", 100.0, 50.0)]
    {
        set(&clinic, "label_size", size).await;
        for who in [&patient, &endless] {
            let (text, pages, wide, high) = read(&desk.get(&path(who, "label.pdf")).await);
            assert_eq!(pages, 1, "{size}");
            assert!(
                (wide - points(width)).abs() < 0.5 && (high - points(height)).abs() < 0.5,
                "{size}: {wide} {high}"
            );
            assert!(text.contains(who["patient_code"].as_str().unwrap()), "{size}: {text}");
            assert!(text.contains("14 Mar 1992") && text.contains("Female"), "{size}: {text}");
            for more in ["Pune", "5550", "ALLERGY"] {
                assert!(!text.contains(more), "{more} in {text}");
            }
        }
    }
    let doctor = clinic.staff(SystemRole::Doctor).await;
    let added = doctor.post(&path(&patient, "allergies"), &json!({ "substance": "Penicillin" })).await;
    assert_eq!(added.status, 201, "{}", added.text);
    let (text, pages, ..) = read(&desk.get(&path(&patient, "label.pdf?copies=3")).await);
    assert_eq!(pages, 3);
    assert!(text.contains("ALLERGY") && !text.contains("Penicillin"), "the mark alone: {text}");
    for (copies, fine) in [("0", false), ("20", true), ("21", false), ("many", false)] {
        let reply = desk.get(&path(&patient, &format!("label.pdf?copies={copies}"))).await;
        assert_eq!(reply.status == 200, fine, "{copies}: {}", reply.status);
    }
    for (wrist, width) in [("ADULT", 279.0), ("NEWBORN", 152.0)] {
        let (text, pages, wide, high) =
            read(&desk.get(&path(&patient, &format!("wristband.pdf?wrist={wrist}"))).await);
        assert_eq!(pages, 1, "{wrist}");
        assert!(
            (wide - points(width)).abs() < 0.5 && (high - points(25.0)).abs() < 0.5,
            "{wrist}: {wide} {high}"
        );
        assert!(text.contains("P-00001") && text.contains("ALLERGY"), "{text}");
    }
    let page =
        desk.browser().await.get(&format!("/patients/{}/print", patient["id"].as_str().unwrap())).await;
    assert!(page.text.contains("For a newborn") && page.text.contains("label.pdf"), "{}", page.text);
}

async fn born(desk: &Client, mother: &Value, sexes: &[&str]) -> Vec<Value> {
    let at = (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1)).to_string();
    let mut children = Vec::new();
    for (order, sex) in (1..).zip(sexes) {
        let path = format!("/api/v1/patients/{}/newborns", mother["id"].as_str().unwrap());
        let made = desk.post(&path, &json!({ "sex": sex, "born_at": at, "birth_order": order })).await;
        assert_eq!(made.status, 201, "{}", made.text);
        children.push(made.json["newborns"][0].clone());
    }
    children
}

#[tokio::test]
async fn twins_are_told_apart_by_their_labels_and_wristbands() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let doctor = clinic.staff(SystemRole::Doctor).await;
    set(&clinic, "label_size", "MM50X25").await;
    let mother = registered(
        &doctor,
        json!({ "first_name": "Maximiliana Alexandrina", "last_name": "von Hohenzollern-Sigmaringen" }),
    )
    .await;
    let twins = born(&doctor, &mother, &["FEMALE", "FEMALE"]).await;
    let mut labels = std::collections::BTreeSet::new();
    for (child, letter) in twins.iter().zip(["A", "B"]) {
        for paper in ["label.pdf", "wristband.pdf"] {
            let path = format!("/api/v1/patients/{}/{paper}", child["id"].as_str().unwrap());
            let (text, pages, wide, _) = read(&doctor.get(&path).await);
            assert_eq!(pages, 1);
            assert!(text.contains(&format!("Girl {letter}")), "{text}");
            let other = if letter == "A" { "Girl B" } else { "Girl A" };
            assert!(!text.contains(other), "{text}");
            if paper == "wristband.pdf" {
                assert!((wide - points(152.0)).abs() < 0.5, "a newborn's wrist: {wide}");
            }
            assert!(labels.insert(text), "no two papers say the same");
        }
    }
}

#[tokio::test]
async fn a_test_print_shows_whether_sizes_fit() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    for (paper, wide, high) in [
        ("label", points(50.0), points(25.0)),
        ("document", points(210.0), points(297.0)),
        ("token", points(80.0), 0.0),
    ] {
        let (text, pages, width, height) =
            read(&admin.get(&format!("/api/v1/print-tests/{paper}.pdf")).await);
        assert_eq!(pages, 1, "{paper}");
        assert!((width - wide).abs() < 0.5, "{paper}: {width}");
        assert!(high == 0.0 || (height - high).abs() < 0.5, "{paper}: {height}");
        assert!(text.contains("Test p"), "{paper}: {text}");
    }
    let desk = clinic.staff(SystemRole::Receptionist).await;
    assert_eq!(desk.get("/api/v1/print-tests/label.pdf").await.status, 403);
}
