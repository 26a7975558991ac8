//! The page of a consultation, as a browser uses it with and without its script.

use super::*;
use crate::harness::Browser;

/// A call of the page's script, signed in as this browser.
async fn by_script(stage: &Stage<'_>, browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Reply {
    let name = stage.app.app.cookie.name();
    let session = browser.cookie(name).unwrap();
    let anyone = stage.app.anonymous();
    let call = anyone.request(Method::POST, path).header("cookie", &format!("{name}={session}"));
    let call =
        call.header("origin", "http://hms.test").header("host", "hms.test").header("hx-request", "true");
    call.form(fields).send().await
}

fn attribute<'a>(page: &'a str, name: &str) -> &'a str {
    let start = page.find(&format!("{name}=\"")).unwrap_or_else(|| panic!("no {name}: {page}"));
    let rest = &page[start + name.len() + 2..];
    &rest[..rest.find('"').unwrap()]
}

#[tokio::test]
async fn a_visit_is_written_down_on_one_page_and_completed() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let appointment = stage.appointment(&stage.patient, &stage.doctor_id, "CHECKED_IN").await;
    let browser = stage.doctor.browser().await;
    let today = browser.get("/consultations").await;
    assert!(today.text.contains("Asha Rao") && today.text.contains("Waiting"), "{}", today.text);
    let opened = browser.submit(&format!("/appointments/{appointment}/consultation"), &[]).await;
    assert_eq!(opened.status, 303, "{}", opened.text);
    let path = opened.header("location").to_owned();
    let page = browser.get(&path).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for part in [
        "Asha Rao",
        "In progress",
        "Allergies not asked yet",
        "This is the first visit here.",
        "Sign and complete",
    ] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    assert!(!page.text.contains("style=") && !page.text.contains("<script>"));
    let author = page.field("author").to_owned();
    let note = |version: &'static str, text: &'static str, act: &'static str| {
        vec![
            ("version", version),
            ("author", author.as_str()),
            ("subjective", text),
            ("objective", ""),
            ("assessment", ""),
            ("plan", ""),
            ("act", act),
        ]
    };
    // The script keeps the draft every few seconds.
    let save = format!("{path}/note");
    let kept = by_script(&stage, &browser, &save, &note("0", "Headache", "save")).await;
    assert_eq!((kept.status, attribute(&kept.text, "data-version")), (200, "1"), "{}", kept.text);
    assert!(kept.text.contains("Asha Rao") && kept.text.contains("Saved"), "it says for whom: {}", kept.text);
    let kept = by_script(&stage, &browser, &save, &note("1", "Headache for four days", "save")).await;
    assert_eq!(attribute(&kept.text, "data-version"), "2");
    // Another tab that was opened before.
    let both = by_script(&stage, &browser, &save, &note("1", "Typed elsewhere", "save")).await;
    assert_eq!((both.status, attribute(&both.text, "data-version")), (412, "2"), "{}", both.text);
    assert!(both.text.contains("Headache for four days") && both.text.contains("Typed elsewhere"));
    // A template goes below what is written.
    let template = browser.get(&path).await;
    let option = template
        .text
        .split("<option value=\"")
        .find(|part| part.contains(">Fever<"))
        .expect("the starter set");
    let template_id = option.split('"').next().unwrap();
    let mut fields = note("2", "Headache for four days", "template");
    fields.push(("template_id", template_id));
    let merged = by_script(&stage, &browser, &save, &fields).await;
    assert_eq!(merged.status, 200, "{}", merged.text);
    assert!(merged.text.contains("Headache for four days\nSince, highest:"), "{}", merged.text);
    let shown = browser.get(&path).await;
    assert!(shown.text.contains("Since, highest:"), "a reload has it");

    // Diagnoses without a reload.
    let found = by_script(&stage, &browser, "/icd10/search", &[("text", "hypertension")]).await;
    assert!(found.text.contains("value=\"I10\""), "{}", found.text);
    let dx = format!("{path}/diagnoses");
    let added = by_script(
        &stage,
        &browser,
        &dx,
        &[("text", "hyp"), ("icd10_code", "I10"), ("certainty", "CONFIRMED")],
    )
    .await;
    assert!(added.text.contains("Essential (primary) hypertension") && added.text.contains("id=\"dx\""));
    let typed = by_script(
        &stage,
        &browser,
        &dx,
        &[("text", "e119"), ("icd10_code", ""), ("certainty", "PROVISIONAL")],
    )
    .await;
    assert!(typed.text.contains("Type 2 diabetes mellitus without complications"), "{}", typed.text);
    let twice = by_script(
        &stage,
        &browser,
        &dx,
        &[("text", "essential (primary) HYPERTENSION"), ("certainty", "CONFIRMED")],
    )
    .await;
    assert_eq!(twice.status, 409);
    assert!(twice.text.contains("among the diagnoses already"), "{}", twice.text);

    // Signed and completed in one act.
    let done =
        browser.submit(&format!("{path}/sign"), &note("3", "Headache for four days", "complete")).await;
    assert_eq!(
        (done.status, done.header("location")),
        (303, "/consultations?done=visit-completed"),
        "{}",
        done.text
    );
    let page = browser.get(&path).await;
    for part in ["Finished", "Signed", "Headache for four days", "Amend or see versions"] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    assert!(!page.text.contains("data-draft"), "nothing is typed into a signed note");
    let rows = stage.clinic.sql("select status from appointments").await;
    assert_eq!(rows[0]["status"], "COMPLETED");
    let again = browser.submit(&format!("{path}/sign"), &note("3", "Changed", "sign")).await;
    assert_eq!(again.status, 409, "{}", again.text);
}

