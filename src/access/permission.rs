//! Permissions as types: a handler that asks for `Authorized<Register>` cannot forget the check.

/// A right that a handler demands. Implemented by the uninhabited types that [`permissions!`](crate::permissions) makes.
pub trait Permission: Send + Sync + 'static {
    /// As stored in `role_permissions` and shown to clients, for example `patients:create`.
    const CODE: &'static str;
    /// What it lets a person do, for the role editor and the refusal.
    const LABEL: &'static str;
    /// Its act goes on in a hospital that the platform restricted, although others with the same code wait.
    const EVEN_RESTRICTED: bool;
}

/// What waits while the platform restricts a hospital: whatever would make it grow. Everything else goes on, so that
/// those who are there are cared for, discharged, and can take their records with them.
pub const PAUSED: &[&str] = &[
    "patients:create",
    "appointments:create",
    "users:create",
    "departments:create",
    "roles:create",
    "sharing:create",
];

/// A permission as data, for the role editor and the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermissionInfo {
    pub code: &'static str,
    pub label: &'static str,
}

/// Declare a capability's permissions: `permissions! { Register = "patients:create" "Register patients"; }`.
/// Makes the types and `PERMISSIONS` for the registry. `… "Register patients" always;` goes on in a restricted hospital.
#[macro_export]
macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $code:literal $label:literal $($always:ident)?;)+) => {
        $(
            $(#[$doc])*
            #[doc = concat!("May: ", $label, ".")]
            #[derive(Debug)]
            pub enum $name {}
            impl $crate::access::Permission for $name {
                const CODE: &'static str = $code;
                const LABEL: &'static str = $label;
                const EVEN_RESTRICTED: bool = !stringify!($($always)?).is_empty();
            }
        )+
        /// This capability's permissions, for the registry.
        pub const PERMISSIONS: &[$crate::access::PermissionInfo] =
            &[$($crate::access::PermissionInfo { code: $code, label: $label }),+];
    };
}
