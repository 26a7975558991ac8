//! Files: work that keeps a processor busy.
//!
//! Nothing here is called while a transaction is open: rows are read and committed first, then made into a file. At
//! most [`AT_ONCE`] files are made at a time, off the threads that answer requests; others wait in line.

use std::time::Duration;

use tokio::sync::Semaphore;

use crate::kernel::manner::Manner;
use crate::kernel::{AppError, Problem};

/// Files made at the same time.
const AT_ONCE: usize = 2;
/// How long one may wait in line.
const PATIENCE: Duration = Duration::from_secs(15);

static LINE: Semaphore = Semaphore::const_new(AT_ONCE);

/// Do work that keeps a processor busy, on a thread of its own.
///
/// # Errors
/// 503 if the line is too long, or what the work answers.
pub async fn make<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    let place = tokio::time::timeout(PATIENCE, LINE.acquire()).await.map_err(|_| {
        Problem::unavailable("Many files are being made at the moment. Try again in half a minute.", 30)
    })?;
    let place = place.map_err(AppError::internal)?;
    // The work goes on if its client hangs up, and so must its place in line.
    let manner = Manner::of_reader();
    let done = tokio::task::spawn_blocking(move || {
        let _place = place;
        manner.during(work)
    });
    done.await.map_err(|_| AppError::internal("making a file panicked"))?
}
