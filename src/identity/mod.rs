//! Who is calling: tokens, passwords, the session cookie, and the brakes on guessing.
//!
//! Pure mechanism: no SQL and no routes. Whether a session still lives, a user is active or a
//! hospital is suspended is asked in `access`, on every request.

pub mod actor;
pub mod client;
pub mod cookie;
pub mod csrf;
pub mod password;
pub mod registry;
pub mod seal;
pub mod secret;
pub mod seen;
pub mod throttle;
pub mod token;

pub use client::client_ip;
pub use cookie::SessionCookie;
pub use csrf::CsrfGuard;
pub use password::Passwords;
pub use seal::{Sealed, Seals};
pub use secret::{Opaque, Purpose, SingleUse, temporary_password};
pub use throttle::{Throttle, Throttles};
pub use token::{Claims, IssuedToken, Subject, TokenError, TokenKeys};
