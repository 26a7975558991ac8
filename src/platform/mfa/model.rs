//! What people type in the second step, and what is refused: pure.

use rand::seq::IndexedRandom as _;
use sha2::{Digest as _, Sha256};

use crate::kernel::ids::UserId;
use crate::problem;

/// Recovery codes that a person gets at once.
pub const RECOVERY_CODES: usize = 10;
/// Letters of one: about 79 bits, so that a plain hash of it opens nothing.
const RECOVERY_LETTERS: usize = 16;
/// Without those that look alike on paper.
const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// What somebody typed in the place of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Typed {
    /// Of the app.
    App(u32),
    Recovery(RecoveryCode),
}

impl Typed {
    /// Blanks and hyphens are how people read codes to each other.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let plain: String =
            text.chars().filter(|c| !c.is_whitespace() && *c != '-').take(RECOVERY_LETTERS + 1).collect();
        if plain.len() == 6 && plain.bytes().all(|b| b.is_ascii_digit()) {
            return plain.parse().ok().map(Self::App);
        }
        let plain = plain.to_lowercase();
        let is_ours = plain.len() == RECOVERY_LETTERS && plain.bytes().all(|b| ALPHABET.contains(&b));
        is_ours.then_some(Self::Recovery(RecoveryCode(plain)))
    }
}

/// A code to sign in with once when the device is lost.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct RecoveryCode(String);

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode")
    }
}

impl RecoveryCode {
    pub(super) fn new() -> Self {
        let mut rng = rand::rng();
        let letters = (0..RECOVERY_LETTERS).filter_map(|_| ALPHABET.choose(&mut rng));
        Self(letters.map(|letter| char::from(*letter)).collect())
    }

    /// As it is shown, once: `abcd-efgh-jkmn-pqrs`.
    pub(super) fn written(&self) -> String {
        let groups = self.0.as_bytes().chunks(4).map(String::from_utf8_lossy);
        groups.collect::<Vec<_>>().join("-")
    }

    /// What is stored: good for this person only.
    pub(super) fn hash(&self, of: UserId) -> Vec<u8> {
        let hash = Sha256::new().chain_update("recovery code\0").chain_update(of.0.as_bytes());
        hash.chain_update(&self.0).finalize().to_vec()
    }
}

/// Why a second step is refused, or not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MfaError {
    #[error("The code is wrong, too old or used already.")]
    SignInRefused,
    #[error("This sign-in took too long or had too many wrong codes. Start again with your password.")]
    SignInOver,
    #[error("The code is wrong, too old or used already.")]
    WrongCode,
    #[error("The password is wrong.")]
    WrongPassword,
    #[error("Give your password or a code.")]
    ProofNeeded,
    #[error("Give your password.")]
    PasswordNeeded,
    #[error("Two-step sign-in is on already.")]
    AlreadyOn,
    #[error("Two-step sign-in is not on.")]
    NotOn,
    #[error("Begin the set-up first.")]
    NotBegun,
}

problem!(MfaError {
    SignInRefused => UNAUTHORIZED "auth.mfa_wrong_code" at "code",
    SignInOver => UNAUTHORIZED "auth.mfa_expired" at "mfa_token",
    WrongCode => BAD_REQUEST "mfa.wrong_code" at "code",
    WrongPassword => BAD_REQUEST "mfa.wrong_password" at "password",
    ProofNeeded => BAD_REQUEST "mfa.proof_needed" at "password",
    PasswordNeeded => BAD_REQUEST "mfa.password_needed" at "password",
    AlreadyOn => CONFLICT "mfa.already_on",
    NotOn => CONFLICT "mfa.not_on",
    NotBegun => CONFLICT "mfa.not_begun",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_write_them() {
        assert_eq!(Typed::parse(" 012 345 "), Some(Typed::App(12_345)));
        assert_eq!(Typed::parse("012-345"), Some(Typed::App(12_345)));
        let code = RecoveryCode::new();
        assert_eq!(code.written().len(), 19);
        for text in [code.written(), code.written().to_uppercase(), code.written().replace('-', " ")] {
            assert_eq!(Typed::parse(&text), Some(Typed::Recovery(code.clone())), "{text}");
        }
        for bad in [
            "",
            "12345",
            "1234567",
            "１２３４５６",
            "abc",
            &"l".repeat(16),
            &"a".repeat(17),
            &"9".repeat(5000),
        ] {
            assert_eq!(Typed::parse(bad), None, "{bad:.20}");
        }
        let (asha, meera) = (UserId::new(), UserId::new());
        assert_ne!(code.hash(asha), code.hash(meera));
        assert_ne!(RecoveryCode::new(), RecoveryCode::new());
    }
}
