//! A text as a picture that machines read: the dark parts of a QR code.

use qrcodegen::{QrCode, QrCodeEcc};

use super::AppError;

/// Modules on each side, `quiet` white ones around it with them, and the dark ones as one path of SVG.
///
/// # Errors
/// Only if the text is too long for a picture, which nothing of ours is.
pub fn drawn(text: &str, quiet: i32) -> Result<(i32, String), AppError> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(AppError::internal)?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|x| code.get_module(*x, y)).count();
            let run = i32::try_from(run).unwrap_or(0);
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + quiet, y + quiet));
            }
            x += run.max(1);
        }
    }
    Ok((code.size() + 2 * quiet, path))
}
