//! Vital signs that fit whom they are taken of and why the patient came, scored by the same function as those that people
//! take.

use jiff::civil::Date;
use jiff::{Timestamp, Unit};
use serde_json::{Map, Value};

use super::dice::Dice;
use super::illnesses::{Signs, URGENT};
use super::people::Person;
use super::rows::{Cell, Rows};
use crate::clinic::vitals::{
    Age, Consciousness, Earlier, Measure, PainScale, Risk, Score, Standing, Tables, Taken, answer, bmi, score,
};

/// Columns of `vitals` that the demo writes.
pub(super) const COLUMNS: &str = "id, patient_id, appointment_id, recorded_by_id, recorded_at, entered_at, systolic_bp, \
    diastolic_bp, heart_rate, respiratory_rate, temperature_tenths, spo2, weight_grams, height_mm, oxygen_given, \
    consciousness, pain, pain_scale, glucose_mg_dl, bmi_tenths, news2_state, news2_why, news2_total, news2_single_red, \
    news2_parts, news2_scale, news2_table, flags, next_due_at, is_watched, is_demo";

/// From and to.
type Usual = (i64, i64);

/// What is usual at an age below 16: until so many years, pulse, breaths, systolic pressure.
const CHILDREN: [(i64, Usual, Usual, Usual); 6] = [
    (1, (112, 148), (32, 44), (78, 92)),
    (2, (100, 132), (26, 34), (86, 98)),
    (5, (90, 118), (22, 28), (90, 103)),
    (8, (78, 106), (19, 24), (94, 106)),
    (12, (72, 98), (17, 22), (98, 112)),
    (16, (64, 94), (14, 19), (102, 120)),
];

/// How old somebody is on a day, as the scores count it.
pub(super) fn age(born: Date, day: Date) -> Age {
    let count = |unit| born.until((unit, day)).ok();
    let months = count(Unit::Month).map_or(0, |span| i64::from(span.get_months()));
    let days = count(Unit::Day).map_or(0, |span| i64::from(span.get_days()));
    Age { days, months, years: months / 12 }
}

/// One set, taken on this day. Throws that need not agree with anything come from `dice`.
/// `of` is the condition that is checked; `is_later`: its patient comes back and is better.
pub(super) fn taken(
    dice: &mut Dice,
    person: &Person,
    signs: &Signs,
    (of, is_later): (Option<&str>, bool),
    day: Date,
) -> Taken {
    let years = person.age_on(day);
    let child = CHILDREN.iter().find(|(until, ..)| years < *until);
    let (pulse, breaths, systolic) = match child {
        Some((_, pulse, breaths, systolic)) => {
            (dice.near(pulse.0, pulse.1), dice.near(breaths.0, breaths.1), dice.near(systolic.0, systolic.1))
        }
        None => {
            let base = 110 + (years - 16).clamp(0, 60) / 4;
            let raised = person.has("hypertension");
            // At the check it is the finding; otherwise the tablets hold it down.
            let more = match (raised, of == Some("hypertension")) {
                (true, true) if is_later => dice.between(4, 13),
                (true, true) => dice.between(32, 46),
                (true, false) => dice.between(8, 22),
                (false, _) => dice.between(-6, 10),
            };
            (dice.near(60, 88), dice.near(12, 18), base + more)
        }
    };
    let add = |dice: &mut Dice, base: i64, (low, high): (i64, i64)| base + dice.near(low, high);
    let systolic = add(dice, systolic, signs.systolic);
    let share = dice.near(58, 66);
    let diastolic = (systolic * share / 100).clamp(30, 128);
    let usual = if person.has("lungs") { dice.near(92, 95) } else { dice.near(96, 99) };
    let spo2 = (usual - dice.near(signs.spo2_less.0, signs.spo2_less.1)).max(86);
    let pain = dice.near(signs.pain.0, signs.pain.1);
    // Children are warmer.
    let warm = if child.is_some() { dice.near(364, 374) } else { dice.near(362, 371) };
    let mut set =
        Taken { oxygen: Some(false), consciousness: Some(Consciousness::Alert), ..Taken::default() };
    let mut put = |measure, value: i64| {
        if let Ok(value) = i32::try_from(value) {
            set.values.insert(measure, value);
        }
    };
    put(Measure::Systolic, systolic);
    put(Measure::Diastolic, diastolic);
    put(Measure::HeartRate, add(dice, pulse, signs.pulse));
    put(Measure::RespiratoryRate, add(dice, breaths, signs.breaths));
    put(Measure::Temperature, add(dice, warm, signs.warmth));
    put(Measure::Spo2, spo2);
    let (height, weight) = person.size_on(day);
    // Infants are weighed without clothes. In steps of 100 g, as scales show it.
    let noise = if years < 2 { 1000 } else { dice.near(993, 1007) };
    put(Measure::Weight, (weight * noise / 1000).max(2500) / 100 * 100);
    if years < 18 || dice.chance(45) {
        put(Measure::Height, height);
    }
    // Faces are counted in steps of two.
    put(Measure::Pain, if (4..=7).contains(&years) { pain / 2 * 2 } else { pain });
    if person.has("diabetes") && (of == Some("diabetes") || dice.chance(40)) {
        let sugar = match (of == Some("diabetes"), is_later) {
            (true, true) => dice.near(102, 148),
            (true, false) => dice.near(152, 240),
            (false, _) => dice.near(112, 210),
        };
        put(Measure::Glucose, sugar);
    }
    set.pain_scale = Some(match years {
        ..=3 => PainScale::Flacc,
        4..=7 => PainScale::Faces,
        _ => PainScale::Numeric,
    });
    set
}

