//! What is damaged, unfinished, newer, forged or in the way is told before anything is touched.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{below, digests, done, folder, hms, refusal, seen, stage, text};
use crate::harness::TestApp;

/// Change the manifest as somebody would who knows its form.
fn rewrite(folder: &Path, change: impl FnOnce(&mut Value)) {
    let path = folder.join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut manifest);
    let written = serde_json::to_vec(&manifest).unwrap();
    let sum: String = Sha256::digest(&written).iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(&path, written).unwrap();
    let sums = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    let others = sums.lines().filter(|line| !line.ends_with("  manifest.json"));
    let sums: String = others.map(|line| format!("{line}\n")).collect();
    fs::write(folder.join("SHA256SUMS"), format!("{sums}{sum}  manifest.json\n")).unwrap();
}

#[tokio::test]
async fn a_damaged_or_unfinished_backup_is_refused_and_changes_nothing() {
    let app = TestApp::new().await;
    let (asha, desk, _) = stage(&app, "Asha Clinic").await;
    let to = folder(&app, "asha");
    done(&app, &["backup", text(&to), "--hospital", &asha.id]).await;
    for path in below(&to) {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
    let said = done(&app, &["backup", "verify", text(&to)]).await;
    assert!(said.starts_with("whole: 1 hospital,"), "{said}");
    let before = digests(&asha).await;

    let part = to.join("hospitals").join(&asha.id);
    let photo = below(&part.join("files")).into_iter().find(|path| path.is_file()).unwrap();
    for file in [
        part.join("tables/patients.copy.gz"),
        part.join("platform/users.copy.gz"),
        photo,
        to.join("manifest.json"),
    ] {
        let whole = fs::read(&file).unwrap();
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        for damage in [&whole[..whole.len() / 2], &[], &flipped, &[&whole[..], b"more"].concat()] {
            fs::write(&file, damage).unwrap();
            assert_eq!(hms(&app, &["backup", "verify", text(&to)]).await.code, 1, "{}", file.display());
        }
        let told = refusal(&app, &["restore", text(&to), "--hospital", &asha.id, "--replace"]).await;
        assert!(told.contains("damaged") || told.contains("cannot be read"), "{told}");
        fs::remove_file(&file).unwrap();
        assert_eq!(hms(&app, &["backup", "verify", text(&to)]).await.code, 1, "{}", file.display());
        fs::write(&file, &whole).unwrap();
    }
    assert!(refusal(&app, &["backup", text(&to)]).await.contains("is there already"));
    fs::rename(to.join("manifest.json"), to.join("elsewhere.json")).unwrap();
    let told = refusal(&app, &["restore", text(&to)]).await;
    assert!(told.contains("no finished backup"), "{told}");
    assert_eq!(digests(&asha).await, before);
    assert_eq!(desk.get("/api/v1/auth/me").await.status, 200);

    // A picture that is lost is told; the rows are backed up all the same.
    let lost = below(&app.app.config.files)
        .into_iter()
        .find(|path| text(path).ends_with(".jpg") && !text(path).ends_with("thumb.jpg"));
    fs::remove_file(lost.unwrap()).unwrap();
    let ran = hms(&app, &["backup", text(&folder(&app, "without"))]).await;
    assert!(
        ran.code == 0 && ran.err.contains("1 files that rows of Asha Clinic name are not in"),
        "{}",
        ran.err
    );

    // A backup that fails half way has neither its name nor anything left of it.
    app.sql(&format!("alter table {0}.refinery_schema_history rename to gone", asha.schema)).await;
    let half = folder(&app, "half");
    assert!(refusal(&app, &["backup", text(&half)]).await.contains("Asha Clinic"));
    let left: Vec<_> =
        fs::read_dir(half.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_str().unwrap().contains("half")), "{left:?}");
}

#[tokio::test]
async fn what_others_have_by_now_is_told_before_anything_changes() {
    let app = TestApp::new().await;
    let (asha, ..) = stage(&app, "Asha Clinic").await;
    let (other, ..) = stage(&app, "Zen").await;
    let to = folder(&app, "asha");
    done(&app, &["backup", text(&to), "--hospital", &asha.id]).await;
    app.sql(&format!("delete from public.tenants where id = '{}'", asha.id)).await;
    app.sql(&format!(
        "update public.users set email = upper('{}') where email = '{}'",
        asha.email, other.email
    ))
    .await;
    app.sql(&format!(
        "update public.tenants set license_number = 'lic-{}' where id = '{}'",
        asha.email, other.id
    ))
    .await;
    let before = digests(&other).await;
    let schemas = "select state, count(*) as n from public.tenant_schemas where state <> 'reserved' group by 1 order by 1";
    let states = app.sql(schemas).await;
    let told = refusal(&app, &["restore", text(&to), "--hospital", &asha.id]).await;
    for what in [
        "nothing was changed",
        "the e-mail address",
        "the licence number",
        &asha.email,
        "belongs to Zen by now",
    ] {
        assert!(told.contains(what), "{what}: {told}");
    }
    assert_eq!(digests(&other).await, before);
    assert_eq!(app.sql(schemas).await, states, "what was begun is gone");
    assert!(app.sql(&format!("select from public.tenants where id = '{}'", asha.id)).await.is_empty());
}

