//! Pictures of patients: what is kept of a file, what is refused, who sees it, and that no file is lost or left behind.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use axum::http::Method;
use futures_util::future::join_all;
use hms::clinic::pictures;
use hms::clinic::roles::SystemRole;
use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use serde_json::{Value, json};

use crate::harness::files::{Part, halves, multipart, png, written};
use crate::harness::{Client, Hospital, Reply, TestApp, eventually};

const PATIENTS: &str = "/api/v1/patients";

fn of(patient: &str) -> String {
    format!("{PATIENTS}/{patient}/profile-picture")
}

async fn registered(desk: &Client, name: &str) -> String {
    let made = desk.post(PATIENTS, &json!({ "first_name": name })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json["id"].as_str().unwrap().to_owned()
}

async fn stage(app: &TestApp) -> (Hospital<'_>, Client, String) {
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let patient = registered(&desk, "Asha").await;
    (clinic, desk, patient)
}

async fn send(desk: &Client, patient: &str, file: &[u8]) -> Reply {
    desk.request(Method::POST, &of(patient)).file(file).send().await
}

/// Give the patient this picture; the patient as answered.
async fn given(desk: &Client, patient: &str, file: &[u8]) -> Value {
    let reply = send(desk, patient, file).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json
}

async fn shown(desk: &Client, patient: &str, query: &str) -> RgbImage {
    let reply = desk.get(&format!("{}{query}", of(patient))).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "image/jpeg"), "{}", reply.text);
    image::load_from_memory_with_format(&reply.bytes, ImageFormat::Jpeg).unwrap().into_rgb8()
}

/// Every file of the storage, by its path below the root.
fn kept(app: &TestApp) -> BTreeSet<String> {
    let root = &app.app.config.files;
    let mut files = BTreeSet::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                files.insert(entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files
}

/// Names of both files that the patient's row stands for.
async fn named(clinic: &Hospital<'_>, patient: &str) -> BTreeSet<String> {
    let rows = clinic.sql(&format!("select photo_path from patients where id = '{patient}'")).await;
    let Some(name) = rows[0]["photo_path"].as_str() else { return BTreeSet::new() };
    let full = format!("{}/{name}", clinic.schema);
    BTreeSet::from([full.replace(".jpg", ".thumb.jpg"), full])
}

/// What the history of records says about pictures, oldest first.
async fn history(clinic: &Hospital<'_>) -> Vec<Value> {
    clinic.sql("select * from patient_changes where action = 'PICTURE' order by changed_at").await
}

fn is_red(pixel: &Rgb<u8>) -> bool {
    pixel.0[0] > 200 && pixel.0[1] < 80 && pixel.0[2] < 80
}

fn is_blue(pixel: &Rgb<u8>) -> bool {
    pixel.0[2] > 200 && pixel.0[1] < 80 && pixel.0[0] < 80
}

// -------------------------------------------------------------------------- what is kept

#[tokio::test]
async fn each_of_the_four_types_becomes_a_small_jpeg_by_content_and_not_by_name() {
    let app = TestApp::new().await;
    let (_, desk, patient) = stage(&app).await;
    let path = of(&patient);
    assert_eq!(desk.get(&path).await.status, 404);
    assert_eq!(desk.get(&format!("{PATIENTS}/{patient}")).await.json["photo_path"], Value::Null);
    for (n, format) in
        [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif].into_iter().enumerate()
    {
        let file = written(halves(1000, 500), format);
        // Whatever it calls itself.
        let name = ["a.png", "b.exe", "../../etc/passwd", "c"][n];
        let part = Part { file_name: Some(name), ..Part::file(&file) };
        let reply = desk.request(Method::POST, &path).parts(&[part]).send().await;
        assert_eq!(reply.status, 200, "{format:?}: {}", reply.text);
        let version = i64::try_from(n).unwrap() + 2;
        assert_eq!((&reply.json["photo_path"], &reply.json["version"]), (&json!(path), &json!(version)));
        assert_eq!(reply.header("etag"), format!("\"{version}\""));

        let full = shown(&desk, &patient, "").await;
        assert_eq!(full.dimensions(), (800, 400), "{format:?}");
        assert!(is_red(full.get_pixel(20, 200)) && is_blue(full.get_pixel(780, 200)), "{format:?}");
        let thumb = shown(&desk, &patient, "?size=thumb").await;
        assert_eq!(thumb.dimensions(), (96, 96), "{format:?}");
        assert!(is_red(thumb.get_pixel(4, 48)) && is_blue(thumb.get_pixel(92, 48)), "{format:?}");
    }
    let reply = desk.get(&path).await;
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, no-store"),
        ("content-disposition", "inline; filename=\"patient.jpg\""),
    ] {
        assert_eq!(reply.header(name), value);
    }
    assert_eq!(desk.get(&format!("{path}?size=huge")).await.status, 422);
    let listed = desk.get(PATIENTS).await.json;
    assert_eq!(listed["items"][0]["photo_path"], path.as_str());
}

