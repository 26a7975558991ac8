//! The start page: what waits, by what somebody may do.

use super::*;

/// The number of a tile, and where it leads.
fn tile(page: &str, label: &str) -> Option<(String, String)> {
    let at = page.find(&format!(r#"<span class="visually-hidden">{label}: </span>"#))?;
    let link = page[..at].rfind(r#"href=""#)? + 6;
    let value = page[at..].split_once("</span>")?.1;
    let number = value.split('<').next()?.trim().to_owned();
    Some((number, page[link..].split('"').next()?.to_owned()))
}

#[tokio::test]
async fn each_role_sees_what_waits_for_it_with_the_way_there() {
    let app = app().await;
    let stage = Stage::on(&app).await;
    let here = stage.book(&stage.doctor, 15).await;
    stage.book(&stage.doctor, 45).await;
    stage.book(&stage.other, 15).await;
    stage.step(&stage.desk, &here, "check-in", &json!({})).await;
    let doctor = id_of(&stage.doctor).await;
    let today = async |person: &Client| {
        let page = person.browser().await.get("/today").await;
        assert_eq!(page.status, 200, "{}", page.text);
        page.text
    };
    let shows = |page: &str, label: &str, number: &str, leads_to: &str| {
        assert_eq!(tile(page, label), Some((number.to_owned(), leads_to.to_owned())), "{label} in {page}");
    };

    let desk = today(&stage.desk).await;
    shows(&desk, "To check in", "2", "/appointments?status=SCHEDULED");
    shows(&desk, "Waiting", "1", "/queue");
    assert!(tile(&desk, "Waiting for you").is_none() && tile(&desk, "Drafts to sign").is_none());
    let own = today(&stage.doctor).await;
    shows(&own, "Your patients today", "2", &format!("/appointments?doctor={doctor}"));
    shows(&own, "Waiting for you", "1", &format!("/queue?doctor={doctor}"));
    shows(&own, "Drafts to sign", "0", "/consultations");
    assert!(tile(&own, "To check in").is_none(), "that is the desk's");
    let nurse = today(&stage.nurse).await;
    shows(&nurse, "Vital signs missing", "1", "/vitals/queue");
    shows(&nurse, "Waiting", "1", "/queue");
    shows(&nurse, "Seen today", "0", "/appointments?status=COMPLETED");

    // Doctors and nurses see who is next, by name, and not whom the desk registered.
    for page in [&own, &nurse] {
        assert!(page.contains("Who is next") && page.contains(r#"<span class="tag num">"#), "{page}");
        assert!(page.contains("Meena") && !page.contains("Registered last"), "{page}");
        assert!(!page.contains("Nobody waits"));
    }
    assert!(!desk.contains("Who is next") && desk.contains("Registered last"));
    let idle = today(&stage.other).await;
    assert!(idle.contains("Nobody waits"), "the other doctor's is not here yet: {idle}");

    // Each leads to a page that opens.
    let (desk, own, nurse) =
        (stage.desk.browser().await, stage.doctor.browser().await, stage.nurse.browser().await);
    for (who, path) in [
        (&desk, "/appointments?status=SCHEDULED".to_owned()),
        (&desk, "/queue".to_owned()),
        (&own, format!("/appointments?doctor={doctor}")),
        (&own, format!("/queue?doctor={doctor}")),
        (&own, "/consultations".to_owned()),
        (&nurse, "/vitals/queue".to_owned()),
    ] {
        let shown = who.get(&path).await;
        assert_eq!(shown.status, 200, "{path}: {}", shown.text);
    }

    // A draft waits until it is signed.
    let begun = stage.doctor.post("/api/v1/encounters", &json!({ "appointment_id": here["id"] })).await;
    let note = format!("/api/v1/encounters/{}/note", begun.json["id"].as_str().unwrap());
    let body = json!({ "texts": { "subjective": "Better", "objective": "", "assessment": "", "plan": "" } });
    let kept = stage.doctor.request(axum::http::Method::PUT, &note).json(&body).send().await;
    assert!(kept.status < 300, "{}", kept.text);
    shows(&today(&stage.doctor).await, "Drafts to sign", "1", "/consultations");
    shows(&today(&stage.desk).await, "Waiting", "0", "/queue");

    // Who may not see appointments has no day of them; one who is late is said.
    let cashier = today(&stage.clinic.staff(SystemRole::Cashier).await).await;
    assert!(tile(&cashier, "Waiting").is_none() && tile(&cashier, "To check in").is_none());
    let late = stage.book(&stage.other, 60).await;
    stage.earlier(&late, 120).await;
    assert!(today(&stage.desk).await.contains("within 4 hours; 1 late"));
}
