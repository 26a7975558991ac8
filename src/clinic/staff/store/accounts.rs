//! SQL of staff: the platform's side, where they sign in. Each statement names the hospital too: an id of another one's
//! person changes nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio_postgres::Row;

use crate::access::PlatformTx;
use crate::clinic::staff::model::{Account, State, Status};
use crate::kernel::ids::{TenantId, UserId};
use crate::kernel::{AppError, Ceiling, DbError};
use crate::platform::sessions;
use crate::statements;

statements! { Platform;
    /// The hospital's row is the turnstile of its staff: who changes accounts holds it, so counts and the last
    /// administrator are looked at by one at a time. Nobody who only reads the row waits.
    LOCK(UUID) = "select max_users, users_raised_to, users_raised_until from public.tenants where id = $1 for no key update";
    COUNT(UUID) = "select count(*) as accounts from public.users where tenant_id = $1 and not is_deleted";
    /// Whether somebody may still act.
    ACTS(UUID, UUID) =
        "select is_active and status not in ('INACTIVE', 'LOCKED') and not must_change_password as acts
           from public.users where id = $1 and tenant_id = $2 and not is_deleted";
    ACCOUNTS(UUID, UUID_ARRAY) =
        "select u.id, u.is_active, u.status, u.must_change_password, u.email_verified,
                u.password_hash is not null as has_password, u.locked_until,
                exists (select from public.mfa_secrets m where m.user_id = u.id and m.confirmed_at is not null) as second_factor,
                (select max(s.created_at) from public.sessions s where s.user_id = u.id) as last_sign_in_at
           from public.users u
          where u.id = any ($2) and u.tenant_id = $1 and not u.is_deleted";
    /// People of a hospital who stand so, as `Account::state` says it.
    IN_STATE(UUID, TEXT, TIMESTAMPTZ) =
        "select id from public.users
          where tenant_id = $1 and not is_deleted
            and case when not is_active or status = 'INACTIVE' then 'INACTIVE'
                     when status = 'LOCKED' or locked_until > $3 then 'LOCKED'
                     when not email_verified and (password_hash is null or must_change_password) then 'INVITED'
                     else 'ACTIVE' end = $2";
    /// Whether one of these can sign in.
    ANY_OPEN(UUID, UUID_ARRAY) =
        "select exists (select from public.users
                         where id = any ($2) and tenant_id = $1 and not is_deleted and is_active
                           and status not in ('INACTIVE', 'LOCKED') and password_hash is not null) as any";
    SET_STATUS(UUID, UUID, TEXT, BOOL) =
        "update public.users set status = $3, is_active = $4, updated_at = now() where tenant_id = $1 and id = $2";
    EXPIRE_PASSWORD(UUID, UUID) =
        "update public.users set must_change_password = true, updated_at = now() where tenant_id = $1 and id = $2";
    GIVE_PASSWORD(UUID, UUID, TEXT) =
        "update public.users set password_hash = $3, must_change_password = true, updated_at = now()
          where tenant_id = $1 and id = $2";
    END_LINKS(UUID, TIMESTAMPTZ) =
        "update public.single_use_tokens set used_at = $2 where user_id = $1 and used_at is null";
    /// Sessions are kept for a month after their end, passwords of before for good.
    NEVER_CAME(UUID, UUID) =
        "select exists (select from public.users u where u.tenant_id = $1 and u.id = $2
                          and not exists (select from public.sessions s where s.user_id = u.id)
                          and not exists (select from public.password_history h where h.user_id = u.id)) as never";
    /// Not of whoever chose a password in this moment.
    SET_EMAIL(UUID, UUID, TEXT) =
        "update public.users set email = $3, updated_at = now()
          where tenant_id = $1 and id = $2 and not email_verified and (password_hash is null or must_change_password)";
    /// Not whoever chose a password in this moment.
    REMOVE(UUID, UUID) =
        "delete from public.users
          where tenant_id = $1 and id = $2 and not email_verified and (password_hash is null or must_change_password)";
    /// Which of these addresses have an account anywhere, and whether it is one of this hospital.
    TAKEN(UUID, TEXT_ARRAY) =
        "select lower(email) as email, tenant_id is not distinct from $1 as is_here from public.users where lower(email) = any ($2)";
    /// Accounts of people who choose a password by link. One whose address was taken meanwhile is left out.
    INSERT_ALL(UUID, UUID_ARRAY, TEXT_ARRAY) =
        "insert into public.users (id, tenant_id, email)
         select id, $1, email from unnest($2::uuid[], $3::text[]) as n (id, email)
         on conflict do nothing returning id";
}

/// How many accounts the hospital may have, once it is this transaction's turn.
pub(in crate::clinic::staff) async fn lock(
    tx: &PlatformTx,
    hospital: TenantId,
) -> Result<Option<i32>, DbError> {
    let row = tx.row(&LOCK, &[&hospital]).await?;
    let limit = Ceiling::new(row.get("max_users"), row.get("users_raised_to"), row.get("users_raised_until"));
    Ok(limit.at(tx.now()))
}

pub(in crate::clinic::staff) async fn count(tx: &PlatformTx, hospital: TenantId) -> Result<i64, DbError> {
    Ok(tx.row(&COUNT, &[&hospital]).await?.get("accounts"))
}

pub(in crate::clinic::staff) async fn acts(
    tx: &PlatformTx,
    hospital: TenantId,
    id: UserId,
) -> Result<bool, DbError> {
    Ok(tx.row_opt(&ACTS, &[&id, &hospital]).await?.is_some_and(|row| row.get("acts")))
}

