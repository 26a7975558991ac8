//! How a hospital's paper looks, its logo, and who may change and see them.

use axum::http::Method;
use hms::clinic::profile;
use hms::clinic::roles::SystemRole;
use image::{ImageFormat, Rgba, RgbaImage};
use serde_json::{Value, json};

use crate::harness::files::{Part, halves, png, written};
use crate::harness::{Client, Reply, TestApp};
use crate::patients::faults;

const HOSPITAL: &str = "/api/v1/hospital";
const LOGO: &str = "/api/v1/hospital/logo";
const PAPER: &str = "/settings/hospital/paper";
const SECURITY: &str = "/settings/hospital/security";

async fn upload(client: &Client, file: &[u8]) -> Reply {
    client.request(Method::POST, LOGO).file(file).send().await
}

/// Files of this hospital's logo on disk.
fn stored(app: &TestApp, schema: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![app.app.config.files.join(schema).join("hospital")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

#[tokio::test]
async fn paper_is_as_the_hospital_chose_and_every_fault_is_told_at_its_field() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let before = admin.get(HOSPITAL).await.json;
    for (field, value) in [
        ("letterhead", json!([])),
        ("paper_footer", json!(null)),
        ("document_paper", json!("A4")),
        ("receipt_paper", json!("MM80")),
        ("label_size", json!("MM50X25")),
        ("logo_path", json!(null)),
        ("mfa_policy", json!("OFF")),
    ] {
        assert_eq!(before[field], value, "{field}");
    }
    let wanted = json!({
        "letterhead": ["  Dr. Asha   Rao, MD ", "", "आशा क्लिनिक, पुणे"], "paper_footer": "Reg. MH-2031",
        "document_paper": "LETTER", "receipt_paper": "MM58", "label_size": "MM100X50", "version": before["version"],
    });
    let after = admin.patch(HOSPITAL, &wanted).await;
    assert_eq!(after.status, 200, "{}", after.text);
    assert_eq!(after.json["letterhead"], json!(["Dr. Asha Rao, MD", "आशा क्लिनिक, पुणे"]));
    for field in ["paper_footer", "document_paper", "receipt_paper", "label_size"] {
        assert_eq!(after.json[field], wanted[field], "{field}");
    }
    assert_eq!(after.json, admin.get(HOSPITAL).await.json);
    assert_eq!(after.json["confirmed"], false, "that says nothing of zone and currency");
    let stale = admin.patch(HOSPITAL, &json!({ "paper_footer": "x", "version": before["version"] })).await;
    assert_eq!(stale.status, 412);
    let again = admin.patch(HOSPITAL, &json!({ "document_paper": "LETTER" })).await.json;
    assert_eq!(again["version"], after.json["version"], "nothing said, nothing written");
    let rows = clinic.audit().await;
    let row = rows.iter().find(|row| row["kind"] == "updated").unwrap();
    assert_eq!(
        row["detail"]["fields"],
        json!(["letterhead", "paper_footer", "document_paper", "receipt_paper", "label_size"])
    );
    assert!(!row.to_string().contains("Rao"));

    for (field, bad) in [
        ("letterhead", json!(["x".repeat(121)])),
        ("letterhead", json!(["1", "2", "3", "4", "5", "6", "7"])),
        ("letterhead", json!(["a\u{202e}b"])),
        ("paper_footer", json!("x".repeat(301))),
        ("document_paper", json!("A5")),
        ("document_paper", json!(null)),
        ("receipt_paper", json!("MM70")),
        ("label_size", json!("")),
        ("mfa_policy", json!("SOMEBODY")),
    ] {
        let reply = admin.patch(HOSPITAL, &json!({ field: bad })).await;
        assert_eq!(faults(&reply), [field.to_owned()].into(), "{field} = {bad}");
    }
    let cleared = admin.patch(HOSPITAL, &json!({ "letterhead": null, "paper_footer": null })).await.json;
    assert_eq!((&cleared["letterhead"], &cleared["paper_footer"]), (&json!([]), &Value::Null));
    let nurse = clinic.staff(SystemRole::Nurse).await;
    assert_eq!(nurse.patch(HOSPITAL, &json!({ "mfa_policy": "OFF" })).await.status, 403);
}

#[tokio::test]
async fn two_who_change_the_paper_at_once_see_both_and_decide() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = clinic.admin().await.browser().await;
    let form = page.get(PAPER).await;
    let version = form.field("version").to_owned();
    let fields = |paper: &'static str, version: &str| {
        vec![
            ("version".to_owned(), version.to_owned()),
            ("letterhead".to_owned(), "Line one\r\nLine two\r\n".to_owned()),
            ("paper_footer".to_owned(), String::new()),
            ("document_paper".to_owned(), paper.to_owned()),
            ("receipt_paper".to_owned(), "MM80".to_owned()),
            ("label_size".to_owned(), "MM50X25".to_owned()),
        ]
    };
    let submit = async |paper, version: &str| {
        let fields = fields(paper, version);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        page.submit(PAPER, &fields).await
    };
    let saved = submit("LETTER", &version).await;
    assert_eq!(
        (saved.status, saved.header("location")),
        (303, "/settings/hospital/paper?done=saved"),
        "{}",
        saved.text
    );
    let conflict = submit("A4", &version).await;
    assert_eq!(conflict.status, 412);
    assert!(
        conflict.text.contains("Asha Admin") && conflict.text.contains("Letter (8.5"),
        "{}",
        conflict.text
    );
    assert_eq!(submit("A4", conflict.field("version")).await.status, 303);
    let shown = page.get(PAPER).await.text;
    assert!(shown.contains("Line one\nLine two</textarea>"), "{shown}");

    let security = page.get(SECURITY).await;
    let version = security.field("version").to_owned();
    let set = page.submit(SECURITY, &[("version", &version), ("mfa_policy", "EVERYBODY")]).await;
    assert_eq!(set.header("location"), "/settings/hospital/security?done=saved", "{}", set.text);
    assert_eq!(page.get(PAPER).await.header("location"), "/account/mfa?next=/settings/hospital/paper");
}

