//! Forms with files, pictures to send in them, and reading back the paper that comes.

use std::io::{Cursor, Write as _};
use std::process::{Command, Stdio};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use crate::browser::{missing, on_path};

/// One part of a multipart form.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    pub name: &'a str,
    /// None: a text and no file.
    pub file_name: Option<&'a str>,
    pub bytes: &'a [u8],
}

impl<'a> Part<'a> {
    pub fn file(bytes: &'a [u8]) -> Self {
        Self { name: "file", file_name: Some("picture.png"), bytes }
    }

    pub fn text(name: &'a str, text: &'a str) -> Self {
        Self { name, file_name: None, bytes: text.as_bytes() }
    }
}

/// Content type and body of a form with these parts.
pub fn multipart(parts: &[Part<'_>]) -> (String, Vec<u8>) {
    let boundary = format!("----{}", uuid::Uuid::now_v7().simple());
    let mut body = Vec::new();
    for part in parts {
        let file = part.file_name.map_or_else(String::new, |name| {
            format!("; filename=\"{name}\"\r\nContent-Type: application/octet-stream")
        });
        let head =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"{file}\r\n\r\n", part.name);
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(part.bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// Left half red, right half blue.
pub fn halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| if x < width / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) })
}

pub fn written(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// A small picture as a file.
pub fn png() -> Vec<u8> {
    written(halves(8, 6), ImageFormat::Png)
}

/// Run a program of poppler over a PDF file, which it reads where `options` say `-`.
pub fn poppler(program: &str, options: &[&str], file: &[u8]) -> String {
    let path = on_path(program).unwrap_or_else(|| missing("poppler-utils"));
    let mut reader = Command::new(path)
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = reader.stdin.take().unwrap();
    let file = file.to_vec();
    let writing = std::thread::spawn(move || input.write_all(&file));
    let read = reader.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(read.status.success(), "{program} cannot read it");
    String::from_utf8(read.stdout).unwrap()
}
