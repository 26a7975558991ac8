//! From whatever was sent to two small JPEGs, or a reason why not. Pure, and slow: see `paper`.
//!
//! The content alone decides what a file is. It is decoded within bounds and encoded anew, so that nothing of it is
//! kept but pixels: no place and no camera (EXIF), no text, no second file behind or inside the picture.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits};

use super::model::{MAX_MEGAPIXELS, Picture, PictureError};

/// Longer side of the full size, in pixels.
const LONGER_SIDE: u32 = 800;
/// Each side of the small one.
const THUMB_SIDE: u32 = 96;
/// Bytes that a decoder may ask for: 25 million pixels of four bytes, and its own buffers.
const MEMORY: u64 = 128 * 1024 * 1024;
const QUALITY: u8 = 85;

/// Make both sizes of the picture in this file.
pub(super) fn remake(file: &[u8]) -> Result<Picture, PictureError> {
    if file.is_empty() {
        return Err(PictureError::Empty);
    }
    // A decoder that stumbles over a file made to break it must not take the request with it.
    catch_unwind(AssertUnwindSafe(|| sizes(file))).unwrap_or(Err(PictureError::Damaged))
}

/// The pixels of the picture in this file, upright and on white.
pub(super) fn flat(file: &[u8]) -> Result<DynamicImage, PictureError> {
    if file.is_empty() {
        return Err(PictureError::Empty);
    }
    let pixels = || {
        let (image, orientation) = decoded(file)?;
        let mut image = on_white(image);
        image.apply_orientation(orientation);
        Ok(image)
    };
    catch_unwind(AssertUnwindSafe(pixels)).unwrap_or(Err(PictureError::Damaged))
}

fn sizes(file: &[u8]) -> Result<Picture, PictureError> {
    let (image, orientation) = decoded(file)?;
    let image = on_white(image);
    let longer = image.width().max(image.height());
    let mut full = if longer > LONGER_SIDE {
        image.resize(LONGER_SIDE, LONGER_SIDE, FilterType::CatmullRom)
    } else {
        image
    };
    full.apply_orientation(orientation);
    let thumb = square(&full).resize_exact(THUMB_SIDE, THUMB_SIDE, FilterType::CatmullRom);
    Ok(Picture { full: encoded(full)?, thumb: encoded(thumb)? })
}

/// The pixels (the first frame of an animation), and how to turn them upright.
fn decoded(file: &[u8]) -> Result<(DynamicImage, Orientation), PictureError> {
    let format = match image::guess_format(file) {
        Ok(known @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP | ImageFormat::Gif)) => known,
        _ => return Err(PictureError::NotAPicture),
    };
    // The decoder would paint what is missing grey.
    if format == ImageFormat::Jpeg && !is_complete_jpeg(file) {
        return Err(PictureError::Damaged);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(fault)?;
    // Before anything is decoded: a few bytes can announce a billion pixels.
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(PictureError::Damaged);
    }
    if u64::from(width) * u64::from(height) > MAX_MEGAPIXELS * 1_000_000 {
        return Err(PictureError::TooManyPixels);
    }
    limits.reserve(decoder.total_bytes()).map_err(fault)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(fault)?;
    Ok((image, orientation))
}

fn fault(error: ImageError) -> PictureError {
    match error {
        ImageError::Limits(_) => PictureError::TooManyPixels,
        _ => PictureError::Damaged,
    }
}

/// JPEG knows no transparency: what shines through is white paper.
fn on_white(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image;
    }
    let mut image = image.into_rgba8();
    for pixel in image.pixels_mut() {
        let [colours @ .., alpha] = &mut pixel.0;
        for colour in colours {
            let shown = u16::from(*colour) * u16::from(*alpha) + 255 * (255 - u16::from(*alpha));
            *colour = u8::try_from(shown / 255).unwrap_or(u8::MAX);
        }
        *alpha = u8::MAX;
    }
    image.into()
}

/// The largest square in the middle; of an upright picture a little above it, where the face is.
fn square(image: &DynamicImage) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    let side = width.min(height);
    image.crop_imm((width - side) / 2, (height - side) / 3, side, side)
}

fn encoded(image: DynamicImage) -> Result<Vec<u8>, PictureError> {
    let mut file = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut file, QUALITY);
    image.into_rgb8().write_with_encoder(encoder).map_err(|_| PictureError::Damaged)?;
    Ok(file)
}

/// Is there an end of the image behind its data? Segments are stepped over, because a camera's own thumbnail lies in one
/// and has an end too.
fn is_complete_jpeg(file: &[u8]) -> bool {
    const END_OF_IMAGE: u8 = 0xd9;
    let mut at = 2;
    while let Some([mark, kind, ..]) = file.get(at..) {
        match (*mark, *kind) {
            (0xff, END_OF_IMAGE) => return true,
            // Data, a stuffed byte, a filler, a restart or another mark without a length.
            (0xff, 0x00 | 0x01 | 0xd0..=0xd8) => at += 2,
            (0xff, 0xff) => at += 1,
            (0xff, _) => match file.get(at + 2..at + 4) {
                Some(&[high, low]) => at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2),
                _ => return false,
            },
            _ => at += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: ImageFormat) -> Vec<u8> {
        let image = image::RgbImage::from_fn(120, 80, |x, y| image::Rgb([x as u8, y as u8, (x * y) as u8]));
        let mut file = Cursor::new(Vec::new());
        DynamicImage::from(image).write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    #[test]
    fn no_part_of_a_picture_is_a_picture_and_no_flipped_bit_is_a_fault_of_ours() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            let whole = written(format);
            assert!(remake(&whole).is_ok(), "{format:?}");
            // Some end with a few bytes that add nothing.
            for end in (0..whole.len() - 14).step_by(97) {
                assert!(remake(&whole[..end]).is_err(), "{format:?}, {end} of {} bytes", whole.len());
            }
            for at in (0..whole.len()).step_by(whole.len() / 60) {
                let mut broken = whole.clone();
                broken[at] ^= 0x55;
                if let Ok(picture) = remake(&broken) {
                    assert!(is_complete_jpeg(&picture.full) && is_complete_jpeg(&picture.thumb));
                }
            }
        }
    }

    #[test]
    fn the_end_of_a_jpeg_is_looked_for_behind_its_segments() {
        let jpeg = written(ImageFormat::Jpeg);
        assert!(is_complete_jpeg(&jpeg));
        assert!(is_complete_jpeg(&[&jpeg, &b"more"[..]].concat()));
        // An application's segment with an end inside, and nothing behind it.
        assert!(!is_complete_jpeg(b"\xff\xd8\xff\xe1\x00\x06\xff\xd9\xff\xd9\xff"));
        assert!(is_complete_jpeg(b"\xff\xd8\xff\xe1\x00\x04\xff\xd8\xff\xd9"));
        for cut in
            [&b""[..], b"\xff", b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xe1", b"\xff\xd8\xff\xe1\x00"]
        {
            assert!(!is_complete_jpeg(cut), "{cut:?}");
        }
        // A segment that says it is shorter than its own length does not stop the walk.
        assert!(!is_complete_jpeg(b"\xff\xd8\xff\xe1\x00\x00\xff\xe1\x00\x00"));
    }
}
