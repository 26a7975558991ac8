//! That no file is lost, and none is left behind.

use super::*;

#[tokio::test]
async fn a_replaced_picture_leaves_no_file_and_files_are_for_hms_alone() {
    let app = TestApp::new().await;
    let (clinic, desk, patient) = stage(&app).await;
    given(&desk, &patient, &png()).await;
    let first = kept(&app);
    assert_eq!(first, named(&clinic, &patient).await);
    assert_eq!(first.len(), 2);
    let folder = format!("{}/patients/{patient}/", clinic.schema);
    assert!(first.iter().all(|name| name.starts_with(&folder)), "{first:?}");
    let root = &app.app.config.files;
    for name in &first {
        let path = root.join(name);
        for part in path.ancestors().take_while(|part| part.starts_with(root)) {
            let meta = fs::metadata(part).unwrap();
            let wanted = if meta.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(meta.permissions().mode() & 0o777, wanted, "{}", part.display());
        }
    }
    given(&desk, &patient, &written(halves(50, 50), ImageFormat::Gif)).await;
    let second = kept(&app);
    assert_eq!(second, named(&clinic, &patient).await);
    assert!(first.is_disjoint(&second));

    // What is not there (a database restored without its files) is told as such.
    fs::remove_file(root.join(second.iter().next().unwrap())).unwrap();
    fs::remove_file(root.join(second.iter().last().unwrap())).unwrap();
    for query in ["", "?size=thumb"] {
        assert_eq!(desk.get(&format!("{}{query}", of(&patient))).await.status, 404);
    }
    given(&desk, &patient, &png()).await;
    assert_eq!(kept(&app), named(&clinic, &patient).await);
}

#[tokio::test]
async fn many_at_once_leave_the_last_one_and_no_other_file() {
    let app = TestApp::new().await;
    let (clinic, desk, patient) = stage(&app).await;
    let files: Vec<Vec<u8>> = (1..=12).map(|n| written(halves(n * 10, 10), ImageFormat::Png)).collect();
    let replies = join_all(files.iter().map(|file| send(&desk, &patient, file))).await;
    let mut versions: Vec<i64> = Vec::new();
    for reply in &replies {
        assert_eq!(reply.status, 200, "{}", reply.text);
        versions.push(reply.json["version"].as_i64().unwrap());
    }
    let last = (0..12).max_by_key(|n| versions[*n]).unwrap();
    versions.sort_unstable();
    assert_eq!(versions, (2..=13).collect::<Vec<i64>>());
    assert_eq!(kept(&app), named(&clinic, &patient).await);
    let width = u32::try_from(last + 1).unwrap() * 10;
    assert_eq!(shown(&desk, &patient, "").await.dimensions(), (width, 10), "the last to commit");

    // And with people who take it away meanwhile.
    let remove = async || desk.request(Method::DELETE, &of(&patient)).send().await;
    let (given, removed) = futures_util::future::join(
        join_all(files.iter().map(|file| send(&desk, &patient, file))),
        join_all((0..6).map(|_| remove())),
    )
    .await;
    assert!(given.iter().all(|reply| reply.status == 200));
    assert!(removed.iter().all(|reply| [204, 404].contains(&reply.status)));
    assert_eq!(kept(&app), named(&clinic, &patient).await);
}

#[tokio::test]
async fn a_key_makes_it_happen_once_whatever_the_boundary() {
    let app = TestApp::new().await;
    let (clinic, desk, patient) = stage(&app).await;
    let file = written(halves(90, 30), ImageFormat::Png);
    let with_key = async |file: &[u8]| {
        let call = desk.request(Method::POST, &of(&patient)).header("idempotency-key", "picture-1");
        call.file(file).send().await
    };
    let (first, again) = (with_key(&file).await, with_key(&file).await);
    assert_eq!((first.status, again.status), (200, 200), "{} {}", first.text, again.text);
    assert_eq!((first.json, again.header("idempotency-replayed")), (again.json.clone(), "true"));
    assert_eq!(with_key(&png()).await.json["code"], "idempotency.key_reused");
    assert_eq!(desk.get(&format!("{PATIENTS}/{patient}")).await.json["version"], 2);
    assert_eq!(kept(&app), named(&clinic, &patient).await);
    assert_eq!(kept(&app).len(), 2);

    let raced = join_all((0..5).map(|_| {
        let call = desk.request(Method::POST, &of(&patient)).header("idempotency-key", "picture-2");
        call.file(&file).send()
    }))
    .await;
    assert!(raced.iter().all(|reply| reply.status == 200));
    assert_eq!(desk.get(&format!("{PATIENTS}/{patient}")).await.json["version"], 3);
    assert_eq!(kept(&app), named(&clinic, &patient).await);

    // A file with a key to who reads none: not taken, not done.
    let (content_type, body) = multipart(&[Part::file(&file)]);
    let call = desk.request(Method::POST, PATIENTS).header("idempotency-key", "picture-3");
    assert_eq!(call.raw(&content_type, body).send().await.status, 415);
}

fn lay(path: PathBuf) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, b"left behind").unwrap();
    path
}

