//! Development only: the mail that this machine did not send.

use askama::Template;

use crate::web::layout::*;
use crate::web::words::{self, Piece};

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
#[template(path = "mail/pages/list.html")]
pub struct MailListPage {
    pub public: Public,
    pub mails: Vec<MailRow>,
}

/// `GET /dev/mail/{id}`: the text part, its addresses made links.
#[derive(Debug, Template)]
#[template(path = "mail/pages/message.html")]
pub struct MailPage {
    pub public: Public,
    pub from: String,
    pub mail: MailRow,
    pub text: String,
}