#[tokio::test]
async fn small_and_strange_shapes_are_kept_as_they_are() {
    let app = TestApp::new().await;
    let (_, desk, patient) = stage(&app).await;
    for (sent, full) in
        [((1, 1), (1, 1)), ((3000, 1), (800, 1)), ((2, 4000), (1, 800)), ((640, 800), (640, 800))]
    {
        given(&desk, &patient, &written(halves(sent.0, sent.1), ImageFormat::Png)).await;
        assert_eq!(shown(&desk, &patient, "").await.dimensions(), full, "{sent:?}");
        assert_eq!(shown(&desk, &patient, "?size=thumb").await.dimensions(), (96, 96), "{sent:?}");
    }
    // What shines through is white.
    let glass =
        RgbaImage::from_fn(40, 40, |x, _| if x < 20 { Rgba([0, 0, 0, 0]) } else { Rgba([0, 0, 0, 128]) });
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        given(&desk, &patient, &written(glass.clone(), format)).await;
        let full = shown(&desk, &patient, "").await;
        assert!(full.get_pixel(5, 20).0.iter().all(|c| *c > 245), "{:?}", full.get_pixel(5, 20));
        assert!(
            full.get_pixel(35, 20).0.iter().all(|c| (117..138).contains(c)),
            "{:?}",
            full.get_pixel(35, 20)
        );
    }
    // Of an animation, the first frame.
    let frame = |image: RgbImage| Frame::new(DynamicImage::from(image).into_rgba8());
    let mut animation = Vec::new();
    GifEncoder::new(&mut animation)
        .encode_frames([
            frame(RgbImage::from_pixel(30, 30, Rgb([255, 0, 0]))),
            frame(RgbImage::from_pixel(30, 30, Rgb([0, 0, 255]))),
        ])
        .unwrap();
    given(&desk, &patient, &animation).await;
    assert!(is_red(shown(&desk, &patient, "").await.get_pixel(15, 15)));
    // Other pixels than eight bits of three colours.
    for image in [
        DynamicImage::from(halves(20, 20)).grayscale(),
        DynamicImage::ImageRgb16(DynamicImage::from(halves(20, 20)).into_rgb16()),
        DynamicImage::ImageLumaA16(DynamicImage::from(glass).into_luma_alpha16()),
    ] {
        given(&desk, &patient, &written(image, ImageFormat::Png)).await;
    }
}

/// An EXIF segment: orientation, a camera's name, and where it was taken (latitude 18° 31').
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff: Vec<u8> = b"II*\0\x08\0\0\0".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let (camera_at, gps_at) = (50_u32, 70_u32);
    tiff.extend([3, 0]);
    tiff.extend(entry(0x010f, 2, 13, camera_at));
    tiff.extend(entry(0x0112, 3, 1, u32::from(orientation)));
    tiff.extend(entry(0x8825, 4, 1, gps_at));
    tiff.extend([0; 4]);
    tiff.resize(camera_at as usize, 0);
    tiff.extend(b"SecretCamera\0");
    tiff.resize(gps_at as usize, 0);
    tiff.extend([2, 0]);
    tiff.extend(entry(0x0001, 2, 2, u32::from(b'N')));
    tiff.extend(entry(0x0002, 5, 3, 110));
    tiff.extend([0; 4]);
    tiff.resize(110, 0);
    for (number, of) in [(18_u32, 1_u32), (31, 1), (424_242_424, 1_000_000)] {
        tiff.extend(number.to_le_bytes());
        tiff.extend(of.to_le_bytes());
    }
    [&b"Exif\0\0"[..], &tiff].concat()
}

