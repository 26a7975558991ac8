//! What every page is made of: the frames around it and the components inside it.
//!
//! Plain data and templates, no I/O. A page is an askama struct with a [`Shell`] (signed in) or a
//! [`Public`] frame; forms keep what was typed in a [`FormState`]. Template files lie here too:
//! `shell.html` and `public.html` are extended by pages; the rest belongs to the structs below.
//!
//! A module with pages starts with `use crate::web::layout::*;`, which also brings the filters
//! `|icon`, `|icon_s` and `|icon_l` into its templates: `{{ "user-plus"|icon }}`.

mod banner;
mod bars;
mod chips;
pub mod choices;
mod components;
mod confirm;
mod conflict;
mod empty;
mod error;
mod fields;
pub mod filters;
mod forms;
mod found;
mod frames;
mod icon;
mod lazy;
mod lines;
mod lists;
mod notices;
mod page_head;
mod panel;
mod progress;
mod tabs;
mod tiles;
mod timeline;
mod toast;

pub use banner::{Allergies, Banner, Restricted};
pub use bars::{Bar, Bars};
pub use chips::{Chip, Chips, Without};
pub use components::{Act, Badge, Fact, Kind, MaskedPhone, Name, When};
pub use confirm::Confirm;
pub use conflict::{Conflict, Difference, Differences};
pub use empty::{Empty, NoMatch};
pub use error::ErrorPage;
pub use fields::{Choice, Field};
pub use forms::{FormState, Summary};
pub use found::{Found, FoundGroup, FoundItem, Options, Way};
pub use frames::{Console, NavGroup, NavItem, Public, Shell, Theme, TopSearch};
pub use icon::Icon;
pub use lazy::Lazy;
pub use lines::{Goal, Lines, Moment, Point, Series};
pub use lists::{Pager, SortHead, Sorted, Turn};
pub use notices::{Notice, Trouble};
pub use page_head::PageHead;
pub use panel::PanelHead;
pub use progress::{Progress, ProgressState};
pub use tabs::{Tab, Tabs};
pub use tiles::{Tile, Tiles};
pub use timeline::{Timeline, TimelineEntry, TimelineFilter};
pub use toast::{Toast, Undo};
