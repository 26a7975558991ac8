//! SQL of sign-up and confirmation.

use jiff::Timestamp;

use super::domain::removing::Gone;
use super::{Link, NewHospital, Waiting};
use crate::access::PlatformTx;
use crate::db::SchemaName;
use crate::identity::SingleUse;
use crate::identity::actor::TenantStatus;
use crate::kernel::ids::{TenantId, UserId};
use crate::kernel::{AppError, DbError};
use crate::statements;

statements! { Platform;
    /// Takes one that nobody else is taking, without waiting.
    CLAIM(UUID, INT4) =
        "update public.tenant_schemas set state = 'claimed', tenant_id = $1, changed_at = now()
          where name = (select name from public.tenant_schemas where state = 'ready' and version = $2
                         order by name limit 1 for update skip locked)
         returning name";
    INSERT_TENANT(UUID, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT) =
        "insert into public.tenants (id, schema_name, name, license_number, contact_email, contact_phone, address,
                                     time_zone, currency, country, contact_phone_typed, contact_phone_e164, locale, status)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'PENDING')";
    LINK(BYTEA, TEXT) =
        "select t.id as tenant_id, t.name, t.status, u.id as user_id, u.email, u.password_hash is not null as has_password,
                s.expires_at, s.used_at is not null as used
           from public.single_use_tokens s
           join public.users u on u.id = s.user_id
           join public.tenants t on t.id = u.tenant_id
          where s.token_hash = $1 and s.purpose = $2
            for update of s";
    USE_LINK(BYTEA) = "update public.single_use_tokens set used_at = now() where token_hash = $1";
    EMAIL_VERIFIED(UUID) = "update public.users set email_verified = true, updated_at = now() where id = $1";
    /// One that the platform has suspended stays so, and comes back as active.
    ACTIVATE(UUID) =
        "update public.tenants
            set status = case when status in ('PENDING', 'VERIFIED') then 'ACTIVE' else status end,
                suspended_from = case when status = 'SUSPENDED' then 'ACTIVE' end,
                version = version + 1, updated_at = now()
          where id = $1 returning status";
    /// One that is older than `$2` is about to be removed: no link outlives its hospital.
    WAITING(TEXT, TIMESTAMPTZ) =
        "select t.id as tenant_id, t.name, u.id as user_id
           from public.users u join public.tenants t on t.id = u.tenant_id
          where lower(u.email) = $1 and lower(t.contact_email) = $1 and t.status = 'PENDING' and t.created_at > $2
                and u.is_active and not u.is_deleted";
    /// The sign-up that waits under this address, if a password was chosen at it.
    IN_THE_WAY(TEXT) =
        "select t.id, u.id as user_id from public.users u join public.tenants t on t.id = u.tenant_id
          where lower(u.email) = $1 and t.status = 'PENDING' and u.password_hash is not null";
    /// Sign-ups older than `$1` that nobody confirmed, and whose links have all expired by `$2`.
    UNCONFIRMED(TIMESTAMPTZ, TIMESTAMPTZ) =
        "select t.id from public.tenants t
          where t.status = 'PENDING' and t.created_at <= $1
            and not exists (select from public.users u join public.single_use_tokens s on s.user_id = u.id
                             where u.tenant_id = t.id and s.purpose in ('verify_email', 'set_password', 'reset_password')
                               and s.used_at is null and s.expires_at > $2)
          order by t.created_at limit 200";
    /// Whoever follows a link holds it first and the hospital afterwards; whoever removes the hospital does the same.
    HOLD_LINKS(UUID) =
        "select s.user_id from public.single_use_tokens s join public.users u on u.id = s.user_id
          where u.tenant_id = $1 order by s.token_hash for update of s";
    /// No row if it was confirmed meanwhile. What a hospital has on the platform goes with its row.
    REMOVE(UUID) =
        "delete from public.tenants
          where id = $1 and (status = 'PENDING' or (status = 'SUSPENDED' and suspended_from = 'PENDING'))
         returning name, license_number, schema_name";
    /// For the job that drops schemas which serve nobody.
    GIVE_UP_SCHEMA(UUID) =
        "update public.tenant_schemas set state = 'failed', tenant_id = null, error = 'its sign-up was removed', changed_at = now()
          where tenant_id = $1";
    FORGET_USAGE(TEXT) = "delete from public.tenant_usage where schema_name = $1";
}

