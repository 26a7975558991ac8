//! Vital signs that somebody has to answer.
