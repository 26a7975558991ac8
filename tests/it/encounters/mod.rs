//! What happened between a patient and a doctor: the record behind a consultation.
