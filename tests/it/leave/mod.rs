//! A doctor who is away, and what becomes of the bookings.