/// The version of which an older backup is, and what its hospital did not have yet.
const OLDER: i32 = 24;
const LATER: &[&str] = &[
    "alter table roles drop column works_as",
    "alter table vitals drop column unconfirmed",
    "drop index escalations_by_closed",
];

#[tokio::test]
async fn an_older_backup_is_migrated_and_a_newer_or_forged_one_refused() {
    let app = TestApp::new().await;
    let (asha, desk, _) = stage(&app, "Asha Clinic").await;
    let (zen, ..) = stage(&app, "Zen").await;
    let before = seen(&desk).await;
    let to = folder(&app, "asha");
    done(&app, &["backup", text(&to), "--hospital", &asha.id]).await;
    let manifest = fs::read(to.join("manifest.json")).unwrap();
    let anew = || {
        fs::write(to.join("manifest.json"), &manifest).unwrap();
        rewrite(&to, |_| {});
    };
    let restore = ["restore", text(&to), "--hospital", &asha.id, "--replace"];

    rewrite(&to, |m| m["format"] = json!(2));
    assert!(refusal(&app, &restore).await.contains("in a newer form"));
    anew();
    for newer in ["platform_version", "version"] {
        rewrite(&to, |m| match newer {
            "version" => m["hospitals"][0]["version"] = json!(999),
            _ => m[newer] = json!(999),
        });
        let told = refusal(&app, &restore).await;
        assert!(told.contains("made by a newer HMS") && told.contains("999"), "{told}");
        anew();
    }
    // Names that would become SQL or paths; rows that are another hospital's.
    rewrite(&to, |m| {
        m["hospitals"][0]["tables"][0]["columns"][0] = json!("id) from stdin; drop table x; --")
    });
    assert!(refusal(&app, &restore).await.contains("no table or column of ours"));
    anew();
    rewrite(&to, |m| m["hospitals"][0]["files"][0]["key"] = json!("../../../tmp/x"));
    assert!(refusal(&app, &restore).await.contains("no file of ours"));
    anew();
    rewrite(&to, |m| m["hospitals"][0]["id"] = json!(zen.id));
    fs::rename(to.join("hospitals").join(&asha.id), to.join("hospitals").join(&zen.id)).unwrap();
    let zen_before = digests(&zen).await;
    let forged = ["restore", text(&to), "--hospital", &zen.id, "--replace"];
    assert!(refusal(&app, &forged).await.contains("not this hospital's"));
    assert_eq!(digests(&zen).await, zen_before);
    fs::rename(to.join("hospitals").join(&zen.id), to.join("hospitals").join(&asha.id)).unwrap();
    anew();
    assert_eq!(seen(&desk).await, before);

    // As an HMS of that version left the hospital, and backed it up.
    for undone in LATER {
        asha.sql(undone).await;
    }
    asha.sql(&format!("delete from refinery_schema_history where version > {OLDER}")).await;
    let older = folder(&app, "older");
    done(&app, &["backup", text(&older), "--hospital", &asha.id]).await;
    rewrite(&older, |m| {
        assert_eq!(m["hospitals"][0]["version"], OLDER);
        m["platform_version"] = json!(1);
    });
    done(&app, &["restore", text(&older), "--hospital", &asha.id, "--replace"]).await;
    assert_eq!(seen(&desk.again().await).await, before);
    let at = app
        .sql(&format!(
            "select s.version, to_regclass(s.name || '.audit_events_by_request') is not null as migrated
               from public.tenants t join public.tenant_schemas s on s.name = t.schema_name where t.id = '{}'",
            asha.id
        ))
        .await;
    assert_eq!(at[0], json!({ "version": hms::db::migrate::tenant_version(), "migrated": true }));
    // What is new in it is as in any other hospital.
    let of = async |id: &str| {
        let named = app.sql(&format!("select schema_name from public.tenants where id = '{id}'")).await;
        let schema = named[0]["schema_name"].as_str().unwrap().to_owned();
        app.sql(&format!("select system_key, works_as from {schema}.roles order by 1")).await
    };
    assert_eq!(of(&asha.id).await, of(&zen.id).await);
}
