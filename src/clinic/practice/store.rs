//! SQL of the practice patient that patients has no need of.

use crate::statements;

statements! { Tenant;
    /// For the checklist: one who was retired counts too.
    MADE() = "select exists (select from patients where is_practice) as done";
}