#[tokio::test]
async fn a_logo_is_made_anew_and_shown_to_its_own_people_only() {
    let app = TestApp::new().await;
    let (clinic, other) = (app.hospital("Asha Clinic").await, app.hospital("Other").await);
    let (admin, nurse) = (clinic.admin().await, clinic.staff(SystemRole::Nurse).await);
    assert_eq!(nurse.get(LOGO).await.status, 404);
    let version = admin.get(HOSPITAL).await.json["version"].as_i64().unwrap();
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let given = upload(&admin, &written(halves(1280, 320), format)).await;
        assert_eq!((given.status, &given.json["logo_path"]), (200, &json!(LOGO)), "{}", given.text);
        assert_eq!(stored(&app, &clinic.schema).len(), 1, "the one before is gone");
    }
    assert_eq!(admin.get(HOSPITAL).await.json["version"], version + 2);
    let shown = nurse.get(LOGO).await;
    for (name, value) in [
        ("content-type", "image/png"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, no-store"),
    ] {
        assert_eq!(shown.header(name), value);
    }
    let image = image::load_from_memory_with_format(&shown.bytes, ImageFormat::Png).unwrap();
    assert_eq!((image.width(), image.height()), (640, 160));
    assert_eq!(app.anonymous().get(LOGO).await.status, 401);
    assert_eq!(other.admin().await.get(LOGO).await.status, 404, "theirs, and they have none");
    assert_eq!(app.super_admin().await.get(LOGO).await.status, 404);
    assert_eq!(upload(&nurse, &png()).await.status, 403);

    // It heads the side bar, of its own people only, and another one has another address.
    let src = async |client: &Client| {
        let page = client.browser().await.get("/today").await.text;
        page.split("class=\"side-logo\" src=\"").nth(1).map(|rest| rest.split('"').next().unwrap().to_owned())
    };
    let first = src(&nurse).await.unwrap();
    assert!(first.starts_with("/api/v1/hospital/logo?v="), "{first}");
    assert_eq!(nurse.get(&first).await.status, 200);
    assert_eq!(src(&other.admin().await).await, None);
    let glass = RgbaImage::from_pixel(30, 20, Rgba([0, 0, 0, 0]));
    assert_eq!(upload(&admin, &written(glass, ImageFormat::Png)).await.status, 200);
    let second = src(&nurse).await.unwrap();
    assert_ne!(second, first);
    let image = image::load_from_memory(&nurse.get(&second).await.bytes).unwrap().into_rgb8();
    assert!(image.pixels().all(|pixel| pixel.0 == [255; 3]), "what shines through is white");

    for (file, code) in [
        (Vec::new(), "pictures.empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>".to_vec(), "pictures.not_a_picture"),
        (png()[..40].to_vec(), "pictures.damaged"),
    ] {
        let reply = upload(&admin, &file).await;
        assert_eq!((reply.status, reply.json["code"].as_str()), (400, Some(code)), "{}", reply.text);
    }
    assert_eq!(upload(&admin, &vec![0; 2 * 1024 * 1024 + 64 * 1024]).await.status, 413);
    assert_eq!(src(&nurse).await.unwrap(), second, "nothing of that changed it");
    let rows = clinic.audit().await;
    let changed = rows.iter().filter(|row| row["detail"]["fields"] == json!(["logo"])).count();
    assert_eq!(changed, 3);

    // By the pages, and away.
    let page = admin.browser().await;
    let bad = page.upload("/settings/hospital/logo", &[Part::file(b"no picture")]).await;
    assert!(bad.status == 400 && bad.text.contains("aria-invalid"), "{} {}", bad.status, bad.text);
    let done = page.upload("/settings/hospital/logo", &[Part::file(&png())]).await;
    assert_eq!(done.header("location"), "/settings/hospital/paper?done=logo", "{}", done.text);
    let removed = page.submit("/settings/hospital/logo/remove", &[]).await;
    assert_eq!(removed.header("location"), "/settings/hospital/paper?done=logo-removed");
    assert_eq!((nurse.get(LOGO).await.status, stored(&app, &clinic.schema).len()), (404, 0));
    let none = admin.request(Method::DELETE, LOGO).send().await;
    assert_eq!((none.status, none.json["code"].as_str()), (404, Some("hospital.no_logo")));
}

#[tokio::test]
async fn what_a_crash_leaves_of_a_logo_is_removed_and_the_logo_stays() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    upload(&admin, &png()).await;
    let kept = stored(&app, &clinic.schema);
    let lost = kept[0].with_file_name(format!("{}.png", uuid::Uuid::now_v7()));
    std::fs::copy(&kept[0], &lost).unwrap();
    profile::housekeep(&app.app).await.unwrap();
    assert!(lost.exists(), "it may be on its way into a row");
    app.app.clock.shift(25 * 3600);
    profile::housekeep(&app.app).await.unwrap();
    assert_eq!(stored(&app, &clinic.schema), kept);
}
