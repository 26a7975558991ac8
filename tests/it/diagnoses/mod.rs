//! What a patient was found to have, with or without a code.
