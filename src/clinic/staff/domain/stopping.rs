//! What is left behind when somebody's account is stopped.

use super::office::Office;
use crate::clinic::staff::model::StillOpen;
use crate::clinic::staff::store;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;

impl Office {
    /// What waits for a person in their own name: none of it moves by itself when their account is stopped.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers.
    pub async fn still_open(&mut self, id: UserId) -> Result<StillOpen, AppError> {
        Ok(store::still_open(self.tenant(), id).await?)
    }
}
