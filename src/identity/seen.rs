//! Which hospitals were seen lately, so that each is noted now and then and not with every request.

use std::time::Duration;

use moka::sync::Cache;

use crate::kernel::ids::TenantId;

/// How often one hospital is noted by one instance.
const EVERY: Duration = Duration::from_secs(300);
/// Hospitals in memory.
const MOST: u64 = 100_000;

/// Hospitals that were noted within the last minutes.
#[derive(Debug)]
pub struct Seen(Cache<TenantId, ()>);

impl Default for Seen {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MOST).time_to_live(EVERY).build())
    }
}

impl Seen {
    /// Is it time to note this hospital? Of many who ask at once, one is told so.
    #[must_use]
    pub fn is_due(&self, hospital: TenantId) -> bool {
        !self.0.contains_key(&hospital) && self.0.entry(hospital).or_insert(()).is_fresh()
    }

    /// It was not noted after all.
    pub fn forget(&self, hospital: TenantId) {
        self.0.invalidate(&hospital);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hospital_is_due_once_and_the_next_one_too() {
        let (seen, asha, zen) = (Seen::default(), TenantId::new(), TenantId::new());
        assert_eq!([asha, asha, zen, asha].map(|id| seen.is_due(id)), [true, false, true, false]);
        seen.forget(asha);
        assert!(seen.is_due(asha), "it is tried again");
    }
}
