//! Passwords: argon2id, away from the async threads and never more at once than there are cores.
//!
//! Invariants: nothing here keeps or logs a password; a check for an unknown user costs as much as
//! one for a known user ([`Passwords::verify_dummy`]); text is compared in NFC, so that a password
//! typed on another keyboard is the same password.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Score, zxcvbn};

use crate::kernel::{AppError, FieldErrors, Problem};
use crate::observe::metrics;

/// The contract says 8; we ask for 10 (documented security change).
pub const MIN_LENGTH: usize = 10;
/// In characters, so that hashing stays cheap for us and any sentence fits.
pub const MAX_LENGTH: usize = 128;
/// What a person who chooses one reads beside the field.
pub const RULES: &str =
    "At least 10 characters. A few words that do not belong together are easy to keep and hard to guess.";
/// Letters and digits that a password must have besides what is known about its person.
const OWN_LETTERS: usize = 6;
/// How long a sign-in waits for its turn before it is told to try again.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// What one hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl Cost {
    /// OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
    pub const STANDARD: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
    /// For tests that sign in often; never for real users.
    pub const CHEAP: Self = Self { memory_kib: 64, passes: 1, lanes: 1 };
}

/// Hashes and checks passwords. Clones share the turns.
#[derive(Clone)]
pub struct Passwords {
    hasher: Argon2<'static>,
    turns: Arc<Semaphore>,
    /// How many there are, and how many wait for one.
    cores: usize,
    waiting: Arc<AtomicUsize>,
    /// Hash of a password that nobody has, at the same cost as the real ones.
    dummy: Arc<str>,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords").field("cost", self.hasher.params()).finish_non_exhaustive()
    }
}

impl Passwords {
    /// One turn per core. Computes one hash (about 50 ms at [`Cost::STANDARD`]).
    ///
    /// # Errors
    /// The cost is outside what argon2 can do.
    pub fn new(cost: Cost) -> Result<Self, AppError> {
        let params =
            Params::new(cost.memory_kib, cost.passes, cost.lanes, None).map_err(AppError::internal)?;
        let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody: PasswordHash =
            hasher.hash_password(&rand::random::<[u8; 32]>()).map_err(AppError::internal)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let (turns, waiting) = (Arc::new(Semaphore::new(cores)), Arc::default());
        Ok(Self { hasher, turns, cores, waiting, dummy: nobody.to_string().into() })
    }

    /// How many wait for their turn, and how many are worked on.
    #[must_use]
    pub fn queue(&self) -> (usize, usize) {
        (self.waiting.load(Ordering::Relaxed), self.cores - self.turns.available_permits())
    }

    /// The hash to store (PHC text with salt and cost).
    ///
    /// # Errors
    /// 503 if no turn comes up within 10 seconds.
    pub async fn hash(&self, password: &SecretString) -> Result<String, AppError> {
        let (hasher, password) = (self.hasher.clone(), normal(password));
        self.in_turn(move || {
            let hash: PasswordHash = hasher.hash_password(password.as_bytes()).map_err(AppError::internal)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// True if `password` is the one that `stored` was made from, at the cost that `stored` names.
    ///
    /// # Errors
    /// 503 as in [`Passwords::hash`]; internal if `stored` is no hash of ours.
    pub async fn verify(&self, password: &SecretString, stored: &str) -> Result<bool, AppError> {
        // No stored password is that long; the work is done all the same.
        let possible = password.expose_secret().len() <= MAX_LENGTH * 4;
        let (hasher, stored) = (self.hasher.clone(), stored.to_owned());
        let password = if possible { normal(password) } else { Zeroizing::default() };
        self.in_turn(move || {
            let hash =
                PasswordHash::new(&stored).map_err(|_| AppError::internal("a stored hash is malformed"))?;
            Ok(hasher.verify_password(password.as_bytes(), &hash).is_ok() && possible)
        })
        .await
    }

    /// True if `password` is one of those that `stored` were made from. One turn for all of them.
    ///
    /// # Errors
    /// As [`Passwords::verify`].
    pub async fn is_one_of(&self, password: &SecretString, stored: Vec<String>) -> Result<bool, AppError> {
        if stored.is_empty() {
            return Ok(false);
        }
        let (hasher, password) = (self.hasher.clone(), normal(password));
        self.in_turn(move || {
            for stored in &stored {
                let hash = PasswordHash::new(stored)
                    .map_err(|_| AppError::internal("a stored hash is malformed"))?;
                if hasher.verify_password(password.as_bytes(), &hash).is_ok() {
                    return Ok(true);
                }
            }
            Ok(false)
        })
        .await
    }

    /// Takes as long as [`Passwords::verify`] and is always false: for a user that does not exist.
    ///
    /// # Errors
    /// As [`Passwords::verify`].
    pub async fn verify_dummy(&self, password: &SecretString) -> Result<bool, AppError> {
        let dummy = Arc::clone(&self.dummy);
        self.verify(password, &dummy).await.map(|_| false)
    }

    /// True if `stored` was made at another cost or by another algorithm: hash again at the next sign-in.
    #[must_use]
    pub fn needs_rehash(&self, stored: &str) -> bool {
        let Ok(hash) = PasswordHash::new(stored) else { return true };
        let ours = self.hasher.params();
        let same_cost = Params::try_from(&hash).is_ok_and(|p| {
            (p.m_cost(), p.t_cost(), p.p_cost()) == (ours.m_cost(), ours.t_cost(), ours.p_cost())
        });
        hash.algorithm.as_str() != "argon2id" || hash.version != Some(Version::V0x13.into()) || !same_cost
    }

    /// Runs on a blocking thread. The turn is given back when the work ends, even if the caller has
    /// gone: a client that hangs up cannot start more hashes than there are cores.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let asked = Instant::now();
        let turn = {
            let _waiting = Waiting::begin(&self.waiting);
            tokio::time::timeout(MAX_WAIT, Arc::clone(&self.turns).acquire_owned()).await
        };
        metrics::password_wait(asked.elapsed());
        let turn = turn
            .map_err(|_| Problem::unavailable("Too many people are signing in. Try again in a moment.", 5))?
            .map_err(AppError::internal)?;
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        })
        .await
        .map_err(|_| AppError::internal("password work was stopped"))?
    }
}

