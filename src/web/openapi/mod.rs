//! The API's description of itself: OpenAPI 3.1, made from the routes, served with two readers of it.
//!
//! [`describe`] makes router and description in one go, so neither can be made without the other; [`publish`]
//! completes it for people with chapters, examples and the codes of refusals.
//! What aide could not describe comes out as a fault, and a test asks that there be none.

mod chapters;
mod check;
mod codes;
mod document;
mod examples;
mod operations;
mod parameters;
mod problems;
mod publish;
mod serve;

use std::cell::RefCell;
use std::rc::Rc;

use aide::axum::ApiRouter;
use aide::openapi::OpenApi;
use axum::Router;

pub use chapters::{Chapter, Part};
pub use check::check;
pub use codes::{Answers, CodeEntry, CodeGroup, refuses, refuses_closed};
pub use document::document;
pub use operations::{add_security, file, header, op};
pub(super) use parameters::unnamed;
pub use problems::{add_default_problem, add_problem, problem_response};
pub use publish::{Capability, ids, publish};
pub use serve::routes;

/// Name of the token's security scheme.
pub const BEARER: &str = "bearer";
/// Name of the session cookie's security scheme.
pub const COOKIE: &str = "cookie";
/// The cookie that carries a page's session.
pub const SESSION_COOKIE: &str = "__Host-hms_session";

/// A router, what it says about itself, and what it failed to say.
pub struct Described<S> {
    pub router: Router<S>,
    pub api: OpenApi,
    /// Every code of a refusal; empty until [`publish`].
    pub codes: Vec<CodeGroup>,
    /// Empty in a sound build: a test holds that.
    pub faults: Vec<String>,
}

/// Make the documented router. Every `api_route` must be called inside `make`: aide gathers in a
/// thread-local that this function prepares and empties.
pub fn describe<S: Clone + Send + Sync + 'static>(make: impl FnOnce() -> ApiRouter<S>) -> Described<S> {
    let faults = Rc::new(RefCell::new(Vec::new()));
    aide::generate::reset_context();
    aide::generate::infer_responses(true);
    aide::generate::extract_schemas(true);
    aide::generate::in_context(|ctx| ctx.schema = document::settings().into_generator());
    aide::generate::on_error({
        let faults = Rc::clone(&faults);
        move |error| {
            tracing::error!(%error, "the API description is not sound");
            faults.borrow_mut().push(error.to_string());
        }
    });
    let mut api = OpenApi::default();
    let router = make().finish_api(&mut api);
    aide::generate::reset_context();
    document(&mut api);
    let mut faults = faults.take();
    faults.extend(check(&api));
    Described { router, api, codes: Vec::new(), faults }
}

/// The text of `openapi.json`: the same for the same routes, ending with a line break.
#[must_use]
pub fn to_json(api: &OpenApi) -> String {
    let mut text = serde_json::to_string_pretty(api).expect("an API description is plain data");
    text.push('\n');
    text
}
