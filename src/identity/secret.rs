//! Opaque secrets: session secrets, refresh tokens, single-use links, temporary passwords.
//!
//! Invariant: only a SHA-256 hash is stored. Each secret has 256 random bits, so a plain hash is
//! enough and a stolen table opens nothing.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rand::seq::{IndexedRandom, SliceRandom};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Length of an opaque secret as text: 32 bytes in base64url without padding.
const TEXT_LENGTH: usize = 43;

/// What is stored of a secret.
pub type SecretHash = [u8; 32];

/// 256 random bits as URL-safe text. `Debug` does not show it.
#[derive(Debug, Clone)]
pub struct Opaque(SecretString);

impl Opaque {
    /// A new random secret.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a default that differs each time would mislead")]
    pub fn new() -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()).into())
    }

    /// What a client sent, if it can be one of ours at all.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let ours = text.len() == TEXT_LENGTH && BASE64_URL_SAFE_NO_PAD.decode(text).is_ok();
        ours.then(|| Self(text.into()))
    }

    /// The text for the client; call it only where it leaves the house.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// What to store and to look up by.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        Sha256::digest(self.reveal()).into()
    }

    /// True if `stored` is this secret's hash; the time taken does not tell how much of it fits.
    #[must_use]
    pub fn matches(&self, stored: &[u8]) -> bool {
        self.hash().ct_eq(stored).into()
    }
}

/// What a single-use link is good for. Part of the stored hash: a link for one purpose is not
/// even found when it is tried for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    VerifyEmail,
    SetPassword,
    ResetPassword,
    ChangeEmail,
}

impl Purpose {
    /// Stable text for the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::SetPassword => "set_password",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
        }
    }

    /// Hours that a link works.
    #[must_use]
    pub fn lifetime_hours(self) -> u32 {
        match self {
            Self::VerifyEmail | Self::ChangeEmail => 24,
            // Invitations are read after a weekend, too.
            Self::SetPassword => 72,
            Self::ResetPassword => 1,
        }
    }
}

/// The token of a link that works once, for one purpose.
#[derive(Debug, Clone)]
pub struct SingleUse {
    secret: Opaque,
    pub purpose: Purpose,
}

impl SingleUse {
    #[must_use]
    pub fn new(purpose: Purpose) -> Self {
        Self { secret: Opaque::new(), purpose }
    }

    /// What came back in a link.
    #[must_use]
    pub fn parse(purpose: Purpose, text: &str) -> Option<Self> {
        Some(Self { secret: Opaque::parse(text)?, purpose })
    }

    /// The text for the link (URL-safe as it is).
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.secret.reveal()
    }

    /// What to store and to look up by.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        Sha256::new()
            .chain_update(self.purpose.as_str())
            .chain_update([0])
            .chain_update(self.secret.reveal())
            .finalize()
            .into()
    }
}

/// A password to hand over once: 12 characters with an upper and a lower case letter, a digit and
/// a symbol. Without characters that look alike on paper (`0O1lI|`); about 71 bits.
#[must_use]
pub fn temporary_password() -> SecretString {
    const CLASSES: [&[u8]; 4] =
        [b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"abcdefghijkmnopqrstuvwxyz", b"23456789", b"!@#$%^&*+-=?"];
    let mut rng = rand::rng();
    let all = CLASSES.concat();
    let mut picked: Vec<u8> = CLASSES.iter().filter_map(|class| class.choose(&mut rng).copied()).collect();
    while picked.len() < 12 {
        picked.extend(all.choose(&mut rng));
    }
    picked.shuffle(&mut rng);
    picked.into_iter().map(char::from).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_unique_hidden_and_come_back_from_their_text() {
        let (a, b) = (Opaque::new(), Opaque::new());
        assert_eq!(a.reveal().len(), TEXT_LENGTH);
        assert_ne!(a.reveal(), b.reveal());
        assert!(!format!("{a:?}").contains(a.reveal()));
        let back = Opaque::parse(a.reveal()).unwrap();
        assert!(back.matches(&a.hash()) && !back.matches(&b.hash()) && !back.matches(&[]));
        for bad in ["", "short", &format!("{}=", a.reveal()), &"!".repeat(43), &"आ".repeat(43)] {
            assert!(Opaque::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_link_for_one_purpose_is_no_link_for_another() {
        let verify = SingleUse::new(Purpose::VerifyEmail);
        let same = SingleUse::parse(Purpose::VerifyEmail, verify.reveal()).unwrap();
        let reset = SingleUse::parse(Purpose::ResetPassword, verify.reveal()).unwrap();
        assert_eq!(same.hash(), verify.hash());
        assert_ne!(reset.hash(), verify.hash());
    }

    #[test]
    fn temporary_passwords_have_every_class() {
        for _ in 0..500 {
            let password = temporary_password();
            let text = password.expose_secret();
            assert_eq!(text.len(), 12);
            assert!(text.contains(|c: char| c.is_ascii_uppercase()));
            assert!(text.contains(|c: char| c.is_ascii_lowercase()));
            assert!(text.contains(|c: char| c.is_ascii_digit()));
            assert!(text.contains(|c: char| c.is_ascii_punctuation()));
        }
    }
}
