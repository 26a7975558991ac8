//! A [`Message`] as an internet message (RFC 5322, MIME).

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message as Email};

use super::{MailError, Message};

/// Build the internet message. Every header value is parsed or encoded: line breaks cannot get in.
///
/// # Errors
/// Permanent: an address that is none.
pub(super) fn build(message: &Message) -> Result<Email, MailError> {
    let to = address(&message.to, "the recipient's address is not valid")?;
    let from: Mailbox = message.from.parse().map_err(|_| permanent("the sender's address is not valid"))?;
    let id = format!("<{}@{}>", message.id, from.email.domain());
    let mut builder = Email::builder()
        .from(from)
        .to(Mailbox::new(None, to))
        .subject(one_line(&message.subject))
        .message_id(Some(id))
        .raw_header(header("Auto-Submitted", "auto-generated"));
    if let Some(original) = &message.original_to {
        let original = address(original, "the original recipient's address is not valid")?;
        builder = builder.raw_header(header("X-HMS-Original-To", original.as_ref()));
    }
    let built = match &message.html {
        Some(html) => {
            builder.multipart(MultiPart::alternative_plain_html(message.text.clone(), html.clone()))
        }
        None => builder.singlepart(SinglePart::plain(message.text.clone())),
    };
    built.map_err(|_| permanent("the message could not be built"))
}

/// An address without anything around it: no name, no second recipient, no line break.
fn address(text: &str, fault: &str) -> Result<Address, MailError> {
    let clean =
        !text.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';'));
    text.parse().ok().filter(|_| clean).ok_or_else(|| permanent(fault))
}

/// Line breaks and other controls become spaces.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn permanent(why: &str) -> MailError {
    MailError::Permanent(why.to_owned())
}
