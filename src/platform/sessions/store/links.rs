//! SQL of links in mails, and of requests for one.

use jiff::SignedDuration;

use crate::access::PlatformTx;
use crate::identity::secret::{SecretHash, SingleUse};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::platform::sessions::model::{Forgetful, Link, MailRequest, MailRequestId, Used};
use crate::statements;

statements! { Platform;
    EXPIRE(UUID, TEXT) =
        "update public.single_use_tokens set used_at = now() where user_id = $1 and purpose = $2 and used_at is null";
    /// All that open something: not the confirmation of a hospital.
    EXPIRE_ALL(UUID) =
        "update public.single_use_tokens set used_at = now()
          where user_id = $1 and purpose in ('set_password', 'reset_password', 'change_email') and used_at is null";
    INSERT(BYTEA, TEXT, UUID, TIMESTAMPTZ) =
        "insert into public.single_use_tokens (token_hash, purpose, user_id, expires_at) values ($1, $2, $3, $4)";
    /// The purpose is part of the hash: `$1` and `$2` are the same text for two purposes.
    FIND(BYTEA, BYTEA, TIMESTAMPTZ) =
        "select u.id, u.email, u.password_hash, coalesce(t.name, '') as hospital
           from public.single_use_tokens s
           join public.users u on u.id = s.user_id
           left join public.tenants t on t.id = u.tenant_id
          where s.token_hash in ($1, $2) and s.used_at is null and s.expires_at > $3
                and not u.is_deleted and u.is_active and u.status not in ('INACTIVE', 'LOCKED')
                and (t.id is null or t.status in ('PENDING', 'VERIFIED', 'ACTIVE'))";
    USE(BYTEA, BYTEA, TIMESTAMPTZ) =
        "update public.single_use_tokens s set used_at = $3 from public.users u
          where s.token_hash in ($1, $2) and s.used_at is null and s.expires_at > $3 and u.id = s.user_id
                and not u.is_deleted and u.is_active and u.status not in ('INACTIVE', 'LOCKED')
                and not exists (select from public.tenants t
                                 where t.id = u.tenant_id and t.status not in ('PENDING', 'VERIFIED', 'ACTIVE'))
         returning u.id, u.email, u.tenant_id";
    PROVEN(UUID) =
        "update public.users set email_verified = true where id = $1 and not email_verified";
    /// Whoever reads the hospital's own mail has confirmed its address. What the platform has stopped stays so.
    CONFIRM_HOSPITAL(UUID, TEXT) =
        "update public.tenants set status = 'ACTIVE', version = version + 1, updated_at = now()
          where id = $1 and lower(contact_email) = $2 and status in ('PENDING', 'VERIFIED')";

    REQUEST(UUID, TEXT, TEXT, TIMESTAMPTZ) =
        "insert into public.mail_requests (id, kind, email, asked_at) values ($1, $2, $3, $4)";
    ENQUEUE_REQUEST(UUID) = "select public.enqueue_mail_request($1)::text";
    TAKE_REQUEST(UUID, TEXT) = "delete from public.mail_requests where id = $1 and kind = $2 returning email";
    /// Who may have a link: nobody who is switched off, nobody of a hospital that the platform stopped, no operator.
    FORGETFUL(TEXT, TIMESTAMPTZ) =
        "select u.id, u.email, u.tenant_id,
                (select count(*) from public.single_use_tokens s
                  where s.user_id = u.id and s.purpose = 'reset_password' and s.created_at > $2) as sent_lately
           from public.users u join public.tenants t on t.id = u.tenant_id
          where lower(u.email) = $1 and not u.is_deleted and u.is_active and u.status not in ('INACTIVE', 'LOCKED')
                and t.status in ('PENDING', 'VERIFIED', 'ACTIVE')";
}

pub(in crate::platform::sessions) async fn insert(
    tx: &PlatformTx,
    token: &SingleUse,
    user: UserId,
) -> Result<(), DbError> {
    let purpose = token.purpose.as_str();
    let expires_at = tx.now() + SignedDuration::from_hours(i64::from(token.purpose.lifetime_hours()));
    tx.execute(&EXPIRE, &[&user, &purpose]).await?;
    tx.execute(&INSERT, &[&token.hash().as_slice(), &purpose, &user, &expires_at]).await.map(|_| ())
}

pub(in crate::platform::sessions) async fn expire_all(tx: &PlatformTx, user: UserId) -> Result<(), DbError> {
    tx.execute(&EXPIRE_ALL, &[&user]).await.map(|_| ())
}

/// If it still works.
pub(in crate::platform::sessions) async fn find(
    tx: &PlatformTx,
    [one, other]: &[SecretHash; 2],
) -> Result<Option<Link>, DbError> {
    let row = tx.row_opt(&FIND, &[&one.as_slice(), &other.as_slice(), &tx.now()]).await?;
    Ok(row.map(|row| Link {
        user: row.get("id"),
        email: row.get("email"),
        hospital: row.get("hospital"),
        password_hash: row.get("password_hash"),
    }))
}

/// Of two at once, one gets it.
pub(in crate::platform::sessions) async fn use_up(
    tx: &PlatformTx,
    [one, other]: &[SecretHash; 2],
) -> Result<Option<Used>, DbError> {
    let row = tx.row_opt(&USE, &[&one.as_slice(), &other.as_slice(), &tx.now()]).await?;
    Ok(row.map(|row| Used { user: row.get("id"), email: row.get("email"), tenant: row.get("tenant_id") }))
}

/// The link reached its person. True if their hospital is confirmed by it.
pub(in crate::platform::sessions) async fn proven(tx: &PlatformTx, used: &Used) -> Result<bool, DbError> {
    tx.execute(&PROVEN, &[&used.user]).await?;
    let Some(tenant) = used.tenant else { return Ok(false) };
    Ok(tx.execute(&CONFIRM_HOSPITAL, &[&tenant, &used.email.to_lowercase()]).await? == 1)
}

/// Write the request down and ask for its job.
pub(in crate::platform::sessions) async fn request(
    tx: &PlatformTx,
    id: MailRequestId,
    kind: MailRequest,
    email: &str,
) -> Result<(), DbError> {
    tx.execute(&REQUEST, &[&id, &kind.code(), &email, &tx.now()]).await?;
    tx.row(&ENQUEUE_REQUEST, &[&id]).await.map(|_| ())
}

/// The address of a request of this kind that is still to be answered.
pub(in crate::platform::sessions) async fn take_request(
    tx: &PlatformTx,
    id: MailRequestId,
    kind: MailRequest,
) -> Result<Option<String>, DbError> {
    Ok(tx.row_opt(&TAKE_REQUEST, &[&id, &kind.code()]).await?.map(|row| row.get("email")))
}

pub(in crate::platform::sessions) async fn forgetful(
    tx: &PlatformTx,
    email: &str,
) -> Result<Option<Forgetful>, DbError> {
    let lately = tx.now() - SignedDuration::from_hours(1);
    let row = tx.row_opt(&FORGETFUL, &[&email, &lately]).await?;
    Ok(row.map(|row| Forgetful {
        user: row.get("id"),
        email: row.get("email"),
        tenant: row.get("tenant_id"),
        sent_lately: row.get("sent_lately"),
    }))
}
