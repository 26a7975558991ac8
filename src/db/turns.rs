//! Turns: how many of the lanes one hospital may have at a time.
//!
//! Three quarters while it is alone, one quarter (two at least) while others ask too. What it asks beyond that waits in a
//! queue of its own, in the order of asking, so that one which asks without end does not stand in the way of the others.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::SchemaName;
use super::lanes::WAIT;
use crate::kernel::DbError;

/// A hospital is alone when no other one has asked for so long.
const ALONE: Duration = Duration::from_secs(1);

/// Who has how many lanes at present; a hospital that asks nothing is not in it.
pub(super) struct Turns {
    /// Lanes that a hospital may have while it is alone; each takes one permit of its queue.
    permits: u32,
    /// Permits that a lane takes while others ask too.
    weight: u32,
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    queues: HashMap<[u8; 16], (Arc<Queue>, usize)>,
    /// The two hospitals that asked last, and when: enough to know whether another one does.
    latest: [Option<([u8; 16], Instant)>; 2],
}

struct Queue {
    permits: Arc<Semaphore>,
    /// Requests that have a lane or are about to.
    running: AtomicUsize,
}

/// The right of one request of a hospital to a lane.
pub(super) struct Turn {
    _permit: OwnedSemaphorePermit,
    place: Place,
    with: usize,
}

/// A request's place in its hospital's queue; the last one to leave takes the queue along.
struct Place {
    turns: Arc<Turns>,
    tenant: [u8; 16],
    queue: Arc<Queue>,
    weight: u32,
}

impl Turns {
    pub(super) fn new(lanes: u16) -> Self {
        let shared = (u32::from(lanes) / 4).max(2);
        let permits = u32::from(lanes).saturating_sub(shared).max(2);
        Self { permits, weight: (permits / shared).max(1), now: Mutex::default() }
    }
}

impl Turn {
    /// In the order of asking.
    pub(super) async fn take(turns: &Arc<Turns>, tenant: &SchemaName) -> Result<Self, DbError> {
        let place = Place::take(turns, tenant.tail());
        let asked = Arc::clone(&place.queue.permits).acquire_many_owned(place.weight);
        let permit = tokio::time::timeout(WAIT, asked).await;
        let permit = permit.ok().and_then(Result::ok).ok_or(DbError::word("pool", "connect"))?;
        let with = place.queue.running.fetch_add(1, Ordering::Relaxed);
        Ok(Self { _permit: permit, place, with })
    }

    /// How many others of this hospital had a lane when this turn was given.
    pub(super) fn with(&self) -> usize {
        self.with
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.place.queue.running.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Place {
    fn take(turns: &Arc<Turns>, tenant: [u8; 16]) -> Self {
        let asked = Instant::now();
        let mut now = turns.now.lock().unwrap_or_else(PoisonError::into_inner);
        let other = now.latest.iter().flatten().find(|(other, _)| *other != tenant).copied();
        now.latest = [Some((tenant, asked)), other];
        let alone = other.is_none_or(|(_, at)| asked.duration_since(at) > ALONE);
        let (queue, requests) = now.queues.entry(tenant).or_insert_with(|| {
            let permits = Arc::new(Semaphore::new(turns.permits as usize));
            (Arc::new(Queue { permits, running: AtomicUsize::new(0) }), 0)
        });
        *requests += 1;
        let queue = Arc::clone(queue);
        drop(now);
        Self { turns: Arc::clone(turns), tenant, queue, weight: if alone { 1 } else { turns.weight } }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut now = self.turns.now.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, requests)) = now.queues.get_mut(&self.tenant) {
            *requests -= 1;
            if *requests == 0 {
                now.queues.remove(&self.tenant);
            }
        }
    }
}
