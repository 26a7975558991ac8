//! An operator of the platform, and why one is not made or changed.

use jiff::Timestamp;

use crate::kernel::ids::UserId;
use crate::problem;

/// A super-admin: who runs the platform.
#[derive(Debug, Clone)]
pub struct Operator {
    pub id: UserId,
    pub email: String,
    pub is_active: bool,
    /// A password was chosen: until then the invitation waits.
    pub has_password: bool,
    pub created_at: Timestamp,
    pub last_sign_in_at: Option<Timestamp>,
    /// Until then nobody signs in with it, after too many wrong passwords.
    pub rests_until: Option<Timestamp>,
}

/// How a link to choose a password reaches its operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    ByMail,
    /// Handed to whoever stands at the machine, which a mail may not leave yet.
    AtTheTerminal,
}

/// Why somebody does not become an operator, or stays one.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    #[error("This address belongs to a hospital's user.")]
    AddressTaken,
    #[error("This address belongs to an operator already.")]
    AlreadyOperator,
    #[error("This operator was not found.")]
    NotFound,
    #[error("You cannot deactivate yourself. Ask another operator.")]
    Oneself,
    #[error("This is the last operator who can sign in. Make another one first.")]
    LastOne,
    #[error("This operator is inactive already.")]
    AlreadyInactive,
    #[error("This operator is active already.")]
    AlreadyActive,
    #[error("This operator is inactive. Activate the account first.")]
    Inactive,
    #[error("You cannot unlock yourself. Ask another operator.")]
    OwnAccount,
    #[error("This operator is not locked out.")]
    NotResting,
}

problem!(OperatorError {
    AddressTaken => CONFLICT "operators.address_taken" at "email",
    AlreadyOperator => CONFLICT "operators.exists" at "email",
    NotFound => NOT_FOUND "not_found",
    Oneself => CONFLICT "operators.oneself",
    LastOne => CONFLICT "operators.last_one",
    AlreadyInactive => BAD_REQUEST "operators.already_inactive",
    AlreadyActive => BAD_REQUEST "operators.already_active",
    Inactive => BAD_REQUEST "operators.inactive",
    OwnAccount => CONFLICT "operators.own_account",
    NotResting => BAD_REQUEST "operators.not_locked_out",
});
