//! The signing secret: which keys are too weak, and the one that development makes for itself.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rustix::fs::{Mode, chmod};
use secrecy::{ExposeSecret, SecretString};

/// Bytes that a signing secret needs: as many as HMAC-SHA256 has of its own.
pub const MIN_SECRET_BYTES: usize = 32;

/// Pieces of keys that people copy from examples (compared without case and punctuation).
const KNOWN_PIECES: &[&str] = &[
    "changeme",
    "changethis",
    "yoursecret",
    "mysecret",
    "secretkey",
    "supersecret",
    "topsecret",
    "password",
    "example",
    "insecure",
    "placeholder",
    "devsecret",
    "replaceme",
    "notsecret",
    "hospital",
    "jwtsecret",
];

/// Why this key must not sign tokens in production; `None` if it may.
pub(super) fn weakness(key: &SecretString) -> Option<&'static str> {
    let key = key.expose_secret();
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let bytes = key.as_bytes();
    if bytes.len() < MIN_SECRET_BYTES {
        Some("is shorter than 32 bytes")
    } else if KNOWN_PIECES.iter().any(|piece| plain.contains(piece)) {
        Some("looks like a default from an example")
    } else if is_guessable(bytes) {
        Some("is too regular to be random")
    } else {
        None
    }
}

/// Few different bytes, a repeated piece, or mostly steps like `abcd` and `4321`.
fn is_guessable(bytes: &[u8]) -> bool {
    let mut seen = [false; 256];
    for b in bytes {
        seen[usize::from(*b)] = true;
    }
    let distinct = seen.iter().filter(|s| **s).count();
    let repeats = (1..=bytes.len() / 2).any(|n| bytes.iter().skip(n).eq(bytes.iter().take(bytes.len() - n)));
    let steps = bytes.windows(2).filter(|w| w[0].abs_diff(w[1]) <= 1).count();
    distinct < 10 || repeats || steps * 2 > bytes.len()
}

/// The signing secret of a development home: made at the first call, the same ever after.
///
/// Lives in `home/secrets/signing-key`, readable by its owner only. Safe when two processes start
/// together: both end with the key of the one that was first.
///
/// # Errors
/// The folder or file cannot be made or read, or the file holds a key that was cut short.
pub fn load_or_create_dev_secret(home: &Path) -> io::Result<SecretString> {
    let folder = home.join("secrets");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    chmod(&folder, Mode::from_raw_mode(0o700))?;
    let path = folder.join("signing-key");
    if let Some(key) = read(&path)? {
        return Ok(key);
    }
    let fresh = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 48]>());
    let draft = folder.join(format!("signing-key.{}", crate::kernel::ids::new_uuid()));
    let written = write(&draft, &fresh).and_then(|()| fs::hard_link(&draft, &path));
    let _ = fs::remove_file(&draft);
    match written {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
        _ => {}
    }
    read(&path)?.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the signing key vanished"))
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn read(path: &Path) -> io::Result<Option<SecretString>> {
    match fs::read_to_string(path) {
        Ok(text) if text.trim().len() >= MIN_SECRET_BYTES => {
            chmod(path, Mode::from_raw_mode(0o600))?;
            Ok(Some(SecretString::from(text.trim())))
        }
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{} is damaged; remove it and start again", path.display()),
        )),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn weak_keys_are_named_and_random_ones_pass() {
        for weak in [
            "short",
            "your-secret-key-change-me-in-production",
            "CHANGE_ME_CHANGE_ME_CHANGE_ME_CHANGE_ME_",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "0123456789abcdef0123456789abcdef0123456789abcdef",
            "abcdefghijklmnopqrstuvwxyz0123456789",
            "q8Zr!t2Lq8Zr!t2Lq8Zr!t2Lq8Zr!t2Lq8Zr!t2L",
        ] {
            assert!(weakness(&weak.into()).is_some(), "{weak}");
        }
        for _ in 0..200 {
            let key = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
            assert_eq!(weakness(&key.as_str().into()), None, "{key}");
        }
    }

    #[test]
    fn a_development_key_is_made_once_and_kept_private() {
        let home = std::env::temp_dir().join(format!("hms-secret-{}", crate::kernel::ids::new_uuid()));
        let keys: Vec<String> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..8).map(|_| scope.spawn(|| load_or_create_dev_secret(&home))).collect();
            makers.into_iter().map(|m| m.join().unwrap().unwrap().expose_secret().to_owned()).collect()
        });
        assert!(keys.iter().all(|k| *k == keys[0] && k.len() >= MIN_SECRET_BYTES));
        let mode = fs::metadata(home.join("secrets/signing-key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(home.join("secrets/signing-key"), "cut").unwrap();
        assert!(load_or_create_dev_secret(&home).is_err());
        fs::remove_dir_all(home).unwrap();
    }
}
