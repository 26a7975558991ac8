//! `/docs/errors`: every code of a refusal, for people. The `type` of a problem leads here.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Response};

use crate::access;
use crate::app::App;
use crate::kernel::AppError;
use crate::web::layout::Public;
use crate::web::openapi::CodeGroup;

#[derive(Debug, Template)]
#[template(path = "server/errors.html")]
struct ErrorsPage<'a> {
    public: Public,
    groups: &'a [CodeGroup],
}

pub(super) async fn show(groups: Arc<[CodeGroup]>, State(app): State<App>, headers: HeaderMap) -> Response {
    let page = ErrorsPage { public: access::public_frame(&app, &headers), groups: &groups };
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => AppError::internal(error).into_response(),
    }
}