/// The JPEG with this segment behind its first two bytes.
fn with_segment(jpeg: &[u8], kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, kind], &length, content, &jpeg[2..]].concat()
}

fn holds(file: &[u8], text: &[u8]) -> bool {
    file.windows(text.len()).any(|part| part == text)
}

#[tokio::test]
async fn a_picture_is_turned_upright_and_tells_neither_place_nor_camera() {
    let app = TestApp::new().await;
    let (_, desk, patient) = stage(&app).await;
    let jpeg = written(halves(400, 200), ImageFormat::Jpeg);
    // Where the red half has to be: left, right, and turned by a quarter.
    for (orientation, size, red, blue) in [
        (1, (400, 200), (20, 100), (380, 100)),
        (2, (400, 200), (380, 100), (20, 100)),
        (3, (400, 200), (380, 100), (20, 100)),
        (6, (200, 400), (100, 20), (100, 380)),
        (8, (200, 400), (100, 380), (100, 20)),
        (99, (400, 200), (20, 100), (380, 100)),
    ] {
        let file = with_segment(&jpeg, 0xe1, &exif(orientation));
        assert!(holds(&file, b"SecretCamera") && holds(&file, &424_242_424_u32.to_le_bytes()));
        given(&desk, &patient, &file).await;
        let full = shown(&desk, &patient, "").await;
        assert_eq!(full.dimensions(), size, "orientation {orientation}");
        assert!(is_red(full.get_pixel(red.0, red.1)), "orientation {orientation}");
        assert!(is_blue(full.get_pixel(blue.0, blue.1)), "orientation {orientation}");
        for name in kept(&app) {
            let bytes = fs::read(app.app.config.files.join(&name)).unwrap();
            for secret in [&b"Exif"[..], b"SecretCamera", &424_242_424_u32.to_le_bytes()] {
                assert!(!holds(&bytes, secret), "{name} holds {secret:?}");
            }
        }
    }
    // Broken EXIF is no reason to refuse a good picture.
    given(&desk, &patient, &with_segment(&jpeg, 0xe1, b"Exif\0\0II*\0\xff\xff\xff\xff")).await;
}

#[tokio::test]
async fn a_second_file_behind_or_inside_a_picture_is_gone() {
    let app = TestApp::new().await;
    let (_, desk, patient) = stage(&app).await;
    let page = b"<html><script>alert(document.cookie)</script></html>PK\x03\x04";
    let jpeg = written(halves(60, 40), ImageFormat::Jpeg);
    for file in [
        [&jpeg[..], page].concat(),
        with_segment(&jpeg, 0xfe, page),
        with_segment(&jpeg, 0xe2, page),
        [&png()[..], page].concat(),
        [&written(halves(60, 40), ImageFormat::Gif)[..], page].concat(),
    ] {
        given(&desk, &patient, &file).await;
        for name in kept(&app) {
            let bytes = fs::read(app.app.config.files.join(&name)).unwrap();
            assert!(!holds(&bytes, b"<script") && !holds(&bytes, b"PK\x03\x04"), "{name}");
        }
    }
}

// -------------------------------------------------------------------------- what is refused

/// A PNG that announces this size and has no pixels.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut chunk = b"IHDR".to_vec();
    chunk.extend(width.to_be_bytes());
    chunk.extend(height.to_be_bytes());
    chunk.extend([8, 6, 0, 0, 0]);
    let crc = chunk.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    });
    let head = [&b"\x89PNG\r\n\x1a\n\0\0\0\x0d"[..], &chunk, &(!crc).to_be_bytes()].concat();
    [&head[..], b"\0\0\0\x0aIDAT", &[0; 14], b"\0\0\0\0IEND\xae\x42\x60\x82"].concat()
}

