//! Answers of page handlers: one of two, and their description for the authorization sweep.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as ResponseDoc, StatusCode as StatusDoc};
use axum::response::{IntoResponse, Response};
use indexmap::IndexMap;

use super::reply::{Outcome, Page, PageWithStatus, SeeOther, StoredReply};

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

impl<A: OperationOutput, B: OperationOutput> OperationOutput for Either<A, B> {
    type Inner = A::Inner;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<ResponseDoc> {
        A::operation_response(ctx, operation)
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, ResponseDoc)> {
        let mut answers = A::inferred_responses(ctx, operation);
        for (status, answer) in B::inferred_responses(ctx, operation) {
            if answers.iter().all(|(known, _)| *known != status) {
                answers.push((status, answer));
            }
        }
        answers
    }
}

fn page() -> ResponseDoc {
    ResponseDoc {
        description: "A page.".to_owned(),
        content: IndexMap::from_iter([("text/html".to_owned(), MediaType::default())]),
        ..ResponseDoc::default()
    }
}

impl<T> OperationOutput for Page<T> {
    type Inner = ();

    fn operation_response(_: &mut GenContext, _: &mut Operation) -> Option<ResponseDoc> {
        Some(page())
    }

    fn inferred_responses(_: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, ResponseDoc)> {
        vec![(Some(200), page())]
    }
}

/// The form again, with what is wrong.
impl<T> OperationOutput for PageWithStatus<T> {
    type Inner = ();

    fn operation_response(_: &mut GenContext, _: &mut Operation) -> Option<ResponseDoc> {
        Some(page())
    }

    fn inferred_responses(_: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, ResponseDoc)> {
        let described = operation.responses.iter().any(|r| r.responses.contains_key(&StatusDoc::Code(422)));
        if described { Vec::new() } else { vec![(Some(422), page())] }
    }
}

impl OperationOutput for SeeOther {
    type Inner = ();

    fn operation_response(_: &mut GenContext, _: &mut Operation) -> Option<ResponseDoc> {
        Some(ResponseDoc { description: "Done; the next page.".to_owned(), ..ResponseDoc::default() })
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, ResponseDoc)> {
        Self::operation_response(ctx, operation).map(|doc| (Some(303), doc)).into_iter().collect()
    }
}
