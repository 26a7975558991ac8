//! The form, the score while typing, the list with its charts.

use super::*;

#[tokio::test]
async fn the_form_shows_the_score_while_it_is_typed_and_writes_nothing() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let page = nurse.browser().await;
    let to = format!("{}/new", page_of(&stage.asha));
    let form = page.get(&to).await;
    assert_eq!(form.status, 200, "{}", form.text);
    for part in ["Breaths, /min", "inputmode=\"decimal\"", "hx-post=", "NEWS2 incomplete", "Asha Rao"] {
        assert!(form.text.contains(part), "{part} in {}", form.text);
    }
    let preview = format!("{}/preview", page_of(&stage.asha));
    let fields = [
        ("respiratory_rate", "22"),
        ("spo2", "93"),
        ("oxygen_given", "true"),
        ("systolic_bp", "105"),
        ("heart_rate", "105"),
        ("consciousness", "ALERT"),
        ("temperature_c", "38,5"),
    ];
    let shown = page.submit(&preview, &fields).await;
    assert!(shown.status == 200 && shown.text.contains("NEWS2 9"), "{}", shown.text);
    assert!(shown.text.contains("emergency assessment") && !shown.text.contains("<html"), "{}", shown.text);
    let part = page.submit(&preview, &fields[..6]).await;
    assert!(
        part.text.contains("NEWS2 incomplete") && part.text.contains("For a total: temperature"),
        "{}",
        part.text
    );
    assert!(stage.clinic.sql("select id from vitals").await.is_empty());

    let saved = page.submit(&to, &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    assert_eq!(saved.header("location"), format!("{}?done=vitals", page_of(&stage.asha)));
    let kept = listed(&nurse, &stage.asha, "").await;
    assert_eq!(
        (&kept[0]["news2"]["total"], &kept[0]["temperature_c"]),
        (&json!(9), &json!(38.5)),
        "a comma is a point"
    );
}

#[tokio::test]
async fn the_form_asks_once_offers_other_units_and_keeps_what_was_typed() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let page = nurse.browser().await;
    let to = format!("{}/new", page_of(&stage.asha));
    let fahrenheit = page.submit(&to, &[("temperature_c", "98.6"), ("heart_rate", "72")]).await;
    assert_eq!(fahrenheit.status, 422, "{}", fahrenheit.text);
    assert!(
        fahrenheit.text.contains("value=\"temperature_c:37.0\"") && fahrenheit.text.contains("value=\"72\"")
    );
    let fields = [("temperature_c", "98.6"), ("heart_rate", "72"), ("take", "temperature_c:37.0")];
    assert_eq!(page.submit(&to, &fields).await.status, 303, "one press");
    assert_eq!(listed(&nurse, &stage.asha, "").await[0]["temperature_c"], 37.0);

    let asked = page.submit(&to, &[("heart_rate", "190"), ("notes", "After running")]).await;
    assert_eq!(asked.status, 409, "{}", asked.text);
    for part in ["Is this so?", "Heart rate 190 /min", "Yes, save as it is", "After running"] {
        assert!(asked.text.contains(part), "{part} in {}", asked.text);
    }
    assert_eq!(asked.field("confirmed"), "heart_rate");
    let fields = [("heart_rate", "190"), ("notes", "After running"), ("confirmed", "heart_rate")];
    assert_eq!(page.submit(&to, &fields).await.status, 303);
    assert_eq!(listed(&nurse, &stage.asha, "").await[0]["confirmed"], json!(["heart_rate"]));

    let absent = [("heart_rate", "72"), ("absent_spo2", "REFUSED")];
    assert_eq!(page.submit(&to, &absent).await.status, 303);
    assert_eq!(listed(&nurse, &stage.asha, "").await[0]["absent"], json!({ "spo2": "REFUSED" }));
    let nothing = page.submit(&to, &[("heart_rate", "")]).await;
    assert!(nothing.status == 422 && nothing.text.contains("Nothing was measured"), "{}", nothing.text);
}

