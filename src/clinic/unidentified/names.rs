//! Made-up names: two words for the radio and the corridor, and a number.
//!
//! No two words of a list are alike, none of one list is like one of the other, and none says anything about a person:
//! no colour of skin, no animal that is an insult somewhere, no first name that is usual.

use std::collections::BTreeSet;

use rand::seq::IndexedRandom as _;
use rand::{Rng, RngExt as _};

/// First words.
#[rustfmt::skip]
pub const FIRST: [&str; 60] = [
    "Amber", "Cobalt", "Copper", "Crimson", "Velvet", "Marble", "Granite", "Walnut", "Indigo",
    "Cedar", "Lunar", "Solar", "Arctic", "Winter", "Spring", "Coastal", "Emerald", "Golden",
    "Gentle", "Harvest", "Island", "Juniper", "Lemon", "Linen", "Meadow", "Noble", "Ocean",
    "Orchard", "Prairie", "Quartz", "Rapid", "Saffron", "Satin", "Steady", "Sunny", "Topaz",
    "Tulip", "Vanilla", "Willow", "Bright", "Azure", "Cotton", "Swift", "Royal", "Glacier",
    "Bamboo", "Cosmic", "Nectar", "Onyx", "Pebble", "Rainbow", "Thistle", "Vivid", "Basalt",
    "Domino", "Echo", "Flint", "Magnet", "Honey", "Denim",
];

/// Second words.
#[rustfmt::skip]
pub const SECOND: [&str; 60] = [
    "Falcon", "Harbour", "Lantern", "Compass", "Bridge", "Valley", "Canyon", "Forest", "Anchor",
    "Beacon", "Castle", "Cottage", "Feather", "Fiddle", "Guitar", "Horizon", "Ladder", "Lagoon",
    "Pocket", "Ribbon", "Signal", "Thunder", "Village", "Banjo", "Cello", "Cricket", "Dolphin",
    "Eagle", "Fabric", "Galaxy", "Kayak", "Kestrel", "Legend", "Lotus", "Mirror", "Monsoon",
    "Nutmeg", "Oasis", "Oyster", "Piano", "Planet", "Puzzle", "Pyramid", "Spruce", "Stream",
    "Teapot", "Tower", "Trumpet", "Voyage", "Zigzag", "Crane", "Estuary", "Gondola", "Iceberg",
    "Jigsaw", "Kingdom", "Studio", "Uplands", "Bazaar", "Puffin",
];

/// First and last name for somebody whom nobody knows: `Amber`, `Falcon 4821`. `in_use`: first and second words of all
/// others who are not identified yet. While words last, both are nobody else's; then at least the two together.
#[must_use]
pub fn choose(in_use: &[(String, String)]) -> (String, String) {
    choose_by(in_use, &mut rand::rng())
}

fn choose_by(in_use: &[(String, String)], random: &mut impl Rng) -> (String, String) {
    let first: BTreeSet<&str> = in_use.iter().map(|(first, _)| first.as_str()).collect();
    let second: BTreeSet<&str> = in_use.iter().map(|(_, second)| second.as_str()).collect();
    let both: BTreeSet<(&str, &str)> = in_use.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let number = random.random_range(0..10_000);
    let pairs = FIRST.iter().flat_map(|a| SECOND.iter().map(move |b| (*a, *b)));
    let mut free: Vec<(&str, &str)> = pairs.filter(|pair| !both.contains(pair)).collect();
    // As few shared words as there can be.
    let shared = |(a, b): &(&str, &str)| u8::from(first.contains(a)) + u8::from(second.contains(b));
    let least = free.iter().map(shared).min();
    free.retain(|pair| Some(shared(pair)) == least);
    match free.choose(random) {
        Some((a, b)) => ((*a).to_owned(), format!("{b} {number:04}")),
        // Thousands are waiting: only the number is left to tell them apart, as a part of the word.
        None => {
            let (a, b) =
                (FIRST.choose(random).unwrap_or(&FIRST[0]), SECOND.choose(random).unwrap_or(&SECOND[0]));
            ((*a).to_owned(), format!("{b}-{number:04}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinic::patients::LABEL_CHARS;

    /// Letters to add, leave out or change to make one word the other.
    fn distance(a: &str, b: &str) -> usize {
        let (a, b) = (a.to_lowercase(), b.to_lowercase());
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.bytes().enumerate() {
            let mut next = vec![i + 1];
            for (j, y) in b.bytes().enumerate() {
                next.push((row[j + 1] + 1).min(next[j] + 1).min(row[j] + usize::from(x != y)));
            }
            row = next;
        }
        row[b.len()]
    }

    #[test]
    fn no_two_words_are_alike() {
        assert_eq!((distance("kitten", "sitting"), FIRST.len(), SECOND.len()), (3, 60, 60));
        let all: Vec<&str> = FIRST.into_iter().chain(SECOND).collect();
        for (i, a) in all.iter().enumerate() {
            for b in &all[..i] {
                assert!(distance(a, b) >= 3, "{a} and {b}");
            }
        }
        for list in [FIRST, SECOND] {
            let starts: BTreeSet<&str> = list.iter().map(|word| &word[..3]).collect();
            assert_eq!(starts.len(), list.len(), "each word is known by its first three letters");
        }
    }

    #[test]
    fn a_name_fits_on_a_label() {
        for word in FIRST.into_iter().chain(SECOND) {
            assert!(word.bytes().all(|b| b.is_ascii_alphabetic()), "{word}");
            assert!(2 * word.len() + " ".len() + " 4821".len() <= LABEL_CHARS, "{word}");
        }
    }

    #[test]
    fn words_are_shared_only_when_they_have_run_out() {
        let mut in_use: Vec<(String, String)> = Vec::new();
        let draw = |in_use: &[(String, String)]| {
            let (first, last) = choose_by(in_use, &mut rand::rng());
            let (second, number) = last.split_once(' ').unwrap();
            assert!(number.len() == 4 && number.parse::<u16>().is_ok(), "{last}");
            let pair = (first, second.to_owned());
            assert!(!in_use.contains(&pair), "{pair:?}");
            pair
        };
        for n in 0..FIRST.len() + 20 {
            let pair = draw(&in_use);
            let is_new = in_use.iter().all(|(a, b)| *a != pair.0 && *b != pair.1);
            assert!(is_new || n >= FIRST.len(), "{n}: {pair:?}");
            in_use.push(pair);
        }
        in_use = FIRST.iter().flat_map(|a| SECOND.iter().map(|b| ((*a).into(), (*b).into()))).collect();
        let last_pair = in_use.pop().unwrap();
        assert_eq!(draw(&in_use), last_pair);
        in_use.push(last_pair);
        let (_, last) = choose_by(&in_use, &mut rand::rng());
        assert!(last.contains('-'), "every pair is in use, and nobody is refused: {last}");
    }
}
