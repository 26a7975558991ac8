//! Typed ids: UUID v7, made in Rust, sorted by time of creation.

use uuid::Uuid;

/// What an audit row or a link may point at: the kind of a thing and its id.
pub trait Entity: Copy {
    /// Stable lower-case noun, for example `patient`.
    const KIND: &'static str;
    fn uuid(self) -> Uuid;
}

/// A new id, ordered by time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one maker of ids")]
pub fn new_uuid() -> Uuid {
    Uuid::now_v7()
}

/// Declare typed ids: `ids! { /// doc PatientId = "patient"; }`.
#[macro_export]
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
                 serde::Serialize, serde::Deserialize, schemars::JsonSchema, postgres_types::ToSql, postgres_types::FromSql)]
        #[serde(transparent)]
        #[postgres(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl $name {
            /// A new id, ordered by time.
            #[must_use]
            pub fn new() -> Self { Self($crate::kernel::ids::new_uuid()) }
        }
        impl Default for $name {
            fn default() -> Self { Self::new() }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> { text.parse().map(Self) }
        }
        impl $crate::kernel::ids::Entity for $name {
            const KIND: &'static str = $kind;
            fn uuid(self) -> uuid::Uuid { self.0 }
        }
    )+};
}

ids! {
    /// A hospital (a tenant of the platform).
    TenantId = "hospital";
    /// A person who can sign in.
    UserId = "user";
    /// One sign-in on one device.
    SessionId = "session";
    /// A message on its way out.
    MailId = "mail";
}
