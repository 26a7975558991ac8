//! People who register patients all the time, and write down what they were told.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::book::{Book, Entry, What};
use super::http::{Client, Said};
use super::stage::{PATIENCE, until};

const CLERKS: usize = 8;

/// A load that goes on until it is finished.
pub struct Load {
    stop: Arc<AtomicBool>,
    clerks: JoinSet<()>,
    tally: Arc<Tally>,
}

#[derive(Default)]
struct Tally {
    entries: Mutex<Vec<Entry>>,
    made: AtomicUsize,
    not_made: AtomicUsize,
}

impl Load {
    /// Eight clerks, taking turns at these clients.
    pub fn start(clients: &[Client]) -> Self {
        let (stop, tally) = (Arc::new(AtomicBool::new(false)), Arc::new(Tally::default()));
        let mut clerks = JoinSet::new();
        for clerk in 0..CLERKS {
            let (clients, stop, tally) = (clients.to_vec(), Arc::clone(&stop), Arc::clone(&tally));
            clerks.spawn(async move {
                for n in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let entry = register(&clients, clerk, n, &stop, &tally).await;
                    tally.entries.lock().unwrap().push(entry);
                }
            });
        }
        Self { stop, clerks, tally }
    }

    /// Wait until so many more were registered. Tells how long it took.
    pub async fn goes_on(&self, more: usize) -> Duration {
        let before = self.tally.made.load(Ordering::Relaxed);
        until("more patients are registered", async || {
            self.tally.made.load(Ordering::Relaxed) >= before + more
        })
        .await
    }

    /// Wait until so many more were not registered.
    pub async fn is_held_up(&self, more: usize) {
        let before = self.tally.not_made.load(Ordering::Relaxed);
        until("requests fail", async || self.tally.not_made.load(Ordering::Relaxed) >= before + more).await;
    }

    /// No new patients; those who were promised to be registered still are.
    pub async fn finish(mut self) -> Book {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.clerks.join_next().await {
            ended.unwrap();
        }
        Book { entries: std::mem::take(&mut self.tally.entries.lock().unwrap()) }
    }
}

/// One patient. Every second one has a key, and is sent again until it is registered.
async fn register(clients: &[Client], clerk: usize, n: usize, stop: &AtomicBool, tally: &Tally) -> Entry {
    let marker = format!("M{}{}", letters(clerk), letters(n));
    let keyed = n.is_multiple_of(2);
    let key = format!("load-{marker}");
    let headers: &[(&str, &str)] = if keyed { &[("idempotency-key", &key)] } else { &[] };
    let mut entry = Entry { marker, keyed, told: Vec::new() };
    let mut overdue = None;
    loop {
        // Sent again, it may well come to another instance.
        let client = &clients[(clerk + n + entry.told.len()) % clients.len()];
        let said = client.register(&entry.marker, headers).await;
        let what = told(said);
        let made = what == What::Made;
        entry.told.push(what);
        if made {
            tally.made.fetch_add(1, Ordering::Relaxed);
            return entry;
        }
        tally.not_made.fetch_add(1, Ordering::Relaxed);
        if stop.load(Ordering::Relaxed) {
            let begun = *overdue.get_or_insert_with(Instant::now);
            assert!(begun.elapsed() < PATIENCE, "it never comes back: {entry:?}");
        }
        sleep(Duration::from_millis(50)).await;
        if !keyed {
            return entry;
        }
    }
}

fn told(said: Said) -> What {
    match said {
        Said::NotSent => What::Refused,
        Said::CutOff => What::Unknown,
        Said::Reply(reply) => match (reply.status, reply.code()) {
            (201, _) => What::Made,
            (503, "outcome_unknown" | "timeout") if reply.header("retry-after").is_some() => What::Unknown,
            (503, "unavailable") if reply.header("retry-after").is_some() => What::Refused,
            _ => What::Unclean(format!("{} {}", reply.status, reply.json)),
        },
    }
}

/// A number as letters, since a name has no digits.
fn letters(n: usize) -> String {
    n.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).chain(['x']).collect()
}
