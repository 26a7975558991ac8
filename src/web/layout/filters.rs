//! Filters of our templates.
//!
//! Askama looks for a module called `filters` beside each page struct; the glob of `layout` brings it.

use askama::filters::Safe;
use askama::{Result, Values};

/// `{{ "bed"|icon }}`: an icon of 18 px. `build.rs` collects the names.
#[askama::filter_fn]
pub fn icon(name: impl AsRef<str>, _: &dyn Values) -> Result<Safe<String>> {
    Ok(Safe(svg("icon", name.as_ref())))
}

/// `{{ "bed"|icon_s }}`: 15 px, beside small text.
#[askama::filter_fn]
pub fn icon_s(name: impl AsRef<str>, _: &dyn Values) -> Result<Safe<String>> {
    Ok(Safe(svg("icon icon-s", name.as_ref())))
}

/// `{{ "bed"|icon_l }}`: 24 px, beside headings.
#[askama::filter_fn]
pub fn icon_l(name: impl AsRef<str>, _: &dyn Values) -> Result<Safe<String>> {
    Ok(Safe(svg("icon icon-l", name.as_ref())))
}

fn svg(class: &str, name: &str) -> String {
    let sprite = crate::web::assets::path("icons.svg");
    format!("<svg class=\"{class}\" aria-hidden=\"true\"><use href=\"{sprite}#{name}\"/></svg>")
}
