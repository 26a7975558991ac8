//! A text as a picture that machines read: a QR code, drawn as one path.

use qrcodegen::{QrCode, QrCodeEcc};

use crate::kernel::AppError;

/// Modules of white around it, so that cameras find it.
const QUIET: i32 = 2;

/// The picture as SVG.
///
/// # Errors
/// Only if the text is too long for a picture, which no code of ours is.
pub(super) fn svg(text: &str) -> Result<String, AppError> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(AppError::internal)?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|x| code.get_module(*x, y)).count();
            let run = i32::try_from(run).unwrap_or(0);
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET));
            }
            x += run.max(1);
        }
    }
    let side = code.size() + 2 * QUIET;
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
