//! When doctors are there: weekly hours, days that differ, leave.
