//! SQL of opened records, of who reviews them, and of what was thought of them.

pub(super) mod alerts;

use tokio_postgres::Row;

use super::model::{Glass, GlassId, NewReview, Opening, Outcome, Review, Which, code_of, why_of};
use crate::access::TenantTx;
use crate::clinic::patients::{Confidentiality, Period};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::statements;

/// Of a period and with a word (`WAITING`: with none yet); what was done for practice is left out.
macro_rules! within {
    () => {
        "from break_glass g join patients p on p.id = g.patient_id left join break_glass_reviews r on r.glass_id = g.id
          where not p.is_practice and ($1::timestamptz is null or g.opened_at >= $1)
            and ($2::timestamptz is null or g.opened_at < $2)
            and ($3::text is null or r.outcome = $3 or ($3 = 'WAITING' and r.glass_id is null))"
    };
}
macro_rules! columns {
    () => {
        "select g.id, g.patient_id, g.user_id, g.kind, g.reason, g.opened_at, g.expires_at, p.patient_code, p.confidentiality,
                r.outcome, r.note, r.reviewed_by_id, r.reviewed_at "
    };
}

statements! { Tenant;
    INSERT(UUID, UUID, UUID, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ) =
        "insert into break_glass (id, patient_id, user_id, kind, reason, opened_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)";
    /// Newest first: ids are ordered by time.
    PAGE(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, INT8, INT8) =
        concat!(columns!(), within!(), " order by g.id desc limit $4 offset $5");
    TOTAL(TIMESTAMPTZ, TIMESTAMPTZ, TEXT) = concat!("select count(*) as total ", within!());
    WHOSE(UUID) = "select user_id from break_glass where id = $1";
    REVIEW(UUID, TEXT, TEXT, UUID, TIMESTAMPTZ) =
        "insert into break_glass_reviews (glass_id, outcome, note, reviewed_by_id, reviewed_at) values ($1, $2, $3, $4, $5)";
    /// By other people than `$1`, and not reviewed.
    TO_REVIEW(UUID) =
        "select count(*) as n from break_glass g join patients p on p.id = g.patient_id
          where g.user_id <> $1 and not p.is_practice
            and not exists (select from break_glass_reviews r where r.glass_id = g.id)";
    /// Who reviews what `$1` opened; nobody, if `$2` is practice.
    REVIEWERS(UUID, UUID) =
        "select distinct u.user_id from user_roles u join roles r on r.id = u.role_id and r.is_active
           join role_permissions m on m.role_id = r.id and m.permission_code = 'patients:restrict'
          where u.user_id <> $1 and not exists (select from patients p where p.id = $2 and p.is_practice)
          order by u.user_id limit 200";
}

pub(super) async fn insert(tx: &TenantTx, glass: &Glass, reason: &str) -> Result<(), DbError> {
    let Glass { id, patient, user, why, opened_at, expires_at } = glass;
    let kind = code_of(*why);
    tx.execute(&INSERT, &[id, patient, user, &kind, &reason, opened_at, expires_at]).await.map(|_| ())
}

pub(super) async fn page(
    tx: &TenantTx,
    period: Period,
    which: Which,
    page: PageRequest,
) -> Result<(Vec<Opening>, i64), DbError> {
    let (Period { from, until }, which) = (period, which.code());
    let total = tx.row(&TOTAL, &[&from, &until, &which]).await?.get("total");
    let rows = tx.rows(&PAGE, &[&from, &until, &which, &page.page_size, &page.offset()]).await?;
    Ok((rows.iter().map(opening).collect(), total))
}

/// Who opened it.
pub(super) async fn whose(tx: &TenantTx, id: GlassId) -> Result<Option<UserId>, DbError> {
    Ok(tx.row_opt(&WHOSE, &[&id]).await?.map(|row| row.get("user_id")))
}

pub(super) async fn review(tx: &TenantTx, id: GlassId, new: &NewReview, by: UserId) -> Result<(), DbError> {
    let (outcome, at) = (new.outcome.code(), tx.now());
    tx.execute(&REVIEW, &[&id, &outcome, &new.note, &by, &at]).await.map(|_| ())
}

/// Those who hold the right to review this opening, whether they can sign in or not.
pub(super) async fn reviewers(tx: &TenantTx, glass: &Glass) -> Result<Vec<UserId>, DbError> {
    let rows = tx.rows(&REVIEWERS, &[&glass.user, &glass.patient]).await?;
    Ok(rows.iter().map(|row| row.get("user_id")).collect())
}

pub(super) async fn to_review(tx: &TenantTx, me: UserId) -> Result<i64, DbError> {
    Ok(tx.row(&TO_REVIEW, &[&me]).await?.get("n"))
}

fn opening(row: &Row) -> Opening {
    let outcome = row.get::<_, Option<&str>>("outcome").and_then(Outcome::from_code);
    Opening {
        glass: Glass {
            id: row.get("id"),
            patient: row.get("patient_id"),
            user: row.get("user_id"),
            why: why_of(row.get("kind")),
            opened_at: row.get("opened_at"),
            expires_at: row.get("expires_at"),
        },
        code: row.get("patient_code"),
        level: Confidentiality::from_code(row.get("confidentiality")),
        reason: row.get("reason"),
        review: outcome.map(|outcome| Review {
            outcome,
            note: row.get("note"),
            by: row.get("reviewed_by_id"),
            at: row.get("reviewed_at"),
        }),
    }
}