#[tokio::test]
async fn what_is_no_picture_is_refused_in_a_plain_sentence_and_changes_nothing() {
    let app = TestApp::new().await;
    let (clinic, desk, patient) = stage(&app).await;
    let jpeg = written(halves(300, 200), ImageFormat::Jpeg);
    let gif = written(halves(300, 200), ImageFormat::Gif);
    // A camera's own small picture has an end of its own.
    let nested =
        with_segment(&jpeg, 0xe1, &[&b"Exif\0\0"[..], &written(halves(9, 9), ImageFormat::Jpeg)].concat());
    let half = |file: &[u8]| file[..file.len() / 2].to_vec();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let mut bomb_gif = gif.clone();
    bomb_gif[6..10].fill(0xff);
    let mut bomb_jpeg = jpeg.clone();
    let frame = jpeg.windows(2).position(|mark| mark == [0xff, 0xc0]).unwrap();
    bomb_jpeg[frame + 5..frame + 9].copy_from_slice(&[0xfe, 0x00, 0xfe, 0x00]);
    let mut bomb_webp = written(halves(30, 20), ImageFormat::WebP);
    // VP8L: 14 bits of each side, less one, after its signature.
    bomb_webp[21..25].copy_from_slice(&[0x7f, 0xfe, 0x9f, 0x0f]);
    let mut empty_webp = bomb_webp.clone();
    empty_webp[21..25].copy_from_slice(&[0xff, 0xff, 0xff, 0x0f]);
    let files: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", Vec::new(), "pictures.empty"),
        ("text", b"not a picture".to_vec(), "pictures.not_a_picture"),
        ("zeros", vec![0; 4096], "pictures.not_a_picture"),
        ("SVG", svg.to_vec(), "pictures.not_a_picture"),
        ("HTML", b"<!doctype html><title>x</title>".to_vec(), "pictures.not_a_picture"),
        ("PDF", b"%PDF-1.7\n1 0 obj".to_vec(), "pictures.not_a_picture"),
        ("BMP", [&b"BM"[..], &[0; 200]].concat(), "pictures.not_a_picture"),
        ("TIFF", b"II*\0\x08\0\0\0\0\0".to_vec(), "pictures.not_a_picture"),
        ("HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), "pictures.not_a_picture"),
        ("AVIF", b"\0\0\0\x18ftypavif\0\0\0\0mif1avif".to_vec(), "pictures.not_a_picture"),
        ("half a JPEG", half(&jpeg), "pictures.damaged"),
        ("half a JPEG with a whole one inside", half(&nested), "pictures.damaged"),
        ("the head of a JPEG", b"\xff\xd8\xff\xe0\0\x10JFIF\0".to_vec(), "pictures.damaged"),
        ("a JPEG that begins and ends", b"\xff\xd8\xff\xd9".to_vec(), "pictures.damaged"),
        ("half a PNG", half(&png()), "pictures.damaged"),
        ("half a WebP", half(&written(halves(300, 200), ImageFormat::WebP)), "pictures.damaged"),
        ("half a GIF", half(&gif), "pictures.damaged"),
        ("a WebP of no size", empty_webp, "pictures.damaged"),
        ("a PNG of no size", png_of(0, 10), "pictures.damaged"),
        ("a PNG of ten billion pixels", png_of(100_000, 100_000), "pictures.too_many_pixels"),
        ("a PNG as long as can be", png_of(0x7fff_ffff, 1), "pictures.too_many_pixels"),
        ("a PNG just too large", png_of(5_001, 5_000), "pictures.too_many_pixels"),
        ("a GIF of four billion pixels", bomb_gif, "pictures.too_many_pixels"),
        ("a JPEG of four billion pixels", bomb_jpeg, "pictures.too_many_pixels"),
        ("a WebP of 256 million pixels", bomb_webp, "pictures.too_many_pixels"),
    ];
    for (what, file, code) in files {
        let part = Part { file_name: Some("photo.png"), ..Part::file(&file) };
        let started = std::time::Instant::now();
        let reply = desk.request(Method::POST, &of(&patient)).parts(&[part]).send().await;
        assert_eq!((reply.status, &reply.json["code"]), (400, &json!(code)), "{what}: {}", reply.text);
        assert_eq!(reply.json["errors"], json!([{ "field": "file", "message": reply.detail() }]), "{what}");
        assert!(reply.detail().ends_with('.'), "{what}: {}", reply.detail());
        assert!(started.elapsed() < Duration::from_secs(5), "{what} took {:?}", started.elapsed());
    }
    for bytes in [5 * 1024 * 1024 + 20_000, 50 * 1024 * 1024] {
        let reply = send(&desk, &patient, &vec![7; bytes]).await;
        assert_eq!((reply.status, &reply.json["code"]), (413, &json!("body_too_large")), "{}", reply.text);
        assert_eq!(reply.detail(), "The file has more than 5 MB. Choose a smaller one.");
        assert_eq!(reply.json["errors"][0]["field"], "file");
    }
    assert_eq!(kept(&app), BTreeSet::new());
    let record = desk.get(&format!("{PATIENTS}/{patient}")).await.json;
    assert_eq!((&record["photo_path"], &record["version"]), (&Value::Null, &json!(1)));
    assert!(history(&clinic).await.is_empty());
}

