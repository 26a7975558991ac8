//! Signed once, amended with a reason, never changed.

use axum::http::Method;

use super::*;

#[tokio::test]
async fn a_note_is_signed_once_however_often_it_is_sent() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let hold = app.superuser().await;
    let mut overlaps = 0;
    for _ in 0..100 {
        let encounter = stage.begun().await;
        ok(put_note(&stage.doctor, &encounter, None, json!({ "plan": "Rest" })).await, 200);
        let path = format!("{}/sign", note_of(&encounter));
        // Both stand before the note before either signs it.
        let lock = format!(
            "begin; set local search_path to {}; select id from encounters where id = '{encounter}' for update",
            stage.clinic.schema
        );
        hold.batch_execute(&lock).await.unwrap();
        let body = json!({ "version": 1 });
        let (one, two, ()) = tokio::join!(
            stage.doctor.post(&path, &body),
            stage.doctor.post(&path, &body),
            async {
                for _ in 0..400 {
                    let rows = app
                    .sql(
                        "select count(distinct l.pid) as n from pg_locks l join pg_stat_activity a on a.pid = l.pid
                          where not l.granted and a.datname = current_database()",
                    )
                    .await;
                    if rows[0]["n"].as_i64().unwrap() >= 2 {
                        overlaps += 1;
                        break;
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
                hold.batch_execute("commit").await.unwrap();
            }
        );
        let mut codes = [one.status, two.status];
        codes.sort_unstable();
        assert_eq!(codes, [200, 409], "{} {}", one.text, two.text);
        let refused = if one.status == 409 { &one } else { &two };
        assert_eq!(code(refused), (409, "notes.signed"));
        let rows = stage
            .clinic
            .sql(&format!(
                "select v.version, v.plan from note_versions v join notes n on n.id = v.note_id where n.encounter_id = '{encounter}'"
            ))
            .await;
        assert_eq!((rows.len(), &rows[0]["version"], &rows[0]["plan"]), (1, &json!(1), &json!("Rest")));
    }
    assert_eq!(overlaps, 100, "they really raced");
}

#[tokio::test]
async fn the_same_key_is_answered_the_same_and_signs_once() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    ok(put_note(&stage.doctor, &encounter, None, json!({ "plan": " Rest \n" })).await, 200);
    let path = format!("{}/sign", note_of(&encounter));
    let send = async || {
        let call = stage.doctor.request(Method::POST, &path).header("idempotency-key", "sign-1");
        call.json(&json!({})).send().await
    };
    let (first, second) = (send().await, send().await);
    assert_eq!((first.status, second.status), (200, 200), "{}", second.text);
    assert_eq!(first.text, second.text);
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(first.json["texts"]["plan"], "Rest", "without the blanks around it");
    assert_eq!((&first.json["signed_version"], &first.json["status"]), (&json!(1), &json!("SIGNED")));
    let signed = stage.clinic.audit().await.iter().filter(|row| row["kind"] == "signed").count();
    assert_eq!(signed, 1);
}