#[tokio::test]
async fn a_page_of_somebody_else_keeps_nothing_and_one_without_a_script_works() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    let path = format!("/consultations/{encounter}");
    let browser = stage.doctor.browser().await;
    let author = browser.get(&path).await.field("author").to_owned();
    // Another doctor signs in while the tab of the first is still open.
    let other = stage.clinic.staff(SystemRole::Doctor).await;
    let theirs = other.browser().await;
    let fields = [("version", "0"), ("author", author.as_str()), ("plan", "Raise the dose"), ("act", "save")];
    let refused = by_script(&stage, &theirs, &format!("{path}/note"), &fields).await;
    assert_eq!(
        (refused.status, attribute(&refused.text, "data-code")),
        (409, "notes.elsewhere"),
        "{}",
        refused.text
    );
    assert!(stage.clinic.sql("select id from notes").await.is_empty());
    assert!(!theirs.get(&path).await.text.contains("Raise the dose"));

    let saved = browser.submit(&format!("{path}/note"), &fields).await;
    assert_eq!((saved.status, saved.header("location")), (303, format!("{path}?done=draft-saved").as_str()));
    let stale = browser
        .submit(
            &format!("{path}/note"),
            &[("version", "0"), ("author", author.as_str()), ("plan", "Lower it"), ("act", "save")],
        )
        .await;
    assert_eq!(stale.status, 412);
    assert!(
        stale.text.contains("Raise the dose") && stale.text.contains("Lower it"),
        "both texts: {}",
        stale.text
    );
    assert_eq!(stale.field("version"), "1", "saving again is a decision");
    assert!(!theirs.get(&path).await.text.contains("Raise the dose"), "a draft is its author's");

    // A follow-up that cannot be booked is refused before everybody's eyes, and nothing typed is lost.
    stage.clinic.sql("update departments set is_for_patients = false").await;
    let fields = [
        ("version", "1"),
        ("author", author.as_str()),
        ("plan", "Raise the dose"),
        ("weeks", "2"),
        ("act", "complete"),
    ];
    let refused = browser.submit(&format!("{path}/sign"), &fields).await;
    assert!((400..500).contains(&refused.status), "{}", refused.text);
    assert!(
        refused.text.contains("Raise the dose") && refused.text.contains("id=\"errors\""),
        "{}",
        refused.text
    );
    let rows = stage.clinic.sql("select status from notes").await;
    assert_eq!(rows[0]["status"], "DRAFT", "nothing was done by half");
}

#[tokio::test]
async fn a_signed_note_is_amended_and_entered_in_error_on_its_page() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    let note = signed_note(&stage.doctor, &encounter, "Left knee").await;
    let path = format!("/notes/{}", id(&note));
    let browser = stage.doctor.browser().await;
    let page = browser.get(&path).await;
    let version = page.field("version").to_owned();
    let version = version.as_str();
    let fields = |reason: &'static str| {
        [("version", version), ("subjective", "Right knee"), ("plan", "Rest"), ("reason", reason)]
    };
    assert_eq!(browser.submit(&format!("{path}/amend"), &fields("")).await.status, 422);
    let good = fields("Side corrected");
    let done = browser.submit(&format!("{path}/amend"), &good).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let page = browser.get(&path).await;
    for part in ["Right knee", "Left knee", "Side corrected", "Earlier versions"] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    let stranger = stage.clinic.staff(SystemRole::Doctor).await.browser().await;
    assert!(!stranger.get(&path).await.text.contains("Sign the amendment"), "only its author amends");
    assert_eq!(stranger.submit(&format!("{path}/amend"), &good).await.status, 403);
    assert_eq!(browser.get(&format!("{path}/entered-in-error")).await.status, 200);
    let ended = browser.submit(&format!("{path}/entered-in-error"), &[("reason", "Wrong patient")]).await;
    assert_eq!(ended.status, 303, "{}", ended.text);
    assert!(browser.get(&path).await.text.contains("Wrong patient"));
}

