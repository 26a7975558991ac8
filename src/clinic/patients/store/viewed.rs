//! SQL of the records that somebody opened last.

use crate::access::TenantTx;
use crate::clinic::patients::model::Patient;
use crate::clinic::patients::rows::patient;
use crate::clinic::patients::sight::Viewer;
use crate::kernel::DbError;
use crate::statements;

statements! { Tenant;
    /// Among the last 400 things they did: the audit is long, and this is asked often.
    hot VIEWED_LAST(BOOL, UUID, INT8) = select!(
        "",
        "join (select entity_id, max(at) as viewed_at
                 from (select entity, entity_id, kind, at from audit_events where actor_id = $2 order by at desc limit 400) as did
                where kind = 'viewed' and entity = 'patient'
                group by entity_id order by max(at) desc limit $3) as viewed on viewed.entity_id = patients.id
          where merged_into is null and not is_practice and ",
        not_hidden!("$1", "$2"),
        " order by viewed.viewed_at desc"
    );
}

pub(in crate::clinic::patients) async fn viewed_last(
    tx: &TenantTx,
    count: i64,
    viewer: Viewer,
) -> Result<Vec<Patient>, DbError> {
    let rows = tx.rows(&VIEWED_LAST, &[&viewer.all, &viewer.user, &count]).await?;
    Ok(rows.iter().map(patient).collect())
}
