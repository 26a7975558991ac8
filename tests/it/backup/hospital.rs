//! One hospital comes back beside others that go on, here and elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hms::clinic::pictures;
use hms::clinic::roles::SystemRole;
use hms::db::backup::{self, Dump, Restore, Scope};
use serde_json::json;

use super::{digests, done, folder, picture, refusal, seen, stage, text};
use crate::harness::TestApp;
use crate::harness::{Blank, eventually};
use crate::patients::{PATIENTS, registered};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_hospital_comes_back_as_it_was_while_others_work() {
    let app = TestApp::new().await;
    let (asha, desk, patient) = stage(&app, "आशा क्लिनिक").await;
    let (zen, zen_desk, _) = stage(&app, "Zen Hospital").await;
    let (idle, ..) = stage(&app, "Idle Hospital").await;
    let leaver = asha.staff(SystemRole::Nurse).await;
    let (before, shown) = (seen(&desk).await, desk.get(&picture(&patient)).await.bytes);
    let (zen_before, idle_before) = (digests(&zen).await, digests(&idle).await);

    let stop = Arc::new(AtomicBool::new(false));
    let working = tokio::spawn({
        let (stop, desk) = (Arc::clone(&stop), zen_desk.clone());
        async move {
            let mut answers = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                for path in [PATIENTS, "/api/v1/auth/me"] {
                    answers.push(desk.get(path).await.status);
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            answers
        }
    });
    let to = folder(&app, "asha");
    let said = done(&app, &["backup", text(&to), "--hospital", &asha.id]).await;
    assert!(said.contains("written and read back: 1 hospital,"), "{said}");

    desk.patch(&format!("{PATIENTS}/{patient}"), &json!({ "city": "Elsewhere" })).await;
    registered(&desk, json!({ "first_name": "Later" })).await;
    let later = seen(&desk).await;
    let left = leaver.get("/api/v1/auth/me").await.json["id"].as_str().unwrap().to_owned();
    app.sql(&format!("update public.users set is_active = false, status = 'INACTIVE' where id = '{left}'"))
        .await;
    let told = refusal(&app, &["restore", text(&to), "--hospital", &asha.id]).await;
    assert!(told.contains("is there: give --replace"), "{told}");
    let licence = format!("lic-{}", asha.email);
    let said = done(&app, &["restore", text(&to), "--hospital", &licence, "--rehearse"]).await;
    assert!(said.contains("could be brought back (nothing was changed)"), "{said}");
    assert_eq!(seen(&desk).await, later);

    let refresh = json!({ "refresh_token": desk.login["refresh_token"] });
    let said = done(&app, &["restore", text(&to), "--hospital", &licence, "--replace"]).await;
    assert!(said.contains("आशा क्लिनिक is back") && said.contains("restore undo"), "{said}");
    assert!(
        said.contains("could not before") && said.contains("nurse-"),
        "people who are back are named: {said}"
    );

    eventually("sessions of before have ended", async || desk.get("/api/v1/auth/me").await.status == 401)
        .await;
    assert_eq!(desk.post("/api/v1/auth/refresh", &refresh).await.status, 401);
    let desk = desk.again().await;
    assert_eq!(seen(&desk).await, before);
    assert_eq!(desk.get(&picture(&patient)).await.bytes, shown);
    let next = registered(&desk, json!({ "first_name": "Next" })).await;
    assert_eq!(next["patient_code"], "P-00005", "codes go on where the backup stood");

    // Back to what was, and forth.
    let said = done(&app, &["restore", "undo", &asha.id]).await;
    assert!(said.contains("is what it was before"), "{said}");
    let desk = desk.again().await;
    assert_eq!(seen(&desk).await, later);
    done(&app, &["restore", "undo", &asha.id]).await;
    let desk = desk.again().await;
    assert_eq!(seen(&desk).await["total"], 5);
    let kept = "select name from public.tenant_schemas where state = 'kept'";
    let kept = app.sql(kept).await;
    assert_eq!(kept.len(), 1);
    let kept = kept[0]["name"].as_str().unwrap();
    assert!(app.app.config.files.join(kept).is_dir());
    assert!(done(&app, &["restore", "drop-old", &asha.id]).await.starts_with("1 old"));
    assert!(!app.app.config.files.join(kept).exists(), "its files are gone with it");
    assert!(app.sql(&format!("select from pg_namespace where nspname = '{kept}'")).await.is_empty());
    assert_eq!(desk.get(&picture(&patient)).await.bytes, shown);

    stop.store(true, Ordering::Relaxed);
    let answers = working.await.unwrap();
    assert!(answers.len() > 20 && answers.iter().all(|status| *status == 200), "{answers:?}");
    assert_eq!(digests(&idle).await, idle_before);
    let mut zen_after = digests(&zen).await;
    // Its own reading is recorded.
    zen_after.insert("audit_events".to_owned(), zen_before["audit_events"].clone());
    assert_eq!(zen_after, zen_before);

    let audit = app.audit().await;
    for (action, kind) in
        [("hms backup", "backed_up"), ("hms restore", "restored"), ("hms restore", "restore_undone")]
    {
        let row = audit.iter().find(|row| row["kind"] == kind).unwrap_or_else(|| panic!("{kind}"));
        assert_eq!((&row["action"], &row["entity_id"]), (&json!(action), &json!(asha.id)));
        assert!(!row["detail"]["operator"].as_str().unwrap().is_empty());
    }
    let schema = app.sql(&format!("select schema_name from public.tenants where id = '{}'", asha.id)).await;
    let own = app
        .sql(&format!(
            "select kind from {}.audit_events where action = 'hms restore'",
            schema[0]["schema_name"].as_str().unwrap()
        ))
        .await;
    assert_eq!(own[0]["kind"], "restored", "the hospital's own record says so too");
}

#[tokio::test]
async fn one_hospital_moves_to_another_hms_with_one_login() {
    let app = TestApp::new().await;
    let (asha, desk, patient) = stage(&app, "Asha Clinic").await;
    let (before, shown) = (seen(&desk).await, desk.get(&picture(&patient)).await.bytes);
    let to = folder(&app, "asha");
    let db = &app.app.db;
    let from = Dump {
        target: &db.target,
        isolation: db.isolation(),
        files: &app.app.config.files,
        named_files: pictures::named_files(),
    };
    let (manifest, totals) =
        backup::dump(&from, &Scope::Hospital(asha.id.clone()), &to, |_| {}).await.unwrap();
    assert!(totals.files == 2 && manifest.hospitals[0].missing_files.is_empty(), "{totals:?}");

    let blank = Blank::create().await;
    let new = crate::modes::prepare(&blank, blank.one_login("createrole").await, "auto").await;
    let (_, stranger, _) = stage(&new, "Was here before").await;
    let bring = Restore {
        target: new.target(),
        isolation: new.app.db.isolation(),
        files: &new.app.config.files,
        operator: "tester",
    };
    let whole = bring.everything(&manifest, &to, |_| {}).await.unwrap_err().to_string();
    assert!(whole.contains("--hospital"), "{whole}");
    let loaded = bring.hospital(&manifest, &manifest.hospitals[0], &to, false, false).await.unwrap();
    assert!(!loaded.change.kept && loaded.rows > 20, "{loaded:?}");
    let desk = desk.on(&new.router).again().await;
    assert_eq!(seen(&desk).await, before);
    assert_eq!(desk.get(&picture(&patient)).await.bytes, shown);
    registered(&desk, json!({ "first_name": "Next" })).await;
    assert_eq!(seen(&stranger).await["total"], 4);
}