fn account(row: &Row) -> Account {
    Account {
        is_active: row.get("is_active"),
        // A word that is not known opens nothing.
        status: Status::from_code(row.get("status")).unwrap_or(Status::Inactive),
        must_change_password: row.get("must_change_password"),
        email_verified: row.get("email_verified"),
        has_password: row.get("has_password"),
        second_factor: row.get("second_factor"),
        locked_until: row.get("locked_until"),
        last_sign_in_at: row.get("last_sign_in_at"),
    }
}

pub(in crate::clinic::staff) async fn accounts(
    tx: &PlatformTx,
    hospital: TenantId,
    people: &[UserId],
) -> Result<Vec<(UserId, Account)>, DbError> {
    let rows = tx.rows(&ACCOUNTS, &[&hospital, &people]).await?;
    Ok(rows.iter().map(|row| (row.get("id"), account(row))).collect())
}

pub(in crate::clinic::staff) async fn in_state(
    tx: &PlatformTx,
    hospital: TenantId,
    state: State,
    now: Timestamp,
) -> Result<Vec<UserId>, DbError> {
    let rows = tx.rows(&IN_STATE, &[&hospital, &state.code(), &now]).await?;
    Ok(rows.iter().map(|row| row.get("id")).collect())
}

pub(in crate::clinic::staff) async fn any_open(
    tx: &PlatformTx,
    hospital: TenantId,
    people: &[UserId],
) -> Result<bool, DbError> {
    Ok(tx.row(&ANY_OPEN, &[&hospital, &people]).await?.get("any"))
}

/// A new standing. Who may not sign in any more is signed out, and links that were sent lead nowhere.
pub(in crate::clinic::staff) async fn set_status(
    tx: &PlatformTx,
    hospital: TenantId,
    id: UserId,
    status: Status,
) -> Result<(), AppError> {
    let is_active = status != Status::Inactive;
    tx.execute(&SET_STATUS, &[&hospital, &id, &status.code(), &is_active]).await?;
    if status != Status::Active {
        sessions::end_sessions(tx, id, None).await?;
        tx.execute(&END_LINKS, &[&id, &tx.now()]).await?;
    }
    Ok(())
}

/// Another password at the next sign-in. Whoever is signed in now signs in again: a stolen session must not be the one
/// that chooses it.
pub(in crate::clinic::staff) async fn expire_password(
    tx: &PlatformTx,
    hospital: TenantId,
    id: UserId,
) -> Result<(), AppError> {
    tx.execute(&EXPIRE_PASSWORD, &[&hospital, &id]).await?;
    sessions::end_sessions(tx, id, None).await.map(|_| ())
}

/// A temporary password.
pub(in crate::clinic::staff) async fn give_password(
    tx: &PlatformTx,
    hospital: TenantId,
    id: UserId,
    hash: &str,
) -> Result<(), AppError> {
    tx.execute(&GIVE_PASSWORD, &[&hospital, &id, &hash]).await?;
    sessions::end_sessions(tx, id, None).await.map(|_| ())
}

/// Each with whether it belongs to this hospital.
pub(in crate::clinic::staff) async fn taken(
    tx: &PlatformTx,
    hospital: TenantId,
    addresses: &[&str],
) -> Result<BTreeMap<String, bool>, DbError> {
    let rows = tx.rows(&TAKEN, &[&hospital, &addresses]).await?;
    Ok(rows.iter().map(|row| (row.get("email"), row.get("is_here"))).collect())
}

/// Whose accounts were made.
pub(in crate::clinic::staff) async fn insert_all(
    tx: &PlatformTx,
    hospital: TenantId,
    people: &[(UserId, &str)],
) -> Result<Vec<UserId>, DbError> {
    let (ids, addresses): (Vec<UserId>, Vec<&str>) = people.iter().copied().unzip();
    let rows = tx.rows(&INSERT_ALL, &[&hospital, &ids, &addresses]).await?;
    Ok(rows.iter().map(|row| row.get("id")).collect())
}

pub(in crate::clinic::staff) async fn never_came(
    tx: &PlatformTx,
    hospital: TenantId,
    id: UserId,
) -> Result<bool, DbError> {
    Ok(tx.row(&NEVER_CAME, &[&hospital, &id]).await?.get("never"))
}

/// Links that were sent before lead nowhere. False if their person came meanwhile: whoever signs in holds the row, so a
/// session that was opened before it was this transaction's turn is seen afterwards.
pub(in crate::clinic::staff) async fn set_email(
    tx: &PlatformTx,
    hospital: TenantId,
    id: UserId,
    email: &str,
) -> Result<bool, DbError> {
    tx.execute(&END_LINKS, &[&id, &tx.now()]).await?;
    Ok(tx.execute(&SET_EMAIL, &[&hospital, &id, &email]).await? == 1 && never_came(tx, hospital, id).await?)
}

/// The account with its links. False if its person came meanwhile. Links first, as whoever follows one holds them.
pub(in crate::clinic::staff) async fn remove(
    tx: &PlatformTx,
    hospital: TenantId,
    id: UserId,
) -> Result<bool, DbError> {
    tx.execute(&END_LINKS, &[&id, &tx.now()]).await?;
    Ok(tx.execute(&REMOVE, &[&hospital, &id]).await? == 1)
}