#[tokio::test]
async fn a_file_just_within_the_limits_is_taken() {
    let app = TestApp::new().await;
    let (_, desk, patient) = stage(&app).await;
    let jpeg = written(halves(60, 40), ImageFormat::Jpeg);
    let filled = [&jpeg[..], &vec![0; pictures::MAX_BYTES - jpeg.len()]].concat();
    given(&desk, &patient, &filled).await;
    assert_eq!(shown(&desk, &patient, "").await.dimensions(), (60, 40));
    given(&desk, &patient, &written(halves(5_000, 5_000), ImageFormat::Png)).await;
    assert_eq!(shown(&desk, &patient, "").await.dimensions(), (800, 800));
}

// -------------------------------------------------------------------------- who may, and what is written down

#[tokio::test]
async fn who_may_look_may_not_change_and_other_sites_may_do_nothing() {
    let app = TestApp::new().await;
    let (clinic, desk, patient) = stage(&app).await;
    given(&desk, &patient, &png()).await;
    let before = kept(&app);
    clinic
        .sql(
            "delete from role_permissions where permission_code = 'patients:update'
                and role_id = (select id from roles where system_key = 'NURSE')",
        )
        .await;
    let look_only = clinic.staff(SystemRole::Nurse).await;
    assert_eq!(look_only.get(&of(&patient)).await.status, 200);
    assert_eq!(clinic.staff(SystemRole::Pharmacist).await.get(&of(&patient)).await.status, 403);
    assert_eq!(send(&look_only, &patient, &png()).await.status, 403);
    assert_eq!(look_only.request(Method::DELETE, &of(&patient)).send().await.status, 403);
    let page = look_only.browser().await.get(&format!("/patients/{patient}/picture")).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains(&of(&patient)) && !page.text.contains("type=\"file\""));

    let browser = desk.browser().await;
    for path in [of(&patient), format!("/patients/{patient}/picture")] {
        let reply = browser.upload_from("https://evil.example", &path, &[Part::file(&png())]).await;
        assert_eq!(reply.status, 403, "{path}: {}", reply.text);
    }
    let reply = browser
        .submit_from("https://evil.example", &format!("/patients/{patient}/picture/remove"), &[])
        .await;
    assert_eq!(reply.status, 403);
    assert_eq!(kept(&app), before);
    assert_eq!(desk.get(&format!("{PATIENTS}/{patient}")).await.json["version"], 2);
}

