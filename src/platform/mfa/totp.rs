//! One-time codes by time: RFC 6238 with HMAC-SHA-1, six digits, steps of thirty seconds, as every app has them. Pure.

use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use jiff::Timestamp;
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};

/// Length of a secret: as many bytes as SHA-1 gives.
pub const SECRET_BYTES: usize = 20;
const STEP_SECONDS: i64 = 30;
/// Clocks differ, and people type slowly: the step before and the one after count as well.
const WINDOW: i64 = 1;
const DIGITS: usize = 6;

/// A new secret.
#[must_use]
pub fn new_secret() -> [u8; SECRET_BYTES] {
    rand::random()
}

/// The step that this moment lies in.
#[must_use]
pub fn step_at(now: Timestamp) -> i64 {
    now.as_second().div_euclid(STEP_SECONDS)
}

/// The code that an app shows at this moment.
#[must_use]
pub fn code_at(secret: &[u8], now: Timestamp) -> String {
    format!("{:0DIGITS$}", value(&key(secret), step_at(now)))
}

/// The step whose code this is, if it is one around now. The time taken does not tell which.
#[must_use]
pub fn step_of(secret: &[u8], code: u32, now: Timestamp) -> Option<i64> {
    let (key, present) = (key(secret), step_at(now));
    let mut found = i64::MIN;
    for step in present - WINDOW..=present + WINDOW {
        found.conditional_assign(&step, value(&key, step).ct_eq(&code));
    }
    (found != i64::MIN).then_some(found)
}

fn key(secret: &[u8]) -> Key {
    // SHA-1's collisions do not touch HMAC, and apps know nothing else.
    Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret)
}

fn value(key: &Key, step: i64) -> u32 {
    let tag = sign(key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[SECRET_BYTES - 1] & 0x0f);
    let four = [tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]];
    u32::from_be_bytes(four) % 10_u32.pow(6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        // Appendix B of RFC 6238, the last six of its eight digits.
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(b"12345678901234567890", at(second)), code, "{second}");
        }
    }

    #[test]
    fn a_code_is_good_for_its_step_and_the_two_beside_it() {
        let secret = new_secret();
        let now = at(1_800_000_000);
        let code: u32 = code_at(&secret, now).parse().unwrap();
        for (later, good) in
            [(-31, false), (-30, true), (-1, true), (0, true), (29, true), (59, true), (60, false)]
        {
            let found = step_of(&secret, code, at(1_800_000_000 + later));
            assert_eq!(found, good.then_some(step_at(now)), "{later} seconds later");
        }
    }
}
