//! The page that greets a visitor.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use askama::Template;

use crate::access::Frame;
use crate::app::App;
use crate::web::Page;
use crate::web::layout::{Public, filters};
use crate::web::openapi::op;

/// `GET /`
#[derive(Debug, Template)]
#[template(path = "platform/landing/pages/landing.html")]
pub struct LandingPage {
    pub public: Public,
}

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new().api_route("/", get_with(show, op("pages.landing.show", "Landing page")))
}

async fn show(frame: Frame) -> Page<LandingPage> {
    Page(LandingPage { public: frame.public() })
}
