//! Mail for whoever is not signed in: somebody asks, a job answers if there is anybody to answer.
//!
//! Invariant: the request does the same whether or not the address has an account, so neither its words nor its time
//! tell. What differs happens in the job.

use crate::access::{self, Audit, PlatformTx, Public, SystemTask};
use crate::app::App;
use crate::identity::secret::Purpose;
use crate::kernel::{AppError, DbError, FieldErrors, text};
use crate::mail::templates;
use crate::platform::messages;
use crate::platform::sessions::model::{MailRequest, MailRequestId};
use crate::platform::sessions::store;
use crate::web::NoContent;

use super::links;

/// Links that an account is sent within an hour, however often somebody asks.
const AN_HOUR: i64 = 5;

/// Ask for a mail of this kind.
///
/// # Errors
/// What is no e-mail address, or 429.
pub async fn ask_for_mail(public: &Public, kind: MailRequest, email: &str) -> Result<(), AppError> {
    let mut errors = FieldErrors::default();
    let email = text::email("email", Some(email), &mut errors);
    let email = errors.finish_with(email)?;
    public.app.throttles.sign_in(&email, public.facts.ip)?;
    let tx = public.platform().await?;
    let id = MailRequestId::new();
    store::links::request(&tx, id, kind, &email).await?;
    tx.commit(Audit::did("mail_asked", id), NoContent).await?;
    Ok(())
}

/// The address of a request of this kind, once: for the job that answers it.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn take_request(
    tx: &PlatformTx,
    id: MailRequestId,
    kind: MailRequest,
) -> Result<Option<String>, DbError> {
    store::links::take_request(tx, id, kind).await
}

/// Answer one request for a new password. An account that is switched off, of a hospital that was stopped, or of an
/// operator, gets nothing.
///
/// # Errors
/// Whatever PostgreSQL answers; the request waits for the next attempt then.
pub async fn answer_reset(app: &App, id: MailRequestId) -> Result<(), AppError> {
    let tx = access::system_platform(app, SystemTask("mail.asked")).await?;
    let email = take_request(&tx, id, MailRequest::ResetPassword).await?;
    let Some(email) = email else { return tx.done().await };
    let person = store::links::forgetful(&tx, &email).await?;
    let Some(person) = person.filter(|person| person.sent_lately < AN_HOUR) else { return tx.done().await };
    let purpose = Purpose::ResetPassword;
    let link = links::issue_link(app, &tx, person.user, purpose, "/reset-password").await?;
    let mail = templates::reset_password(&link, purpose.lifetime_hours())?;
    messages::queue(&tx, person.tenant, "reset_password", &person.email, &mail).await?;
    tx.audited().commit(Audit::did("password_reset_sent", person.user), NoContent).await?;
    Ok(())
}