#[tokio::test]
async fn a_crash_between_file_and_commit_shows_nothing_and_is_tidied_up() {
    let app = TestApp::new().await;
    let (clinic, desk, patient) = stage(&app).await;
    clinic.sql("alter table audit_events add constraint crash check (kind <> 'updated')").await;
    let reply = send(&desk, &patient, &png()).await;
    assert!(reply.status >= 400, "{}", reply.text);
    let record = desk.get(&format!("{PATIENTS}/{patient}")).await.json;
    assert_eq!((&record["photo_path"], &record["version"]), (&Value::Null, &json!(1)));
    assert_eq!(desk.get(&of(&patient)).await.status, 404);
    assert!(history(&clinic).await.is_empty());
    // Whether a commit happened is not always known, so its files stay until they are old.
    assert_eq!(kept(&app).len(), 2);
    pictures::housekeep(&app.app).await.unwrap();
    assert_eq!(kept(&app).len(), 2);
    age_all(&app);
    pictures::housekeep(&app.app).await.unwrap();
    assert_eq!(kept(&app), BTreeSet::new());

    clinic.sql("alter table audit_events drop constraint crash").await;
    given(&desk, &patient, &png()).await;
    // One that is refused before it can be committed leaves nothing at all.
    let nobody = uuid::Uuid::now_v7().to_string();
    assert_eq!(send(&desk, &nobody, &png()).await.status, 404);
    assert_eq!(kept(&app), named(&clinic, &patient).await);
}

#[tokio::test]
async fn housekeeping_removes_old_files_that_no_row_names_and_no_others() {
    let app = TestApp::new().await;
    let (clinic, desk, patient) = stage(&app).await;
    let other = app.hospital("Other").await;
    let stranger = other.staff(SystemRole::Receptionist).await;
    let theirs = registered(&stranger, "Zoë").await;
    given(&desk, &patient, &png()).await;
    given(&stranger, &theirs, &png()).await;
    let root = app.app.config.files.clone();
    let id = || uuid::Uuid::now_v7();
    let folder = |schema: &str| root.join(schema).join("patients").join(patient.as_str());
    let ours = folder(&clinic.schema);
    let gone: Vec<PathBuf> = vec![
        lay(ours.join(format!("{}.jpg", id()))),
        lay(ours.join(format!("{}.thumb.jpg", id()))),
        lay(root.join(&clinic.schema).join("patients").join(id().to_string()).join(format!("{}.jpg", id()))),
        // Named by a row of another hospital: no row of its own.
        lay(root.join(&other.schema).join(named_within(&clinic, &patient).await)),
        // Being written when the machine stopped.
        lay(ours.join(format!("{}.jpg#1", id()))),
    ];
    let stays: Vec<PathBuf> = vec![
        lay(ours.join("README")),
        lay(root.join("t_0123456789abcdef/patients").join(id().to_string()).join(format!("{}.jpg", id()))),
        lay(root.join(&clinic.schema).join("documents").join(format!("{}.jpg", id()))),
    ];
    age_all(&app);
    let young = [lay(ours.join(format!("{}.jpg", id()))), lay(ours.join(format!("{}.jpg#1", id())))];
    // More than are asked about at once.
    for _ in 0..1_100 {
        age(&lay(ours.join(format!("{}.jpg", id()))));
    }
    pictures::housekeep(&app.app).await.unwrap();
    for path in gone {
        assert!(!path.exists(), "{}", path.display());
    }
    for path in stays.iter().chain(&young) {
        assert!(path.exists(), "{}", path.display());
    }
    let named: BTreeSet<String> =
        named(&clinic, &patient).await.union(&named(&other, &theirs).await).cloned().collect();
    assert_eq!(kept(&app).len(), named.len() + stays.len() + young.len());
    assert!(kept(&app).is_superset(&named));
    assert_eq!(shown(&desk, &patient, "").await.dimensions(), (8, 6));
    assert_eq!(shown(&stranger, &theirs, "?size=thumb").await.dimensions(), (96, 96));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_job_runner_tidies_up_every_night() {
    let app = TestApp::new().await;
    let (clinic, _, patient) = stage(&app).await;
    tokio::spawn(hms::jobs::run(app.app.clone()));
    eventually("the job is in the plan", async || {
        let known = app.sql("select identifier from graphile_worker._private_known_crontabs").await;
        known.iter().any(|row| row["identifier"] == "pictures.tidy")
    })
    .await;
    let folder = app.app.config.files.join(&clinic.schema).join("patients").join(&patient);
    let left = lay(folder.join(format!("{}.jpg", uuid::Uuid::now_v7())));
    age(&left);
    app.sql("do $$ begin perform graphile_worker.add_job('pictures.tidy', '{}'::json); end $$").await;
    eventually("the file is gone", async || !left.exists()).await;
    app.app.shutdown.cancel();
}

/// Name of the patient's file below the hospital's schema.
async fn named_within(clinic: &Hospital<'_>, patient: &str) -> String {
    let rows = clinic.sql(&format!("select photo_path from patients where id = '{patient}'")).await;
    rows[0]["photo_path"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn without_storage_nothing_is_lost_and_the_rest_goes_on() {
    let app = TestApp::configured(&[("FILE_STORAGE_ROOT", "/dev/null/files")]).await;
    let (_, desk, patient) = stage(&app).await;
    let reply = send(&desk, &patient, &png()).await;
    assert_eq!(reply.status, 503, "{}", reply.text);
    assert_eq!(reply.header("retry-after"), "10");
    let record = desk.get(&format!("{PATIENTS}/{patient}")).await;
    assert_eq!((record.status, &record.json["version"]), (200, &json!(1)));
    assert!(app.app.files.check().is_err(), "hms serve would say so at its start");
}

// -------------------------------------------------------------------------- merged records
