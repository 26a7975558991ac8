//! SQL of what newborns have from their mother's care.

use crate::access::TenantTx;
use crate::clinic::patients::model::PatientId;
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

statements! { Tenant;
    /// Whoever cares for a mother cares for her newborn.
    INHERIT(UUID, UUID_ARRAY, UUID, TIMESTAMPTZ) =
        "insert into care_relations (id, patient_id, user_id, department_id, kind, since, until, source_id, added_by_id, added_at)
         select gen_random_uuid(), child.id, c.user_id, c.department_id, 'TEAM', $4, c.until, c.id, $3, $4
           from (select distinct on (r.user_id, r.department_id) r.id, r.user_id, r.department_id, r.until from care_relations r
                  where r.patient_id = $1 and r.kind = 'TEAM' and r.since <= $4 and (r.until is null or r.until > $4)
                  order by r.user_id, r.department_id, r.until desc nulls first) as c
          cross join unnest($2::uuid[]) as child (id)";
}

pub(in crate::clinic::patients) async fn inherit(
    tx: &TenantTx,
    mother: PatientId,
    children: &[PatientId],
    by: UserId,
) -> Result<(), DbError> {
    tx.execute(&INHERIT, &[&mother, &children, &by, &tx.now()]).await.map(|_| ())
}
