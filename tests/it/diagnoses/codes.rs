//! The codes that are offered, and a hospital's own edition.

use axum::http::Method;

use super::*;

const ICD10: &str = "/api/v1/icd10";

async fn search(stage: &Stage<'_>, words: &str) -> Vec<String> {
    let query = serde_urlencoded::to_string([("search", words)]).unwrap();
    let found = ok(stage.doctor.get(&format!("{ICD10}?{query}")).await, 200);
    let items = found["items"].as_array().unwrap();
    assert!(items.len() <= 20);
    items.iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn codes_are_found_by_their_beginning_and_by_words_in_any_order() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    for (words, code) in [
        ("e11", "E11.9"),
        ("e119", "E11.9"),
        ("E11.9", "E11.9"),
        ("hypertension", "I10"),
        ("primary HYPERTENSION", "I10"),
        ("diabetes 2", "E11.9"),
        ("iron anaemia", "D50.9"),
        ("common cold", "J00"),
    ] {
        let found = search(&stage, words).await;
        assert!(found.iter().any(|found| found == code), "{words}: {found:?}");
    }
    for words in ["100%", "_", "\\", "zzzz", "' or 1=1 --"] {
        assert!(search(&stage, words).await.is_empty(), "{words}");
    }
    assert_eq!(stage.doctor.get(ICD10).await.status, 422);
    assert_eq!(stage.doctor.get(&format!("{ICD10}?search=a&limit=51")).await.status, 422);
    assert_eq!(stage.desk.get(&format!("{ICD10}?search=a")).await.status, 403);
}

#[tokio::test]
async fn an_edition_is_imported_line_by_line_and_changes_nothing_that_was_said() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    ok(stage.doctor.post(&of(&encounter), &json!({ "icd10_code": "I10" })).await, 201);
    let admin = stage.clinic.admin().await;
    let table = "Title;Code\n\"Essential hypertension; primary\";I10\nMoon sickness;X99.1\nNo code here;\n;J45.1\nTwice;x991\nToo;K30;many\n";
    let path = format!("{ICD10}/import?edition=WHO%202019");
    let send = async |path: &str, who: &crate::harness::Client| {
        who.request(Method::POST, path).raw("text/csv", table).send().await
    };
    assert_eq!(send(&path, &stage.doctor).await.status, 403, "who sets settings imports");
    let looked = ok(send(&format!("{path}&check_only=true"), &admin).await, 200);
    assert_eq!(
        (&looked["taken"], &looked["refused"], &looked["is_kept"]),
        (&json!(2), &json!(4), &json!(false))
    );
    assert!(search(&stage, "moon sickness").await.is_empty(), "a check keeps nothing");
    let taken = ok(send(&path, &admin).await, 200);
    assert_eq!((&taken["taken"], &taken["refused"]), (&json!(2), &json!(4)));
    let faults: Vec<(u64, &str)> = taken["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["line"].as_u64().unwrap(), fault["errors"][0]["field"].as_str().unwrap()))
        .collect();
    assert_eq!(faults, [(4, "code"), (5, "title"), (6, "code"), (7, "line")]);
    assert_eq!(search(&stage, "moon").await, ["X99.1"]);
    assert_eq!(search(&stage, "hypertension; primary").await, ["I10"]);
    let said = ok(stage.doctor.get(&of(&encounter)).await, 200);
    assert_eq!(said["items"][0]["text"], "Essential (primary) hypertension", "what was said stays");
    assert_eq!(said["items"][0]["icd10_edition"], "ICD-10-CM");
    let new = ok(stage.doctor.post(&of(&encounter), &json!({ "icd10_code": "X99.1" })).await, 201);
    assert_eq!(new["icd10_edition"], "WHO 2019");

    for (kind, body) in [("text/csv", "a,b\n1,2"), ("text/csv", ""), ("application/json", "{\"codes\":[]}")] {
        let refused = admin.request(Method::POST, &path).raw(kind, body).send().await;
        assert_eq!(refused.status, 422, "{body}: {}", refused.text);
    }
    let listed =
        json!({ "edition": "Own", "codes": [{ "code": "U99.9", "title": "Homesick" }, { "code": "?" }] });
    let taken = ok(admin.post(&format!("{ICD10}/import"), &listed).await, 200);
    assert_eq!((&taken["taken"], &taken["refused"]), (&json!(1), &json!(1)));
    let audit = stage.clinic.audit().await;
    let imports = audit.iter().filter(|row| row["kind"] == "icd10_imported").count();
    assert_eq!(imports, 2);
}

#[tokio::test]
async fn an_edition_is_imported_on_its_page() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let admin = stage.clinic.admin().await.browser().await;
    let page = admin.get("/icd10").await;
    assert!(page.text.contains("ICD-10-CM") && page.text.contains("Import an edition"), "{}", page.text);
    let file = b"code,title,edition\nX99.1,Moon sickness,Lunar 1\nbad,,\n";
    let done = admin.upload("/icd10/import", &[crate::harness::files::Part::file(file)]).await;
    assert_eq!(done.status, 200, "{}", done.text);
    for part in ["1 code taken, 1 line left out", "Lunar 1", "Lines to correct"] {
        assert!(done.text.contains(part), "{part} in {}", done.text);
    }
    let bad = admin.upload("/icd10/import", &[crate::harness::files::Part::file(b"nothing")]).await;
    assert_eq!(bad.status, 422, "{}", bad.text);
    assert!(bad.text.contains("id=\"errors\""), "{}", bad.text);
}