/// One more waits, until this is dropped: a caller may hang up meanwhile.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn normal(password: &SecretString) -> Zeroizing<String> {
    Zeroizing::new(password.expose_secret().nfc().collect())
}

/// Check a password that someone chooses; adds at most one message. `about` is what others know of the person, in any
/// order: name, e-mail address, hospital.
pub fn check_rules(field: &str, password: &str, about: &str, errors: &mut FieldErrors) {
    let length = password.chars().count();
    if length > MAX_LENGTH {
        errors.add(field, format!("Use at most {MAX_LENGTH} characters."));
    } else if password.contains(char::is_control) {
        errors.add(field, "Remove the hidden control characters from the password.");
    } else if length < MIN_LENGTH {
        errors.add(
            field,
            format!(
                "Use at least {MIN_LENGTH} characters, for example a few words that do not belong together."
            ),
        );
    } else if let Some(why) = too_easy(password, about) {
        errors.add(field, why);
    }
}

/// Why somebody who knows the person and the usual lists would soon have it.
fn too_easy(password: &str, about: &str) -> Option<String> {
    let password: Zeroizing<String> = Zeroizing::new(password.nfc().collect());
    let about: String = about.nfc().collect::<String>().to_lowercase();
    let mut known: Vec<&str> = about.split_whitespace().collect();
    known.extend(about.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 2));
    // Longest first: what is left of a whole address is not its parts again.
    known.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    let lower = Zeroizing::new(password.to_lowercase());
    let mut own = Zeroizing::new(lower.as_str().to_owned());
    for word in known.iter().filter(|word| word.chars().count() > 2) {
        own = Zeroizing::new(own.replace(word, ""));
    }
    if *own != *lower && own.chars().filter(|c| c.is_alphanumeric()).count() < OWN_LETTERS {
        return Some(
            "Leave your name, e-mail address and hospital out of it: others know them. Use a few other words."
                .to_owned(),
        );
    }
    let guessed = zxcvbn(&password, &known);
    if guessed.score() >= Score::Three {
        return None;
    }
    let why = guessed.feedback().and_then(zxcvbn::feedback::Feedback::warning);
    let why = why.map_or_else(|| "This password is easy to guess.".to_owned(), |warning| warning.to_string());
    Some(format!("{why} Add a word or two that have nothing to do with it."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_passes_and_others_do_not() {
        let passwords = Passwords::new(Cost::CHEAP).unwrap();
        let stored = passwords.hash(&"Zoë-Klinik-24".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert!(passwords.verify(&"Zoe\u{308}-Klinik-24".into(), &stored).await.unwrap(), "NFC");
        for wrong in ["", "zoë-klinik-24", "Zoë-Klinik-24 ", &"x".repeat(100_000)] {
            assert!(!passwords.verify(&wrong.into(), &stored).await.unwrap());
        }
        assert_ne!(stored, passwords.hash(&"Zoë-Klinik-24".into()).await.unwrap(), "salted");
        assert!(!passwords.verify_dummy(&"".into()).await.unwrap());
        assert!(passwords.verify(&"x".into(), "$2b$12$abc").await.is_err());
    }

    #[tokio::test]
    async fn an_unknown_user_costs_as_much_and_old_hashes_are_renewed() {
        let passwords = Passwords::new(Cost::STANDARD).unwrap();
        let cheap = Passwords::new(Cost::CHEAP).unwrap();
        let right = SecretString::from("right");
        let stored = passwords.hash(&right).await.unwrap();
        // The same work by construction: same algorithm, version, cost and lengths of salt and hash.
        let work = |hash: &str| {
            let hash = PasswordHash::new(hash).unwrap();
            let lengths = (hash.salt.unwrap().len(), hash.hash.unwrap().len());
            (hash.algorithm, hash.version, hash.params, lengths)
        };
        assert_eq!(work(&passwords.dummy), work(&stored));
        assert!(!passwords.verify_dummy(&right).await.unwrap());

        let old = cheap.hash(&right).await.unwrap();
        assert!(passwords.verify(&right, &old).await.unwrap(), "the cost is read from the hash");
        assert!(passwords.needs_rehash(&old) && !passwords.needs_rehash(&stored));
        assert!(passwords.needs_rehash("$2b$12$abc"));
    }

    #[tokio::test]
    async fn a_caller_that_hangs_up_keeps_its_turn_until_the_work_ends() {
        let passwords = Passwords::new(Cost::CHEAP).unwrap();
        let cores = passwords.turns.available_permits();
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let work = passwords.in_turn(move || Ok(wait.recv().is_ok()));
        assert!(tokio::time::timeout(Duration::from_millis(50), work).await.is_err(), "cancelled");
        assert_eq!(passwords.turns.available_permits(), cores - 1);
        release.send(()).unwrap();
        let _all = passwords.turns.acquire_many(u32::try_from(cores).unwrap()).await.unwrap();
    }

    #[tokio::test]
    async fn former_passwords_are_recognised_among_each_other() {
        let passwords = Passwords::new(Cost::CHEAP).unwrap();
        let mut stored = Vec::new();
        for former in ["Tin-Roof-Lantern-1", "Zoë-Klinik-24", "Tin-Roof-Lantern-3"] {
            stored.push(passwords.hash(&former.into()).await.unwrap());
        }
        assert!(passwords.is_one_of(&"Zoe\u{308}-Klinik-24".into(), stored.clone()).await.unwrap());
        assert!(!passwords.is_one_of(&"Tin-Roof-Lantern-2".into(), stored).await.unwrap());
        assert!(!passwords.is_one_of(&"Tin-Roof-Lantern-2".into(), Vec::new()).await.unwrap());
    }

    #[test]
    fn a_password_is_long_and_not_what_others_would_try_first() {
        let check = |password: &str| {
            let mut errors = FieldErrors::default();
            let about = "ana.kulkarni@asha-clinic.org Ana Kulkarni आरती Asha Clinic";
            check_rules("new_password", password, about, &mut errors);
            Problem::from(errors).errors.into_iter().map(|e| e.message).collect::<Vec<_>>()
        };
        for good in [
            "Correct-Horse-7",
            "tin roof lantern",
            "Größe-आशा-७9-चाय",
            "नदी पहाड़ किताब दीपक",
            "xK9!vq2Lz#",
            "tin roof lantern, copper kettle, seven windows, a paper boat",
        ] {
            assert_eq!(check(good), Vec::<String>::new(), "{good}");
        }
        for easy in [
            "password123",
            "Password1234!",
            "P@ssw0rd123",
            "qwertyuiop",
            "1234567890",
            "Demo@12345",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "iloveyou123",
            "ana.kulkarni@asha-clinic.org",
            "Kulkarni2026",
            "AshaClinic-1",
            "Ana-Kulkarni-7",
        ] {
            let said = check(easy);
            assert_eq!(said.len(), 1, "{easy}");
            assert!(said[0].ends_with('.') && said[0].contains("word"), "{easy}: {said:?}");
        }
        assert!(check("Kulkarni2026")[0].contains("Leave your name"));
        assert_eq!(check("tin-roof")[0].split(',').next(), Some("Use at least 10 characters"));
        assert_eq!(check(&"tin roof ".repeat(15)), ["Use at most 128 characters."]);
        assert_eq!(check("tin-roof-lantern\0-7").len(), 1);
    }
}
