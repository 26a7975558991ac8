//! Allergies and conditions of two records.

use super::*;

#[tokio::test]
async fn lists_are_joined_an_entry_on_both_sides_shows_once_and_they_come_apart_again() {
    let app = TestApp::new().await;
    let (clinic, desk) = stage(&app).await;
    let a = registered(&desk, json!({ "first_name": "A", "known_allergies": "Penicillin\nLatex" })).await;
    let b = registered(&desk, json!({ "first_name": "B", "known_allergies": "penicillin" })).await;
    let severe = json!({ "substance": "Peanuts", "severity": "SEVERE", "reaction": "collapse" });
    assert_eq!(desk.post(&format!("{PATIENTS}/{b}/allergies"), &severe).await.status, 201);
    desk.post(&format!("{PATIENTS}/{a}/conditions"), &json!({ "text": "Asthma" })).await;
    let before = dump(&clinic).await;

    let merge = merged(&desk, &a, &b).await;
    let (list, text) = allergies(&desk, &a).await;
    assert_eq!(list, ["Peanuts", "Penicillin", "Latex", "penicillin"]);
    assert_eq!(text, "Peanuts (collapse, severe)\nPenicillin\nLatex");
    assert_eq!(allergies(&desk, &b).await, (list, text), "the old id leads on");
    assert_eq!(undo(&desk, &merge).await.status, 200);
    assert_eq!(dump(&clinic).await, before);

    // What was added since stays with the one that stood, and what moved goes back as it is by then.
    let merge = merged(&desk, &a, &b).await;
    let list = desk.get(&format!("{PATIENTS}/{a}/allergies")).await.json;
    let peanuts = list["items"][0]["id"].as_str().unwrap();
    let milder = json!({ "severity": "MILD" });
    assert_eq!(desk.patch(&format!("{PATIENTS}/{a}/allergies/{peanuts}"), &milder).await.status, 200);
    assert_eq!(
        desk.post(&format!("{PATIENTS}/{a}/allergies"), &json!({ "substance": "Dust" })).await.status,
        201
    );
    let undone = undo(&desk, &merge).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    assert_eq!(allergies(&desk, &a).await.1, "Penicillin\nLatex\nDust");
    assert_eq!(allergies(&desk, &b).await.1, "penicillin\nPeanuts (collapse, mild)");
}

#[tokio::test]
async fn an_allergy_wins_over_none_known_and_a_list_longer_than_its_text_is_merged_too() {
    let app = TestApp::new().await;
    let (clinic, desk) = stage(&app).await;
    let lines =
        |from: usize| (from..from + 40).map(|n| format!("Substance number {n}\n")).collect::<String>();
    for (mine, theirs, wins) in [
        (json!("None known"), json!("Peanuts"), "Peanuts".to_owned()),
        (json!("Peanuts"), json!("NKDA"), "Peanuts".to_owned()),
        (json!("none"), Value::Null, "None known".to_owned()),
        (Value::Null, json!("none"), "None known".to_owned()),
        (json!(lines(0)), json!(lines(40)), "and 31 more".to_owned()),
    ] {
        let a = registered(&desk, json!({ "first_name": "A", "known_allergies": mine })).await;
        let b = registered(&desk, json!({ "first_name": "B", "known_allergies": theirs })).await;
        let before = dump(&clinic).await;
        let merge = merged(&desk, &a, &b).await;
        let text = allergies(&desk, &a).await.1;
        assert_eq!(text.as_str().unwrap().lines().last(), Some(wins.as_str()), "{mine} and {theirs}: {text}");
        assert_eq!(undo(&desk, &merge).await.status, 200);
        assert_eq!(dump(&clinic).await, before, "{mine} and {theirs}");
    }
}
