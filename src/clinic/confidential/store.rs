//! SQL of opened records.

use tokio_postgres::Row;

use super::model::{Glass, Opening};
use crate::access::TenantTx;
use crate::clinic::patients::{Confidentiality, Period};
use crate::kernel::DbError;
use crate::kernel::paging::PageRequest;
use crate::statements;

/// Of a period; what was done for practice is left out.
macro_rules! within {
    () => {
        "from break_glass g join patients p on p.id = g.patient_id
          where not p.is_practice and ($1::timestamptz is null or g.opened_at >= $1)
            and ($2::timestamptz is null or g.opened_at < $2)"
    };
}

statements! { Tenant;
    INSERT(UUID, UUID, UUID, TEXT, TIMESTAMPTZ, TIMESTAMPTZ) =
        "insert into break_glass (id, patient_id, user_id, reason, opened_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)";
    /// Newest first: ids are ordered by time.
    PAGE(TIMESTAMPTZ, TIMESTAMPTZ, INT8, INT8) =
        concat!("select g.id, g.patient_id, g.user_id, g.reason, g.opened_at, g.expires_at, p.patient_code, p.confidentiality ",
                within!(), " order by g.id desc limit $3 offset $4");
    TOTAL(TIMESTAMPTZ, TIMESTAMPTZ) = concat!("select count(*) as total ", within!());
}

pub(super) async fn insert(tx: &TenantTx, glass: &Glass, reason: &str) -> Result<(), DbError> {
    let Glass { id, patient, user, opened_at, expires_at } = glass;
    tx.execute(&INSERT, &[id, patient, user, &reason, opened_at, expires_at]).await.map(|_| ())
}

pub(super) async fn page(
    tx: &TenantTx,
    period: Period,
    page: PageRequest,
) -> Result<(Vec<Opening>, i64), DbError> {
    let Period { from, until } = period;
    let total = tx.row(&TOTAL, &[&from, &until]).await?.get("total");
    let rows = tx.rows(&PAGE, &[&from, &until, &page.page_size, &page.offset()]).await?;
    Ok((rows.iter().map(opening).collect(), total))
}

fn opening(row: &Row) -> Opening {
    Opening {
        glass: Glass {
            id: row.get("id"),
            patient: row.get("patient_id"),
            user: row.get("user_id"),
            opened_at: row.get("opened_at"),
            expires_at: row.get("expires_at"),
        },
        code: row.get("patient_code"),
        level: Confidentiality::from_code(row.get("confidentiality")),
        reason: row.get("reason"),
    }
}
