//! One of two answers of a page handler.

use aide::OperationOutput;
use axum::response::{IntoResponse, Response};

use super::reply::{Outcome, StoredReply};

/// One of two answers: the block that htmx asked for or the whole page, the next page or the form again.
#[derive(Debug)]
pub enum Either<A, B> {
    This(A),
    That(B),
}

impl<A: IntoResponse, B: IntoResponse> IntoResponse for Either<A, B> {
    fn into_response(self) -> Response {
        match self {
            Self::This(answer) => answer.into_response(),
            Self::That(answer) => answer.into_response(),
        }
    }
}

impl<A: Outcome, B: Outcome> Outcome for Either<A, B> {
    fn stored(&self) -> Option<StoredReply> {
        match self {
            Self::This(answer) => answer.stored(),
            Self::That(answer) => answer.stored(),
        }
    }
}

// The description of a page says only who may open it.
impl<A, B> OperationOutput for Either<A, B> {
    type Inner = ();
}
