//! Everything comes back into an empty database, and nothing is forgotten.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use hms::db::backup::{self, Manifest, NOT_KEPT};
use serde_json::Value;

use super::{below, done, folder, picture, refusal, seen, stage, text};
use crate::cli::run;
use crate::harness::{Blank, TestApp};

#[tokio::test]
async fn everything_comes_back_into_an_empty_database_without_roles() {
    let app = TestApp::new().await;
    app.super_admin().await;
    let ((asha, desk, patient), (_, other, _)) = (stage(&app, "Asha Clinic").await, stage(&app, "Zen").await);
    let (before, others) = (seen(&desk).await, seen(&other).await);
    let shown = desk.get(&picture(&patient)).await.bytes;
    let to = folder(&app, "all");
    done(&app, &["backup", text(&to)]).await;
    let told = refusal(&app, &["restore", text(&to)]).await;
    assert!(told.contains("this database is in use"), "{told}");

    let blank = Blank::create().await;
    let mut variables = blank.cli_env().await;
    variables.push(("TENANT_ROLES".into(), "off".into()));
    let ran = run(&variables, &["restore", text(&to)]).await;
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("brought back: 2 hospitals and the platform"), "{}", ran.out);
    let new = TestApp::over(&blank, blank.target(), &[("TENANT_ROLES", "off")]).await;
    assert_eq!(desk.on(&new.router).get("/api/v1/auth/me").await.status, 401, "nobody is signed in");
    let (desk, other) = (desk.on(&new.router).again().await, other.on(&new.router).again().await);
    assert_eq!((seen(&desk).await, seen(&other).await), (before, others));
    assert_eq!(desk.get(&picture(&patient)).await.bytes, shown);
    let boss = new.sign_in("boss@platform.example").await;
    assert_eq!(boss.get("/api/v1/platform/tenants").await.status, 200);
    let ids = |rows: &[Value]| -> BTreeSet<String> { rows.iter().map(|row| row["id"].to_string()).collect() };
    // The row that says so of the backup itself is younger than its snapshot.
    let mut old = app.audit().await;
    old.retain(|row| row["action"] != "hms backup");
    let new_audit = new.audit().await;
    assert!(ids(&old).is_subset(&ids(&new_audit)), "the platform's audit came along");
    assert_eq!(new_audit.iter().filter(|row| row["kind"] == "restored").count(), 1);
    let dead = new
        .sql("select count(*) as n from public.mails where body_text is not null or status = 'PENDING'")
        .await;
    assert_eq!(dead[0]["n"], 0, "no link of a mail came along, and none waits to be sent");
    let again = run(&variables, &["restore", text(&to)]).await;
    assert!(again.code == 1 && again.err.contains("in use"), "{}", again.err);
    // One of them, out of the whole, where it is lost.
    new.sql(&format!("delete from public.tenants where id = '{}'", asha.id)).await;
    let ran = run(&variables, &["restore", text(&to), "--hospital", &asha.id]).await;
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(seen(&desk.again().await).await["total"], 4);
}

#[tokio::test]
async fn every_table_is_in_a_backup_or_listed_with_a_reason() {
    let app = TestApp::new().await;
    let (asha, ..) = stage(&app, "Asha Clinic").await;
    let to = folder(&app, "all");
    done(&app, &["backup", text(&to)]).await;
    let manifest = Manifest::read(&to).unwrap();
    let names = |rows: Vec<Value>| -> BTreeSet<String> {
        rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    let has = |schema: &str| {
        format!(
            "select relname as name from pg_class where relnamespace = '{schema}'::regnamespace and relkind not in ('i', 't')"
        )
    };
    let kept = manifest.hospitals[0].tables.iter().map(|file| file.table.clone());
    let known: BTreeSet<String> = kept.chain(NOT_KEPT.map(str::to_owned)).collect();
    // A sequence or a view would be here too: a backup knows tables only.
    assert_eq!(names(app.sql(&has(&asha.schema)).await), known);
    let kept = backup::PLATFORM_TABLES.iter().map(|table| table.name.to_owned());
    let known: BTreeSet<String> =
        kept.chain(backup::PLATFORM_TABLES_NOT_KEPT.iter().map(|(name, _)| (*name).to_owned())).collect();
    assert_eq!(names(app.sql(&has("public")).await), known);
    // Any tool can check the files.
    let sums = fs::read_to_string(to.join("SHA256SUMS")).unwrap();
    let listed: BTreeSet<PathBuf> =
        sums.lines().map(|line| to.join(line.split_once("  ").unwrap().1)).collect();
    let mut there: BTreeSet<PathBuf> = below(&to).into_iter().filter(|path| path.is_file()).collect();
    there.remove(&to.join("SHA256SUMS"));
    assert_eq!(listed, there);
}