#[tokio::test]
async fn the_deceased_get_late_entries_by_who_saw_them_alone() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    stage.deceased(&stage.patient).await;
    let path = format!("/consultations/{encounter}");
    let page = stage.doctor.browser().await.get(&path).await;
    assert!(page.text.contains("late entry") && page.text.contains("data-draft"), "{}", page.text);
    let other = stage.clinic.staff(SystemRole::Doctor).await;
    assert!(!other.browser().await.get(&path).await.text.contains("data-draft"));
    let refused = put_note(&other, &encounter, None, json!({ "plan": "x" })).await;
    assert_eq!(code(&refused), (409, "notes.deceased"));
    let dx = format!("{ENCOUNTERS}/{encounter}/diagnoses");
    assert_eq!(code(&other.post(&dx, &json!({ "text": "Gout" })).await), (409, "diagnoses.deceased"));
    signed_note(&stage.doctor, &encounter, "Written after").await;
}

#[tokio::test]
async fn a_diagnosis_goes_into_the_chart_from_the_page_with_and_without_its_script() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    let path = format!("/consultations/{encounter}");
    ok(put_note(&stage.doctor, &encounter, None, json!({ "plan": "Less salt" })).await, 200);
    let dx = format!("{ENCOUNTERS}/{encounter}/diagnoses");
    let first = ok(stage.doctor.post(&dx, &json!({ "icd10_code": "I10" })).await, 201);
    let second = ok(stage.doctor.post(&dx, &json!({ "text": "Gout" })).await, 201);
    let browser = stage.doctor.browser().await;
    let page = browser.get(&path).await;
    assert_eq!(page.text.matches("<summary>Add to chart conditions").count(), 2, "{}", page.text);

    // Without a script: a fault leaves the note as it is saved, and what is added is told.
    let to = |diagnosis: &Value| format!("/diagnoses/{}/chart-condition", id(diagnosis));
    let refused = browser.submit(&to(&first), &[("onset", "in a while")]).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(refused.text.contains("Write a year (2019)") && refused.text.contains("Less salt"));
    assert_eq!(refused.field("version"), "1");
    let added = browser.submit(&to(&first), &[("onset", "Jun 2019")]).await;
    assert_eq!((added.status, added.header("location")), (303, &*format!("{path}?done=listed")));
    let again = browser.submit(&to(&first), &[("onset", "")]).await;
    assert_eq!((again.status, again.header("location")), (303, &*format!("{path}?done=listed-before")));
    let page = browser.get(&path).await.text;
    assert_eq!(page.matches("<summary>Add to chart conditions").count(), 1, "{page}");
    let chart = format!("href=\"/patients/{}/conditions\"", id(&stage.patient));
    assert!(page.contains(&chart), "it leads to the list: {page}");
    let listed = browser.get(&format!("/patients/{}/conditions", id(&stage.patient))).await.text;
    assert!(
        listed.contains("Essential (primary) hypertension") && listed.contains("Since Jun 2019"),
        "{listed}"
    );

    // With the script the part is swapped.
    let part = by_script(&stage, &browser, &to(&second), &[("onset", "")]).await;
    assert!(part.status == 200 && part.text.contains("Added to the chart"), "{}", part.text);
    assert!(!part.text.contains("<summary>Add to chart conditions"), "{}", part.text);
    let banner =
        part.text.split("id=\"banner\" hx-swap-oob=\"true\"").nth(1).expect("the banner goes with it");
    assert!(banner.contains(">Gout</bdi>"), "{banner}");
    let end = format!("/diagnoses/{}/entered-in-error", id(&second));
    let part = by_script(&stage, &browser, &end, &[("reason", "Wrong patient")]).await;
    assert!(part.text.contains("is entered in error here, and still stands among"), "{}", part.text);
    assert!(browser.get(&path).await.text.contains("still stands among"), "it is said until somebody looks");

    // A nurse who reads the page may add, and whoever may not change patients is offered nothing.
    ok(stage.doctor.post(&dx, &json!({ "text": "Asthma" })).await, 201);
    let nurse = stage.clinic.staff(SystemRole::Nurse).await.browser().await;
    let page = nurse.get(&path).await.text;
    assert!(page.contains("<summary>Add to chart conditions") && !page.contains("Add a diagnosis"), "{page}");
    stage.clinic.sql("delete from role_permissions where permission_code = 'patients:update'").await;
    let fresh = stage.clinic.staff(SystemRole::Nurse).await.browser().await;
    assert!(!fresh.get(&path).await.text.contains("Add to chart conditions"));
}
