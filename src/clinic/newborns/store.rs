//! SQL of births.

use jiff::Timestamp;

use crate::access::TenantTx;
use crate::clinic::patients::PatientId;
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

statements! { Tenant;
    HOLD(UUID) = "select id from patients where id = $1 for update";
    /// The highest number of a child of the birth that is not over: also of one whose record the reader may not see.
    HIGHEST(UUID, TIMESTAMPTZ) =
        "select max(birth_order) as highest from patients
          where mother_id = $1 and merged_into is null and born_at > $2::timestamptz - interval '2880 hours'";
    /// Who was registered as an only child, or one of fewer, was born with others: all of one birth say how many.
    RAISE_COUNT(UUID, INT2, TIMESTAMPTZ, UUID, TIMESTAMPTZ) =
        "update patients set birth_count = greatest(birth_count, birth_order, $2), updated_by_id = $4, updated_at = $5,
                version = version + 1
          where mother_id = $1 and merged_into is null
            and born_at > $3::timestamptz - interval '2880 hours' and born_at < $3::timestamptz + interval '2880 hours'
            and birth_count is distinct from greatest(birth_count, birth_order, $2)";
}

pub(super) async fn hold(tx: &TenantTx, id: PatientId) -> Result<(), DbError> {
    tx.row_opt(&HOLD, &[&id]).await.map(|_| ())
}

pub(super) async fn highest(tx: &TenantTx, mother: PatientId) -> Result<Option<i16>, DbError> {
    Ok(tx.row(&HIGHEST, &[&mother, &tx.now()]).await?.get("highest"))
}

pub(super) async fn raise_count(
    tx: &TenantTx,
    mother: PatientId,
    count: i16,
    born_at: Timestamp,
    by: UserId,
) -> Result<(), DbError> {
    tx.execute(&RAISE_COUNT, &[&mother, &count, &born_at, &by, &tx.now()]).await.map(|_| ())
}