#[tokio::test]
async fn signed_text_is_amended_and_every_version_stays() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    let sign = format!("{}/sign", note_of(&encounter));
    assert_eq!(stage.doctor.post(&sign, &json!({})).await.status, 404, "there is nothing to sign");
    ok(put_note(&stage.doctor, &encounter, None, json!({ "plan": " \n" })).await, 200);
    assert_eq!(code(&stage.doctor.post(&sign, &json!({})).await), (409, "notes.blank"));
    ok(put_note(&stage.doctor, &encounter, Some(1), json!({ "plan": "Left knee" })).await, 200);
    let stale = stage.doctor.post(&sign, &json!({ "version": 1 })).await;
    assert_eq!(code(&stale), (412, "notes.version_conflict"));
    assert_eq!(stale.json["saved"]["texts"]["plan"], "Left knee");
    let signed = ok(stage.doctor.post(&sign, &json!({ "version": 2 })).await, 200);
    let note = format!("/api/v1/notes/{}", id(&signed));

    // Locked.
    let typed = put_note(&stage.doctor, &encounter, Some(3), json!({ "plan": "Right knee" })).await;
    assert_eq!(code(&typed), (409, "notes.signed"));
    let amend =
        async |who: &crate::harness::Client, body: Value| who.post(&format!("{note}/amend"), &body).await;
    let right = json!({ "texts": { "plan": "Right knee" }, "reason": "Side corrected" });
    assert_eq!(amend(&stage.doctor, json!({ "texts": { "plan": "Right knee" } })).await.status, 422);
    let blank = json!({ "texts": {}, "reason": "x" });
    assert_eq!(code(&amend(&stage.doctor, blank).await), (409, "notes.blank"));
    let same = json!({ "texts": { "plan": "Left knee " }, "reason": "x" });
    assert_eq!(code(&amend(&stage.doctor, same).await), (409, "notes.unchanged"));
    let colleague = stage.clinic.staff(SystemRole::Doctor).await;
    assert_eq!(code(&amend(&colleague, right.clone()).await), (403, "notes.not_author"));
    let mut old = right.clone();
    old["version"] = json!(2);
    assert_eq!(code(&amend(&stage.doctor, old).await), (412, "notes.version_conflict"));
    let amended = ok(amend(&stage.doctor, right).await, 200);
    assert_eq!(
        (&amended["signed_version"], &amended["amendment_reason"]),
        (&json!(2), &json!("Side corrected"))
    );

    for reader in [&stage.doctor, &colleague, &stage.clinic.staff(SystemRole::Nurse).await] {
        let versions = ok(reader.get(&format!("{note}/versions")).await, 200);
        let told: Vec<_> = versions["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| (&v["version"], &v["texts"]["plan"]))
            .collect();
        assert_eq!(told, [(&json!(2), &json!("Right knee")), (&json!(1), &json!("Left knee"))]);
    }
    // Nobody who serves requests can change what was signed, not even with a statement of their own.
    for statement in ["update note_versions set plan = 'x'", "delete from note_versions", "delete from notes"]
    {
        let client = app.target().connect(&app.target().app).await.unwrap();
        let context = format!("begin; set local role {0}; set local search_path to {0}", stage.clinic.schema);
        client.batch_execute(&context).await.unwrap();
        let refused = client.batch_execute(statement).await.unwrap_err();
        assert_eq!(refused.code().unwrap().code(), "42501", "{statement}");
    }
    let kinds: Vec<String> =
        stage.clinic.audit().await.iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect();
    for verb in ["signed", "amended"] {
        assert_eq!(kinds.iter().filter(|kind| *kind == verb).count(), 1, "{verb}");
    }
}

#[tokio::test]
async fn a_note_in_error_stays_readable_and_makes_room_for_another() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    let first = signed_note(&stage.doctor, &encounter, "Of somebody else").await;
    let path = format!("/api/v1/notes/{}", id(&first));
    let end = format!("{path}/entered-in-error");
    let colleague = stage.clinic.staff(SystemRole::Doctor).await;
    let reason = json!({ "reason": "Wrong patient" });
    assert_eq!(code(&colleague.post(&end, &reason).await), (403, "notes.not_author"));
    assert_eq!(stage.doctor.post(&end, &json!({ "reason": " " })).await.status, 422);
    let ended = ok(stage.doctor.post(&end, &reason).await, 200);
    assert_eq!(
        (&ended["status"], &ended["error_reason"]),
        (&json!("ENTERED_IN_ERROR"), &json!("Wrong patient"))
    );
    assert_eq!(code(&stage.doctor.post(&end, &reason).await), (409, "notes.entered_in_error"));
    let amend = json!({ "texts": { "plan": "x" }, "reason": "x" });
    assert_eq!(
        code(&stage.doctor.post(&format!("{path}/amend"), &amend).await),
        (409, "notes.entered_in_error")
    );
    assert_eq!(colleague.get(&path).await.json["texts"]["subjective"], "Of somebody else");
    let second = signed_note(&stage.doctor, &encounter, "Of this patient").await;
    assert_ne!(first["id"], second["id"]);
    // The doctor of the consultation marks what a colleague wrote there.
    let theirs = signed_note(&colleague, &encounter, "Mistaken").await;
    ok(stage.doctor.post(&format!("/api/v1/notes/{}/entered-in-error", id(&theirs)), &reason).await, 200);
}
