//! How tall and how heavy somebody is on a day: children grow as their standards say, grown-ups gain or lose a little.

use jiff::civil::Date;

use super::dice::Dice;

/// Median length in mm and weight in g.
type Median = (i64, i64);

/// Age in months, and the medians of boys and girls: to five years by the standards of the WHO, then by its reference.
const MEDIANS: [(i64, Median, Median); 20] = [
    (0, (499, 3_300), (491, 3_200)),
    (1, (547, 4_500), (537, 4_200)),
    (2, (584, 5_600), (571, 5_100)),
    (3, (614, 6_400), (598, 5_800)),
    (4, (639, 7_000), (621, 6_400)),
    (6, (676, 7_900), (657, 7_300)),
    (9, (720, 8_900), (701, 8_200)),
    (12, (757, 9_600), (740, 8_900)),
    (18, (823, 10_900), (807, 10_200)),
    (24, (878, 12_200), (864, 11_500)),
    (36, (961, 14_300), (951, 13_900)),
    (48, (1033, 16_300), (1027, 16_100)),
    (60, (1100, 18_300), (1094, 18_200)),
    (72, (1160, 20_500), (1151, 20_200)),
    (96, (1273, 25_400), (1266, 25_000)),
    (120, (1378, 31_200), (1386, 31_900)),
    (144, (1491, 40_000), (1512, 41_500)),
    (168, (1632, 50_800), (1598, 49_400)),
    (192, (1729, 60_800), (1625, 53_900)),
    (240, (1765, 66_000), (1632, 56_000)),
];
/// Younger than so many days, somebody is a child here.
const GROWN: i64 = 192 * 487 / 16;

/// What is somebody's own of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Build {
    /// Per mille of the median length, and of the weight that goes with that length.
    Child { length: i64, weight: i64 },
    /// In mm, in g on a day, and how many per mille of that come or go in a year.
    Grown { height: i64, weight: i64, on: Date, drift: i64 },
}

impl Build {
    pub(super) fn new(dice: &mut Dice, age_days: i64, today: Date, is_woman: bool, is_heavy: bool) -> Self {
        if age_days < GROWN {
            return Self::Child { length: dice.near(950, 1050), weight: dice.near(890, 1130) };
        }
        let height = if is_woman { dice.near(1480, 1720) } else { dice.near(1600, 1850) };
        let mass = if is_heavy { dice.near(255, 360) } else { dice.near(190, 300) };
        // Of a height in mm and a body mass in tenths of kg/m2.
        let weight = height * height * mass / 10_000;
        Self::Grown { height, weight, on: today, drift: dice.near(-40, 40) }
    }

    /// Height in mm and weight in g on a day.
    pub(super) fn on(&self, born: Date, is_woman: bool, day: Date) -> (i64, i64) {
        let between = |from: Date| i64::from((day - from).get_days());
        match *self {
            Self::Child { length, weight } => {
                let (height, grams) = median(between(born).max(0), is_woman);
                (height * length / 1000, grams * weight / 1000 * length / 1000 * length / 1000)
            }
            Self::Grown { height, weight, on, drift } => {
                let days = between(on).clamp(-730, 730);
                (height, weight + weight * drift * days / 365_000)
            }
        }
    }
}

/// The median at an age, between the rows of the table.
fn median(days: i64, is_woman: bool) -> Median {
    // A month of 30.4375 days.
    let row = |n: usize| {
        MEDIANS.get(n).map(|(months, boys, girls)| (months * 487 / 16, if is_woman { *girls } else { *boys }))
    };
    let at = (0..MEDIANS.len()).rev().find(|n| row(*n).is_some_and(|(from, _)| from <= days)).unwrap_or(0);
    let (from, low) = row(at).unwrap_or((0, (499, 3_300)));
    let Some((until, high)) = row(at + 1) else { return low };
    let part = |low: i64, high: i64| low + (high - low) * (days - from) / (until - from).max(1);
    (part(low.0, high.0), part(low.1, high.1))
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 3, 14);

    #[test]
    fn infants_gain_from_visit_to_visit_and_nobody_shrinks() {
        for is_woman in [true, false] {
            let born = jiff::civil::date(2025, 11, 1);
            let mut dice = Dice::of(3, &[u64::from(is_woman)]);
            let build = Build::new(&mut dice, 133, TODAY, is_woman, false);
            let mut last = (0, 0);
            for weeks in (0..16 * 52).step_by(4) {
                let now = build.on(born, is_woman, born + i64::from(weeks).weeks());
                assert!(now.0 >= last.0 && now.1 >= last.1, "{weeks}: {now:?} after {last:?}");
                if (4..52).contains(&weeks) {
                    assert!(now.1 >= last.1 + 100, "{weeks}: {now:?} after {last:?}");
                }
                last = now;
            }
            assert!((1500..1850).contains(&last.0), "{last:?}");
        }
    }

    #[test]
    fn grown_ups_keep_their_height_and_most_of_their_weight() {
        let born = jiff::civil::date(1980, 1, 1);
        let build = Build::new(&mut Dice::of(3, &[]), 46 * 365, TODAY, true, false);
        let (then, now) = (build.on(born, true, TODAY - 120.days()), build.on(born, true, TODAY));
        assert_eq!(then.0, now.0);
        assert!((then.1 - now.1).abs() * 50 < now.1, "{then:?} {now:?}");
    }
}