/// A set for which somebody has to come at once, and to look again within the hour: of a grown-up.
pub(super) fn urgent(dice: &mut Dice, person: &Person, day: Date) -> Taken {
    let tables = Tables::built_in();
    let age = age(person.born, day);
    let throw = |dice: &mut Dice| taken(dice, person, &URGENT, (None, false), day);
    let is_medium = |set: &Taken| {
        let scored = score(set, Some(age), 1, tables);
        answer(&scored, &tables.response).is_some_and(|(risk, ..)| risk == Risk::Medium)
    };
    let mut set = throw(dice);
    for _ in 0..200 {
        if is_medium(&set) {
            break;
        }
        set = throw(dice);
    }
    set
}

/// A set that is to be written.
pub(super) struct Set<'a> {
    pub(super) id: uuid::Uuid,
    pub(super) patient: uuid::Uuid,
    pub(super) appointment: uuid::Uuid,
    pub(super) by: uuid::Uuid,
    pub(super) at: Timestamp,
    pub(super) age: Age,
    pub(super) taken: &'a Taken,
    /// Its patient waits, so that somebody may have to come back.
    pub(super) is_waiting: bool,
}

/// Score it and write it. Whom it alarms, if anybody: why, and at which level.
pub(super) fn write(rows: &mut Rows, set: &Set<'_>) -> Option<(&'static str, i16)> {
    let tables = Tables::built_in();
    let taken = set.taken;
    let scored = score(taken, Some(set.age), 1, tables);
    let told = answer(&scored, &tables.response);
    let due = told
        .as_ref()
        .map(|(_, step, _)| set.at + jiff::SignedDuration::from_mins(i64::from(step.every_minutes)));
    let is_watched = set.is_waiting && told.as_ref().is_some_and(|(risk, ..)| *risk > Risk::None);
    let small = |measure| taken.get(measure).and_then(|value| i16::try_from(value).ok());
    let (state, why, total) = standing(&scored);
    let mass = bmi(taken, Some(set.age), &Earlier::default()).map(i64::from);
    let cells: [&dyn Cell; 31] = [
        &set.id,
        &set.patient,
        &set.appointment,
        &set.by,
        &set.at,
        &set.at,
        &small(Measure::Systolic),
        &small(Measure::Diastolic),
        &small(Measure::HeartRate),
        &small(Measure::RespiratoryRate),
        &small(Measure::Temperature),
        &small(Measure::Spo2),
        &taken.get(Measure::Weight),
        &small(Measure::Height),
        &taken.oxygen,
        &taken.consciousness.map(Consciousness::code),
        &small(Measure::Pain),
        &taken.pain_scale.map(PainScale::code),
        &small(Measure::Glucose),
        &mass,
        &state,
        &why,
        &total,
        &scored.single_red,
        &parts(&scored),
        &i16::from(scored.scale),
        &scored.table,
        &flags(&scored),
        &due,
        &is_watched,
        &true,
    ];
    rows.add(&cells);
    told.filter(|(_, step, _)| step.level > 0).map(|(_, step, reason)| (reason.code(), i16::from(step.level)))
}

