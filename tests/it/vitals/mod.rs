//! Vital signs, scored as they are shown.
