//! Finding a code while somebody types.

use crate::access::TenantTx;
use crate::clinic::diagnoses::model::{Icd10, code};
use crate::clinic::diagnoses::store::codes as store;
use crate::kernel::{AppError, text};

/// Codes that are offered at most.
pub const MOST_OFFERED: i64 = 50;
/// Characters of a search.
pub const MAX_SEARCH: usize = 100;
/// Words of a search that are looked at.
const WORDS: usize = 3;

/// The code, if the hospital's edition has it.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn find(tx: &TenantTx, wanted: &str) -> Result<Option<Icd10>, AppError> {
    Ok(store::one(tx, wanted).await?)
}

/// Editions, with how many codes are from each.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn editions(tx: &TenantTx) -> Result<Vec<(String, i64)>, AppError> {
    Ok(store::editions(tx).await?)
}

/// What begins with a typed code, then what has all of the typed words in its title.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn search(tx: &TenantTx, typed: &str, most: i64) -> Result<Vec<Icd10>, AppError> {
    let most = most.clamp(1, MOST_OFFERED);
    let typed: String = text::tidy(typed).chars().filter(|c| !c.is_control()).take(MAX_SEARCH).collect();
    let mut found = match beginning(&typed) {
        Some(beginning) => store::by_code(tx, &beginning, most).await?,
        None => Vec::new(),
    };
    let room = usize::try_from(most).unwrap_or(0);
    for words in [words(&typed), american(&words(&typed))] {
        if words.is_empty() || found.len() >= room {
            break;
        }
        for more in store::by_words(tx, &words, most).await? {
            if found.len() < room && !found.contains(&more) {
                found.push(more);
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    Ok(found)
}

/// The first words.
fn words(typed: &str) -> Vec<String> {
    typed.split(' ').filter(|word| !word.is_empty()).take(WORDS).map(str::to_owned).collect()
}

/// The same as Americans write it: the edition that is there from the beginning is theirs.
fn american(words: &[String]) -> Vec<String> {
    let one = |word: &String| word.to_lowercase().replace("ae", "e").replace("oe", "e").replace("our", "or");
    words.iter().map(one).collect()
}

/// The beginning of a code as it is stored, if this is one: `e119` is `E11.9`.
fn beginning(typed: &str) -> Option<String> {
    if let Some(code) = code(typed) {
        return Some(code);
    }
    let short = typed.trim_end_matches('.').to_uppercase();
    let mut chars = short.chars();
    let begins = short.len() <= 3
        && chars.next().is_some_and(|c| c.is_ascii_uppercase())
        && chars.next().is_some_and(|c| c.is_ascii_digit())
        && chars.all(|c| c.is_ascii_alphanumeric());
    begins.then_some(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_of_a_code_is_understood() {
        for (typed, stored) in [
            ("e1", Some("E1")),
            ("E11", Some("E11")),
            ("e11.", Some("E11")),
            ("e119", Some("E11.9")),
            ("E11.9", Some("E11.9")),
            ("asthma", None),
            ("e", None),
            ("1e", None),
            ("e1%", None),
        ] {
            assert_eq!(beginning(typed).as_deref(), stored, "{typed}");
        }
    }

    #[test]
    fn british_words_find_american_titles() {
        assert_eq!(american(&words("Iron anaemia")), ["iron", "anemia"]);
        assert_eq!(words("a b c d").len(), WORDS);
    }
}
