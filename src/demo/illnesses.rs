//! What the demo's patients have for life, and of what a reason to come consists: the signs that go with it, its season, and
//! what the doctor writes, at first and when the patient comes back (`visits` has them all). Codes are of the set that every
//! hospital starts with (`V20__encounters.sql`).

use super::visits::VISITS;

/// Something that somebody has for life.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) key: &'static str,
    /// As the chart has it.
    pub(super) name: &'static str,
    pub(super) code: &'static str,
    pub(super) from_age: i64,
    /// Goes with a greater weight.
    pub(super) is_heavy: bool,
    only_women: bool,
    /// In how many of a hundred: up to 30, 50, 65 years, and above.
    shares: [u64; 4],
}

const fn condition(
    key: &'static str,
    name: &'static str,
    code: &'static str,
    from_age: i64,
    is_heavy: bool,
    only_women: bool,
    shares: [u64; 4],
) -> Condition {
    Condition { key, name, code, from_age, is_heavy, only_women, shares }
}

pub(super) static CONDITIONS: [Condition; 11] = [
    condition("hypertension", "Hypertension", "I10", 25, false, false, [1, 16, 40, 55]),
    condition("diabetes", "Type 2 diabetes", "E11.9", 30, true, false, [0, 10, 25, 28]),
    condition("asthma", "Asthma", "J45.909", 4, false, false, [9, 6, 5, 4]),
    condition("thyroid", "Hypothyroidism", "E03.9", 18, false, true, [4, 9, 10, 10]),
    condition("heart", "Coronary heart disease", "I25.10", 45, false, false, [0, 1, 7, 16]),
    condition("lungs", "COPD", "J44.9", 45, false, false, [0, 1, 6, 11]),
    condition("kidneys", "Chronic kidney disease", "N18.9", 45, false, false, [0, 0, 4, 10]),
    condition("lipids", "Hyperlipidaemia", "E78.5", 30, false, false, [0, 8, 20, 22]),
    condition("knees", "Osteoarthritis of the knee", "M17.9", 45, true, false, [0, 1, 12, 28]),
    condition("migraine", "Migraine", "G43.909", 12, false, true, [9, 10, 4, 1]),
    condition("anxiety", "Anxiety disorder", "F41.9", 16, false, false, [5, 6, 4, 3]),
];

impl Condition {
    /// In how many of a hundred of this age and sex.
    pub(super) fn share(&self, age: i64, is_woman: bool) -> u64 {
        if age < self.from_age || (self.only_women && !is_woman) {
            return 0;
        }
        let band = match age {
            ..=30 => 0,
            31..=50 => 1,
            51..=65 => 2,
            _ => 3,
        };
        self.shares.get(band).copied().unwrap_or(0)
    }
}

/// How an illness shows in the signs: what is added to what is usual, from and to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signs {
    /// Tenths of a degree.
    pub(super) warmth: (i64, i64),
    pub(super) pulse: (i64, i64),
    pub(super) breaths: (i64, i64),
    /// Points of oxygen saturation that are missing.
    pub(super) spo2_less: (i64, i64),
    pub(super) systolic: (i64, i64),
    pub(super) pain: (i64, i64),
}

const WELL: Signs = Signs {
    warmth: (0, 0),
    pulse: (0, 0),
    breaths: (0, 0),
    spo2_less: (0, 0),
    systolic: (0, 0),
    pain: (0, 0),
};
pub(super) const FEVER: Signs =
    Signs { warmth: (14, 27), pulse: (12, 24), breaths: (1, 4), pain: (1, 4), ..WELL };
pub(super) const WARM: Signs =
    Signs { warmth: (4, 11), pulse: (4, 10), breaths: (0, 2), pain: (1, 3), ..WELL };
pub(super) const SORE: Signs = Signs { pulse: (2, 8), systolic: (2, 10), pain: (4, 7), ..WELL };
pub(super) const BREATHLESS: Signs =
    Signs { pulse: (10, 22), breaths: (4, 8), spo2_less: (2, 4), pain: (0, 2), ..WELL };
pub(super) const CHESTY: Signs =
    Signs { warmth: (14, 24), pulse: (16, 28), breaths: (5, 9), spo2_less: (2, 5), pain: (2, 5), ..WELL };

/// Of whom somebody has to look at once.
pub(super) const URGENT: Signs =
    Signs { warmth: (20, 27), pulse: (22, 34), breaths: (6, 9), spo2_less: (2, 4), pain: (2, 4), ..WELL };

/// A reason to come, and what comes of it. In the texts `{bp}`, `{pulse}`, `{temp}`, `{spo2}`, `{rr}`, `{weight}`,
/// `{glucose}` and `{days}` stand for what was measured and since when.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Visit {
    /// Of which condition it is the check.
    pub(super) of: Option<&'static str>,
    /// Why the patient comes, as the desk writes it.
    pub(super) reason: &'static str,
    pub(super) code: &'static str,
    pub(super) ages: (i64, i64),
    pub(super) only_women: bool,
    /// How often, compared with the others.
    pub(super) often: i64,
    pub(super) signs: Signs,
    pub(super) subjective: &'static str,
    pub(super) objective: &'static str,
    pub(super) assessment: &'static str,
    pub(super) plan: &'static str,
    /// Seen again after so many days, if at all.
    pub(super) again_days: Option<i64>,
    /// What is written then.
    pub(super) later: Option<Later>,
    /// For babies of less than half a year too: much else sends them to a hospital.
    pub(super) babies: bool,
    /// When it goes round, if not all the year.
    pub(super) season: Option<Season>,
}

