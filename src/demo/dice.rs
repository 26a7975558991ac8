//! Chance that is the same every time: the same seed, the same demo.

use jiff::Timestamp;
use uuid::{Builder, Uuid};

/// A stream of numbers from a seed (SplitMix64, by Steele, Lea and Flood). Not for secrets.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    /// The stream for one thing: `of(seed, &[hospital, patient])`. Streams of other things are independent of it.
    pub(super) fn of(seed: u64, thing: &[u64]) -> Self {
        let mut dice = Self(seed);
        for part in thing {
            let next = dice.throw() ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            dice = Self(next);
        }
        dice
    }

    pub(super) fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high.saturating_sub(low)).unwrap_or(0).saturating_add(1);
        low.saturating_add(i64::try_from(self.throw() % span).unwrap_or(0))
    }

    /// The same, mostly near the middle: as measurements of people are.
    pub(super) fn near(&mut self, low: i64, high: i64) -> i64 {
        let sum = self.between(low, high) + self.between(low, high) + self.between(low, high);
        sum.div_euclid(3)
    }

    /// A place of `count` things.
    pub(super) fn place(&mut self, count: usize) -> usize {
        let count = u64::try_from(count).unwrap_or(1).max(1);
        usize::try_from(self.throw() % count).unwrap_or(0)
    }

    /// True in so many of a hundred.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.throw() % 100 < percent
    }

    /// One of these.
    ///
    /// # Panics
    /// If there are none: lists here are written down, and never empty.
    pub(super) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let place = self.place(of.len());
        of.get(place).expect("a list of the demo is never empty")
    }

    /// An id that is ordered by time, as all ids are.
    pub(super) fn id(&mut self, made: Timestamp) -> Uuid {
        let mut bytes = [0; 10];
        let (high, low) = (self.throw().to_le_bytes(), self.throw().to_le_bytes());
        bytes[..8].copy_from_slice(&high);
        bytes[8..].copy_from_slice(&low[..2]);
        let millis = u64::try_from(made.as_millisecond()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same_and_another_one_does_not() {
        let throws = |seed| {
            let mut dice = Dice::of(seed, &[1, 2]);
            (0..50).map(|_| dice.between(1, 1000)).collect::<Vec<_>>()
        };
        assert_eq!(throws(1), throws(1));
        assert_ne!(throws(1), throws(2));
        assert!(throws(1).iter().all(|n| (1..=1000).contains(n)));
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let mut dice = Dice::of(7, &[]);
        for _ in 0..1000 {
            assert_eq!(dice.between(4, 4), 4);
            assert!((-3..=3).contains(&dice.near(-3, 3)));
            assert!(dice.place(3) < 3);
            assert!(!dice.chance(0) && dice.chance(100));
        }
        let at: Timestamp = "2026-03-14T09:12:04Z".parse().unwrap();
        let id = dice.id(at);
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_timestamp().unwrap().to_unix().0, 1_773_479_524);
    }
}
