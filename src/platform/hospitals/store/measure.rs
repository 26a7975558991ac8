//! SQL of what a hospital uses: how much it takes up, and its count of patients put right.

use crate::access::{PlatformTx, TenantTx};
use crate::db::{SchemaName, StmtInfo};
use crate::kernel::DbError;

mod of_platform {
    crate::statements! { Platform;
        /// Tables with their indexes and long texts.
        BYTES(TEXT) =
            "select coalesce(sum(pg_total_relation_size(c.oid)), 0)::int8 as bytes
               from pg_class c join pg_namespace n on n.oid = c.relnamespace
              where n.nspname = $1::text and c.relkind = 'r'";
        MEASURED(TEXT, INT8, INT8, TIMESTAMPTZ) =
            "insert into public.tenant_usage as u (schema_name, data_bytes, file_bytes, measured_at) values ($1, $2, $3, $4)
             on conflict (schema_name) do update
                set data_bytes = excluded.data_bytes, file_bytes = excluded.file_bytes, measured_at = excluded.measured_at";
        APPOINTMENTS(TEXT) = "select appointments from public.tenant_usage where schema_name = $1";
    }
}

mod of_hospital {
    crate::statements! { Tenant;
        /// Whoever registers or merges waits meanwhile.
        HOLD() = "select value from counters where name = 'patients' for update";
        COUNT() = "select count(*) as patients from patients where merged_into is null and not is_practice";
        PUT_RIGHT(INT8) = "update counters set value = $1 where name = 'patients'";
        NOTE(TEXT, INT8) = "select public.note_patients($1, $2)::text";
        /// So many more; whoever books waits until the transaction ends.
        NOTE_APPOINTMENTS(TEXT, INT8) = "select public.note_appointments($1, $2)::text";
        COUNT_APPOINTMENTS() =
            "select count(*) as appointments from appointments
              where patient_id <> all (array(select id from patients where is_practice))";
    }
}

/// No hospital has so many of anything; less that many is none.
const FAR_MORE: i64 = 1_000_000_000_000;

pub(super) const OF_PLATFORM: &[&StmtInfo] = of_platform::STATEMENTS;
pub(super) const OF_HOSPITAL: &[&StmtInfo] = of_hospital::STATEMENTS;

/// Bytes of a hospital's tables.
pub(in crate::platform::hospitals) async fn data_bytes(
    tx: &PlatformTx,
    schema: &SchemaName,
) -> Result<i64, DbError> {
    Ok(tx.row(&of_platform::BYTES, &[&schema.as_str()]).await?.get("bytes"))
}

pub(in crate::platform::hospitals) async fn measured(
    tx: &PlatformTx,
    schema: &SchemaName,
    data: i64,
    files: i64,
) -> Result<(), DbError> {
    tx.execute(&of_platform::MEASURED, &[&schema.as_str(), &data, &files, &tx.now()]).await.map(|_| ())
}

/// The count as it is kept and as it is, held until the transaction ends.
pub(in crate::platform::hospitals) async fn count(tx: &TenantTx) -> Result<(i64, i64), DbError> {
    let kept = tx.row(&of_hospital::HOLD, &[]).await?.get("value");
    Ok((kept, tx.row(&of_hospital::COUNT, &[]).await?.get("patients")))
}

/// Appointments as the platform has them.
pub(in crate::platform::hospitals) async fn kept_appointments(
    tx: &PlatformTx,
    schema: &SchemaName,
) -> Result<i64, DbError> {
    let row = tx.row_opt(&of_platform::APPOINTMENTS, &[&schema.as_str()]).await?;
    Ok(row.map_or(0, |row| row.get("appointments")))
}

/// How many appointments there are, which the platform has from now on. Whoever books does so before or after.
pub(in crate::platform::hospitals) async fn put_appointments_right(tx: &TenantTx) -> Result<i64, DbError> {
    let schema = tx.hospital().schema.clone();
    // As few as there can be, and by that the row is held: whoever books writes it last.
    tx.row(&of_hospital::NOTE_APPOINTMENTS, &[&schema.as_str(), &-FAR_MORE]).await?;
    let is: i64 = tx.row(&of_hospital::COUNT_APPOINTMENTS, &[]).await?.get("appointments");
    tx.row(&of_hospital::NOTE_APPOINTMENTS, &[&schema.as_str(), &is]).await?;
    Ok(is)
}

pub(in crate::platform::hospitals) async fn put_right(tx: &TenantTx, patients: i64) -> Result<(), DbError> {
    tx.execute(&of_hospital::PUT_RIGHT, &[&patients]).await?;
    tx.row(&of_hospital::NOTE, &[&tx.hospital().schema.as_str(), &patients]).await.map(|_| ())
}
