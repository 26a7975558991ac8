//! A secret on its way into an app: as text, as the address that apps know, and as the picture of it.

use askama::Template;
use askama::filters::HtmlSafe;
use data_encoding::BASE32_NOPAD;
use qrcodegen::{QrCode, QrCodeEcc};

use crate::kernel::AppError;

/// Whose account it is in the app's list.
const ISSUER: &str = "HMS";
/// Modules of white around the picture, so that cameras find it.
const QUIET: i32 = 4;

/// What an app needs to make codes. Nobody is asked for them before a first one confirms it.
pub struct Enrolment {
    /// Base 32, to be typed.
    pub secret: String,
    /// `otpauth://totp/…`
    pub address: String,
    pub qr: Qr,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enrolment").finish_non_exhaustive()
    }
}

/// A QR code as SVG.
#[derive(Template)]
#[template(path = "platform/mfa/pages/_qr.html")]
pub struct Qr {
    /// Modules on each side, the quiet ones with them.
    side: i32,
    /// The dark ones, as runs.
    path: String,
}

impl HtmlSafe for Qr {}

impl Enrolment {
    /// # Errors
    /// Only if the address is too long for a picture, which an e-mail address cannot make it.
    pub(super) fn new(secret: &[u8], email: &str) -> Result<Self, AppError> {
        let secret = BASE32_NOPAD.encode(secret);
        let account: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
        let address = format!(
            "otpauth://totp/{ISSUER}:{account}?secret={secret}&issuer={ISSUER}&algorithm=SHA1&digits=6&period=30"
        );
        let qr = Qr::of(&address)?;
        Ok(Self { secret, address, qr })
    }

    /// In groups of four, as people type it.
    #[must_use]
    pub fn grouped(&self) -> String {
        let groups = self.secret.as_bytes().chunks(4).map(String::from_utf8_lossy);
        groups.collect::<Vec<_>>().join(" ")
    }
}

impl Qr {
    fn of(text: &str) -> Result<Self, AppError> {
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
        Ok(Self { side: code.size() + 2 * QUIET, path })
    }

    /// The picture by itself.
    pub(super) fn svg(&self) -> Result<String, AppError> {
        self.render().map_err(AppError::internal)
    }
}
