//! The pages: words instead of codes, filters in the address, each line with its details.

use hms::clinic::roles::SystemRole;
use serde_json::json;

use super::id_of;
use crate::harness::TestApp;
use crate::patients::{path_of, registered};

#[tokio::test]
async fn the_trail_is_read_in_plain_words_and_narrowed_without_a_script() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let doctor = clinic.staff(SystemRole::Doctor).await;
    let admin = clinic.admin().await;
    let made = registered(&doctor, json!({ "first_name": "Zebunnisa" })).await;
    let (id, code) = (made["id"].as_str().unwrap(), made["patient_code"].as_str().unwrap());
    doctor.get(&path_of(&made)).await;
    doctor.patch(&path_of(&made), &json!({ "city": "Nashik" })).await;
    doctor.get("/api/v1/patients").await;
    let page = admin.browser().await;
    let home = page.get("/today").await;
    assert!(home.text.contains("href=\"/audit\""), "it is in the side bar");

    let all = page.get("/audit").await;
    assert_eq!(all.status, 200, "{}", all.text);
    for part in [
        "Looked at",
        "Changed",
        "Saw a list",
        "1 patient",
        "Meera Kulkarni",
        code,
        "127.0.0.1",
        "Save as CSV",
        "By way of",
    ] {
        assert!(all.text.contains(part), "{part}: {}", all.text);
    }
    assert!(
        all.text.contains(&format!("href=\"/patients/{id}\""))
            && all.text.contains(&format!("href=\"/patients/{id}/audit\""))
    );
    for value in ["Zebunnisa", "Nashik"] {
        assert!(!all.text.contains(value), "{value}");
    }
    let who = id_of(&doctor).await;
    let looks = page.get(&format!("/audit?actor_id={who}&kind=looks&from=&to=&entity=&action=")).await;
    for part in [
        "Remove filter: ",
        "Meera Kulkarni",
        "All looks",
        &format!("/audit/export/csv?actor_id={who}&#38;kind=looks"),
        "1–2 of 2",
    ] {
        assert!(looks.text.contains(part), "{part}: {}", looks.text);
    }
    let none = page.get("/audit?kind=merged").await;
    assert!(none.text.contains("No line of the audit matches these filters"), "{}", none.text);
    let wrong = page.get("/audit?from=31.12.2026").await;
    assert_eq!(wrong.status, 422);
    for part in ["Error: Audit trail", "Use a date like 2026-03-14", "value=\"31.12.2026\""] {
        assert!(wrong.text.contains(part), "{part}: {}", wrong.text);
    }
}

#[tokio::test]
async fn who_looked_is_a_tab_of_the_record_for_who_may_read_it() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let admin = clinic.admin().await;
    let made = registered(&desk, json!({ "first_name": "Zebunnisa" })).await;
    let href = format!("/patients/{}", made["id"].as_str().unwrap());
    let tab = format!("href=\"{href}/audit\"");
    let page = desk.browser().await;
    assert!(!page.get(&href).await.text.contains(&tab), "the desk has no such tab");
    assert_eq!(page.get(&format!("{href}/audit")).await.status, 403);
    let page = admin.browser().await;
    assert!(page.get(&href).await.text.contains(&tab));
    let looked = page.get(&format!("{href}/audit")).await;
    assert_eq!(looked.status, 200, "{}", looked.text);
    for part in [
        "Zebunnisa",
        "Who looked, and what was done",
        "Looked at",
        "Added",
        "Asha Admin",
        "aria-current=\"page\">Who looked",
    ] {
        assert!(looked.text.contains(part), "{part}: {}", looked.text);
    }
    let again = page.get(&format!("{href}/audit")).await;
    assert!(again.text.contains("Read who looked"), "{}", again.text);
}

#[tokio::test]
async fn rows_lead_to_the_pages_of_people_roles_and_departments() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let role = admin.post("/api/v1/roles", &json!({ "name": "Night desk", "permission_codes": [] })).await;
    let department = admin.post("/api/v1/departments", &json!({ "name": "Burns" })).await;
    let person = admin.post("/api/v1/users", &crate::staff::person(json!({}))).await;
    let page = admin.browser().await;
    for (made, list) in [(role, "/roles"), (department, "/departments"), (person, "/staff")] {
        assert_eq!(made.status, 201, "{}", made.text);
        let href = format!("{list}/{}", made.json["id"].as_str().unwrap());
        let trail = page.get("/audit").await.text;
        assert!(trail.contains(&format!("href=\"{href}\"")), "{href} in {trail}");
        assert_eq!(page.get(&href).await.status, 200, "{href}");
    }
}
