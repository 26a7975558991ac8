//! What has to be kept and read back, but must not lie readable in the database: sealed with a key of SECRET_KEY.
//!
//! Invariants: AES-256-GCM with a random nonce; the seal is bound to what the value is and whose it is, so a value that is
//! moved to another row does not open; each names its key, so that what an older key (SECRET_KEY_PREVIOUS) sealed opens
//! as well, and can be sealed anew.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use hkdf::Hkdf;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::kernel::AppError;

/// A value as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Which key opens it.
    pub key_id: String,
    /// Nonce, ciphertext, tag.
    pub bytes: Vec<u8>,
}

struct Key {
    id: String,
    key: LessSafeKey,
}

/// The key ring: seals with the newest key, opens what any of them sealed.
pub struct Seals {
    /// Never empty; the first one seals.
    keys: Vec<Key>,
}

impl std::fmt::Debug for Seals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seals").field("ids", &self.ids()).finish_non_exhaustive()
    }
}

impl Key {
    /// A key of its own: the one that signs tokens is derived for that.
    fn derive(secret: &SecretString) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(b"hms"), secret.expose_secret().as_bytes())
            .expand(b"sealed values v1", key.as_mut_slice())
            .expect("32 bytes are within what HKDF-SHA256 can give");
        let id = Sha256::new().chain_update(b"hms seal id\0").chain_update(key.as_slice()).finalize();
        let unbound = UnboundKey::new(&AES_256_GCM, key.as_slice()).expect("32 bytes are a key of AES-256");
        Self { id: id.iter().take(8).map(|b| format!("{b:02x}")).collect(), key: LessSafeKey::new(unbound) }
    }
}

impl Seals {
    /// Seal with a key made from `secret`; open with those made from `previous` as well.
    #[must_use]
    pub fn new(secret: &SecretString, previous: &[SecretString]) -> Self {
        Self { keys: std::iter::once(secret).chain(previous).map(Key::derive).collect() }
    }

    /// Ids of the keys, the newest first.
    #[must_use]
    pub fn ids(&self) -> Vec<&str> {
        self.keys.iter().map(|key| key.id.as_str()).collect()
    }

    /// Seal a value: `what` it is, and whose.
    ///
    /// # Errors
    /// Only if the library fails, which no input can cause.
    pub fn seal(&self, what: &'static str, whose: Uuid, plain: &[u8]) -> Result<Sealed, AppError> {
        let key = self.keys.first().ok_or_else(|| AppError::internal("the key ring is empty"))?;
        let nonce = rand::random::<[u8; NONCE_LEN]>();
        let mut text = plain.to_vec();
        key.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(bound(what, whose)),
                &mut text,
            )
            .map_err(|_| AppError::internal("sealing failed"))?;
        Ok(Sealed { key_id: key.id.clone(), bytes: [&nonce[..], &text].concat() })
    }

    /// The value, if one of our keys sealed it for this and nobody changed it.
    #[must_use]
    pub fn open(&self, what: &'static str, whose: Uuid, sealed: &Sealed) -> Option<Zeroizing<Vec<u8>>> {
        let key = self.keys.iter().find(|key| key.id == sealed.key_id)?;
        let (nonce, text) = sealed.bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = key.key.open_in_place(nonce, Aad::from(bound(what, whose)), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

fn bound(what: &str, whose: Uuid) -> Vec<u8> {
    [what.as_bytes(), b"\0", whose.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_opens_for_its_owner_with_its_key_and_not_after_a_change() {
        let (old, new) = (SecretString::from("o".repeat(40)), SecretString::from("n".repeat(40)));
        let (before, after) = (Seals::new(&old, &[]), Seals::new(&new, std::slice::from_ref(&old)));
        let (asha, meera) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let sealed = before.seal("a", asha, b"twenty bytes of hers").unwrap();
        assert!(!sealed.bytes.windows(6).any(|part| part == b"twenty"));
        assert_ne!(before.seal("a", asha, b"twenty bytes of hers").unwrap(), sealed, "never twice the same");
        assert_eq!(before.open("a", asha, &sealed).unwrap().as_slice(), b"twenty bytes of hers");
        assert_eq!(after.open("a", asha, &sealed).unwrap().as_slice(), b"twenty bytes of hers");
        assert!(after.open("a", meera, &sealed).is_none(), "another person's row");
        assert!(after.open("b", asha, &sealed).is_none(), "another kind of value");
        assert!(Seals::new(&new, &[]).open("a", asha, &sealed).is_none(), "the old key is gone");
        assert_eq!(after.seal("a", asha, b"x").unwrap().key_id, after.ids()[0]);
        for at in 0..sealed.bytes.len() {
            let mut changed = sealed.clone();
            changed.bytes[at] ^= 1;
            assert!(after.open("a", asha, &changed).is_none(), "byte {at}");
        }
        for end in [0, 5, NONCE_LEN, NONCE_LEN + 3] {
            let cut = Sealed { bytes: sealed.bytes[..end].to_vec(), ..sealed.clone() };
            assert!(after.open("a", asha, &cut).is_none());
        }
        assert!(!format!("{after:?}").contains("nnn"));
    }
}
