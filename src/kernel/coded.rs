//! Choices with a word for programs and one for people, each written once.

/// Declare such enums. The schema's name stands behind the enum's own:
///
/// ```text
/// coded! {
///     /// How bad the reaction was.
///     Severity "ReactionSeverity" { Mild = "MILD" "Mild", Severe = "SEVERE" "Severe" }
/// }
/// ```
#[macro_export]
macro_rules! coded {
    ($($(#[$meta:meta])* $name:ident $schema:literal {
        $($(#[$of:meta])* $variant:ident = $code:literal $word:literal),+ $(,)?
    })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
        #[schemars(rename = $schema)]
        pub enum $name { $($(#[$of])* #[serde(rename = $code)] $variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in the database and in the API.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The word for people.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.code() == code)
            }
        }
    )+};
}
