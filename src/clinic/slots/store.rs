//! SQL of rooms that are taken.

use jiff::Timestamp;

use super::model::{Seat, Taken};
use crate::access::TenantTx;
use crate::clinic::doctors::RoomId;
use crate::kernel::DbError;
use crate::statements;

statements! { Tenant;
    hot ROOMS_TAKEN(UUID_ARRAY, TIMESTAMPTZ, TIMESTAMPTZ) =
        "select room_id, doctor_user_id, scheduled_at, ends_at from appointments
          where room_id = any ($1) and holds_slot and tstzrange(scheduled_at, ends_at) && tstzrange($2, $3)";
}

/// When these rooms are taken within a range, and by whom.
pub(super) async fn rooms_taken(
    tx: &TenantTx,
    rooms: &[RoomId],
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Taken<Seat>>, DbError> {
    let rows = tx.rows(&ROOMS_TAKEN, &[&rooms, &from, &until]).await?;
    let taken = rows.iter().map(|row| Taken {
        by: Seat { room: row.get("room_id"), doctor: row.get("doctor_user_id") },
        starts_at: row.get("scheduled_at"),
        ends_at: row.get("ends_at"),
    });
    Ok(taken.collect())
}
