//! What a picture is and what is wrong with one: pure.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::problem;

/// A file of a picture may have this many bytes.
pub const MAX_BYTES: usize = 5 * 1024 * 1024;
/// And take so long to arrive.
pub const ARRIVAL: Duration = Duration::from_secs(22);
/// Most pixels that are decoded: 24 megapixels, as today's phones make them, and a little more.
pub const MAX_MEGAPIXELS: u64 = 25;

/// Which of the two sizes is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "PictureSize")]
pub enum Size {
    /// At most 800 pixels on the longer side.
    #[default]
    Full,
    /// 96 by 96 pixels, for lists and banners.
    Thumb,
}

/// Both sizes as JPEG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub full: Vec<u8>,
    pub thumb: Vec<u8>,
}

/// Why a file does not become a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    #[error("The file is empty. Choose a picture.")]
    Empty,
    #[error("This is not a picture that can be shown here. Choose a JPEG, PNG, WebP or GIF file.")]
    NotAPicture,
    #[error("The picture cannot be read: the file is damaged or incomplete. Choose another one.")]
    Damaged,
    #[error("The picture has more than {MAX_MEGAPIXELS} million pixels. Choose a smaller one.")]
    TooManyPixels,
}

problem!(PictureError {
    Empty => BAD_REQUEST "pictures.empty" at "file",
    NotAPicture => BAD_REQUEST "pictures.not_a_picture" at "file",
    Damaged => BAD_REQUEST "pictures.damaged" at "file",
    TooManyPixels => BAD_REQUEST "pictures.too_many_pixels" at "file",
});
