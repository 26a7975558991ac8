//! Development only: the mail that this machine did not send.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use askama::Template;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::{Frame, Public};
use crate::app::App;
use crate::kernel::ids::MailId;
use crate::kernel::{AppError, Clock, Problem};
use crate::mail::{FileTransport, Message};
use crate::web::layout::{Empty, Icon, PageHead, Public as PublicFrame, When, filters};
use crate::web::openapi::op;
use crate::web::words::{self, Piece};
use crate::web::{Page, Path};

/// One line of the list.
#[derive(Debug)]
pub struct MailRow {
    /// `/dev/mail/{id}`
    pub href: String,
    pub subject: String,
    pub to: String,
    pub sent: When,
}

/// `GET /dev/mail`, newest first.
#[derive(Debug, Template)]
#[template(path = "platform/messages/pages/list.html")]
pub struct MailListPage {
    pub public: PublicFrame,
    pub mails: Vec<MailRow>,
}

/// `GET /dev/mail/{id}`: the text part, its addresses made links.
#[derive(Debug, Template)]
#[template(path = "platform/messages/pages/message.html")]
pub struct MailPage {
    pub public: PublicFrame,
    pub from: String,
    pub mail: MailRow,
    pub text: String,
}

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/dev/mail",
            get_with(list, op("pages.messages.list", "Development: mail that was not sent")),
        )
        .api_route(
            "/dev/mail/{mail_id}",
            get_with(show, op("pages.messages.show", "Development: one of them")),
        )
}

/// Only in development, and only while mails are written to files: elsewhere these pages do not exist.
fn files(app: &App) -> Result<&FileTransport, Problem> {
    app.mailer.files().filter(|_| !app.config.is_production()).ok_or_else(|| Problem::not_found("This page"))
}

async fn list(public: Public, frame: Frame) -> Result<Page<MailListPage>, AppError> {
    let messages = files(&public.app)?.list().await.map_err(AppError::internal)?;
    let mails = messages.into_iter().map(|message| row(&public.app.clock, message)).collect();
    Ok(Page(MailListPage { public: frame.public(), mails }))
}

#[derive(Deserialize, JsonSchema)]
struct MailPath {
    mail_id: MailId,
}

async fn show(public: Public, frame: Frame, Path(path): Path<MailPath>) -> Result<Page<MailPage>, AppError> {
    let message = files(&public.app)?.read(path.mail_id).await.map_err(AppError::internal)?;
    let message = message.ok_or_else(|| Problem::not_found("This mail"))?;
    let (from, text) = (message.from.clone(), message.text.clone());
    Ok(Page(MailPage { public: frame.public(), from, mail: row(&public.app.clock, message), text }))
}

fn row(clock: &Clock, message: Message) -> MailRow {
    let now = clock.in_zone(&TimeZone::UTC);
    // The id tells when the mail was made.
    let made = message.id.0.get_timestamp().map(|t| t.to_unix()).and_then(|(seconds, nanos)| {
        jiff::Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
    });
    let sent = made.map_or_else(|| now.clone(), |at| at.to_zoned(TimeZone::UTC));
    MailRow {
        href: format!("/dev/mail/{}", message.id),
        subject: message.subject,
        to: message.to,
        sent: When::moment(&sent, now.date()),
    }
}
