//! Values that the whole house speaks: ids, time, money, paging, text, problems. No I/O.

pub mod ceiling;
pub mod clock;
pub mod coded;
pub mod codes;
pub mod countries;
pub mod ids;
pub mod manner;
pub mod money;
pub mod paging;
pub mod phone;
pub mod problem;
pub mod qr;
pub mod text;
pub mod wall_clock;
pub mod zones;

pub use ceiling::{Ceiling, Raise};
pub use clock::Clock;
pub use codes::Code;
pub use problem::{AppError, DbError, FieldErrors, Problem};