/// State, why not, and total, as the table has them.
pub(super) fn standing(scored: &Score) -> (&'static str, Option<&'static str>, Option<i16>) {
    match scored.standing {
        Standing::Scored(total) => ("SCORED", None, Some(i16::from(total))),
        Standing::Incomplete => ("INCOMPLETE", None, None),
        Standing::NotApplicable(why) => ("NOT_APPLICABLE", Some(why.code()), None),
    }
}

fn parts(scored: &Score) -> Value {
    let parts = scored.parts.iter().map(|(measure, points)| (measure.code().to_owned(), (*points).into()));
    Value::Object(parts.collect::<Map<String, Value>>())
}

fn flags(scored: &Score) -> Value {
    let flags = scored.flags.iter().map(|(measure, flag)| (measure.code().to_owned(), flag.code().into()));
    Value::Object(flags.collect::<Map<String, Value>>())
}

/// A text with what was measured in its places.
pub(super) fn filled(text: &str, taken: &Taken, days: i64) -> String {
    if !text.contains('{') {
        return text.to_owned();
    }
    let shown = |measure: Measure| taken.get(measure).map_or_else(String::new, |value| measure.shown(value));
    text.replace("{bp}", &format!("{}/{}", shown(Measure::Systolic), shown(Measure::Diastolic)))
        .replace("{pulse}", &shown(Measure::HeartRate))
        .replace("{rr}", &shown(Measure::RespiratoryRate))
        .replace("{temp}", &format!("{} °C", shown(Measure::Temperature)))
        .replace("{spo2}", &shown(Measure::Spo2))
        .replace("{weight}", &shown(Measure::Weight))
        .replace("{glucose}", &shown(Measure::Glucose))
        .replace("{days}", &days.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::places::INDIA;
    use super::super::visits::VISITS;
    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 3, 14);

    #[test]
    fn signs_fit_the_reason_and_the_age() {
        for number in 0..300 {
            let person = Person::new(1, 0, number, &INDIA, TODAY);
            let mut dice = Dice::of(5, &[number]);
            for visit in &VISITS {
                let set = taken(&mut dice, &person, &visit.signs, (visit.of, false), TODAY);
                let get = |measure| set.get(measure).unwrap();
                assert!(get(Measure::Systolic) > get(Measure::Diastolic) + 10);
                let fever = visit.signs.warmth.0 >= 14;
                assert!(!fever || get(Measure::Temperature) >= 376, "{} {:?}", visit.reason, set.values);
                assert!((360..=405).contains(&get(Measure::Temperature)));
                assert!((86..=100).contains(&get(Measure::Spo2)));
                let years = person.age_on(TODAY);
                assert!(years >= 1 || get(Measure::HeartRate) > 100, "an infant's heart is fast");
                assert!(years < 16 || get(Measure::HeartRate) < 130);
                if visit.of == Some("hypertension") && person.has("hypertension") {
                    assert!(get(Measure::Systolic) >= 140, "{:?}", set.values);
                    let then = taken(&mut dice, &person, &visit.signs, (visit.of, true), TODAY);
                    let then = then.get(Measure::Systolic).unwrap();
                    assert!(then < 140, "at the goal when it is seen again: {then}");
                }
                let text = filled(visit.objective, &set, 3);
                assert!(!text.contains('{') || (visit.of == Some("diabetes")), "{text}");
            }
        }
    }

    #[test]
    fn whoever_is_watched_has_a_score_that_asks_for_it() {
        let grown = |person: &Person| person.age_on(TODAY) >= 18 && !person.has("lungs");
        for number in 0..120 {
            let person = Person::new(1, 0, number, &INDIA, TODAY);
            if !grown(&person) {
                continue;
            }
            let set = urgent(&mut Dice::of(6, &[number]), &person, TODAY);
            let scored = score(&set, Some(age(person.born, TODAY)), 1, Tables::built_in());
            let told = answer(&scored, &Tables::built_in().response).map(|(risk, ..)| risk);
            assert_eq!(told, Some(Risk::Medium), "{:?}", set.values);
        }
    }

    #[test]
    fn ages_are_counted_in_full_units() {
        let born = jiff::civil::date(2010, 3, 15);
        assert_eq!(age(born, TODAY).years, 15);
        assert_eq!(age(born, jiff::civil::date(2026, 3, 15)).years, 16);
        assert_eq!(age(jiff::civil::date(2026, 1, 14), TODAY).months, 2);
    }
}