#[tokio::test]
async fn the_picture_of_a_restricted_record_is_shown_to_who_sees_the_record() {
    let app = TestApp::new().await;
    let (clinic, _, _) = stage(&app).await;
    let (admin, nurse) = (clinic.admin().await, clinic.staff(SystemRole::Nurse).await);
    let patient = registered(&admin, "Asha").await;
    given(&admin, &patient, &png()).await;
    let restricted = admin.patch(&format!("{PATIENTS}/{patient}"), &json!({ "confidentiality": "R" })).await;
    assert_eq!(restricted.status, 200, "{}", restricted.text);
    for query in ["", "?size=thumb"] {
        assert_eq!(admin.get(&format!("{}{query}", of(&patient))).await.status, 200);
        let reply = nurse.get(&format!("{}{query}", of(&patient))).await;
        assert_eq!(
            (reply.status, &reply.json["code"]),
            (403, &json!("patients.confidential")),
            "{}",
            reply.text
        );
    }
    let listed = nurse.get(PATIENTS).await;
    assert!(
        listed.text.contains("Restricted") && !listed.text.contains("profile-picture"),
        "{}",
        listed.text
    );
    assert!(!nurse.browser().await.get("/patients").await.text.contains("profile-picture"));
    let looks = clinic.audit().await;
    let looks = looks.iter().filter(|row| row["kind"] == "viewed" && row["detail"]["confidentiality"] == "R");
    assert_eq!(looks.count(), 2, "also at the small one");
    // Whoever gave a reason sees it.
    let reply = nurse
        .post(&format!("{PATIENTS}/{patient}/break-glass"), &json!({ "reason": "Brought in unconscious" }))
        .await;
    assert!(reply.status < 300, "{}", reply.text);
    assert_eq!(nurse.get(&of(&patient)).await.status, 200);
}

#[tokio::test]
async fn a_change_is_on_record_and_so_is_a_look_but_not_a_face_in_a_list() {
    let app = TestApp::new().await;
    let (clinic, desk, patient) = stage(&app).await;
    given(&desk, &patient, &png()).await;
    desk.get(&of(&patient)).await;
    desk.get(&format!("{}?size=thumb", of(&patient))).await;
    desk.get(&format!("{}?size=full", of(&patient))).await;
    assert_eq!(desk.request(Method::DELETE, &of(&patient)).send().await.status, 204);
    assert_eq!(desk.request(Method::DELETE, &of(&patient)).send().await.status, 404);
    assert_eq!(desk.get(&of(&patient)).await.status, 404);

    let rows = clinic.audit().await;
    let rows: Vec<_> =
        rows.iter().filter(|row| row["action"].as_str().unwrap().contains("picture")).collect();
    let kinds: Vec<_> = rows.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["updated", "viewed", "viewed", "updated"]);
    for row in &rows {
        assert_eq!((&row["entity"], &row["entity_id"]), (&json!("patient"), &json!(patient)));
    }
    assert_eq!(rows[0]["detail"], json!({ "fields": ["picture"] }));

    let history = history(&clinic).await;
    let values: Vec<_> = history.iter().map(|row| (&row["old_values"], &row["new_values"])).collect();
    let (none, one) = (json!({ "photo_path": null }), json!({ "photo_path": true }));
    assert_eq!(values, [(&none, &one), (&one, &none)]);
    assert!(history.iter().all(|row| row["patient_id"] == patient.as_str()));
    let me = desk.get("/api/v1/auth/me").await.json["id"].clone();
    assert!(history.iter().all(|row| row["changed_by_id"] == me));
    assert_eq!(kept(&app), BTreeSet::new());
}

#[tokio::test]
async fn no_client_writes_or_reads_where_a_picture_lies() {
    let app = TestApp::new().await;
    let (clinic, desk, patient) = stage(&app).await;
    let record = format!("{PATIENTS}/{patient}");
    given(&desk, &patient, &png()).await;
    let before = named(&clinic, &patient).await;
    for value in [json!("/etc/passwd"), json!("../../other.jpg"), Value::Null] {
        let reply = desk.patch(&record, &json!({ "photo_path": value, "city": "Pune" })).await;
        assert_eq!((reply.status, &reply.json["photo_path"]), (200, &json!(of(&patient))));
    }
    assert_eq!(named(&clinic, &patient).await, before);
    // A row that was changed behind our back leads nowhere else.
    for bad in ["../../../../etc/passwd", "/etc/passwd", "patients/x/y.jpg"] {
        clinic.sql(&format!("update patients set photo_path = '{bad}' where id = '{patient}'")).await;
        let reply = desk.get(&of(&patient)).await;
        assert_eq!(reply.status, 500, "{}", reply.text);
        assert!(!reply.text.contains("root:") && !reply.text.contains(bad), "{}", reply.text);
    }
}

