//! Which medicines somebody must not have, by the allergies and conditions of their chart: notes of the demo name others
//! instead, and the checker finds one that names them all the same.

use super::people::{Person, Said};

/// Medicines that one reason forbids: what the chart says, and how they are named. All in small letters.
struct Class {
    /// One of these in a line of the chart.
    chart: &'static [&'static str],
    medicines: &'static [&'static str],
}

const PENICILLINS: &[&str] =
    &["amoxicillin", "ampicillin", "flucloxacillin", "phenoxymethylpenicillin", "piperacillin"];
const ANTI_INFLAMMATORY: &[&str] =
    &["ibuprofen", "diclofenac", "naproxen", "ketorolac", "indometacin", "aspirin"];

const CLASSES: [Class; 9] = [
    Class { chart: &["penicillin", "amoxicillin", "ampicillin"], medicines: PENICILLINS },
    Class {
        chart: &["ibuprofen", "diclofenac", "naproxen", "aspirin", "nsaid"],
        medicines: ANTI_INFLAMMATORY,
    },
    Class {
        chart: &["sulfonamide", "sulfa", "co-trimoxazole", "sulfamethoxazole"],
        medicines: &["co-trimoxazole", "sulfamethoxazole", "sulfadiazine", "sulfasalazine"],
    },
    Class { chart: &["codeine"], medicines: &["codeine", "dihydrocodeine"] },
    // Aspirin may set off asthma as well, and so may what slows the heart.
    Class {
        chart: &["asthma"],
        medicines: &["ibuprofen", "diclofenac", "naproxen", "aspirin", "bisoprolol"],
    },
    Class {
        chart: &["chronic kidney disease"],
        medicines: &["ibuprofen", "diclofenac", "naproxen", "ketorolac", "nitrofurantoin", "metformin"],
    },
    Class {
        chart: &["coronary heart disease"],
        medicines: &["ibuprofen", "diclofenac", "naproxen", "sumatriptan"],
    },
    Class { chart: &["hypertension"], medicines: &["ibuprofen", "diclofenac", "naproxen", "sumatriptan"] },
    Class { chart: &["pregnan"], medicines: &["ibuprofen", "diclofenac", "naproxen", "doxycycline"] },
];

/// Words of a note that name a medicine, and what stands there for whoever must not have it: for grown-ups and children of
/// twelve and more, and for the younger ones.
const SWAPS: [(&str, &str, &str); 9] = [
    (
        "Amoxicillin for seven days",
        "Doxycycline for seven days (penicillin allergy)",
        "Clarithromycin by weight for seven days (penicillin allergy)",
    ),
    (
        "Amoxicillin if it is not better in two days",
        "Doxycycline if it is not better in two days (penicillin allergy)",
        "Clarithromycin by weight if it is not better in two days (penicillin allergy)",
    ),
    ("Ibuprofen by weight", "Paracetamol by weight", "Paracetamol by weight"),
    ("ibuprofen for a few days with food", "paracetamol for a few days", "paracetamol for a few days"),
    (
        "aspirin, atorvastatin and bisoprolol",
        "clopidogrel, atorvastatin and diltiazem",
        "clopidogrel, atorvastatin and diltiazem",
    ),
    (
        "Metformin is taken with meals",
        "Linagliptin is taken in the morning",
        "Linagliptin is taken in the morning",
    ),
    ("Metformin 1000 mg twice daily", "Linagliptin 5 mg once daily", "Linagliptin 5 mg once daily"),
    ("Nitrofurantoin for five days", "Fosfomycin 3 g once", "Fosfomycin 3 g once"),
    (
        "Sumatriptan early in the attack",
        "Paracetamol 1 g early in the attack",
        "Paracetamol by weight early in the attack",
    ),
];

/// The medicines in a text that somebody with these lines of a chart must not have. A sentence that begins with `No` gives
/// none.
pub(super) fn against<'a>(text: &str, chart: impl IntoIterator<Item = &'a str>) -> Vec<&'static str> {
    let text = text.to_lowercase();
    let given: Vec<&str> =
        text.split(['.', ';', '\n']).map(str::trim_start).filter(|part| !part.starts_with("no ")).collect();
    let mut found = Vec::new();
    for line in chart {
        let line = line.to_lowercase();
        for class in CLASSES.iter().filter(|class| class.chart.iter().any(|word| line.contains(word))) {
            let names = |medicine: &&&str| given.iter().any(|part| part.contains(**medicine));
            found.extend(class.medicines.iter().filter(names).copied());
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// A text of a note as it is for this patient at this age.
pub(super) fn fitting(text: &'static str, person: &Person, years: i64) -> String {
    let allergies = match &person.allergies {
        Said::These(these) => these.as_slice(),
        Said::NotAsked | Said::None => &[],
    };
    let chart: Vec<&str> = allergies
        .iter()
        .map(|allergy| allergy.substance)
        .chain(person.chronic().map(|condition| condition.name))
        .collect();
    let mut fitting = text.to_owned();
    for (words, grown, child) in &SWAPS {
        if fitting.contains(words) && !against(words, chart.iter().copied()).is_empty() {
            fitting = fitting.replace(words, if years < 12 { child } else { grown });
        }
    }
    fitting
}

#[cfg(test)]
mod tests {
    use super::super::illnesses::CONDITIONS;
    use super::super::people::ALLERGIES;
    use super::super::places::INDIA;
    use super::super::visits::VISITS;
    use super::*;

    const TODAY: jiff::civil::Date = jiff::civil::date(2026, 3, 14);

    #[test]
    fn a_medicine_is_found_against_its_allergy_and_not_where_it_is_warned_of() {
        assert_eq!(against("Amoxicillin for seven days.", ["Penicillin (hives, moderate)"]), ["amoxicillin"]);
        assert_eq!(against("Warmth, ibuprofen.", ["Chronic kidney disease", "Asthma"]), ["ibuprofen"]);
        assert!(against("No ibuprofen or diclofenac. Rest.", ["Chronic kidney disease"]).is_empty());
        assert!(against("Amoxicillin.", ["Peanuts (swelling of the face, severe)"]).is_empty());
        assert!(against("Doxycycline (penicillin allergy).", ["Penicillin"]).is_empty());
    }

    #[test]
    fn nobody_is_given_what_they_must_not_have_whatever_they_come_with() {
        let mut plain = Person::new(1, 0, 7, &INDIA, TODAY);
        for allergy in ALLERGIES {
            for condition in &CONDITIONS {
                plain.allergies = Said::These(vec![allergy]);
                plain.conditions = Said::These(vec![(condition, 2020)]);
                for words in VISITS.iter().flat_map(|visit| [visit.words(false), visit.words(true)]).flatten()
                {
                    for years in [5, 40] {
                        let text = fitting(words, &plain, years);
                        let found = against(&text, [allergy.substance, condition.name]);
                        assert!(found.is_empty(), "{found:?} in {text}");
                    }
                }
            }
        }
        plain.allergies = Said::None;
        plain.conditions = Said::None;
        let given = fitting("Amoxicillin for seven days, chest film today.", &plain, 40);
        assert_eq!(given, "Amoxicillin for seven days, chest film today.");
    }
}