/// What the doctor writes when a patient comes back as agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Later {
    pub(super) subjective: &'static str,
    pub(super) objective: &'static str,
    pub(super) assessment: &'static str,
    pub(super) plan: &'static str,
    /// Seen again after so many days, if at all.
    pub(super) again_days: Option<i64>,
}

/// What does not come all the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Season {
    /// Only while there is pollen.
    Pollen,
    /// Most in its season, now and then otherwise.
    Influenza,
}

impl Visit {
    /// How often in this month of the year in this country.
    pub(super) fn often_in(&self, month: i8, country: &str) -> i64 {
        let is_india = country == "IN";
        match self.season {
            None => self.often,
            Some(Season::Pollen) if is_india => {
                if (2..=4).contains(&month) {
                    self.often
                } else {
                    0
                }
            }
            Some(Season::Pollen) => {
                if (3..=7).contains(&month) {
                    self.often
                } else {
                    0
                }
            }
            Some(Season::Influenza) => {
                let is_high = match month {
                    1..=3 => true,
                    7..=9 => is_india,
                    11 | 12 => !is_india,
                    _ => false,
                };
                if is_high { self.often } else { 1 }
            }
        }
    }

    /// What is written: subjective, objective, assessment, plan.
    pub(super) fn words(&self, is_later: bool) -> [&'static str; 4] {
        match self.later.as_ref().filter(|_| is_later) {
            Some(later) => [later.subjective, later.objective, later.assessment, later.plan],
            None => [self.subjective, self.objective, self.assessment, self.plan],
        }
    }

    /// Does what is written quote what was measured?
    pub(super) fn quotes(&self, is_later: bool) -> bool {
        self.words(is_later).iter().any(|words| words.replace("{days}", "").contains('{'))
    }
}

pub(super) const PLAIN: Visit = Visit {
    of: None,
    reason: "",
    code: "",
    ages: (0, 120),
    only_women: false,
    often: 4,
    signs: WELL,
    subjective: "",
    objective: "",
    assessment: "",
    plan: "",
    again_days: None,
    later: None,
    babies: false,
    season: None,
};

/// Where of [`VISITS`] pneumonia is: what whoever is watched today came with.
pub(super) fn pneumonia() -> usize {
    VISITS.iter().position(|visit| visit.code == "J18.9").unwrap_or(0)
}

/// After how many days a visit's plan asks its patient back, if at all.
pub(super) fn again_days(visit: usize, is_later: bool) -> Option<i64> {
    let visit = VISITS.get(visit)?;
    match (&visit.later, is_later) {
        (Some(later), true) => later.again_days,
        _ => visit.again_days,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_of_the_set_that_every_hospital_starts_with() {
        let starter = include_str!("../../tenant_migrations/V20__encounters.sql");
        let codes = VISITS.iter().map(|visit| visit.code);
        for code in codes.chain(CONDITIONS.iter().map(|condition| condition.code)) {
            assert!(starter.contains(&format!("('{code}', ")), "{code}");
        }
    }

    #[test]
    fn each_condition_that_is_checked_exists_and_everybody_has_something_to_come_for() {
        let known = |key| CONDITIONS.iter().any(|condition| condition.key == key);
        assert!(VISITS.iter().filter_map(|visit| visit.of).all(known));
        for age in 0..100 {
            let fits = |visit: &&Visit| {
                visit.of.is_none() && !visit.only_women && (visit.ages.0..=visit.ages.1).contains(&age)
            };
            assert!(VISITS.iter().filter(fits).count() >= 3, "{age}");
        }
    }

    #[test]
    fn whoever_is_asked_back_has_another_text_then() {
        for visit in &VISITS {
            assert_eq!(visit.again_days.is_some(), visit.later.is_some(), "{}", visit.reason);
            let mut both = visit.words(false).into_iter().zip(visit.words(true));
            assert!(visit.later.is_none() || both.all(|(first, then)| first != then), "{}", visit.reason);
            assert!(visit.again_days.is_none() || visit.plan.contains("ee again in"), "{}", visit.reason);
        }
        let reasons: std::collections::BTreeSet<&str> = VISITS.iter().map(|visit| visit.reason).collect();
        assert_eq!(reasons.len(), VISITS.len(), "a reason tells which visit it was");
    }

    #[test]
    fn pollen_flies_in_its_months_only() {
        let visit = VISITS.iter().find(|visit| visit.season == Some(Season::Pollen)).unwrap();
        for (country, months) in [("IN", 2..=4), ("GB", 3..=7)] {
            for month in 1..=12 {
                assert_eq!(visit.often_in(month, country) > 0, months.contains(&month), "{country} {month}");
            }
        }
        let influenza = VISITS.iter().find(|visit| visit.season == Some(Season::Influenza)).unwrap();
        assert!(influenza.often_in(1, "GB") > influenza.often_in(6, "GB"));
        assert!(influenza.often_in(8, "IN") > influenza.often_in(8, "GB"));
    }
}
