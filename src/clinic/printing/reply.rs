//! What the transaction of a printing answers with.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::web::{Outcome, StoredReply};

/// The printing is on record; the paper itself is made afterwards and never stored.
pub(super) struct Recorded;

impl IntoResponse for Recorded {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl Outcome for Recorded {
    fn stored(&self) -> Option<StoredReply> {
        None
    }
}