#[tokio::test]
async fn a_patients_sets_stand_with_charts_words_and_who_took_them() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let page = nurse.browser().await;
    let empty = page.get(&page_of(&stage.asha)).await;
    assert!(
        empty.text.contains("No vital signs yet") && !empty.text.contains("<svg class=\"chart\""),
        "{}",
        empty.text
    );
    recorded(&nurse, &set(&stage.asha, json!({ "systolic_bp": 95, "weight_kg": 60 }))).await;
    stage.pass(45);
    recorded(
        &nurse,
        &set(&stage.asha, json!({ "heart_rate": 132, "device": "Monitor 3", "notes": "Shivering" })),
    )
    .await;
    let shown = page.get(&page_of(&stage.asha)).await.text;
    for part in [
        "id=\"chart-bp-t\"",
        "id=\"chart-news2-t\"",
        "<details class=\"twin\">",
        "Dangerously high",
        "Low",
        "NEWS2 3",
        "Monitor 3",
        "Shivering",
        "Meera Kulkarni",
        "None ordered",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert!(!shown.contains("id=\"chart-weight-t\""), "one value is no line");
    let record = page.get(&format!("/patients/{}", stage.asha["id"].as_str().unwrap())).await.text;
    assert!(record.contains("Latest vitals") && record.contains(">Vitals</a>"), "{record}");
    // The panels beside: a plan, and what a prescriber orders.
    let plan = format!("{}/plan", page_of(&stage.asha));
    let late = page.submit(&plan, &[("interval_minutes", "600"), ("reason", "Well")]).await;
    assert!(late.status == 403 && late.text.contains("somebody who prescribes"), "{}", late.text);
    assert_eq!(page.submit(&plan, &[("interval_minutes", "30"), ("reason", "")]).await.status, 303);
    assert_eq!(page.submit(&format!("{plan}/end"), &[]).await.status, 303);
    let doctor = stage.doctor.browser().await;
    let order = format!("{}/oxygen", page_of(&stage.asha));
    assert_eq!(
        doctor.submit(&order, &[("target_low", "88"), ("target_high", "92"), ("reason", "")]).await.status,
        422
    );
    assert_eq!(
        doctor.submit(&order, &[("target_low", ""), ("target_high", ""), ("reason", "COPD")]).await.status,
        303
    );
    let shown = doctor.get(&page_of(&stage.asha)).await.text;
    assert!(shown.contains("Scale 2") && shown.contains("88 to 92 %"), "{shown}");
    // Entered in error on the page, and typed anew.
    let kept = listed(&nurse, &stage.asha, "").await;
    let wrong = kept[0]["id"].as_str().unwrap();
    let to = format!("/vitals/{wrong}/entered-in-error");
    assert!(page.get(&to).await.text.contains("entered in error?"));
    assert_eq!(page.submit(&to, &[("reason", "")]).await.status, 422);
    let ended = page.submit(&to, &[("reason", "Wrong patient"), ("again", "true")]).await;
    let next = format!("{}/new?replaces={wrong}&done=ended", page_of(&stage.asha));
    assert_eq!((ended.status, ended.header("location")), (303, next.as_str()), "{}", ended.text);
    assert_eq!(page.get(&next).await.field("replaces"), wrong);
    let to = format!("{}/new", page_of(&stage.asha));
    assert_eq!(page.submit(&to, &[("heart_rate", "80"), ("replaces", wrong)]).await.status, 303);
    let all = listed(&nurse, &stage.asha, "&include_entered_in_error=true").await;
    let old = all.iter().find(|set| set["id"] == wrong).unwrap();
    let new = all.iter().find(|set| set["heart_rate"] == 80).unwrap();
    assert_eq!(old["entered_in_error"]["replaced_by_id"], new["id"]);
    assert_eq!(old["recorded_at"], new["recorded_at"], "taken when the first was");
}

#[tokio::test]
async fn a_consultation_shows_how_the_last_six_sets_go() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let visit = arrived(&stage, &stage.asha).await;
    for rate in [61, 62, 63, 64, 65, 66, 132] {
        recorded(&nurse, &set(&stage.asha, json!({ "heart_rate": rate }))).await;
        stage.pass(5);
    }
    let doctor = stage.doctor.again().await.browser().await;
    let begun =
        doctor.submit(&format!("/appointments/{}/consultation", visit["id"].as_str().unwrap()), &[]).await;
    assert_eq!(begun.status, 303, "{}", begun.text);
    let page = doctor.get(begun.header("location")).await.text;
    let (_, panel) = page.split_once("id=\"vitals-h\"").unwrap();
    let (panel, _) = panel.split_once("</section>").unwrap();
    assert_eq!(panel.matches("<th scope=\"col\" class=\"r\">").count(), 6, "{panel}");
    for part in
        ["The last 6 sets, the newest first", "NEWS2 3", "Dangerously high", "125/80", "62</td>", "66</td>"]
    {
        assert!(panel.contains(part), "{part} in {panel}");
    }
    assert!(!panel.contains("61</td>"), "the seventh: {panel}");
    assert!(panel.find("132").unwrap() < panel.find("66</td>").unwrap(), "the newest first: {panel}");
}
