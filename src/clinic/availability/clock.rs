//! From a clock on the wall to instants, and stretches of time out of each other. Pure.
//!
//! Hours are what the hospital's clock shows. Where the clock jumps forward, what it never shows is not there: hours that
//! begin or end within the gap do so when it jumps. Where it shows an hour twice, hours begin and end with the first time,
//! and what lies between is counted as it passes.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// Minutes of a day of the clock.
pub const DAY: u16 = crate::kernel::manner::DAY;

/// A minute of the day as `09:00` for programs; `24:00` is its end.
#[must_use]
pub fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// When the hospital's clock shows this minute of the day; the end of the day is the beginning of the next.
#[must_use]
pub fn instant(zone: &TimeZone, date: Date, minute: u16) -> Option<Timestamp> {
    let (date, minute) = if minute >= DAY { (date.tomorrow().ok()?, minute - DAY) } else { (date, minute) };
    let shown = date.at(i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?, 0, 0);
    match zone.to_ambiguous_timestamp(shown).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(shown).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(shown).ok(),
        AmbiguousOffset::Gap { after, .. } => {
            // By the later offset it lies before the jump.
            let earlier = after.to_timestamp(shown).ok()?;
            zone.following(earlier).next().map(|jump| jump.timestamp())
        }
    }
}

/// What is left of a stretch without the others, in its order.
#[must_use]
pub fn without<T: Copy + Ord>(whole: (T, T), others: &[(T, T)]) -> Vec<(T, T)> {
    let mut left = vec![whole];
    for &(from, until) in others {
        left = left
            .into_iter()
            .flat_map(|(start, end)| [(start, end.min(from)), (start.max(until), end)])
            .filter(|(start, end)| start < end)
            .collect();
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_has_no_doubles() {
        assert_eq!(without((0, 10), &[]), [(0, 10)]);
        assert_eq!(without((0, 10), &[(3, 5)]), [(0, 3), (5, 10)]);
        assert_eq!(without((0, 10), &[(3, 5), (4, 8), (20, 30), (-5, 0)]), [(0, 3), (8, 10)]);
        assert_eq!(without((0, 10), &[(0, 10)]), []);
        assert_eq!(without((0, 10), &[(-1, 4), (9, 11)]), [(4, 9)]);
    }
}
