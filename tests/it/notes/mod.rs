//! What a doctor writes down: drafts, signed versions, amendments.
