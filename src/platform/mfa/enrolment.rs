//! A secret on its way into an app: as text, as the address that apps know, and as the picture of it.

use askama::Template;
use askama::filters::HtmlSafe;
use data_encoding::BASE32_NOPAD;

use crate::kernel::{AppError, qr};

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
        let (side, path) = qr::drawn(text, QUIET)?;
        Ok(Self { side, path })
    }

    /// The picture by itself.
    pub(super) fn svg(&self) -> Result<String, AppError> {
        self.render().map_err(AppError::internal)
    }
}
