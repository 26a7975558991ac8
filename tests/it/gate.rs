//! The gate itself: isolation, poison, cancellation, the bridge.
