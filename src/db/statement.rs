//! SQL as typed constants: what it does, which side of the house it belongs to, which parameters it takes.

use std::marker::PhantomData;

use tokio_postgres::types::Type;

mod sealed {
    pub trait Sealed {}
}

/// Which tables a statement or a transaction may touch. Sealed: there are exactly two.
pub trait Scope: sealed::Sealed + Send + Sync + 'static {
    const NAME: &'static str;
}

/// One hospital's schema.
#[derive(Debug, Clone, Copy)]
pub enum Tenant {}
/// The platform's tables, written `public.x`.
#[derive(Debug, Clone, Copy)]
pub enum Platform {}

impl sealed::Sealed for Tenant {}
impl sealed::Sealed for Platform {}
impl Scope for Tenant {
    const NAME: &'static str = "tenant";
}
impl Scope for Platform {
    const NAME: &'static str = "platform";
}

/// How a statement is executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Prepared once per connection and hospital, its plan kept. For what every request does.
    Hot,
    /// Unnamed, planned for its values each time. For searches and rare acts.
    Once,
}

/// A statement of scope `S`. Made by [`statements!`](crate::statements).
pub struct Stmt<S> {
    pub info: StmtInfo,
    pub scope: PhantomData<fn(S)>,
}

/// What the statement test reads.
#[derive(Debug, Clone, Copy)]
pub struct StmtInfo {
    pub name: &'static str,
    pub sql: &'static str,
    pub params: &'static [Type],
    pub plan: Plan,
    pub scope: &'static str,
}

/// Declare the statements of one file:
///
/// ```text
/// statements! { Tenant;
///     /// Newest first; `$2` is the last id of the previous page.
///     hot PAGE(TEXT, UUID, INT8) = "select …";
/// }
/// ```
///
/// Makes one `static` each, and `STATEMENTS` for the registry, by which a test prepares them all.
#[macro_export]
macro_rules! statements {
    ($scope:ident; $($rest:tt)*) => {
        $crate::statements!(@each $scope [] $($rest)*);
    };
    (@each $scope:ident [$($done:ident)*] $(#[$doc:meta])* hot $name:ident($($ty:ident),*) = $sql:expr; $($rest:tt)*) => {
        $crate::statements!(@one $scope Hot $(#[$doc])* $name($($ty),*) = $sql);
        $crate::statements!(@each $scope [$($done)* $name] $($rest)*);
    };
    (@each $scope:ident [$($done:ident)*] $(#[$doc:meta])* $name:ident($($ty:ident),*) = $sql:expr; $($rest:tt)*) => {
        $crate::statements!(@one $scope Once $(#[$doc])* $name($($ty),*) = $sql);
        $crate::statements!(@each $scope [$($done)* $name] $($rest)*);
    };
    (@each $scope:ident [$($done:ident)*]) => {
        /// Every statement of this file, for the registry.
        pub const STATEMENTS: &[&$crate::db::StmtInfo] = &[$(&$done.info),*];
    };
    (@one $scope:ident $plan:ident $(#[$doc:meta])* $name:ident($($ty:ident),*) = $sql:expr) => {
        $(#[$doc])*
        pub(crate) static $name: $crate::db::Stmt<$crate::db::$scope> = $crate::db::Stmt {
            info: $crate::db::StmtInfo {
                name: concat!(module_path!(), "::", stringify!($name)),
                sql: $sql,
                params: &[$(tokio_postgres::types::Type::$ty),*],
                plan: $crate::db::statement::Plan::$plan,
                scope: <$crate::db::$scope as $crate::db::Scope>::NAME,
            },
            scope: std::marker::PhantomData,
        };
    };
}
