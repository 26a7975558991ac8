//! What every page is made of: the frames around it and the components inside it.
//!
//! Plain data and templates, no I/O. A page is an askama struct with a [`Shell`] (signed in) or a
//! [`Public`] frame; forms keep what was typed in a [`FormState`]. Template files lie here too:
//! `shell.html` and `public.html` are extended by pages; the rest belongs to the structs below.
//!
//! A module with pages starts with `use crate::web::layout::*;`, which also brings the filters
//! `|icon`, `|icon_s` and `|icon_l` into its templates: `{{ "user-plus"|icon }}`.

mod banner;
pub mod choices;
mod components;
mod error;
mod fields;
pub mod filters;
mod forms;
mod frames;
mod icon;
mod lists;

pub use banner::{Allergies, Banner, Restricted};
pub use components::{Act, Badge, Empty, Fact, Kind, MaskedPhone, Name, Tab, When};
pub use error::ErrorPage;
pub use fields::{Choice, Field};
pub use forms::{FormState, Summary};
pub use frames::{Console, NavGroup, NavItem, Public, Shell, Theme, Toast, TopSearch};
pub use icon::Icon;
pub use lists::{Pager, SortHead, Sorted, Turn};
