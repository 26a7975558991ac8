//! The mails we write: subject, plain text and HTML of each.
//!
//! Names that people typed are escaped in HTML, isolated by direction (an Arabic name does not turn
//! the sentence around it), and shortened: a mail to a stranger is no place for a long message
//! that someone put into a "name".

use askama::Template;
use unicode_segmentation::UnicodeSegmentation;

use crate::kernel::AppError;

/// One mail, ready to be addressed.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Letters of a name that a mail shows.
const NAME_LIMIT: usize = 80;

/// Ask the person who registered `hospital` to confirm the address.
///
/// # Errors
/// Only if a template fails to render, which no input can cause.
pub fn verify_hospital_email(hospital: &str, link: &str, valid_hours: u32) -> Result<Rendered, AppError> {
    let hospital = &short(hospital);
    rendered(
        format!("Confirm your e-mail address for {hospital}"),
        &VerifyText { hospital: &isolated(hospital), link, valid_hours },
        &VerifyHtml { title: "Confirm your e-mail address", hospital, link, valid_hours },
    )
}

/// Let a new or returning person of `hospital` choose a password.
///
/// # Errors
/// As [`verify_hospital_email`].
pub fn set_password(hospital: &str, link: &str, valid_hours: u32) -> Result<Rendered, AppError> {
    let hospital = &short(hospital);
    rendered(
        format!("Choose your password for {hospital}"),
        &SetPasswordText { hospital: &isolated(hospital), link, valid_hours },
        &SetPasswordHtml { title: "Choose your password", hospital, link, valid_hours },
    )
}

/// Tell the owner of an address that someone tried to sign up with it. Names nobody: the form
/// cannot be used to send words to a stranger, nor to learn who has an account.
///
/// # Errors
/// As [`verify_hospital_email`].
pub fn address_in_use(sign_in_link: &str) -> Result<Rendered, AppError> {
    rendered(
        "Your e-mail address is already registered".to_owned(),
        &AddressInUseText { link: sign_in_link },
        &AddressInUseHtml { title: "You already have an account", link: sign_in_link },
    )
}

/// Tell the owner of an account what happened to its second step of signing in: `what` is one of our sentences.
///
/// # Errors
/// As [`verify_hospital_email`].
pub fn second_factor(what: &str, sign_in_link: &str) -> Result<Rendered, AppError> {
    rendered(
        "Two-step sign-in of your account".to_owned(),
        &SecondFactorText { what, link: sign_in_link },
        &SecondFactorHtml { title: "Two-step sign-in of your account", what, link: sign_in_link },
    )
}

fn rendered(subject: String, text: &impl Template, html: &impl Template) -> Result<Rendered, AppError> {
    let text = text.render().map_err(AppError::internal)?;
    let html = html.render().map_err(AppError::internal)?;
    Ok(Rendered { subject, text, html })
}

/// One line, at most 80 letters as people see them.
fn short(name: &str) -> String {
    let line = crate::kernel::text::tidy(name);
    let mut letters = line.graphemes(true);
    let head: String = letters.by_ref().take(NAME_LIMIT).collect();
    if letters.next().is_none() { line } else { format!("{}…", head.trim_end()) }
}

/// First-strong isolate for plain text, what `<bdi>` is in HTML.
fn isolated(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}

#[derive(Template)]
#[template(path = "mail/templates/verify.txt")]
struct VerifyText<'a> {
    hospital: &'a str,
    link: &'a str,
    valid_hours: u32,
}

#[derive(Template)]
#[template(path = "mail/templates/verify.html")]
struct VerifyHtml<'a> {
    title: &'a str,
    hospital: &'a str,
    link: &'a str,
    valid_hours: u32,
}

#[derive(Template)]
#[template(path = "mail/templates/set_password.txt")]
struct SetPasswordText<'a> {
    hospital: &'a str,
    link: &'a str,
    valid_hours: u32,
}

#[derive(Template)]
#[template(path = "mail/templates/set_password.html")]
struct SetPasswordHtml<'a> {
    title: &'a str,
    hospital: &'a str,
    link: &'a str,
    valid_hours: u32,
}

#[derive(Template)]
#[template(path = "mail/templates/address_in_use.txt")]
struct AddressInUseText<'a> {
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/templates/address_in_use.html")]
struct AddressInUseHtml<'a> {
    title: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/templates/second_factor.txt")]
struct SecondFactorText<'a> {
    what: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/templates/second_factor.html")]
struct SecondFactorHtml<'a> {
    title: &'a str,
    what: &'a str,
    link: &'a str,
}