pub(super) async fn claim_schema(
    tx: &PlatformTx,
    tenant: TenantId,
    version: i32,
) -> Result<Option<SchemaName>, AppError> {
    let row = tx.row_opt(&CLAIM, &[&tenant, &version]).await?;
    row.map(|row| SchemaName::parse(row.get("name")).map_err(AppError::internal)).transpose()
}

pub(super) async fn insert_tenant(
    tx: &PlatformTx,
    id: TenantId,
    schema: &SchemaName,
    new: &NewHospital,
) -> Result<(), DbError> {
    let phone = new.phone.as_ref();
    let country = new.country.map(|country| country.code);
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 13] = [
        &id,
        &schema.as_str(),
        &new.name,
        &new.license_number,
        &new.email,
        &phone.map(|phone| &phone.digits),
        &new.address,
        &new.time_zone,
        &new.currency,
        &country,
        &phone.and_then(|phone| phone.typed.as_ref()),
        &phone.and_then(|phone| phone.e164.as_ref()),
        &new.locale().code,
    ];
    tx.execute(&INSERT_TENANT, &params).await.map(|_| ())
}

pub(super) async fn link(tx: &PlatformTx, token: &SingleUse) -> Result<Option<Link>, DbError> {
    let row = tx.row_opt(&LINK, &[&token.hash().as_slice(), &token.purpose.as_str()]).await?;
    Ok(row.map(|row| Link {
        tenant: row.get("tenant_id"),
        hospital: row.get("name"),
        status: TenantStatus::from_code(row.get("status")),
        user: row.get("user_id"),
        email: row.get("email"),
        has_password: row.get("has_password"),
        expires_at: row.get("expires_at"),
        used: row.get("used"),
    }))
}

pub(super) async fn use_link(tx: &PlatformTx, token: &SingleUse, user: UserId) -> Result<(), DbError> {
    tx.execute(&USE_LINK, &[&token.hash().as_slice()]).await?;
    tx.execute(&EMAIL_VERIFIED, &[&user]).await.map(|_| ())
}

pub(super) async fn activate(tx: &PlatformTx, tenant: TenantId) -> Result<TenantStatus, DbError> {
    let row = tx.row(&ACTIVATE, &[&tenant]).await?;
    Ok(TenantStatus::from_code(row.get("status")))
}

/// Made after `since`.
pub(super) async fn waiting(
    tx: &PlatformTx,
    email: &str,
    since: Timestamp,
) -> Result<Option<Waiting>, DbError> {
    let row = tx.row_opt(&WAITING, &[&email, &since]).await?;
    Ok(row.map(|row| Waiting {
        tenant: row.get("tenant_id"),
        hospital: row.get("name"),
        admin: row.get("user_id"),
    }))
}

/// Made at `until` or before.
pub(super) async fn unconfirmed(tx: &PlatformTx, until: Timestamp) -> Result<Vec<TenantId>, DbError> {
    let rows = tx.rows(&UNCONFIRMED, &[&until, &tx.now()]).await?;
    Ok(rows.iter().map(|row| row.get("id")).collect())
}

/// The hospital with its accounts, links and mails. None if it does not wait for its confirmation (any more).
pub(super) async fn remove(tx: &PlatformTx, id: TenantId) -> Result<Option<Gone>, DbError> {
    tx.rows(&HOLD_LINKS, &[&id]).await?;
    let Some(row) = tx.row_opt(&REMOVE, &[&id]).await? else { return Ok(None) };
    let schema: String = row.get("schema_name");
    tx.execute(&GIVE_UP_SCHEMA, &[&id]).await?;
    tx.execute(&FORGET_USAGE, &[&schema]).await?;
    Ok(Some(Gone { name: row.get("name"), license_number: row.get("license_number") }))
}

/// With its administrator.
pub(super) async fn in_the_way(tx: &PlatformTx, email: &str) -> Result<Option<(TenantId, UserId)>, DbError> {
    let row = tx.row_opt(&IN_THE_WAY, &[&email]).await?;
    Ok(row.map(|row| (row.get("id"), row.get("user_id"))))
}
