//! A QR code as a picture for paper.

use crate::kernel::{AppError, qr};

/// Modules of white around it, so that cameras find it.
const QUIET: i32 = 2;

/// The picture as SVG.
///
/// # Errors
/// Only if the text is too long for a picture, which no code of ours is.
pub(super) fn svg(text: &str) -> Result<String, AppError> {
    let (side, path) = qr::drawn(text, QUIET)?;
    Ok(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side}" height="{side}"><path d="{path}" fill="#000"/></svg>"##
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_a_picture_of_its_own() {
        let (one, other) = (svg("P-00001").unwrap(), svg("P-00002").unwrap());
        assert!(one.starts_with("<svg") && one.ends_with("</svg>") && one.contains("h7v1h-7z"), "{one}");
        assert_ne!(one, other);
    }
}
