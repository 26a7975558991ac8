//! What is kept of a file, and what is no picture.

use super::*;

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
    let filled = [&jpeg[..], &vec![0; pictures::LIMITS.bytes - jpeg.len()]].concat();
    given(&desk, &patient, &filled).await;
    assert_eq!(shown(&desk, &patient, "").await.dimensions(), (60, 40));
    given(&desk, &patient, &written(halves(5_000, 5_000), ImageFormat::Png)).await;
    assert_eq!(shown(&desk, &patient, "").await.dimensions(), (800, 800));
}

// -------------------------------------------------------------------------- who may, and what is written down
