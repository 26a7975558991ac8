//! SQL of pictures. The name of a patient's file stands in `patients.photo_path`.

use crate::access::TenantTx;
use crate::clinic::patients::PatientId;
use crate::kernel::DbError;
use crate::statements;

/// Undone, a merge gives the survivor the picture back that it had before, unless that was changed since.
macro_rules! comes_back {
    ($name:literal) => {
        concat!(
            "exists (select from merges m join patients s on s.id = m.survivor_id
                      where m.before ->> 'photo_path' = ",
            $name,
            " and m.undone_at is null and s.photo_path is not distinct from m.after ->> 'photo_path')"
        )
    };
}

statements! { Tenant;
    /// Records that were merged into this one and gave it the picture.
    FORGET_AT_MERGED(UUID, TEXT) =
        "update patients set photo_path = null where merged_into = $1 and photo_path = $2";
    IS_NEEDED(TEXT) = concat!(
        "select exists (select from patients where photo_path = $1) or ", comes_back!("$1"), " as needed");
    /// Every file that a row names: asked by a backup.
    NAMED() =
        "select photo_path as name from patients where photo_path is not null
         union select before ->> 'photo_path' from merges where before ->> 'photo_path' is not null and undone_at is null";
    /// Those of the names that no row names.
    UNNEEDED(TEXT_ARRAY) = concat!(
        "select f.name from unnest($1::text[]) as f (name)
          where not exists (select from patients where photo_path = f.name) and not ", comes_back!("f.name"));
}

pub(super) async fn forget_at_merged(
    tx: &TenantTx,
    survivor: PatientId,
    picture: &str,
) -> Result<(), DbError> {
    tx.execute(&FORGET_AT_MERGED, &[&survivor, &picture]).await.map(|_| ())
}

/// Does a row name this file, or may one do so again?
pub(super) async fn is_needed(tx: &TenantTx, picture: &str) -> Result<bool, DbError> {
    Ok(tx.row(&IS_NEEDED, &[&picture]).await?.get("needed"))
}
