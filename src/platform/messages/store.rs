//! SQL of the outbox.

use crate::access::PlatformTx;
use crate::kernel::DbError;
use crate::kernel::ids::{MailId, TenantId};
use crate::mail::Rendered;
use crate::statements;

statements! { Platform;
    INSERT(UUID, UUID, TEXT, TEXT, TEXT, TEXT, TEXT) =
        "insert into public.mails (id, tenant_id, template, recipient, subject, body_text, body_html)
         values ($1, $2, $3, $4, $5, $6, $7)";
    PENDING(UUID) =
        "select recipient, subject, body_text, body_html from public.mails where id = $1 and status = 'PENDING'";
    /// Bodies hold links: they go as soon as they are not needed.
    SENT(UUID) =
        "update public.mails set status = 'SENT', sent_at = now(), attempts = attempts + 1, error = null,
                body_text = null, body_html = null where id = $1";
    FAILED(UUID, TEXT, BOOL) =
        "update public.mails set attempts = attempts + 1, error = left($2, 300),
                status = case when $3 then 'FAILED' else status end,
                body_text = case when $3 then null else body_text end,
                body_html = case when $3 then null else body_html end
          where id = $1";
}

pub(super) struct Waiting {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

pub(super) async fn insert(
    tx: &PlatformTx,
    id: MailId,
    tenant: Option<TenantId>,
    template: &str,
    to: &str,
    content: &Rendered,
) -> Result<(), DbError> {
    tx.execute(&INSERT, &[&id, &tenant, &template, &to, &content.subject, &content.text, &content.html])
        .await?;
    Ok(())
}

pub(super) async fn pending(tx: &PlatformTx, id: MailId) -> Result<Option<Waiting>, DbError> {
    let row = tx.row_opt(&PENDING, &[&id]).await?;
    Ok(row.map(|row| Waiting {
        to: row.get("recipient"),
        subject: row.get("subject"),
        text: row.get::<_, Option<String>>("body_text").unwrap_or_default(),
        html: row.get::<_, Option<String>>("body_html").unwrap_or_default(),
    }))
}

pub(super) async fn mark_sent(tx: &PlatformTx, id: MailId) -> Result<(), DbError> {
    tx.execute(&SENT, &[&id]).await.map(|_| ())
}

pub(super) async fn mark_failed(
    tx: &PlatformTx,
    id: MailId,
    error: &str,
    for_good: bool,
) -> Result<(), DbError> {
    tx.execute(&FAILED, &[&id, &error, &for_good]).await.map(|_| ())
}
