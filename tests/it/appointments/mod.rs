//! Appointments: booked, moved, checked in, seen, called off.
