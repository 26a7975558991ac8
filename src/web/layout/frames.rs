//! What is around a page: the frame of the signed-in, the frame for everybody, colours and toast.

use super::icon::Icon;
use super::toast::Toast;

/// Colours of a page, from the cookie [`Theme::COOKIE`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device has it.
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    /// Set by `hms.js`, readable by it, so it says nothing about the person.
    pub const COOKIE: &str = "hms_theme";

    #[must_use]
    pub fn from_cookie(value: Option<&str>) -> Self {
        match value {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::Auto,
        }
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Which of the two signed-in rooms this is: nobody should mistake one for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Console {
    Staff,
    Platform,
}

impl Console {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Platform => "platform",
        }
    }
}

/// Frame of a signed-in page: side bar, top bar, account menu.
#[derive(Debug, Clone)]
pub struct Shell {
    pub console: Console,
    /// Where the mark in the side bar leads: the person's start page.
    pub home: &'static str,
    /// The hospital's name; "HMS platform" for operators.
    pub place_name: String,
    /// Where the hospital's logo is, if it has one.
    pub logo: Option<String>,
    /// "Hospital"; "Operator console" for operators.
    pub place_sub: &'static str,
    /// The platform has restricted this hospital: each of its pages says so.
    pub restricted: bool,
    pub nav: Vec<NavGroup>,
    pub search: TopSearch,
    pub user_name: String,
    pub user_initials: String,
    /// "Doctor, Cardiology": names of the roles, for the account menu.
    pub role_names: String,
    /// The hospital's time, `10:42`.
    pub clock: String,
    /// Day and place of that time: `Sun 22 Nov, Kolkata time`.
    pub clock_sub: String,
    pub theme: Theme,
    /// Keys without Ctrl or Alt do something.
    pub single_keys: bool,
    /// Seconds without use after which the screen locks; 0 for never.
    pub idle_seconds: u32,
    /// This page, to come back to after the lock; blank for the answer to a form.
    pub way_back: String,
    pub toast: Option<Toast>,
}

impl Shell {
    /// Is this page in the reader's navigation? What belongs to it may stand elsewhere too.
    #[must_use]
    pub fn leads_to(&self, href: &str) -> bool {
        self.nav.iter().flat_map(|group| &group.items).any(|item| item.href == href)
    }

    /// Cookie of the switch for [`Shell::single_keys`]. Set by `keys.js`, readable by it.
    pub const KEYS_COOKIE: &str = "hms_keys";
}

/// Part of the navigation. A group without items is not shown.
#[derive(Debug, Clone, Default)]
pub struct NavGroup {
    /// Empty for a group without heading.
    pub label: &'static str,
    pub items: Vec<NavItem>,
}

#[derive(Debug, Clone)]
pub struct NavItem {
    pub href: &'static str,
    pub label: &'static str,
    pub icon: Icon,
    /// `g` and this letter lead here: `t`, `p`, `a`, `c`, `b`; empty for none.
    pub key: &'static str,
    /// This page or a page below it.
    pub current: bool,
    /// Work waiting, not a total.
    pub count: Option<String>,
}

/// The search field in the top bar, and of the palette. It posts, because a search may name a patient and URLs are
/// logged.
#[derive(Debug, Clone)]
pub struct TopSearch {
    pub label: &'static str,
    pub placeholder: &'static str,
}

/// Frame of a page for everybody: top bar and foot.
#[derive(Debug, Clone, Default)]
pub struct Public {
    pub theme: Theme,
    /// Start page of the signed-in visitor, if there is one: "Sign in" becomes "Open HMS".
    pub home: Option<&'static str>,
    /// Development: a link to `/dev/mail` in the foot.
    pub dev_mail: bool,
    pub toast: Option<Toast>,
}
