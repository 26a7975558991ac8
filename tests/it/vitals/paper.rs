//! The observation chart on paper, read back with the program that people's desks have for it.

use super::*;
use crate::exports_pdf::pages as read;

fn chart(patient: &Value, more: &str) -> String {
    format!("{}/vitals/chart.pdf{more}", path_of(patient))
}

#[tokio::test]
async fn the_chart_says_in_words_what_colours_say_and_whose_it_is_on_each_page() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let wrong =
        recorded(&nurse, &set(&stage.asha, json!({ "heart_rate": 200, "confirmed": ["heart_rate"] }))).await;
    let end = format!("{VITALS}/{}/entered-in-error", wrong["id"].as_str().unwrap());
    assert_eq!(nurse.post(&end, &json!({ "reason": "Of the next bed" })).await.status, 200);
    stage.pass(10);
    let fields = json!({
        "respiratory_rate": 25, "spo2": 93, "oxygen_given": true, "oxygen_flow_l_min": 2, "systolic_bp": 95,
        "device": "Monitor 3", "notes": "Shivering",
    });
    let made = recorded(&nurse, &set(&stage.asha, fields)).await;
    assert_eq!(made["news2"]["total"], 9);
    stage.pass(10);
    let refused =
        json!({ "patient_id": stage.asha["id"], "heart_rate": 80, "absent": { "spo2": "REFUSED" } });
    recorded(&nurse, &refused).await;
    // More than one page, each with who it is and what its columns are.
    for _ in 0..28 {
        stage.pass(1);
        recorded(&nurse, &set(&stage.asha, json!({ "notes": "Well" }))).await;
    }
    let nurse = nurse.again().await;
    let paper = nurse.get(&chart(&stage.asha, "")).await;
    assert_eq!(paper.header("cache-control"), "private, no-store");
    let pages = read(&paper);
    let code = stage.asha["patient_code"].as_str().unwrap();
    assert!(pages.len() > 1, "{pages:?}");
    for page in &pages {
        for part in ["Asha Rao", code, "Taken", "NEWS2", "Printed by Meera Kulkarni"] {
            assert!(page.contains(part), "{part} in {page}");
        }
    }
    let all = pages.join(" ");
    for part in [
        "Asha Clinic",
        "Observations",
        "31 sets of vital signs",
        "Entered in error: Of the next",
        "High risk",
        "3 points",
        "Dangerously",
        "2.0 L/min",
        "95/80",
        "Refused",
        "Incomplete",
        "Monitor 3",
        "Shivering",
        "Scored by RCP-2017",
        "75 to 80 /min",
    ] {
        assert!(all.contains(part), "{part} in {all}");
    }
    assert!(!all.contains("75 to 200"), "what was entered in error is in no line: {all}");
    let audit = stage.clinic.audit().await;
    let taken: Vec<_> = audit.iter().filter(|row| row["kind"] == "exported").collect();
    assert_eq!(taken.len(), 1);
    let detail = json!({ "patient_id": stage.asha["id"], "count": 31, "format": "pdf" });
    assert_eq!((&taken[0]["entity"], &taken[0]["detail"]), (&json!("vitals"), &detail));
    let page = nurse.browser().await.get(&page_of(&stage.asha)).await.text;
    assert!(page.contains("vitals/chart.pdf\"") && page.contains("Print the chart"), "{page}");
}

#[tokio::test]
async fn a_child_has_colours_by_age_and_a_period_is_days_of_the_hospital() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let today = stage.now().in_tz("Asia/Kolkata").unwrap().date();
    let born = today.saturating_sub(jiff::Span::new().years(4)).to_string();
    let child = registered(
        &stage.desk,
        json!({ "first_name": "Mira", "last_name": "Rao", "phone_primary": "+91 98765 22222", "dob": born }),
    )
    .await;
    let none = read(&nurse.get(&chart(&child, "")).await).join(" ");
    assert!(none.contains("0 sets of vital signs"), "{none}");
    let fields =
        json!({ "heart_rate": 170, "respiratory_rate": 24, "spo2": 97, "confirmed": ["heart_rate"] });
    let mut body = fields;
    body["patient_id"] = child["id"].clone();
    recorded(&nurse, &body).await;
    let shown = read(&nurse.get(&chart(&child, &format!("?from={today}&to={today}"))).await).join(" ");
    for part in ["1 set of vital signs of ", "Dangerously", "Under 16 years", "Danger zone"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let yesterday = today.yesterday().unwrap();
    let before = read(&nurse.get(&chart(&child, &format!("?to={yesterday}"))).await).join(" ");
    assert!(before.contains("0 sets of vital signs until ") && !before.contains("170"), "{before}");
    for (query, field) in
        [(format!("?from={today}&to={yesterday}"), "to"), ("?from=yesterday".to_owned(), "from")]
    {
        let reply = nurse.get(&chart(&child, &query)).await;
        assert_eq!(faults(&reply).into_iter().collect::<Vec<_>>(), [field], "{}", reply.text);
    }
}

#[tokio::test]
async fn nobody_prints_a_record_that_is_closed_to_them() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    recorded(&nurse, &set(&stage.asha, json!({}))).await;
    let mark = json!({ "confidentiality": "R", "change_reason": "Works here" });
    assert_eq!(stage.doctor.patch(&path_of(&stage.asha), &mark).await.status, 200);
    assert_eq!(code(&nurse.get(&chart(&stage.asha, "")).await), refused(403, "patients.confidential"));
    let other = app.hospital("Other Clinic").await;
    let theirs = other.staff(SystemRole::Nurse).await;
    assert_eq!(theirs.get(&chart(&stage.asha, "")).await.status, 404);
    stage.clinic.take("vitals:view", SystemRole::Nurse).await;
    let without = nurse_of(&stage).await;
    assert_eq!(without.get(&chart(&stage.ravi, "")).await.status, 403);
    assert!(stage.clinic.audit().await.iter().all(|row| row["kind"] != "exported"));
}
