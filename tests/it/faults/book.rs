//! What people were told, reconciled with what is there.

use std::collections::BTreeMap;

use super::stage::Stage;

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// 201.
    Made,
    /// Nothing was done: 503 with Retry-After, or nobody listened.
    Refused,
    /// Cut off, or 503 that says so.
    Unknown,
    /// Anything else: nobody should see it.
    Unclean(String),
}

/// One patient, and what each attempt to register it was told.
#[derive(Debug)]
pub struct Entry {
    pub marker: String,
    /// Sent with an Idempotency-Key, again and again until it was registered.
    pub keyed: bool,
    pub told: Vec<What>,
}

pub struct Book {
    pub entries: Vec<Entry>,
}

/// How many ended how.
#[derive(Debug, Default)]
pub struct Totals {
    pub made: usize,
    pub refused: usize,
    pub unknown: usize,
    /// Of the unknown ones without a key, how many were there after all.
    pub unknown_and_there: usize,
    /// Registered after a failure, by the same key.
    pub made_after_all: usize,
}

impl Book {
    /// Panics with whatever does not fit. `there` is the number of patients before the load.
    pub async fn reconcile(&self, stage: &Stage, before: i64) -> Totals {
        let schema = stage.schema().await;
        let query = format!(
            "select first_name, count(*) as n from {schema}.patients where first_name ~ '^M[a-z]+$' group by 1"
        );
        let mut rows: BTreeMap<String, i64> = BTreeMap::new();
        for row in stage.sql(&query).await {
            rows.insert(row["first_name"].as_str().unwrap().to_owned(), row["n"].as_i64().unwrap());
        }
        let mut totals = Totals::default();
        let mut faults = Vec::new();
        for entry in &self.entries {
            let there = rows.remove(&entry.marker).unwrap_or(0);
            let (last, earlier) = entry.told.split_last().unwrap();
            faults.extend(
                entry
                    .told
                    .iter()
                    .filter(|what| matches!(what, What::Unclean(_)))
                    .map(|what| format!("{what:?}")),
            );
            let fits = match last {
                What::Made => there == 1,
                What::Refused => there == 0,
                What::Unknown => there <= 1,
                What::Unclean(_) => true,
            };
            let kept_on = !entry.keyed || *last == What::Made;
            if !fits || !kept_on {
                faults.push(format!("{entry:?} is there {there} times"));
            }
            totals.made += usize::from(*last == What::Made);
            totals.made_after_all += usize::from(*last == What::Made && !earlier.is_empty());
            totals.unknown_and_there += usize::from(*last == What::Unknown && there == 1);
            totals.refused += entry.told.iter().filter(|what| **what == What::Refused).count();
            totals.unknown += entry.told.iter().filter(|what| **what == What::Unknown).count();
        }
        faults.extend(rows.keys().map(|marker| format!("{marker} is there and nobody sent it")));
        // What is written in the same transaction is there as often.
        let patients = stage.number(&format!("select count(*) from {schema}.patients")).await;
        let beside = [
            (
                "audit rows",
                format!(
                    "select count(*) from {schema}.audit_events where kind = 'created' and entity = 'patient'"
                ),
            ),
            (
                "places taken",
                format!("select patients from public.tenant_usage where schema_name = '{schema}'"),
            ),
        ];
        for (what, query) in beside {
            let n = stage.number(&query).await;
            if n != patients {
                faults.push(format!("{patients} patients and {n} {what}"));
            }
        }
        assert!(faults.is_empty(), "{totals:?}\n{}", faults.join("\n"));
        let expected = before + i64::try_from(totals.made + totals.unknown_and_there).unwrap();
        assert_eq!(patients, expected, "{totals:?}");
        totals
    }
}
