//! The page that greets a visitor.

use askama::Template;

use crate::web::layout::*;

/// `GET /`
#[derive(Debug, Template)]
#[template(path = "platform/landing/pages/landing.html")]
pub struct LandingPage {
    pub public: Public,
}