// -------------------------------------------------------------------------- files

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

/// As if it had been written two days ago.
fn age(path: &Path) {
    let then = SystemTime::now() - Duration::from_secs(48 * 3600);
    fs::File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
}

fn age_all(app: &TestApp) {
    kept(app).iter().for_each(|name| age(&app.app.config.files.join(name)));
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

async fn merged(desk: &Client, survivor: &str, duplicate: &str, fields: Value) -> String {
    let body = json!({ "duplicate_id": duplicate, "reason": "Same passport", "fields": fields });
    let reply = desk.post(&format!("{PATIENTS}/{survivor}/merge"), &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json["id"].as_str().unwrap().to_owned()
}

async fn undo(desk: &Client, merge: &str) -> Reply {
    desk.post(&format!("{PATIENTS}/merges/{merge}/undo"), &json!({ "reason": "Two people" })).await
}

fn wide(width: u32) -> Vec<u8> {
    written(halves(width, 10), ImageFormat::Png)
}

async fn width(desk: &Client, patient: &str) -> Option<u32> {
    match desk.get(&of(patient)).await.status {
        404 => None,
        _ => Some(shown(desk, patient, "").await.width()),
    }
}

#[tokio::test]
async fn the_duplicates_picture_is_the_survivors_and_goes_back_when_the_merge_is_undone() {
    let app = TestApp::new().await;
    let (_, desk, survivor) = stage(&app).await;
    let duplicate = registered(&desk, "Aasha").await;
    given(&desk, &duplicate, &wide(20)).await;
    let merge = merged(&desk, &survivor, &duplicate, json!({})).await;
    assert_eq!((width(&desk, &survivor).await, width(&desk, &duplicate).await), (Some(20), Some(20)));
    assert_eq!(send(&desk, &duplicate, &png()).await.json["code"], "patients.merged");
    let record = desk.get(&format!("{PATIENTS}/{survivor}")).await.json;
    assert_eq!(record["photo_path"], of(&survivor));
    age_all(&app);
    pictures::housekeep(&app.app).await.unwrap();
    assert_eq!(undo(&desk, &merge).await.status, 200);
    assert_eq!((width(&desk, &survivor).await, width(&desk, &duplicate).await), (None, Some(20)));

    // Replaced at the survivor, the picture is gone for good: nothing leads back to it.
    let merge = merged(&desk, &survivor, &duplicate, json!({})).await;
    given(&desk, &survivor, &wide(30)).await;
    assert_eq!(undo(&desk, &merge).await.json["code"], "merges.changed_since");
    assert_eq!(width(&desk, &survivor).await, Some(30));
    assert_eq!(kept(&app).len(), 2);
}

#[tokio::test]
async fn of_two_pictures_both_are_kept_until_the_merge_cannot_be_undone() {
    let app = TestApp::new().await;
    let (_, desk, survivor) = stage(&app).await;
    let duplicate = registered(&desk, "Aasha").await;
    given(&desk, &survivor, &wide(10)).await;
    given(&desk, &duplicate, &wide(20)).await;
    let both = async || (width(&desk, &survivor).await, width(&desk, &duplicate).await);
    let tidy = async || {
        age_all(&app);
        pictures::housekeep(&app.app).await.unwrap();
        kept(&app).len()
    };

    let compared = desk.browser().await.get(&format!("/patients/{survivor}/merge?with={duplicate}")).await;
    for patient in [&survivor, &duplicate] {
        assert!(compared.text.contains(&format!("src=\"{}?size=thumb\"", of(patient))), "{}", compared.text);
    }
    let merge = merged(&desk, &survivor, &duplicate, json!({})).await;
    assert_eq!((both().await, tidy().await), ((Some(10), Some(10)), 4));
    assert_eq!(undo(&desk, &merge).await.status, 200);
    assert_eq!(both().await, (Some(10), Some(20)));

    let merge = merged(&desk, &survivor, &duplicate, json!({ "photo_path": "duplicate" })).await;
    assert_eq!((both().await, tidy().await), ((Some(20), Some(20)), 4), "the survivor's may come back");
    assert_eq!(undo(&desk, &merge).await.status, 200);
    assert_eq!((both().await, tidy().await), ((Some(10), Some(20)), 4));

    merged(&desk, &survivor, &duplicate, json!({ "photo_path": "duplicate" })).await;
    assert_eq!(desk.request(Method::DELETE, &of(&survivor)).send().await.status, 204);
    assert_eq!(
        (both().await, tidy().await),
        ((None, None), 0),
        "somebody wants no picture of hers to be kept"
    );
}

// -------------------------------------------------------------------------- pages

#[tokio::test]
async fn a_picture_is_given_and_taken_away_at_a_browser_without_a_script() {
    let app = TestApp::new().await;
    let (clinic, desk, patient) = stage(&app).await;
    let browser = desk.browser().await;
    let (record, page) = (format!("/patients/{patient}"), format!("/patients/{patient}/picture"));
    let thumb = format!("src=\"{}?size=thumb\"", of(&patient));
    let first = browser.get(&record).await;
    assert!(first.text.contains(&format!("href=\"{page}\"")) && !first.text.contains(&thumb));
    let form = browser.get(&page).await;
    assert!(form.text.contains("enctype=\"multipart/form-data\"") && form.text.contains("No picture yet"));
    for part in ["accept=\"image/jpeg,image/png,image/webp,image/gif\"", "capture=\"environment\""] {
        assert!(form.text.contains(part), "{part}");
    }
    assert_eq!(browser.get(&format!("{page}/remove")).await.header("location"), page);

    // Faults stand at the field, on the page.
    let (blank, text, large) =
        (Part { file_name: Some(""), ..Part::file(b"") }, b"no picture", vec![0; 6_000_000]);
    for (parts, status, sentence) in [
        (vec![blank.clone(), blank.clone()], 422, "Choose a file."),
        (vec![Part::file(text)], 400, "This is not a picture that can be shown here."),
        (vec![Part::file(&png()[..40])], 400, "The picture cannot be read"),
        (vec![Part::file(&large)], 413, "The file has more than 5 MB. Choose a smaller one."),
    ] {
        let reply = browser.upload(&page, &parts).await;
        assert_eq!(reply.status, status, "{}", reply.text);
        assert!(
            reply.text.contains("<title>Error: ") && reply.text.contains("id=\"file-error\""),
            "{sentence}"
        );
        assert!(reply.text.contains("aria-invalid=\"true\"") && reply.text.contains(sentence), "{sentence}");
    }

    // Two inputs, for the camera and for a file: one of them stays blank.
    let sent = browser.upload(&page, &[blank, Part::file(&png())]).await;
    assert_eq!((sent.status, sent.header("location")), (303, format!("{record}?done=picture").as_str()));
    let shown = browser.get(&format!("{record}?done=picture")).await;
    assert!(shown.text.contains(&thumb) && shown.text.contains("Picture saved."));
    assert!(browser.get("/patients").await.text.contains(&thumb), "the list shows it too");
    let looked = browser.get(&page).await;
    assert!(looked.text.contains(&format!("src=\"{}\"", of(&patient))));
    assert_eq!(browser.get(&of(&patient)).await.status, 200, "the session of the page opens it");

    let ask = browser.get(&format!("{page}/remove")).await;
    assert!(ask.text.contains("Remove the picture of") && ask.text.contains("data-ask"));
    for _ in 0..2 {
        let removed = browser.submit(&format!("{page}/remove"), &[]).await;
        assert_eq!(
            (removed.status, removed.header("location")),
            (303, format!("{record}?done=picture-removed").as_str())
        );
    }
    assert_eq!(kept(&app), BTreeSet::new());
    assert_eq!(history(&clinic).await.len(), 2);
}
